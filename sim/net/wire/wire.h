/* The wire format: frames of bytes between processes, of which nothing is used before it is
 * checked.
 *
 * A frame is encoded by codec.h, and of one of these kinds:
 *
 *     hello      which node or client is at this end; the first frame of every connection
 *     welcome    the answer: which node is at the other end
 *     refusal    or why it refuses, as text
 *     messages   any number of the node's messages that were ready for one peer together
 *     request    a client's
 *     answer     how the request ended
 *
 * A value that follows itself in a frame of messages, as when many asked for it, is there once.
 *
 * Reading takes no memory: texts borrow the frame's bytes. */
#ifndef NET_WIRE_WIRE_H
#define NET_WIRE_WIRE_H

#include "net/wire/codec.h"
#include "node/node.h"

#define WIRE_NAME_MAX    63u         /* bytes of a cluster's name */
#define WIRE_REASON_SIZE 256u        /* of a refusal, with a NUL */
#define WIRE_VALUE_MAX   (1u << 20)  /* bytes of a value */
#define WIRE_WHY_MAX     (8u << 10)  /* bytes of why a turn failed */
#define WIRE_BATCH       (64u << 10) /* a frame of messages is sent when it holds so much */
#define WIRE_BATCH_FIRST 512u        /* likewise the first one after a wait */
#define WIRE_FRAME_MAX   (2u * WIRE_BATCH + WIRE_VALUE_MAX) /* no frame is larger */

enum wire_frame_kind {
    FRAME_HELLO = 1,
    FRAME_WELCOME,
    FRAME_REFUSAL,
    FRAME_MESSAGES,
    FRAME_REQUEST,
    FRAME_ANSWER,
    FRAME_KINDS
};

/* HELLO and WELCOME. */
struct greeting {
    char cluster[WIRE_NAME_MAX + 1];
    uint64_t settings;    /* cluster_file_hash: what all nodes must agree on */
    uint64_t instance;    /* drawn when the process starts: tells two of one name apart */
    uint32_t incarnation; /* of the node; 0: a client */
    node_id node;         /* NODE_NONE: a client */
    uint32_t connection;  /* how many it made before this one, of a HELLO between nodes */
};

/* The head of a MESSAGES frame. */
struct batch {
    node_id from;
    uint32_t incarnation; /* of the sender */
    uint32_t to;          /* the receiver's incarnation that is meant */
};

struct wire_request {
    uint64_t cookie; /* the client's own, comes back in the answer */
    struct text id;
    struct text payload; /* of PAYLOAD_MAX bytes at the most; empty: none */
};

/* What one who is refused can do; the reason says it to people. */
enum refusal {
    REFUSAL_LASTING,  /* nothing, until somebody changes a file or ends another process */
    REFUSAL_IN_USE,   /* another live process has the name: ask again for a while */
    REFUSAL_STARTING, /* of a client: the node has not joined yet, ask again */
    REFUSAL_LAST = REFUSAL_STARTING
};

struct wire_answer {
    uint64_t cookie;
    uint8_t outcome; /* enum outcome */
    node_id from;    /* OUTCOME_VALUE */
    uint64_t worker; /* likewise */
    int64_t latency_ns;
    struct text value;  /* likewise; OUTCOME_WORK_FAILED: why */
    struct token token; /* OUTCOME_VALUE; zeros if there are no leases */
};

/* Whether a message of this kind waits, in order, for a peer that takes too little; others pass by
 * those that wait. A LEAVE_ACK says that no request follows: it must not pass one. Both ends go by
 * this: of each sort, numbers rise. */
static inline bool wire_may_wait(uint8_t kind)
{
    return kind == MESSAGE_REQUEST || kind == MESSAGE_REPLY || kind == MESSAGE_LEAVE_ACK ||
           kind == MESSAGE_HAND_OVER;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A frame that grows. Zeros are an empty one. */
struct wire_frame {
    struct string_builder bytes;
    uint64_t value_worker; /* whose value was added last to a MESSAGES frame, … */
    size_t value_at;       /* … where it lies, … */
    uint32_t value_size;   /* … and how long it is */
};

void wire_frame_close(struct wire_frame *frame);

/* Makes it empty, and keeps its memory. */
void wire_frame_clear(struct wire_frame *frame);

/* Each replaces the contents by one whole frame. ERROR_MEMORY: the frame is empty. */
enum error wire_write_greeting(struct wire_frame *frame, enum wire_frame_kind kind,
                               const struct greeting *greeting);
/* A reason is cut to WIRE_REASON_SIZE. */
enum error wire_write_refusal(struct wire_frame *frame, enum refusal refusal, const char *reason);
enum error wire_write_request(struct wire_frame *frame, const struct wire_request *request);
enum error wire_write_answer(struct wire_frame *frame, const struct wire_answer *answer);
/* The head of a MESSAGES frame. */
enum error wire_write_batch(struct wire_frame *frame, const struct batch *batch);

/* Whether the message carries the value that the frame has last, so that it takes few bytes. */
bool wire_has_value(const struct wire_frame *frame, const struct message *message);

/* Adds a message to a MESSAGES frame. ERROR_MEMORY: the frame is unchanged. */
enum error wire_write_message(struct wire_frame *frame, const struct message *message);

/* ---- reading ------------------------------------------------------------------------------- */

/* The kind of a frame, or 0 if it is no frame of this format; FRAME_KINDS: of another version,
 * which is put into `version`. */
enum wire_frame_kind wire_kind(const void *bytes, size_t size, unsigned *version);

/* Each reads a whole frame of its kind. ERROR_TEXT: it is malformed. */
enum error wire_read_greeting(const void *bytes, size_t size, struct greeting *greeting);
/* Control characters of the reason are replaced: it may be printed. */
enum error wire_read_refusal(const void *bytes, size_t size, enum refusal *refusal,
                             char reason[WIRE_REASON_SIZE]);
enum error wire_read_request(const void *bytes, size_t size, struct wire_request *request);
enum error wire_read_answer(const void *bytes, size_t size, struct wire_answer *answer);

struct wire_cursor {
    struct byte_reader reader;
    uint64_t value_worker; /* whose value was read last */
    struct text value;
};

/* The head of a MESSAGES frame. */
enum error wire_read_batch(const void *bytes, size_t size, struct batch *batch,
                           struct wire_cursor *cursor);

/* The next message of the batch, in a cluster of `nodes` with so many slots of leases, or 0, for
 * node `self`: every field of it is one that its sender may send. ERROR_TEXT: it is malformed, and
 * so is what follows. Not to be called at the end. */
enum error wire_read_message(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                             uint32_t slots, node_id self, struct message *message);

static inline bool wire_at_end(const struct wire_cursor *cursor)
{
    return cursor->reader.at == cursor->reader.end;
}

#endif
