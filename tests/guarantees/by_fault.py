"""The README's table of availability and safety by fault: the same load and faults under each kind of ownership, over
the same seeds, by dpsim's own sweep. What is 0 there must be 0, and nothing else; other numbers may be off a little."""

import json
import os
import subprocess

DPSIM = os.environ.get("DPSIM", "./dpsim")
SEEDS = 10
HEAD = "| fault | answered, `view`"
SCENARIO = """nodes 5
route rendezvous
fallback owner
latency 1ms..5ms
ttl 5s

connect
at 1s requests 200/s from any ids 1..100 until 20s
"""
KINDS = {"`view`": ["ownership=view", "hand-over=off"],
         "`view` with `hand-over on`": ["ownership=view", "hand-over=on"],
         "`lease`": ["ownership=lease"]}
CUTS = "at 2s chaos partition 0.2/s for 2s..4s until 18s\n"
FAULTS = {"none": "",
          "a node crashes, and is back after 2s..4s": "at 2s chaos crash 0.2/s for 2s..4s until 18s\n",
          "a node stands still for 2s..4s": "at 2s chaos freeze 0.2/s for 2s..4s until 18s\n",
          "a partition for 2s..4s": CUTS,
          "a node is heard by nobody, but hears, for 4s": "at 3s cut n2 -> others for 4s\nat 10s cut n3 -> others for 4s\n",
          "30 % of the messages are lost for 2s..4s": "at 2s chaos loss 30% 0.2/s for 2s..4s until 18s\n",
          "a rolling restart, each node gone for 1s": "at 4s rolling restart all pause 1s\n",
          "partitions, and a clock that loses 5 %: `drift 50000ppm`": "clock n2 -50000ppm\ndrift 50000ppm\n" + CUTS,
          "the same, beyond `drift 200ppm`": "clock n2 -50000ppm\ndrift 200ppm\n" + CUTS}
LEASES = ("one-lease", "lease-before-serve", "token-grows", "quarantine", "no-serve-late")


def sweep(fault, kind, path):
    """The share that was answered in %, second workers a run, and in how many runs leases overlapped, or tokens fell."""
    lines = FAULTS[fault].splitlines(True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines([line for line in lines if not line.startswith("at ")] + [SCENARIO] +
                        [line for line in lines if line.startswith("at ")])
    words = [word for setting in KINDS[kind] for word in ("--set", setting)]
    ran = subprocess.run([DPSIM, "--seeds", f"1..{SEEDS}", "-j", "2", "--json", *words, path], capture_output=True, text=True)
    found = json.loads(ran.stdout)
    broken = {one["rule"]: one["seeds"] for one in found["broken"]}
    judged = all(found["judged"].get(rule) == SEEDS for rule in LEASES) or kind != "`lease`"
    struck = all(one["missed"] < SEEDS // 2 for one in found["faults"])
    if not judged or not struck or not set(broken) <= set(LEASES):
        raise RuntimeError(f"{fault}, {kind}: {ran.stdout}{ran.stderr}")
    numbers = found["numbers"]
    return numbers["ok_share"]["mean"] / 1e7, numbers["duplicates"]["mean"], max(broken.values(), default=0)


def table(path):
    kinds = list(KINDS)
    out = [f"| fault | answered, {' | '.join(kinds)} | second workers a run, {' | '.join(kinds)} | runs that break a rule of leases |",
           "|---" * (2 * len(kinds) + 2) + "|"]
    for fault in FAULTS:
        seen = [sweep(fault, kind, path) for kind in kinds]
        out.append(f"| {fault} | " + " | ".join(f"{share:.1f} %" for share, _, _ in seen) + " | " +
                   " | ".join(f"{workers:.0f}" for _, workers, _ in seen) + f" | {seen[-1][2]} of {SEEDS} |")
    return out


def is_near(made, stated):
    """Of two cells: what is 0 %, or 0, or 100 %, must be exactly that; a share may be 3 % off, a count by a third."""
    if "%" not in made + stated and not made.split()[1:] == stated.split()[1:]:
        return False
    a, b = float(made.split()[0]), float(stated.split()[0])
    exact = (0, 100) if "%" in made else (0,)
    if a in exact or b in exact:
        return a == b
    return abs(a - b) <= (3 if "%" in made else max(2, b / 3))


def agree(made, stated):
    """Whether the table that was made says what the README's says."""
    if len(made) != len(stated) or made[:2] != stated[:2]:
        return False
    for one, other in zip(made[2:], stated[2:]):
        (fault, *cells), (known, *others) = (row.strip("| ").split(" | ") for row in (one, other))
        if fault != known or len(cells) != len(others) or not all(map(is_near, cells, others)):
            return False
    return True
