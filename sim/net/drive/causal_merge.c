#include "net/drive/causal_merge.h"

#include "base/memory.h"
#include "base/number.h"

/* One node's records that have not come out yet, oldest first: records[first..count-1]. */
struct feed {
    struct record *records; /* long texts are the feed's own */
    size_t first;
    size_t count;
    size_t capacity;
    int64_t watermark_ns;
};

enum error causal_merge_init(struct causal_merge *merge, uint32_t nodes, int64_t error_ns,
                             struct trace_repair *repair)
{
    *merge = (struct causal_merge){.nodes = nodes, .error_ns = error_ns, .repair = repair};
    merge->feeds = memory_zeroed(nodes * sizeof *merge->feeds);
    return merge->feeds ? OK : ERROR_MEMORY;
}

static void clear(struct record *record)
{
    text_clear(&record->id);
    text_clear(&record->value);
}

void causal_merge_close(struct causal_merge *merge)
{
    for (uint32_t i = 0; merge->feeds && i < merge->nodes; i++) {
        struct feed *feed = &merge->feeds[i];
        while (feed->first < feed->count)
            clear(&feed->records[feed->first++]);
        memory_free(feed->records);
    }
    memory_free(merge->feeds);
    merge->feeds = NULL;
}

/* Moves records to the front where at least as many have come out, so a feed that never runs empty
 * does not grow for it. */
static void close_up(struct feed *feed)
{
    size_t left = feed->count - feed->first;
    if (feed->first < left)
        return;
    if (left)
        memmove(feed->records, feed->records + feed->first, left * sizeof *feed->records);
    feed->first = 0;
    feed->count = left;
}

void causal_merge_put(struct causal_merge *merge, node_id node, const struct record *record)
{
    struct feed *feed = &merge->feeds[node];
    if (feed->first == feed->count || feed->count == feed->capacity)
        close_up(feed);
    if (memory_reserve((void **)&feed->records, &feed->capacity, feed->count + 1,
                       sizeof *feed->records)) {
        merge->failed = true;
        return;
    }
    struct record *kept = &feed->records[feed->count];
    *kept = *record;
    /* A copy that fails leaves its text empty. */
    bool failed = text_copy(&kept->id, &record->id);
    failed |= text_copy(&kept->value, &record->value) != OK;
    if (failed) {
        clear(kept);
        merge->failed = true;
        return;
    }
    feed->count++;
    merge->waiting++;
}

void causal_merge_watermark(struct causal_merge *merge, node_id node, int64_t at_ns)
{
    struct feed *feed = &merge->feeds[node];
    feed->watermark_ns = max_i64(feed->watermark_ns, at_ns);
}

static const struct record *head_of(const struct feed *feed)
{
    return feed->first < feed->count ? &feed->records[feed->first] : NULL;
}

/* No record of the feed is still to come out before. */
static int64_t bound_of(const struct feed *feed)
{
    const struct record *head = head_of(feed);
    return head ? head->t_ns : feed->watermark_ns;
}

int64_t causal_merge_done_ns(const struct causal_merge *merge)
{
    int64_t done_ns = TIME_NEVER;
    for (uint32_t i = 0; i < merge->nodes; i++)
        done_ns = min_i64(done_ns, bound_of(&merge->feeds[i]));
    return done_ns;
}

static void pass_on(struct causal_merge *merge, struct feed *feed)
{
    struct record *record = &feed->records[feed->first++];
    record->t_ns = merge->last_ns = max_i64(merge->last_ns, record->t_ns);
    merge->waiting--;
    trace_repair_take(merge->repair, record);
    clear(record);
}

/* The node whose SEND this record has to wait for, or NODE_NONE. */
static node_id waits_for(const struct causal_merge *merge, const struct record *record)
{
    bool arrives =
        record->kind == RECORD_RECV || (record->kind == RECORD_DROP && record->code != DROP_FULL);
    node_id sender = record->kind == RECORD_RECV ? record->peer : record->node;
    if (!arrives || trace_repair_has_sent(merge->repair, record))
        return NODE_NONE;
    bool may_come = bound_of(&merge->feeds[sender]) <= record->t_ns + 2 * merge->error_ns;
    return may_come ? sender : NODE_NONE;
}

/* The feed whose head is next: the earliest, or what that waits for. NULL: not known yet. */
static struct feed *next_feed(struct causal_merge *merge)
{
    struct feed *next = NULL;
    int64_t empty_ns = TIME_NEVER;
    for (uint32_t i = 0; i < merge->nodes; i++) {
        struct feed *feed = &merge->feeds[i];
        if (!head_of(feed) && feed->watermark_ns < empty_ns)
            empty_ns = feed->watermark_ns;
        else if (head_of(feed) && (!next || head_of(feed)->t_ns < head_of(next)->t_ns))
            next = feed;
    }
    if (!next || head_of(next)->t_ns >= empty_ns)
        return NULL;
    for (uint32_t depth = 0; depth <= merge->nodes; depth++) {
        node_id sender = waits_for(merge, head_of(next));
        if (sender == NODE_NONE || &merge->feeds[sender] == next)
            return next;
        next = &merge->feeds[sender];
        if (!head_of(next))
            return NULL;
    }
    return next; /* they wait for each other: no order is right, and the checker says so */
}

/* Until when no other feed's record can come first. */
static int64_t others_ns(const struct causal_merge *merge, const struct feed *feed)
{
    int64_t least_ns = TIME_NEVER;
    for (uint32_t i = 0; i < merge->nodes; i++)
        if (&merge->feeds[i] != feed)
            least_ns = min_i64(least_ns, bound_of(&merge->feeds[i]));
    return least_ns;
}

void causal_merge_run(struct causal_merge *merge)
{
    for (struct feed *feed; (feed = next_feed(merge)) && !merge->failed;) {
        int64_t until_ns = others_ns(merge, feed);
        pass_on(merge, feed);
        while (head_of(feed) && head_of(feed)->t_ns < until_ns &&
               waits_for(merge, head_of(feed)) == NODE_NONE)
            pass_on(merge, feed);
    }
}
