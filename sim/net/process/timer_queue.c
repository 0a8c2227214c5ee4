#include "net/process/timer_queue.h"

#include "base/memory.h"

void timer_queue_close(struct timer_queue *timer_queue)
{
    for (size_t i = 0; i < timer_queue->count; i++)
        text_clear(&timer_queue->heap[i].text);
    memory_free(timer_queue->heap);
    *timer_queue = (struct timer_queue){0};
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error timer_queue_add(struct timer_queue *timer_queue, struct timer later)
{
    if (memory_reserve((void **)&timer_queue->heap, &timer_queue->capacity, timer_queue->count + 1,
                       sizeof *timer_queue->heap))
        return ERROR_MEMORY;
    later.order = timer_queue->added++;
    size_t at = timer_queue->count++;
    while (at > 0 && before(&later, &timer_queue->heap[(at - 1) / 2])) {
        timer_queue->heap[at] = timer_queue->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    timer_queue->heap[at] = later;
    return OK;
}

int64_t timer_queue_next_ns(const struct timer_queue *timer_queue)
{
    return timer_queue->count ? timer_queue->heap[0].at_ns : TIME_NEVER;
}

struct timer timer_queue_pop(struct timer_queue *timer_queue)
{
    must(timer_queue->count > 0);
    struct timer first = timer_queue->heap[0];
    struct timer moving = timer_queue->heap[--timer_queue->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < timer_queue->count; at = child) {
        if (child + 1 < timer_queue->count &&
            before(&timer_queue->heap[child + 1], &timer_queue->heap[child]))
            child++;
        if (!before(&timer_queue->heap[child], &moving))
            break;
        timer_queue->heap[at] = timer_queue->heap[child];
    }
    if (timer_queue->count)
        timer_queue->heap[at] = moving;
    return first;
}
