/* A record is one line of the trace: what happened, when, where, and to whom.
 *
 * Nodes make most records, their host the rest. Whatever judges, counts or draws a run reads
 * records and nothing else. The fields that a kind uses are listed with it; all others are zero,
 * `peer` NODE_NONE. Texts in a record are borrowed: a reader that keeps one copies it. */
#ifndef NODE_RECORD_H
#define NODE_RECORD_H

#include "base/byte_reader.h"
#include "node/message.h"

/* kind, name in a trace, the fields it uses besides the times and the node. */
#define RECORDS(X)                                                                                 \
    X(UP, "up")         /* incarnation: the node runs */                                           \
    X(DOWN, "down")     /* code: enum down_how */                                                  \
    X(FROZEN, "frozen") /* code: enum frozen_how */                                                \
    X(THAWED, "thawed") /* likewise */                                                             \
    X(VIEW, "view")     /* epoch, value: the members as bits, lowest node first, see below; none:  \
                           the node joins, and owns nothing; amount, if not 0: nobody has let it   \
                           join for so long, ns, and so it is alone, or joins still */             \
    X(SEND, "send")     /* number, peer: to, message, request, code: its try; id for a REQUEST */  \
    X(RECV, "recv")     /* number, peer: from, message, request, code: its try; id as above */     \
    X(DROP, "drop")     /* number, peer: to, message, request, code: enum drop_why; node: from */  \
    X(REQUEST, "request") /* request, id, amount: its deadline on the node's clock, number: tag;   \
                             of open load also gap_ns, and code: enum request_how */               \
    X(ROUTE, "route")     /* request, id, peer: the node that is tried, code: try, 1 or 2 for the  \
                             further one, why: enum route_why */                                   \
    X(START, "start") /* id, worker, code: enum start_how; amount: its age then if it was found,   \
                         or how long it lives yet if it moved here; then also peer, number: the    \
                         node and the worker that it was */                                        \
    X(LOAD, "load")   /* id, worker, amount: it begins to make its value, and lives so long, ns;   \
                         epoch, number: the token, as in a LEASE, if there are leases */           \
    X(VALUE, "value") /* id, worker, value, code: enum value_how */                                \
    X(LOAD_FAILED, "load-failed") /* id, worker */                                                 \
    X(SERVE, "serve")   /* request, id, worker, value, code: its try; epoch, number: the token,    \
                           as in a LOAD; an answer is decided; of a worker whose turns answer also \
                           amount: so long its turn took, ns, and why: enum serve_how */           \
    X(REPLY, "reply")   /* request, id, worker, value, amount: latency on the node's clock, ns;    \
                           peer: the node that the answer came from; epoch, number: the token, as  \
                           in a LOAD; of request 0, in no trace: value: latencies of answers that  \
                           the trace does not keep, see tally_take_latencies */                    \
    X(FAIL, "fail")     /* request, id, code: enum outcome */                                      \
    X(EXPIRE, "expire") /* id, worker */                                                           \
    X(LOST, "lost")     /* id, worker, code: enum down_how: ended with its node, or its lease */   \
    X(FAULT, "fault")   /* line, value: the fault or its end, in words; code, number, id: the same \
                           as data, see trace/fault.h */                                           \
    X(SET, "set")       /* likewise: a setting's change or its end; code: see trace/fault.h */     \
    X(EXPECT,                                                                                      \
      "expect") /* line, code: enum verdict_kind, value: its text, id: why it did not hold */      \
    X(VIOLATION, "violation") /* line (0 if none), code: enum rule, id, value: what is wrong */    \
    X(DUPLICATE, "duplicate") /* id, worker, node: the second live worker; peer, number: the other \
                                 one's node and worker; value: the cause, in words */              \
    X(LEASE, "lease")   /* number: slot, epoch and worker: the token's epoch and counter, amount:  \
                           until, on the node's clock, code: enum lease_how; RENEWED also value:   \
                           further slots of which that holds, see record_first_slot */             \
    X(HANDED, "handed") /* request, id, code: its try, peer: it waited here, and goes on there */  \
    X(MOVED, "moved")   /* id, worker, peer: it ended here, to go on at that node */

