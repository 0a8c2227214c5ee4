"""What is true of a run, by its scenario and its trace alone; and where dpsim says something else.

check(text, records, summary, status) gives the disagreements, each (kind, text), and how many expectations were judged.
Where interface.md leaves more than one reading, all of them are allowed: a judgement is a set of verdicts."""

import dataclasses
import json
import operator
import os
import subprocess
from collections import Counter, defaultdict

import routes
import scenario as language
from replay import NEVER, Replay, overlap, rank
from scenario import AT_CURSOR, ERRORS, duration

COMPARE = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
HELD, FAILED, VACUOUS = "held", "failed", "vacuous"
ENDS = ("restart", "thaw", "join", "heal")  # what they do ends what another fault did
DEFAULT_MS = {"timeout": 1000, "retry": 400}


def verdicts(*truths):
    return {HELD if truth else FAILED for truth in truths}


class Truth:
    def __init__(self, text, records):
        self.scenario = language.read(text)
        self.disagreements = []
        self.replay = Replay(self.scenario, self.disagree)
        self.records = records
        self.route = self.scenario.settings.get("route", ["modulo"])[0]
        self.cursor = defaultdict(list)     # line of an expectation at the cursor -> verdicts, in order
        self.told = defaultdict(list)       # line -> its expect records
        self.fault_times = []               # of faults that touched something: (struck, ended, certain)
        self.touched = defaultdict(set)     # action -> whether it touched something: {True}, {False}, or both
        self.cuts = {}                      # (action, time) -> links, while in force
        self.cut_spans = {}                 # (action, time) -> [end, whether it stopped a message]
        self.cut_drops = []
        self.rolls = {}                     # line of a rolling restart -> nodes that it has taken out, and nobody in
        self.set_ends = {(r["line"], r["t"]) for r in records if r["ev"] == "set" and not r["on"]}
        for action in self.scenario.actions:
            if action.trigger:
                action.came = self.message_at(action)
        self.follow()
        self.end = records[-1]["t"]
        self.cut_off = self.scenario.end is not None and self.end >= self.scenario.end
        self.name_replies()

    def disagree(self, kind, text):
        self.disagreements.append((kind, text))

    def message_at(self, action):
        """When the message came that the action waits for; None: never."""
        kind, senders, receivers, left = action.trigger
        for record in self.records:
            if record["ev"] != "recv" or record["kind"] != kind or record["t"] < action.at:
                continue
            left -= record["from"] in senders and record["node"] in receivers
            if left == 0:
                return record["t"]
        return None

    # ---- one pass over the trace --------------------------------------------------------------

    def follow(self):
        s = self.scenario
        self.on_line = {e.line: e for e in s.expectations}
        changes = sorted(((t, a) for a in s.actions if a.kind in language.CHANGES for t in a.times()), key=lambda x: x[0])
        rolling = {action.line: action for action in s.actions if action.kind == "rolling"}
        self.faults = {(action.line, t): action for action in s.actions if action.fault() and action.kind != "rolling"
                       for t in action.times()}
        self.ends = defaultdict(list)       # time -> what ends then
        for record in self.records[1:-1]:
            t = record["t"]
            while self.ends and min(self.ends) < t:
                self.end_faults(min(self.ends))
            if record["ev"] == "fault" and t in self.ends:
                self.end_faults(t)
            while changes and changes[0][0] <= t:
                self.note(changes[0][1], changes.pop(0)[0], True, None)
            if record["ev"] == "fault" and record["line"] in rolling:
                self.note(rolling[record["line"]], t, True, None)  # of each node that goes or comes
                away = self.rolls.setdefault(record["line"], set())
                (away.update if record["on"] else away.difference_update)(record["nodes"])
            elif record["ev"] == "up":
                for away in self.rolls.values():
                    away.discard(record["node"])  # another action may have it join sooner, and the roll does nothing then
            elif record["ev"] == "fault":
                action = self.faults.pop((record["line"], t), None)
                if action and (record.get("on", True) or action.kind in ENDS):
                    self.strike(action, t)
            elif record["ev"] == "expect":
                self.take_expect(record)
            elif record["ev"] == "route":
                self.judge_route(record)
            if record["ev"] == "drop" and record["why"] == "cut":
                self.cut_drops.append(record)
                self.take_cut_drop(record)
            self.replay.take(record)
        for t, action in changes:
            if t < self.records[-1]["t"]:
                self.note(action, t, True, None)
        for line, t in self.faults:
            if t < self.records[-1]["t"]:
                self.disagree("fault-missing", f"line {line}: no record tells of it at {t}")
        for t in sorted(self.ends):
            if t <= self.records[-1]["t"]:
                self.end_faults(t)
            else:
                for action, struck, what in self.ends[t]:
                    if (action, struck) in self.cuts:
                        self.cut_spans[action, struck][0] = t
                    elif self.still(action, struck, what) or self.goes_on(action, struck):
                        self.fault_times.append((struck, t, True))

    def preferred(self, view, asking, name):
        return routes.preferred(self.route, self.scenario.nodes, view, asking, name, self.replay.slots)

    def judge_route(self, record):
        request = self.replay.requests.get(record["req"])
        view = self.replay.nodes[record["node"]].view
        if not request or record["try"] != 1:
            return
        owner = self.preferred(view, record["node"], request.id)
        if owner != record["owner"]:
            self.disagree("owner", f"at {record['t']} {record['node']} routes {request.id} to {record['owner']}; "
                                   f"of {view} it is {owner}")

    # ---- faults -------------------------------------------------------------------------------

    def suits(self, kind, name):
        """Whether the fault does something to the node now; None: the contract does not say."""
        state = self.replay.nodes[name]
        if kind in ("restart", "join"):
            return not state.up
        if kind == "thaw":
            return state.frozen
        if kind == "freeze":
            return state.up and not state.frozen
        if kind == "leave" and state.frozen:
            return None
        return state.up

    def strike(self, action, t):
        kind = action.kind
        if kind == "heal":
            return self.heal(action, t)
        if kind in ("cut", "partition"):
            self.cuts[action, t] = self.links_of(action)
            self.cut_spans[action, t] = [None, set()]
            if action.lasts:
                self.ends[t + action.lasts].append((action, t, None))
            return
        names = self.replay.all if action.nodes == ["any"] else action.nodes or self.replay.all
        does = [self.suits(kind, name) for name in names]
        sure = True if True in does else None if None in does else False
        self.note(action, t, sure, [name for name, did in zip(names, does) if did])

    def note(self, action, t, touched, names):
        self.touched[id(action)] |= {True, False} if touched is None else {touched}
        if touched is False:
            return
        if not action.lasts:
            self.fault_times.append((t, t, touched))
            return
        self.fault_times.append((t, None, touched))
        for name in names or [None]:
            self.ends[t + action.lasts].append((action, t, name))

    def still(self, action, struck, name):
        """Whether the fault is in force yet, or was ended by another action before."""
        if action.kind in ("cut", "partition"):
            return (action, struck) in self.cuts
        if action.kind in language.CHANGES:  # not if another change came over it
            return (action.line, struck + action.lasts) in self.set_ends
        wanted = (lambda s: not s.up) if action.kind == "crash" else (lambda s: s.frozen)
        changes = [state for t, state in self.replay.changes[name] if t > struck]
        drawn = action.nodes == ["any"] and not any(t == struck for t, _ in self.replay.changes[name])
        return wanted(self.replay.nodes[name]) and all(wanted(state) for state in changes) and not drawn

    def goes_on(self, action, struck):
        """Whether a change that the run's end cut short was in force: no other one of its kind came over it."""
        later = [r for r in self.records if r["ev"] == "set" and r["kind"] == action.kind and r["t"] >= struck]
        return action.kind in language.CHANGES and all(r["line"] == action.line for r in later)

    def end_faults(self, t):
        for action, struck, name in self.ends.pop(t):
            if self.still(action, struck, name):
                if (action, struck) in self.cuts:
                    self.cut_spans[action, struck][0] = t
                    del self.cuts[action, struck]
                else:
                    self.fault_times.append((struck, t, True))

    def links_of(self, action):
        words = action.words
        if action.kind == "partition":
            upto = words.index("for") if "for" in words else words.index("may") if "may" in words else len(words)
            groups = [word.split(",") for word in words[:upto] if word != "|"]
            return {(a, b) for x in groups for y in groups if x is not y for a in x for b in y}
        first, second = self.scenario.list_of(words[0]), self.scenario.list_of(words[2])
        first = list(self.replay.all) if first == ["any"] else first
        second = list(self.replay.all) if second == ["any"] else second
        links = {(a, b) for a in first for b in second if a != b}
        return links | {(b, a) for a, b in links} if words[1] == "<->" else links

    def heal(self, action, t):
        self.touched[id(action)].add(bool(self.cuts))
        if self.cuts:
            self.fault_times.append((t, t, True))
        for cut in self.cuts:
            self.cut_spans[cut][0] = t
        self.cuts.clear()

    def take_cut_drop(self, record):
        over = [cut for cut, links in self.cuts.items() if (record["node"], record["to"]) in links]
        for cut in over:
            self.touched[id(cut[0])] |= {True} if len(over) == 1 else {True, False}
            self.cut_spans[cut][1] |= {len(over) == 1}

    def missed_faults(self):
        """Those that touched nothing, and those of which that can't be said."""
        missed, unsure = [], []
        for action in self.scenario.actions:
            if not action.fault() or action.may_miss:
                continue
            touched = self.touched.get(id(action), {False})
            if True not in touched:
                missed.append(action)
            elif action.kind in ("cut", "partition") and touched == {True, False}:
                unsure.append(action)
            elif action.kind == "leave" and touched == {True, False} and action.period == 0:
                unsure.append(action)
        return missed, unsure

    def last_faults(self):
        """The times from which `eventually` may count: of all that was a fault for sure, and of all that may be one."""
        ends = {}
        for struck, ended, sure in self.fault_times:
            ends.setdefault(struck, []).append((ended, sure))
        sure_at, maybe_at = 0, 0
        for struck, all_ends in ends.items():
            at = max([ended for ended, _ in all_ends if ended is not None] or [struck])
            maybe_at = max(maybe_at, at)
            if any(sure for _, sure in all_ends):
                sure_at = max(sure_at, at)
        for (_, struck), (ended, stopped) in self.cut_spans.items():  # of two over one link either may have stopped it
            at = struck if ended is None else ended
            maybe_at = max(maybe_at, at if stopped else 0)
            sure_at = max(sure_at, at if True in stopped else 0)
        return {sure_at, maybe_at}

    # ---- named replies ------------------------------------------------------------------------

    def name_replies(self):
        """Which request is which reply: made at its time, at its node, for its id; of equal ones the first is the first
        in the text. A request that is not there at its time is looked for later."""
        self.reply_of = {}
        self.guessed = set()  # of these the mistake is told, and nothing more is judged by them
        free = defaultdict(list)
        for request in self.replay.requests.values():
            free[request.node, request.id].append(request)
        for requests in free.values():
            requests.sort(key=lambda r: (r.made, r.number))
        planned = sorted(((t, i, action) for i, action in enumerate(self.scenario.actions) if action.kind == "request"
                          for t in action.times() if t <= self.end), key=lambda x: x[:2])
        places = [(t, action, place, at) for t, _, action in planned
                  for place in range(len(action.nodes)) for at in range(len(action.ids))]
        missing = []
        for t, action, place, at in places:
            found = self.find_request(free, action.nodes[place], action.ids[at], lambda r: r.made == t)
            if found:
                self.reply_of[id(action), t, place, at] = found
            else:
                missing.append((t, action, place, at))
        for t, action, place, at in missing:
            self.miss_request(free, t, action, place, at)

    def find_request(self, free, node, name, is_it):
        for candidate in self.replay.all if node == "any" else [node]:
            for request in free[candidate, name]:
                if is_it(request):
                    free[candidate, name].remove(request)
                    return request

    def miss_request(self, free, t, action, place, at):
        node, name = action.nodes[place], action.ids[at]
        nodes = self.replay.all if node == "any" else [node]
        kind = "request-time-frozen" if any(self.replay.frozen_at(one, t) for one in nodes) else "request-time"
        later = self.find_request(free, node, name, lambda r: r.made > t)
        self.disagree(kind, f"line {action.line}: no request for {name} is made at {node} at {t}; "
                            + (f"one is made at {later.made}" if later else "none is later, either"))
        if later:
            self.reply_of[id(action), t, place, at] = later
            self.guessed.add(id(later))

    def replies_of(self, word):
        reader = language.Reader("")
        reader.scenario = self.scenario
        return reader.replies(word)

    def reply(self, reply):
        action, t, place, at = reply
        return self.reply_of.get((id(action), t, place, at))

    def judge_reply(self, e):
        pairs = [(self.reply(r), self.reply(o) if o else None) for r, o in zip(e.replies, e.others or [None] * len(e.replies))]
        both = [r for pair in pairs for r in (pair if e.others else pair[:1])]
        if any(id(r) in self.guessed for r in both):
            return {HELD, FAILED, VACUOUS}, None
        if any(r is None or not r.outcome for r in both):
            return {FAILED, VACUOUS}, self.end
        when = max(r.end for r in both)
        return verdicts(all(self.is_reply(e, r, o) for r, o in pairs)), when

    def is_reply(self, e, r, other):
        if e.kind == "reply-fails":
            took = r.end - r.made
            return r.outcome != "ok" and e.error in (None, r.outcome) and (e.within is None or took <= e.within)
        if r.outcome != "ok":
            return False
        return {"reply-ok": lambda: True,
                "reply-from": lambda: r.served_on == e.node,
                "reply-not-from": lambda: r.served_on != e.node,
                "reply-within": lambda: r.latency <= e.within,
                "reply-same": lambda: other.outcome == "ok" and r.worker == other.worker,
                "reply-other": lambda: other.outcome == "ok" and r.worker != other.worker}[e.kind]()

    # ---- at the cursor ------------------------------------------------------------------------

    def take_expect(self, record):
        e = self.on_line.get(record["line"])
        self.told[record["line"]].append(record)
        if e and e.kind in AT_CURSOR and e.statement == "expect":
            self.cursor[record["line"]].append((record["t"], self.holds_now(e)))

    def holds_now(self, e):
        r = self.replay
        if e.kind == "workers":
            live = [w for workers in r.live.values() for w in workers]
            return sum(e.node in (None, w.node) for w in live) == e.count
        if e.kind in ("worker", "no-worker"):
            there = any(e.node in (None, w.node) for w in r.live[e.id])
            return there == (e.kind == "worker")
        if e.kind == "members":
            on = self.scenario.list_of(e.on)
            return all(r.nodes[name].up and list(r.nodes[name].view) == e.nodes for name in on)
        up = [name for name in r.all if r.nodes[name].up]
        owners = [self.preferred(r.nodes[name].view, name, e.id) for name in up]
        return bool(up) and all(owner == e.node for owner in owners)

    # ---- of the whole run ---------------------------------------------------------------------

    def of(self, e, items, place, time, of_id):
        """The items that the expectation is about: on its node, of its id, in its span."""
        return [x for x in items if (e.on is None or place(x) == e.on) and (e.of_id is None or of_id(x) == e.of_id)
                and (e.span is None or e.span[0] <= time(x) < e.span[1])]

    def requests_of(self, e, requests=None):
        requests = self.replay.requests.values() if requests is None else requests
        return self.of(e, requests, lambda r: r.node, lambda r: r.made, lambda r: r.id)

    def workers_of(self, e, workers=None):
        workers = self.replay.workers.values() if workers is None else workers
        return self.of(e, workers, lambda w: w.node, lambda w: w.start, lambda w: w.id)

    def messages_of(self, e, messages, place):
        def id_of(m):
            request = self.replay.requests.get(m.get("req"))
            return request and request.id
        return self.of(e, messages, lambda m: m[place], lambda m: m["t"], id_of)

    def totals_of(self, e):
        """What the total can be: one number, or several where it can be read in several ways."""
        r, total = self.replay, e.total
        if total == "requests":
            return {len(self.requests_of(e))}
        if total == "ok":
            return {sum(x.outcome == "ok" for x in self.requests_of(e))}
        if total == "errors":
            return {sum(x.outcome not in (None, "ok") for x in self.requests_of(e))}
        if total in ERRORS:
            return {sum(x.outcome == total for x in self.requests_of(e))}
        if total == "fallbacks":
            return {len(self.requests_of(e, r.fallbacks))}
        if total == "loads":
            began = self.of(e, r.loads, lambda w: w.node, lambda w: w.load, lambda w: w.id)
            return {len(began)}
        if total == "started":
            return {len(self.workers_of(e))}
        if total in ("expired", "lost", "moved"):
            return {sum(w.how == total for w in self.workers_of(e))}
        if total == "duplicates":
            return {sum(w.further for w in self.workers_of(e))}
        if total == "messages":
            return {len(self.messages_of(e, r.recvs, "node"))}
        if total == "dropped":
            return {len(self.messages_of(e, r.drops, place)) for place in ("node", "to")}
        if total == "loads-at-once":
            return {self.loads_at_once(e)}
        raise KeyError(total)

    def loads_at_once(self, e):
        if not (e.on or e.of_id or e.span):
            return self.replay.loads_at_once
        return max(self.replay.most_loading(lambda w: bool(self.of(e, [w], lambda w: w.node, lambda w: w.load,
                                                                   lambda w: w.id))).values(), default=0)

    def duplicate_times(self, e):
        """The longest of an id: at one go, or in all."""
        if e.on:
            return {self.duplicate_time_on(e)}
        ids = [e.of_id] if e.of_id else list(self.replay.doubles)
        spans = {i: self.replay.doubles.get(i, []) for i in ids}
        in_all = max([overlap(s, self.end, e.span) for s in spans.values()] or [0])
        at_once = max([overlap([one], self.end, e.span) for s in spans.values() for one in s] or [0])
        return {in_all, at_once}

    def nobody_asked(self, name):
        return self.records[0]["settings"]["trace"] == "all" and all(r.id != name for r in self.replay.requests.values())

    def duplicate_time_on(self, e):
        """The longest that a further worker on the node, not the first of its id, lived with another one."""
        longest = 0
        for worker in self.replay.workers.values():
            if worker.further and worker.node == e.on and e.of_id in (None, worker.id):
                for span in self.replay.doubles[worker.id]:
                    both = [max(span[0], worker.start), min(span[1], worker.end)]
                    longest = max(longest, overlap([both], self.end, e.span))
        return longest

    def judge_whole(self, e):
        if e.of_id and e.kind in ("total", "duplicate-time") and e.total != "requests" and self.nobody_asked(e.of_id):
            return {VACUOUS}
        if e.span and e.span[0] > self.end and e.kind != "duplicate-time":
            return {VACUOUS}
        compare = COMPARE.get(e.compare)
        if e.kind == "total":
            found = verdicts(*(compare(value, e.count) for value in self.totals_of(e)))
            of_requests = e.total in ("ok", "errors") + ERRORS
            if of_requests and (e.on or e.of_id or e.span) and not self.requests_of(e):
                found |= {VACUOUS}  # of nothing; whether that has come about is left open
            return found
        if e.kind == "ok-share":
            requests = self.requests_of(e)
            ok = sum(x.outcome == "ok" for x in requests)
            return verdicts(compare(ok, e.share * len(requests))) if requests else {FAILED, VACUOUS}
        if e.kind == "latency":
            latencies = sorted(x.latency for x in self.requests_of(e) if x.outcome == "ok")
            return verdicts(compare(rank(latencies, e.quantile), e.bound)) if latencies else {FAILED, VACUOUS}
        if e.kind == "duplicate-time":
            return verdicts(*(compare(value, e.bound) for value in self.duplicate_times(e)))
        if e.kind == "sometimes":
            return {HELD} if self.happened(e.total) else {VACUOUS}
        if e.statement == "always":
            return self.judge_always(e)
        if e.statement == "sometimes":
            each = [dataclasses.replace(e, node=name) for name in self.replay.all] if e.each else [e]
            return {HELD} if all(self.ever(one) for one in each) else {VACUOUS}
        return self.judge_eventually(e)

    def happened(self, what):
        e = language.Expectation("total", 0, 0, "", total={"duplicate": "duplicates", "fallback": "fallbacks"}.get(what, what))
        return max(self.totals_of(e)) > 0

    # ---- always and eventually ----------------------------------------------------------------

    def instants(self, e):
        """Since when something holds or does not: (from, whether), for conditions on workers, members and owner."""
        other = Replay(self.scenario, lambda kind, text: None)
        mine, self.replay = self.replay, other
        changes, last = [], None
        for record in self.records[1:-1]:
            if last is not None and record["t"] > last:
                changes.append((last, self.holds_now(e)))
            last = record["t"]
            if record["ev"] in ("up", "down", "view", "start", "expire", "lost", "moved"):
                other.take(record)
        changes.append((last or 0, self.holds_now(e)))
        self.replay = mine
        return changes

    def ever(self, e):
        """Whether it holds at some instant from its cursor on."""
        holds = self.instants(e)
        before = [held for t, held in holds if t <= e.at][-1:]
        return e.at <= self.end and any(before + [held for t, held in holds if t > e.at])

    def judge_always(self, e):
        if e.kind == "one-worker":
            return verdicts(not any(self.replay.doubles.values()))
        holds = [(t, held) for t, held in self.instants(e)]
        before = [x for x in holds if x[0] <= e.at][-1:]
        holds = before + [x for x in holds if x[0] > e.at]
        if e.at > self.end:
            return {VACUOUS}
        if all(held for _, held in holds):
            return {HELD}
        since = next((i for i, (_, held) in enumerate(holds) if held), len(holds))
        forming = e.kind in ("members", "owner") and all(held for _, held in holds[since:]) and since < len(holds)
        return {HELD, FAILED} if forming else {FAILED}

    def judge_eventually(self, e):
        found = set()
        for last in self.last_faults():
            due = last + e.within
            if any(self.rolls.values()):
                return {VACUOUS}  # the run ended before it did
            if self.rolls:
                found.add(VACUOUS)  # or it may have: the last one to join is no member yet
            if self.end < due and self.cut_off:
                found.add(VACUOUS)
            elif e.kind == "one-worker":
                late = [span for spans in self.replay.doubles.values() for span in spans if span[1] > due]
                found |= verdicts(not late)
            else:
                holds = self.instants(e)
                at_due = [held for t, held in holds if t <= due][-1:]
                from_due = at_due + [held for t, held in holds if t > due]
                reached = any(held for t, held in holds if last <= t <= due) or at_due == [True]
                found |= verdicts(True) if all(from_due) else verdicts(True, False) if reached else verdicts(False)
        return found

    # ---- all of it ----------------------------------------------------------------------------

    def judgements(self):
        """(expectation, time, verdicts) for each that must be told."""
        for e in self.scenario.expectations:
            if e.kind.startswith("reply"):
                found, when = self.judge_reply(e)
                yield e, when, found
            elif e.kind in AT_CURSOR and e.statement == "expect":
                held = dict(self.cursor[e.line])
                late = False  # those after the end are told of once
                for t in e.times():
                    if self.scenario.end is not None and t > self.scenario.end:
                        if not late:
                            yield e, self.end, {VACUOUS}
                        late = True
                    elif t in held:
                        yield e, t, verdicts(held[t])
                    else:
                        yield e, t, {HELD, FAILED, VACUOUS}
            else:
                yield e, self.end, self.judge_whole(e)

    def counts(self):
        r = self.replay
        requests, workers = list(r.requests.values()), list(r.workers.values())
        how = Counter(w.how for w in workers)
        errors = Counter(x.outcome for x in requests if x.outcome not in (None, "ok"))
        latencies = sorted(x.latency for x in requests if x.outcome == "ok")
        quantile = {q: rank(latencies, language.QUANTILES[q]) if latencies else 0 for q in ("p50", "p90", "p99", "max")}
        each = sorted(overlap(spans, self.end) for spans in r.doubles.values() if spans)
        counts = {"messages": len(r.recvs), "dropped": len(r.drops), "requests": len(requests), "ok": len(latencies),
                  "errors": errors, "fallbacks": len(r.fallbacks), "loads": len(r.loads),
                  "workers_started": len(workers), "workers_expired": how["expired"], "workers_lost": how["lost"],
                  "workers_alive": how[None], "duplicates": sum(w.further for w in workers), "duplicate_ns": sum(each),
                  "latency_ns": quantile, "virtual_ns": self.end}
        late = {"workers_moved": how["moved"], "violations_total": self.violations_total(),
                "duplicate_of_an_id_ns": {q: rank(each, language.QUANTILES[q]) if each else 0
                                          for q in ("p50", "p99", "max")}}
        return counts, late

    def violations_total(self):
        """The trace keeps the first ten of a rule."""
        rules = Counter(v["rule"] for v in self.replay.violations)
        return sum(rules.values()) if all(count < 10 for count in rules.values()) else None

    def statuses(self, judged):
        """The exit statuses that the run may have, by its verdicts."""
        requests = self.replay.requests.values()
        missed, unsure = self.missed_faults()
        broken = any(v == {FAILED} or (VACUOUS in v and HELD not in v and e.statement != "sometimes") for e, _, v in judged)
        if self.replay.violations or broken:
            return {1}
        possible = {1} if any(FAILED in v and e.kind != "sometimes" for e, _, v in judged) else set()
        sometimes = any(e.statement == "sometimes" and VACUOUS in v for e, _, v in judged)
        nothing = not requests or (not any(x.outcome == "ok" for x in requests) and self.asks_for_none())
        if nothing == "open" or unsure:
            possible |= {0, 3}
        return possible | ({3} if missed or sometimes or nothing is True else {0})

    def asks_for_none(self):
        """Of a run in which nothing was answered: True if no expectation asks for that, False if one does, else "open"."""
        says = "none"
        for e in self.scenario.expectations:
            of_ok = e.kind == "ok-share" or e.total == "ok"
            if e.kind == "reply-fails" or of_ok and COMPARE[e.compare](0, e.count if e.share is None else e.share):
                return False
            if e.total in ("errors",) + ERRORS:
                says = "open"
        return "open" if says == "open" else True


