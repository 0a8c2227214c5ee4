#include "run/action_queue.h"

#include "base/memory.h"

/* Actions come after all ends of faults of their instant. */
#define ORDER_ACTIONS (UINT64_C(1) << 63)

void action_queue_init(struct action_queue *queue)
{
    *queue = (struct action_queue){0};
}

void action_queue_close(struct action_queue *queue)
{
    memory_free(queue->heap);
}

static bool before(const struct queued_action *a, const struct queued_action *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error action_queue_add(struct action_queue *queue, struct queued_action queued)
{
    if (memory_reserve((void **)&queue->heap, &queue->capacity, queue->count + 1,
                       sizeof *queue->heap))
        return ERROR_MEMORY;
    queued.order = queued.reverts ? queue->ends++ : ORDER_ACTIONS | queued.index;
    size_t at = queue->count++;
    while (at > 0 && before(&queued, &queue->heap[(at - 1) / 2])) {
        queue->heap[at] = queue->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->heap[at] = queued;
    return OK;
}

const struct queued_action *action_queue_first(const struct action_queue *queue)
{
    return queue->count ? queue->heap : NULL;
}

struct queued_action action_queue_pop(struct action_queue *queue)
{
    must(queue->count > 0);
    struct queued_action first = queue->heap[0];
    struct queued_action moving = queue->heap[--queue->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < queue->count; at = child) {
        if (child + 1 < queue->count && before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!before(&queue->heap[child], &moving))
            break;
        queue->heap[at] = queue->heap[child];
    }
    if (queue->count)
        queue->heap[at] = moving;
    return first;
}

int64_t action_queue_bound_ns(const struct action_queue *queue)
{
    const struct queued_action *queued = action_queue_first(queue);
    if (!queued)
        return TIME_NEVER;
    return queued->at_ns + (queued->action->kind == ACTION_EXPECT);
}
