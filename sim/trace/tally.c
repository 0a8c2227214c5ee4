#include "trace/tally.h"

/* Latencies from here on share the last bucket. */
#define LATENCY_TOP (UINT64_C(1) << 40)

/* Row 0 is 0..127 by ones; row n is 2^(n+6) .. 2^(n+7)-1 by 2^(n-1). */
static uint32_t bucket_of(int64_t latency_ns)
{
    uint64_t value = latency_ns < 0 ? 0 : (uint64_t)latency_ns;
    if (value >= LATENCY_TOP)
        value = LATENCY_TOP;
    if (value < TALLY_STEPS)
        return (uint32_t)value;
    uint32_t magnitude = 63 - (uint32_t)__builtin_clzll(value);
    return (magnitude - 6) * TALLY_STEPS + (uint32_t)(value >> (magnitude - 7) & (TALLY_STEPS - 1));
}

/* The highest latency that falls into the bucket. */
static int64_t bucket_highest_ns(uint32_t bucket)
{
    uint32_t row = bucket / TALLY_STEPS;
    if (row == 0)
        return bucket;
    uint64_t steps = TALLY_STEPS + bucket % TALLY_STEPS + 1;
    return (int64_t)(steps << (row - 1)) - 1;
}

static void take_latency(struct tally *tally, int64_t latency_ns)
{
    tally->latencies[bucket_of(latency_ns)]++;
    if (latency_ns > tally->latency_max_ns)
        tally->latency_max_ns = latency_ns;
}

void tally_take(struct tally *tally, const struct record *record)
{
    struct totals *totals = &tally->totals;
    switch (record->kind) {
    case RECORD_REQUEST:
        totals->requests++;
        break;
    case RECORD_ROUTE:
        totals->fallbacks += record->code == 2 && record->why != WHY_REFUSED;
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
        take_latency(tally, record->amount);
        break;
    case RECORD_FAIL:
        if (record->code < OUTCOMES_COUNT)
            totals->outcomes[record->code]++;
        break;
    case RECORD_EXPIRE:
        totals->workers_expired++;
        break;
    case RECORD_LOST:
        totals->workers_lost++;
        break;
    default:
        break;
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
    for (uint32_t i = 0; i < TALLY_BUCKETS; i++)
        to->latencies[i] += from->latencies[i];
    if (from->latency_max_ns > to->latency_max_ns)
        to->latency_max_ns = from->latency_max_ns;
}

int64_t tally_latency_ns(const struct tally *tally, uint32_t ppm)
{
    uint64_t count = tally->totals.outcomes[OUTCOME_VALUE], seen = 0;
    if (count == 0)
        return 0;
    uint64_t rank = (uint64_t)(((unsigned __int128)count * ppm + 999999) / 1000000);
    if (rank == 0)
        rank = 1;
    for (uint32_t i = 0; i < bucket_of(INT64_MAX); i++) {
        seen += tally->latencies[i];
        if (seen < rank)
            continue;
        int64_t highest_ns = bucket_highest_ns(i);
        return highest_ns < tally->latency_max_ns ? highest_ns : tally->latency_max_ns;
    }
    return tally->latency_max_ns;
}

struct totals tally_totals(const struct tally *tally)
{
    struct totals totals = tally->totals;
    totals.latency_p50_ns = tally_latency_ns(tally, 500000);
    totals.latency_p90_ns = tally_latency_ns(tally, 900000);
    totals.latency_p99_ns = tally_latency_ns(tally, 990000);
    totals.latency_max_ns = tally->latency_max_ns;
    return totals;
}
