#include "cluster/crew.h"

#include "core/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* How long a thread looks for work before it sleeps. Waking one costs 5 to 40 us, a turn of this
 * loop some nanoseconds; where threads are more than cores, each look takes the core from one who
 * works. */
#define SPINS 2000

struct member {
    struct crew *crew;
    uint32_t index;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t called;
    atomic_uint calls; /* windows it was called for; changed under the mutex */
    bool active;       /* called for the window at hand; the caller's own */
};

struct crew {
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

static void do_share(struct crew *crew, uint32_t index)
{
    for (uint32_t i = 0; i < crew->count; i++)
        if (crew->nodes[i] % crew->threads == index)
            crew->work(crew->context, crew->nodes[i]);
}

static unsigned await_call(struct member *member, unsigned seen)
{
    for (int i = 0; member->crew->spins && i < SPINS; i++)
        if (atomic_load_explicit(&member->calls, memory_order_acquire) != seen)
            return seen + 1;
    pthread_mutex_lock(&member->mutex);
    while (atomic_load_explicit(&member->calls, memory_order_acquire) == seen)
        pthread_cond_wait(&member->called, &member->mutex);
    pthread_mutex_unlock(&member->mutex);
    return seen + 1;
}

static void report_finished(struct crew *crew)
{
    if (atomic_fetch_sub_explicit(&crew->unfinished, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_lock(&crew->mutex);
    pthread_cond_signal(&crew->finished);
    pthread_mutex_unlock(&crew->mutex);
}

static void *run(void *argument)
{
    struct member *member = argument;
    struct crew *crew = member->crew;
    for (unsigned seen = 0;;) {
        seen = await_call(member, seen);
        if (atomic_load_explicit(&crew->ends, memory_order_acquire))
            return NULL;
        do_share(crew, member->index);
        report_finished(crew);
    }
}

static void call(struct member *member)
{
    pthread_mutex_lock(&member->mutex);
    atomic_fetch_add_explicit(&member->calls, 1, memory_order_release);
    pthread_cond_signal(&member->called);
    pthread_mutex_unlock(&member->mutex);
}

static void await_all(struct crew *crew)
{
    for (int i = 0; crew->spins && i < SPINS; i++)
        if (atomic_load_explicit(&crew->unfinished, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&crew->mutex);
    while (atomic_load_explicit(&crew->unfinished, memory_order_acquire) != 0)
        pthread_cond_wait(&crew->finished, &crew->mutex);
    pthread_mutex_unlock(&crew->mutex);
}

void crew_run(struct crew *crew, const node_id *nodes, uint32_t count,
              void (*work)(void *context, node_id node), void *context)
{
    crew->nodes = nodes;
    crew->count = count;
    crew->work = work;
    crew->context = context;
    if (crew->threads == 1) {
        do_share(crew, 0);
        return;
    }
    unsigned active = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct member *member = &crew->members[nodes[i] % crew->threads];
        active += !member->active;
        member->active = true;
    }
    if (active == 1) { /* sooner done than a thread is woken */
        uint32_t index = nodes[0] % crew->threads;
        crew->members[index].active = false;
        do_share(crew, index);
        return;
    }
    atomic_store_explicit(&crew->unfinished, active, memory_order_release);
    for (uint32_t i = 0; i < crew->threads; i++) {
        if (crew->members[i].active)
            call(&crew->members[i]);
        crew->members[i].active = false;
    }
    await_all(crew);
}

static bool start_member(struct crew *crew, uint32_t index)
{
    struct member *member = &crew->members[index];
    member->crew = crew;
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

struct crew *crew_new(uint32_t threads)
{
    struct crew *crew = memory_zeroed(sizeof *crew);
    if (!crew)
        return NULL;
    crew->threads = threads;
    crew->spins = threads < (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->finished, NULL);
    if (threads == 1)
        return crew;
    crew->members = memory_zeroed(threads * sizeof *crew->members);
    while (crew->members && crew->started < threads && start_member(crew, crew->started))
        crew->started++;
    if (crew->started < threads) {
        int why = errno;
        crew_delete(crew);
        errno = why;
        return NULL;
    }
    return crew;
}

void crew_delete(struct crew *crew)
{
    if (!crew)
        return;
    atomic_store_explicit(&crew->ends, true, memory_order_release);
    for (uint32_t i = 0; i < crew->started; i++)
        call(&crew->members[i]);
    for (uint32_t i = 0; i < crew->started; i++) {
        pthread_join(crew->members[i].thread, NULL);
        pthread_mutex_destroy(&crew->members[i].mutex);
        pthread_cond_destroy(&crew->members[i].called);
    }
    pthread_mutex_destroy(&crew->mutex);
    pthread_cond_destroy(&crew->finished);
    memory_free(crew->members);
    memory_free(crew);
}
