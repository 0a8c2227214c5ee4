#!/bin/bash
# Drives a real window, on a screen of its own, by keys and clicks, as a person would:
#
#     tests/viz/drive.sh DPSIM DIRECTORY
#
# DIRECTORY gets screenshots and what dpsim printed. Prints a line for each thing tested, `ok NAME`,
# `not ok NAME`, or `skip NAME: WHY`.
set -u
dpsim=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
started=()

for tool in Xvfb xdotool import compare; do
    command -v "$tool" >/dev/null || { echo "skip window: there is no $tool"; exit 0; }
done

# shellcheck disable=SC2317 # by the trap
stop() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
}
trap stop EXIT

ok() { echo "ok window: $1"; }
not_ok() { echo "not ok window: $1${2:+ ($2)}"; failed=1; }
# A name, and two things that should be the same.
same() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "'$2' is not '$3'"; fi; }
failed=

# Xvfb picks a display that is free and says which one it is.
start_screen() {
    exec {number}<> <(:)
    Xvfb -displayfd "$number" -screen 0 1400x900x24 -nolisten tcp >"$out/xvfb.log" 2>&1 &
    started+=($!)
    read -r -t 60 -u "$number" display || return 1
    export DISPLAY=":$display" SDL_VIDEODRIVER=x11 SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0
    export DBUS_SESSION_BUS_ADDRESS=disabled: # nothing there is ours
}

key() { xdotool key --clearmodifiers "$@"; sleep 0.15; }
shot() { import -window root "$out/$1.png"; }
differs() { ! compare -metric AE "$out/$1.png" "$out/$2.png" null: >/dev/null 2>&1; }
# The picture $2, taken anew until it is another than $3: a busy machine draws late.
looks_other() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        differs "$2" "$3" && { ok "$1"; return; }
        sleep 0.2
        shot "$2"
    done
    not_ok "$1" "$2.png is as $3.png"
}
# Waits until the picture $1 stays as it is; false if it never does.
stands_still() {
    local tries same=0
    shot "$1"
    for ((tries = 0; tries < 100; tries++)); do
        sleep 0.4
        shot "$1-later"
        if differs "$1" "$1-later"; then same=0; else same=$((same + 1)); fi
        [ $same -ge 2 ] && return
        mv "$out/$1-later.png" "$out/$1.png"
    done
    return 1
}
# Saves the session until it has these words: what was chosen is done.
until_saved() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        key ctrl+s
        cat "$out"/dpsim-session-*.txt 2>/dev/null | grep -q "$1" && return
        sleep 0.2
    done
}

# Waits until the window is there; gives its place in x0, y0.
find_window() {
    for _ in $(seq 600); do
        id=$(xdotool search --name ' - dpsim$' 2>/dev/null | head -1)
        [ -n "$id" ] && break
        kill -0 "$run" 2>/dev/null || return 1
        sleep 0.1
    done
    [ -n "$id" ] || return 1
    eval "$(xdotool getwindowgeometry --shell "$id" | grep -E '^(X|Y)=')"
    x0=$X y0=$Y
    xdotool windowfocus "$id" 2>/dev/null
    sleep 0.5
}

at() { xdotool mousemove $((x0 + $1)) $((y0 + $2)); sleep 0.15; }
click() { at "$1" "$2"; xdotool click "${3:-1}"; sleep 0.25; }
drag() {
    at "$1" "$2"
    xdotool mousedown 1
    at $((($1 + $3) / 2)) $((($2 + $4) / 2))
    at "$3" "$4"
    xdotool mouseup 1
    sleep 0.25
}

# Chooses a line of the menu by its number, from 1, as it was opened.
menu_line() {
    for _ in $(seq "$1"); do key Down; done
    key Return
}

open_window() {
    cd "$out" || exit 1
    rm -f dpsim-session-*.txt
    "$dpsim" --viz --json "$here/window.txt" >"$out/window.json" 2>"$out/window.err" &
    run=$!
    started+=("$run")
    find_window
}

