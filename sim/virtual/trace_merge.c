#include "virtual/trace_merge.h"

#include "base/heap.h"
#include "base/number.h"

#include <pthread.h>

/* Records gathered before they are handed over: some milliseconds of work, against which waking a
 * thread is nothing, and still within a core's cache. Where no thread is woken, so many that their
 * memory is small, and is used again and again. */
#define GATHERED_MOST 16384u
#define GATHERED_HERE 1024u

/* Merging so few takes less time than waking a thread. */
#define FEW 64u

/* One side is filled while the other is merged. */
struct side {
    struct record_stream *streams; /* of each node */
    node_id *nodes;                /* those whose streams hold records */
    uint32_t nodes_count;
    size_t records;
};

/* The next record of one stream. */
struct cursor {
    int64_t t_ns;
    uint64_t order; /* step << 32 | node */
    const struct record *next;
    const struct record *end;
};

struct trace_merge {
    uint32_t nodes;
    bool apart;
    void (*take)(void *context, const struct record *record);
    void *context;
    struct side sides[2];
    uint32_t filled;               /* the side being filled */
    struct record_stream *streams; /* its streams */
    size_t *seen; /* of each node: records in its filled stream when last gathered */
    struct heap cursors;
    enum error error;

    bool started;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct side *work; /* handed over and not done; NULL: none */
    bool ends;
};

/* All streams together keep so many records' room when they are emptied. */
#define KEPT_MOST (UINT32_C(1) << 19)

/* ---- merging ------------------------------------------------------------------------------- */

static inline bool before(const void *left, const void *right)
{
    const struct cursor *a = left, *b = right;
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->order < b->order;
}

static struct cursor cursor_at(const struct record *next, const struct record *end, node_id node)
{
    return (struct cursor){next->t_ns, (uint64_t)next->step << 32 | node, next, end};
}

static void begin_merge(struct trace_merge *merge, const struct side *side)
{
    struct cursor *cursors = merge->cursors.items;
    for (uint32_t i = 0; i < side->nodes_count; i++) {
        const struct record_stream *stream = &side->streams[side->nodes[i]];
        cursors[i] = cursor_at(stream->records, stream->records + stream->count, side->nodes[i]);
    }
    merge->cursors.count = side->nodes_count;
    heap_build(cursors, merge->cursors.count, sizeof *cursors, before);
}

static void give_in_order(struct trace_merge *merge)
{
    struct heap *cursors = &merge->cursors;
    while (cursors->count) {
        struct cursor first = *(struct cursor *)cursors->items;
        uint16_t step = first.next->step;
        do /* all of this node in this step: nothing can come between */
            merge->take(merge->context, first.next++);
        while (first.next < first.end && first.next->t_ns == first.t_ns &&
               first.next->step == step);
        if (first.next == first.end) {
            heap_pop(cursors, &first, sizeof first, before);
            continue;
        }
        first = cursor_at(first.next, first.end, (node_id)first.order);
        heap_sift_down(cursors->items, cursors->count, 0, &first, sizeof first, before);
    }
}

/* Gives all records of the side to the taker, or none when there is no memory, and empties it. */
static void merge_side(struct trace_merge *merge, struct side *side)
{
    if (memory_reserve(&merge->cursors.items, &merge->cursors.capacity, side->nodes_count,
                       sizeof(struct cursor))) {
        merge->error = ERROR_MEMORY;
    } else {
        begin_merge(merge, side);
        give_in_order(merge);
    }
    for (uint32_t i = 0; i < side->nodes_count; i++)
        record_stream_clear(&side->streams[side->nodes[i]], max_u32(KEPT_MOST / merge->nodes, 64));
    side->nodes_count = 0;
    side->records = 0;
}

static void *run(void *argument)
{
    struct trace_merge *merge = argument;
    pthread_mutex_lock(&merge->mutex);
    for (;;) {
        while (!merge->work && !merge->ends)
            pthread_cond_wait(&merge->changed, &merge->mutex);
        if (!merge->work)
            break;
        pthread_mutex_unlock(&merge->mutex);
        merge_side(merge, merge->work);
        pthread_mutex_lock(&merge->mutex);
        merge->work = NULL;
        pthread_cond_broadcast(&merge->changed);
    }
    pthread_mutex_unlock(&merge->mutex);
    return NULL;
}

/* ---- handing over -------------------------------------------------------------------------- */

struct record_stream *const *trace_merge_streams(const struct trace_merge *merge)
{
    return &merge->streams;
}

bool trace_merge_is_here(const struct trace_merge *merge)
{
    return !merge->apart;
}

void trace_merge_give(const struct trace_merge *merge, const struct record *record)
{
    merge->take(merge->context, record);
}

bool trace_merge_has(const struct trace_merge *merge, node_id node)
{
    return merge->streams[node].count > 0;
}

