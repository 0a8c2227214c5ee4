"""Reads a scenario by the words of interface.md, with nothing of dpsim's own parser: what is done when, and what
should hold. It takes for granted that dpsim has accepted the text."""

from dataclasses import dataclass, field
from fractions import Fraction

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
COMPARES = ("<", "<=", "=", ">=", ">")
ERRORS = ("timeout", "owner-lost", "caller-lost", "unreachable", "overloaded", "load-failed", "stopping", "unavailable", "work-failed")
TOTALS = ("requests", "errors", "duplicates", "loads", "fallbacks", "messages", "dropped", "started", "expired", "lost",
          "moved") + ERRORS
QUANTILES = {"p50": Fraction(1, 2), "p90": Fraction(9, 10), "p99": Fraction(99, 100), "p99.9": Fraction(999, 1000),
             "max": Fraction(1)}
NODE_FAULTS = ("crash", "restart", "freeze", "thaw", "leave", "join")
LINK_FAULTS = ("cut", "partition", "heal")
CHANGES = ("seed", "load", "load-fail", "work", "latency", "loss", "duplicate", "reorder", "clock")
SETTINGS = CHANGES + ("nodes", "ttl", "route", "expire", "fallback", "timeout", "retry", "mailbox", "held", "fail-ttl",
                      "load-at-once", "ties", "limit", "heartbeat", "suspect", "membership", "absent", "end", "trace",
                      "ownership", "lease", "drift", "slots", "hand-over")
AT_CURSOR = ("workers", "worker", "no-worker", "members", "owner")


def duration(word):
    digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(Fraction(digits) * UNITS[word[len(digits):]])


def share(word):
    return Fraction(word.rstrip("%")) / 100


def words_of(line):
    """The words of a line, each with whether it stood in quotes."""
    words, at = [], 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] == "#":
            break
        elif line[at] == '"':
            end = line.index('"', at + 1)
            words.append((line[at + 1:end], True))
            at = end + 1
        else:
            end = at
            while end < len(line) and line[end] not in " \t":
                end += 1
            words.append((line[at:end], False))
            at = end
    return words


@dataclass(eq=False)
class Action:
    kind: str
    line: int
    at: int
    words: list
    period: int = 0
    until: int = 0
    lasts: int = 0
    may_miss: bool = False
    name: str = None
    nodes: list = None  # ["any"]: one drawn
    ids: list = None
    trigger: tuple = None  # (kind, from, to, nth) of the message that it waits for from `at` on
    came: int = None       # when that message came; None: it never did

    def times(self):
        if self.trigger:
            yield from [] if self.came is None else [self.came]
            return
        yield self.at
        at = self.at + self.period
        while self.period and at < self.until:
            yield at
            at += self.period

    def fault(self):
        return self.kind in NODE_FAULTS or self.kind in LINK_FAULTS or self.kind == "rolling"


@dataclass(eq=False)
class Expectation:
    kind: str
    line: int
    at: int
    text: str
    statement: str = "expect"
    period: int = 0
    until: int = 0
    replies: list = None
    others: list = None
    error: str = None
    within: int = None
    node: str = None
    nodes: list = None
    id: str = None
    count: int = None
    total: str = None
    compare: str = None
    share: Fraction = None
    quantile: Fraction = None
    bound: int = None
    on: str = None
    of_id: str = None
    span: tuple = None
    each: bool = False  # of every node by itself
    trigger: tuple = None

    times = Action.times


@dataclass
class Scenario:
    nodes: int = 3
    end: int = None
    settings: dict = field(default_factory=dict)
    actions: list = field(default_factory=list)
    expectations: list = field(default_factory=list)
    names: dict = field(default_factory=dict)  # name -> replies: (action, time, place among the nodes, id)
    absent: list = field(default_factory=list)

    def all_nodes(self):
        return [f"n{i}" for i in range(1, self.nodes + 1)]

    def leases(self):
        return self.settings.get("ownership") == ["lease"]

    def list_of(self, word):
        if word in ("all", "each"):
            return self.all_nodes()
        return sorted(word.split(","), key=lambda name: int(name[1:])) if word != "any" else ["any"]


def ids_of(word, quoted):
    if quoted:
        return [word]
    ids = []
    for one in word.split(","):
        first, dots, last = one.partition("..")
        both = dots and first.isdigit() and last.isdigit()
        ids += [str(i) for i in range(int(first), int(last) + 1)] if both else [one]
    return ids


