/* An open request; for request.c, which makes and ends it, and request_tries.c, which has its tries
 * carried out and takes their outcomes. */
#ifndef NODE_REQUEST_STATE_H
#define NODE_REQUEST_STATE_H

#include "node/request.h"

enum try_state {
    TRY_NONE,
    TRY_ASKED,   /* its node has it and has not answered */
    TRY_HERE,    /* likewise, and it is this node */
    TRY_LOST,    /* its node has left the view: it may have run there, and may still be answered;
                    or its turn was broken off */
    TRY_REFUSED, /* no turn of a worker ran for it */
    TRY_FAILED,  /* its turn failed */
};

struct attempt {
    node_id node;
    enum try_state state;
};

/* An open request. It is tried at its owner, and once more at the most, there, here or elsewhere.
 * It ends with the first value; with an error only when no try can give a value any more. */
struct request {
    uint32_t slot;
    uint8_t tries_count; /* 0: it waits for the node to have a view */
    uint8_t refusal;     /* enum outcome: of the last try that was refused */
    bool moved;          /* a former owner has said who is to be asked now */
    uint64_t number;
    uint64_t cookie;
    struct text id;
    struct text demand; /* empty: there is no payload */
    struct text why;    /* of the turn that failed */
    int64_t made_ns;
    struct list_link of_node;
    struct due deadline;
    struct due retry;
    struct pending *pending; /* in a mailbox here, or NULL */
    struct attempt tries[2];
};

static inline struct request *request_of(struct list_link *link)
{
    return container_of(link, struct request, of_node);
}

/* The open request of this number, or NULL. */
struct request *request_find(const struct node *node, uint64_t number);

/* Tries the request for the first time. It may have ended, and be freed, when this returns. */
void request_route(struct node *node, struct request *request);

/* Tells the client, and frees the request. The latency and the token of `answer` are set here. */
void request_end(struct node *node, struct request *request, struct answer *answer);
void request_fail(struct node *node, struct request *request, enum outcome outcome);

#endif
