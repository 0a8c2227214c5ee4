/* Workers: from START to their end, with each request they served; and the rows that bars stand in.
 */
#include "viz/model/model_internal.h"
#include "viz/model/rows.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

static inline bool same_number(const void *model, uint32_t index, const void *number)
{
    return model_worker(model, index)->number == *(const uint64_t *)number;
}

uint32_t model_find_worker(const struct model *model, uint64_t number)
{
    return hash_map_find(&model->workers_by_number, hash_map_number(number), same_number, model,
                         &number);
}

/* What moved away from worker `from` is here, as worker `to`. */
static void end_move(struct model *model, uint32_t from, uint32_t to)
{
    uint32_t index = from == NONE ? NONE : model_worker(model, from)->moved;
    if (index == NONE || model_move(model, index)->to != NONE)
        return;
    model_move(model, index)->to = to;
    model_worker(model, to)->came = index;
    spans_end(&model->moves, index, model->last_ns);
}

static enum error start_move(struct model *model, const struct record *record, uint32_t from)
{
    uint32_t index = (uint32_t)model->moves.count;
    struct move move = {{model->last_ns, TIME_NEVER}, from, NONE, record->peer};
    enum error error = spans_add(&model->moves, &move);
    if (!error)
        model_worker(model, from)->moved = index;
    return error;
}

static enum error take_start(struct model *model, const struct record *record)
{
    uint32_t index = (uint32_t)model->workers.count;
    struct model_worker worker = {
        .span = {model->last_ns, TIME_NEVER},
        .ready_ns = TIME_NEVER,
        .number = record->worker,
        .node = record->node,
        .last_request = NONE,
        .mark = NONE,
        .came = NONE,
        .moved = NONE,
        .row = ROW_NONE,
        .status = WORKER_LIVE,
    };
    struct newest *newest = NULL;
    enum error error = model_add_string(model, &record->id, &worker.id);
    if (!error)
        error = model_newest_of(model, worker.id, &newest);
    if (!error)
        error = array_reserve(&model->workers, index + 1, sizeof worker);
    if (!error)
        error = hash_map_add(&model->workers_by_number, hash_map_number(record->worker), index);
    if (!error && record->node < model->nodes)
        error = row_set_start(&model->lanes[record->node].workers, index, &worker.row);
    if (error)
        return error;
    worker.before = newest->worker;
    newest->worker = index;
    model->workers.count++;
    *model_worker(model, index) = worker;
    if (record->code != START_MOVED)
        return model_add_event(model, record, HISTORY_STARTED, index);
    end_move(model, model_find_worker(model, record->number), index);
    return model_add_event(model, record, HISTORY_CAME, index);
}

static enum error take_value(struct model *model, const struct record *record, uint32_t index)
{
    struct model_worker *worker = model_worker(model, index);
    uint32_t size = text_size(&record->value);
    if (worker->ready_ns == TIME_NEVER)
        worker->ready_ns = model->last_ns;
    worker->value_size = size;
    return string_table_add(&model->strings, text_bytes(&record->value),
                            size < VALUE_KEPT ? size : VALUE_KEPT, &worker->value);
}

static enum error add_tick(struct model *model, const struct model_worker *worker, uint32_t request)
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
    uint32_t served = model_find_request(model, record->request);
    struct model_worker *worker = model_worker(model, index);
    worker->served++;
    if (served != NONE) {
        struct model_request *request = model_request(model, served);
        /* Were it served twice, the chain through its first worker must stay whole. */
        if (request->worker == NONE) {
            request->served_before = worker->last_request;
            worker->last_request = served;
        }
        request->worker = index;
        request->served_ns = model->last_ns;
    }
    enum error error = add_tick(model, worker, served);
    return error ? error : model_add_event(model, record, HISTORY_SERVED, served);
}

static enum error end_worker(struct model *model, const struct record *record, uint32_t index,
                             enum worker_status status)
{
    static const enum history_class classes[] = {
        [WORKER_EXPIRED] = HISTORY_EXPIRED,
        [WORKER_LOST] = HISTORY_LOST,
        [WORKER_UNLEASED] = HISTORY_UNLEASED,
        [WORKER_MOVED] = HISTORY_MOVED,
    };
    struct model_worker *worker = model_worker(model, index);
    if (worker->status != WORKER_LIVE)
        return OK;
    worker->status = (uint8_t)status;
    worker->how = record->code;
    worker->span.end_ns = model->last_ns;
    /* A node that stood still says so when it runs again. */
    if (status == WORKER_UNLEASED)
        worker->span.end_ns =
            clamp_i64(model_leased_ns(model, worker), worker->span.start_ns, model->last_ns);
    if (worker->node < model->nodes)
        row_set_end(&model->lanes[worker->node].workers, worker->row);
    enum error error = status == WORKER_MOVED ? start_move(model, record, index) : OK;
    return error ? error : model_add_event(model, record, classes[status], index);
}

enum error model_add_worker(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_START)
        return take_start(model, record);
    uint32_t index = model_find_worker(model, record->worker);
    if (index == NONE)
        return OK;
    switch (record->kind) {
    case RECORD_LOAD:
        model_worker(model, index)->token_epoch = record->epoch;
        model_worker(model, index)->token_counter = record->number;
        return OK;
    case RECORD_VALUE:
        return take_value(model, record, index);
    case RECORD_SERVE:
        return take_serve(model, record, index);
    case RECORD_EXPIRE:
        return end_worker(model, record, index, WORKER_EXPIRED);
    case RECORD_MOVED:
        return end_worker(model, record, index, WORKER_MOVED);
    case RECORD_LOST:
        return end_worker(model, record, index,
                          record->code == DOWN_LEASE ? WORKER_UNLEASED : WORKER_LOST);
    case RECORD_LOAD_FAILED:
        model_worker(model, index)->load_failed = true;
        return OK;
    default:
        return OK;
    }
}
