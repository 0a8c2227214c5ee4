#include "viz/model/thing_set.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void thing_set_close(struct thing_set *set)
{
    memory_free(set->things);
    *set = (struct thing_set){0};
}

static int compare(const void *left, const void *right)
{
    const struct thing *a = left;
    const struct thing *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static enum error add(struct thing_set *set, enum thing_kind kind, uint32_t index)
{
    if (index == NONE)
        return OK;
    if (set->count >= THING_SET_MAX) {
        set->cut = true;
        return OK;
    }
    enum error error =
        memory_reserve((void **)&set->things, &set->capacity, set->count + 1, sizeof *set->things);
    if (!error)
        set->things[set->count++] = (struct thing){kind, index};
    return error;
}

static void sort(struct thing_set *set)
{
    if (!set->count)
        return;
    qsort(set->things, set->count, sizeof *set->things, compare);
    size_t kept = 1;
    for (size_t i = 1; i < set->count; i++)
        if (compare(&set->things[kept - 1], &set->things[i]))
            set->things[kept++] = set->things[i];
    set->count = kept;
}

bool thing_set_has(const struct thing_set *set, struct thing thing)
{
    return set->count && bsearch(&thing, set->things, set->count, sizeof thing, compare);
}

static enum error add_request(struct thing_set *set, const struct model *model, uint32_t index)
{
    if (index == NONE)
        return OK;
    const struct model_request *request = model_request(model, index);
    enum error error = add(set, THING_REQUEST, index);
    for (uint32_t at = request->first_message; at != NONE && !error && !set->cut;
         at = model_message(model, at)->next)
        error = add(set, THING_MESSAGE, at);
    if (!error)
        error = add(set, THING_WORKER, request->worker);
    return error;
}

/* Without those that it was and became. */
static enum error add_one_worker(struct thing_set *set, const struct model *model, uint32_t index)
{
    const struct model_worker *worker = model_worker(model, index);
    enum error error = add(set, THING_WORKER, index);
    if (!error && worker->mark != NONE) {
        const struct mark *mark = model_mark(model, worker->mark);
        error = add(set, THING_MARK, worker->mark);
        for (uint32_t i = 0; i < 2 && !error; i++)
            error = add(set, THING_WORKER, mark->workers[i]);
    }
    for (uint32_t at = worker->last_request; at != NONE && !error && !set->cut;
         at = model_request(model, at)->served_before)
        error = add_request(set, model, at);
    return error;
}

static enum error add_worker(struct thing_set *set, const struct model *model, uint32_t index)
{
    enum error error = OK;
    while (model_worker(model, index)->came != NONE)
        index = model_move(model, model_worker(model, index)->came)->from;
    for (uint32_t at = index; at != NONE && !error && !set->cut;) {
        uint32_t move = model_worker(model, at)->moved;
        error = add_one_worker(set, model, at);
        at = move == NONE ? NONE : model_move(model, move)->to;
    }
    return error;
}

static bool overlaps(struct span span, int64_t t0_ns, int64_t t1_ns)
{
    return span.start_ns < t1_ns && span.end_ns >= t0_ns;
}

/* A violation is about the workers that its id had then. */
static enum error add_workers_then(struct thing_set *set, const struct model *model, string_id id,
                                   int64_t t_ns)
{
    enum error error = OK;
    for (uint32_t at = model_newest(model, id).worker; at != NONE && !error && !set->cut;
         at = model_worker(model, at)->before)
        if (overlaps(model_worker(model, at)->span, t_ns, t_ns + 1))
            error = add_worker(set, model, at);
    return error;
}

static enum error add_mark(struct thing_set *set, const struct model *model, uint32_t index)
{
    const struct mark *mark = model_mark(model, index);
    enum error error = add(set, THING_MARK, index);
    if (!error && mark->kind == MARK_VIOLATION && mark->id)
        error = add_workers_then(set, model, mark->id, mark->t_ns);
    for (uint32_t i = 0; i < 2 && !error; i++)
        if (mark->workers[i] != NONE)
            error = add_worker(set, model, mark->workers[i]);
    return error;
}

enum error thing_set_related(struct thing_set *set, const struct model *model, struct thing thing)
{
    enum error error = OK;
    set->count = 0;
    set->cut = false;
    switch ((enum thing_kind)thing.kind) {
    case THING_WORKER:
        error = add_worker(set, model, thing.index);
        break;
    case THING_REQUEST:
        error = add_request(set, model, thing.index);
        break;
    case THING_MESSAGE:
        error = add(set, THING_MESSAGE, thing.index);
        if (!error)
            error = add_request(set, model, model_message(model, thing.index)->request);
        break;
    case THING_MARK:
        error = add_mark(set, model, thing.index);
        break;
    case THING_HEARTBEAT:
    case THING_BAND:
        error = add(set, (enum thing_kind)thing.kind, thing.index);
        break;
    case THING_NODE:
    case THING_NONE:
        break;
    }
    sort(set);
    return error;
}

/* The worker, and the mark that says why there is another one of its id. */
static enum error add_with_cause(struct thing_set *set, const struct model *model, uint32_t index)
{
    enum error error = add(set, THING_WORKER, index);
    uint32_t mark = model_worker(model, index)->mark;
    return error || mark == NONE ? error : add(set, THING_MARK, mark);
}

/* Messages by which views change: a node joins or leaves. Where an id has its worker follows from
 * them. */
static enum error add_membership(struct thing_set *set, const struct model *model, int64_t t0_ns,
                                 int64_t t1_ns)
{
    enum error error = OK;
    for (size_t at = spans_next(&model->messages, 0, t0_ns, t1_ns);
         at < model->messages.count && !error && !set->cut;
         at = spans_next(&model->messages, at + 1, t0_ns, t1_ns))
        if (model_message(model, (uint32_t)at)->request == NONE)
            error = add(set, THING_MESSAGE, (uint32_t)at);
    return error;
}

static enum error filter_id(struct thing_set *set, const struct model *model, string_id id,
                            int64_t t0_ns, int64_t t1_ns)
{
    struct newest newest = model_newest(model, id);
    enum error error = OK;
    for (uint32_t at = newest.worker; at != NONE && !error && !set->cut;
         at = model_worker(model, at)->before)
        if (overlaps(model_worker(model, at)->span, t0_ns, t1_ns))
            error = add_with_cause(set, model, at);
    for (uint32_t at = newest.request; at != NONE && !error && !set->cut;
         at = model_request(model, at)->before)
        if (overlaps(model_request(model, at)->span, t0_ns, t1_ns))
            error = add_request(set, model, at);
    return error;
}

enum error thing_set_matching(struct thing_set *set, const struct model *model, const char *text,
                              int64_t t0_ns, int64_t t1_ns)
{
    enum error error = OK;
    bool found = false;
    set->count = 0;
    set->cut = false;
    for (int part = 0; part < 2 && !found; part++)
        for (string_id id = 1; id < string_table_count(&model->strings) && !error && !set->cut;
             id++) {
            struct newest newest = model_newest(model, id);
            const char *name = model_string(model, id);
            bool fits = part ? strstr(name, text) != NULL : strcmp(name, text) == 0;
            if (!fits || (newest.worker == NONE && newest.request == NONE))
                continue;
            found = true;
            error = filter_id(set, model, id, t0_ns, t1_ns);
        }
    if (found && !error)
        error = add_membership(set, model, t0_ns, t1_ns);
    sort(set);
    return error;
}
