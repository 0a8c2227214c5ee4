#include "net/later.h"

#include "core/memory.h"

void later_close(struct laters *laters)
{
    for (size_t i = 0; i < laters->count; i++)
        text_clear(&laters->heap[i].text);
    memory_free(laters->heap);
    *laters = (struct laters){0};
}

static bool before(const struct later *a, const struct later *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

enum error later_add(struct laters *laters, struct later later)
{
    if (memory_reserve((void **)&laters->heap, &laters->capacity, laters->count + 1,
                       sizeof *laters->heap))
        return ERROR_MEMORY;
    later.order = laters->added++;
    size_t at = laters->count++;
    while (at > 0 && before(&later, &laters->heap[(at - 1) / 2])) {
        laters->heap[at] = laters->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    laters->heap[at] = later;
    return OK;
}

int64_t later_next_ns(const struct laters *laters)
{
    return laters->count ? laters->heap[0].at_ns : TIME_NEVER;
}

struct later later_pop(struct laters *laters)
{
    must(laters->count > 0);
    struct later first = laters->heap[0];
    struct later moving = laters->heap[--laters->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < laters->count; at = child) {
        if (child + 1 < laters->count && before(&laters->heap[child + 1], &laters->heap[child]))
            child++;
        if (!before(&laters->heap[child], &moving))
            break;
        laters->heap[at] = laters->heap[child];
    }
    if (laters->count)
        laters->heap[at] = moving;
    return first;
}