def compare_expectations(truth, judged, found):
    """The records of the trace against what is true."""
    by_line = defaultdict(list)
    for e, when, allowed in judged:
        by_line[e.line].append((e, when, allowed))
    for line, wanted in by_line.items():
        told = truth.told.pop(line, [])
        if len(told) != len(wanted):
            late = truth.cut_off and wanted[-1][0].kind in AT_CURSOR and max(wanted[0][0].times()) > truth.end
            found("expect-missing" + "-after-end" * late, f"line {line}: {wanted[0][0].text}: {len(told)} records, not {len(wanted)}")
        for record, (e, when, allowed) in zip(told, wanted):
            if record["held"] != (HELD in allowed) and allowed & {HELD} != allowed - {FAILED, VACUOUS} or \
               record["held"] and HELD not in allowed or not record["held"] and allowed == {HELD}:
                found("expect:" + kind_of(truth, e), f"line {line}: {e.text}: dpsim says {'held' if record['held'] else 'not held'}; "
                                              f"it is {' or '.join(sorted(allowed))}{detail(truth, e)}")
            if when is not None and record["t"] != when:
                found("expect-time", f"line {line}: {e.text}: told at {record['t']}, not at {when}")
    for line, told in truth.told.items():
        found("expect-extra", f"line {line}: nothing is expected there, and {len(told)} records say of it")


