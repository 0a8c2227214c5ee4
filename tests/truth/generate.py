"""Draws scenarios from a seed. First one without expectations, which is run; then expectations near what came of it,
so that about half of them hold. What the binary at hand can't read yet is left out: it is asked at the start."""

import os
import random
import subprocess
import tempfile
from fractions import Fraction

import scenario as language
from replay import Replay, rank
from truth import Truth

MS, S = 10**6, 10**9
OPERATORS = ("<", "<=", "=", ">=", ">")

# What may not be in the binary yet: one scenario that it can read if it has it.
PROBES = {
    "on": "expect errors 0 on n2",
    "id": "expect loads 0 id 7",
    "span": "expect errors 0 from 3s to 5s",
    "share-on": "expect ok 99% on n2 id 7 from 3s to 5s",
    "latency-on": "expect latency p99 < 20ms on n2 id 7 from 3s to 5s",
    "duplicates-on": "expect duplicates 0 on n2 id 7 from 3s to 5s",
    "workers-on": "expect started 0 on n2 id 7 from 3s to 5s",
    "messages-on": "expect messages 0 on n2 from 3s to 5s",
    "fallbacks-on": "expect fallbacks 0 on n2 id 7 from 3s to 5s",
    "not-from": "request 1 as a\nexpect a not from n2",
    "fails-any": "request 1 as a\nexpect a fails",
    "fails-within": "request 1 as a\nexpect a fails timeout within 50ms",
    "fails-any-within": "request 1 as a\nexpect a fails within 50ms",
    "owner-lost": "expect owner-lost 0",
    "moved": "expect moved 0",
    "duplicate-time": "expect duplicate-time < 2s",
    "duplicate-time-on": "expect duplicate-time < 2s id 7 from 3s to 5s",
    "loads-at-once": "expect loads-at-once <= 8",
    "loads-at-once-on": "expect loads-at-once <= 8 on n2",
    "members-on-all": "expect members n1,n2 on all",
    "members-on-list": "expect members n1,n2 on n1,n2",
    "always-members": "always members n1,n2,n3 on all",
    "always-no-worker": "always no worker 7",
    "sometimes-state": "sometimes worker 7 on n2",
    "sometimes-each": "sometimes each worker 7\nsometimes each owner 7",
    "eventually-members": "eventually members n1,n2 on n1 within 6s",
    "eventually-members-all": "eventually members n1,n2 on all within 6s",
    "eventually-workers": "eventually workers 4 within 6s",
    "eventually-owner": "eventually owner 7 n2 within 6s",
    "every-as": "every 1s request 1 as a until 5s",
    "request-timeout": "request 1 from n1 timeout 100ms",
    "clients-timeout": "clients 1 from n1 ids 1..2 until 2s timeout 100ms",
    "requests-timeout": "requests 5/s from n1 ids 1..2 until 2s timeout 100ms",
    "clients-retry": "clients 1 from n1 ids 1..2 until 2s retry 3 backoff 50ms..2s",
    "ramp": "requests 5/s..50/s from n1 ids 1..2 until 2s",
    "fallback-owner": "fallback owner",
    "load-at-once": "load-at-once 2",
    "fail-ttl": "fail-ttl 1s",
    "jitter": "ttl 2s jitter 10%",
    "silently": "connect\ncrash n2 silently for 1s",
    "rolling": "connect\nrolling restart all pause 1s",
    "latency-for": "connect\nat 1s latency 5ms for 1s",
    "loss-for": "connect\nat 1s loss 5% for 1s",
    "seed-later": "connect\nat 1s seed 4",
    "load-on": "load 5ms on n2",
    "load-id": "load 5ms id 7",
    "quoted": 'request 1 as a\nrequest "a b" as b\nexpect a = b',
    "end-late": "connect\nend 5s",
    "absent": "absent n3",
    "others": "partition n1 | others for 1s",
    "on-message": "on request from n1 to n2 nth 3: crash n2 for 1s may miss",
    "min-latency": "latency exp 5ms min 1ms",
    "hand-over": "hand-over on",
    "held": "held 9",
    "lease": "ownership lease\nslots 8",
}


