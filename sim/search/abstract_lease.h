/* What state the leases of a run are in, as part of search/abstract.h: whether a majority of the
 * acceptors answers, whether one is silent after a restart, whether leases are free, about to end,
 * held by nobody who is up, or by somebody who stands still and does not know that it is over.
 *
 * All of it follows from the records. Clocks are taken for right, and of many slots some share a
 * place: a state may be missed by that, and nothing else. */
#ifndef SEARCH_ABSTRACT_LEASE_H
#define SEARCH_ABSTRACT_LEASE_H

#include "node/record.h"
#include "scenario/plan.h"

#define ABSTRACT_SLOTS_MOST 64u
#define ABSTRACT_NODES_MOST 16u /* of more nodes the others do not count */

/* How many fields of two bits a state of leases is. */
#define ABSTRACT_LEASE_FIELDS 9u

struct abstract_slot {
    uint32_t holders;  /* bits: the nodes that hold it as far as they know */
    int64_t until_ns;  /* of the last one that was got or renewed */
    int64_t orphan_ns; /* until then it is leased to one that went down */
    int64_t won_ns;    /* the last one was */
    int64_t again_ns;  /* until then it has been won twice within the time of a lease */
    bool was_held;
};

struct abstract_acceptor {
    int64_t silent_until_ns;
    uint32_t under_way; /* messages of leases that it has sent */
    uint32_t late;      /* those of them that are from before it last won a lease, … */
    uint32_t stale;     /* … or went down */
    uint32_t epoch;     /* the highest of its tokens */
    bool is_up;
    bool is_frozen;
};

/* Zeros: there are none. */
struct abstract_leases {
    uint32_t nodes; /* that count; 0: there are no leases */
    uint32_t majority;
    int64_t lease_ns;
    int64_t excludes_ns; /* so long an acceptor excludes others, or is silent */
    struct abstract_slot slots[ABSTRACT_SLOTS_MOST];
    struct abstract_acceptor acceptors[ABSTRACT_NODES_MOST];
};

/* Before each run. */
void abstract_leases_begin(struct abstract_leases *leases, const struct settings *settings);

/* Takes a record of a node, a lease, or a MESSAGE_LEASE. */
void abstract_leases_take(struct abstract_leases *leases, const struct record *record);

/* Fields of two bits each, the first one highest. */
uint64_t abstract_leases_state(const struct abstract_leases *leases, int64_t now_ns);

#endif
