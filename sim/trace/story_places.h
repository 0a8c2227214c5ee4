/* The nodes that a request comes to, and what it meets there: for what it waits, why it is refused.
 *
 * Records say that a request came to a node and was answered, or not; why it waited is what the
 * node was at meanwhile. So this follows, at the few nodes that the request came to, which requests
 * wait for its id and its slot's lease, and what the id's worker does; and of the cluster who has
 * that lease. It knows what records tell: why a node has no room otherwise is on none.
 *
 *     worker 1 at n2 has been loading since 1.001s, 2 requests wait for it, and 'mailbox 2' allows
 *     no more */
#ifndef TRACE_STORY_PLACES_H
#define TRACE_STORY_PLACES_H

#include "base/string_builder.h"
#include "trace/replay.h"

#define PLACES_MOST 8u

/* A request that waits at a node, be it for the worker of the id or for the lease. */
struct story_waiter {
    uint64_t request;
    int64_t came_ns;
    int64_t deadline_ns; /* on the node's clock: then it waits no more */
    bool of_id;          /* else of another id in the same slot */
};

struct story_place {
    node_id node;
    struct story_waiter *waiters; /* as they came */
    uint32_t waiters_count;
    size_t waiters_capacity;
    int64_t ready_ns;  /* since when the worker can take a turn: its last one has ended */
    int64_t failed_ns; /* when the last load of the id failed here; -1: none has */
    int64_t *heard_ns; /* with leases, by node: when its last message came; -1: none has */
};

struct story_places_setup {
    uint32_t nodes;
    uint32_t slots;       /* 0: there are no leases */
    const char *settings; /* a line each, as "mailbox 2"; outlives the places */
    const struct text *id;
    uint64_t request;
};

struct story_places {
    struct story_places_setup setup;
    struct story_place places[PLACES_MOST];
    uint32_t count;
    uint32_t slot;    /* of the id */
    node_id holder;   /* of its lease, or the last one; NODE_NONE: nobody had it */
    int64_t until_ns; /* of that lease, in true time, or when it was given up */
};

/* The replay has to follow views, requests, messages, and workers by place. Without memory they
 * know less, and say less. */
void story_places_init(struct story_places *places, const struct story_places_setup *setup,
                       const node_id *nodes, uint32_t count);
void story_places_close(struct story_places *places);

/* The next record, before the replay takes it. */
void story_places_take(struct story_places *places, struct replay *replay,
                       const struct record *record);

/* Both add a sentence without its end, or nothing where records don't tell: for what the request
 * waits at the node now, before it or since it came; and why it is refused with this outcome. */
void story_places_wait(const struct story_places *places, const struct replay *replay, node_id node,
                       int64_t now_ns, struct string_builder *text);
void story_places_refusal(const struct story_places *places, const struct replay *replay,
                          node_id node, int64_t now_ns, enum outcome outcome,
                          struct string_builder *text);

#endif
