/* Searching the rows of a lane by time. Bars of a row don't overlap, so their ends are in order
 * too. */
#include "viz/model/picture.h"

typedef const struct span *span_of(const struct model *model, uint32_t index);

static const struct span *worker_span(const struct model *model, uint32_t index)
{
    return &model_worker(model, index)->span;
}

static const struct span *request_span(const struct model *model, uint32_t index)
{
    return &model_request(model, index)->span;
}

/* By doubling steps from `from`, then halving: near places are found with few looks. */
static size_t from_start(const struct model *model, const struct row *row, size_t from,
                         int64_t t_ns, span_of *span)
{
    size_t low = from;
    size_t step = 1;
    while (low + step < row->count && span(model, row->bars[low + step])->start_ns < t_ns) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < row->count ? low + step : row->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span(model, row->bars[middle])->start_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t find_end(const struct model *model, const struct row *row, int64_t t_ns,
                       span_of *span)
{
    size_t low = 0;
    size_t high = row->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span(model, row->bars[middle])->end_ns <= t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t row_find_worker(const struct model *model, const struct row *row, int64_t t_ns)
{
    return find_end(model, row, t_ns, worker_span);
}

size_t row_find_request(const struct model *model, const struct row *row, int64_t t_ns)
{
    return find_end(model, row, t_ns, request_span);
}

size_t row_from_worker(const struct model *model, const struct row *row, size_t from, int64_t t_ns)
{
    return from_start(model, row, from, t_ns, worker_span);
}

size_t row_from_request(const struct model *model, const struct row *row, size_t from, int64_t t_ns)
{
    return from_start(model, row, from, t_ns, request_span);
}

size_t row_tick(const struct row *row, size_t from, int64_t t_ns)
{
    size_t low = from;
    size_t step = 1;
    while (low + step < row->ticks_count && row->ticks[low + step].t_ns < t_ns) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < row->ticks_count ? low + step : row->ticks_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row->ticks[middle].t_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
