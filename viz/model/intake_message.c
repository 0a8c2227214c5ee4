/* Messages: from SEND to RECV or DROP, each tied to the request that it is of. */
#include "viz/model/intake.h"

#include "base/random.h"

static bool is_beat(const struct record *record)
{
    return record->message == MESSAGE_HEARTBEAT;
}

static struct table *open_table(struct model *model, const struct record *record)
{
    return is_beat(record) ? &model->beats_open : &model->talk_open;
}

static struct spans *spans_for(struct model *model, const struct record *record)
{
    return is_beat(record) ? &model->beats : &model->talk;
}

static void tie_to_request(struct model *model, uint32_t request, uint32_t message)
{
    struct seen_request *of = model_request(model, request);
    if (of->last_message == NONE)
        of->first_message = message;
    else
        model_message(model, of->last_message)->next = message;
    of->last_message = message;
}

static enum error take_send(struct model *model, const struct record *record)
{
    struct spans *spans = spans_for(model, record);
    struct seen_message message = {
        .span = {model->last_ns, TIME_NEVER},
        .number = record->number,
        .from = record->node,
        .to = record->peer,
        .request = record->request ? intake_find_request(model, record->request) : NONE,
        .next = NONE,
        .kind = record->message,
        .end = MESSAGE_UNDER_WAY,
    };
    uint32_t index = (uint32_t)spans->count;
    enum error error = spans_add(spans, &message);
    if (!error)
        error = table_insert(open_table(model, record), random_mix(record->number), index);
    if (!error && message.request != NONE)
        tie_to_request(model, message.request, index);
    if (error)
        return error;
    return intake_moment(model, record, is_beat(record) ? MOMENT_BEAT : MOMENT_SENT, index);
}

static uint32_t find_open(struct model *model, const struct record *record)
{
    const struct table *table = open_table(model, record);
    const struct spans *spans = spans_for(model, record);
    struct probe probe = table_probe(table, random_mix(record->number));
    for (uint32_t at; (at = table_next(table, &probe)) != TABLE_NONE;)
        if (((struct seen_message *)spans_at(spans, at))->number == record->number)
            return at;
    return NONE;
}

enum error intake_message(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_SEND)
        return take_send(model, record);
    bool beat = is_beat(record);
    bool received = record->kind == RECORD_RECV;
    uint32_t index = find_open(model, record);
    if (index != NONE) {
        struct spans *spans = spans_for(model, record);
        struct seen_message *message = spans_at(spans, index);
        message->end = received ? MESSAGE_RECEIVED : record->code;
        spans_end(spans, index, model->last_ns);
        table_remove(open_table(model, record), random_mix(record->number), index);
    }
    enum moment_class class = beat       ? received ? MOMENT_BEAT_HEARD : MOMENT_BEAT_DROPPED
                              : received ? MOMENT_RECEIVED
                                         : MOMENT_DROPPED;
    return intake_moment(model, record, class, index);
}