class Reader:
    def __init__(self, text):
        self.scenario = Scenario()
        self.cursor = 0
        self.begun = False
        lines = [words_of(line) for line in text.splitlines()]
        for line in lines:  # lists as `all` need the number of nodes
            if line and line[0][0] == "nodes":
                self.scenario.nodes = int(line[1][0])
                break
        for number, line in enumerate(lines, 1):
            if line:
                self.number = number
                self.repeat = (0, 0)
                self.trigger = None
                self.statement(line)

    def statement(self, line):
        word = line[0][0]
        if word in ("at", "wait"):
            self.begun = True
            time = duration(line[1][0])
            self.cursor = time if word == "at" else self.cursor + time
            return line[2:] and self.statement(line[2:])
        if word == "every":
            self.begun = True
            until = max(i for i, (w, q) in enumerate(line) if w == "until" and not q)
            self.repeat = (duration(line[1][0]), duration(line[until + 1][0]))
            return self.statement(line[2:until] + line[until + 2:])
        if word == "on":
            begin = next(i for i, (w, q) in enumerate(line) if w.endswith(":") and not q)
            self.trigger = self.message([w.rstrip(":") for w, _ in line[1:begin + 1]])
            return self.statement(line[begin + 1:])
        if word in ("expect", "always", "sometimes", "eventually"):
            return self.expectation(word, line[1:])
        if word in SETTINGS and (not self.begun or word == "end"):
            return self.setting(word, [w for w, _ in line[1:]])
        self.begun = True
        self.action(word, line[1:])

    def message(self, words):
        kind, rest = words[0], dict(zip(words[1::2], words[2::2]))
        places = [self.scenario.list_of(rest.get(key, "all")) for key in ("from", "to")]
        return (kind, *places, int(rest.get("nth", 1)))

    def setting(self, word, values):
        s = self.scenario
        s.settings[word] = values
        if word == "end":
            s.end = duration(values[0])
        if word == "absent":
            s.absent = values[0].split(",")

    def action(self, kind, line):
        action = Action(kind, self.number, self.cursor, [w for w, _ in line], *self.repeat, trigger=self.trigger)
        bare = action.words
        if bare[-2:] == ["may", "miss"]:
            action.may_miss, line = True, line[:-2]
            bare = [w for w, _ in line]
        if kind != "rolling" and len(bare) > 2 and bare[-2] == "for":
            action.lasts, line = duration(bare[-1]), line[:-2]
            bare = [w for w, _ in line]
        if kind in NODE_FAULTS:
            action.nodes = self.scenario.list_of(bare[0])
        if kind == "request":
            self.request(action, line)
        self.scenario.actions.append(action)

    def request(self, action, line):
        s = self.scenario
        action.ids, action.nodes, at = [], ["n1"], 0
        keywords = ("from", "as", "timeout")
        while at < len(line) and not (line[at][0] in keywords and not line[at][1]):
            action.ids += ids_of(*line[at])
            at += 1
        while at < len(line):
            if line[at][0] == "from":
                action.nodes = s.list_of(line[at + 1][0])
            elif line[at][0] == "as":
                action.name = line[at + 1][0]
            else:
                action.bound = duration(line[at + 1][0])
            at += 2
        if action.name:
            s.names[action.name] = [(action, time, place, i) for time in action.times()
                                    for place in range(len(action.nodes)) for i in range(len(action.ids))]

    def replies(self, word):
        name, dot, number = word.partition(".")
        replies = self.scenario.names[name]
        return [replies[int(number) - 1]] if dot else replies

    def expectation(self, statement, line):
        words = [w for w, _ in line]
        e = Expectation("", self.number, self.cursor, " ".join([statement] + words), statement, *self.repeat)
        if statement == "sometimes" and words[0] == "each":
            e.each = True
            self.subject(e, words[1:])
        elif statement == "sometimes" and words[0] not in ("workers", "worker", "no", "members", "owner"):
            e.kind, e.total = "sometimes", words[0]
        else:
            if statement == "eventually":
                e.within = duration(words[-1])
                words = words[:-2]
            self.subject(e, words)
        cursor = e.kind in AT_CURSOR and statement == "expect"
        if cursor or e.kind.startswith("reply"):
            self.begun = True
        self.scenario.expectations.append(e)

    def subject(self, e, words):
        first = words[0]
        if first == "one-worker":
            e.kind = "one-worker"
        elif first == "workers":
            e.kind, e.count, words = "workers", int(words[1]), words[2:]
            e.node = words[1] if words else None
        elif first in ("worker", "no"):
            rest = words[2:] if first == "no" else words[1:]
            e.kind = "no-worker" if first == "no" else "worker"
            e.id, e.node = rest[0], rest[2] if len(rest) > 1 else None
        elif first == "members":
            e.kind, e.nodes, e.on = "members", self.scenario.list_of(words[1]), words[3]
        elif first == "owner":
            e.kind, e.id, e.node = "owner", words[1], None if e.each else words[2]
        elif first in ("ok", "latency", "duplicate-time", "loads-at-once") or first in TOTALS:
            self.whole(e, first, words[1:])
        else:
            self.of_reply(e, first, words[1:])

    def whole(self, e, first, words):
        if first == "latency":
            e.quantile, words = QUANTILES[words[0]], words[1:]
        compare = words[0] if words[0] in COMPARES else None
        value, words = (words[1], words[2:]) if compare else (words[0], words[1:])
        if first == "ok" and value.endswith("%"):
            e.kind, e.share, e.compare = "ok-share", share(value), compare or ">="
        elif first in ("latency", "duplicate-time"):
            e.kind, e.bound, e.compare = first, duration(value), compare
        else:
            e.kind, e.total, e.count, e.compare = "total", first, int(value), compare or "="
        while words:
            if words[0] == "on":
                e.on, words = words[1], words[2:]
            elif words[0] == "id":
                e.of_id, words = words[1], words[2:]
            else:
                e.span, words = (duration(words[1]), duration(words[3])), words[4:]

    def of_reply(self, e, name, words):
        e.replies = self.replies(name)
        verb, rest = words[0], words[1:]
        if verb == "ok":
            e.kind = "reply-ok"
        elif verb == "fails":
            e.kind = "reply-fails"
            if rest and rest[0] != "within":
                e.error, rest = rest[0], rest[1:]
            e.within = duration(rest[1]) if rest else None
        elif verb == "from":
            e.kind, e.node = "reply-from", rest[0]
        elif verb == "not":
            e.kind, e.node = "reply-not-from", rest[1]
        elif verb == "within":
            e.kind, e.within = "reply-within", duration(rest[0])
        else:
            e.kind = "reply-same" if verb == "=" else "reply-other"
            e.others = self.replies(rest[0])


def read(text):
    return Reader(text).scenario
