"""What the command line leaves behind: reports, the command that repeats a run, an end in order after a signal, progress
on a terminal, and names that are hard to write. Prints a line for each thing tried. Run at the top of the project, after
make; reports.py [net]: with real processes, too."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

DPSIM = str(Path(os.environ.get("DPSIM", "dpsim")).resolve())
NET = "net" in sys.argv[1:]
FOLDER = tempfile.mkdtemp()
ENVIRONMENT = os.environ | {"TERM": "xterm"}

GOOD = "connect\nat 1s request 1 as a\nwait 1s expect a ok\n"
BROKEN = "connect\nat 1s request 1 as a\nwait 1s expect a fails timeout   # <&\"\nexpect errors 0\nalways one-worker\n"
WRONG = "lattency 5ms\nconnect\n"
MISSED = "connect\nat 1s request 1\nat 2s thaw n2\nsometimes duplicate\n"
SELF_FIRST = "route self-first\nconnect\nat 1s request 1 2 from all\nalways one-worker\n"
HUGE = "limit memory 1K\nconnect\nat 1s clients 10 from n1 ids 1..10 until 2s\n"
ENDLESS = "connect\nat 1s clients 20 from each ids 1..1000 until 100000s think 1ms\nexpect ok 99%\n"


def say(good, name, what=""):
    print(f"ok {name}" if good else f"not ok {name}\n    {str(what)[:1500]}", flush=True)


def write(name, text):
    path = Path(FOLDER, name)
    path.write_text(text, encoding="utf-8")
    return name


def run(*words, **more):
    more = {"stdin": subprocess.DEVNULL, "timeout": 100} | more
    return subprocess.run([DPSIM, *words], cwd=FOLDER, capture_output=True, text=True, errors="surrogateescape", check=False, **more)


# ---- JUnit ------------------------------------------------------------------------------------


def cases(name):
    """Each case by its suite and name: what it has, and its message. The counts of each suite are those of its cases."""
    found = {}
    root = ElementTree.parse(Path(FOLDER, name)).getroot()
    for suite in root.iter("testsuite"):
        kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        for attribute, kind in kinds.items():
            say(int(suite.get(attribute)) == len(suite.findall(f"testcase/{kind}")), f"junit: {suite.get('name')}: {attribute}")
        say(int(suite.get("tests")) == len(suite.findall("testcase")), f"junit: {suite.get('name')}: tests")
        for case in suite.iter("testcase"):
            result = next(((child.tag, child.get("message")) for child in case), ("passed", ""))
            found[suite.get("name"), case.get("name")] = result
    return found


def junit():
    names = [write("good.txt", GOOD), write("broken.txt", BROKEN), write("wrong.txt", WRONG), write("missed.txt", MISSED),
             write("double.txt", SELF_FIRST), write("huge.txt", HUGE)]
    done = run("-q", "--junit", "report.xml", *names, "absent.txt")
    found = cases("report.xml")
    rules = {name for _, name in found if name.startswith("rule ")}
    say(len(rules) == 19 and "rule one-owner" in rules, "junit: every rule is a case", rules)
    for suite, name, result, message in (
            ("good.txt", "line 3: expect a ok", "passed", ""),
            ("good.txt", "rule ttl", "passed", ""),
            ("good.txt", "rule one-worker", "passed", ""),
            ("good.txt", "verdict, seed 1", "passed", ""),
            ("broken.txt", "line 3: expect a fails timeout", "failure", "a was answered from n2"),
            ("broken.txt", "line 4: expect errors 0", "passed", ""),
            ("broken.txt", "verdict, seed 1", "failure", "FAIL: expect a fails timeout"),
            ("wrong.txt", "verdict", "error", "ERROR: wrong.txt:1:1: error: 'lattency' is no statement"),
            ("missed.txt", "line 3: thaw n2", "failure", "it touched nothing"),
            ("missed.txt", "line 4: sometimes duplicate", "failure", ""),
            ("missed.txt", "verdict, seed 1", "failure", "EMPTY: "),
            ("double.txt", "rule one-worker", "failure", " violation"),
            ("huge.txt", "verdict, seed 1", "error", "ERROR: huge.txt: it needs more memory"),
            ("huge.txt", "rule ttl", "skipped", ""),
            ("absent.txt", "verdict", "error", "ERROR: absent.txt: No such file")):
        have = found.get((suite, name), ("nothing", ""))
        say(have[0] == result and message in have[1], f"junit: {suite}: {name}", have)
    say(done.returncode == 4, "junit: the worst status counts", done.returncode)
    table = done.stdout[done.stdout.rindex("\nverdict"):].split("\n")[2:]
    rows = {row[31:].split("  ")[0]: row[:19].split() for row in table if row}
    say(rows == {"good.txt": ["PASS", "0"], "broken.txt": ["FAIL", "1"], "wrong.txt": ["ERROR", "2"], "missed.txt": ["EMPTY", "3"],
                 "double.txt": ["FAIL", "1"], "huge.txt": ["ERROR", "4"], "absent.txt": ["ERROR", "2"]},
        "several scenarios end in a table of verdicts", (rows, table))
    done = run("--junit", "-", "good.txt")
    say(done.returncode == 0 and ElementTree.fromstring(done.stdout).tag == "testsuites", "junit: '-' is standard output alone", done.stdout)
    with open(Path(FOLDER, "out.xml"), "w", encoding="utf-8") as out:
        subprocess.run([DPSIM, "--junit", "/dev/stdout", "good.txt"], cwd=FOLDER, stdout=out, check=False)
    say(ElementTree.parse(Path(FOLDER, "out.xml")), "junit: /dev/stdout is standard output alone")
    done = run("--json", "--trace", "/dev/stdout", "good.txt")
    say(done.returncode == 2 and "can't share standard output" in done.stderr, "standard output is for one", done.stderr)
    odd = os.fsdecode(b"<b>&\"'\x01\x80.txt")
    shutil.copy(Path(FOLDER, "broken.txt"), os.path.join(FOLDER, odd))
    run("-q", "--junit", "odd.xml", odd)
    say(any(suite == "<b>&\"'\\x01\\x80.txt" for suite, _ in cases("odd.xml")), "junit: any name is valid XML")
    for option in ("--junit", "--trace", "--png"):
        before = Path(FOLDER, "good.txt").read_text(encoding="utf-8")
        done = run("-q", option, "good.txt", "broken.txt")
        say(done.returncode == 2 and "begins as a scenario" in done.stderr and
            Path(FOLDER, "good.txt").read_text(encoding="utf-8") == before, f"{option} overwrites no scenario", done.stderr)
    os.symlink("good.txt", Path(FOLDER, "link"))
    say(run("-q", "--junit", "link", "good.txt").returncode == 2, "junit: nor by a link")
    done = run("-q", "--junit", "one", "--trace", "one", "good.txt")
    say(done.returncode == 2 and "can't be one file" in done.stderr, "two outputs are not one file", done.stderr)
    done = run("-q", "--junit", "/dev/full", "good.txt")
    say(done.returncode == 4 and "/dev/full: No space left" in done.stderr, "junit: a full disk", done.stderr)
    done = run("-q", "--junit", "no/where", "good.txt")
    say(done.returncode == 4 and "no/where: No such file" in done.stderr, "junit: no folder", done.stderr)


def objects():
    done = run("--json", "good.txt", "wrong.txt", "broken.txt")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    say([line["verdict"] for line in lines] == ["PASS", "ERROR", "FAIL"], "--json: of several scenarios an object a line", done.stdout)
    say(set(lines[1]) == {"verdict", "reason", "repeat", "scenario"} and "lattency" in lines[1]["reason"],
        "--json: a wrong scenario has an object", lines[1])


# ---- repeat -----------------------------------------------------------------------------------


def repeats(name, done):
    """The command of a failed run, given to a shell, ends as the run did."""
    found = re.search(r"^repeat: *(.*)$", done.stdout, re.M)
    if not found:
        say(False, f"repeat: {name}", done.stdout + done.stderr)
        return ""
    again = subprocess.run(["bash", "-c", found.group(1)], cwd=FOLDER, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                           errors="surrogateescape", check=False, timeout=60)
    hashes = [re.search(r"^hash: *(\S*)", out.stdout, re.M) for out in (done, again)]
    same = all(hashes) and hashes[0].group(1) == hashes[1].group(1)
    say(same and again.returncode == done.returncode, f"repeat: {name}", found.group(1) + again.stderr)
    return found.group(1)


def repeat():
    for name in ("-x.txt", "it's a b.txt", "$(id) `id`;.txt", "tab\tline\n.txt", os.fsdecode(b"c\x1b[31m\xff.txt"), "a*?[b].txt", "<stdin>"):
        shutil.copy(Path(FOLDER, "broken.txt"), os.path.join(FOLDER, name))
        command = repeats(f"a file called {name!a}", run("-q", "--seed", "7", "--", name))
        say("\x1b" not in command, f"repeat: {name!a}: nothing in it acts on a terminal")
    repeats("options", run("-q", "-n", "5", "--set", "latency=exp 5ms min 1ms", "--seed=9", "--set", "seed=4", "broken.txt"))
    command = repeats("standard input", run("-q", "-", stdin=None, input="nodes 4\n" + BROKEN))
    say(command.endswith(" dpsim-input-1.txt"), "repeat: standard input is saved", command)
    command = repeats("another one", run("-q", "-", stdin=None, input=BROKEN))
    say(command.endswith(" dpsim-input-2.txt"), "repeat: nothing saved is overwritten", command)
    command = repeats("the same again", run("-q", "-", stdin=None, input=BROKEN))
    say(command.endswith(" dpsim-input-2.txt"), "repeat: the same input is saved once", command)
    os.mkfifo(Path(FOLDER, "pipe"))
    write("another.txt", "nodes 5\n" + BROKEN)
    with subprocess.Popen(["sh", "-c", "cat another.txt >pipe"], cwd=FOLDER) as writer:
        command = repeats("a pipe", run("-q", "pipe"))
        writer.wait(100)
    say(command.endswith(" dpsim-input-3.txt"), "repeat: what came by a pipe is saved", command)
    Path(FOLDER, "dpsim-input-3.txt").unlink(missing_ok=True)
    done = run("-q", "-", stdin=None, input=GOOD)
    say("repeat" not in done.stdout and not Path(FOLDER, "dpsim-input-3.txt").exists(), "repeat: not of what held", done.stdout)


# ---- signals ----------------------------------------------------------------------------------


def has_grown(name):
    path = Path(FOLDER, name)
    return path.exists() and path.stat().st_size > 200000


def stop_by(number, *words):
    """Stops a run by a signal when its trace has begun: its status, what it printed, and its trace."""
    trace = Path(FOLDER, "cut.jsonl")
    trace.unlink(missing_ok=True)
    with subprocess.Popen([DPSIM, "-q", "--trace", "cut.jsonl", "--junit", "cut.xml", *words], cwd=FOLDER,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not has_grown("cut.jsonl"):
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    return process.returncode, out, err, [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]


def interrupted(name, number, *words):
    status, out, err, lines = stop_by(number, *words, "endless.txt")
    say(status == 130, f"{name}: status 130", (status, err))
    say(re.search(r"^INTERRUPTED: at \S+$", out, re.M) and not err, f"{name}: the summary of what is known", out + err)
    say(lines[-1]["ev"] == "end" and lines[-1]["requests"] > 0, f"{name}: the trace is whole", lines[-1])
    made = sum(line["ev"] == "request" for line in lines)
    say(made == lines[-1]["requests"], f"{name}: its end has the counts of its lines", (made, lines[-1]))
    found = cases("cut.xml")
    say(found["endless.txt", "verdict, seed 1"][0] == "error" and found["endless.txt", "line 3: expect ok 99%"][0] == "skipped",
        f"{name}: the report says so", found)


def interrupted_in_a_step():
    """One action has every node greet all others. That takes a minute, and is not waited for."""
    status, out, _, lines = stop_by(signal.SIGINT, "--nodes", "3000", write("many.txt", "connect\nat 1s request 1\n"))
    sends = sum(line["ev"] == "send" for line in lines)
    say(status == 130 and 0 < sends < 3000 * 2999 and "\nviolations:   none\n" in out, "a run stops in the middle of a step", (status, sends, out))


def takes(pid, number):
    """The process has a handler for the signal."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.M)
    return int(caught[1], 16) >> (number - 1) & 1


