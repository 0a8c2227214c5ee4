/* Marks on the axis: faults, expectations, violations, duplicates. */
#include "viz/model/model_internal.h"

#include "base/memory.h"

static const enum mark_kind mark_of[RECORD_KINDS] = {
    [RECORD_FAULT] = MARK_FAULT,
    [RECORD_EXPECT] = MARK_NOT_HELD,
    [RECORD_VIOLATION] = MARK_VIOLATION,
    [RECORD_DUPLICATE] = MARK_DUPLICATE,
};

static void mark_worker(struct model *model, uint32_t worker, uint32_t mark)
{
    if (worker != NONE && model_worker(model, worker)->mark == NONE)
        model_worker(model, worker)->mark = mark;
}

enum error model_add_mark(struct model *model, const struct record *record)
{
    uint32_t index = (uint32_t)model->marks.count;
    struct mark mark = {
        .t_ns = model->last_ns,
        .kind = mark_of[record->kind],
        .line = record->line,
        .rule = record->kind == RECORD_VIOLATION ? record->code : 0,
        .workers = {NONE, NONE},
    };
    if (record->kind == RECORD_EXPECT && record->code == VERDICT_HELD)
        mark.kind = MARK_HELD;
    enum error error = model_add_string(model, &record->value, &mark.text);
    if (!error && record->kind != RECORD_FAULT) /* whose id is no text */
        error = model_add_string(model, &record->id, &mark.id);
    if (!error)
        error = array_reserve(&model->marks, index + 1, sizeof mark);
    struct array *row =
        &model->mark_rows[mark.kind == MARK_FAULT ? MARK_ROW_FAULTS : MARK_ROW_VERDICTS];
    if (!error)
        error = array_reserve(row, row->count + 1, sizeof index);
    if (error)
        return error;
    ((uint32_t *)row->items)[row->count++] = index;
    if (mark.kind == MARK_VIOLATION || mark.kind == MARK_NOT_HELD)
        notable_add(&model->broken, index, 0);
    if (record->kind == RECORD_DUPLICATE) {
        mark.workers[0] = model_find_worker(model, record->worker);
        mark.workers[1] = model_find_worker(model, record->number);
        mark_worker(model, mark.workers[0], index);
        mark_worker(model, mark.workers[1], index);
    }
    model->marks.count++;
    *model_mark(model, index) = mark;
    if (record->kind == RECORD_FAULT && (error = bands_fault(model, record)))
        return error;
    return history_add(&model->run, (struct history_event){model->last_ns, index, HISTORY_OTHER});
}
