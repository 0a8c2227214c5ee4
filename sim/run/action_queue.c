#include "run/action_queue.h"

#include "base/memory.h"

/* Actions come after all ends of faults of their instant. */
#define ORDER_ACTIONS (UINT64_C(1) << 63)

void action_queue_init(struct action_queue *action_queue)
{
    *action_queue = (struct action_queue){0};
}

void action_queue_close(struct action_queue *action_queue)
{
    memory_free(action_queue->heap);
}

static bool before(const struct item *a, const struct item *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error action_queue_add(struct action_queue *action_queue, struct item item)
{
    if (memory_reserve((void **)&action_queue->heap, &action_queue->capacity,
                       action_queue->count + 1, sizeof *action_queue->heap))
        return ERROR_MEMORY;
    item.order = item.ends_fault ? action_queue->ends++ : ORDER_ACTIONS | item.index;
    size_t at = action_queue->count++;
    while (at > 0 && before(&item, &action_queue->heap[(at - 1) / 2])) {
        action_queue->heap[at] = action_queue->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    action_queue->heap[at] = item;
    return OK;
}

const struct item *action_queue_first(const struct action_queue *action_queue)
{
    return action_queue->count ? action_queue->heap : NULL;
}

struct item action_queue_pop(struct action_queue *action_queue)
{
    must(action_queue->count > 0);
    struct item first = action_queue->heap[0];
    struct item moving = action_queue->heap[--action_queue->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < action_queue->count; at = child) {
        if (child + 1 < action_queue->count &&
            before(&action_queue->heap[child + 1], &action_queue->heap[child]))
            child++;
        if (!before(&action_queue->heap[child], &moving))
            break;
        action_queue->heap[at] = action_queue->heap[child];
    }
    if (action_queue->count)
        action_queue->heap[at] = moving;
    return first;
}

int64_t action_queue_bound_ns(const struct action_queue *action_queue)
{
    const struct item *item = action_queue_first(action_queue);
    if (!item)
        return TIME_NEVER;
    return item->at_ns + (item->action->kind == ACTION_EXPECT);
}
