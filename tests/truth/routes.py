"""Who owns an id in a view: the routes of interface.md once more. The hashes are dpsim's own choice, so they are as there:
XXH3 of the id (here for ids of up to 16 bytes), mixed by splitmix64."""

import bisect
from functools import lru_cache

M64 = 2**64 - 1
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e")


def number(data, at, size):
    return int.from_bytes(data[at:at + size], "little")


def rotl(x, by):
    return (x << by | x >> (64 - by)) & M64


def swap64(x):
    return int.from_bytes(x.to_bytes(8, "little"), "big")


@lru_cache(None)
def xxh3(text):
    data = text.encode()
    size = len(data)
    if size <= 3:
        h = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        h ^= number(SECRET, 0, 4) ^ number(SECRET, 4, 4)
        h = (h ^ h >> 33) * 0xC2B2AE3D27D4EB4F & M64
        h = (h ^ h >> 29) * 0x165667B19E3779F9 & M64
        return h ^ h >> 32
    if size <= 8:
        h = (number(data, size - 4, 4) + (number(data, 0, 4) << 32)) & M64
        h ^= number(SECRET, 8, 8) ^ number(SECRET, 16, 8)
        h ^= rotl(h, 49) ^ rotl(h, 24)
        h = h * 0x9FB21C651E98DF25 & M64
        h ^= (h >> 35) + size
        h = h * 0x9FB21C651E98DF25 & M64
        return h ^ h >> 28
    assert size <= 16
    low = number(data, 0, 8) ^ number(SECRET, 24, 8) ^ number(SECRET, 32, 8)
    high = number(data, size - 8, 8) ^ number(SECRET, 40, 8) ^ number(SECRET, 48, 8)
    product = low * high
    h = (size + swap64(low) + high + (product & M64 ^ product >> 64)) & M64
    h = (h ^ h >> 37) * 0x165667919E3779F9 & M64
    return h ^ h >> 32


def mix(x):
    x = x + 0x9E3779B97F4A7C15 & M64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & M64
    x = (x ^ x >> 27) * 0x94D049BB133111EB & M64
    return x ^ x >> 31


def number_or_hash(text):
    whole = text.isascii() and text.isdigit() and int(text) <= M64
    return int(text) if whole else xxh3(text)


@lru_cache(None)
def ring(nodes):
    return sorted((mix(mix(i)), i // 128) for i in range(nodes * 128))


def slot(text, slots):
    """Of its lease, in a cluster whose ids have so many."""
    return xxh3(text) % slots


def preferred(route, nodes, view, asking, text, slots):
    """The owner in a cluster whose ids have so many slots, each with a lease; 0: it has none."""
    return owner(route, nodes, view, asking, str(slot(text, slots)) if slots else text)


@lru_cache(200000)
def owner(route, nodes, view, asking, text):
    """The owner's name; view is a tuple of names in the cluster's order; nodes: how many the cluster has."""
    if not view:
        return None
    if route == "modulo":
        return view[number_or_hash(text) % len(view)]
    if route == "self-first":
        order = tuple(name for name in view if name == asking) + tuple(name for name in view if name != asking)
        return order[number_or_hash(text) % len(view)]
    h = xxh3(text)
    if route == "rendezvous":
        return max(view, key=lambda name: mix(h ^ mix(int(name[1:]) - 1)))
    if route == "jump":
        key, bucket, jump = h, 0, 0
        while jump < len(view):
            bucket = jump
            key = (key * 2862933555777941757 + 1) & M64
            jump = ((bucket + 1) << 31) // ((key >> 33) + 1)
        return view[bucket]
    points = ring(nodes)
    at = bisect.bisect_left(points, (h, -1))
    members = {int(name[1:]) - 1 for name in view}
    for i in range(len(points)):
        node = points[(at + i) % len(points)][1]
        if node in members:
            return f"n{node + 1}"
