#include "run/action_queue.h"

/* Actions come after all ends of faults of their instant. */
#define ORDER_ACTIONS (UINT64_C(1) << 63)

void action_queue_init(struct action_queue *queue)
{
    *queue = (struct action_queue){0};
}

void action_queue_close(struct action_queue *queue)
{
    heap_close(&queue->heap);
}

static inline bool before(const void *left, const void *right)
{
    const struct queued_action *a = left, *b = right;
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error action_queue_add(struct action_queue *queue, struct queued_action queued)
{
    queued.order = queued.reverts ? queue->ends : ORDER_ACTIONS | queued.index;
    if (heap_push(&queue->heap, &queued, sizeof queued, before))
        return ERROR_MEMORY;
    queue->ends += queued.reverts;
    return OK;
}

const struct queued_action *action_queue_first(const struct action_queue *queue)
{
    return heap_first(&queue->heap);
}

struct queued_action action_queue_pop(struct action_queue *queue)
{
    struct queued_action first;
    heap_pop(&queue->heap, &first, sizeof first, before);
    return first;
}

int64_t action_queue_bound_ns(const struct action_queue *queue)
{
    const struct queued_action *queued = action_queue_first(queue);
    if (!queued)
        return TIME_NEVER;
    return queued->at_ns + (queued->action->kind == ACTION_EXPECT);
}