def kind_of(truth, e):
    if e.statement == "eventually":
        told = max([r["t"] for r in truth.records if r["ev"] == "fault"] or [0])
        return f"eventually-{e.kind}" + ("" if told in truth.last_faults() else "-other-fault")
    if e.kind == "total":
        return e.total
    return e.kind if e.statement == "expect" or e.kind == "sometimes" else f"{e.statement}-{e.kind}"


def detail(truth, e):
    if e.kind == "total":
        return f": {sorted(truth.totals_of(e))}"
    if e.kind == "ok-share":
        requests = truth.requests_of(e)
        return f": {sum(x.outcome == 'ok' for x in requests)} of {len(requests)}"
    if e.kind == "latency":
        latencies = sorted(x.latency for x in truth.requests_of(e) if x.outcome == "ok")
        return f": {rank(latencies, e.quantile)}ns of {len(latencies)}" if latencies else ": none answered"
    if e.statement == "eventually":
        return f": counted from {sorted(truth.last_faults())}, run over at {truth.end}"
    return ""


def compare_counts(truth, summary, name, found):
    counts, late = truth.counts()
    counts.update({key: value for key, value in late.items() if key in summary})
    for key, value in counts.items():
        if key == "virtual_ns" and name == "end":
            continue
        told = summary.get(key)
        if key == "errors" and told is not None:
            told = {error: count for error, count in told.items() if count}
            value = dict(value)
        if told != value and key == "latency_ns" and told is not None:
            for q in value:
                if told.get(q) != value[q]:
                    found(f"count:latency-{q}", f"{name}: {q} is {told.get(q)}, not {value[q]}")
        elif told != value and value is not None:
            found("count:" + key, f"{name}: {key} is {told}, not {value}")


