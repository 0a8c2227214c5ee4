#include "scenario/agenda.h"

#include "core/memory.h"

/* Actions come after all ends of faults of their instant. */
#define ORDER_ACTIONS (UINT64_C(1) << 63)

void agenda_init(struct agenda *agenda)
{
    *agenda = (struct agenda){0};
}

void agenda_close(struct agenda *agenda)
{
    memory_free(agenda->heap);
}

static bool before(const struct item *a, const struct item *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error agenda_add(struct agenda *agenda, struct item item)
{
    if (memory_reserve((void **)&agenda->heap, &agenda->capacity, agenda->count + 1,
                       sizeof *agenda->heap))
        return ERROR_MEMORY;
    item.order = item.ends_fault ? agenda->ends++ : ORDER_ACTIONS | item.index;
    size_t at = agenda->count++;
    while (at > 0 && before(&item, &agenda->heap[(at - 1) / 2])) {
        agenda->heap[at] = agenda->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->heap[at] = item;
    return OK;
}

const struct item *agenda_first(const struct agenda *agenda)
{
    return agenda->count ? agenda->heap : NULL;
}

struct item agenda_pop(struct agenda *agenda)
{
    must(agenda->count > 0);
    struct item first = agenda->heap[0];
    struct item moving = agenda->heap[--agenda->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < agenda->count; at = child) {
        if (child + 1 < agenda->count && before(&agenda->heap[child + 1], &agenda->heap[child]))
            child++;
        if (!before(&agenda->heap[child], &moving))
            break;
        agenda->heap[at] = agenda->heap[child];
    }
    if (agenda->count)
        agenda->heap[at] = moving;
    return first;
}

int64_t agenda_bound_ns(const struct agenda *agenda)
{
    const struct item *item = agenda_first(agenda);
    if (!item)
        return TIME_NEVER;
    return item->at_ns + (item->action->kind == ACTION_EXPECT);
}
