/* Requests: from REQUEST over its tries to its one outcome. */
#include "viz/model/model_internal.h"
#include "viz/model/picture.h"
#include "viz/model/rows.h"

#include "base/memory.h"
#include "base/random.h"

static inline bool same_number(const void *model, uint32_t index, const void *number)
{
    return model_request(model, index)->number == *(const uint64_t *)number;
}

uint32_t model_find_request(const struct model *model, uint64_t number)
{
    return hash_map_find(&model->requests_by_number, hash_map_number(number), same_number, model,
                         &number);
}

static enum error take_request(struct model *model, const struct record *record)
{
    uint32_t index = (uint32_t)model->requests.count;
    struct model_request request = {
        .span = {model->last_ns, TIME_NEVER},
        .second_ns = TIME_NEVER,
        .served_ns = TIME_NEVER,
        .number = record->request,
        .caller = record->node,
        .owner = {NODE_NONE, NODE_NONE},
        .worker = NONE,
        .first_message = NONE,
        .last_message = NONE,
        .served_before = NONE,
        .handed = NODE_NONE,
        .outcome = OUTCOME_OPEN,
        .row = ROW_NONE,
    };
    enum error error = model_add_string(model, &record->id, &request.id);
    struct newest *newest = NULL;
    if (!error)
        error = model_newest_of(model, request.id, &newest);
    if (!error)
        error = array_reserve(&model->requests, index + 1, sizeof request);
    if (!error)
        error = hash_map_add(&model->requests_by_number, hash_map_number(record->request), index);
    if (!error && record->node < model->nodes)
        error = row_set_start(&model->lanes[record->node].requests, index, &request.row);
    if (error)
        return error;
    request.before = newest->request;
    newest->request = index;
    model->requests.count++;
    *model_request(model, index) = request;
    return model_add_event(model, record, HISTORY_REQUEST, index);
}

static void end_request(struct model *model, struct model_request *request, uint8_t outcome)
{
    if (request->outcome != OUTCOME_OPEN)
        return;
    request->outcome = outcome;
    request->span.end_ns = model->last_ns;
    if (request->caller < model->nodes)
        row_set_end(&model->lanes[request->caller].requests, request->row);
}

static enum error take_reply(struct model *model, const struct record *record, uint32_t index)
{
    if (index != NONE) {
        struct model_request *request = model_request(model, index);
        request->latency_ns = record->amount;
        notable_add(&model->slow, index, record->amount);
        end_request(model, request, OUTCOME_VALUE);
        if (request->worker == NONE)
            request->worker = model_find_worker(model, record->worker);
    }
    enum error error =
        history_add(&model->latencies,
                    (struct history_event){model->last_ns, index, latency_class(record->amount)});
    return error ? error : model_add_event(model, record, HISTORY_ANSWERED, index);
}

static enum error add_failed(struct model *model, const struct record *record, uint32_t index)
{
    if (record->node >= model->nodes)
        return OK;
    struct lane *lane = &model->lanes[record->node];
    enum error error = memory_reserve((void **)&lane->failed, &lane->failed_capacity,
                                      lane->failed_count + 1, sizeof *lane->failed);
    if (!error)
        lane->failed[lane->failed_count++] = (struct tick){model->last_ns, index};
    return error;
}

enum error model_add_request(struct model *model, const struct record *record)
{
    if (record->kind == RECORD_REQUEST)
        return take_request(model, record);
    uint32_t index = model_find_request(model, record->request);
    if (record->kind == RECORD_REPLY)
        return take_reply(model, record, index);
    if (record->kind == RECORD_FAIL) {
        enum error error = OK;
        if (index != NONE) {
            error = add_failed(model, record, index);
            end_request(model, model_request(model, index), record->code);
            notable_add(&model->failed, index, 0);
        }
        return error ? error : model_add_event(model, record, HISTORY_FAILED, index);
    }
    if (index == NONE)
        return OK;
    struct model_request *request = model_request(model, index);
    if (record->kind == RECORD_HANDED) {
        request->handed = record->peer;
        return OK;
    }
    uint32_t second = record->code >= 2;
    request->owner[second] = record->peer;
    if (second) {
        request->second_ns = model->last_ns;
        request->why = record->why;
    }
    return OK;
}
