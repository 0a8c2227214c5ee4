/* What is to happen at one node: messages under way to it and events of its own, first things
 * first.
 *
 * The order is total and the same in every run: by (time, step, class, source, number), where
 * `step` counts causal steps within one instant, messages come before the node's own events, and
 * `number` is the source's own. Nothing else decides: neither the order of insertion nor an
 * address. Under `ties on` host_ties.c draws another order of what has the same time and step. */
#ifndef VIRTUAL_EVENT_QUEUE_H
#define VIRTUAL_EVENT_QUEUE_H

#include "base/heap.h"
#include "node/message.h"

/* The node's own events, besides messages. */
enum local_kind {
    LOCAL_FIRST = 16, /* the bit that tells them from messages */
    LOCAL_LOADED =
        LOCAL_FIRST,  /* code: whether it succeeded; slot, subject: the worker; text: value */
    LOCAL_WORKED,     /* slot, subject: the worker */
    LOCAL_CLIENT,     /* subject: the client that asks again */
    LOCAL_ARRIVAL,    /* subject: the open source that asks */
    LOCAL_REQUEST,    /* subject: its tag; text: the id; made while the node is frozen, and held */
    LOCAL_PEER_LOST,  /* subject: the peer; slot: its incarnation */
    LOCAL_PEER_FOUND, /* subject: the peer; slot: its incarnation */
};

/* Laid out as struct message up to `number`. */
struct local_event {
    uint8_t kind; /* enum local_kind */
    uint8_t code;
    uint16_t step;
    node_id from; /* whose counter `number` is */
    uint32_t slot;
    uint32_t incarnation; /* of the node: an event of an earlier one is void; 0: never void */
    uint64_t number;
    uint64_t subject;
    struct text text;
    uint64_t unused;
};

struct envelope {
    int64_t at_ns;
    union {
        struct message message;
        struct local_event local;
    } as;
};

_Static_assert(sizeof(struct envelope) == 64, "a message under way is one cache line");
_Static_assert(offsetof(struct local_event, number) == offsetof(struct message, number), "one key");
_Static_assert((int)MESSAGE_KINDS <= LOCAL_FIRST, "no message has the bit");

static inline bool envelope_is_local(const struct envelope *envelope)
{
    return envelope->as.message.kind & LOCAL_FIRST;
}

/* Frees the text that it owns. */
void envelope_clear(struct envelope *envelope);

/* Envelopes in order: items[head..end - 1]. */
struct event_run {
    struct envelope *items;
    size_t capacity;
    uint32_t head;
    uint32_t end;
};

#define EVENT_RUNS 8u

/* Zeros are an empty one.
 *
 * What comes from one sender, or from many at one instant, comes in order. So an envelope goes to
 * the end of a run whose last one it follows, where there is one, or else a few places before the
 * end of the run that was added to last, and the first of all is the first of a few runs. What fits
 * nowhere is in a heap. */
struct event_queue {
    const struct envelope *first; /* NULL: there is none */
    uint32_t count;
    uint32_t lively; /* those that keep a run going: all but heartbeats and leases */
    bool in_rest;    /* the heap has `first`, not a run */
    uint8_t last;    /* the run that was added to last */
    uint8_t used;    /* bits: the runs that have any */
    uint8_t used_count;
    uint8_t order[EVENT_RUNS]; /* those, by their first ones */
    struct heap rest;
    struct event_run runs[EVENT_RUNS];
};

void event_queue_close(struct event_queue *queue);

/* Takes the envelope with its text. ERROR_MEMORY: the text is still the caller's. */
enum error event_queue_push(struct event_queue *queue, const struct envelope *envelope);

/* The first envelope in order, or NULL. Valid until the next push or pop. */
static inline const struct envelope *event_queue_first(const struct event_queue *queue)
{
    return queue->first;
}

/* Its time; TIME_NEVER if the queue is empty. */
static inline int64_t event_queue_first_ns(const struct event_queue *queue)
{
    return queue->first ? queue->first->at_ns : TIME_NEVER;
}

/* Moves the first, with its text, to `first`. The queue is not empty. */
void event_queue_pop(struct event_queue *queue, struct envelope *first);

/* Whether picks(context, envelope) is true of any: it is asked of one after the other, in any
 * order, until it is. */
bool event_queue_any(const struct event_queue *queue,
                     bool (*picks)(void *context, const struct envelope *envelope), void *context);

/* How many are messages: the others are the node's own events. Looks at all. */
uint32_t event_queue_messages(const struct event_queue *queue);

/* Removes, in order, each envelope for which `picks` returns true, and gives it to `take` with its
 * text. ERROR_MEMORY: the queue is empty, and not all of it was given. */
enum error event_queue_remove(struct event_queue *queue,
                              bool (*picks)(void *context, const struct envelope *envelope),
                              void (*take)(void *context, struct envelope *envelope),
                              void *context);

#endif
