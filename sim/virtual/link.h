/* The links between simulated nodes: how long a message travels, whether it is lost, cut or
 * doubled.
 *
 * The rules are the whole network's and change only between windows, when no node runs; what one
 * sender did so far on each of its links is the sender's own, so that all nodes may send at once.
 */
#ifndef VIRTUAL_LINK_H
#define VIRTUAL_LINK_H

#include "base/hash_map.h"
#include "node/record.h"
#include "scenario/plan.h"

#include <stdatomic.h>

/* A cut or partition in force. */
struct active_cut {
    struct active_cut *next;
    uint32_t strike; /* which of all strikes made it */
    /* Sides of a partition: a link between different sides, both not 0, is cut. For a plain cut,
     * side 1 is `from` and side 2 is `to`, a node may be on both, and `both` says whether the way
     * back is cut. */
    bool partition;
    bool both;
    uint16_t *sides; /* partition: the group of each node, from 1; 0: in none */
    uint64_t *from;  /* plain: bits of nodes */
    uint64_t *to;
    atomic_bool *touched; /* the fault's mark: it struck or stopped a message */
};

/* A latency or a loss that holds for some links. */
struct link_rule {
    struct link_rule *next; /* made before this one: the latest that fits decides */
    uint64_t *from;
    uint64_t *to;
    bool both;
    bool is_latency; /* else loss */
    struct distribution latency;
    uint32_t loss_ppb;
};

struct network {
    uint32_t nodes;
    uint64_t seed;
    struct distribution latency;
    uint32_t loss_ppb;
    uint32_t duplicate_ppb;
    bool reorder;
    bool repeats; /* duplicates may come at some time of the run */
    bool steady;  /* one constant latency in the whole run: the links keep order by themselves */
    struct active_cut *cuts;
    struct link_rule *rules;
};

/* One sender's links. */
struct links {
    struct pool pool;
    struct hash_map by_peer;
};

/* What becomes of one message. */
struct transit {
    bool dropped;
    enum drop_why why;
    int64_t arrival_ns;
    bool doubled; /* a second one is to be sent, a message of its own that can't be doubled or lost
                   */
    int64_t second_ns;
};

void network_init(struct network *network, const struct plan *plan);
void network_close(struct network *network);

void links_init(struct links *links);
void links_close(struct links *links);

/* The fate of a message sent at now_ns. ERROR_MEMORY: none. */
enum error link_send(struct network *network, struct links *links, node_id from, node_id to,
                     int64_t now_ns, struct transit *transit);

/* When the news that a connection broke or is there again comes over: in order behind all messages
 * of this link. False if the link is cut. */
enum error link_notify(struct network *network, struct links *links, node_id from, node_id to,
                       int64_t now_ns, struct transit *transit);

/* The cut that stops messages of this link, or NULL. */
struct active_cut *link_cut(const struct network *network, node_id from, node_id to);

/* The least latency that any link has: within it no node can influence another. */
int64_t network_least_ns(const struct network *network);

/* Puts a cut, partition, latency or loss of the plan in force. `touched` is set when the cut stops
 * a message; it outlives the cut. ERROR_MEMORY: nothing has changed. */
enum error network_cut(struct network *network, const struct action *action, uint32_t strike,
                       atomic_bool *touched);
enum error network_set(struct network *network, const struct action *action);

/* Takes the cut made by this strike away, or all. Returns how many. */
uint32_t network_heal(struct network *network, uint32_t strike);
uint32_t network_heal_all(struct network *network);

#endif
