#include "viz/model/model.h"

#include "base/memory.h"
#include "viz/model/model_internal.h"
#include "viz/model/rows.h"

enum error array_reserve(struct array *array, size_t wanted, size_t item_size)
{
    if (wanted >= NONE)
        return ERROR_FULL;
    return memory_reserve(&array->items, &array->capacity, wanted, item_size);
}

enum error model_add_event(struct model *model, const struct record *record,
                           enum history_class class, uint32_t index)
{
    if (record->node >= model->nodes)
        return OK;
    return history_add(&model->lanes[record->node].history,
                       (struct history_event){model->last_ns, index, class});
}

enum error model_add_string(struct model *model, const struct text *text, string_id *string)
{
    return string_table_add(&model->strings, text_bytes(text), text_size(text), string);
}

static enum error take(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_SERVE)
        return model_add_worker(model, record);
    if (record->kind == RECORD_SET)
        return OK;
    switch (record_family((enum record_kind)record->kind)) {
    case RECORD_OF_NODE:
        return model_add_node(model, record);
    case RECORD_OF_MESSAGE:
        return model_add_message(model, record);
    case RECORD_OF_REQUEST:
        return model_add_request(model, record);
    case RECORD_OF_WORKER:
        return model_add_worker(model, record);
    case RECORD_OF_LEASE:
        return model_add_lease(model, record);
    case RECORD_OF_FAULT:
    case RECORD_OF_JUDGEMENT:
        return model_add_mark(model, record);
    }
    return OK;
}

static void model_take(struct reader *reader, const struct record *record)
{
    struct model *model = container_of(reader, struct model, reader);
    if (model->error)
        return;
    if (record->t_ns > model->last_ns)
        model->last_ns = record->t_ns;
    model->records++;
    model->error = take(model, record);
}

static enum error init(struct model *model, uint32_t nodes)
{
    enum error error = string_table_init(&model->strings);
    if (!error)
        error = history_init(&model->run, HISTORY_CLASSES);
    if (!error)
        error = history_init(&model->latencies, LATENCY_CLASSES);
    model->lanes = error ? NULL : memory_zeroed(nodes * sizeof *model->lanes);
    if (!model->lanes)
        return ERROR_MEMORY;
    model->nodes = nodes;
    for (uint32_t node = 0; node < nodes && !error; node++)
        error = history_init(&model->lanes[node].history, HISTORY_CLASSES);
    return error;
}

struct model *model_new(uint32_t nodes)
{
    struct model *model = memory_zeroed(sizeof *model);
    if (!model)
        return NULL;
    model->reader.take = model_take;
    spans_init(&model->messages, sizeof(struct model_message));
    spans_init(&model->heartbeats, sizeof(struct model_message));
    spans_init(&model->bands, sizeof(struct band));
    spans_init(&model->moves, sizeof(struct move));
    if (init(model, nodes)) {
        model_delete(model);
        return NULL;
    }
    return model;
}

static void lane_close(struct lane *lane)
{
    history_close(&lane->history);
    row_set_close(&lane->workers);
    row_set_close(&lane->requests);
    memory_free(lane->states);
    memory_free(lane->views);
    memory_free(lane->leases);
    memory_free(lane->failed);
}

void model_delete(struct model *model)
{
    if (!model)
        return;
    for (uint32_t node = 0; model->lanes && node < model->nodes; node++)
        lane_close(&model->lanes[node]);
    memory_free(model->lanes);
    history_close(&model->run);
    history_close(&model->latencies);
    string_table_close(&model->strings);
    spans_close(&model->messages);
    spans_close(&model->heartbeats);
    spans_close(&model->bands);
    spans_close(&model->moves);
    memory_free(model->workers.items);
    memory_free(model->requests.items);
    memory_free(model->marks.items);
    for (uint32_t row = 0; row < MARK_ROWS; row++)
        memory_free(model->mark_rows[row].items);
    memory_free(model->newest.items);
    hash_map_close(&model->open_messages);
    hash_map_close(&model->open_heartbeats);
    hash_map_close(&model->requests_by_number);
    hash_map_close(&model->workers_by_number);
    memory_free(model);
}

struct reader *model_reader(struct model *model)
{
    return &model->reader;
}

void model_reach(struct model *model, int64_t t_ns)
{
    if (t_ns > model->last_ns)
        model->last_ns = t_ns;
}

struct newest model_newest(const struct model *model, string_id id)
{
    if (id >= model->newest.count)
        return (struct newest){NONE, NONE};
    return ((struct newest *)model->newest.items)[id];
}

enum error model_newest_of(struct model *model, string_id id, struct newest **newest)
{
    enum error error =
        array_reserve(&model->newest, string_table_count(&model->strings), sizeof(struct newest));
    if (error)
        return error;
    struct newest *items = model->newest.items;
    while (model->newest.count < string_table_count(&model->strings))
        items[model->newest.count++] = (struct newest){NONE, NONE};
    *newest = &items[id];
    return OK;
}

enum error model_error(const struct model *model)
{
    return model->error;
}