try_keys() {
    sleep 2
    shot start
    key space
    if stands_still paused; then ok "Space pauses"; else not_ok "Space pauses"; fi
    key slash; shot filter-entry; xdotool type 2; key Return; sleep 0.2; shot filtered
    looks_other "/ filters" filtered paused
    key Escape; shot clear; looks_other "Esc clears" clear filtered
    key question; shot help; looks_other "? shows the keys" help clear
    key Escape
    key d; shot dark; looks_other "D is dark" dark clear; key d
    key p; shot bare; looks_other "P hides the panel" bare clear; key p
    key f; shot fit; looks_other "F fits" fit clear
    key Left; key Left; shot left; looks_other "Left steps" left fit
    key Right; shot right; looks_other "Right steps" right left
    key Home; shot home; looks_other "Home goes to the start" home right
    key End; key plus plus; shot faster; looks_other "+ is faster" faster home
    key minus minus; key m; shot unbridled; looks_other "M is as fast as it goes" unbridled home; key m
    at 600 300; xdotool click --repeat 5 4; sleep 0.3; shot zoomed; looks_other "the wheel zooms" zoomed home
    drag 600 500 400 500; shot panned; looks_other "drag pans" panned zoomed
    drag 300 100 500 100; shot scrubbed; looks_other "the axis scrubs" scrubbed panned
    key f; click 40 150; shot chosen; looks_other "a click chooses" chosen scrubbed; key Escape
    xdotool windowsize "$id" 900 600; sleep 0.5; shot small; looks_other "it resizes" small chosen
    xdotool windowsize "$id" 1280 800; sleep 0.5
    eval "$(xdotool getwindowgeometry --shell "$id" | grep -E '^(X|Y)=')"
    x0=$X y0=$Y
}

# The menu of an up node: request, crash, freeze, cut, heal, show only.
try_actions() {
    key End; key space; sleep 0.5
    click 40 150 3; shot menu; menu_line 1; xdotool type 77; key Return; until_saved 'request 77 from n1'
    click 40 150 3; menu_line 3; until_saved 'freeze n1'; sleep 0.3; shot frozen
    click 40 150 3; menu_line 1; xdotool type 78; key Return; until_saved 'request 78 from n1'
    click 40 150 3; menu_line 3; until_saved 'thaw n1'
    click 40 320 3; menu_line 2; until_saved 'crash n2'; sleep 0.3
    shot crashed; looks_other "a crash is shown" crashed frozen
    click 40 320 3; menu_line 1; until_saved 'restart n2'
    click 40 490 3; menu_line 4; until_saved 'cut n3'; sleep 0.3; shot cut
    click 40 490 3; menu_line 5; until_saved heal
    shot saved
    key m; stands_still over; key ctrl+s; sleep 0.3 # the run is over: the session that is saved is whole
}

close_window() {
    key q
    for _ in $(seq 600); do
        kill -0 "$run" 2>/dev/null || break
        sleep 0.1
    done
    wait "$run"
    status=$?
    same "closing ends the run in order" "$status" 1
    # shellcheck disable=SC2012 # their names are ours
    saved=$(ls -1 dpsim-session-*.txt 2>/dev/null | sort -V | tail -1)
    if [ -n "$saved" ]; then ok "Ctrl-S saves the session"; else not_ok "Ctrl-S saves the session"; fi
}

hash_of() { sed -nE 's/.*"hash": *"([0-9a-f]+)".*/\1/p' "$1"; }

try_replay() {
    "$dpsim" --json "$saved" >replay.json 2>replay.err
    same "the saved session gives the same run" "$(hash_of window.json)" "$(hash_of replay.json)"
    command=$(sed -nE 's/.*"repeat": *"([^"]+)".*/\1/p' window.json)
    bash -c "$command" >again.txt 2>&1
    same "the command that repeats the run does, clicks and all" "$(hash_of window.json)" "$(sed -n 's/^hash: *//p' again.txt)"
    for word in 'request 77 from n1' 'freeze n1' 'thaw n1' 'crash n2' 'restart n2' 'cut n3' heal; do
        if grep -q "$word" "$saved"; then ok "saved: $word"; else not_ok "saved: $word"; fi
    done
}

if ! start_screen; then
    not_ok "a screen to draw on"
    exit 1
fi
if ! open_window; then
    not_ok "a window opens" "$(cat "$out/window.err")"
    exit 1
fi
ok "a window opens"
try_keys
try_actions
close_window
try_replay
exit ${failed:-0}
