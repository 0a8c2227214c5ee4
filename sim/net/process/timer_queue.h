/* What a node's process has to do later: the ends of loads and turns, and clients' next requests.
 * In order of time, and of coming in among equals. */
#ifndef NET_PROCESS_TIMER_QUEUE_H
#define NET_PROCESS_TIMER_QUEUE_H

#include "base/text.h"

enum timer_kind {
    TIMER_LOADED, /* code: whether it succeeded; slot, subject: the worker; text: its value */
    TIMER_WORKED, /* slot, subject: the worker */
    TIMER_ASKS,   /* subject: the client or source that asks */
};

struct timer {
    int64_t at_ns;
    uint64_t order; /* timer_queue_add sets it */
    uint8_t kind;   /* enum timer kind */
    bool code;
    uint32_t slot;
    uint64_t subject;
    struct text text; /* owned */
};

/* Zeros are an empty one. */
struct timer_queue {
    struct timer *heap;
    size_t count;
    size_t capacity;
    uint64_t added;
};

void timer_queue_close(struct timer_queue *timer_queue);

/* ERROR_MEMORY: the text is still the caller's. */
enum error timer_queue_add(struct timer_queue *timer_queue, struct timer later);

/* When the first is due; TIME_NEVER if there is none. */
int64_t timer_queue_next_ns(const struct timer_queue *timer_queue);

/* Takes the first; there is one. */
struct timer timer_queue_pop(struct timer_queue *timer_queue);

#endif
