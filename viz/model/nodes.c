/* Nodes: their states and views. */
#include "viz/model/model_internal.h"

#include "base/memory.h"

static enum error add_state(struct model *model, struct lane *lane, enum node_state state)
{
    enum error error = memory_reserve((void **)&lane->states, &lane->states_capacity,
                                      lane->states_count + 1, sizeof *lane->states);
    if (!error)
        lane->states[lane->states_count++] = (struct state_change){model->last_ns, state};
    return error;
}

static enum error add_view(struct model *model, struct lane *lane, const struct record *record)
{
    string_id members;
    enum error error = model_add_string(model, &record->value, &members);
    if (!error)
        error = memory_reserve((void **)&lane->views, &lane->views_capacity, lane->views_count + 1,
                               sizeof *lane->views);
    if (!error)
        lane->views[lane->views_count++] =
            (struct view_change){model->last_ns, record->epoch, members};
    return error;
}

static enum error change(struct model *model, struct lane *lane, const struct record *record)
{
    node_id node = record->node;
    enum error error = OK;
    switch (record->kind) {
    case RECORD_UP:
        bands_end(model, node, BAND_DOWN, model->last_ns);
        bands_end(model, node, BAND_LEFT, model->last_ns);
        return add_state(model, lane, NODE_UP);
    case RECORD_DOWN:
        bands_end(model, node, BAND_FROZEN, model->last_ns);
        error = bands_start(model, node, record->code == DOWN_LEAVE ? BAND_LEFT : BAND_DOWN,
                            model->last_ns);
        if (!error)
            error = leases_end(model, lane);
        if (error)
            return error;
        return add_state(model, lane, record->code == DOWN_LEAVE ? NODE_LEFT : NODE_DOWN);
    case RECORD_FROZEN:
        error = bands_start(model, node, BAND_FROZEN, model->last_ns);
        return error ? error : add_state(model, lane, NODE_FROZEN);
    case RECORD_THAWED:
        bands_end(model, node, BAND_FROZEN, model->last_ns);
        return add_state(model, lane, NODE_UP);
    default:
        return add_view(model, lane, record);
    }
}

enum error model_add_node(struct model *model, const struct record *record)
{
    if (record->node >= model->nodes)
        return OK;
    enum error error = change(model, &model->lanes[record->node], record);
    return error ? error : model_add_event(model, record, HISTORY_OTHER, NONE);
}
