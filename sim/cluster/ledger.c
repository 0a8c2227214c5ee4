#include "cluster/ledger.h"

#include "cluster/merge.h"
#include "core/memory.h"

#include <errno.h>
#include <pthread.h>

/* Records gathered before they are handed over: some milliseconds of work, against which waking a
 * thread is nothing, and still within a core's cache. */
#define GATHERED_MOST 16384u

/* So few are merged sooner than a thread is woken for them. */
#define FEW 64u

/* One side is filled while the other is merged. */
struct side {
    struct stream *streams; /* of each node */
    node_id *nodes;         /* those whose streams hold records */
    uint32_t nodes_count;
    size_t records;
};

struct ledger {
    uint32_t nodes;
    bool apart;
    void (*take)(void *context, const struct record *record);
    void *context;
    struct side sides[2];
    uint32_t filled; /* the side being filled */
    size_t *seen;    /* of each node: records in its filled stream when last gathered */
    struct merge merge;
    enum error error;

    bool started;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct side *work; /* handed over and not done; NULL: none */
    bool ends;
};

static void merge_side(struct ledger *ledger, struct side *side)
{
    enum error error = merge_streams(&ledger->merge, side->streams, side->nodes, side->nodes_count,
                                     ledger->take, ledger->context);
    if (error)
        ledger->error = error;
    for (uint32_t i = 0; i < side->nodes_count; i++)
        stream_clear(&side->streams[side->nodes[i]]);
    side->nodes_count = 0;
    side->records = 0;
}

static void *run(void *argument)
{
    struct ledger *ledger = argument;
    pthread_mutex_lock(&ledger->mutex);
    for (;;) {
        while (!ledger->work && !ledger->ends)
            pthread_cond_wait(&ledger->changed, &ledger->mutex);
        if (!ledger->work)
            break;
        pthread_mutex_unlock(&ledger->mutex);
        merge_side(ledger, ledger->work);
        pthread_mutex_lock(&ledger->mutex);
        ledger->work = NULL;
        pthread_cond_broadcast(&ledger->changed);
    }
    pthread_mutex_unlock(&ledger->mutex);
    return NULL;
}

/* Returns when nothing is handed over and not done, with what went wrong so far. */
static enum error await_idle(struct ledger *ledger)
{
    if (!ledger->apart)
        return ledger->error;
    pthread_mutex_lock(&ledger->mutex);
    while (ledger->work)
        pthread_cond_wait(&ledger->changed, &ledger->mutex);
    enum error error = ledger->error;
    pthread_mutex_unlock(&ledger->mutex);
    return error;
}

static void forget_seen(struct ledger *ledger, const struct side *side)
{
    for (uint32_t i = 0; i < side->nodes_count; i++)
        ledger->seen[side->nodes[i]] = 0;
}

static enum error hand_over(struct ledger *ledger)
{
    struct side *side = &ledger->sides[ledger->filled];
    enum error error = await_idle(ledger);
    forget_seen(ledger, side);
    if (!ledger->apart) {
        merge_side(ledger, side);
        return ledger->error;
    }
    ledger->filled = !ledger->filled;
    pthread_mutex_lock(&ledger->mutex);
    ledger->work = side;
    pthread_cond_broadcast(&ledger->changed);
    pthread_mutex_unlock(&ledger->mutex);
    return error;
}

struct stream *ledger_stream(struct ledger *ledger, node_id node)
{
    return &ledger->sides[ledger->filled].streams[node];
}

enum error ledger_gather(struct ledger *ledger, const node_id *nodes, uint32_t count)
{
    struct side *side = &ledger->sides[ledger->filled];
    for (uint32_t i = 0; i < count; i++) {
        node_id node = nodes[i];
        size_t records = side->streams[node].count, seen = ledger->seen[node];
        if (seen == 0 && records > 0)
            side->nodes[side->nodes_count++] = node;
        side->records += records - seen;
        ledger->seen[node] = records;
    }
    return side->records < GATHERED_MOST ? OK : hand_over(ledger);
}

enum error ledger_close(struct ledger *ledger)
{
    struct side *side = &ledger->sides[ledger->filled];
    if (!side->nodes_count)
        return OK;
    if (side->records > FEW)
        return hand_over(ledger);
    enum error error = await_idle(ledger);
    if (error)
        return error;
    forget_seen(ledger, side);
    merge_side(ledger, side);
    return ledger->error;
}

enum error ledger_flush(struct ledger *ledger)
{
    enum error closed = ledger_close(ledger), idle = await_idle(ledger);
    return closed ? closed : idle;
}

static enum error make_side(struct side *side, uint32_t nodes)
{
    side->streams = memory_zeroed(nodes * sizeof *side->streams);
    side->nodes = memory_zeroed(nodes * sizeof *side->nodes);
    return side->streams && side->nodes ? OK : ERROR_MEMORY;
}

static void close_side(struct side *side, uint32_t nodes)
{
    for (uint32_t i = 0; side->streams && i < nodes; i++)
        stream_close(&side->streams[i]);
    memory_free(side->streams);
    memory_free(side->nodes);
}

struct ledger *ledger_new(uint32_t nodes, bool apart,
                          void (*take)(void *context, const struct record *record), void *context)
{
    struct ledger *ledger = memory_zeroed(sizeof *ledger);
    if (!ledger)
        return NULL;
    *ledger = (struct ledger){.nodes = nodes, .apart = apart, .take = take, .context = context};
    merge_init(&ledger->merge);
    pthread_mutex_init(&ledger->mutex, NULL);
    pthread_cond_init(&ledger->changed, NULL);
    ledger->seen = memory_zeroed(nodes * sizeof *ledger->seen);
    bool made = ledger->seen && !make_side(&ledger->sides[0], nodes) &&
                (!apart || !make_side(&ledger->sides[1], nodes));
    if (made && apart) {
        errno = pthread_create(&ledger->thread, NULL, run, ledger);
        ledger->started = errno == 0;
    }
    if (!made || ledger->started != apart) {
        ledger_delete(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_delete(struct ledger *ledger)
{
    if (!ledger)
        return;
    if (ledger->started) {
        pthread_mutex_lock(&ledger->mutex);
        ledger->ends = true;
        pthread_cond_broadcast(&ledger->changed);
        pthread_mutex_unlock(&ledger->mutex);
        pthread_join(ledger->thread, NULL);
    }
    close_side(&ledger->sides[0], ledger->nodes);
    close_side(&ledger->sides[1], ledger->nodes);
    pthread_mutex_destroy(&ledger->mutex);
    pthread_cond_destroy(&ledger->changed);
    merge_close(&ledger->merge);
    memory_free(ledger->seen);
    memory_free(ledger);
}
