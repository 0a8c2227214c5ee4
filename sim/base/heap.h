/* A binary heap: an array of items of one size whose first item comes before all others.
 *
 * The functions are generic and always inlined: with a constant `size` and a `before` that the
 * compiler sees, each call becomes the code that one would write by hand for that type.
 *
 *     static inline bool before(const void *left, const void *right)
 *     {
 *         const struct timer *a = left, *b = right;
 *         return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
 *     }
 *     struct heap timers = {0};
 *     error = heap_push(&timers, &timer, sizeof timer, before);
 *     while (timers.count)
 *         heap_pop(&timers, &timer, sizeof timer, before);
 *
 * `before` is a strict order. Items of which neither comes before the other leave in an order that
 * depends on the heap's history: where that matters, the key must tell any two items apart.
 *
 * It finds no item by its key and moves none whose key changes. The event queue's tournament over
 * nodes (virtual/tournament.c) is another structure: it sets any node's time and lists all nodes
 * below a time in the order of their numbers, which a heap could do by removing and sorting them
 * only. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/base.h"
#include "base/memory.h"

#include <string.h>

#define HEAP_INLINE static inline __attribute__((always_inline))

/* Zeros are an empty heap. `items` may be read as an array of the item's type. */
struct heap {
    void *items;
    size_t count;
    size_t capacity;
};

/* Frees the array and makes the heap empty. What the items own is the caller's to free before. */
static inline void heap_close(struct heap *heap)
{
    memory_free(heap->items);
    *heap = (struct heap){0};
}

/* The first item, or NULL if there is none. Valid until the next push or pop. */
static inline void *heap_first(const struct heap *heap)
{
    return heap->count ? heap->items : NULL;
}

/* For arrays that are kept without a struct heap: puts `item` at the place `at`, which is free, or
 * at an ancestor's, so that items[0..at] are a heap if they were one without it. `item` lies
 * outside of them. */
HEAP_INLINE void heap_sift_up(void *items, size_t at, const void *item, size_t size,
                              bool (*before)(const void *, const void *))
{
    char *base = items;
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!before(item, base + parent * size))
            break;
        memcpy(base + at * size, base + parent * size, size);
    }
    memcpy(base + at * size, item, size);
}

/* Likewise: puts `item` at the place `at` < count, which is free, or at a descendant's, where
 * everything below `at` is a heap already. `item` lies outside of items[0..count - 1]: it may be
 * items[count], or a copy. */
HEAP_INLINE void heap_sift_down(void *items, size_t count, size_t at, const void *item, size_t size,
                                bool (*before)(const void *, const void *))
{
    char *base = items;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(base + (child + 1) * size, base + child * size))
            child++;
        if (!before(base + child * size, item))
            break;
        memcpy(base + at * size, base + child * size, size);
    }
    memcpy(base + at * size, item, size);
}

/* Adds a copy of the item. ERROR_MEMORY: nothing has changed, and what the item owns is still the
 * caller's. */
HEAP_INLINE enum error heap_push(struct heap *heap, const void *item, size_t size,
                                 bool (*before)(const void *, const void *))
{
    if (memory_reserve(&heap->items, &heap->capacity, heap->count + 1, size))
        return ERROR_MEMORY;
    heap_sift_up(heap->items, heap->count++, item, size, before);
    return OK;
}

/* Moves the first item to `first`. The heap is not empty.
 *
 * What fills the gap is the last item, which mostly belongs near the bottom again: so the gap goes
 * down by the lesser children alone, and the item up from there (Floyd's way; Wegener, "Bottom-up
 * heapsort", 1993). That is half the comparisons. */
HEAP_INLINE void heap_pop(struct heap *heap, void *first, size_t size,
                          bool (*before)(const void *, const void *))
{
    must(heap->count > 0);
    char *base = heap->items;
    size_t count = --heap->count, gap = 0;
    memcpy(first, base, size);
    for (size_t child; (child = 2 * gap + 2) < count; gap = child) {
        child -= before(base + (child - 1) * size, base + child * size);
        memcpy(base + gap * size, base + child * size, size);
    }
    if (2 * gap + 1 < count) {
        memcpy(base + gap * size, base + (2 * gap + 1) * size, size);
        gap = 2 * gap + 1;
    }
    if (gap < count)
        heap_sift_up(base, gap, base + count * size, size, before);
}

/* An item on its way, for the two below. */
union heap_item {
    max_align_t align;
    char bytes[64];
};

/* Makes a heap of the array as it is, in linear time (Floyd). */
HEAP_INLINE void heap_build(void *items, size_t count, size_t size,
                            bool (*before)(const void *, const void *))
{
    union heap_item moving;
    must(size <= sizeof moving);
    for (size_t i = count / 2; i-- > 0;) {
        memcpy(&moving, (char *)items + i * size, size);
        heap_sift_down(items, count, i, &moving, size, before);
    }
}

/* Sorts in place: of two items the one that is after the other goes behind it. Not stable. */
HEAP_INLINE void heap_sort(void *items, size_t count, size_t size,
                           bool (*after)(const void *, const void *))
{
    union heap_item moving;
    heap_build(items, count, size, after);
    for (size_t last = count; last-- > 1;) {
        char *end = (char *)items + last * size;
        memcpy(&moving, end, size);
        memcpy(end, items, size);
        heap_sift_down(items, last, 0, &moving, size, after);
    }
}

#endif
