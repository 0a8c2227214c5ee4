#include "viz/model/picture.h"

#include "trace/quantiles.h"
#include "viz/model/search.h"

static bool state_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct state_change *)array)[place].t_ns < t_ns;
}

static bool view_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct view_change *)array)[place].t_ns < t_ns;
}

static bool mark_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct mark *)array)[place].t_ns < t_ns;
}

enum node_state picture_state(const struct model *model, node_id node, int64_t t_ns)
{
    const struct lane *lane = &model->lanes[node];
    size_t count = search_time(lane->states, 0, lane->states_count, t_ns + 1, state_before);
    return count ? (enum node_state)lane->states[count - 1].state : NODE_UNKNOWN;
}

const struct view_change *picture_view(const struct model *model, node_id node, int64_t t_ns)
{
    const struct lane *lane = &model->lanes[node];
    enum node_state state = picture_state(model, node, t_ns);
    if (state == NODE_DOWN || state == NODE_LEFT)
        return NULL;
    size_t count = search_time(lane->views, 0, lane->views_count, t_ns + 1, view_before);
    return count ? &lane->views[count - 1] : NULL;
}

bool picture_view_has(const struct model *model, const struct view_change *view, node_id node)
{
    if (node / 8 >= string_table_size(&model->strings, view->members))
        return false;
    return (unsigned char)model_string(model, view->members)[node / 8] >> (node % 8) & 1;
}

bool picture_is_cut(const struct model *model, node_id node, int64_t t_ns)
{
    for (size_t i = spans_next(&model->bands, 0, t_ns + 1, t_ns + 1); i != SPANS_NONE;
         i = spans_next(&model->bands, i + 1, t_ns + 1, t_ns + 1)) {
        const struct band *band = model_band(model, (uint32_t)i);
        if (band->node == node && band->kind == BAND_CUT)
            return true;
    }
    return false;
}

static void counts_until(const struct history *history, int64_t t_ns, uint32_t *counts)
{
    history_counts(history, history_find(history, 0, t_ns + 1), counts);
}

uint64_t picture_workers(const struct model *model, node_id node, int64_t t_ns)
{
    uint32_t counts[HISTORY_CLASSES];
    counts_until(&model->lanes[node].history, t_ns, counts);
    return picture_live(counts);
}

struct picture_counts picture_counts(const struct model *model, int64_t t_ns)
{
    struct picture_counts counts = {0};
    for (node_id node = 0; node < model->nodes; node++) {
        uint32_t here[HISTORY_CLASSES];
        counts_until(&model->lanes[node].history, t_ns, here);
        for (uint32_t class = 0; class < HISTORY_CLASSES; class ++)
            counts.of[class] += here[class];
    }
    return counts;
}

uint64_t picture_marks(const struct model *model, enum mark_kind kind, int64_t t0_ns, int64_t t1_ns)
{
    uint64_t count = 0;
    for (uint32_t i = picture_mark(model, t0_ns);
         i < model->marks.count && model_mark(model, i)->t_ns < t1_ns; i++)
        count += model_mark(model, i)->kind == kind;
    return count;
}

static bool is_heartbeat(const struct history_event *event)
{
    return event->class == HISTORY_HEARTBEAT_SENT || event->class == HISTORY_HEARTBEAT_RECEIVED ||
           event->class == HISTORY_HEARTBEAT_DROPPED;
}

static int64_t next_in(const struct history *history, int64_t t_ns)
{
    for (size_t i = history_find(history, 0, t_ns + 1); i < history->count; i++)
        if (!is_heartbeat(&history->events[i]))
            return history->events[i].t_ns;
    return TIME_NEVER;
}

static int64_t previous_in(const struct history *history, int64_t t_ns)
{
    for (size_t i = history_find(history, 0, t_ns); i-- > 0;)
        if (!is_heartbeat(&history->events[i]))
            return history->events[i].t_ns;
    return TIME_NEVER;
}

int64_t picture_next(const struct model *model, int64_t t_ns)
{
    int64_t next = next_in(&model->run, t_ns);
    for (node_id node = 0; node < model->nodes; node++) {
        int64_t here = next_in(&model->lanes[node].history, t_ns);
        next = here < next ? here : next;
    }
    return next;
}

int64_t picture_previous(const struct model *model, int64_t t_ns)
{
    int64_t previous = previous_in(&model->run, t_ns);
    for (node_id node = 0; node < model->nodes; node++) {
        int64_t here = previous_in(&model->lanes[node].history, t_ns);
        if (here != TIME_NEVER && (previous == TIME_NEVER || here > previous))
            previous = here;
    }
    return previous;
}

