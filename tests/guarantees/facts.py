"""What a run's trace says of workers, views and owners, computed with nothing of dpsim's own checker."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "truth"))
import routes  # noqa: E402

# How a line of the records begins that are looked at. Heartbeats are most of a trace: they are not parsed.
WANTED = tuple('{"ev":"%s' % ev for ev in (
    "up", "down", "frozen", "thawed", "view", "request", "route", "start", "expire", "lost", "moved", "handed", "fail", "lease",
    "end"))
REQUEST = '"kind":"request"'


def records(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(f"[{','.join(line for line in file if line.startswith(WANTED) or REQUEST in line)}]")


class Double:
    """A span in which the same two or more workers of an id live: [since, until)."""

    def __init__(self, id, since, until, nodes):
        self.id, self.since, self.until, self.nodes = id, since, until, nodes

    def __str__(self):
        return f"id {self.id} on {','.join(self.nodes)} from {self.since / 1e9:.6f}s to {self.until / 1e9:.6f}s"


class Facts:
    """`doubles` in order of time, `peak` of each id that had a worker, `starts`, `views`: of each node (t, members),
    `unexplained` texts. Where ids have `slots` with leases, the worker of a node that stands still lives no longer than its
    node's lease. `changes` are the scenario's changes of membership: (t, {node: view that must come of it})."""

    def __init__(self, path, nodes, route, fallback, timeout, changes, slots=0):
        self.nodes, self.route, self.fallback, self.slots = nodes, route, fallback, slots
        self.leases, self.frozen = {}, set()  # (slot, node) -> until; nodes that stand still
        self.changed = [t for t, _ in changes]
        self.doubles, self.peak, self.starts, self.unexplained = [], {}, [], []
        self.views = {f"n{i}": [(0, ())] for i in range(1, nodes + 1)}
        self.routes = {}  # id -> [routed at, may be served until, owner]
        self.tries, self.sends, self.requests = {}, {}, {}
        self.grace = timeout * 11 // 10  # a clock may be slow
        self.seconds = self.fallbacks = self.handed = 0
        self.tried = {}  # req -> the node that was tried last
        self.coming = set()  # workers that moved, and are on their way; by views that change, over other nodes
        self.fails, self.retries = [], []  # (t, node, error or why)
        self.downs, self.stale = [], []  # (routed at, by, arrival)
        self.live, self.since, self.down = {}, {}, set()
        takers = {name[len("take_"):]: getattr(self, name) for name in dir(self) if name.startswith("take_")}
        for record in records(path):
            take = takers.get(record["ev"])
            if take:
                take(record)
        self.settle(changes)

    take_lost = take_expire = lambda self, r: self.change(r, self.live[r["id"]].pop, r["worker"], None)

    def take_moved(self, record):
        self.take_expire(record)
        self.coming.add(record["worker"])

    def take_handed(self, record):
        """A request that waited here goes on there."""
        t = record["t"]
        self.routes[self.requests[record["req"]]].append([t, t + self.grace, record["to"]])

    def take_frozen(self, record):
        self.frozen.add(record["node"])

    def take_thawed(self, record):
        self.frozen.discard(record["node"])

    def take_lease(self, record):
        key = record["slot"], record["node"]
        self.leases.pop(key, None)
        if record["how"] in ("won", "renewed"):
            self.leases[key] = record["until"]

    def end_leased(self, id, t):
        """Ends the id's workers on nodes that stand still, and whose lease is over at t."""
        slot = routes.xxh3(id) % self.slots
        for worker, node in list(self.live.get(id, {}).items()):
            if node in self.frozen and self.leases.get((slot, node), t) <= t:
                self.change({"id": id, "t": t}, self.live[id].pop, worker)

    def change(self, record, how, *args):
        """Closes the span of the id's workers as they are and opens the next one."""
        id, t = record["id"], record["t"]
        here = self.live.setdefault(id, {})
        if len(here) > 1 and self.since[id] < t:
            self.doubles.append(Double(id, self.since[id], t, tuple(sorted(here.values(), key=lambda n: int(n[1:])))))
        how(*args)
        self.since[id] = t
        self.peak[id] = max(self.peak.get(id, 0), len(here))

    def take_start(self, record):
        id, t, node = record["id"], record["t"], record["node"]
        if self.slots:
            self.end_leased(id, t)
        here = self.live.setdefault(id, {})
        self.seconds += bool(here)
        self.change(record, here.__setitem__, record["worker"], node)
        self.starts.append((t, id, node))
        if "was" in record:
            self.handed += 1
            if record["was"] not in self.coming:
                self.unexplained.append(f"{node} starts worker {record['was']} of id {id} at {t / 1e9:.6f}s, which did not move")
            self.coming.discard(record["was"])
        elif not any(owner == node and t <= until for _, until, owner in self.routes.get(id, ())):
            self.unexplained.append(f"{node} starts a worker of id {id} at {t / 1e9:.6f}s, and no open request was "
                                    f"routed there")

    def take_request(self, record):
        self.requests[record["req"]] = record["id"]

    def take_route(self, record):
        t, node, owner, req = record["t"], record["node"], record["owner"], record["req"]
        id = self.requests[req]
        self.tries[req, owner] = attempt = [t, t + self.grace, owner]
        self.routes.setdefault(id, []).append(attempt)
        self.fallbacks += record["try"] == 2
        if record["try"] == 2 and record["why"] not in ("refused", "moved"):
            self.retries.append((t, node, record["why"]))
        if record["try"] == 2 and self.fallback == "local" and record.get("why") != "refused":
            expected = node
        else:
            expected = self.owner(self.views[node][-1][1], id, node)
        if record["try"] == 2 and record["why"] == "moved" and owner in self.owners_by(self.tried[req], id, node):
            expected = owner
        self.tried[req] = owner
        if owner != expected:
            self.unexplained.append(f"{node} routes id {id} to {owner} at {t / 1e9:.6f}s, and not to {expected}, the "
                                    f"owner in its view {','.join(self.views[node][-1][1])}")

    def owners_by(self, other, id, asking):
        """The id's owners in the views that a node has had."""
        return {self.owner(view, id, asking) for _, view in self.views[other] if view}

    def take_fail(self, record):
        self.fails.append((record["t"], record["node"], record["error"]))

    def take_down(self, record):
        self.downs.append(record["t"])

    def take_send(self, record):
        self.sends[record["msg"]] = (record["t"], record["node"], record["req"])

    def take_recv(self, record):
        """The receiver counts the request's time from here on, so what was long under way may be served late."""
        sent, by, req = self.sends[record["msg"]]
        self.stale.append((sent, by, record["t"]))
        attempt = self.tries.get((req, record["node"]))
        if attempt:
            attempt[1] = record["t"] + self.grace

    def take_view(self, record):
        self.views[record["node"]].append((record["t"], tuple(record["members"])))

    def take_end(self, record):
        for id, here in self.live.items():
            if len(here) > 1:
                self.change({"id": id, "t": record["t"]}, lambda: None)
        self.end = record["t"]

    def owner(self, view, id, asking="n1"):
        routed = str(routes.xxh3(id) % self.slots) if self.slots else id
        return routes.owner(self.route, self.nodes, tuple(view), asking, routed)

    def moved(self, before, after, ids):
        """The ids whose owner is another one: id -> (old, new)."""
        pairs = {id: (self.owner(before, id), self.owner(after, id)) for id in ids}
        return {id: pair for id, pair in pairs.items() if pair[0] != pair[1]}

    # ---- D --------------------------------------------------------------------------------------

    def view_at(self, node, t):
        return next(view for at, view in reversed(self.views[node]) if at <= t)

    def settle(self, changes):
        """`settled`: of each change of membership, when it was in force: every node named has the view that must come of
        it, what it sent under an earlier view has arrived, and who leaves has gone."""
        self.settled, self.unsettled = [], []
        for i, (t, views) in enumerate(changes):
            until = changes[i + 1][0] if i + 1 < len(changes) else self.end
            settled = max([t] + [at for at in self.downs if t < at < until])
            for node, wanted in views.items():
                have = self.view_at(node, until - 1)
                if have != tuple(wanted):
                    self.unsettled.append(f"at {until / 1e9:.3f}s the view of {node} is {','.join(have)} and not "
                                          f"{','.join(wanted)}, {(until - t) / 1e6:.0f} ms after the change")
                mine = max([t] + [at for at, _ in self.views[node] if t < at < until])
                settled = max([settled, mine] + [arrival for sent, by, arrival in self.stale
                                                 if by == node and t - 10**9 < sent <= mine and arrival < until])
            self.settled.append(settled)

    def took(self):
        """D of each change of membership, ns."""
        return [settled - t for settled, t in zip(self.settled, self.changed)]
