"""Clusters of node processes on this host's loopback, each with an address of its own, for tests that need no hosts."""

import os
import random
import shutil
import subprocess
import tempfile

from harness import DPSIM, ROOT, children, read, wait_for

_clusters = []


def keys_of(*kinds):
    """The keys of --request --json that the documentation has for such a line, as `of an answer`, `under leases`."""
    rows = read(os.path.join(ROOT, "sim/net/config/README.md")).split("### Answers as JSON")[1].splitlines()
    cells = [row.strip("| ").split(" | ") for row in rows if row.startswith("| `")]
    return {key.strip("`") for key, where, _ in cells if where == "always" or any(where == kind for kind in kinds)}


class Process:
    def __init__(self, folder, *words, env=None, limits="", stdin=subprocess.DEVNULL):
        self.out_name = tempfile.mktemp(prefix="out-", dir=folder)
        self.err_name = tempfile.mktemp(prefix="err-", dir=folder)
        if limits:
            words = ["sh", "-c", limits + '; exec "$@"', "sh", *words]
        with open(self.out_name, "wb") as out, open(self.err_name, "wb") as err:
            self.process = subprocess.Popen(words, stdin=stdin, stdout=out, stderr=err, cwd=folder,
                                            env=dict(os.environ, NO_COLOR="1", **(env or {})), start_new_session=True)
        self.pid = self.process.pid

    def wait(self, seconds=20):
        """The exit status; -1000 if it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -1000

    def over(self):
        return self.process.poll() is not None

    @property
    def out(self):
        return read(self.out_name)

    @property
    def err(self):
        return read(self.err_name)


class Cluster:
    """Nodes n1.. with keys, a client `me` and a driver `boss`. The program, if there is one, is for `command`, as
    `load command` or `work command PROGRAM keep`. FOLDER in a setting is the cluster's."""

    def __init__(self, nodes=3, settings=(), program=None, command="load command PROGRAM"):
        self.nodes = nodes
        self.folder = tempfile.mkdtemp(prefix="dpsim-test-")
        _clusters.append(self)
        self.address = "127.%d.%d.%d" % tuple(random.randrange(1, 255) for _ in range(3))
        self.running = {}
        self.settings = [line.replace("FOLDER", self.folder) for line in settings]
        if program is not None:
            path = os.path.join(self.folder, "program")
            with open(path, "w") as file:
                file.write("#!/bin/sh\n" + program)
            os.chmod(path, 0o755)
            self.settings.append(command.replace("PROGRAM", path))
        self.keys = {}
        for name in [f"n{i + 1}" for i in range(nodes)] + ["me", "boss"]:
            done = subprocess.run([DPSIM, "--keygen", name], capture_output=True, text=True, cwd=self.folder)
            self.keys[name] = done.stdout.strip()
        self.file = self.write("cluster.txt", self.settings)

    def write(self, name, settings, address=None):
        lines = ["cluster shop"]
        lines += [self.keys[f"n{i + 1}"].replace("ADDRESS:PORT", f"{address or self.address}:{7400 + 2 * i}") for i in range(self.nodes)]
        lines += [self.keys["me"], self.keys["boss"].replace("client", "driver")]
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write("\n".join(lines + list(settings)) + "\n")
        return path

    def command(self, who, file=None):
        return [DPSIM, "--net", "--cluster", file or self.file, "--key", os.path.join(self.folder, f"{who}.key")]

    def start_node(self, i, file=None, **more):
        self.running[i] = Process(self.folder, *self.command(f"n{i}", file), "--node", f"n{i}", **more)
        return self.running[i]

    def start(self, **more):
        for i in range(1, self.nodes + 1):
            self.start_node(i, **more)
        if not wait_for(lambda: all("is up" in node.err for node in self.running.values()), 30):
            raise RuntimeError("the cluster does not start:\n" + self.errors())
        return self

    def node_pid(self, i):
        """The node's own process: the child of its agent."""
        return wait_for(lambda: children(self.running[i].pid), 5)[0]

    def errors(self):
        return "".join(node.err for node in self.running.values())

    def ask(self, *ids, **more):
        return Process(self.folder, *self.command("me"), "--request", *ids, **more)

    def drive(self, text, *options, **more):
        path = tempfile.mktemp(prefix="scenario-", suffix=".txt", dir=self.folder)
        with open(path, "w") as file:
            file.write(text)
        return Process(self.folder, *self.command("boss"), *options, path, **more)

    def stop(self):
        for node in self.running.values():
            if not node.over():
                node.process.terminate()
        statuses = [node.wait(10) for node in self.running.values()]
        self.running = {}
        return statuses

    def close(self):
        for node in self.running.values():
            if not node.over():
                node.process.kill()
                node.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self in _clusters:
            _clusters.remove(self)


def close_all():
    for cluster in list(_clusters):
        cluster.close()
