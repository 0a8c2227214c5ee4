#include "virtual/event_queue.h"

#include "base/memory.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "kind, code, step and from are one word");
_Static_assert(offsetof(struct message, step) == 2 && offsetof(struct message, from) == 4,
               "see above");

/* step << 48 | class << 36 | from: the first word without the code and the kinds within a class,
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

/* 1 if the envelope keeps a run going, else 0. */
static inline uint32_t is_lively(const struct envelope *envelope)
{
    return ~(MESSAGES_IDLE >> envelope->as.message.kind) & 1;
}

/* ---- runs ---------------------------------------------------------------------------------- */

/* So many places from a run's end an envelope goes in at the most: latencies are drawn, and what
 * was sent a little later arrives a little earlier. Moving these few costs less than a heap. */
#define INSERT_MOST 8u

static inline bool follows(const struct event_run *run, const struct envelope *envelope)
{
    return !before(envelope, &run->items[run->end - 1]);
}

static inline bool goes_near_end(const struct event_run *run, const struct envelope *envelope)
{
    return run->end - run->head <= INSERT_MOST ||
           !before(envelope, &run->items[run->end - 1 - INSERT_MOST]);
}

/* The run for the envelope: one that it follows, the last one, or an empty one; EVENT_RUNS: none.
 */
static uint32_t choose(const struct event_queue *queue, const struct envelope *envelope)
{
    uint32_t last = 1u << queue->last & queue->used;
    for (uint32_t used = queue->used; used; used &= used - 1)
        if (follows(&queue->runs[__builtin_ctz(used)], envelope))
            return (uint32_t)__builtin_ctz(used);
    if (last && goes_near_end(&queue->runs[queue->last], envelope))
        return queue->last;
    return (uint32_t)__builtin_ctz(~(uint32_t)queue->used); /* EVENT_RUNS if all are used */
}

/* Room for one more at the run's end. */
static enum error run_reserve(struct event_run *run)
{
    if (run->head <= run->capacity / 2)
        return memory_reserve((void **)&run->items, &run->capacity, run->capacity + 1,
                              sizeof *run->items);
    memmove(run->items, run->items + run->head, (run->end - run->head) * sizeof *run->items);
    run->end -= run->head;
    run->head = 0;
    return OK;
}

/* Puts the envelope into its place. Returns whether it is the run's first. */
static inline bool run_put(struct event_run *run, const struct envelope *envelope)
{
    uint32_t at = run->end++;
    for (; at > run->head && before(envelope, &run->items[at - 1]); at--)
        run->items[at] = run->items[at - 1];
    run->items[at] = *envelope;
    return at == run->head;
}

/* The first of a run that is used. */
static inline const struct envelope *run_first(const struct event_queue *queue, uint32_t at)
{
    return &queue->runs[at].items[queue->runs[at].head];
}

/* A run has a new first one: it takes its place in the order, or one nearer to the front. */
static void run_begins(struct event_queue *queue, uint32_t at)
{
    const struct envelope *first = run_first(queue, at);
    uint32_t i = 0;
    if (queue->used >> at & 1)
        while (queue->order[i] != at)
            i++;
    else
        i = queue->used_count++;
    for (; i > 0 && before(first, run_first(queue, queue->order[i - 1])); i--)
        queue->order[i] = queue->order[i - 1];
    queue->order[i] = (uint8_t)at;
    queue->used |= (uint8_t)(1u << at);
}

/* The first run of the order has lost its first one. */
static inline void run_goes_on(struct event_queue *queue, struct event_run *run)
{
    uint32_t at = queue->order[0], i = 0, last = queue->used_count - 1u;
    if (run->head < run->end) {
        const struct envelope *first = &run->items[run->head];
        for (; i < last && before(run_first(queue, queue->order[i + 1]), first); i++)
            queue->order[i] = queue->order[i + 1];
        queue->order[i] = (uint8_t)at;
        return;
    }
    run->head = run->end = 0;
    queue->used &= (uint8_t) ~(1u << at);
    queue->used_count--;
    for (; i < last; i++)
        queue->order[i] = queue->order[i + 1];
}

/* ---- the queue ----------------------------------------------------------------------------- */

