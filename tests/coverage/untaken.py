#!/usr/bin/env python3
"""untaken.py COVERAGE.json LIST [--rewrite]: the branches that no test took, by gcovr's JSON, against LIST, which has
the reason for each. Prints `ok FILE` or `not ok FILE` with what differs, for each file.

A line of LIST, under the reasons that begin with `#` and hold up to the next empty line, is `FILE: COUNT: SOURCE`: so
many branches of this line of source are untaken. Lines are known by their text, so that they may move. Branches of a
`must` are no test's to take: it ends the program where there is a bug. --rewrite keeps the reasons that still hold, and
puts what has none under `# no reason yet`, which is an error of the next comparison."""

import collections
import json
import sys
from pathlib import Path

NONE = "# no reason yet"


def untaken(coverage):
    """(file, source) -> how many branches."""
    found = collections.Counter()
    taken = collections.Counter()
    for file in coverage["files"]:
        lines = Path(file["file"]).read_text(encoding="utf-8").splitlines()
        for line in file["lines"]:
            source = lines[line["line_number"] - 1].strip()
            taken[file["file"]] += sum(branch["count"] > 0 for branch in line["branches"])
            if source.startswith("must(") or line.get("gcovr/noncode"):
                continue
            missed = sum(branch["count"] == 0 for branch in line["branches"])
            if missed:
                found[file["file"], source] += missed
            elif not line["branches"] and line["count"] == 0:
                found[file["file"], source] += 1
    return found, taken


def listed(path):
    """(file, source) -> (how many branches, the reason)."""
    known, reason = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line.startswith("#"):
            reason = f"{reason}\n{line}".strip() if reason else line
        elif not line.strip():
            reason = ""
        else:
            file, count, source = line.split(": ", 2)
            known[file, source] = (int(count), reason or NONE)
    return known


def rewrite(path, found, known):
    groups = collections.OrderedDict()
    for _, reason in known.values():
        groups.setdefault(reason, [])
    for key, count in sorted(found.items()):
        groups.setdefault(known.get(key, (0, NONE))[1], []).append(f"{key[0]}: {count}: {key[1]}")
    groups[NONE] = groups.pop(NONE, [])
    path.write_text("\n\n".join("\n".join([reason, *lines]) for reason, lines in groups.items() if lines) + "\n",
                    encoding="utf-8")


def main():
    found, taken = untaken(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    path = Path(sys.argv[2])
    known = listed(path)
    if "--rewrite" in sys.argv:
        rewrite(path, found, known)
        return 0
    wrong = collections.defaultdict(list)
    for (file, source), count in sorted(found.items()):
        have, reason = known.get((file, source), (0, NONE))
        if count > have:
            wrong[file].append(f"no test takes {count} branches, {have} are listed: {source}")
        elif reason == NONE:
            wrong[file].append(f"no reason is listed: {source}")
    for (file, source), (count, _) in known.items():
        if found[file, source] < count:
            wrong[file].append(f"{count} are listed as untaken, and {found[file, source]} are: {source}")
    for file in sorted(set(taken) | set(wrong)):
        missed = sum(count for (name, _), count in found.items() if name == file)
        if wrong[file]:
            print(f"not ok coverage: {file}", *wrong[file], sep="\n    ")
        else:
            print(f"ok coverage: {file}: {taken[file]} of {taken[file] + missed} branches")
    return any(wrong.values())


sys.exit(main())
