"""Replays a trace: who was up, what each node saw, which workers lived, what became of each request."""

from collections import defaultdict
from dataclasses import dataclass, field

from leases import Leases
from scenario import duration

NEVER = float("inf")


@dataclass(eq=False)
class Worker:
    number: int
    node: str
    id: str
    start: int
    end: float = NEVER
    how: str = None
    further: bool = False  # another one of its id lived when it started
    third: bool = False    # two others did
    outlived: bool = False # its end is told late
    load: int = None
    load_end: float = NEVER


@dataclass(eq=False)
class Request:
    number: int
    node: str
    id: str
    made: int
    deadline: int      # by its node's own clock, as `latency` is
    made_clock: int = 0
    end: float = NEVER
    outcome: str = None  # "ok", or the error
    latency: int = None
    worker: int = None
    served_on: str = None
    routes: list = field(default_factory=list)


@dataclass
class State:
    """One node at one instant."""
    up: bool = False
    frozen: bool = False
    view: tuple = ()


class Replay:
    """Follows records one by one; `trouble(kind, text)` is told of what can't be."""

    def __init__(self, scenario, trouble):
        self.scenario = scenario
        self.trouble = trouble
        self.all = tuple(scenario.all_nodes())
        self.static = scenario.settings.get("membership") == ["static"]
        self.slots = int(scenario.settings.get("slots", ["256"])[0]) if scenario.leases() else 0
        self.leases = Leases(self.slots, duration(scenario.settings.get("lease", ["2s"])[0]), trouble) if self.slots else None
        self.now = 0
        self.nodes = {name: State() for name in self.all}
        self.changes = defaultdict(list)  # node -> (t, State) after each change
        self.workers = {}
        self.live = defaultdict(list)     # id -> its live workers
        self.requests = {}
        self.serves = {}
        self.sends, self.recvs, self.drops = [], [], []
        self.fallbacks = []               # requests, once for each further try
        self.loads = []                   # workers whose load began
        self.loads_at_once = 0
        self.loading = defaultdict(int)
        self.load_steps = []              # (worker, 1 or -1), as loads begin and end
        self.doubles = defaultdict(list)  # id -> [from, to] with more than one live worker
        self.violations = []
        self.counts = []                  # (t, live workers, on each node) after each change

    def take(self, record):
        if record["t"] < self.now:
            self.trouble("order", f"{record} comes after {self.now}")
        self.now = record["t"]
        take = getattr(self, "take_" + record["ev"].replace("-", "_"), None)
        if take:
            take(record, record.get("node"))

    # ---- nodes

    def changed(self, node):
        state = self.nodes[node]
        self.changes[node].append((self.now, State(state.up, state.frozen, state.view)))

    def frozen_at(self, node, t):
        before = [state for changed, state in self.changes[node] if changed <= t]
        return bool(before) and before[-1].frozen

    def thawed_now(self, node):
        return bool(self.changes[node]) and self.changes[node][-1][0] == self.now

    def take_up(self, record, node):
        self.nodes[node] = State(True, False, self.all if self.static else ())
        self.changed(node)

    def take_down(self, record, node):
        self.nodes[node] = State()
        self.changed(node)

    def take_frozen(self, record, node):
        self.nodes[node].frozen = True
        self.changed(node)

    def take_thawed(self, record, node):
        self.nodes[node].frozen = False
        self.changed(node)

    def take_view(self, record, node):
        self.nodes[node].view = tuple(record["members"])
        self.changed(node)

    def take_lease(self, record, node):
        before = self.leases.held.get(record["slot"])
        self.leases.take(record, node)
        if record["how"] == "won" and before and before.node != node:
            self.outlive(record["slot"], before.node)

    def outlive(self, slot, node):
        """A node that stands still has not said that its workers of the slot ended with its lease: they have."""
        for workers in self.live.values():
            for worker in [w for w in workers if w.node == node and self.leases.slot(w.id) == slot]:
                worker.outlived = True
                workers.remove(worker)

    # ---- messages

    def take_send(self, record, node):
        self.sends.append(record)

    def take_recv(self, record, node):
        self.recvs.append(record)

    def take_drop(self, record, node):
        self.drops.append(record)

    # ---- workers

    def take_start(self, record, node):
        worker = Worker(record["worker"], node, record["id"], self.now)
        if worker.number in self.workers:
            self.trouble("worker-unique", f"worker {worker.number} starts a second time at {self.now}")
        self.workers[worker.number] = worker
        if self.leases:
            self.leases.judge(record, node, worker.id, "start")
        others = self.live[worker.id]
        worker.further, worker.third = len(others) > 0, len(others) > 1
        if len(others) == 1:
            self.doubles[worker.id].append([self.now, NEVER])
        others.append(worker)

    def gone(self, record, how):
        worker = self.workers.get(record["worker"])
        if not worker or worker.how:
            return self.trouble("worker", f"{record['ev']} at {self.now} of worker {record['worker']}, which doesn't live")
        worker.end, worker.how = self.now, how
        if worker.outlived:
            return self.loaded(worker)
        self.live[worker.id].remove(worker)
        if len(self.live[worker.id]) == 1:
            self.doubles[worker.id][-1][1] = self.now
        self.loaded(worker)

    def take_expire(self, record, node):
        self.gone(record, "expired")

    def take_lost(self, record, node):
        self.gone(record, "lost")

    def take_moved(self, record, node):
        self.gone(record, "moved")

    def loaded(self, worker):
        if worker.load is not None and worker.load_end == NEVER:
            worker.load_end = self.now
            self.loading[worker.node] -= 1
            self.load_steps.append((worker, -1))

    def take_load(self, record, node):
        worker = self.workers[record["worker"]]
        worker.load = self.now
        if self.leases:
            self.leases.judge(record, node, worker.id, "load")
        self.loads.append(worker)
        self.loading[node] += 1
        self.load_steps.append((worker, 1))
        self.loads_at_once = max(self.loads_at_once, self.loading[node])

    def most_loading(self, wanted):
        """Of each node the most loads of those wanted that ran at one time."""
        now, most = defaultdict(int), defaultdict(int)
        for worker, step in self.load_steps:
            if wanted(worker):
                now[worker.node] += step
                most[worker.node] = max(most[worker.node], now[worker.node])
        return most

    def take_value(self, record, node):
        self.loaded(self.workers[record["worker"]])

    def take_load_failed(self, record, node):
        self.loaded(self.workers[record["worker"]])

    # ---- requests

    def take_request(self, record, node):
        if record["req"] in self.requests:
            self.trouble("request", f"request {record['req']} is made a second time at {self.now}")
        self.requests[record["req"]] = Request(record["req"], node, record["id"], self.now, record["deadline"],
                                                record.get("clock", self.now))

    def take_route(self, record, node):
        request = self.requests[record["req"]]
        request.routes.append(record)
        if record["try"] == 2 and record.get("why") not in ("refused", "moved"):  # that one asks anew, and falls back on nothing
            self.fallbacks.append(request)

    def take_serve(self, record, node):
        self.serves.setdefault((record["req"], record["worker"]), (node, record["value"], record.get("token")))
        if self.leases and not record.get("failed"):
            self.leases.judge(record, node, self.workers[record["worker"]].id, "serve")

    def ended(self, record, outcome):
        request = self.requests.get(record["req"])
        if not request or request.outcome:
            return self.trouble("one-outcome", f"request {record['req']} ends at {self.now}, and it is not open")
        request.end, request.outcome = self.now, outcome
        if record.get("clock", self.now) > request.deadline:
            if self.frozen_at(request.node, request.deadline) and \
                    (self.nodes[request.node].frozen or self.thawed_now(request.node)):
                return request  # its node could not end it before
            self.trouble("deadline", f"request {request.number} ends at {self.now}, after its deadline {request.deadline}")
        return request

    def take_reply(self, record, node):
        request = self.ended(record, "ok")
        if not request:
            return
        request.latency, request.worker = record["latency"], record["worker"]
        if not request.routes:
            self.trouble("route", f"request {request.number} is answered, and was never routed")
        served = self.serves.get((request.number, request.worker))
        if not served or served[1] != record["value"]:
            return self.trouble("serve", f"request {request.number}: no worker {request.worker} gave that value")
        request.served_on = served[0]
        if record.get("token") != served[2] or bool(self.leases) != ("token" in record):
            self.trouble("token", f"request {request.number} is answered by the token {record.get('token')}, not {served[2]}")
        if request.latency != record.get("clock", self.now) - request.made_clock:
            self.trouble("latency", f"request {request.number} has latency {request.latency}: "
                                    f"made at {request.made}, answered at {self.now}")

    def take_fail(self, record, node):
        self.ended(record, record["error"])

    def take_violation(self, record, node):
        self.violations.append(record)


def rank(sorted_values, quantile):
    """The nearest rank: the least value such that at least that share of all is no larger."""
    count = len(sorted_values)
    at = -(-quantile.numerator * count // quantile.denominator)
    return sorted_values[max(at, 1) - 1]


def overlap(spans, end, span=None):
    """How long, of pairs [from, to]; up to the end, and within the span."""
    first, last = span or (0, end)
    return sum(max(0, min(b, end, last) - max(a, first)) for a, b in spans)
