#include "virtual/thread_pool.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* How long a thread looks for work before it sleeps. Waking one costs 5 to 40 us, a turn of this
 * loop some nanoseconds; where threads are more than cores, each look takes the core from one who
 * works. */
#define SPINS 2000

struct member {
    struct thread_pool *thread_pool;
    uint32_t index;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t called;
    atomic_uint calls; /* windows it was called for; changed under the mutex */
    bool active;       /* called for the window at hand; the caller's own */
};

struct thread_pool {
    uint32_t threads;
    bool spins;
    struct member *members;
    uint32_t started;
    atomic_bool ends;

    const node_id *nodes;
    uint32_t count;
    void (*work)(void *context, node_id node);
    void *context;

    atomic_uint unfinished; /* members called that have not finished */
    pthread_mutex_t mutex;
    pthread_cond_t finished;
};

static void do_share(struct thread_pool *thread_pool, uint32_t index)
{
    for (uint32_t i = 0; i < thread_pool->count; i++)
        if (thread_pool->nodes[i] % thread_pool->threads == index)
            thread_pool->work(thread_pool->context, thread_pool->nodes[i]);
}

static unsigned await_call(struct member *member, unsigned seen)
{
    for (int i = 0; member->thread_pool->spins && i < SPINS; i++)
        if (atomic_load_explicit(&member->calls, memory_order_acquire) != seen)
            return seen + 1;
    pthread_mutex_lock(&member->mutex);
    while (atomic_load_explicit(&member->calls, memory_order_acquire) == seen)
        pthread_cond_wait(&member->called, &member->mutex);
    pthread_mutex_unlock(&member->mutex);
    return seen + 1;
}

static void report_finished(struct thread_pool *thread_pool)
{
    if (atomic_fetch_sub_explicit(&thread_pool->unfinished, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_lock(&thread_pool->mutex);
    pthread_cond_signal(&thread_pool->finished);
    pthread_mutex_unlock(&thread_pool->mutex);
}

static void *run(void *argument)
{
    struct member *member = argument;
    struct thread_pool *thread_pool = member->thread_pool;
    for (unsigned seen = 0;;) {
        seen = await_call(member, seen);
        if (atomic_load_explicit(&thread_pool->ends, memory_order_acquire))
            return NULL;
        do_share(thread_pool, member->index);
        report_finished(thread_pool);
    }
}

static void call(struct member *member)
{
    pthread_mutex_lock(&member->mutex);
    atomic_fetch_add_explicit(&member->calls, 1, memory_order_release);
    pthread_cond_signal(&member->called);
    pthread_mutex_unlock(&member->mutex);
}

static void await_all(struct thread_pool *thread_pool)
{
    for (int i = 0; thread_pool->spins && i < SPINS; i++)
        if (atomic_load_explicit(&thread_pool->unfinished, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&thread_pool->mutex);
    while (atomic_load_explicit(&thread_pool->unfinished, memory_order_acquire) != 0)
        pthread_cond_wait(&thread_pool->finished, &thread_pool->mutex);
    pthread_mutex_unlock(&thread_pool->mutex);
}

void thread_pool_run(struct thread_pool *thread_pool, const node_id *nodes, uint32_t count,
                     void (*work)(void *context, node_id node), void *context)
{
    thread_pool->nodes = nodes;
    thread_pool->count = count;
    thread_pool->work = work;
    thread_pool->context = context;
    if (thread_pool->threads == 1) {
        do_share(thread_pool, 0);
        return;
    }
    unsigned active = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct member *member = &thread_pool->members[nodes[i] % thread_pool->threads];
        active += !member->active;
        member->active = true;
    }
    if (active == 1) { /* sooner done than a thread is woken */
        uint32_t index = nodes[0] % thread_pool->threads;
        thread_pool->members[index].active = false;
        do_share(thread_pool, index);
        return;
    }
    atomic_store_explicit(&thread_pool->unfinished, active, memory_order_release);
    for (uint32_t i = 0; i < thread_pool->threads; i++) {
        if (thread_pool->members[i].active)
            call(&thread_pool->members[i]);
        thread_pool->members[i].active = false;
    }
    await_all(thread_pool);
}

static bool start_member(struct thread_pool *thread_pool, uint32_t index)
{
    struct member *member = &thread_pool->members[index];
    member->thread_pool = thread_pool;
    member->index = index;
    pthread_mutex_init(&member->mutex, NULL);
    pthread_cond_init(&member->called, NULL);
    errno = pthread_create(&member->thread, NULL, run, member);
    if (errno == 0)
        return true;
    pthread_mutex_destroy(&member->mutex);
    pthread_cond_destroy(&member->called);
    return false;
}

struct thread_pool *thread_pool_new(uint32_t threads)
{
    struct thread_pool *thread_pool = memory_zeroed(sizeof *thread_pool);
    if (!thread_pool)
        return NULL;
    thread_pool->threads = threads;
    thread_pool->spins = threads < (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    pthread_mutex_init(&thread_pool->mutex, NULL);
    pthread_cond_init(&thread_pool->finished, NULL);
    if (threads == 1)
        return thread_pool;
    thread_pool->members = memory_zeroed(threads * sizeof *thread_pool->members);
    while (thread_pool->members && thread_pool->started < threads &&
           start_member(thread_pool, thread_pool->started))
        thread_pool->started++;
    if (thread_pool->started < threads) {
        int why = errno;
        thread_pool_delete(thread_pool);
        errno = why;
        return NULL;
    }
    return thread_pool;
}

void thread_pool_delete(struct thread_pool *thread_pool)
{
    if (!thread_pool)
        return;
    atomic_store_explicit(&thread_pool->ends, true, memory_order_release);
    for (uint32_t i = 0; i < thread_pool->started; i++)
        call(&thread_pool->members[i]);
    for (uint32_t i = 0; i < thread_pool->started; i++) {
        pthread_join(thread_pool->members[i].thread, NULL);
        pthread_mutex_destroy(&thread_pool->members[i].mutex);
        pthread_cond_destroy(&thread_pool->members[i].called);
    }
    pthread_mutex_destroy(&thread_pool->mutex);
    pthread_cond_destroy(&thread_pool->finished);
    memory_free(thread_pool->members);
    memory_free(thread_pool);
}
