#include "virtual/merge.h"

#include "base/memory.h"

struct cursor {
    int64_t t_ns;
    uint64_t order; /* step << 32 | node */
    const struct record *next;
    const struct record *end;
};

void merge_init(struct merge *merge)
{
    *merge = (struct merge){0};
}

void merge_close(struct merge *merge)
{
    memory_free(merge->heap);
}

static void aim(struct cursor *cursor, node_id node)
{
    cursor->t_ns = cursor->next->t_ns;
    cursor->order = (uint64_t)cursor->next->step << 32 | node;
}

static bool before(const struct cursor *a, const struct cursor *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->order < b->order;
}

static void sift_down(struct cursor *heap, uint32_t count, uint32_t at)
{
    struct cursor moving = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &moving))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

static uint32_t fill(struct merge *merge, const struct stream *streams, const node_id *nodes,
                     uint32_t count)
{
    uint32_t filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct stream *stream = &streams[nodes[i]];
        if (!stream->count)
            continue;
        struct cursor *cursor = &merge->heap[filled++];
        cursor->next = stream->records;
        cursor->end = stream->records + stream->count;
        aim(cursor, nodes[i]);
    }
    for (uint32_t i = filled / 2; i-- > 0;)
        sift_down(merge->heap, filled, i);
    return filled;
}

enum error merge_streams(struct merge *merge, const struct stream *streams, const node_id *nodes,
                         uint32_t count, void (*take)(void *context, const struct record *record),
                         void *context)
{
    if (memory_reserve((void **)&merge->heap, &merge->heap_capacity, count, sizeof *merge->heap))
        return ERROR_MEMORY;
    uint32_t left = fill(merge, streams, nodes, count);
    while (left) {
        struct cursor *first = &merge->heap[0];
        node_id node = (node_id)first->order;
        int64_t t_ns = first->t_ns;
        uint64_t order = first->order;
        do /* all of this node in this step: nothing can come between */
            take(context, first->next++);
        while (first->next < first->end && first->next->t_ns == t_ns &&
               first->next->step == order >> 32);
        if (first->next < first->end)
            aim(first, node);
        else
            *first = merge->heap[--left];
        if (left)
            sift_down(merge->heap, left, 0);
    }
    return OK;
}
