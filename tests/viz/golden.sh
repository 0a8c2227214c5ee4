#!/bin/bash
# Pictures of runs, and of a comparison, compared pixel by pixel with those in tests/viz/golden:
#
#     tests/viz/golden.sh [--rewrite] DPSIM
#
# Prints `ok NAME`, `not ok NAME` or `skip NAME: WHY`; a picture that differs is left beside the golden one,
# as NAME.new.png, with NAME.diff.png if there is `compare`. Letters are drawn by the system's FreeType, so
# another release of it may differ by a shade: then look, and --rewrite.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
rewrite=
[ "${1:-}" = --rewrite ] && rewrite=1 && shift
dpsim=$(realpath "$1")
failed=0
cd "$top" || exit 1
mkdir -p "$here/golden"

# What is drawn, into the file.
draw() { # NAME FILE
    case $1 in
    comparison) "$dpsim" --seeds 1..50 --vary route=modulo,rendezvous,ring,jump --png "$2" scenarios/crash-modulo.txt ;;
    moves) "$dpsim" -q --png "$2" tests/viz/moves.txt ;;
    *) "$dpsim" -q --png "$2" "scenarios/$1.txt" ;;
    esac >/dev/null 2>&1
}

for name in demo partition frozen-owner overload moves tenant comparison; do
    golden=$here/golden/$name.png
    new=$here/golden/$name.new.png
    [ -n "$rewrite" ] && new=$golden
    if ! draw "$name" "$new"; then
        echo "not ok picture: $name (no picture)"
        failed=1
        continue
    fi
    [ -n "$rewrite" ] && continue
    if cmp -s "$golden" "$new"; then
        echo "ok picture: $name"
        rm -f "$new" "$here/golden/$name.diff.png"
        continue
    fi
    compare -metric AE "$golden" "$new" "$here/golden/$name.diff.png" 2>"$here/golden/$name.count"
    same=$?
    if [ "$same" -eq 0 ]; then # the same pixels, packed otherwise
        echo "ok picture: $name"
        rm -f "$new" "$here/golden/$name.diff.png"
    else
        echo "not ok picture: $name ($(cat "$here/golden/$name.count" 2>/dev/null) pixels differ: see $new)"
        failed=1
    fi
    rm -f "$here/golden/$name.count"
done
exit "$failed"