enum record_kind {
#define X(name, text) RECORD_##name,
    RECORDS(X)
#undef X
        RECORD_KINDS
};

_Static_assert((int)RECORD_KINDS <= 32, "a set of kinds is a uint32_t");

/* What a record is about. */
enum record_family {
    RECORD_OF_NODE,
    RECORD_OF_MESSAGE,
    RECORD_OF_REQUEST, /* and of its answer */
    RECORD_OF_WORKER,
    RECORD_OF_LEASE,
    RECORD_OF_FAULT, /* or a change of a setting */
    RECORD_OF_JUDGEMENT
};

#define DROPS(X)                                                                                   \
    X(LOSS, "loss") /* the link lost it */                                                         \
    X(CUT, "cut")   /* the link is cut */                                                          \
    X(DOWN, "down") /* the receiver is not running */                                              \
    X(FULL, "full") /* the receiver's queue is full */                                             \
    X(LATE, "late") /* it came after it could matter: the request has ended, or it came before */

enum drop_why {
#define X(name, text) DROP_##name,
    DROPS(X)
#undef X
        DROPS_COUNT
};

/* Why a request is tried a second time. */
#define WHYS(X)                                                                                    \
    X(FIRST, "first")     /* it is not: the first try */                                           \
    X(RETRY, "retry")     /* no answer for `retry` */                                              \
    X(LEFT, "left")       /* the owner said that it leaves, and went without an answer */          \
    X(LOST, "lost")       /* the owner has left the view, or is out of reach */                    \
    X(REFUSED, "refused") /* the owner is leaving, and refused it */                               \
    X(MOVED, "moved")     /* the owner is it no more, and said who is */

enum route_why {
#define X(name, text) WHY_##name,
    WHYS(X)
#undef X
        WHYS_COUNT
};

/* FOUND: it lived already when the trace began, and its life began `amount` ns before. A LOAD
 * follows, and a VALUE or LOAD_FAILED if the load has ended. MOVED: it was another node's until
 * now; a VALUE or LOAD_FAILED follows. */
enum start_how { START_FRESH, START_FOUND, START_MOVED };

/* OF_TURNS: it has none, each of its turns has an answer of its own. */
enum value_how { VALUE_OF_WORKER, VALUE_OF_TURNS };

/* FAILED: the turn failed, its request ends as `work-failed`, and the value says why. */
enum serve_how { SERVE_ANSWERED, SERVE_FAILED };

/* VACUOUS: what was to be judged never happened. MISSED: what should happen at some time did not;
 * nothing is wrong, but the run was no test of it. */
enum verdict_kind { VERDICT_FAILED, VERDICT_HELD, VERDICT_VACUOUS, VERDICT_MISSED, VERDICTS_COUNT };

/* AFTER_GAP: its source's last ones could not be made in time, which fails the run. */
enum request_how { REQUEST_AS_DUE, REQUEST_AFTER_GAP };

/* LEASE: of a LOST alone: its node has the slot's lease no more. */
enum down_how { DOWN_CRASH, DOWN_LEAVE, DOWN_LEASE };

#define LEASE_HOWS(X)                                                                              \
    X(WON, "won")                                                                                  \
    X(RENEWED, "renewed")                                                                          \
    X(RELEASED, "released") /* given up before its end */                                          \
    X(LOST, "lost")         /* it was not renewed in time */                                       \
    X(HELD, "held")         /* it was won before the trace began */

enum lease_how {
#define X(name, text) LEASE_##name,
    LEASE_HOWS(X)
#undef X
        LEASE_HOWS_COUNT
};

/* STALLED: a real process got no processor time; recorded when it runs again. */
enum frozen_how { FROZEN_BY_FAULT, FROZEN_STALLED };

