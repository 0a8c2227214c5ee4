/* The links between simulated nodes: how long a message travels, and whether it is lost, cut or
 * doubled.
 *
 * The rules are the whole network's and change only between windows, when no node runs; what one
 * sender has sent on each of its links is the sender's own, so that all nodes may send at once. */
#ifndef VIRTUAL_LINK_H
#define VIRTUAL_LINK_H

#include "base/hash_map.h"
#include "node/record.h"
#include "run/changes.h"
#include "run/cuts.h"

struct network {
    uint32_t nodes;
    uint64_t seed;
    const struct cuts *cuts;       /* the executor's, in force */
    const struct changes *changes; /* likewise */
    uint64_t version;              /* grows with every change */
    bool repeats;                  /* duplicates may come at some time of the run */
    bool steady;        /* one constant latency in the whole run: links keep order by themselves */
    bool flawless;      /* no message is lost or doubled now */
    int64_t latency_ns; /* steady: of every link */
    int64_t least_ns;   /* the least latency of any link */
};

/* One sender's links: those on which something is under way, and some others. */
struct links {
    struct pool pool;
    struct hash_map by_peer;
    uint32_t next; /* the place that is looked at next when one is needed */
};

/* What becomes of one message. */
struct transit {
    bool dropped;
    enum drop_why why;
    int64_t arrival_ns;
    bool doubled;      /* a second message follows, which is neither doubled nor lost */
    int64_t second_ns; /* when that one arrives */
};

/* `cuts` and `changes` outlive it. */
void network_init(struct network *network, const struct plan *plan, const struct cuts *cuts,
                  const struct changes *changes);

/* What it points to has changed. */
void network_update(struct network *network);

void links_init(struct links *links);
void links_close(struct links *links);

/* Sends a message at now_ns. ERROR_MEMORY: it is not sent. */
enum error link_send(struct network *network, struct links *links, node_id from, node_id to,
                     int64_t now_ns, struct transit *transit);

/* Sends the notice that a connection broke or can be made again: it is dropped if the link is cut,
 * which is no effect of the cut, since it is no message; else it comes behind all messages of this
 * link. ERROR_MEMORY: it is not sent. */
enum error link_notify(struct network *network, struct links *links, node_id from, node_id to,
                       int64_t now_ns, struct transit *transit);

/* The least latency of any link: within it no node can influence another. */
static inline int64_t network_least_ns(const struct network *network)
{
    return network->least_ns;
}

#endif
