/* Workers: from START to their end, with each request they served; and the rows that bars stand in.
 */
#include "viz/model/intake.h"

#include "base/memory.h"
#include "base/random.h"

uint32_t intake_find_worker(const struct model *model, uint64_t number)
{
    struct probe probe = table_probe(&model->worker_by_number, random_mix(number));
    for (uint32_t at; (at = table_next(&model->worker_by_number, &probe)) != TABLE_NONE;)
        if (model_worker(model, at)->number == number)
            return at;
    return NONE;
}

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

static enum error take_start(struct model *model, const struct record *record)
{
    uint32_t index = (uint32_t)model->workers.count;
    struct seen_worker worker = {
        .span = {model->last_ns, TIME_NEVER},
        .ready_ns = TIME_NEVER,
        .number = record->worker,
        .node = record->node,
        .last_request = NONE,
        .mark = NONE,
        .row = ROW_NONE,
        .fate = FATE_LIVES,
    };
    struct newest *newest = NULL;
    enum error error =
        names_add(&model->names, text_bytes(&record->id), text_size(&record->id), &worker.id);
    if (!error)
        error = intake_newest(model, worker.id, &newest);
    if (!error)
        error = list_reserve(&model->workers, index + 1, sizeof worker);
    if (!error)
        error = table_insert(&model->worker_by_number, random_mix(record->worker), index);
    if (!error && record->node < model->nodes)
        error = row_set_start(&model->lanes[record->node].workers, index, &worker.row);
    if (error)
        return error;
    worker.before = newest->worker;
    newest->worker = index;
    model->workers.count++;
    *model_worker(model, index) = worker;
    return intake_moment(model, record, MOMENT_STARTED, index);
}

static enum error take_value(struct model *model, const struct record *record, uint32_t index)
{
    struct seen_worker *worker = model_worker(model, index);
    uint32_t size = text_size(&record->value);
    if (worker->ready_ns == TIME_NEVER)
        worker->ready_ns = model->last_ns;
    worker->value_size = size;
    return names_add(&model->names, text_bytes(&record->value),
                     size < VALUE_KEPT ? size : VALUE_KEPT, &worker->value);
}

static enum error add_tick(struct model *model, const struct seen_worker *worker, uint32_t request)
{
    if (worker->row == ROW_NONE)
        return OK;
    struct row *row = &model->lanes[worker->node].workers.rows[worker->row];
    enum error error = memory_reserve((void **)&row->ticks, &row->ticks_capacity,
                                      row->ticks_count + 1, sizeof *row->ticks);
    if (!error)
        row->ticks[row->ticks_count++] = (struct tick){model->last_ns, request};
    return error;
}

static enum error take_serve(struct model *model, const struct record *record, uint32_t index)
{
    uint32_t served = intake_find_request(model, record->request);
    struct seen_worker *worker = model_worker(model, index);
    worker->served++;
    if (served != NONE) {
        struct seen_request *request = model_request(model, served);
        /* Were it served twice, the chain through its first worker must stay whole. */
        if (request->worker == NONE) {
            request->served_before = worker->last_request;
            worker->last_request = served;
        }
        request->worker = index;
        request->served_ns = model->last_ns;
    }
    enum error error = add_tick(model, worker, served);
    return error ? error : intake_moment(model, record, MOMENT_SERVED, served);
}

static enum error end_worker(struct model *model, const struct record *record, uint32_t index,
                             enum worker_fate fate)
{
    struct seen_worker *worker = model_worker(model, index);
    if (worker->fate != FATE_LIVES)
        return OK;
    worker->fate = (uint8_t)fate;
    worker->span.end_ns = model->last_ns;
    if (worker->node < model->nodes)
        row_set_end(&model->lanes[worker->node].workers, worker->row);
    return intake_moment(model, record, fate == FATE_LOST ? MOMENT_LOST : MOMENT_EXPIRED, index);
}

enum error intake_worker(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_START)
        return take_start(model, record);
    uint32_t index = intake_find_worker(model, record->worker);
    if (index == NONE)
        return OK;
    switch (record->kind) {
    case RECORD_VALUE:
        return take_value(model, record, index);
    case RECORD_SERVE:
        return take_serve(model, record, index);
    case RECORD_EXPIRE:
        return end_worker(model, record, index, FATE_EXPIRED);
    case RECORD_LOST:
        return end_worker(model, record, index, FATE_LOST);
    case RECORD_LOAD_FAILED:
        model_worker(model, index)->load_failed = true;
        return OK;
    default:
        return OK;
    }
}
