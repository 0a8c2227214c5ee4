"""Does zsh complete dpsim's command line? zsh.py FOLDER: with the completion function in FOLDER, a line is typed to an
interactive zsh, with a tab, and what zsh makes of it is looked at. Says what is wrong, and exits 1."""

import os
import pty
import re
import select
import sys
import time

TYPED = {
    "dpsim --clus": "--cluster=",
    "dpsim --set heartb": "heartbeat=",
    "dpsim --set route=rend": "route=rendezvous",
    "dpsim scenarios/dem": "scenarios/demo.txt",
    "dpsim --completion ba": "bash",
    "dpsim --junit Makef": "Makefile",
}


def until(leader, word, text):
    """Reads on until the word is there; a terminal says nothing of when it is done."""
    giveup = time.monotonic() + 20
    while not re.search(word, text) and time.monotonic() < giveup:
        if select.select([leader], [], [], 0.1)[0]:
            text += os.read(leader, 65536).decode(errors="replace")
    return text


def main(folder):
    child, leader = pty.fork()
    if child == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], os.environ | {"TERM": "dumb", "PS1": "ready> ", "ZDOTDIR": folder})
    until(leader, "ready> ", "")
    os.write(leader, f"fpath=({folder} $fpath); autoload -Uz compinit && compinit -u -D; unsetopt zle_bracketed_paste; echo se''t\n".encode())
    until(leader, r"set[\r\n]+.*ready> ", "")
    wrong = 0
    for line, wanted in TYPED.items():
        os.write(leader, line.encode() + b"\t")
        text = until(leader, re.escape(wanted), "")
        if wanted not in text:
            print(f"{line}: {text!r}, not {wanted}")
            wrong = 1
        os.write(leader, b"\x15")
    os.write(leader, b"\x15exit\n")
    os.waitpid(child, 0)
    return wrong


sys.exit(main(sys.argv[1]))