def terminal(words, until, number=None, out=subprocess.DEVNULL, term="xterm", columns=0):
    """What a command prints on a terminal; the signal is sent when it has printed `until`, or, if that is a number, so many
    seconds after it has begun to take signals."""
    leader, follower = pty.openpty()
    if columns:
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    text = b""
    with subprocess.Popen([DPSIM, *words], cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=follower if out is None else out,
                          stderr=follower, env=ENVIRONMENT | {"TERM": term}) as process:
        os.close(follower)
        if not isinstance(until, bytes):
            end = time.monotonic() + 100
            while process.poll() is None and not takes(process.pid, number) and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(until)
            process.send_signal(number)
            number = None
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            text += piece
            if not piece:
                break
            if number and until in text:
                process.send_signal(number)
                number = None
    os.close(leader)
    return process.returncode, text.decode(errors="replace")


def signals():
    write("endless.txt", ENDLESS)
    interrupted("SIGINT, one thread", signal.SIGINT, "--threads", "1")
    interrupted("SIGTERM", signal.SIGTERM)
    interrupted_in_a_step()
    if NET:
        interrupted("SIGTERM, real processes", signal.SIGTERM, "--net")
        status, text = terminal(["--net", "--nodes", "100", "good.txt"], b"starting: ", signal.SIGINT)
        say(status == 130 and re.search(r"\rstarting: \d+ of 100 nodes [a-z ]+\x1b\[K", text) and "\r\x1b[K" in text,
            "progress of the start of many nodes is shown, and cleared", (status, text[-500:]))
    status, text = terminal(["--seeds", "1..10000000", "good.txt"], b" left", signal.SIGINT, None)
    say(status == 130 and re.search(r"^(\x1b\[\d+m)?INTERRUPTED: after \d+ runs", text, re.M), "a sweep is interrupted in order", text[-500:])
    say(re.search(r"\r\d+ of 10000000 runs, \d+ a second, 0 failed, \S+ left\x1b\[K", text) and "\r\x1b[K" in text,
        "progress of a sweep is shown, and cleared", text[-500:])
    compared = ["--seeds", "1..10000000", "--vary", "ttl=1s,2s", "good.txt"]
    status, text = terminal(compared, b" left", signal.SIGINT, None)
    say(re.search(r"\r\d+ of 20000000 runs, ", text), "progress of a comparison counts the runs of all rows", text[-500:])
    status, text = terminal(["--seeds", "1..10000000", "good.txt"], 3, signal.SIGINT, term="dumb")
    say(status == 130 and " left" not in text, "no progress on a dumb terminal", (status, text[-200:]))
    status, text = terminal(["--seeds", "1..10000000", "good.txt"], b"\x1b[K", signal.SIGINT, columns=20)
    shown = re.findall(r"\r([^\r\x1b]+)\x1b\[K", text)
    say(shown and max(len(line) for line in shown) == 19, "progress is cut to a narrow terminal", text[-200:])
    status, text = terminal(["--seeds", "1..2", "good.txt"], b"", None)
    say(status == 0 and text == "", "no progress of what is soon over", text[-200:])
    status, text = terminal(["-q", "endless.txt", "good.txt"], b" left\x1b[K", signal.SIGINT)
    say(status == 130 and re.search(r"\r\S+ of \S+ \(\d+ %\), \S+ a second, \S+ left\x1b\[K", text), "progress is shown on a terminal", text)
    say(text.endswith("\r\x1b[K"), "progress is cleared", text[-200:])
    status, text = terminal(["-q", "endless.txt", "good.txt"], b" left\x1b[K", signal.SIGINT, None)
    say(status == 130 and re.search(r"^NOT RUN +130 .* good.txt", text, re.M), "what was not run is in the table", text[-500:])
    Path(FOLDER, "rest.xml").unlink(missing_ok=True)
    with subprocess.Popen([DPSIM, "--json", "--junit", "rest.xml", "endless.txt", "good.txt", "wrong.txt"], cwd=FOLDER,
                          stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not Path(FOLDER, "rest.xml").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=100)
    lines = [json.loads(line) for line in out.splitlines()]
    say(process.returncode == 130 and [line["verdict"] for line in lines] == ["INTERRUPTED", "NOT RUN", "NOT RUN"]
        and lines[2]["scenario"] == "wrong.txt", "--json: what was not run has an object, too", out)
    say(cases("rest.xml").get(("good.txt", "verdict")) == ("skipped", "interrupted before it began"),
        "junit: what was not run is skipped")
    with subprocess.Popen([DPSIM, "--check", "-"], stdin=subprocess.PIPE, cwd=FOLDER) as process:
        process.stdin.write(b"nodes 3\n" * 100000)  # more than a pipe holds: it reads
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=100)
    say(process.returncode == -signal.SIGINT, "--check, which runs nothing, ends at once", process.returncode)
    write("lines.txt", "connect\nat 1s clients 20 from each ids 1..100 until 2s think 10ms\n")
    status, text = terminal(["lines.txt", "lines.txt"], b"", None, None)
    say(text.count("-q leaves it out") == 1, "a long timeline on a terminal suggests -q, once", text[-500:])
    done = run("lines.txt")
    say(done.stderr == "", "nothing of it where there is no terminal", done.stderr)


try:
    junit()
    objects()
    repeat()
    signals()
finally:
    shutil.rmtree(FOLDER)
