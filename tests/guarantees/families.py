"""The cells of the table of `one-worker`: for each row (route and fallback) and column (fault) the families of scenarios that
prove it. A family draws small scenarios from seeds; a claim says what must be seen in them:

    Y   in no seed a second worker
    B   in every seed the bound holds, and in some seed there is a second worker
    N   in some seed there is a second worker

A bound is a function of the run's Facts and of what was drawn; it gives what is wrong, in words. Times are ns."""

import random
from fractions import Fraction

MS, S = 10**6, 10**9


class Drawn:
    """A scenario: its text, and what its bound has to know."""

    def __init__(self, family, route, fallback, seed):
        name = WITHOUT.get(family, family).__name__  # what hand-over gains is seen in the same scenarios
        self.rng = random.Random(f"{name} {route} {fallback} {seed}")
        self.family, self.route, self.fallback, self.seed = family, route, fallback, seed
        self.moved = self.victim = self.joiner = None
        self.rolled = []
        self.nodes = self.rng.choice((3, 3, 4, 5, 7))
        self.ttl = self.rng.randrange(400, 600) * MS
        self.heartbeat, self.suspect = 50 * MS, 200 * MS
        self.timeout, self.retry = 300 * MS, 100 * MS
        self.low, self.high = 1, self.rng.choice((2, 5, 15))
        self.load = self.rng.choice(("0ms", "0ms..20ms"))
        self.at = self.rng.randrange(1200 * MS, 1500 * MS)
        self.begin, self.until, self.end = 600 * MS, 0, 0
        self.stood = 0  # for how long a node is frozen: what it holds gets no older
        self.settings, self.actions, self.changes, self.ids = [], [], [], []
        self.slots = 0
        if route == "any":  # under leases, where neither matters
            self.route, self.fallback = self.rng.choice(ANY), self.rng.choice(("none", "owner"))
            self.slots = self.rng.choice((4, 32))
            self.settings = ["ownership lease", "lease 300ms", "drift 10000ppm", f"slots {self.slots}"]
        self.asking, self.rate = "any", 12  # of each id, a second

    def all(self):
        return tuple(f"n{i}" for i in range(1, self.nodes + 1))

    def but(self, *gone):
        return tuple(name for name in self.all() if name not in gone)

    def draw_ids(self, *sizes):
        """Under modulo so many ids that each share of them is exact for these numbers of members."""
        if self.route in ("modulo", "self-first"):
            block = 1
            for size in set(sizes or (self.nodes,)):
                block *= size
            self.ids = [str(i + 1) for i in range(block * -(-36 // block))]
        else:
            first = 1000 * self.seed + 1
            self.ids = [str(i) for i in range(first, first + 48)]

    def act(self, t, action):
        self.actions.append((t, action))

    def change(self, t, views):
        """From t on these nodes are to have these views."""
        self.changes.append((t, views))

    def everyone(self, t, members):
        self.change(t, {name: members for name in members})

    def text(self):
        out = [f"nodes {self.nodes}", f"route {self.route}", f"fallback {self.fallback}", f"ttl {self.ttl // MS}ms",
               f"timeout {self.timeout // MS}ms", f"retry {self.retry // MS}ms", f"heartbeat {self.heartbeat // MS}ms",
               f"suspect {self.suspect // MS}ms", f"latency {self.low}ms..{self.high}ms", f"load {self.load}"]
        out += self.settings + ["connect"]
        if self.asking:
            first, last = self.ids[0], self.ids[-1]
            out.append(f"at {self.begin // MS}ms requests {len(self.ids) * self.rate}/s from {self.asking} ids {first}..{last} "
                       f"until {self.until // MS}ms")
        out += [f"at {t}ns {action}" for t, action in sorted(self.actions, key=lambda one: one[0])]
        return "\n".join(out + [f"end {self.end // MS}ms"]) + "\n"


# ---- scenarios ------------------------------------------------------------------------------------

def lasting(d, last):
    """The load goes on until all must be single again, and a little longer."""
    d.until = last + d.suspect + 4 * d.heartbeat + d.ttl + 300 * MS
    d.end = d.until + 100 * MS


def quiet(d):
    d.draw_ids()
    if d.route == "self-first":  # every node asks for every id within a ttl
        d.nodes = (3, 10)[d.seed % 2]
        d.ids = [str(i + 1) for i in range(d.nodes * 3)]
        d.asking = None
        d.act(1 * S, f"request {d.ids[0]}..{d.ids[-1]} from all")
    lasting(d, 1 * S)


def start(d):
    """Load from the moment at which the cluster forms."""
    d.draw_ids()
    d.begin = 0
    lasting(d, 1 * S)


def crash_of(d, victim):
    d.draw_ids(d.nodes, d.nodes - 1)
    d.victim = victim
    d.act(d.at, f"crash {victim}" + d.rng.choice(("", " silently")))
    d.everyone(d.at, d.but(victim))
    lasting(d, d.at)


def crash(d):
    if d.route == "jump":  # the share of .39 is stated of a middle member of 10
        d.nodes = 10
        return crash_of(d, "n6")
    crash_of(d, f"n{d.rng.randint(1, d.nodes)}")


def crash_last(d):
    crash_of(d, f"n{d.nodes}")


def restart_soon(d):
    """It is back before it is missed."""
    d.draw_ids()
    d.victim = f"n{d.rng.randint(1, d.nodes)}"
    down = d.rng.randrange(10, 140)
    d.act(d.at, f"crash {d.victim} silently for {down}ms")
    d.everyone(d.at + down * MS, d.all())
    lasting(d, d.at)


def restart_late(d):
    crash_of(d, f"n{d.rng.randint(1, d.nodes)}")
    back = d.at + d.suspect + 2 * d.heartbeat + d.rng.randrange(100, 600) * MS
    d.act(back, f"restart {d.victim}")
    d.everyone(back, d.all())
    lasting(d, back)


def join(d):
    joiner = d.joiner = f"n{d.rng.randint(1, d.nodes)}"
    d.nodes -= d.nodes == 7
    d.nodes += 1
    d.draw_ids(d.nodes, d.nodes - 1)
    d.settings.append(f"absent {joiner}")
    d.act(d.at, f"join {joiner}")
    d.everyone(d.at, d.all())
    lasting(d, d.at)


def leave(d):
    """Some workers load when it leaves: it finishes what it holds."""
    d.load, d.retry, d.timeout = "50ms..150ms", 250 * MS, 500 * MS
    d.victim = f"n{d.rng.randint(1, d.nodes)}"
    d.draw_ids(d.nodes, d.nodes - 1)
    d.act(d.at, f"leave {d.victim}")
    d.everyone(d.at, d.but(d.victim))
    lasting(d, d.at)


def rolling(d):
    """Two or three nodes leave in turn, and join again after a pause."""
    d.rolled = sorted(d.rng.sample(d.all(), d.rng.choice((2, 2, 3))))
    d.draw_ids()
    d.rate = 6
    pause = d.rng.randrange(100, 300)
    d.act(d.at, f"rolling restart {','.join(d.rolled)} pause {pause}ms")
    lasting(d, d.at + len(d.rolled) * (pause + 250) * MS)


def join_handed(d):
    join(d)
    d.settings.append("hand-over on")


def leave_handed(d):
    leave(d)
    d.settings.append("hand-over on")


def rolling_handed(d):
    rolling(d)
    d.settings.append("hand-over on")


def overlap_handed(d):
    """Nodes join and leave within `suspect` of each other, over links of uneven latency, while loads go on for longer."""
    d.nodes = d.rng.choice((4, 5, 6))
    names = d.but("n1")
    away = d.rng.sample(names, d.rng.randint(1, len(names) - 1))
    d.draw_ids()
    d.load, d.timeout, d.retry, d.rate = d.rng.choice(("0ms..20ms", "0ms..500ms")), 1500 * MS, 1 * S, 6
    d.settings += ["hand-over on", f"absent {','.join(sorted(away))}"]
    d.settings += [f"latency {' -> '.join(d.rng.sample(d.all(), 2))} {d.rng.randrange(20, 40)}ms" for _ in range(3)]
    t, changed = d.at, dict.fromkeys(names, 0)
    for _ in range(14):
        name = d.rng.choice(names)
        if t - changed[name] >= 150 * MS:
            d.act(t, f"{'join' if name in away else 'leave'} {name} may miss")
            away = [other for other in away if other != name] + [name] * (name not in away)
            changed[name] = t
        t += d.rng.choice((1, 5, 20, 60, 300)) * MS
    d.asking = "n1"
    lasting(d, t)


WITHOUT = {join_handed: join, leave_handed: leave, rolling_handed: rolling}


def partition(d):
    d.draw_ids()
    names = list(d.all())
    d.rng.shuffle(names)
    count = d.rng.choice((2, 2, 3)) if d.nodes > 3 else 2
    d.sides = [sorted(names[i::count], key=lambda name: int(name[1:])) for i in range(count)]
    d.heal = d.at + d.suspect + 2 * d.heartbeat + d.ttl + d.rng.randrange(100, 400) * MS
    d.act(d.at, "partition " + " | ".join(",".join(side) for side in d.sides))
    d.act(d.heal, "heal")
    d.change(d.at, {name: tuple(side) for side in d.sides for name in side})
    d.everyone(d.heal, d.all())
    lasting(d, d.heal)


def loss(d):
    """Too little to suspect anybody."""
    d.draw_ids()
    d.suspect = 1 * S
    d.settings.append(f"duplicate {d.rng.choice((0, 20))}%")
    d.settings.append(f"reorder {d.rng.choice(('on', 'off'))}")
    what = d.rng.choice(("loss", "latency", "link"))
    if what == "loss":
        d.act(800 * MS, f"loss {d.rng.randrange(5, 35)}%")
    elif what == "latency":
        d.act(800 * MS, f"latency 1ms..{d.rng.randrange(100, 350)}ms")
    else:
        a, b = d.rng.sample(d.all(), 2)
        d.act(800 * MS, f"latency {a} -> {b} {d.rng.randrange(90, 280)}ms")
        d.act(800 * MS, f"loss {b} <-> {a} {d.rng.randrange(10, 35)}%")
    d.until, d.end = 3 * S, 3500 * MS


def suspicion(d):
    """So much that nodes that live are suspected."""
    d.draw_ids()
    d.lossy = d.at + d.rng.randrange(600, 1200) * MS
    if d.rng.random() < 0.6:
        d.act(d.at, f"loss {d.rng.randrange(50, 80)}%")
        d.act(d.lossy, "loss 0%")
    else:
        d.act(d.at, f"latency 1ms..{d.rng.randrange(600, 2500)}ms")
        d.act(d.lossy, f"latency {d.low}ms..{d.high}ms")
        d.lossy += 2500 * MS  # what is under way yet
    d.everyone(d.lossy, d.all())
    lasting(d, d.lossy)


def freeze(d):
    d.draw_ids(d.nodes, d.nodes - 1)
    d.victim = f"n{d.rng.randint(1, d.nodes)}"
    d.thaw = d.at + d.suspect + 2 * d.heartbeat + d.rng.randrange(50, 500) * MS
    d.stood = d.thaw - d.at
    d.act(d.at, f"freeze {d.victim}")
    d.act(d.thaw, f"thaw {d.victim}")
    d.change(d.at, {name: d.but(d.victim) for name in d.but(d.victim)})
    d.everyone(d.thaw, d.all())
    lasting(d, d.thaw)


def clocks(d):
    d.draw_ids()
    for name in d.all():
        d.settings.append(f"clock {name} {d.rng.choice((-10000, 10000, d.rng.randrange(-10000, 10000))):+d}ppm")
    d.until, d.end = 3 * S, 3500 * MS


# ---- bounds ---------------------------------------------------------------------------------------

def ms(t):
    return f"{t / MS:.1f} ms"


def only(f, ids, what):
    """No id is double but these."""
    return [f"{one}, which is not {what}" for one in f.doubles if one.id not in ids][:1]


def two(f):
    return [f"{len(one.nodes)} workers of {one}" for one in f.doubles if len(one.nodes) > 2][:1]


def single(f, d, change=-1):
    """Nothing is double later than a ttl after the change was in force."""
    last = f.settled[change] + d.ttl + (d.retry if d.fallback == "local" else 0)  # a try may have been lost just before
    return [f"{one}, later than a ttl after the change was in force, {last / S:.6f}s"
            for one in f.doubles if one.until > last][:1]


def share(d, moved, modulo, stable):
    """The share of the ids that move: exactly the stated one under modulo; else `stated` is compared over all seeds."""
    stated = {"modulo": modulo, "jump": Fraction(39, 100) if d.family is crash else None}.get(d.route, stable)
    if d.route == "modulo" and Fraction(len(moved), len(d.ids)) != stated:
        return [f"{len(moved)} of {len(d.ids)} ids move, and not {stated}"]
    if stated is not None:
        d.moved = len(moved), len(d.ids), stated
    return []


def far_from_stated(moves, route):
    """What is wrong with the ids moved in all seeds: they are drawn, and a ring's fullest member has 1.16 times the mean."""
    moved, stated = sum(one[0] for one in moves), float(sum(one[1] * one[2] for one in moves))
    spread = sum(one[1] * one[2] * (1 - one[2]) for one in moves)
    if abs(moved - stated) > 4 * float(spread) ** 0.5 + (0.16 * stated if route == "ring" else 0):
        return [f"{moved} of {sum(one[1] for one in moves)} ids move in all seeds, and not about {stated:.0f}"]
    return []


def from_the_living(f, d):
    moved = f.moved(d.all(), d.but(d.victim), d.ids)
    return {id for id, (old, _) in moved.items() if old != d.victim}


def after_crash(f, d):
    ids = from_the_living(f, d)
    return (share(d, ids, 1 - Fraction(2, d.nodes), None) + only(f, ids, "an id that moves from a live owner") + two(f) +
            single(f, d))


def after_restart(f, d):
    """Those of the crash until a ttl after it; then those that move to the node that is back, as at a join."""
    first, back = from_the_living(f, d), set(f.moved(d.but(d.victim), d.all(), d.ids))
    wrong = share(d, back, 1 - Fraction(1, d.nodes), Fraction(1, d.nodes))
    for one in f.doubles:
        if one.since < f.changed[1] and one.id not in first:
            wrong.append(f"{one}, which does not move from a live owner by the crash")
        elif one.id not in back | first:
            wrong.append(f"{one}, which does not move by the restart")
    return wrong[:1] + two(f) + single(f, d)


def after_join(f, d):
    ids = set(f.moved(d.but(d.joiner), d.all(), d.ids))
    return share(d, ids, Fraction(d.nodes - 1, d.nodes), Fraction(1, d.nodes)) + only(f, ids, "an id that moves") + two(f) + single(f, d)


def after_leave(f, d):
    ids = set(f.moved(d.all(), d.but(d.victim), d.ids))
    return share(d, ids, Fraction(d.nodes - 1, d.nodes), Fraction(1, d.nodes)) + only(f, ids, "an id that moves") + two(f) + single(f, d)


def smooth(f, d):
    """A leave causes no retry, and no error but at the node that goes."""
    wrong = f.retries + [one for one in f.fails if one[1] != d.victim]
    return [f"{node}: {what} at {t / S:.6f}s" for t, node, what in wrong][:1]


def after_rolling(f, d):
    ids = {id for name in d.rolled for id in f.moved(d.all(), d.but(name), d.ids)}
    return only(f, ids, "an id that moves") + by_views(f, d)


def handed(f, d):
    """No request fails but for its own node, which goes or is not there yet."""
    wrong = [f"{node}: {what} at {t / S:.6f}s" for t, node, what in f.fails
             if node not in d.rolled + [d.victim, d.joiner] or what not in ("stopping", "caller-lost")]
    return wrong[:1]


def full_side(d, one):
    """The side that has two workers of the id."""
    return next((side for side in d.sides if sum(name in side for name in one.nodes) > 1), None)


def one_a_side_later(f, d):
    """On each side as after a crash first, and at the heal as at a join."""
    apart, heal = f.settled[0] + d.ttl, f.changed[1]
    wrong = [f"{one}: two on the side {','.join(full_side(d, one))}, from a ttl after the partition was in force, "
             f"{apart / S:.6f}s, until the heal, {heal / S:.6f}s"
             for one in f.doubles if full_side(d, one) and one.since < heal and one.until > apart]
    return wrong[:1] + single(f, d)


def one_a_side(f, d):
    """A side takes the other back as a whole, so that no view has an owner that neither had."""
    wrong = [f"{one}: two on the side {','.join(full_side(d, one))}" for one in f.doubles if full_side(d, one)]
    return wrong[:1] + single(f, d)


def after_freeze(f, d):
    ids = set(f.moved(d.all(), d.but(d.victim), d.ids))
    return only(f, ids, f"an id of {d.victim}" if d.route in ("rendezvous", "ring") else "an id that moves") + two(f) + \
        single(f, d)


def by_views(f, d):
    """At any time at most one for each owner that a request was routed to within the last ttl, and single in the end."""
    wrong = []
    for one in f.doubles:
        owners = {owner for t, until, owner in f.routes[one.id] if t <= one.since <= until + d.ttl + d.stood}
        if not set(one.nodes) <= owners:
            wrong.append(f"{one}, and requests were routed to {','.join(sorted(owners))} only")
    return wrong[:1] + (single(f, d) if f.changed else [])


def nobody_suspected(f, d):
    late = [(name, t) for name, views in f.views.items() for t, _ in views if t >= 600 * MS]
    return [f"the view of {name} changes at {t / S:.3f}s: nobody was to be suspected" for name, t in late][:1]


def no_further_try(f, d):
    return [f"{f.fallbacks} further tries, where none was to be made"] if f.fallbacks else []


def workers_an_id(f, d):
    mean = Fraction(sum(f.peak.values()), len(f.peak))
    stated = 3 - Fraction(2, d.nodes)  # two owners of each id that is not divisible, and all nodes of the others
    return [] if mean == stated else [f"{float(mean):.2f} workers an id with {d.nodes} nodes, and not {float(stated):.2f}"]


# ---- claims ---------------------------------------------------------------------------------------

class Claim:
    """`text` says in the table what the bound is. What `holds` is checked in every seed, whatever the letter is."""

    def __init__(self, letter, text="", *holds):
        self.letter, self.text, self.holds = letter, text, holds


COLUMNS = {
    "no fault": (quiet, start),
    "crash, restart": (crash, crash_last, restart_soon, restart_late),
    "join, leave": (join, leave, rolling, join_handed, leave_handed, rolling_handed, overlap_handed),
    "partition": (partition,),
    "loss, delay": (loss, suspicion),
    "freeze past `suspect`": (freeze,),
    "clock rates": (clocks,),
}

ANY = ("modulo", "rendezvous", "ring", "jump")
STABLE = ("rendezvous", "ring")

# The rows: name, routes, fallbacks.
ROWS = {
    "self-first": (("self-first",), ("none", "owner", "local")),
    "modulo, fallback none": (("modulo",), ("none",)),
    "rendezvous or ring, fallback none": (STABLE, ("none",)),
    "jump, fallback none": (("jump",), ("none",)),
    "any other, fallback owner": (ANY, ("owner",)),
    "any other, fallback local": (ANY, ("local",)),
    "`ownership lease`, any": (("any",), ("any",)),
}


def claim(family, route, fallback):
    if route == "any":
        return Claim("Y", "within `drift`" if family is clocks else "")
    if route == "self-first":
        return Claim("N", "{workers}", workers_an_id) if family is quiet else Claim("N")
    if fallback == "local":
        return claim_of_local(family)
    stable = route in STABLE
    moving = {"modulo": "N/(N+1) of the active ids", "jump": "those that move"}.get(route, "1/(N+1) of the active ids")
    return {
        quiet: Claim("Y"),
        start: Claim("Y"),
        crash: Claim("Y", "a crash: only the dead node's ids move") if stable else
        Claim("B", {"modulo": "a crash: 1-2/N of the active ids, until a ttl after D",
                    "jump": "a crash: those that move from a live member, 0.39 of them at N = 10"}[route], after_crash),
        crash_last: Claim("Y", "a crash of the last member"),
        restart_soon: Claim("Y", "a restart within `suspect`: nothing moves"),
        restart_late: Claim("B", "a restart later than `suspect`, as a join", after_restart),
        join: Claim("B", f"{moving}, until a ttl after D", after_join),
        leave: Claim("B", f"{moving}, until a ttl after D", after_leave, smooth),
        rolling: Claim("B", "a rolling restart, as each of its joins and leaves", after_rolling),
        join_handed: Claim("Y", "with `hand-over on`", handed),
        leave_handed: Claim("Y", "with `hand-over on`", handed),
        rolling_handed: Claim("Y", "with `hand-over on`", handed),
        overlap_handed: Claim("Y", "with `hand-over on`"),
        partition: Claim("B", "one a side, until a ttl after the heal and D", one_a_side) if stable else
        Claim("B", "on each side as a crash; then one a side, until a ttl after the heal and D", one_a_side_later),
        loss: Claim("Y", "while nobody is suspected", nobody_suspected),
        suspicion: Claim("B", "else one for each owner in a view of the last ttl", by_views),
        freeze: Claim("B", "the thawed node's ids, until a ttl after the thaw and D" if stable else
                      "as a crash, and the thawed node's ids, until a ttl after the thaw and D", after_freeze),
        clocks: Claim("Y", "within 1 %"),
    }[family]


def claim_of_local(family):
    if family in (quiet, start, clocks):
        return Claim("Y", "while no further try is made", no_further_try)
    return Claim("B", {
        partition: "one at each caller's node",
        loss: "a lost or slow reply makes a second one",
        suspicion: "a lost or slow reply makes a second one",
    }.get(family, "one for each owner in a view, and for each further try, of the last ttl"),
        *((nobody_suspected,) if family is loss else ()), by_views)


class Case:
    """A family under one route and fallback: what is counted and judged together."""

    def __init__(self, row, column, family, route, fallback):
        self.row, self.column, self.family, self.route, self.fallback = row, column, family, route, fallback
        self.claim = claim(family, route, fallback)
        self.name = family.__name__.replace("_", " ")

    def draw(self, seed):
        drawn = Drawn(self.family, self.route, self.fallback, seed)
        self.family(drawn)
        return drawn


def stated(family, route, fallback):
    """Whether the family has a case under them."""
    if family is crash_last:
        return route == "jump" and fallback != "local"
    if family in (rolling, rolling_handed, overlap_handed):
        return route in ANY and fallback == "none"
    return family not in WITHOUT or route in ANY and fallback != "local"


def cases():
    for row, (routes, fallbacks) in ROWS.items():
        for column, families in COLUMNS.items():
            for family in families:
                for route in routes:
                    for fallback in fallbacks:
                        if stated(family, route, fallback):
                            yield Case(row, column, family, route, fallback)