def probe(dpsim):
    """The names of those PROBES that the binary reads."""
    has = set()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROBES.items():
            path = os.path.join(folder, "probe.txt")
            with open(path, "w") as file:
                file.write("nodes 3\n" + text + "\n")
            done = subprocess.run([dpsim, "--check", path], capture_output=True, timeout=20)
            if done.returncode == 0:
                has.add(name)
    return frozenset(has)


def quoted(name):
    return f'"{name}"' if " " in name else name


def short(ns):
    for unit, size in (("s", S), ("ms", MS), ("us", 1000)):
        if ns % size == 0:
            return f"{ns // size}{unit}"
    return f"{ns}ns"


class Draw:
    def __init__(self, seed, has):
        self.rng = random.Random(f"truth {seed}")
        self.seed = seed
        self.has = has
        self.settings = []
        self.lines = []  # (time, line): what happens
        self.names = []

    def chance(self, share):
        return self.rng.random() < share

    def pick(self, *choices):
        return self.rng.choice(choices)

    def having(self, name, share=0.3):
        return name in self.has and self.chance(share)

    def time(self, first_ms, last_ms):
        """No two actions meet: what clients do at equal times would be told from named requests by nothing."""
        at = self.rng.randrange(first_ms, max(last_ms, first_ms + 1)) * MS
        return at + (self.rng.randrange(1, 999) * 1000 + 7 if self.chance(0.6) else 0)

    # ---- what happens

    def base(self):
        self.nodes = self.pick(1, 2, 2, 3, 3, 3, 4, 5, 6)
        self.all = [f"n{i}" for i in range(1, self.nodes + 1)]
        self.last_ms = self.pick(2000, 3000, 4500, 6000)
        self.ids = self.pick(3, 8, 20)
        self.end_ms = 10**9
        self.set_settings()
        connected = self.chance(0.93)
        if connected:
            self.lines.append((0, "connect" if self.chance(0.8) else f"connect {self.node()}"))
        self.load()
        for _ in range(self.pick(0, 1, 1, 2, 3, 4)):
            self.fault()
        for _ in range(self.pick(0, 0, 0, 1, 2)):
            self.change()
        for i in range(self.pick(0, 1, 2, 3)):
            self.request("abcdef"[i])
        if "on-message" in self.has:
            self.at_messages(random.Random(f"truth on {self.seed}"))
        self.lines = sorted((line for line in self.lines if line[0] < self.end_ms * MS), key=lambda x: x[0])
        return self.text([])

    def at_messages(self, rng):
        """Faults at a message; from a time at which none arrives. The draws are their own: all others stay."""
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2)) if self.nodes > 1 else 0):
            line = "on " + rng.choice(("request", "request", "reply", "heartbeat", "join", "welcome"))
            line += rng.choice(("", "", f" from {rng.choice(self.all)}"))
            line += rng.choice(("", f" to {rng.choice(self.all)}", f" to {','.join(sorted(rng.sample(self.all, 2)))}"))
            line += rng.choice(("", f" nth {rng.randint(1, 12)}"))
            a, b = rng.sample(self.all, 2)
            fault = rng.choice((f"crash {a}", f"freeze {a}", f"cut {a} -> {b}", f"cut {a} <-> {b}"))
            lasts = rng.choice(("", f" for {rng.randint(40, 900)}ms"))
            at = rng.randrange(200, self.last_ms) * MS + rng.randrange(1, 999) * 1000 + 13
            self.lines.append((at, f"{line}: {fault}{lasts}{rng.choice(('', ' may miss', ' may miss'))}"))

    def set_settings(self):
        add = self.settings.append
        add(f"nodes {self.nodes}")
        add(f"seed {self.rng.randrange(1000)}")
        add(f"route {self.pick('modulo', 'modulo', 'rendezvous', 'ring', 'jump', 'self-first')}")
        ttl = short(self.pick(300, 700, 1500, 5000) * MS)
        add(f"ttl {ttl}" + (" jitter 10%" if self.having("jitter") else ""))
        add(f"fallback {self.pick('local', 'none', *(['owner'] * 2 if 'fallback-owner' in self.has else []))}")
        self.maybe(0.5, lambda: f"latency {self.law(1, 40)}")
        self.maybe(0.5, lambda: f"load {self.law(0, 300)}")
        self.maybe(0.4, lambda: f"work {self.law(0, 30)}")
        self.maybe(0.15, lambda: f"load-fail {self.pick('5%', '30%', '100%')}")
        self.maybe(0.25, lambda: f"loss {self.pick('0.5%', '5%', '25%')}")
        self.maybe(0.1, lambda: f"duplicate {self.pick('1%', '20%')}")
        self.maybe(0.1, lambda: "reorder on")
        self.maybe(0.1, lambda: "ties on")
        self.maybe(0.3, lambda: f"timeout {short(self.pick(60, 250, 1000) * MS)}")
        self.maybe(0.3, lambda: f"retry {short(self.pick(30, 100, 400) * MS)}")
        self.maybe(0.15, lambda: f"mailbox {self.pick(1, 2, 10)}")
        self.maybe(0.2, lambda: "expire idle")
        self.maybe(0.25, lambda: "membership static")
        if self.chance(0.4):  # what stands after it is an error
            self.end_ms = self.last_ms + self.pick(-700, -100, 300, 3000)
            add(f"end {short(self.end_ms * MS)}")
            self.last_ms = min(self.last_ms, self.end_ms - 2)
        for name, line in (("load-at-once", "load-at-once 2"), ("fail-ttl", "fail-ttl 200ms")):
            if self.having(name):
                add(line)
        if "hand-over" in self.has and random.Random(f"truth hand-over {self.seed}").random() < 0.4:  # all other draws stay
            add("hand-over on")
        rng = random.Random(f"truth held {self.seed}")
        if "held" in self.has and rng.random() < 0.2:
            add(f"held {rng.choice((1, 3, 20))}")
        self.leases = False
        self.set_leases()
        self.settings_late = []

    def set_leases(self):
        """Leases that end and change hands within the run. The draws are their own: all others stay."""
        rng = random.Random(f"truth lease {self.seed}")
        self.leases = "lease" in self.has and rng.random() < 0.25
        if not self.leases:
            return
        self.leave_out_of_leases()
        self.settings += ["ownership lease", f"lease {rng.choice((50, 120, 400, 2000))}ms", f"slots {rng.choice((1, 3, 8, 32))}"]
        if rng.random() < 0.3:
            self.settings.append(f"drift {rng.choice((0, 5000, 50000))}ppm")
        if rng.random() < 0.5:
            self.settings.append(f"suspect {rng.choice((250, 500))}ms")

    def leave_out_of_leases(self):
        """What is an error under them."""
        self.settings = [line for line in self.settings if line not in ("fallback local", "route self-first")]

    def maybe(self, share, line):
        if self.chance(share):
            self.settings.append(line())

    def law(self, least, most):
        first = self.rng.randint(least, most)
        return self.pick(f"{first}ms", f"{first}ms..{first + self.rng.randint(1, most)}ms",
                         f"exp {first + 1}ms min 1ms")

    def node(self):
        return self.rng.choice(self.all)

    def some(self):
        return ",".join(sorted(self.rng.sample(self.all, self.rng.randint(1, len(self.all)))))

    def load(self):
        for _ in range(self.pick(0, 1, 1, 2)):
            start = self.time(100, 1500)
            until = short(max(start // MS + 2, self.rng.randrange(min(1000, self.last_ms - 1), self.last_ms)) * MS)
            places = self.pick("any", "each", self.node(), self.some())
            ids = f"ids 1..{self.ids}" + (" zipf 1.1" if self.chance(0.3) else "")
            if self.chance(0.5):
                line = f"clients {self.pick(1, 2, 3)} from {places} {ids} until {until} think {self.pick(20, 55, 140)}ms"
                line += " timeout 90ms" if self.having("clients-timeout") else ""
                line += " retry 2 backoff 20ms..200ms" if self.having("clients-retry") else ""
            else:
                rate = "5/s..80/s" if self.having("ramp") else f"{self.pick(5, 20, 60)}/s"
                line = f"requests {rate} from {places} {ids} until {until}"
                line += " timeout 90ms" if self.having("requests-timeout") else ""
            self.lines.append((start, line))
        if self.chance(0.3):
            self.lines.append((self.time(300, 900), f"every {self.pick(150, 333)}ms request {self.rng.randint(1, self.ids)} "
                               f"from {self.pick('any', self.node())} until {short(self.last_ms * MS)}"))

    def lasting(self):
        return f" for {short(self.pick(50, 300, 1200, 3000) * MS)}" if self.chance(0.7) else ""

    def fault(self):
        at = self.time(300, self.last_ms)
        kinds = ["crash", "crash", "restart", "freeze", "freeze", "thaw", "leave", "join"]
        kinds += ["cut", "partition", "partition", "heal"] if self.nodes > 1 else []
        kinds += ["rolling"] if "rolling" in self.has and self.chance(0.2) else []
        kind = self.rng.choice(kinds)
        who = self.pick(self.node(), self.node(), self.some(), "any")
        if kind in ("crash", "freeze"):
            silently = " silently" if kind == "crash" and self.having("silently") else ""
            line = f"{kind} {who}{silently}{self.lasting()}"
        elif kind == "rolling":
            line = "rolling restart all pause 300ms"
        elif kind == "cut":
            a, b = self.rng.sample(self.all, 2)
            line = f"cut {a} {self.pick('->', '<->')} {b}{self.lasting()}"
        elif kind == "partition":
            shuffled = self.rng.sample(self.all, self.nodes)
            at_node = self.rng.randint(1, self.nodes - 1)
            line = f"partition {','.join(shuffled[:at_node])} | {','.join(shuffled[at_node:])}{self.lasting()}"
        else:
            line = kind if kind == "heal" else f"{kind} {who}"
        self.lines.append((at, line + (" may miss" if self.chance(0.6) else "")))
        if kind in ("crash", "leave", "freeze", "partition", "cut") and self.chance(0.4):
            undo = {"crash": f"restart {who}", "leave": f"join {who}", "freeze": f"thaw {who}"}.get(kind, "heal")
            self.lines.append((at + self.time(40, 1500), undo + (" may miss" if self.chance(0.7) else "")))

    def change(self):
        lines = [f"latency {self.law(1, 60)}", f"loss {self.pick('2%', '20%')}", f"load {self.law(0, 100)}",
                 f"work {self.law(0, 20)}", "load-fail 10%"]
        line = self.rng.choice(lines)
        name = line.split()[0]
        if name + "-for" in self.has and self.chance(0.5):
            line += " for 400ms"
        if self.having("seed-later", 0.1):
            line = f"seed {self.rng.randrange(100)}"
        self.lines.append((self.time(300, self.last_ms), line))

    def request(self, name):
        ids = [str(self.rng.randint(1, self.ids)) for _ in range(self.pick(1, 1, 1, 2, 3))]
        ids = [self.pick("x7", "queue/9") if self.chance(0.1) else i for i in ids]
        if self.having("quoted", 0.1):
            ids = ['"a b"']
        line = f"request {' '.join(ids)}"
        if self.chance(0.8):
            line += f" from {self.pick(self.node(), self.node(), 'each', 'any', self.some())}"
        line += f" as {name}"
        if self.having("request-timeout"):
            line += f" timeout {self.pick(10, 60, 300)}ms"
        if self.having("every-as", 0.2):
            line = f"every 400ms {line} until {short(self.last_ms * MS)}"
        self.names.append(name)
        self.lines.append((self.time(250, self.last_ms - 100) + 3, line))

    def text(self, expectations):
        """Settings, then what happens and what is expected at the cursor in order, then the rest."""
        timed = [(at, 0, f"at {short(at)} {line}") for at, line in self.lines]
        timed += [(at, 1, f"at {short(at)} {line}") for at, line in expectations if at is not None]
        rest = [line for at, line in expectations if at is None]
        early = [line for line in rest if not set(line.split()[1:2]) & {name.split(".")[0] for name in self.names}]
        head = [line for line in early if self.seed % 3 == 0 and line.split()[0] != "expect"]
        body = [line for _, _, line in sorted(timed, key=lambda x: x[:2])]
        return "\n".join(self.settings + head + body + [line for line in rest if line not in head]) + "\n"

    # ---- what should hold: near what is true

    def expectations(self, text, records):
        self.truth = Truth(text, records)
        lines = []
        for _ in range(self.pick(4, 8, 14)):
            lines.append((None, self.total()))
        for _ in range(self.pick(1, 3, 5)):
            lines.append((None, self.share()))
        for _ in range(self.pick(1, 3, 5)):
            lines.append((None, self.latency()))
        for name in self.names:
            for _ in range(self.pick(1, 2, 4)):
                lines.append((None, self.of_reply(name)))
        for _ in range(self.pick(0, 1, 2)):
            what = ["duplicate", "fallback", "dropped", "lost"] + self.errors()
            came = [one for one in what if self.truth.happened(one)]
            lines.append((None, f"sometimes {self.rng.choice(came if came and self.chance(0.8) else what)}"))
        if self.chance(0.25):
            lines.append((None, "always one-worker"))
        for _ in range(self.pick(0, 1, 2)):
            lines.append((None, self.eventually()))
        lines += self.newer()
        if self.seed % 4 == 0:
            return self.held_only(self.text(lines), records)
        return self.text(lines + self.at_cursor())

    def held_only(self, text, records):
        """Without what does not hold, so that the exit status depends on the faults and on what was answered."""
        missed = {e.line for e, _, verdicts in Truth(text, records).judgements() if verdicts != {"held"}}
        return "".join(line for number, line in enumerate(text.splitlines(True), 1) if number not in missed)

    def errors(self):
        new = [name for name in ("owner-lost",) if name in self.has] + ["unavailable"] * self.leases
        return ["timeout", "caller-lost", "unreachable", "overloaded", "load-failed", "stopping"] + new

    def compare(self, value, step=1):
        near = max(0, value + self.rng.choice((0, 0, 0, -step, step, 3 * step, -value)))
        return self.rng.choice(OPERATORS), near

    def limits(self, name):
        """[on n2] [id 7] [from 3s to 5s], where the binary has them."""
        words = ""
        if name in self.has or name is None:
            if (name or "on") in self.has and self.chance(0.4):
                words += f" on {self.node()}"
            if (name or "id") in self.has and name != "messages-on" and self.chance(0.3):
                words += f" id {self.rng.randint(1, self.ids)}"
            if (name or "span") in self.has and self.chance(0.3):
                first = self.rng.randrange(0, self.last_ms) * MS + 11
                words += f" from {short(first)} to {short(first + self.rng.randrange(50, 3000) * MS)}"
        return words

    def worth(self, line):
        """The expectation as it is read, to learn what is true of it."""
        reader = language.Reader("")
        reader.scenario = self.truth.scenario
        before = len(self.truth.scenario.expectations)
        reader.number, reader.repeat = 0, (0, 0)
        reader.statement(language.words_of(line))
        return self.truth.scenario.expectations.pop(before)

    def total(self):
        limits = {"errors": "on", "requests": "on", "ok": "on", "loads": "workers-on", "started": "workers-on",
                  "expired": "workers-on", "lost": "workers-on", "duplicates": "duplicates-on",
                  "messages": "messages-on", "dropped": "messages-on", "fallbacks": "fallbacks-on"}
        names = list(limits) + self.errors() + ["moved"] * ("moved" in self.has)
        names += ["loads-at-once"] * (2 * ("loads-at-once" in self.has))
        name = self.rng.choice(names)
        rest = self.limits(limits.get(name, "loads-at-once-on" if name == "loads-at-once" else "on"))
        value = max(self.truth.totals_of(self.worth(f"expect {name} = 0{rest}")))
        operator, near = self.compare(value)
        if operator == "=" and self.chance(0.5) and name != "loads-at-once":
            return f"expect {name} {near}{rest}"
        return f"expect {name} {operator} {near}{rest}"

    def share(self):
        rest = self.limits("share-on")
        requests = self.truth.requests_of(self.worth(f"expect ok 50%{rest}"))
        ok, all_of = sum(r.outcome == "ok" for r in requests), len(requests) or 1
        exact = Fraction(ok * 10**9, all_of)
        ppb = self.rng.choice((int(exact), int(exact), -int(-exact // 1), int(exact) - 1, int(exact) + 1, 500 * MS, 0, S))
        ppb = min(max(ppb, 0), S)
        digits = f"{ppb // 10**7}.{ppb % 10**7:07}".rstrip("0").rstrip(".")
        operator = self.rng.choice(OPERATORS + ("",))
        return f"expect ok {operator} {digits}%{rest}".replace("  ", " ")

    def latency(self):
        rest = self.limits("latency-on")
        quantile = self.pick("p50", "p90", "p99", "p99.9", "max")
        e = self.worth(f"expect latency {quantile} < 1s{rest}")
        latencies = sorted(r.latency for r in self.truth.requests_of(e) if r.outcome == "ok")
        value = rank(latencies, e.quantile) if latencies else 5 * MS
        operator, near = self.compare(value, self.pick(1, 1, value // 200 + 1, MS))
        return f"expect latency {quantile} {operator} {short(near)}{rest}"

    def reply_word(self, name):
        replies = self.truth.scenario.names[name]
        one = len(replies) > 1 and self.chance(0.6)
        return f"{name}.{self.rng.randint(1, len(replies))}" if one else name

    def of_reply(self, name):
        word = self.reply_word(name)
        replies = [self.truth.reply(r) for r in self.truth.replies_of(word)]
        known = [r for r in replies if r and r.outcome]
        some = self.rng.choice(known) if known else None
        failed = some and some.outcome != "ok"
        forms = ["ok", "ok", f"from {self.node()}", f"fails {self.rng.choice(self.errors())}"]
        if failed:
            forms += [f"fails {some.outcome}"] * 3
        if some and not failed:
            forms += [f"from {some.served_on}"] * 2
        took = (some.end - some.made) if some else 5 * MS
        near = max(1, took + self.pick(0, 0, 1, -1, MS, -MS))
        forms += [f"within {short(near)}"] * 2
        if "not-from" in self.has:
            forms += [f"not from {self.node()}"] * 2
        if "fails-any" in self.has:
            forms += ["fails"]
        if "fails-within" in self.has and failed:
            forms += [f"fails {some.outcome} within {short(near)}"] * 2
        if "fails-any-within" in self.has:
            forms += [f"fails within {short(near)}"]
        others = [other for other in (self.reply_word(n) for n in self.names) if other != word
                  and len(self.truth.replies_of(other)) == len(replies)]
        if others:
            forms += [f"{self.pick('=', '!=')} {self.rng.choice(others)}"] * 3
        return f"expect {word} {self.rng.choice(forms)}"

    def near_fault(self, late):
        """A bound for `eventually`: near the time from the last fault until `late`."""
        last = max(self.truth.last_faults())
        return max(1, late - last + self.pick(0, 0, 1, -1, 100 * MS, -100 * MS))

    def eventually(self):
        ends = [min(span[1], self.truth.end) for spans in self.truth.replay.doubles.values() for span in spans]
        late = max(ends) if ends else self.truth.end
        return f"eventually one-worker within {short(self.near_fault(int(late)))}"

    def newer(self):
        lines = []

        def add(name, share, line):
            if self.having(name, share):
                lines.append((None, line()))
        members = ",".join(self.all)
        add("duplicate-time", 0.5, self.duplicate_time)
        add("always-members", 0.2, lambda: f"always members {members} on all")
        add("always-no-worker", 0.3, lambda: f"always no worker {self.rng.randint(1, self.ids + 2)}")
        for name, word in (("sometimes-state", ""), ("sometimes-each", "each ")):
            for _ in range(2):
                some = [f"worker {self.an_id()}", f"no worker {self.an_id()}", f"workers {self.pick(0, 1, 2)}"]
                add(name, 0.25, lambda: f"sometimes {word}{self.pick(*some)}" + ("" if word else f" on {self.node()}"))
            add(name, 0.25, lambda: f"sometimes {word}owner {self.an_id()}" + ("" if word else f" {self.node()}"))
        add("sometimes-state", 0.2, lambda: f"always {self.pick(*some)}")
        within = lambda: short(self.near_fault(self.truth.end - self.pick(0, S)))
        add("eventually-members", 0.4, lambda: f"eventually members {self.pick(members, self.some())} on {self.node()} within {within()}")
        add("eventually-members-all", 0.2, lambda: f"eventually members {members} on all within {within()}")
        add("eventually-workers", 0.4, lambda: f"eventually workers {self.pick(0, 0, 1, 4)} within {within()}")
        add("eventually-owner", 0.4, lambda: f"eventually owner {self.rng.randint(1, self.ids)} {self.node()} within {within()}")
        return lines

    def an_id(self):
        return self.rng.randint(1, self.ids)

    def duplicate_time(self):
        rest = self.limits("duplicate-time-on")
        value = max(self.truth.duplicate_times(self.worth(f"expect duplicate-time < 1s{rest}")))
        operator, near = self.compare(value, self.pick(1, MS))
        return f"expect duplicate-time {operator} {short(near)}{rest}"

    def at_cursor(self):
        times = sorted({self.time(0, min(self.last_ms + 400, self.end_ms - 1)) for _ in range(self.pick(0, 3, 6, 10))})
        times += [at for at, _ in self.lines if self.chance(0.1)]
        lines = []
        replay = Replay(self.truth.scenario, lambda kind, text: None)
        at = 1
        for t in sorted(times):
            while self.truth.records[at]["ev"] != "end" and self.truth.records[at]["t"] <= t:
                replay.take(self.truth.records[at])
                at += 1
            line = self.now(replay)
            if self.chance(0.1):
                line = f"every {self.pick(100, 450)}ms {line} until {short(t + self.pick(300, 900) * MS)}"
            lines.append((t, line))
        return lines

    def now(self, replay):
        live = [w for workers in replay.live.values() for w in workers]
        node, kind = self.node(), self.pick("workers", "worker", "no worker", "members", "members", "owner")
        on = f" on {node}" if self.chance(0.5) else ""
        if kind == "workers":
            count = sum(w.node == node for w in live) if on else len(live)
            return f"expect workers {max(0, count + self.pick(0, 0, 0, 1, -1))}{on}"
        if kind in ("worker", "no worker"):
            worker = self.rng.choice(live) if live and self.chance(0.7) else None
            if worker:
                return f"expect {kind} {quoted(worker.id)}" + (f" on {worker.node}" if on and self.chance(0.7) else on)
            return f"expect {kind} {self.rng.randint(1, self.ids)}{on}"
        if kind == "members":
            view = replay.nodes[node].view
            members = ",".join(view) if view and self.chance(0.7) else self.some()
            where = self.pick(node, "all") if "members-on-all" in self.has else node
            return f"expect members {members} on {where}"
        return f"expect owner {self.rng.randint(1, self.ids)} {node}"
