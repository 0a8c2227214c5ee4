/* The requests that clients make: at which node, for which id, and when.
 *
 * A client is closed loop: it asks, waits for the end of its request, thinks, asks again; a request
 * that failed it may make again, after a back-off, as a request of its own. A source is open loop:
 * requests come at random (Poisson), whether the ones before were answered or not, at a rate that
 * is constant or goes in a straight line from one to another.
 * A draw depends on the seed, the action, the client or source, and how often it drew before. */
#ifndef RUN_WORKLOAD_H
#define RUN_WORKLOAD_H

#include "base/number.h"
#include "scenario/plan.h"

struct client {
    const struct action *action; /* CLIENTS or REQUESTS */
    uint64_t subject;            /* tells its draws from those of others */
    uint64_t id_key;
    uint64_t gap_key;
    uint64_t ids;        /* drawn so far */
    uint64_t gaps;       /* likewise, with back-offs */
    int64_t mean_gap_ns; /* a source's, at the highest of its rates; 0: a closed loop */
    int64_t from_ns;     /* a source: when its ramp begins … */
    int64_t span_ns;     /* … and how long it lasts; 0: the rate is constant */
    uint64_t rank;       /* of the last id */
    uint32_t retries;    /* of the request at hand so far */
    bool retries_now;    /* the next id is the last one again */
    char digits[NUMBER_DIGITS];
};

/* All clients or open sources of one action, wherever their nodes are. */
struct workload {
    const struct action *action; /* CLIENTS or REQUESTS */
    struct node_list from;       /* the action's, without `owner` and `others` */
    uint64_t seed;
    uint64_t key;    /* the action's: its draws are keyed by it and the seed */
    int64_t from_ns; /* when they begin, and a ramp with them */
    uint32_t nodes;
};

/* Calls `add` with each client or source and its node; the same ones in the same order, whoever
 * asks. The client points to the action. */
void workload_spread(const struct workload *workload,
                     void (*add)(void *context, node_id node, struct client client), void *context);

/* Whether any of them may be at this node. */
bool workload_may_be_at(const struct workload *workload, node_id node);

/* Its draws are from this seed's from now on. */
void client_set_seed(struct client *client, uint64_t seed);

/* The next id to ask for, or the last one again if that is to be retried; valid until the next
 * call. */
struct text client_next_id(struct client *client);

/* A closed loop's request has ended, with a value or not, after latency_ns: how long it rests
 * before it asks next, which is a retry if it failed and the client has one left. One that has no
 * time to rest and whose request took no time at all rests for 100 us: a node that is alone answers
 * so, and time would stand still. */
int64_t client_rest_ns(struct client *client, bool answered, int64_t latency_ns);

/* An open source's time from now_ns to its next request, at least 1 ns; TIME_NEVER if it makes none
 * any more. `now_ns` is on the clock of from_ns. */
int64_t client_next_gap_ns(struct client *client, int64_t now_ns);

/* The value that a load makes by default, from 64 uniform bits: a random 1..1000 with the name of
 * its maker, "282 from n2". */
#define VALUE_SIZE 32
struct text value_made(uint64_t bits, node_id maker, char room[VALUE_SIZE]);

/* Tags of REQUEST records: a named reply's place in the plan, or one of these. */
#define TAG_CLIENT (UINT64_C(1) << 63) /* of a client; the rest is its place at its node */
#define TAG_NONE   (UINT64_C(1) << 62) /* of an action that names no reply */

/* The tag of an action's request for its id number `id` from the node that is number `from` of its
 * nodes, when `every` has repeated it so often. */
uint64_t request_tag(const struct action *action, uint64_t repeat, uint32_t from, uint32_t id);

#endif
