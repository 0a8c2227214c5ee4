#include "virtual/thread_pool.h"

#include "support/suite.h"

#include <pthread.h>
#include <string.h>

#ifdef THREAD_POOL_MIXED
#define MIXED true /* in such a build threads are woken at random */
#else
#define MIXED false
#endif

#define NODES   5u
#define THREADS 3u

struct seen {
    uint32_t runs[NODES];
    uint32_t by[NODES];
    uint64_t events; /* of each call */
    pthread_barrier_t *together;
};

static uint64_t work(void *context, const node_id *at, uint32_t count, uint32_t thread)
{
    struct seen *seen = context;
    for (uint32_t i = 0; i < count; i++) {
        seen->runs[at[i]]++;
        seen->by[at[i]] = thread;
    }
    if (seen->together && !MIXED)
        pthread_barrier_wait(seen->together);
    return seen->events * count;
}

static const node_id nodes[NODES] = {0, 1, 2, 3, 4};

static void every_node_is_run_once_by_one_of_the_threads(void)
{
    struct thread_pool *pool = thread_pool_new(THREADS, THREADS);
    for (uint32_t window = 0; window < 200; window++) {
        struct seen seen = {.events = window % 2 ? 1 : 100000};
        thread_pool_run(pool, nodes, NODES, work, &seen);
        for (uint32_t i = 0; i < NODES; i++) {
            CU_ASSERT_EQUAL(seen.runs[i], 1);
            CU_ASSERT_TRUE(seen.by[i] < THREADS);
        }
    }
    thread_pool_delete(pool);
}

static void nothing_is_run_where_there_are_no_nodes(void)
{
    struct thread_pool *pool = thread_pool_new(THREADS, THREADS);
    struct seen seen = {.events = 1};
    thread_pool_run(pool, nodes, 0, work, &seen);
    for (uint32_t i = 0; i < NODES; i++)
        CU_ASSERT_EQUAL(seen.runs[i], 0);
    thread_pool_delete(pool);
}

static void little_work_is_done_by_the_caller_alone(void)
{
    struct thread_pool *pool = thread_pool_new(THREADS, THREADS);
    struct seen seen = {.events = 3};
    for (uint32_t window = 0; window < 200; window++) {
        thread_pool_run(pool, nodes, NODES, work, &seen);
        for (uint32_t i = 0; i < NODES; i++)
            CU_ASSERT_TRUE(MIXED || seen.by[i] == 0);
    }
    thread_pool_delete(pool);
}

/* Each call returns only when another one has begun: one thread alone would wait for ever. */
static void much_work_is_shared_from_the_next_window_on(void)
{
    struct thread_pool *pool = thread_pool_new(2, 2);
    pthread_barrier_t together;
    struct seen seen = {.events = 100000};
    pthread_barrier_init(&together, NULL, 2);
    thread_pool_run(pool, nodes, 2, work, &seen);
    seen.together = &together;
    thread_pool_run(pool, nodes, 2, work, &seen);
    CU_ASSERT_TRUE(MIXED || seen.by[0] != seen.by[1]);
    pthread_barrier_destroy(&together);
    thread_pool_delete(pool);
}

static void no_more_threads_work_than_there_are_cores(void)
{
    struct thread_pool *pool = thread_pool_new(THREADS, 1);
    struct seen seen = {.events = 100000};
    for (uint32_t window = 0; window < 20; window++) {
        thread_pool_run(pool, nodes, NODES, work, &seen);
        for (uint32_t i = 0; i < NODES; i++)
            CU_ASSERT_TRUE(MIXED || seen.by[i] == 0);
    }
    thread_pool_delete(pool);
}

SUITE(virtual_thread_pool, TEST(every_node_is_run_once_by_one_of_the_threads),
      TEST(nothing_is_run_where_there_are_no_nodes), TEST(little_work_is_done_by_the_caller_alone),
      TEST(much_work_is_shared_from_the_next_window_on),
      TEST(no_more_threads_work_than_there_are_cores));