/* Returns when nothing is handed over and not done: what has gone wrong so far. */
static enum error await_idle(struct trace_merge *merge)
{
    if (!merge->started)
        return merge->error;
    pthread_mutex_lock(&merge->mutex);
    while (merge->work)
        pthread_cond_wait(&merge->changed, &merge->mutex);
    enum error error = merge->error;
    pthread_mutex_unlock(&merge->mutex);
    return error;
}

static void forget_seen(struct trace_merge *merge, const struct side *side)
{
    for (uint32_t i = 0; i < side->nodes_count; i++)
        merge->seen[side->nodes[i]] = 0;
}

/* The thread is started when it is first needed: short runs need none. Where the system gives none,
 * the records are merged here. */
static bool has_thread(struct trace_merge *merge)
{
    if (merge->apart && !merge->started)
        merge->apart = merge->started = !pthread_create(&merge->thread, NULL, run, merge);
    return merge->apart;
}

static enum error hand_over(struct trace_merge *merge)
{
    struct side *side = &merge->sides[merge->filled];
    enum error error = await_idle(merge);
    forget_seen(merge, side);
    if (!has_thread(merge)) {
        merge_side(merge, side);
        return merge->error;
    }
    merge->filled = !merge->filled;
    merge->streams = merge->sides[merge->filled].streams;
    pthread_mutex_lock(&merge->mutex);
    merge->work = side;
    pthread_cond_broadcast(&merge->changed);
    pthread_mutex_unlock(&merge->mutex);
    return error;
}

enum error trace_merge_gather(struct trace_merge *merge, const node_id *nodes, uint32_t count)
{
    struct side *side = &merge->sides[merge->filled];
    for (uint32_t i = 0; i < count; i++) {
        node_id node = nodes[i];
        size_t records = side->streams[node].count, seen = merge->seen[node];
        if (seen == 0 && records > 0)
            side->nodes[side->nodes_count++] = node;
        side->records += records - seen;
        merge->seen[node] = records;
    }
    return side->records < (merge->apart ? GATHERED_MOST : GATHERED_HERE) ? OK : hand_over(merge);
}

/* Here: to wake a thread and wait for it would take longer. */
enum error trace_merge_flush(struct trace_merge *merge)
{
    struct side *side = &merge->sides[merge->filled];
    enum error error = await_idle(merge);
    if (error || !side->nodes_count)
        return error;
    forget_seen(merge, side);
    merge_side(merge, side);
    return merge->error;
}

enum error trace_merge_close(struct trace_merge *merge)
{
    const struct side *side = &merge->sides[merge->filled];
    if (!side->nodes_count)
        return OK;
    return side->records > FEW ? hand_over(merge) : trace_merge_flush(merge);
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error side_init(struct side *side, uint32_t nodes)
{
    side->streams = memory_zeroed(nodes * sizeof *side->streams);
    side->nodes = memory_zeroed(nodes * sizeof *side->nodes);
    return side->streams && side->nodes ? OK : ERROR_MEMORY;
}

static void side_close(struct side *side, uint32_t nodes)
{
    for (uint32_t i = 0; side->streams && i < nodes; i++) {
        record_stream_clear(&side->streams[i], 0);
    }
    memory_free(side->streams);
    memory_free(side->nodes);
}

struct trace_merge *trace_merge_new(uint32_t nodes, bool apart,
                                    void (*take)(void *context, const struct record *record),
                                    void *context)
{
    struct trace_merge *merge = memory_zeroed(sizeof *merge);
    if (!merge)
        return NULL;
    *merge = (struct trace_merge){.nodes = nodes, .apart = apart, .take = take, .context = context};
    pthread_mutex_init(&merge->mutex, NULL);
    pthread_cond_init(&merge->changed, NULL);
    merge->seen = memory_zeroed(nodes * sizeof *merge->seen);
    if (merge->seen && !side_init(&merge->sides[0], nodes) &&
        (!apart || !side_init(&merge->sides[1], nodes))) {
        merge->streams = merge->sides[0].streams;
        return merge;
    }
    trace_merge_delete(merge);
    return NULL;
}

void trace_merge_delete(struct trace_merge *merge)
{
    if (!merge)
        return;
    if (merge->started) {
        pthread_mutex_lock(&merge->mutex);
        merge->ends = true;
        pthread_cond_broadcast(&merge->changed);
        pthread_mutex_unlock(&merge->mutex);
        pthread_join(merge->thread, NULL);
    }
    side_close(&merge->sides[0], merge->nodes);
    side_close(&merge->sides[1], merge->nodes);
    pthread_mutex_destroy(&merge->mutex);
    pthread_cond_destroy(&merge->changed);
    heap_close(&merge->cursors);
    memory_free(merge->seen);
    memory_free(merge);
}
