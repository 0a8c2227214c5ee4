/* The requests that clients make: at which node, for which id, and when.
 *
 * A client is closed loop: it asks, waits for the end of its request, thinks, asks again. A source
 * is open loop: requests come at random (Poisson), whether the ones before were answered or not.
 * A draw depends on the seed, the action, the client or source, and how often it drew before. */
#ifndef RUN_WORKLOAD_H
#define RUN_WORKLOAD_H

#include "scenario/plan.h"

#define CLIENT_DIGITS 20 /* of a number of 64 bits */

struct client {
    const struct action *action; /* CLIENTS or REQUESTS */
    uint64_t id_key;
    uint64_t gap_key;
    uint64_t ids;        /* drawn so far */
    uint64_t gaps;       /* likewise */
    int64_t mean_gap_ns; /* a source's; 0: a closed loop */
    char digits[CLIENT_DIGITS];
};

/* All clients or open sources of one action, wherever their nodes are. */
struct workload {
    const struct action *action; /* CLIENTS or REQUESTS */
    uint64_t seed;
    uint64_t key; /* the action's: its draws are keyed by it and the seed */
    uint32_t nodes;
};

/* Calls `add` with each client or source and its node; the same ones in the same order, whoever
 * asks. The client points to the action. */
void workload_spread(const struct workload *workload,
                     void (*add)(void *context, node_id node, struct client client), void *context);

/* Whether any of them may be at this node. */
bool workload_may_be_at(const struct workload *workload, node_id node);

/* The next id to ask for; valid until the next call. */
struct text client_next_id(struct client *client);

/* How long a closed loop rests between an answer, which took latency_ns, and its next request. One
 * that has no time to think and was answered in no time at all rests for 100 us: a node that is
 * alone answers so, and time would stand still. */
static inline int64_t client_rest_ns(int64_t think_ns, int64_t latency_ns)
{
    return latency_ns || think_ns ? think_ns : 100 * NS_PER_US;
}

/* The value that a load makes by default, from 64 uniform bits: a random 1..1000 with the name of
 * its maker, "282 from n2". */
#define VALUE_SIZE 32
struct text value_made(uint64_t bits, node_id maker, char room[VALUE_SIZE]);

/* An open source's time to its next request, at least 1 ns. */
int64_t client_next_gap_ns(struct client *client);

/* Tags of REQUEST records: a named reply's place in the plan, or one of these. */
#define TAG_CLIENT (UINT64_C(1) << 63) /* of a client; the rest is its place at its node */
#define TAG_NONE   (UINT64_C(1) << 62) /* of an action that names no reply */

/* The tag of an action's request, when `every` has repeated it so often, for its id number `id`
 * from the node that is number `from` of its nodes. */
uint64_t request_tag(const struct action *action, uint64_t repeat, uint32_t from, uint32_t id);

#endif