struct record {
    int64_t t_ns;     /* true (virtual) time; the host fills it in */
    int64_t clock_ns; /* the node's own clock */
    uint8_t kind;     /* enum record_kind */
    uint8_t code;
    uint16_t step;  /* causal step within the instant t_ns; the host fills it in */
    node_id node;   /* NODE_NONE for what concerns the whole run */
    node_id peer;   /* NODE_NONE where there is none */
    uint32_t line;  /* FAULT, SET, EXPECT, VIOLATION: of the scenario */
    uint32_t epoch; /* VIEW: the view's epoch; UP: the incarnation; LEASE, LOAD, SERVE: a token's */
    uint8_t message; /* SEND, RECV, DROP: enum message_kind */
    uint8_t why;     /* ROUTE: enum route_why; SERVE: enum serve_how */
    uint8_t unused[2];
    uint64_t request;
    uint64_t number; /* up to here: all that most records of messages use */
    struct text id;
    union {
        uint64_t worker;
        int64_t gap_ns; /* REQUEST: its source makes the next one so long after it, whatever state
                           its node is in; TIME_NEVER: none any more; 0: it is no open load's */
    };
    int64_t amount;
    struct text value;
};

_Static_assert(sizeof(struct record) == 104, "no padding: records are hashed as they lie");

/* For readers that treat alike all kinds of one family. */
enum record_family record_family(enum record_kind kind);

const char *record_name(enum record_kind kind);
const char *drop_name(enum drop_why why);
const char *route_why_name(enum route_why why);
const char *lease_how_name(enum lease_how how);

/* Makes it a record of `kind` with every other field zero, node and peer NODE_NONE. */
static inline void record_init(struct record *record, enum record_kind kind)
{
    memset(record, 0, 64); /* in two parts, each some vector stores: as one it is slower */
    memset((char *)record + 64, 0, sizeof *record - 64);
    record->kind = (uint8_t)kind;
    record->node = NODE_NONE;
    record->peer = NODE_NONE;
}

/* Such a record. Where each request or message makes one, record_init saves a copy. */
static inline struct record record_of(enum record_kind kind)
{
    struct record record;
    record_init(&record, kind);
    return record;
}

/* Sets the fields of a SEND, RECV or DROP that are the message's own; a DROP's code is set by
 * others. Of a LEASE, `code` is the message's. */
static inline void record_set_message(struct record *record, const struct message *message)
{
    record->number = message->number;
    record->message = message->kind;
    record->request = message->request;
    record->code = message->kind == MESSAGE_LEASE ? message->code : message_try(message);
}

/* Whether a ROUTE is of a further try that `fallback` decides; not so of one that asks anew, since
 * no turn ran for the first. */
static inline bool record_falls_back(const struct record *route)
{
    return route->code == 2 && route->why != WHY_REFUSED && route->why != WHY_MOVED;
}

/* Whether a VIEW's bits have `node`. Bit i of byte i/8 (lowest first) is node i. */
bool record_view_has(const struct record *view, node_id node);

/* Walks over the slots of a LEASE: makes `one` the record of its first one alone, and then of each
 * further one. False: there is none any more.
 *
 *     struct byte_reader rest;
 *     for (bool more = record_first_slot(record, &one, &rest); more;
 *          more = record_next_slot(&one, &rest))
 *
 * Each further slot is a whole number (base/byte_reader.h) in `value`: how many lie between it and
 * the one before it. */
static inline bool record_first_slot(const struct record *record, struct record *one,
                                     struct byte_reader *rest)
{
    *rest = byte_reader_over(text_bytes(&record->value), text_size(&record->value));
    *one = *record;
    one->value = (struct text){0};
    return true;
}

static inline bool record_next_slot(struct record *one, struct byte_reader *rest)
{
    if (rest->at == rest->end)
        return false;
    one->number += 1 + varint_get(rest, UINT32_MAX);
    return !rest->failed;
}

/* Node i of n numbers its requests, messages and workers i+1, i+1+n, i+1+2n, …: a number is unique
 * in the run. The node that gave it: */
static inline node_id number_owner(uint64_t number, uint32_t nodes)
{
    return (node_id)((number - 1) % nodes);
}

/* What is unfinished at the end of a run, as its hosts counted it: the trace is checked against it.
 * The sums are of digests, see check/screen.h, and are 0 where nobody asks for them. */
struct under_way {
    uint64_t messages; /* sent, neither delivered nor dropped */
    uint64_t requests; /* open */
    uint64_t workers;  /* live */
    uint64_t messages_sum;
    uint64_t answers_sum; /* of the answers in these messages */
};

#endif
