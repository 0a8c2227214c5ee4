"""Hosts for the tests across hosts: a network namespace each, with an address of its own on one bridge, and a time
namespace, so that their clocks stand hours apart.

The whole test runs in namespaces of its own for mounts, processes and network. The kernel takes all of it away with
the test's first process, in whatever way that ends: no name, address, rule, file or process is left outside.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from harness import DPSIM, PATIENCE_S, ROOT, children, is_alive, leave_out_without_net, read, skip, wait_for

CLOCKS = {"h1": 5 * 3600, "h2": 77 * 3600, "h3": 60, "h4": 30 * 24 * 3600, "h5": 2 * 3600, "h6": 9 * 3600}
ADDRESSES = {name: f"10.77.0.{i + 1}" for i, name in enumerate(CLOCKS)}
RUN = f"dpsim{os.urandom(3).hex()}"
FOLDER = ""

_keepers = {}
_processes = []


# ---- the world ---------------------------------------------------------------------------------


def enter(stage):
    """Goes on in namespaces of its own; or skips, where they can't be made."""
    leave_out_without_net(stage)
    if os.environ.get("DPSIM_TEST_WORLD") == stage:
        return
    need = ["unshare", "nsenter", "ip"]
    lacking = [tool for tool in need if not shutil.which(tool)]
    if lacking:
        skip(stage, f"no {lacking[0]} here")
        sys.exit(0)
    into = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        into[1:1] = ["--user", "--map-root-user"]
    trial = subprocess.run([*into, "sh", "-c", "mount -t tmpfs t /run && mkdir /run/netns && ip netns add a && "
                            "nsenter --net=/run/netns/a unshare --time --monotonic 60 --fork true"],
                           capture_output=True, text=True)
    if trial.returncode:
        skip(stage, "no right to make namespaces here: " + " ".join(trial.stderr.split())[:160])
        sys.exit(0)
    inner = subprocess.Popen([*into, sys.executable, *sys.argv], env=dict(os.environ, DPSIM_TEST_WORLD=stage),
                             preexec_fn=die_with_parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(inner.wait())
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        inner.kill()


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done


def space(host):
    return f"{RUN}-{host}"


def make_world():
    """The hosts, and the folder in which all files of the test are."""
    global FOLDER
    run("mount", "-t", "tmpfs", "run", "/run")
    os.mkdir("/run/netns")
    FOLDER = tempfile.mkdtemp(prefix="dpsim-hosts-", dir="/run")
    run("ip", "link", "set", "lo", "up")
    run("ip", "netns", "add", space("sw"))
    run("ip", "-n", space("sw"), "link", "add", "name", "bridge", "type", "bridge")
    run("ip", "-n", space("sw"), "link", "set", "dev", "bridge", "up")
    for host, ahead_s in CLOCKS.items():
        name = space(host)
        run("ip", "netns", "add", name)
        run("ip", "link", "add", "eth", "netns", name, "type", "veth", "peer", "name", host, "netns", space("sw"))
        run("ip", "-n", space("sw"), "link", "set", host, "master", "bridge", "up")
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "address", "add", f"{ADDRESSES[host]}/24", "dev", "eth")
        run("ip", "-n", name, "link", "set", "eth", "up")
        holder = subprocess.Popen(["nsenter", f"--net=/run/netns/{name}", "unshare", "--time", "--monotonic",
                                   str(ahead_s), "--boottime", str(ahead_s), "--fork", "--kill-child", "sleep", "9999"])
        _keepers[host] = (wait_for(lambda holder=holder: children(holder.pid)) or [0])[0]


def on(host, *words):
    """The command line that runs this on the host; the process stays the same one."""
    return ["nsenter", f"--net=/run/netns/{space(host)}", f"--time=/proc/{_keepers[host]}/ns/time", "--", *words]


def sh(host, script, check=True):
    return run(*on(host, "sh", "-c", script), check=check)


