"""Do the READMEs promise what dpsim does? Prints a line for each fenced block of each README.md:

scenario  is a whole scenario: dpsim --check finds no error in it
sh        is commands, a line each: each succeeds; what can't be run here is skipped
console   is a session: a line `$ COMMAND`, then what it prints, its lines in order; a line `…` stands for any number of
          lines, and lines whose numbers are the machine's own (speed) are passed over

Blocks of another kind are not tried, and a block without a kind is an error. The files that a README links to or names
are there. Run at the top of the project, after make."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```(\S*) ?(\S*)\n(.*?)^```$", re.M | re.S)
UNTRIED = {"text", "c"}
# Real processes and windows have tests of their own; make and installing are what runs this test.
NOT_HERE = re.compile(r"--(viz|net|cluster|keygen|png)\b|^make\b")
OWN = re.compile(r"^speed: ")

FOLDER = tempfile.mkdtemp()  # where commands run, so that what they write is not left here


def run(command):
    done = subprocess.run(["bash", "-c", command], cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout.decode()


def scenario(text):
    done = subprocess.run(["./dpsim", "--check", "-"], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.stdout.decode() if done.returncode else None


def commands(text):
    for line in text.splitlines():
        command = re.sub(r"\s+# .*", "", line)
        if not command or NOT_HERE.search(command):
            continue
        status, out = run(command)
        if status:
            return f"{command}: status {status}\n" + "\n".join(out.splitlines()[-10:])
    return None


def console(text):
    sessions = re.split(r"^\$ (.*)\n", text, flags=re.M)[1:]
    for command, wanted in zip(sessions[::2], sessions[1::2]):
        _, out = run(command)
        lines = [line for line in out.splitlines() if line.strip() and not OWN.match(line)]
        at, gap = 0, False
        for line in wanted.splitlines():
            if not line.strip() or OWN.match(line):
                continue
            if line.strip() == "…":
                gap = True
                continue
            if line not in (lines[at:] if gap else lines[at:at + 1]):
                return f"{command}: it does not print, here: {line}"
            at, gap = lines.index(line, at) + 1, False
        if wanted.strip() and at < len(lines) and not gap:
            return f"{command}: it prints more, without a line of …: {lines[at]}"
    return None


def defaults():
    """The defaults in scenarios/README.md's table of settings are those that a trace's head has."""
    _, out = run("./dpsim --trace - /dev/null")
    have = {name: str(value) for name, value in json.loads(out.splitlines()[0])["settings"].items()}
    text = Path("scenarios/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+) [^|]*\| ([^|]*) \|", text[text.index("\n## Settings"):text.index("\n## Time")], re.M)
    said = {name: value.strip("` ") for name, value in rows if value.strip()}
    # These have no value where they are not set.
    have |= {"clock": "exact", "end": "none", "absent": "none", "fail-ttl": "the ttl", "load-at-once": "no bound",
             "limit": "half the machine's"}
    # These are in the head only with leases.
    _, out = run("./dpsim --set ownership=lease --trace - /dev/null")
    leases = json.loads(out.splitlines()[0])["settings"]
    have |= {name: str(leases[name]) for name in ("lease", "drift", "slots")} | {"ownership": "view", "hand-over": "off"}
    if said != have:
        return f"it has {sorted(said.items() - have.items())}, dpsim {sorted(have.items() - said.items())}"
    return None


TRIED = {"scenario": scenario, "sh": commands, "console": console}


def missing(name, text, files):
    """The source files that a README names and that are not there. A path starts at the README, at the top, or, as in
    an #include, at sim/; a name without a folder may be in any folder."""
    for word in sorted(set(re.findall(r"`([\w./-]+\.(?:[ch]|py))`", text))):
        places = {Path(folder, word).resolve() for folder in (Path(name).parent, ".", "sim")}
        if "/" in word and not any(place.exists() for place in places):
            yield word
        if "/" not in word and word not in {Path(file).name for file in files}:
            yield word


def main():
    for name in ("dpsim", "scenarios"):
        (Path(FOLDER) / name).symlink_to(Path(name).resolve())
    files = ["README.md"] + [str(path) for top in ("sim", "viz", "scenarios", "tests") for path in Path(top).rglob("*")]
    for name in sorted(name for name in files if Path(name).name == "README.md"):
        text = Path(name).read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            kind, file, content = block.groups()
            place = f"{name}:{text.count(chr(10), 0, block.start()) + 1}"
            if kind in UNTRIED:
                continue
            if file:
                (Path(FOLDER) / file).write_text(content, encoding="utf-8")
            wrong = TRIED[kind](content) if kind in TRIED else f"no kind of block: '{kind}'"
            print(f"not ok {place}: {kind}\n{wrong}" if wrong else f"ok {place}: {kind}")
        if name == "scenarios/README.md":
            wrong = defaults()
            print(f"not ok {name}: defaults\n{wrong}" if wrong else f"ok {name}: defaults")
        gone = ", ".join(missing(name, text, files))
        print(f"not ok {name}: it names {gone}, not there" if gone else f"ok {name}: the files that it names are there")
        for link in re.finditer(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if "://" not in link.group(1) and not (Path(name).parent / link.group(1)).exists():
                print(f"not ok {name}: there is no {link.group(1)}")


try:
    main()
finally:
    shutil.rmtree(FOLDER)
