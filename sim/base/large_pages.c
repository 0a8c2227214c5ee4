#include "base/large_pages.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of Linux 6.1; earlier ones refuse it, and do the same in their own time. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define LARGE_PAGE ((uintptr_t)2 << 20)

/* A smaller heap has its pages' addresses in the processor, or nearly so. */
#define GROWN_MUCH ((uintptr_t)16 << 20)

/* The whole large pages between the two. */
static void advise(uintptr_t begin, uintptr_t end, int advice)
{
    begin = (begin + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    end &= ~(LARGE_PAGE - 1);
    if (begin < end)
        (void)madvise((void *)begin, end - begin, advice); /* refused: small pages do as well */
}

void large_pages_for_heap(void)
{
    static atomic_uintptr_t advised; /* up to here */
    uintptr_t begin = atomic_load(&advised), end = (uintptr_t)sbrk(0) & ~(LARGE_PAGE - 1);
    if (begin && (end < begin || end - begin < GROWN_MUCH))
        return;
    if (!atomic_compare_exchange_strong(&advised, &begin, begin ? end : end + LARGE_PAGE) || !begin)
        return;
    advise(begin, end, MADV_HUGEPAGE);
    advise(begin, end, MADV_COLLAPSE);
}

void large_pages_for_block(void *block, size_t size)
{
    advise((uintptr_t)block, (uintptr_t)block + size, MADV_HUGEPAGE);
}