class Process:
    """One on a host, with its output in files."""

    def __init__(self, host, *words, stdin=subprocess.DEVNULL, cwd=None, env=None):
        self.out_name = tempfile.mktemp(prefix="out-", dir=FOLDER)
        self.err_name = tempfile.mktemp(prefix="err-", dir=FOLDER)
        self.begun = time.monotonic()
        with open(self.out_name, "wb") as out, open(self.err_name, "wb") as err:
            self.process = subprocess.Popen(on(host, *words), stdin=stdin, stdout=out, stderr=err, cwd=cwd or FOLDER,
                                            env=dict(os.environ, NO_COLOR="1", **(env or {})), start_new_session=True)
        self.pid = self.process.pid
        _processes.append(self)

    def wait(self, seconds=PATIENCE_S):
        """The exit status; -1 if it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            return -1

    def over(self):
        return self.process.poll() is not None

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self in _processes:
            _processes.remove(self)

    @property
    def out(self):
        return read(self.out_name)

    @property
    def err(self):
        return read(self.err_name)

    def story(self):
        return self.out + self.err


def cpu_s(pid):
    """Seconds of processor time that it, alone, has used."""
    words = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK") if words else 0.0


# ---- clusters ----------------------------------------------------------------------------------

_keys = {}
_lock = threading.Lock()


def key(name):
    """The line of the name for a cluster file; its key file is NAME.key in the folder."""
    with _lock:
        if name not in _keys:
            done = subprocess.run([DPSIM, "--keygen", name], capture_output=True, text=True, cwd=FOLDER)
            _keys[name] = done.stdout.strip()
        return _keys[name]


class Cluster:
    """A cluster with node i on host i, all at one port, known to `me`, a client, and `boss` and `chief`, drivers."""

    next_port = 7400

    def __init__(self, nodes=3, settings=(), name=None, port=None):
        self.nodes = nodes
        with _lock:
            Cluster.next_port += 10
            port = port or Cluster.next_port
        self.port = port
        self.name = name or f"c{port}"
        self.settings = list(settings)
        self.file = self.write(f"{self.name}.txt")
        self.running = {}

    def text(self):
        lines = [f"cluster {self.name}"]
        for i in range(1, self.nodes + 1):
            lines.append(key(f"n{i}").replace("ADDRESS:PORT", f"{ADDRESSES[f'h{i}']}:{self.port}"))
        lines += [key("me"), key("boss").replace("client", "driver"), key("chief").replace("client", "driver")]
        return "\n".join(lines + self.settings) + "\n"

    def write(self, name, change=lambda text: text):
        path = os.path.join(FOLDER, name)
        with open(path, "w") as file:
            file.write(change(self.text()))
        return path

    def command(self, who, file=None):
        return [DPSIM, "--net", "--cluster", file or self.file, "--key", f"{who}.key"]

    def start_node(self, i, host=None, file=None, who=None, **more):
        node = Process(host or f"h{i}", *self.command(who or f"n{i}", file), "--node", f"n{i}", **more)
        if host is None and file is None:
            self.running[i] = node
        return node

    def start(self, **more):
        """All nodes, until each is up and greeted by the others."""
        for i in range(1, self.nodes + 1):
            self.start_node(i, **more)
        up = wait_for(lambda: all("is up" in node.err or node.over() for node in self.running.values()))
        good = up and not any(node.over() for node in self.running.values())
        if not good:
            raise RuntimeError(f"{self.name} does not start:\n{self.errors()}")
        return self

    def errors(self):
        return "".join(node.err for node in self.running.values())

    def ask(self, host, *ids, who="me", file=None):
        return Process(host, *self.command(who, file), "--request", *ids)

    def drive(self, text, *options, host="h5", who="boss", name="scenario", file=None):
        path = os.path.join(FOLDER, f"{self.name}-{name}-{who}.txt")
        with open(path, "w") as out:
            out.write(text)
        return Process(host, *self.command(who, file), *options, path)

    def stop(self):
        """The statuses of all nodes, ended together."""
        for node in self.running.values():
            if not node.over():
                node.process.terminate()
        statuses = [node.wait() for node in self.running.values()]
        self.running = {}
        return statuses

    def is_one(self):
        """"" as soon as every host is answered, all nodes are in all views, and nothing of a fault is left; else what is."""
        for _ in range(5):
            trouble = self.what_is_not_whole()
            if not trouble:
                break
        return trouble

    def what_is_not_whole(self):
        asks = {host: self.ask(host, "whole", f"of-{host}") for host in ADDRESSES if host != "h6"}
        for host, asked in asks.items():
            status, took = asked.wait(), time.monotonic() - asked.begun
            if status != 0 or len(asked.out.splitlines()) != 2:
                return f"a request from {host} ended with {status} after {took:.1f} s: {asked.story()}"
        brief = any(re.match(r"ttl \d+ms", line) for line in self.settings)
        if not brief and len({asked.out.splitlines()[0] for asked in asks.values()}) != 1:
            return "they were given different values: " + " ".join(asked.out for asked in asks.values())
        members = ",".join(f"n{i}" for i in range(1, self.nodes + 1))
        views = "".join(f"expect members {members} on n{i}\n" for i in range(1, self.nodes + 1))
        end = "5s" if any(line.startswith("load command") for line in self.settings) else "800ms"
        run = self.drive(f"nodes {self.nodes}\nend {end}\nat 100ms\nrequest 1 2 3 4 from each as a\nat 600ms\n{views}"
                         "expect a ok\nexpect errors 0\n", name="whole", who="chief")
        status = run.wait()
        return f"it is not whole: {status}\n{run.story()}" if status else ""


def inhabitants(host):
    """The processes in the host's network, but for those that keep it."""
    wanted = os.stat(f"/run/netns/{space(host)}").st_ino
    found = {}
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}/ns/net").st_ino == wanted and is_alive(int(name)):
                found[int(name)] = read(f"/proc/{name}/cmdline").replace("\0", " ").strip()
        except OSError:
            continue
    return {pid: words for pid, words in found.items() if not re.match(r"unshare |sleep 9999", words)}


def settings_of(scenario):
    """Of a scenario's text: its nodes, and the settings that a cluster file must have for it."""
    wanted = "ttl|route|expire|fallback|timeout|retry|mailbox|held|heartbeat|suspect|ownership|lease|drift|slots|hand-over"
    nodes = re.search(r"^nodes (\d+)", scenario, re.M)
    settings = re.findall(rf"^(?:{wanted}) .*$", scenario, re.M)
    if "ownership lease" in settings:
        settings.append(f"state {tempfile.mkdtemp(prefix='state-', dir=FOLDER)}")
    return int(nodes.group(1)), settings
