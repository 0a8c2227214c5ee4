#include "virtual/thread_pool.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* So often a thread looks for work before it sleeps. Waking one costs 5 to 40 us, a look some
 * nanoseconds; where there are more threads than cores, each look takes a core from a thread that
 * works. */
#define SPINS 2000

struct pool_thread {
    struct thread_pool *pool;
    uint32_t index;
    pthread_t handle;
    pthread_mutex_t mutex;
    pthread_cond_t called;
    atomic_uint calls; /* windows it was called for; changed under the mutex */
    bool active;       /* called for the window at hand; the caller's own */
};

struct thread_pool {
    uint32_t threads;
    bool spins;
    struct pool_thread *all;
    uint32_t started;
    atomic_bool ends;

    const node_id *nodes;
    uint32_t count;
    void (*work)(void *context, node_id node);
    void *context;

    atomic_uint unfinished; /* threads called that have not finished */
    pthread_mutex_t mutex;
    pthread_cond_t finished;
};

static void do_share(struct thread_pool *pool, uint32_t index)
{
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->nodes[i] % pool->threads == index)
            pool->work(pool->context, pool->nodes[i]);
}

static unsigned await_call(struct pool_thread *thread, unsigned seen)
{
    for (int i = 0; thread->pool->spins && i < SPINS; i++)
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
        do_share(pool, thread->index);
        report_finished(pool);
    }
}

static void call(struct pool_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    atomic_fetch_add_explicit(&thread->calls, 1, memory_order_release);
    pthread_cond_signal(&thread->called);
    pthread_mutex_unlock(&thread->mutex);
}

static void await_all(struct thread_pool *pool)
{
    for (int i = 0; pool->spins && i < SPINS; i++)
        if (atomic_load_explicit(&pool->unfinished, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->unfinished, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->finished, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

void thread_pool_run(struct thread_pool *pool, const node_id *nodes, uint32_t count,
                     void (*work)(void *context, node_id node), void *context)
{
    pool->nodes = nodes;
    pool->count = count;
    pool->work = work;
    pool->context = context;
    if (pool->threads == 1) {
        do_share(pool, 0);
        return;
    }
    unsigned active = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct pool_thread *thread = &pool->all[nodes[i] % pool->threads];
        active += !thread->active;
        thread->active = true;
    }
    if (active == 1) { /* takes less time than waking its thread */
        uint32_t index = nodes[0] % pool->threads;
        pool->all[index].active = false;
        do_share(pool, index);
        return;
    }
    atomic_store_explicit(&pool->unfinished, active, memory_order_release);
    for (uint32_t i = 0; i < pool->threads; i++) {
        if (pool->all[i].active)
            call(&pool->all[i]);
        pool->all[i].active = false;
    }
    await_all(pool);
}

static bool start_thread(struct thread_pool *pool, uint32_t index)
{
    struct pool_thread *thread = &pool->all[index];
    thread->pool = pool;
    thread->index = index;
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->called, NULL);
    errno = pthread_create(&thread->handle, NULL, run, thread);
    if (errno == 0)
        return true;
    pthread_mutex_destroy(&thread->mutex);
    pthread_cond_destroy(&thread->called);
    return false;
}

struct thread_pool *thread_pool_new(uint32_t threads)
{
    struct thread_pool *pool = memory_zeroed(sizeof *pool);
    if (!pool)
        return NULL;
    pool->threads = threads;
    pool->spins = threads < (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->finished, NULL);
    if (threads == 1)
        return pool;
    pool->all = memory_zeroed(threads * sizeof *pool->all);
    while (pool->all && pool->started < threads && start_thread(pool, pool->started))
        pool->started++;
    if (pool->started < threads) {
        int why = errno;
        thread_pool_delete(pool);
        errno = why;
        return NULL;
    }
    return pool;
}

void thread_pool_delete(struct thread_pool *pool)
{
    if (!pool)
        return;
    atomic_store_explicit(&pool->ends, true, memory_order_release);
    for (uint32_t i = 0; i < pool->started; i++)
        call(&pool->all[i]);
    for (uint32_t i = 0; i < pool->started; i++) {
        pthread_join(pool->all[i].handle, NULL);
        pthread_mutex_destroy(&pool->all[i].mutex);
        pthread_cond_destroy(&pool->all[i].called);
    }
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->finished);
    memory_free(pool->all);
    memory_free(pool);
}
