/* Messages: from SEND to RECV or DROP, each tied to the request that it is of. */
#include "viz/model/model_internal.h"

#include "base/random.h"

static bool is_heartbeat(const struct record *record)
{
    return record->message == MESSAGE_HEARTBEAT;
}

static struct hash_map *open_table(struct model *model, const struct record *record)
{
    return is_heartbeat(record) ? &model->open_heartbeats : &model->open_messages;
}

static struct spans *spans_for(struct model *model, const struct record *record)
{
    return is_heartbeat(record) ? &model->heartbeats : &model->messages;
}

static void tie_to_request(struct model *model, uint32_t request, uint32_t message)
{
    struct model_request *of = model_request(model, request);
    if (of->last_message == NONE)
        of->first_message = message;
    else
        model_message(model, of->last_message)->next = message;
    of->last_message = message;
}

static enum error take_send(struct model *model, const struct record *record)
{
    struct spans *spans = spans_for(model, record);
    struct model_message message = {
        .span = {model->last_ns, TIME_NEVER},
        .number = record->number,
        .from = record->node,
        .to = record->peer,
        .request = record->request ? model_find_request(model, record->request) : NONE,
        .next = NONE,
        .kind = record->message,
        .end = MESSAGE_UNDER_WAY,
    };
    uint32_t index = (uint32_t)spans->count;
    enum error error = spans_add(spans, &message);
    if (!error)
        error = hash_map_add(open_table(model, record), hash_map_number(record->number), index);
    if (!error && message.request != NONE)
        tie_to_request(model, message.request, index);
    if (error)
        return error;
    return model_add_event(model, record,
                           is_heartbeat(record) ? HISTORY_HEARTBEAT_SENT : HISTORY_SENT, index);
}

static inline bool same_number(const void *spans, uint32_t index, const void *number)
{
    return ((const struct model_message *)spans_at(spans, index))->number ==
           *(const uint64_t *)number;
}

static uint32_t find_open(struct model *model, const struct record *record)
{
    return hash_map_find(open_table(model, record), hash_map_number(record->number), same_number,
                         spans_for(model, record), &record->number);
}

enum error model_add_message(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_SEND)
        return take_send(model, record);
    bool beat = is_heartbeat(record);
    bool received = record->kind == RECORD_RECV;
    uint32_t index = find_open(model, record);
    if (index != NONE) {
        struct spans *spans = spans_for(model, record);
        struct model_message *message = spans_at(spans, index);
        message->end = received ? MESSAGE_RECEIVED : record->code;
        spans_end(spans, index, model->last_ns);
        hash_map_remove(open_table(model, record), hash_map_number(record->number), index);
    }
    enum history_class class =
        beat       ? received ? HISTORY_HEARTBEAT_RECEIVED : HISTORY_HEARTBEAT_DROPPED
        : received ? HISTORY_RECEIVED
                   : HISTORY_DROPPED;
    return model_add_event(model, record, class, index);
}
