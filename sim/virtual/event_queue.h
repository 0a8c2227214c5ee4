/* What is to happen at one node: messages under way to it and events of its own, first things
 * first.
 *
 * The order is total and the same in every run: by (time, step, class, source, number), where
 * `step` counts causal steps within one instant, messages come before the node's own events, and
 * `number` is the source's own. Nothing else decides: not who inserted first, and no address. */
#ifndef VIRTUAL_EVENT_QUEUE_H
#define VIRTUAL_EVENT_QUEUE_H

#include "node/message.h"

/* The node's own events, besides messages. */
enum local_kind {
    LOCAL_FIRST = MESSAGE_KINDS,
    LOCAL_LOADED =
        LOCAL_FIRST,  /* code: whether it succeeded; slot, subject: the worker; text: value */
    LOCAL_WORKED,     /* slot, subject: the worker */
    LOCAL_CLIENT,     /* subject: the client that asks again */
    LOCAL_ARRIVAL,    /* subject: the source of open load that asks */
    LOCAL_REQUEST,    /* subject: its tag; text: the id */
    LOCAL_PEER_LOST,  /* subject: the peer; slot: its incarnation */
    LOCAL_PEER_FOUND, /* subject: the peer; slot: its incarnation */
};

/* Laid out as struct message up to `number`. */
struct local {
    uint8_t kind; /* enum local_kind */
    uint8_t code;
    uint16_t step;
    node_id from; /* for a total order: whose counter `number` is */
    uint32_t slot;
    uint32_t life; /* of the node: an event of an earlier life is void, unless 0 */
    uint64_t number;
    uint64_t subject;
    struct text text;
    uint64_t unused;
};

struct envelope {
    int64_t at_ns;
    union {
        struct message message;
        struct local local;
    } as;
};

_Static_assert(sizeof(struct envelope) == 64, "a message under way is one cache line");
_Static_assert(offsetof(struct local, number) == offsetof(struct message, number), "one key");

static inline bool envelope_is_local(const struct envelope *envelope)
{
    return envelope->as.message.kind >= LOCAL_FIRST;
}

/* Whether it keeps a run going: all but heartbeats do. */
static inline bool envelope_is_lively(const struct envelope *envelope)
{
    return envelope->as.message.kind != MESSAGE_HEARTBEAT;
}

/* Frees the text that it owns. */
void envelope_clear(struct envelope *envelope);

struct queue_key;

struct queue {
    struct queue_key *heap;
    struct envelope *slots;
    uint32_t *free_slots;
    uint32_t count;
    uint32_t capacity;
    uint32_t lively;   /* envelopes that keep a run going */
    uint32_t messages; /* the others are events of the node's own */
};

void queue_init(struct queue *queue);
void queue_close(struct queue *queue);

/* Takes the envelope with its text. ERROR_MEMORY: the text is still the caller's. */
enum error queue_push(struct queue *queue, const struct envelope *envelope);

/* The first envelope in order, or NULL. Valid until the next push. */
const struct envelope *queue_first(const struct queue *queue);
int64_t queue_first_ns(const struct queue *queue);

/* Removes the first and gives it, with its text, to the caller. The queue is not empty. */
struct envelope queue_pop(struct queue *queue);

/* Removes, in order, each envelope for which `picks` says so, and gives it to `take` with its text.
 */
enum error queue_strike(struct queue *queue,
                        bool (*picks)(void *context, const struct envelope *envelope),
                        void (*take)(void *context, struct envelope *envelope), void *context);

#endif
