#include "trace/tally.h"

#include "base/varint.h"

void tally_take(struct tally *tally, const struct record *record)
{
    struct totals *totals = &tally->totals;
    switch (record->kind) {
    case RECORD_REQUEST:
        totals->requests++;
        break;
    case RECORD_ROUTE:
        totals->fallbacks += record_falls_back(record);
        break;
    case RECORD_RECV:
        totals->messages++;
        break;
    case RECORD_DROP:
        totals->dropped++;
        break;
    case RECORD_START:
        totals->workers_started++;
        break;
    case RECORD_LOAD:
        totals->loads++;
        break;
    case RECORD_REPLY:
        totals->outcomes[OUTCOME_VALUE]++;
        if (tally->latencies)
            quantiles_add(tally->latencies, record->amount);
        break;
    case RECORD_FAIL:
        if (record->code < OUTCOMES_COUNT)
            totals->outcomes[record->code]++;
        break;
    case RECORD_EXPIRE:
        totals->workers_expired++;
        break;
    case RECORD_LOST:
        totals->workers_lost += record->code == DOWN_CRASH;
        totals->workers_expired += record->code != DOWN_CRASH;
        break;
    case RECORD_MOVED:
        totals->workers_moved++;
        break;
    default:
        break;
    }
}

void tally_take_latencies(struct tally *tally, const struct text *latencies)
{
    struct byte_reader reader = byte_reader_over(text_bytes(latencies), text_size(latencies));
    while (reader.at < reader.end) {
        int64_t latency_ns = (int64_t)varint_get(&reader, TIME_NEVER - 1);
        if (!reader.failed)
            quantiles_add(tally->latencies, latency_ns);
    }
}

void tally_add(struct tally *to, const struct tally *from)
{
    to->totals.requests += from->totals.requests;
    for (uint32_t i = 0; i < OUTCOMES_COUNT; i++)
        to->totals.outcomes[i] += from->totals.outcomes[i];
    to->totals.fallbacks += from->totals.fallbacks;
    to->totals.messages += from->totals.messages;
    to->totals.dropped += from->totals.dropped;
    to->totals.loads += from->totals.loads;
    to->totals.workers_started += from->totals.workers_started;
    to->totals.workers_expired += from->totals.workers_expired;
    to->totals.workers_lost += from->totals.workers_lost;
    to->totals.workers_moved += from->totals.workers_moved;
}

/* Of every answer: where some were counted without their latencies, nothing is known of all. */
static bool find_latencies(const struct tally *tally, const uint32_t *ppm, int64_t *found_ns,
                           size_t count)
{
    uint64_t answered = tally->totals.outcomes[OUTCOME_VALUE];
    memset(found_ns, 0, count * sizeof *found_ns);
    if (!answered)
        return true;
    return tally->latencies && quantiles_count(tally->latencies) == answered &&
           !quantiles_find_all(tally->latencies, ppm, found_ns, count);
}

bool tally_latency(const struct tally *tally, uint32_t ppm, int64_t *latency_ns)
{
    return find_latencies(tally, &ppm, latency_ns, 1);
}

struct totals tally_totals(const struct tally *tally)
{
    static const uint32_t ppm[] = {QUANTILE_MEDIAN, 900000, 990000, QUANTILE_MOST};
    struct totals totals = tally->totals;
    int64_t found_ns[4];
    totals.latency_known = find_latencies(tally, ppm, found_ns, 4);
    totals.latency_p50_ns = found_ns[0];
    totals.latency_p90_ns = found_ns[1];
    totals.latency_p99_ns = found_ns[2];
    totals.latency_max_ns = found_ns[3];
    return totals;
}
