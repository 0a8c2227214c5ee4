/* What a node is made of; for the files of sim/node alone.
 *
 * A step goes one way: node.c calls membership.c (who is up), request.c (what this node's clients
 * asked) and worker.c (what this node's workers do). request.c gives a request whose owner is this
 * node to worker.c; what worker.c decides goes back to the caller, here or on another node, by
 * node_answer. */
#ifndef NODE_STATE_H
#define NODE_STATE_H

#include "base/hash_map.h"
#include "base/pool.h"
#include "node/expiry.h"
#include "node/node.h"

/* What this node knows of another one. */
struct member {
    int64_t heard_ns; /* when its last message came */
    uint32_t incarnation;
    bool heard;    /* its silence is shorter than `suspect`, and no break was reported */
    bool hears_us; /* its last heartbeat says so */
};

struct node {
    struct node_config config;
    const struct node_host *host;
    void *context;
    int64_t now_ns;

    struct view view;
    struct member *members; /* NULL if membership is static */
    uint64_t *unreachable;  /* bits of nodes; made when first needed; static membership only */
    bool joined;
    bool leaving;
    bool left;            /* host->left was called */
    int64_t heartbeat_ns; /* when the next heartbeat is due */
    int64_t suspicion_ns; /* no member is silent for too long before */

    struct pool workers; /* struct worker */
    struct hash_map workers_by_id;
    struct expiry lives; /* of workers */
    uint64_t next_worker;

    struct pool pending;               /* struct pending */
    struct hash_map pending_by_number; /* by request, of other nodes' callers, if config.repeats */
    struct expiry pending_deadlines;   /* of other nodes' callers */
    uint32_t in_mailboxes;             /* pending requests without an answer */

    struct pool requests; /* struct request */
    struct hash_map requests_by_number;
    struct expiry deadlines;
    struct expiry retries;
    uint64_t next_request;
};

/* Who is to get an answer. */
struct caller {
    node_id node;
    uint64_t request;
    int64_t deadline_ns; /* on this node's clock */
};

/* Takes the outcome of a request that came to this node's registry to its caller. `worker` and
 * `value` are read for OUTCOME_VALUE; the value's text, owned, is taken. */
void node_answer(struct node *node, const struct caller *caller, enum outcome outcome,
                 uint64_t worker, struct text *value);

/* Puts node and clock into the record and gives it to the host. */
void node_record(struct node *node, struct record *record);

/* Fills in the sender's part and gives the message, with its texts, to the host. */
void node_send(struct node *node, node_id to, struct message *message);

#endif
