"""Who holds which slot's lease, by a trace's `lease` records, as guarantees.md has it: one node at an instant, tokens that
grow, and a worker only where its slot's lease is. `trouble(kind, text)` is told of what can't be."""

from dataclasses import dataclass

import routes


@dataclass
class Lease:
    node: str
    token: list
    until: int         # on its node's clock


class Leases:
    def __init__(self, slots, lease_ns, trouble):
        self.slots = slots
        self.lease_ns = lease_ns
        self.trouble = trouble
        self.held = {}      # slot -> its last Lease; None: it has been given up
        self.tokens = {}    # slot -> the highest one so far
        self.unsaid = set() # (slot, node) whose lease is over and another's, and who has not said so: it stands still

    def slot(self, name):
        return routes.slot(name, self.slots)

    def take(self, record, node):
        t, slot, how = record["t"], record["slot"], record["how"]
        held, what = self.held.get(slot), f"at {t} {node} has slot {slot} {how}"
        clock = record.get("clock", t)
        if how in ("released", "lost"):
            if (slot, node) in self.unsaid:
                return self.unsaid.remove((slot, node))
            if not held or held.node != node:
                return self.trouble("lease-end", f"{what}, and it is not that node's")
            self.held[slot] = None
            return None
        if record["until"] <= clock or record["until"] > clock + self.lease_ns:
            self.trouble("lease-until", f"{what} until {record['until']}, by a clock that shows {clock}")
        if how == "won":
            if held and held.until > t:
                self.trouble("one-lease", f"{what}, which {held.node} holds until {held.until}")
            if record["token"] <= self.tokens.get(slot, [0, 0]):
                self.trouble("token-grows", f"{what} by the token {record['token']}, after {self.tokens[slot]}")
            self.tokens[slot] = record["token"]
            self.unsaid |= {(slot, held.node)} if held and held.node != node else set()
            self.unsaid -= {(slot, node)}
        elif not held or held.node != node or held.until <= clock or held.token != record["token"]:
            self.trouble("lease-renewed", f"{what}, and its lease is {held}")
        self.held[slot] = Lease(node, record["token"], record["until"])
        return None

    def judge(self, record, node, name, what):
        """A worker of the id's lives on the node, or answers: by the lease of its slot."""
        held, t = self.held.get(self.slot(name)), record["t"]
        if not held or held.node != node or held.until <= record.get("clock", t):
            self.trouble("lease-" + what, f"{what} of {name} at {t} on {node}; the lease of its slot is {held}")
        elif "token" in record and record["token"] != held.token:
            self.trouble("token", f"{what} of {name} at {t} by the token {record['token']}; the lease has {held.token}")
