/* What nodes send each other.
 *
 * A message is 56 bytes, so that with its time of arrival it is one cache line in a queue. Every
 * message carries its sender's incarnation and view epoch: by the first a receiver recognises a
 * message of an earlier incarnation. */
#ifndef NODE_MESSAGE_H
#define NODE_MESSAGE_H

#include "base/text.h"

#define MESSAGES(X)                                                                                \
    X(JOIN, "join")           /* the sender is up and wants to be in the receiver's view */        \
    X(HEARTBEAT, "heartbeat") /* the sender lives; `code` is 1 if it hears the receiver */         \
    X(LEAVE, "leave")         /* the sender is leaving */                                          \
    X(REQUEST, "request")     /* `request` is to be served here, within `budget_ns` */             \
    X(REPLY, "reply")         /* the end of `request`: `code` is its outcome */

enum message_kind {
#define X(name, text) MESSAGE_##name,
    MESSAGES(X)
#undef X
        MESSAGE_KINDS
};

/* How a request ends, once. */
#define OUTCOMES(X)                                                                                \
    X(VALUE, "ok")                /* with a value */                                               \
    X(TIMEOUT, "timeout")         /* the deadline came; whether a worker ran is unknown */         \
    X(CALLER_LOST, "caller-lost") /* its own node crashed */                                       \
    X(UNREACHABLE, "unreachable") /* the owner is out of reach; no turn of a worker ran */         \
    X(OVERLOADED, "overloaded")   /* a mailbox or a node was full; no turn ran */                  \
    X(LOAD_FAILED, "load-failed") /* the worker could not make its value; no turn ran */           \
    X(STOPPING, "stopping")       /* the node is leaving; no turn ran */

enum outcome {
#define X(name, text) OUTCOME_##name,
    OUTCOMES(X)
#undef X
        OUTCOMES_COUNT
};

struct message {
    uint8_t kind;  /* enum message_kind */
    uint8_t code;  /* REPLY: enum outcome; HEARTBEAT: see above */
    uint16_t step; /* the host's own; the node neither sets nor reads it */
    node_id from;
    uint32_t incarnation;
    uint32_t epoch;
    uint64_t number;  /* the host's: unique among the messages of a run */
    uint64_t request; /* REQUEST and REPLY */
    union {
        struct {
            struct text id;
            int64_t budget_ns; /* how long the caller still waits */
        } ask;                 /* REQUEST */
        struct {
            struct text value;
            uint64_t worker;
        } answer; /* REPLY with OUTCOME_VALUE */
    } as;
};

_Static_assert(sizeof(struct message) == 56, "with its time a message is one cache line");

/* The name in a trace: "request", "heartbeat", … and "ok", "timeout", … */
const char *message_name(enum message_kind kind);
const char *outcome_name(enum outcome outcome);

/* The one text that a message of its kind carries, or NULL. */
struct text *message_text(struct message *message);

/* Frees the texts that the message owns. */
void message_clear(struct message *message);

/* Makes `to` a copy that owns its own texts. ERROR_MEMORY leaves `to` without texts. */
enum error message_copy(struct message *to, const struct message *from);

#endif
