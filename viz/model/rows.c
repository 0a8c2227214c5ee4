#include "viz/model/rows.h"

#include "base/memory.h"
#include "viz/model/search.h"

enum error row_set_start(struct row_set *set, uint32_t bar, uint8_t *place)
{
    *place = ROW_NONE;
    if (set->taken == UINT64_MAX)
        return OK;
    unsigned lowest = (unsigned)__builtin_ctzll(~set->taken);
    enum error error =
        memory_reserve((void **)&set->rows, &set->capacity, lowest + 1, sizeof *set->rows);
    if (error)
        return error;
    for (; set->count <= lowest; set->count++)
        set->rows[set->count] = (struct row){0};
    struct row *row = &set->rows[lowest];
    error = memory_reserve((void **)&row->bars, &row->capacity, row->count + 1, sizeof *row->bars);
    if (error)
        return error;
    row->bars[row->count++] = bar;
    set->taken |= UINT64_C(1) << lowest;
    *place = (uint8_t)lowest;
    return OK;
}

void row_set_end(struct row_set *set, uint8_t row)
{
    if (row != ROW_NONE)
        set->taken &= ~(UINT64_C(1) << row);
}

void row_set_close(struct row_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        memory_free(set->rows[i].bars);
        memory_free(set->rows[i].ticks);
    }
    memory_free(set->rows);
    *set = (struct row_set){0};
}

/* What a search looks at: the bars of a row, or rather the workers or requests they stand for. */
struct bars {
    const struct model *model;
    const uint32_t *indices;
};

static bool worker_starts_before(const void *array, size_t place, int64_t t_ns)
{
    const struct bars *bars = array;
    return model_worker(bars->model, bars->indices[place])->span.start_ns < t_ns;
}

static bool worker_ends_by(const void *array, size_t place, int64_t t_ns)
{
    const struct bars *bars = array;
    return model_worker(bars->model, bars->indices[place])->span.end_ns <= t_ns;
}

static bool request_starts_before(const void *array, size_t place, int64_t t_ns)
{
    const struct bars *bars = array;
    return model_request(bars->model, bars->indices[place])->span.start_ns < t_ns;
}

static bool request_ends_by(const void *array, size_t place, int64_t t_ns)
{
    const struct bars *bars = array;
    return model_request(bars->model, bars->indices[place])->span.end_ns <= t_ns;
}

static bool tick_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct tick *)array)[place].t_ns < t_ns;
}

size_t row_find_worker(const struct model *model, const struct row *row, int64_t t_ns)
{
    struct bars bars = {model, row->bars};
    return search_time(&bars, 0, row->count, t_ns, worker_ends_by);
}

size_t row_find_request(const struct model *model, const struct row *row, int64_t t_ns)
{
    struct bars bars = {model, row->bars};
    return search_time(&bars, 0, row->count, t_ns, request_ends_by);
}

size_t row_from_worker(const struct model *model, const struct row *row, size_t from, int64_t t_ns)
{
    struct bars bars = {model, row->bars};
    return search_time(&bars, from, row->count, t_ns, worker_starts_before);
}

size_t row_from_request(const struct model *model, const struct row *row, size_t from, int64_t t_ns)
{
    struct bars bars = {model, row->bars};
    return search_time(&bars, from, row->count, t_ns, request_starts_before);
}

size_t row_tick(const struct row *row, size_t from, int64_t t_ns)
{
    return search_time(row->ticks, from, row->ticks_count, t_ns, tick_before);
}

size_t lane_failed(const struct lane *lane, size_t from, int64_t t_ns)
{
    return search_time(lane->failed, from, lane->failed_count, t_ns, tick_before);
}
