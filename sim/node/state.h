/* What a node is made of; for the files of sim/core alone.
 *
 * A step goes one way: node.c takes the event apart and calls member.c (who is up), request.c (what
 * this node's clients asked) and worker.c (what this node's workers do). request.c gives a request
 * for an id that is owned here to worker.c; what worker.c decides goes back to the caller, near or
 * far, by node_answer. */
#ifndef NODE_STATE_H
#define NODE_STATE_H

#include "base/pool.h"
#include "base/table.h"
#include "node/expiry.h"
#include "node/node.h"

/* What this node knows of another one. */
struct peer {
    int64_t heard_ns; /* when it was last heard */
    uint32_t incarnation;
    bool heard;    /* it is heard: its silence is shorter than `suspect` and no break was seen */
    bool hears_us; /* so it said */
};

struct node {
    struct node_config config;
    const struct node_host *host;
    void *context;
    int64_t now_ns;

    struct view view;
    struct peer *peers;    /* NULL if membership is static */
    uint64_t *unreachable; /* bits of peers; made when first needed; static membership only */
    bool joined;
    bool leaving;
    bool told_left;
    int64_t tick_ns;      /* the next heartbeat */
    int64_t suspicion_ns; /* no peer falls silent for too long before */

    struct pool workers;    /* struct worker */
    struct table by_id;     /* slots of workers */
    struct expiry lives;    /* of workers */
    struct pool waitings;   /* struct waiting */
    struct table seen;      /* slots of waitings by request, if config.repeats */
    struct expiry patience; /* deadlines of what waits here for other nodes' callers */
    uint32_t held;          /* waitings that have no answer yet */
    uint64_t next_worker;

    struct pool requests;   /* struct request */
    struct table by_number; /* slots of requests */
    struct expiry deadlines;
    struct expiry retries;
    uint64_t next_request;
};

/* Who is to get an answer: a caller here or on another node. */
struct asker {
    node_id caller;
    uint64_t request;
    int64_t deadline_ns; /* on this node's clock */
};

/* Takes the outcome of a request served (or refused) on this node to its caller. `worker` and
 * `value` matter for OUTCOME_VALUE; the value's text, owned, is taken. */
void node_answer(struct node *node, const struct asker *asker, enum outcome outcome,
                 uint64_t worker, struct text *value);

/* Stamps the record with node and clock and gives it to the host. */
void node_record(struct node *node, struct record *record);

/* Fills in the sender's part and hands the message, with its texts, to the host. */
void node_send(struct node *node, node_id to, struct message *message);

#endif