static inline void find_first(struct event_queue *queue)
{
    queue->first = queue->used_count ? run_first(queue, queue->order[0]) : NULL;
    queue->in_rest = false;
    const struct envelope *rest = heap_first(&queue->rest);
    if (!rest || (queue->first && !before(rest, queue->first)))
        return;
    queue->first = rest;
    queue->in_rest = true;
}

static enum error push_elsewhere(struct event_queue *queue, const struct envelope *envelope)
{
    uint32_t at = choose(queue, envelope);
    if (at == EVENT_RUNS) {
        if (heap_push(&queue->rest, envelope, sizeof *envelope, before))
            return ERROR_MEMORY;
        find_first(queue);
        return OK;
    }
    struct event_run *run = &queue->runs[at];
    bool full = run->end == run->capacity;
    if (full && run_reserve(run))
        return ERROR_MEMORY;
    queue->last = (uint8_t)at;
    bool begins = run_put(run, envelope);
    if (begins)
        run_begins(queue, at);
    if (begins || full) /* its place in memory may be another one */
        find_first(queue);
    return OK;
}

enum error event_queue_push(struct event_queue *queue, const struct envelope *envelope)
{
    struct event_run *last = &queue->runs[queue->last];
    must(envelope->at_ns >= 0);
    if (last->head < last->end && last->end < last->capacity && follows(last, envelope))
        last->items[last->end++] = *envelope;
    else if (push_elsewhere(queue, envelope))
        return ERROR_MEMORY;
    queue->count++;
    queue->lively += is_lively(envelope);
    return OK;
}

static OUT_OF_LINE void pop_rest(struct event_queue *queue, struct envelope *first)
{
    heap_pop(&queue->rest, first, sizeof *first, before);
}

void event_queue_pop(struct event_queue *queue, struct envelope *first)
{
    must(queue->count > 0);
    queue->count--;
    queue->lively -= is_lively(queue->first);
    if (queue->in_rest) {
        pop_rest(queue, first);
    } else {
        struct event_run *run = &queue->runs[queue->order[0]];
        *first = run->items[run->head++];
        run_goes_on(queue, run);
    }
    find_first(queue);
}

void event_queue_close(struct event_queue *queue)
{
    struct envelope *rest = queue->rest.items;
    for (size_t i = 0; i < queue->rest.count; i++)
        envelope_clear(&rest[i]);
    for (uint32_t at = 0; at < EVENT_RUNS; at++) {
        struct event_run *run = &queue->runs[at];
        for (uint32_t i = run->head; i < run->end; i++)
            envelope_clear(&run->items[i]);
        memory_free(run->items);
    }
    heap_close(&queue->rest);
    *queue = (struct event_queue){.count = 0};
}

bool event_queue_any(const struct event_queue *queue,
                     bool (*picks)(void *context, const struct envelope *envelope), void *context)
{
    const struct envelope *rest = queue->rest.items;
    for (size_t i = 0; i < queue->rest.count; i++)
        if (picks(context, &rest[i]))
            return true;
    for (uint32_t at = 0; at < EVENT_RUNS; at++)
        for (uint32_t i = queue->runs[at].head; i < queue->runs[at].end; i++)
            if (picks(context, &queue->runs[at].items[i]))
                return true;
    return false;
}

static bool count_message(void *count, const struct envelope *envelope)
{
    *(uint32_t *)count += !envelope_is_local(envelope);
    return false;
}

uint32_t event_queue_messages(const struct event_queue *queue)
{
    uint32_t count = 0;
    event_queue_any(queue, count_message, &count);
    return count;
}

enum error event_queue_remove(struct event_queue *queue,
                              bool (*picks)(void *context, const struct envelope *envelope),
                              void (*take)(void *context, struct envelope *envelope), void *context)
{
    struct event_queue kept = {.count = 0};
    enum error error = OK;
    if (!event_queue_any(queue, picks, context))
        return OK; /* mostly it is so */
    while (queue->count && !error) {
        struct envelope envelope;
        event_queue_pop(queue, &envelope);
        if (picks(context, &envelope))
            take(context, &envelope);
        else if ((error = event_queue_push(&kept, &envelope)))
            envelope_clear(&envelope);
    }
    event_queue_close(queue);
    if (error)
        event_queue_close(&kept);
    *queue = kept;
    return error;
}
