/* Marks on the axis: faults, expectations, violations, duplicates. */
#include "viz/model/intake.h"

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

enum error intake_mark(struct model *model, const struct record *record)
{
    uint32_t index = (uint32_t)model->marks.count;
    struct mark mark = {
        .t_ns = model->last_ns,
        .kind = mark_of[record->kind],
        .line = record->line,
        .workers = {NONE, NONE},
    };
    if (record->kind == RECORD_EXPECT && record->code == VERDICT_HELD)
        mark.kind = MARK_HELD;
    enum error error =
        names_add(&model->names, text_bytes(&record->value), text_size(&record->value), &mark.text);
    if (!error)
        error = names_add(&model->names, text_bytes(&record->id), text_size(&record->id), &mark.id);
    if (!error)
        error = list_reserve(&model->marks, index + 1, sizeof mark);
    if (error)
        return error;
    if (record->kind == RECORD_DUPLICATE) {
        mark.workers[0] = intake_find_worker(model, record->worker);
        mark.workers[1] = intake_find_worker(model, record->number);
        mark_worker(model, mark.workers[0], index);
        mark_worker(model, mark.workers[1], index);
    }
    model->marks.count++;
    *model_mark(model, index) = mark;
    if (record->kind == RECORD_FAULT && (error = bands_fault(model, record)))
        return error;
    return history_add(&model->run, (struct moment){model->last_ns, index, MOMENT_OTHER});
}