uint32_t latency_class(int64_t latency_ns)
{
    uint64_t us = latency_ns > 0 ? (uint64_t)latency_ns / 1000 : 0;
    if (us < 1)
        return 0;
    uint32_t class = 1 + (63 - (uint32_t)__builtin_clzll(us)) * 2;
    if (class >= LATENCY_CLASSES)
        return LATENCY_CLASSES - 1;
    class += latency_ns >= latency_least(class + 1);
    return class < LATENCY_CLASSES ? class : LATENCY_CLASSES - 1;
}

int64_t latency_least(uint32_t class)
{
    if (class == 0)
        return 0;
    uint32_t doublings = (class - 1) / 2;
    int64_t least = NS_PER_US << doublings;
    return (class - 1) % 2 ? least + least / 2 : least;
}

struct picture_latencies picture_latencies(const struct model *model, int64_t t0_ns, int64_t t1_ns)
{
    struct picture_latencies latencies = {0};
    uint32_t before[LATENCY_CLASSES];
    const struct history *history = &model->latencies;
    size_t from = history_find(history, 0, t0_ns);
    history_counts(history, from, before);
    history_counts(history, history_find(history, from, t1_ns), latencies.counts);
    for (uint32_t class = 0; class < LATENCY_CLASSES; class ++) {
        latencies.counts[class] -= before[class];
        latencies.total += latencies.counts[class];
    }
    return latencies;
}

/* Of the class in which the quantile lies, the values are looked at one by one. */
int64_t picture_latency(const struct model *model, int64_t t0_ns, int64_t t1_ns, uint32_t ppm)
{
    struct picture_latencies latencies = picture_latencies(model, t0_ns, t1_ns);
    uint64_t rank = quantile_rank(latencies.total, ppm);
    uint32_t class = 0;
    if (!latencies.total)
        return 0;
    while (rank > latencies.counts[class])
        rank -= latencies.counts[class ++];
    const struct history *history = &model->latencies;
    struct quantiles values = {0};
    int64_t value;
    for (size_t at = history_find(history, 0, t0_ns);
         at < history->count && history->events[at].t_ns < t1_ns; at++) {
        const struct history_event *event = &history->events[at];
        if (event->class == class)
            quantiles_add(&values, event->index == NONE
                                       ? latency_least(class)
                                       : model_request(model, event->index)->latency_ns);
    }
    enum error error = quantiles_at(&values, &rank, &value, 1);
    quantiles_close(&values);
    return error ? latency_least(class + 1) : value;
}

uint32_t picture_mark(const struct model *model, int64_t t_ns)
{
    return (uint32_t)search_time(model->marks.items, 0, model->marks.count, t_ns, mark_before);
}

struct mark_row_of {
    const struct model *model;
    enum mark_row row;
};

static bool row_before(const void *array, size_t place, int64_t t_ns)
{
    const struct mark_row_of *of = array;
    return model_mark(of->model, model_mark_in(of->model, of->row, (uint32_t)place))->t_ns < t_ns;
}

uint32_t picture_mark_in(const struct model *model, enum mark_row row, int64_t t_ns)
{
    struct mark_row_of of = {model, row};
    return (uint32_t)search_time(&of, 0, model->mark_rows[row].count, t_ns, row_before);
}

bool picture_place(const struct model *model, struct thing thing, struct span *span, node_id *node)
{
    const struct mark *mark;
    *node = NODE_NONE;
    switch ((enum thing_kind)thing.kind) {
    case THING_WORKER:
        *span = model_worker(model, thing.index)->span;
        *node = model_worker(model, thing.index)->node;
        return true;
    case THING_REQUEST:
        *span = model_request(model, thing.index)->span;
        *node = model_request(model, thing.index)->caller;
        return true;
    case THING_MESSAGE:
        *span = model_message(model, thing.index)->span;
        *node = model_message(model, thing.index)->from;
        return true;
    case THING_HEARTBEAT:
        *span = model_heartbeat(model, thing.index)->span;
        *node = model_heartbeat(model, thing.index)->from;
        return true;
    case THING_BAND:
        *span = model_band(model, thing.index)->span;
        *node = model_band(model, thing.index)->node;
        return true;
    case THING_MARK:
        mark = model_mark(model, thing.index);
        *span = (struct span){mark->t_ns, mark->t_ns};
        if (mark->workers[0] != NONE)
            *node = model_worker(model, mark->workers[0])->node;
        return true;
    case THING_NONE:
    case THING_NODE:
        break;
    }
    return false;
}
