#include "virtual/thread_pool.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/random.h"
#include "virtual/sharing.h"

#include <pthread.h>
#include <stdatomic.h>

#ifdef THREAD_POOL_MIXED
#define SPINS 0
#else
/* So often a thread looks for work before it sleeps. Waking one costs 5 to 40 us, a look some
 * nanoseconds. */
#define SPINS 2000
#endif

/* A thread is woken for so many events at the least: they take it 10 us or more. */
#define EVENTS_EACH 64u

/* Each thread takes its nodes in about so many parts: the last ones are short. */
#define PARTS_EACH 4u

struct pool_thread {
    struct thread_pool *pool;
    uint32_t number;
    pthread_t handle;
    pthread_mutex_t mutex;
    pthread_cond_t called;
    atomic_uint calls; /* windows it was called for; changed under the mutex */
    uint64_t done;     /* in the last one */
};

struct thread_pool {
    uint32_t threads;
    uint32_t cores;
    struct pool_thread *all; /* [0] is the caller's, which is never called */
    uint32_t started;        /* of them, [0] included */
    uint64_t usual;          /* events in a window: a moving average, times 8 */
    uint64_t windows;        /* so far */
    struct sharing sharing;  /* of those that have events for more threads than one */
    atomic_bool ends;

    const node_id *nodes;
    uint32_t count;
    uint32_t part; /* nodes that a thread takes at once */
    thread_pool_work *work;
    void *context;
    atomic_uint taken;

    atomic_uint unfinished; /* threads called that have not finished */
    pthread_mutex_t mutex;
    pthread_cond_t finished;
};

/* ---- a thread ------------------------------------------------------------------------------ */

static uint64_t take_nodes(struct thread_pool *pool, uint32_t thread)
{
    uint64_t done = 0;
    for (;;) {
        uint32_t i = atomic_fetch_add_explicit(&pool->taken, pool->part, memory_order_relaxed);
        if (i >= pool->count)
            return done;
        uint32_t some = min_u32(pool->part, pool->count - i);
        done += pool->work(pool->context, pool->nodes + i, some, thread);
    }
}

static unsigned await_call(struct pool_thread *thread, unsigned seen)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load_explicit(&thread->calls, memory_order_acquire) != seen)
            return seen + 1;
    pthread_mutex_lock(&thread->mutex);
    while (atomic_load_explicit(&thread->calls, memory_order_acquire) == seen)
        pthread_cond_wait(&thread->called, &thread->mutex);
    pthread_mutex_unlock(&thread->mutex);
    return seen + 1;
}

static void report_finished(struct thread_pool *pool)
{
    if (atomic_fetch_sub_explicit(&pool->unfinished, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->finished);
    pthread_mutex_unlock(&pool->mutex);
}

static void *run(void *argument)
{
    struct pool_thread *thread = argument;
    struct thread_pool *pool = thread->pool;
    for (unsigned seen = 0;;) {
        seen = await_call(thread, seen);
        if (atomic_load_explicit(&pool->ends, memory_order_acquire))
            return NULL;
        thread->done = take_nodes(pool, thread->number);
        report_finished(pool);
    }
}

/* ---- the caller ---------------------------------------------------------------------------- */

static void call(struct pool_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    atomic_fetch_add_explicit(&thread->calls, 1, memory_order_release);
    pthread_cond_signal(&thread->called);
    pthread_mutex_unlock(&thread->mutex);
}

static void await_all(struct thread_pool *pool)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load_explicit(&pool->unfinished, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->unfinished, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->finished, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static bool start_thread(struct thread_pool *pool, uint32_t number)
{
    struct pool_thread *thread = &pool->all[number];
    *thread = (struct pool_thread){.pool = pool, .number = number};
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->called, NULL);
    if (!pthread_create(&thread->handle, NULL, run, thread))
        return true;
    pthread_mutex_destroy(&thread->mutex);
    pthread_cond_destroy(&thread->called);
    return false;
}

/* How many threads the window has events for, the caller included. */
static uint32_t most_paid(const struct thread_pool *pool, uint32_t count)
{
    uint32_t most = min_u32(pool->threads, count);
#ifdef THREAD_POOL_MIXED
    return 1 + (uint32_t)(random_mix(pool->windows) % most);
#else
    uint64_t paid = pool->usual / 8 / EVENTS_EACH;
    most = min_u32(most, pool->cores);
    return paid < most ? max_u32((uint32_t)paid, 1) : most;
#endif
}

/* Starts threads until there are `wanted`; returns how many there are, up to that. */
static uint32_t start_threads(struct thread_pool *pool, uint32_t wanted)
{
    while (pool->started < wanted && start_thread(pool, pool->started))
        pool->started++;
    return min_u32(wanted, pool->started);
}

static uint64_t run_shared(struct thread_pool *pool, uint32_t threads)
{
    pool->part = max_u32(pool->count / (threads * PARTS_EACH), 1);
    atomic_store_explicit(&pool->taken, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->unfinished, threads - 1, memory_order_release);
    for (uint32_t i = 1; i < threads; i++)
        call(&pool->all[i]);
    uint64_t done = take_nodes(pool, 0);
    await_all(pool);
    for (uint32_t i = 1; i < threads; i++)
        done += pool->all[i].done;
    return done;
}

/* Runs a window that more than one thread may share, the way that is quicker. */
static uint64_t run_the_quicker_way(struct thread_pool *pool, uint32_t threads)
{
#ifdef THREAD_POOL_MIXED
    return run_shared(pool, threads);
#else
    bool measures = sharing_measures(&pool->sharing);
    int64_t begun_ns = measures ? monotonic_ns() : 0;
    uint64_t done = sharing_pays(&pool->sharing)
                        ? run_shared(pool, threads)
                        : pool->work(pool->context, pool->nodes, pool->count, 0);
    sharing_note(&pool->sharing, measures ? monotonic_ns() - begun_ns : 0, done);
    return done;
#endif
}

void thread_pool_run(struct thread_pool *pool, const node_id *nodes, uint32_t count,
                     thread_pool_work *work, void *context)
{
    if (!count)
        return;
    uint32_t threads = start_threads(pool, most_paid(pool, count));
    uint64_t done = 0;
    if (threads == 1) {
        done = work(context, nodes, count, 0);
    } else {
        pool->nodes = nodes;
        pool->count = count;
        pool->work = work;
        pool->context = context;
        done = run_the_quicker_way(pool, threads);
    }
    pool->usual += done - pool->usual / 8;
    pool->windows++;
}

/* ---- making -------------------------------------------------------------------------------- */

struct thread_pool *thread_pool_new(uint32_t threads, uint32_t cores)
{
    struct thread_pool *pool = memory_zeroed(sizeof *pool);
    if (!pool)
        return NULL;
    pool->threads = threads;
    pool->cores = cores;
    pool->started = 1;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->all = memory_zeroed(threads * sizeof *pool->all);
    if (pool->all)
        return pool;
    thread_pool_delete(pool);
    return NULL;
}

void thread_pool_delete(struct thread_pool *pool)
{
    if (!pool)
        return;
    atomic_store_explicit(&pool->ends, true, memory_order_release);
    for (uint32_t i = 1; i < pool->started; i++)
        call(&pool->all[i]);
    for (uint32_t i = 1; i < pool->started; i++) {
        pthread_join(pool->all[i].handle, NULL);
        pthread_mutex_destroy(&pool->all[i].mutex);
        pthread_cond_destroy(&pool->all[i].called);
    }
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->finished);
    memory_free(pool->all);
    memory_free(pool);
}
