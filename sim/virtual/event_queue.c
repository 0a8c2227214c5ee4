#include "virtual/event_queue.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "kind, code, step and from are one word");
_Static_assert(offsetof(struct message, step) == 2 && offsetof(struct message, from) == 4,
               "see above");

/* step << 48 | class << 35 | from: the first word without the code and the kinds within a class,
 * turned by half. Comparing is most of what a queue does. */
static inline uint64_t order_of(const struct envelope *envelope)
{
    uint64_t word;
    memcpy(&word, &envelope->as.message, sizeof word);
    word &= UINT64_C(0xffffffffffff0000) | LOCAL_FIRST;
    return word << 32 | word >> 32;
}

static inline bool before(const void *left, const void *right)
{
    const struct envelope *a = left, *b = right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns;
    uint64_t order_a = order_of(a), order_b = order_of(b);
    return order_a != order_b ? order_a < order_b : a->as.message.number < b->as.message.number;
}

void envelope_clear(struct envelope *envelope)
{
    if (envelope_is_local(envelope))
        text_clear(&envelope->as.local.text);
    else
        message_clear(&envelope->as.message);
}

void event_queue_close(struct event_queue *queue)
{
    struct envelope *envelopes = queue->envelopes.items;
    for (size_t i = 0; i < queue->envelopes.count; i++)
        envelope_clear(&envelopes[i]);
    heap_close(&queue->envelopes);
}

/* Counts the envelope in or out: `one` is 1, or UINT32_MAX, which is -1 modulo 2^32. */
static void count(struct event_queue *queue, const struct envelope *envelope, uint32_t one)
{
    if (envelope->as.message.kind != MESSAGE_HEARTBEAT)
        queue->lively += one;
    if (!envelope_is_local(envelope))
        queue->messages += one;
}

enum error event_queue_push(struct event_queue *queue, const struct envelope *envelope)
{
    must(envelope->at_ns >= 0);
    if (heap_push(&queue->envelopes, envelope, sizeof *envelope, before))
        return ERROR_MEMORY;
    count(queue, envelope, 1);
    return OK;
}

const struct envelope *event_queue_first(const struct event_queue *queue)
{
    return heap_first(&queue->envelopes);
}

int64_t event_queue_first_ns(const struct event_queue *queue)
{
    const struct envelope *first = heap_first(&queue->envelopes);
    return first ? first->at_ns : TIME_NEVER;
}

struct envelope event_queue_pop(struct event_queue *queue)
{
    struct envelope first;
    heap_pop(&queue->envelopes, &first, sizeof first, before);
    count(queue, &first, UINT32_MAX);
    return first;
}

enum error event_queue_remove(struct event_queue *queue,
                              bool (*picks)(void *context, const struct envelope *envelope),
                              void (*take)(void *context, struct envelope *envelope), void *context)
{
    struct event_queue kept = {.lively = 0};
    const struct envelope *envelopes = queue->envelopes.items;
    size_t first = 0;
    while (first < queue->envelopes.count && !picks(context, &envelopes[first]))
        first++;
    if (first == queue->envelopes.count)
        return OK; /* as it mostly is */
    while (queue->envelopes.count) {
        struct envelope envelope = event_queue_pop(queue);
        if (picks(context, &envelope)) {
            take(context, &envelope);
        } else if (event_queue_push(&kept, &envelope)) {
            envelope_clear(&envelope);
            event_queue_close(queue);
            event_queue_close(&kept);
            *queue = (struct event_queue){.lively = 0};
            return ERROR_MEMORY;
        }
    }
    event_queue_close(queue);
    *queue = kept;
    return OK;
}
