/* The order of what happens at one instant at one node, under `ties on`: the seed draws it.
 *
 * What one source brings about keeps its order: a peer's messages and the notices of its
 * connection, the turns and the load of one worker, one client. Which source is first is drawn anew
 * for each node, instant and causal step. The node's timer comes before all of them, as ever: a
 * node does what is due before it takes anything else. */
#include "base/memory.h"
#include "base/random.h"
#include "virtual/host_internal.h"

#include <stdlib.h>

struct tied_event {
    uint64_t rank;  /* of its source */
    uint32_t place; /* in the queue's own order */
    struct envelope envelope;
};

/* Sources that are no peers. */
#define SOURCE_WORKER (UINT64_C(1) << 63)
#define SOURCE_CLIENT (UINT64_C(1) << 62)

static uint64_t source_of(const struct envelope *envelope)
{
    const struct local_event *local = &envelope->as.local;
    if (!envelope_is_local(envelope))
        return envelope->as.message.from;
    switch (local->kind) {
    case LOCAL_LOADED:
    case LOCAL_WORKED:
        return SOURCE_WORKER | local->subject;
    case LOCAL_CLIENT:
    case LOCAL_ARRIVAL:
        return SOURCE_CLIENT | local->subject;
    default:
        return local->from;
    }
}

static uint64_t rank_of(const struct host *host, uint64_t source)
{
    uint64_t key = random_key(host->around->seed, PURPOSE_TIES, host->id);
    return random_draw(random_mix(key ^ source) ^ host->step, (uint64_t)host->now_ns);
}

static int compare(const void *left, const void *right)
{
    const struct tied_event *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static bool is_due(const struct host *host, const struct envelope *envelope)
{
    return envelope && envelope->at_ns == host->now_ns && envelope->as.message.step == host->step;
}

/* Takes what is due out of the queue; returns how much that is. */
static uint32_t take_due(struct host *host)
{
    uint32_t count = 0;
    while (is_due(host, event_queue_first(&host->queue))) {
        if (memory_reserve((void **)&host->tied, &host->tied_capacity, count + 1,
                           sizeof *host->tied)) {
            host_note(host, ERROR_MEMORY);
            break;
        }
        struct tied_event *tied = &host->tied[count];
        event_queue_pop(&host->queue, &tied->envelope);
        tied->rank = rank_of(host, source_of(&tied->envelope));
        tied->place = count++;
    }
    return count;
}

void host_run_tied(struct host *host)
{
    uint32_t count = take_due(host);
    if (count > 1)
        qsort(host->tied, count, sizeof *host->tied, compare);
    for (uint32_t i = 0; i < count; i++)
        host_run_event(host, &host->tied[i].envelope);
}
