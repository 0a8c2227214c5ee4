#include "net/process/process_state.h"

#define SETUP_FIELDS(X)                                                                            \
    X(node, NODE_NONE)                                                                             \
    X(incarnation, UINT32_MAX)                                                                     \
    X(joins, 1)                                                                                    \
    X(waits, 1)                                                                                    \
    X(awaits_brief, 1)                                                                             \
    X(membership_static, 1)                                                                        \
    X(fail_ttl_ns, TIME_NEVER)                                                                     \
    X(load_at_once, UINT32_MAX)                                                                    \
    X(instance, UINT64_MAX)                                                                        \
    X(next_request, UINT64_MAX)                                                                    \
    X(next_worker, UINT64_MAX)                                                                     \
    X(next_message, UINT64_MAX)                                                                    \
    X(parent, INT32_MAX)
CODEC(process_setup, SETUP_FIELDS)

#define GAUGES_FIELDS(X)                                                                           \
    X(at, UINT64_MAX)                                                                              \
    X(watermark_ns, TIME_NEVER)                                                                    \
    X(synced, UINT64_MAX)                                                                          \
    X(sources_ns, TIME_NEVER)                                                                      \
    X(not_made, UINT64_MAX)                                                                        \
    X(workers, UINT64_MAX)                                                                         \
    X(requests, UINT64_MAX)                                                                        \
    X(clients, UINT64_MAX)                                                                         \
    X(sent, UINT64_MAX)                                                                            \
    X(received, UINT64_MAX)                                                                        \
    X(dropped, UINT64_MAX)                                                                         \
    X(steps, UINT64_MAX)                                                                           \
    X(worker_bytes, UINT64_MAX)                                                                    \
    X(next_request, UINT64_MAX)                                                                    \
    X(next_worker, UINT64_MAX)                                                                     \
    X(next_message, UINT64_MAX)                                                                    \
    X(malformed, UINT64_MAX)                                                                       \
    X(refused, UINT64_MAX)                                                                         \
    X(joined, 1)                                                                                   \
    X(greeted, UINT32_MAX)                                                                         \
    X(counts, 1)
CODEC(gauges, GAUGES_FIELDS)

#define TOTALS_FIELDS(X)                                                                           \
    X(requests, UINT64_MAX)                                                                        \
    X(fallbacks, UINT64_MAX)                                                                       \
    X(messages, UINT64_MAX)                                                                        \
    X(dropped, UINT64_MAX)                                                                         \
    X(loads, UINT64_MAX)                                                                           \
    X(workers_started, UINT64_MAX)                                                                 \
    X(workers_expired, UINT64_MAX)                                                                 \
    X(workers_lost, UINT64_MAX)                                                                    \
    X(workers_moved, UINT64_MAX)
CODEC(totals, TOTALS_FIELDS)

void process_setup_write(struct string_builder *bytes, const struct process_setup *setup)
{
    process_setup_put(bytes, setup);
}

void process_setup_read(struct byte_reader *reader, struct process_setup *setup)
{
    process_setup_get(reader, setup);
}

void gauges_write(struct string_builder *bytes, const struct gauges *gauges)
{
    const struct totals *totals = &gauges->tally.totals;
    gauges_put(bytes, gauges);
    if (!gauges->counts)
        return;
    totals_put(bytes, totals);
    for (unsigned i = 0; i < OUTCOMES_COUNT; i++)
        codec_put_number(bytes, totals->outcomes[i]);
}

void gauges_read(struct byte_reader *reader, struct gauges *gauges)
{
    struct totals *totals = &gauges->tally.totals;
    *gauges = (struct gauges){0};
    gauges_get(reader, gauges);
    if (!gauges->counts)
        return;
    totals_get(reader, totals);
    for (unsigned i = 0; i < OUTCOMES_COUNT; i++)
        totals->outcomes[i] = codec_get_number(reader, UINT64_MAX);
}
