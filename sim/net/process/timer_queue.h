/* What a node's process has to do later: the ends of loads and turns, and clients' next requests.
 * In order of time, and of coming in among equals. */
#ifndef NET_PROCESS_TIMER_QUEUE_H
#define NET_PROCESS_TIMER_QUEUE_H

#include "base/heap.h"
#include "base/text.h"

enum timer_kind {
    TIMER_LOADED,  /* code: whether it succeeded; slot, subject: the worker; text: its value */
    TIMER_WORKED,  /* slot, subject: the worker */
    TIMER_REFUSED, /* slot, subject: the worker whose turn could not begin */
    TIMER_ASKS,    /* subject: the client that asks */
};

struct timer {
    int64_t at_ns;
    uint64_t order; /* timer_queue_add sets it */
    uint8_t kind;   /* enum timer_kind */
    bool code;
    uint32_t slot;
    uint64_t subject;
    struct text text; /* owned */
};

/* Zeros are an empty one. */
struct timer_queue {
    struct heap heap; /* of struct timer */
    uint64_t added;
};

static inline bool timer_before(const void *left, const void *right)
{
    const struct timer *a = left, *b = right;
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

/* Frees the texts that were not taken, and makes the queue empty. */
static inline void timer_queue_close(struct timer_queue *queue)
{
    struct timer *timers = queue->heap.items;
    for (size_t i = 0; i < queue->heap.count; i++)
        text_clear(&timers[i].text);
    heap_close(&queue->heap);
    queue->added = 0;
}

/* ERROR_MEMORY: the text is still the caller's. */
static inline enum error timer_queue_add(struct timer_queue *queue, struct timer timer)
{
    timer.order = queue->added++;
    return heap_push(&queue->heap, &timer, sizeof timer, timer_before);
}

/* When the first is due; TIME_NEVER if there is none. */
static inline int64_t timer_queue_next_ns(const struct timer_queue *queue)
{
    const struct timer *first = heap_first(&queue->heap);
    return first ? first->at_ns : TIME_NEVER;
}

/* Takes the first; there is one. */
static inline struct timer timer_queue_pop(struct timer_queue *queue)
{
    struct timer first;
    heap_pop(&queue->heap, &first, sizeof first, timer_before);
    return first;
}

#endif