def compare_verdict(truth, judged, summary, status, found):
    allowed = truth.statuses(judged)
    if status not in allowed:
        missed, _ = truth.missed_faults()
        told = as_told(truth, judged)
        follows = told and status in truth.statuses(told)
        found("status-by-expect" if follows else "status", f"exit status {status}, not {' or '.join(map(str, sorted(allowed)))}"
                        f"{': missed ' + ', '.join(f'line {a.line}' for a in missed) if missed else ''}")
    words = {0: "PASS", 1: "FAIL", 3: "EMPTY"}
    if "verdict" in summary and words.get(status) not in str(summary["verdict"]):
        found("verdict", f"verdict {summary['verdict']} with exit status {status}")


def as_told(truth, judged):
    """The verdicts by dpsim's own records; None where some are missing."""
    records = defaultdict(list)
    for record in truth.records:
        if record["ev"] == "expect":
            records[record["line"]].append(record["held"])
    told = []
    for e, when, allowed in judged:
        if not records[e.line]:
            return None
        missed = {VACUOUS} if e.statement == "sometimes" else allowed - {HELD} or {FAILED}
        told.append((e, when, {HELD} if records[e.line].pop(0) else missed))
    return told


def compare_expectation_counts(truth, judged, summary, found):
    told = summary["expectations"]
    new = isinstance(told, list)
    have = {key: summary.get("expectations_" + key) if new else told[key] for key in (HELD, FAILED, VACUOUS)}
    least, most = Counter(), Counter()
    for _, _, allowed in judged:
        if len(allowed) == 1:
            least.update(allowed)
        most.update(allowed)
    missed, unsure = truth.missed_faults()
    if not new:  # there, faults that touched nothing are counted with the expectations
        least[VACUOUS] += len(missed)
        most[VACUOUS] += len(missed) + len(unsure)
    for key, value in have.items():
        if value is None or not least[key] <= value <= most[key]:
            found("count:expectations", f"{value} {key}; there are {least[key]}..{most[key]}")
    if not new:
        return
    lines = defaultdict(set)
    for record in (r for r in truth.records if r["ev"] == "expect"):
        lines[record["line"]].add(record["held"])
    for one in told:
        if one["held"] not in lines.get(one["line"], set()):
            found("json-expectation", f"{one} is not in the trace")


