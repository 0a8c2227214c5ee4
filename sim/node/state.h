/* What a node is made of; for the files of sim/node alone.
 *
 * A step goes one way: node.c calls membership.c (who is up), request.c (what this node's clients
 * asked) and worker.c (what this node's workers do). request_tries.c gives a request whose owner is
 * this node to worker.c; what worker.c decides goes back to the caller, here or on another node, by
 * node_answer. Records, messages and answers leave the node in node_effects.c. */
#ifndef NODE_STATE_H
#define NODE_STATE_H

#include "base/number.h"
#include "base/number_map.h"
#include "base/pool_map.h"
#include "node/deadline_queue.h"
#include "node/node.h"
#include "node/seal.h"

/* What this node knows of another one. */
struct member {
    int64_t heard_ns; /* when its last message came, in the time in which this node ran */
    uint32_t incarnation;
    bool heard : 1;    /* its silence is shorter than `suspect`, and no break was reported */
    bool hears_us : 1; /* its last heartbeat says so */
    bool joining : 1;  /* it has no view, by its last message */
    bool left : 1;     /* this incarnation has said that it leaves */
    bool new : 1;      /* it was not in the view before this welcome */
    bool rejoins : 1;  /* it is in the view and joins; heard_ns is when that was first known */
    bool hearsay : 1;  /* another one said that it is there; nothing came from itself yet */
    bool settled : 1; /* while this node joins: it can't welcome us, by what it said or is silent */
    bool asked : 1;   /* likewise: it is a member, and has been asked for its view */
    bool awaited : 1; /* while this node leaves: it has not acknowledged that */
};

enum phase {
    PHASE_ALONE,   /* it was never told to connect: it is the only member, and owns all */
    PHASE_JOINING, /* it has no view yet, owns nothing and makes no worker */
    PHASE_MEMBER,
    PHASE_LEAVING, /* it serves what it holds, passes on what its clients ask, and goes */
};

struct lease;
struct handover;

struct node {
    struct node_config config;
    const struct node_host *host;
    void *context;
    uint16_t tag; /* message_tag of its incarnation */
    int64_t now_ns;
    int64_t wake_ns;   /* node_wake_ns, as of its last step */
    int64_t due_ns;    /* nothing in a queue of deadlines is due before */
    int64_t paused_ns; /* so long has it stood still in its life */
    enum phase phase;
    bool left;       /* host->left was called */
    bool waits;      /* it is on record that nobody lets it join */
    bool has_joined; /* it is a member, joins, or did */

    struct view view;               /* empty while it joins; without itself when it leaves */
    struct member *members;         /* NULL if membership is static */
    struct number_map incarnations; /* of peers; static membership only */
    uint64_t *unreachable; /* bits of nodes; made when first needed; static membership only */
    int64_t heartbeat_ns;  /* when the next heartbeat is due */
    int64_t suspicion_ns;  /* no member is silent for too long before; in the time it ran */
    int64_t trusting_ns; /* until then it does not act on peers that say that they don't hear it */
    int64_t joined_ns;   /* when its join began, in the time it ran */
    int64_t leave_ns;    /* when it waits for acknowledgements no longer */
    uint32_t unsettled;  /* peers that are not settled */
    uint32_t awaited;    /* peers that are */

    struct lease *lease; /* see lease.h; NULL: the view alone decides who owns an id */

    struct handover *handover; /* see handover.h; NULL: workers do not move */
    uint32_t moving;           /* workers here that are to move */

    struct pool workers; /* struct worker */
    struct hash_map workers_by_id;
    struct deadline_queue lives;      /* of workers whose load has begun */
    struct deadline_queue load_queue; /* of the others, by the deadline of a request that waits */
    uint32_t loads;                   /* running */
    uint64_t next_worker;
    struct token answer_token; /* of the answer that was decided, or came, last */
    struct seal sealed;        /* answers sent */
    struct seal opened;        /* answers that came */

    struct pool pending;                     /* struct pending */
    struct deadline_queue pending_deadlines; /* of other nodes' callers */
    uint32_t in_mailboxes;                   /* pending requests without an answer */
    size_t payload_bytes; /* of demands of open and pending requests; see PAYLOADS_MAX */
    struct list held;     /* struct pending: requests of others that came while it joins */
    uint32_t held_count;  /* these, and those held for workers to move here */
    struct pool_map seen, seen_callers; /* see seen.h; if config.repeats */

    struct pool requests; /* struct request */
    struct hash_map requests_by_number;
    struct list open; /* all of them, by number */
    struct deadline_queue deadlines;
    struct deadline_queue retries; /* in the time in which it ran */
    uint64_t next_request;
    uint64_t announced;       /* the first number that node_number_request gave out, … */
    uint32_t announced_count; /* … of so many whose EVENT_REQUEST has not come */
    bool expects;             /* see node_expect_requests */
};

static inline bool node_is_joining(const struct node *node)
{
    return node->phase == PHASE_JOINING;
}

/* The time in which it ran: its clock, but it stands still while the node does. */
static inline int64_t node_ran_ns(const struct node *node)
{
    return node->now_ns - node->paused_ns;
}

/* Adds what the node is to be woken for to one of its queues. */
static inline void node_add_due(struct node *node, struct deadline_queue *queue, struct due *due,
                                int64_t at_ns)
{
    deadline_queue_add(queue, due, at_ns);
    node->due_ns = min_i64(node->due_ns, at_ns);
}

/* Whether one more request can be held. */
static inline bool node_may_hold(const struct node *node)
{
    return node->held_count < node->config.held;
}

/* Who is to get an answer. */
struct caller {
    node_id node;
    uint8_t try;  /* 1 or 2 */
    bool moved;   /* it is this node, and a former owner has sent it here */
    uint8_t hops; /* so often it was passed on to the new owner of its id */
    bool back;    /* by the very node that this one holds for the owner, or so often that there are
                     three views or more: they are other ones */
    uint64_t request;
    int64_t deadline_ns; /* on this node's clock */
};

/* What it asks for. */
struct asked {
    struct text id;
    struct text demand; /* empty: there is no payload */
};

/* Takes the outcome of a request that came to this node's registry to its caller. `worker` and
 * `value` are read for OUTCOME_VALUE, `value` also for OUTCOME_WORK_FAILED: why. The value's text,
 * owned, is taken. */
void node_answer(struct node *node, const struct caller *caller, enum outcome outcome,
                 uint64_t worker, struct text *value);

/* The request is for the id's owner, and no turn of a worker has run for it here. */
void node_send_on(struct node *node, const struct caller *caller, node_id owner);

/* Whether the node leaves, and others are there to serve what it is asked for. */
bool node_passes_on(const struct node *node);

/* The request for the id waited here, and goes on at the id's owner. */
void node_pass_on(struct node *node, const struct caller *caller, const struct asked *asked,
                  node_id owner);
/* Takes a share of the demand, if there is one, into `to`, which is empty. ERROR_FULL: the node
 * holds too many bytes of payloads; ERROR_MEMORY. */
enum error node_keep_demand(struct node *node, struct text *to, const struct text *demand);
void node_drop_demand(struct node *node, struct text *demand);

/* Puts node and clock into the record and gives it to the host. */
void node_record(struct node *node, struct record *record);

/* Fills in the sender's part and gives the message, with its texts, to the host. */
void node_send(struct node *node, node_id to, struct message *message);

#endif
