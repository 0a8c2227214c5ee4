/* What nodes send each other.
 *
 * A message is 56 bytes, so that with its time of arrival it is one cache line in a queue. Every
 * message carries its sender's incarnation, and a tag of the one that it is meant for: a message of
 * an earlier incarnation is recognised, and so is one that was meant for it. */
#ifndef NODE_MESSAGE_H
#define NODE_MESSAGE_H

#include "node/demand.h"

#define MESSAGES(X)                                                                                \
    X(JOIN, "join") /* the sender asks for a member's view; `code` is 1 if it is itself a member,  \
                       and asks the receiver to join */                                            \
    X(WELCOME, "welcome")     /* the sender is a member and hears the receiver; `members`; `code`: \
                                 WELCOME_... */                                                    \
    X(HEARTBEAT, "heartbeat") /* the sender lives; `code`: HEARTBEAT_..., `floor`; `part`, under   \
                                 hand-over: handover_view_tag */                                   \
    X(LEAVE, "leave")         /* the sender takes no more requests, and is going */                \
    X(LEAVE_ACK, "leave-ack") /* the sender sends none to the receiver, which is leaving */        \
    X(REQUEST, "request")     /* `request` is to be served here, within `budget_ns`; `code` is its \
                                 try, 1 or 2, and REQUEST_PAYLOAD if `id` is a whole demand */     \
    X(REPLY, "reply")         /* the end of that try of `request`: `code` is its outcome */        \
    X(LEASE, "lease")         /* `entries` of leases; `code`: LEASE_..., see entries.h */          \
    X(HAND_OVER, "hand-over") /* `parcel`: workers that move; `code`: enum parcel_kind */

/* A bit of a REQUEST's code: see node/demand.h. */
#define REQUEST_PAYLOAD 4u

/* Bits of the codes of a WELCOME and a HEARTBEAT. */
#define WELCOME_ASKS      1u /* it asks for the receiver's view */
#define WELCOME_CHANGED   2u /* hand-over: its view has changed lately */
#define HEARTBEAT_HEARS   1u /* the sender hears the receiver */
#define HEARTBEAT_JOINING 2u /* the sender has no view yet */

enum message_kind {
#define X(name, text) MESSAGE_##name,
    MESSAGES(X)
#undef X
        MESSAGE_KINDS
};

/* How a request ends, once; and whether a REPLY may say so, or the request's own node alone does.
 */
#define OUTCOMES(X)                                                                                \
    X(VALUE, "ok", true)                 /* with a value */                                        \
    X(TIMEOUT, "timeout", true)          /* the deadline came; whether a worker ran is unknown */  \
    X(OWNER_LOST, "owner-lost", true)    /* the owner left the view while it held the request, and \
                                            no other try was allowed, or its lease ended in the    \
                                            request's turn; whether a worker ran is unknown */     \
    X(CALLER_LOST, "caller-lost", false) /* its own node crashed */                                \
    X(UNREACHABLE, "unreachable", false) /* the owner is out of reach; no turn of a worker ran */  \
    X(OVERLOADED, "overloaded", true)    /* a mailbox or a node was full; no turn ran */           \
    X(LOAD_FAILED, "load-failed", true)  /* the worker could not make its value; no turn ran */    \
    X(STOPPING, "stopping", true)        /* the node is leaving; no turn ran */                    \
    X(UNAVAILABLE, "unavailable", true)  /* no majority can be reached, and so no lease; no turn   \
                                            ran */                                                 \
    X(WORK_FAILED, "work-failed", true)  /* its turn failed; what it has done is unknown */

enum outcome {
#define X(name, text, replied) OUTCOME_##name,
    OUTCOMES(X)
#undef X
        OUTCOMES_COUNT
};

/* A REPLY's code besides these: no turn ran, and none will; its `answer.worker` is the node that
 * the receiver is to ask. */
#define REPLY_MOVED OUTCOMES_COUNT
/* Likewise, but that node has the request already. */
#define REPLY_PASSED (OUTCOMES_COUNT + 1)

struct message {
    uint8_t kind;  /* enum message_kind */
    uint8_t code;  /* REPLY: enum outcome or REPLY_…; else see above */
    uint16_t step; /* the host's own; the node neither sets nor reads it */
    node_id from;
    uint32_t incarnation;
    uint16_t meant; /* message_tag of the receiver's incarnation; 0: whichever it is */
    uint16_t part;  /* REQUEST: its number less that of its sender's oldest open request, counted in
                       the sender's own requests, or PART_UNKNOWN; REPLY: the try that it answers,
                       and REPLY_SEALED; HEARTBEAT: of the sender's view */
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
        } answer;            /* REPLY with OUTCOME_VALUE; worker: also REPLY_MOVED and REPLY_PASSED;
                                WORK_FAILED: why, as text, is its value */
        struct text members; /* WELCOME: the sender's view as bits, as in a VIEW record */
        struct text entries; /* LEASE */
        struct text parcel;  /* HAND_OVER */
        uint64_t floor;      /* HEARTBEAT: the sender's requests below this number have ended */
    } as;
};

#define PART_UNKNOWN UINT16_MAX

/* Kinds, as bits, that nodes send by themselves: a run does not go on for them. */
#define MESSAGES_IDLE (1u << MESSAGE_HEARTBEAT | 1u << MESSAGE_LEASE)

/* A bit of a REPLY's part: its value is sealed with its token, see seal.h. So under leases. */
#define REPLY_SEALED 0x100u

_Static_assert(sizeof(struct message) == 56, "with its time a message is one cache line");

/* Tells an incarnation from the 65,534 before it; never 0. */
static inline uint16_t message_tag(uint32_t incarnation)
{
    return (uint16_t)(incarnation % UINT16_MAX + 1);
}

/* The try of its request that a REQUEST or REPLY is about; 0: it is none of these. */
static inline uint8_t message_try(const struct message *message)
{
    if (message->kind == MESSAGE_REPLY)
        return (uint8_t)message->part;
    return message->kind == MESSAGE_REQUEST ? message->code & (REQUEST_PAYLOAD - 1) : 0;
}

/* The name in a trace: "request", "heartbeat", … and "ok", "timeout", … */
const char *message_name(enum message_kind kind);
const char *outcome_name(enum outcome outcome);

/* Whether a REPLY may have the outcome. */
bool outcome_is_replied(enum outcome outcome);

/* The id that a REQUEST asks for, valid as long as the message is. */
static inline struct text message_id(const struct message *request)
{
    const struct text *id = &request->as.ask.id;
    return request->code & REQUEST_PAYLOAD ? demand_id(id) : *id;
}

/* The one text that a message of its kind carries, or NULL. */
struct text *message_text(struct message *message);

/* Frees the texts that the message owns. */
void message_clear(struct message *message);

/* Makes `to` a copy that owns its own texts. ERROR_MEMORY leaves `to` without texts. */
enum error message_copy(struct message *to, const struct message *from);

#endif
