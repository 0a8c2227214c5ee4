#include "viz/model/spans.h"

#include "base/memory.h"
#include "viz/model/search.h"

#include <string.h>

#define FAN 16u

void spans_init(struct spans *spans, size_t item_size)
{
    *spans = (struct spans){.item_size = item_size};
}

void spans_close(struct spans *spans)
{
    memory_free(spans->items);
    for (size_t level = 0; level < SPANS_LEVELS; level++)
        memory_free(spans->levels[level].latest);
    spans_init(spans, spans->item_size);
}

static const struct span *span_at(const struct spans *spans, size_t index)
{
    return spans_at(spans, index);
}

/* Makes room for what stands above item number `count`. Every level is kept from the first item on.
 */
static enum error raise_levels(struct spans *spans)
{
    size_t above = spans->count;
    for (size_t level = 0; level < SPANS_LEVELS; level++) {
        above /= FAN;
        enum error error =
            memory_reserve((void **)&spans->levels[level].latest, &spans->levels[level].capacity,
                           above + 1, sizeof(int64_t));
        if (error)
            return error;
    }
    return OK;
}

static void cover(struct spans *spans, size_t index, int64_t end_ns)
{
    for (size_t level = 0; level < SPANS_LEVELS; level++) {
        index /= FAN;
        int64_t *latest = &spans->levels[level].latest[index];
        if (index == spans->levels[level].count) {
            *latest = end_ns;
            spans->levels[level].count++;
        } else if (*latest < end_ns) {
            *latest = end_ns;
        } else {
            return;
        }
    }
}

enum error spans_add(struct spans *spans, const void *item)
{
    if (spans->count >= UINT32_MAX - 1)
        return ERROR_FULL;
    enum error error = memory_reserve((void **)&spans->items, &spans->capacity, spans->count + 1,
                                      spans->item_size);
    if (!error)
        error = raise_levels(spans);
    if (error)
        return error;
    memcpy(spans_at(spans, spans->count), item, spans->item_size);
    spans->count++;
    cover(spans, spans->count - 1, span_at(spans, spans->count - 1)->end_ns);
    return OK;
}

static int64_t latest_of_items(const struct spans *spans, size_t group)
{
    size_t end = (group + 1) * FAN < spans->count ? (group + 1) * FAN : spans->count;
    int64_t latest = INT64_MIN;
    for (size_t i = group * FAN; i < end; i++)
        if (span_at(spans, i)->end_ns > latest)
            latest = span_at(spans, i)->end_ns;
    return latest;
}

static int64_t latest_of_groups(const struct spans *spans, size_t level, size_t group)
{
    size_t below = spans->levels[level - 1].count;
    size_t end = (group + 1) * FAN < below ? (group + 1) * FAN : below;
    int64_t latest = INT64_MIN;
    for (size_t i = group * FAN; i < end; i++)
        if (spans->levels[level - 1].latest[i] > latest)
            latest = spans->levels[level - 1].latest[i];
    return latest;
}

void spans_end(struct spans *spans, size_t index, int64_t end_ns)
{
    struct span *span = spans_at(spans, index);
    span->end_ns = end_ns;
    size_t group = index;
    for (size_t level = 0; level < SPANS_LEVELS; level++) {
        group /= FAN;
        int64_t latest =
            level ? latest_of_groups(spans, level, group) : latest_of_items(spans, group);
        if (spans->levels[level].latest[group] == latest)
            return;
        spans->levels[level].latest[group] = latest;
    }
}

/* Skips whole groups that were over before t0_ns, the largest ones first. */
static size_t skip_over(const struct spans *spans, size_t at, int64_t t0_ns)
{
    for (;;) {
        size_t width = 1;
        size_t skipped = 0;
        for (size_t level = 0; level < SPANS_LEVELS && at % (width * FAN) == 0; level++) {
            width *= FAN;
            size_t group = at / width;
            if (group >= spans->levels[level].count || spans->levels[level].latest[group] >= t0_ns)
                break;
            skipped = width;
        }
        if (!skipped)
            return at;
        at += skipped;
    }
}

size_t spans_next(const struct spans *spans, size_t from, int64_t t0_ns, int64_t t1_ns)
{
    for (size_t at = skip_over(spans, from, t0_ns); at < spans->count;
         at = skip_over(spans, at + 1, t0_ns)) {
        if (span_at(spans, at)->start_ns >= t1_ns)
            return SPANS_NONE;
        if (span_at(spans, at)->end_ns >= t0_ns)
            return at;
    }
    return SPANS_NONE;
}

static bool starts_before(const void *array, size_t place, int64_t t_ns)
{
    return span_at(array, place)->start_ns < t_ns;
}

size_t spans_find(const struct spans *spans, int64_t t_ns)
{
    return search_time(spans, 0, spans->count, t_ns, starts_before);
}
