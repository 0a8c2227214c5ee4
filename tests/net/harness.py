"""What the tests of real runs share: a run of ./dpsim --net as a process that can be looked at and struck.

Nothing here waits for an exact time: a test waits until something is so. It gives up only after so long that no
machine, however busy, needs it: PATIENCE_S. What a real clock is part of is stretched where it came too late: see
slower().
"""

import decimal
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIMULATOR = os.path.join(ROOT, "dpsim")  # under a sanitizer, too: its scenarios have a stage of their own
DPSIM = os.path.abspath(os.environ.get("DPSIM", SIMULATOR))

PATIENCE_S = 100
KEPT = os.path.join("build", "check", "net")  # scenarios and traces of runs that failed

_saying = threading.Lock()
_runs = []


def keep(detail):
    """Keeps the scenarios and traces of the runs that the detail names, and names them by their new places."""
    for run in list(_runs):
        if run.scenario in detail:
            os.makedirs(KEPT, exist_ok=True)
            kept = os.path.join(KEPT, os.path.basename(run.folder)[-8:] + "-" + os.path.basename(run.scenario))
            shutil.copy(run.scenario, kept)
            if os.path.exists(run.trace):
                shutil.copy(run.trace, kept[:-4] + ".jsonl")
            detail = detail.replace(run.scenario, kept)
    return detail


def weightiest_first(detail):
    """Of a summary in it the verdict, the violations and the command that repeats it; then the last of the rest."""
    verdict, violations, repeat, rest = [], [], [], []
    within = False
    for line in detail.rstrip().splitlines():
        within = line.startswith("violations: ") or (within and line.startswith("    "))
        if re.match(r"(FAIL|EMPTY|ERROR|INTERRUPTED): ", line):
            verdict.append(line)
        else:
            (violations if within else repeat if line.startswith("repeat: ") else rest).append(line)
    return verdict + violations + repeat + rest[-40:]


def say(good, name, detail=""):
    with _saying:
        print(f"ok {name}" if good else f"not ok {name}", flush=True)
        if not good:
            for line in weightiest_first(keep(detail)):
                print("    " + line, flush=True)
    return good


def skip(name, why):
    with _saying:
        print(f"skip {name}: {why}", flush=True)


def leave_out_without_net(stage):
    """With `make NET=0` there is nothing to test."""
    out = subprocess.run([DPSIM, "--keygen", "/"], capture_output=True, text=True, cwd="/")
    if out.returncode == 4 and "NET" in out.stderr:
        skip(stage, "built without the network")
        sys.exit(0)


# ---- processes ---------------------------------------------------------------------------------


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def state_of(pid):
    """The letter of its state, as T where it is stopped; "" if there is no such process."""
    return (read(f"/proc/{pid}/stat").rpartition(")")[2].split() or [""])[0]


def is_alive(pid):
    """A zombie that nobody collects is dead."""
    return state_of(pid) not in ("", "Z", "X")


def children(pid):
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        found += [int(word) for word in read(f"/proc/{pid}/task/{task}/children").split()]
    return found


def sockets_of(pid):
    """The inodes of its sockets, and the names of its other open files."""
    inodes, files = set(), set()
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return inodes, files
    for name in names:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
        elif target.startswith("/"):
            files.add(target)
    return inodes, files


def listening_sockets():
    """inode -> (address, port) of all that listen, by IPv4. The machine may have thousands of sockets: one look costs."""
    found = {}
    for line in read("/proc/net/tcp").splitlines()[1:]:
        word = line.split()
        if word[3] == "0A":
            raw, port = word[1].split(":")
            address = ".".join(str(byte) for byte in bytes.fromhex(raw)[::-1])
            found[word[9]] = (address, int(port, 16))
    return found


def listening():
    return set(listening_sockets().values())


def rss_kib(pid):
    found = re.search(r"VmRSS:\s*(\d+) kB", read(f"/proc/{pid}/status"))
    return int(found.group(1)) if found else 0


