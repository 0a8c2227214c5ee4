#include "virtual/trace_merge.h"

#include "base/memory.h"
#include "virtual/merge.h"

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

struct trace_merge {
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

static void merge_side(struct trace_merge *trace_merge, struct side *side)
{
    enum error error = merge_streams(&trace_merge->merge, side->streams, side->nodes,
                                     side->nodes_count, trace_merge->take, trace_merge->context);
    if (error)
        trace_merge->error = error;
    for (uint32_t i = 0; i < side->nodes_count; i++)
        stream_clear(&side->streams[side->nodes[i]]);
    side->nodes_count = 0;
    side->records = 0;
}

static void *run(void *argument)
{
    struct trace_merge *trace_merge = argument;
    pthread_mutex_lock(&trace_merge->mutex);
    for (;;) {
        while (!trace_merge->work && !trace_merge->ends)
            pthread_cond_wait(&trace_merge->changed, &trace_merge->mutex);
        if (!trace_merge->work)
            break;
        pthread_mutex_unlock(&trace_merge->mutex);
        merge_side(trace_merge, trace_merge->work);
        pthread_mutex_lock(&trace_merge->mutex);
        trace_merge->work = NULL;
        pthread_cond_broadcast(&trace_merge->changed);
    }
    pthread_mutex_unlock(&trace_merge->mutex);
    return NULL;
}

/* Returns when nothing is handed over and not done, with what went wrong so far. */
static enum error await_idle(struct trace_merge *trace_merge)
{
    if (!trace_merge->apart)
        return trace_merge->error;
    pthread_mutex_lock(&trace_merge->mutex);
    while (trace_merge->work)
        pthread_cond_wait(&trace_merge->changed, &trace_merge->mutex);
    enum error error = trace_merge->error;
    pthread_mutex_unlock(&trace_merge->mutex);
    return error;
}

static void forget_seen(struct trace_merge *trace_merge, const struct side *side)
{
    for (uint32_t i = 0; i < side->nodes_count; i++)
        trace_merge->seen[side->nodes[i]] = 0;
}

static enum error hand_over(struct trace_merge *trace_merge)
{
    struct side *side = &trace_merge->sides[trace_merge->filled];
    enum error error = await_idle(trace_merge);
    forget_seen(trace_merge, side);
    if (!trace_merge->apart) {
        merge_side(trace_merge, side);
        return trace_merge->error;
    }
    trace_merge->filled = !trace_merge->filled;
    pthread_mutex_lock(&trace_merge->mutex);
    trace_merge->work = side;
    pthread_cond_broadcast(&trace_merge->changed);
    pthread_mutex_unlock(&trace_merge->mutex);
    return error;
}

struct stream *trace_merge_stream(struct trace_merge *trace_merge, node_id node)
{
    return &trace_merge->sides[trace_merge->filled].streams[node];
}

enum error trace_merge_gather(struct trace_merge *trace_merge, const node_id *nodes, uint32_t count)
{
    struct side *side = &trace_merge->sides[trace_merge->filled];
    for (uint32_t i = 0; i < count; i++) {
        node_id node = nodes[i];
        size_t records = side->streams[node].count, seen = trace_merge->seen[node];
        if (seen == 0 && records > 0)
            side->nodes[side->nodes_count++] = node;
        side->records += records - seen;
        trace_merge->seen[node] = records;
    }
    return side->records < GATHERED_MOST ? OK : hand_over(trace_merge);
}

enum error trace_merge_close(struct trace_merge *trace_merge)
{
    struct side *side = &trace_merge->sides[trace_merge->filled];
    if (!side->nodes_count)
        return OK;
    if (side->records > FEW)
        return hand_over(trace_merge);
    enum error error = await_idle(trace_merge);
    if (error)
        return error;
    forget_seen(trace_merge, side);
    merge_side(trace_merge, side);
    return trace_merge->error;
}

enum error trace_merge_flush(struct trace_merge *trace_merge)
{
    enum error closed = trace_merge_close(trace_merge), idle = await_idle(trace_merge);
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

struct trace_merge *trace_merge_new(uint32_t nodes, bool apart,
                                    void (*take)(void *context, const struct record *record),
                                    void *context)
{
    struct trace_merge *trace_merge = memory_zeroed(sizeof *trace_merge);
    if (!trace_merge)
        return NULL;
    *trace_merge =
        (struct trace_merge){.nodes = nodes, .apart = apart, .take = take, .context = context};
    merge_init(&trace_merge->merge);
    pthread_mutex_init(&trace_merge->mutex, NULL);
    pthread_cond_init(&trace_merge->changed, NULL);
    trace_merge->seen = memory_zeroed(nodes * sizeof *trace_merge->seen);
    bool made = trace_merge->seen && !make_side(&trace_merge->sides[0], nodes) &&
                (!apart || !make_side(&trace_merge->sides[1], nodes));
    if (made && apart) {
        errno = pthread_create(&trace_merge->thread, NULL, run, trace_merge);
        trace_merge->started = errno == 0;
    }
    if (!made || trace_merge->started != apart) {
        trace_merge_delete(trace_merge);
        return NULL;
    }
    return trace_merge;
}

void trace_merge_delete(struct trace_merge *trace_merge)
{
    if (!trace_merge)
        return;
    if (trace_merge->started) {
        pthread_mutex_lock(&trace_merge->mutex);
        trace_merge->ends = true;
        pthread_cond_broadcast(&trace_merge->changed);
        pthread_mutex_unlock(&trace_merge->mutex);
        pthread_join(trace_merge->thread, NULL);
    }
    close_side(&trace_merge->sides[0], trace_merge->nodes);
    close_side(&trace_merge->sides[1], trace_merge->nodes);
    pthread_mutex_destroy(&trace_merge->mutex);
    pthread_cond_destroy(&trace_merge->changed);
    merge_close(&trace_merge->merge);
    memory_free(trace_merge->seen);
    memory_free(trace_merge);
}
