#include "support/memory_fail.h"

#include <CUnit/CUnit.h>

#include <stdatomic.h>
#include <stdlib.h>

static atomic_long calls, blocks;
static long fail_at;
static bool fail_on;

void memory_fail_at(long nth, bool for_good)
{
    fail_at = nth;
    fail_on = for_good;
    atomic_store(&calls, 0);
}

long memory_fail_calls(void)
{
    return atomic_load(&calls);
}

long memory_fail_blocks(void)
{
    return atomic_load(&blocks);
}

long memory_fail_each(enum error (*attempt)(const char *text), const char *text, enum error outcome,
                      bool for_good)
{
    for (long nth = 1;; nth++) {
        memory_fail_at(nth, for_good);
        enum error error = attempt(text);
        bool over = memory_fail_calls() < nth;
        memory_fail_at(0, false);
        CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
        CU_ASSERT_EQUAL(error, over ? outcome : ERROR_MEMORY);
        if (over)
            return nth - 1;
    }
}

static bool fails(void)
{
    long call = atomic_fetch_add(&calls, 1) + 1;
    return fail_at > 0 && (call == fail_at || (fail_on && call > fail_at));
}

static void *failing_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    void *block = realloc(old, size);
    if (block && !old)
        atomic_fetch_add(&blocks, 1);
    return block;
}

static void *failing_calloc(size_t count, size_t size)
{
    if (fails())
        return NULL;
    void *block = calloc(count, size);
    if (block)
        atomic_fetch_add(&blocks, 1);
    return block;
}

static void counting_free(void *block)
{
    if (block)
        atomic_fetch_sub(&blocks, 1);
    free(block);
}

/* What is tested is the product's own memory.c, not a copy that could differ from it. */
#define realloc failing_realloc
#define calloc  failing_calloc
#define free    counting_free
#include "base/memory.c"