def wait_for(condition, seconds=PATIENCE_S, pause=0.02):
    """What the condition gives as soon as that is true; what it gave last where it never was."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


_DURATION = re.compile(r"\b([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h)\b")
_DEFAULTS = "ttl 5s\ntimeout 1s\nretry 400ms\nheartbeat 200ms\nsuspect 1s\n"


def slower(scenario, times):
    """The scenario with all durations so many times as long, those of settings that it does not name as well: what
    must hold holds of it too, and a machine that is late is less late by it. Rates stay, as `200/s`."""
    if times == 1:
        return scenario
    defaults = _DEFAULTS + ("lease 2s\n" if "ownership lease" in scenario else "")
    unnamed = "".join(line for line in defaults.splitlines(True)
                      if not re.search(rf"^{line.split()[0]} ", scenario, re.M))
    whole = re.sub(r"^nodes .*\n", lambda found: found[0] + unnamed, scenario, count=1, flags=re.M)
    return _DURATION.sub(lambda found: f"{decimal.Decimal(found[1]) * times}{found[2]}", whole)


def machine_was_late(run, status):
    """Whether the run ended since the machine was too busy for it, which says nothing of the program."""
    return status == 4 and re.search("requests were not made|clocks can't be followed", run.err) is not None


# Scenarios that hang on what a real network and real clocks do not have.
LEFT_OUT = {
    "zero-latency": "it wants replies within a nanosecond and views that change in the instant of a crash",
    "drift": "it wants a clock that runs a quarter too fast, and no worker where that clock has expired it",
    "lease-clocks": "it wants a clock that loses a twentieth of the time",
}

# A run that missed an expectation on a busy machine is run again, by itself and slower. A fault of the code is there
# however slow it is.
SLOWER = (1, 2, 4, 8)


# ---- a run -------------------------------------------------------------------------------------


class Run:
    """A run of a scenario's text, in a folder of its own, with its output in files."""

    def __init__(self, text, *options, net=True, name="scenario", closed=False, beside=None):
        self.folder = tempfile.mkdtemp(prefix="dpsim-test-")
        self.cwd = os.path.join(self.folder, "cwd")
        self.tmp = os.path.join(self.folder, "tmp")
        os.mkdir(self.cwd)
        os.mkdir(self.tmp)
        self.scenario = os.path.join(self.folder, name + ".txt")
        with open(self.scenario, "w") as file:
            file.write(text)
        for other, content in (beside or {}).items():  # files in the scenario's folder
            with open(os.path.join(self.folder, other), "w") as file:
                file.write(content)
        self.trace = os.path.join(self.cwd, "trace")
        self.out_name = os.path.join(self.folder, "out")
        self.err_name = os.path.join(self.folder, "err")
        command = [DPSIM if net else SIMULATOR, *options, *(["--net"] if net else []), self.scenario]
        if closed:
            command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
        environment = dict(os.environ, NO_COLOR="1", TMPDIR=self.tmp)
        with open(self.out_name, "wb") as out, open(self.err_name, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            cwd=self.cwd, env=environment, start_new_session=True)
        self.pid = self.process.pid
        self.seen = set()  # all children that were ever seen
        self.places = {}  # of those of them that listened
        _runs.append(self)

    def nodes(self):
        """pid -> (address, port) of the children that listen."""
        found = {}
        places_of = listening_sockets()
        for child in children(self.pid):
            self.seen.add(child)
            places = [places_of[inode] for inode in sockets_of(child)[0] if inode in places_of]
            if places:
                found[child] = min(places)
        self.places.update(found)
        return found

    def await_nodes(self, count, seconds=PATIENCE_S):
        """Their pids, n1 first."""

        def all_there():
            if self.process.poll() is not None:
                return {"over": ("", 0)}
            nodes = self.nodes()
            return nodes if len(nodes) == count else None

        nodes = wait_for(all_there, seconds) or {}
        return sorted((pid for pid, place in nodes.items() if place[1]), key=lambda pid: nodes[pid][1])

    def wait(self, seconds=2 * PATIENCE_S):
        """The exit status; -1 if it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1

    def kill(self):
        if self.process.poll() is None:
            self.seen.update(children(self.pid))
            self.process.kill()
            self.process.wait()

    @property
    def out(self):
        return read(self.out_name)

    @property
    def err(self):
        return read(self.err_name)

    def story(self):
        return self.out + self.err

    def total(self, pattern):
        found = re.search(pattern, self.out)
        return int(found.group(1)) if found else 0

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self in _runs:
            _runs.remove(self)


def close_all(*_):
    for run in list(_runs):
        run.close()


def main(stage, tests):
    """Runs the tests, all or those named on the command line, and ends what they started."""
    leave_out_without_net(stage)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for test in tests:
            if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]:
                test()
    finally:
        close_all()


def together(jobs, at_once):
    """Runs the jobs, functions without arguments, some at a time. What one of them raises is raised when all are over."""
    waiting = list(jobs)
    raised = []
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                job = waiting.pop(0)
            try:
                job()
            except BaseException as why:  # pylint: disable=broad-exception-caught
                raised.append(why)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