def check(text, records, summary, status):
    found = []
    add = lambda kind, what: found.append((kind, what))
    if records[0]["ev"] != "run" or records[-1]["ev"] != "end":
        return [("trace", "no head, or no end")], 0
    truth = Truth(text, records)
    found += truth.disagreements
    judged = list(truth.judgements())
    compare_expectations(truth, judged, add)
    compare_counts(truth, summary, "--json", add)
    compare_counts(truth, records[-1], "end", add)
    if summary.get("hash") != records[-1].get("hash"):
        add("hash", "--json and the trace's end have different ones")
    if summary["untraced"]:
        add("untraced", f"without a trace it comes to {summary['untraced']}")
    compare_verdict(truth, judged, summary, status, add)
    compare_expectation_counts(truth, judged, summary, add)
    for violation in truth.replay.violations:
        if violation["rule"] != "one-worker":
            add("violation:" + violation["rule"], violation["text"])
    return found, len(judged)


class NoRun(Exception):
    pass


def run(dpsim, path, *options):
    """Runs the scenario; its records, its summary and its exit status. Without a trace it may be judged in another way:
    `untraced` of the summary has what it says otherwise then."""
    trace = path + ".jsonl"
    done = subprocess.run([dpsim, "--json", "--trace", trace, *options, path], capture_output=True, timeout=60)
    try:
        if done.returncode not in (0, 1, 3):
            raise NoRun(f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:400]}")
        with open(trace, encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        summary = json.loads(done.stdout)
        plain = subprocess.run([dpsim, "--json", *options, path], capture_output=True, timeout=60)
        other = json.loads(plain.stdout)
        summary["untraced"] = {key: other.get(key) for key in summary
                               if key not in ("wall_s", "repeat") and summary[key] != other.get(key)}
        return records, summary, done.returncode
    finally:
        if os.path.exists(trace):
            os.unlink(trace)


def main():
    import sys
    dpsim = os.environ.get("DPSIM", "./dpsim")
    bad = 0
    for path in sys.argv[1:]:
        records, summary, status = run(dpsim, path)
        with open(path, encoding="utf-8") as file:
            found, count = check(file.read(), records, summary, status)
        print(f"{path}: {count} expectations judged, {len(found)} disagreements")
        for kind, what in found[:20]:
            print(f"    {kind}: {what}")
        bad += bool(found)
    return bad > 0


if __name__ == "__main__":
    raise SystemExit(main())
