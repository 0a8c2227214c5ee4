/* Open load: each request of a source says when the next one is due. That one is made then, neither
 * later nor earlier, whatever state its node is in: frozen, down, joining, leaving. So its wait
 * counts from then, since a reply's latency is judged by when its request was made.
 *
 *     t 1.000s  n2  request 17, the next after 12ms        n2 freezes at 1.005s
 *     t 1.012s  n2  request 20, the next after 8ms         though n2 is frozen
 *
 * A source's first request is taken as it comes: nothing announces it. */
#include "check/checker_parts.h"

#include "base/duration.h"

#include <inttypes.h>

/* Tags of one node's sources differ in these bits (run/workload.h). */
#define PLACE_BITS 40

static uint64_t key_of(const struct record *record)
{
    uint64_t place = record->number & ((UINT64_C(1) << PLACE_BITS) - 1);
    return (uint64_t)record->node << PLACE_BITS | place;
}

static struct checker_source *source_of(struct checker *checker, uint64_t key)
{
    struct checker_source *source =
        pool_map_find_number(&checker->sources, struct checker_source, key, key);
    uint32_t slot;
    if (source)
        return source;
    source = pool_map_add(&checker->sources, hash_map_number(key), &slot);
    if (source)
        *source = (struct checker_source){.key = key, .due_ns = -1, .slot = slot};
    else
        checker_give_up(checker);
    return source;
}

static void judge_time(struct checker *checker, const struct record *record, int64_t due_ns)
{
    int64_t made_ns = checker_turn_time_ns(checker, record);
    int64_t late_ns = made_ns - due_ns, error_ns = checker->setup.error_ns;
    if (late_ns > error_ns || late_ns < -error_ns)
        checker_breach(checker, RULE_OPEN_LOAD, record, &record->id,
                       PRInode " makes request %" PRIu64 " of open load at %s, it was due at %s",
                       NODE_SHOWN(record->node), record->request, duration_exact(made_ns).text,
                       duration_exact(due_ns).text);
}

void checker_source_made(struct checker *checker, const struct record *record)
{
    struct checker_source *source = source_of(checker, key_of(record));
    if (!source)
        return;
    bool follows = source->due_ns >= 0 && record->code == REQUEST_AS_DUE;
    if (follows && source->due_ns == TIME_NEVER)
        checker_breach(checker, RULE_OPEN_LOAD, record, &record->id,
                       PRInode " makes request %" PRIu64 " of open load that is over",
                       NODE_SHOWN(record->node), record->request);
    else if (follows)
        judge_time(checker, record, source->due_ns);
    int64_t made_ns = checker_turn_time_ns(checker, record);
    source->due_ns = record->gap_ns < TIME_NEVER - made_ns ? made_ns + record->gap_ns : TIME_NEVER;
}

void checker_sources_end(struct checker *checker, int64_t t_ns)
{
    int64_t late_ns = checker->setup.late_ns + checker->setup.error_ns;
    pool_map_each (struct checker_source, source, &checker->sources) {
        struct record by = record_of(RECORD_EXPECT);
        by.t_ns = by.clock_ns = t_ns;
        by.node = (node_id)(source->key >> PLACE_BITS);
        if (source->due_ns < t_ns - late_ns)
            checker_breach(checker, RULE_OPEN_LOAD, &by, NULL,
                           "the request of open load that was due at %s at " PRInode
                           " was not made",
                           duration_exact(source->due_ns).text, NODE_SHOWN(by.node));
    }
}
