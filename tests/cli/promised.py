"""Is standard input what the interface promises? promised.py summary: one JSON object with exactly the keys of
--json; promised.py trace: JSON lines with exactly the fields of their events. Says what is wrong, and exits 1."""

import json
import re
import sys

NUMBER, TEXT, LIST, DICT = (int, float), str, list, dict
ERRORS = {"timeout", "owner-lost", "caller-lost", "unreachable", "overloaded", "load-failed", "stopping",
          "unavailable", "work-failed"}
LATENCIES = {"p50", "p90", "p99", "max"}
SUMMARY = {
    "verdict": TEXT, "reason": TEXT, "repeat": (str, type(None)),
    "scenario": TEXT, "seed": NUMBER, "nodes": NUMBER, "threads": NUMBER, "virtual_ns": NUMBER,
    "wall_s": NUMBER, "events": NUMBER, "messages": NUMBER, "dropped": NUMBER, "requests": NUMBER,
    "ok": NUMBER, "errors": DICT, "fallbacks": NUMBER, "loads": NUMBER, "workers_started": NUMBER,
    "workers_expired": NUMBER, "workers_lost": NUMBER, "workers_moved": NUMBER, "workers_alive": NUMBER, "duplicates": NUMBER,
    "duplicate_ns": NUMBER, "duplicate_of_an_id_ns": DICT, "latency_ns": DICT, "violations_total": NUMBER,
    "violations": LIST, "expectations": LIST, "expectations_held": NUMBER, "expectations_failed": NUMBER,
    "expectations_vacuous": NUMBER, "faults_missed": LIST, "not_judged": LIST, "hash": TEXT,
}
VIOLATION = {"rule", "line", "t", "id", "text"}
EXPECTATION = {"line", "text", "held", "why", "times"}
VERDICTS = {"PASS", "FAIL", "EMPTY"}

# Fields besides ev, t, node and, where the node's clock shows another time, clock; one with '?' may be missing.
EVENTS = {
    "up": "", "down": "how", "frozen": "?how", "thawed": "", "view": "epoch members ?waited",
    "send": "msg to kind ?req", "recv": "msg from kind ?req", "drop": "msg to kind why ?req",
    "request": "req id deadline ?next", "route": "req owner try ?why", "start": "id worker ?found ?age ?from ?was ?rest ?beside ?why",
    "load": "worker ?token", "value": "worker value ?turns", "load-failed": "worker", "serve": "req worker value ?token ?took ?failed",
    "reply": "req id worker value latency ?token", "fail": "req id error", "expire": "id worker ?how",
    "lost": "id worker", "moved": "id worker to", "handed": "req to try", "fault": "line what kind nodes links on",
    "set": "line what kind nodes links on", "expect": "line held", "violation": "rule id text",
    "lease": "slot token until how",
}
# Of a long trace the beginning is looked at whole, and then a line in so many.
WHOLE, SAMPLE = 20000, 16
WHYS = {"loss", "cut", "down", "full", "late"}


def wrong(text):
    sys.exit(text)


def same(what, have, want):
    if set(have) != set(want):
        wrong(f"{what}: too many: {sorted(set(have) - set(want))}, missing: {sorted(set(want) - set(have))}")


def summary(text):
    run = json.loads(text)
    same("summary", run, SUMMARY)
    for key, kind in SUMMARY.items():
        if not isinstance(run[key], kind):
            wrong(f"{key}: {run[key]!r}")
    same("errors", run["errors"], ERRORS)
    same("latency_ns", run["latency_ns"], LATENCIES)
    same("duplicate_of_an_id_ns", run["duplicate_of_an_id_ns"], {"p50", "p99", "max"})
    if run["verdict"] not in VERDICTS or (run["verdict"] == "PASS") != (run["reason"] == ""):
        wrong(f"verdict {run['verdict']}, reason {run['reason']!r}")
    for expectation in run["expectations"]:
        same("expectation", expectation, EXPECTATION)
        if expectation["held"] == bool(expectation["why"]):
            wrong(f"expectation: {expectation}")
    for violation in run["violations"]:
        same("violation", violation, VIOLATION)
    if len(run["hash"]) != 32 or set(run["hash"]) - set("0123456789abcdef"):
        wrong(f"hash: {run['hash']}")
    if run["requests"] != run["ok"] + sum(run["errors"].values()):
        wrong("requests are not ok + errors")
    if run["workers_started"] != run["workers_expired"] + run["workers_lost"] + run["workers_moved"] \
            + run["workers_alive"]:
        wrong("workers_started are not expired + lost + moved + alive")


def event(number, line, last_ns):
    record = json.loads(line)
    name = record.get("ev")
    if name not in EVENTS:
        wrong(f"line {number}: no event '{name}'")
    fields = {"ev", "t", "node", "clock"} | {f.lstrip("?") for f in EVENTS[name].split()}
    must = {"ev", "t"} | {f for f in EVENTS[name].split() if not f.startswith("?")}
    if name not in ("fault", "set", "expect", "violation"):
        must.add("node")
    if not must <= set(record) <= fields:
        wrong(f"line {number}: {name} has {sorted(record)}, not {sorted(fields)}")
    if record["t"] < last_ns:
        wrong(f"line {number}: {record['t']} after {last_ns}")
    if name == "drop" and record["why"] not in WHYS:
        wrong(f"line {number}: {record['why']}")
    if name == "fail" and record["error"] not in ERRORS:
        wrong(f"line {number}: {record['error']}")
    return record["t"]


def trace(text):
    lines = text.splitlines()
    head, end = json.loads(lines[0]), json.loads(lines[-1])
    same("head", head, ["ev", "v", "seed", "nodes", "scenario", "settings"])
    if head["ev"] != "run" or head["v"] != 2 or end["ev"] != "end" or "hash" not in end:
        wrong("head or end is not as it should be")
    last_ns = 0
    for number, line in enumerate(lines[1:-1], 2):
        if number < WHOLE or number % SAMPLE == 0:
            last_ns = event(number, line, last_ns)


def documented(text):
    """The manual's tables have each event, with exactly its fields, and each key of a summary."""
    table = {row[0]: set(re.findall(r"`([a-z]+)`", row[1])) for row in re.findall(r"^\| `([a-z-]+)` \| ([^|]*)\|", text[:text.index("## The summary as JSON")], re.M)}
    same("the table of events", table, EVENTS)
    summaries = text[text.index("## The summary as JSON"):text.index("## The summary of a sweep")]
    rows = re.findall(r"^\| (`[^|]*) \|", summaries, re.M)
    same("the table of the summary", re.findall(r"`([a-z_0-9]+)`", " ".join(rows)), SUMMARY)
    for name, fields in EVENTS.items():
        same(name, table[name], [field.lstrip("?") for field in fields.split()])


{"summary": summary, "trace": trace, "documented": documented}[sys.argv[1]](sys.stdin.read())
