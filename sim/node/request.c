#include "node/request.h"

#include "node/giver.h"
#include "node/membership.h"
#include "node/request_state.h"
#include "node/worker.h"

void request_init(struct node *node)
{
    pool_init(&node->requests, sizeof(struct request));
    deadline_queue_init(&node->deadlines);
    deadline_queue_init(&node->retries);
}

/* Numbers of a node are `nodes` apart: those of open requests, which are near each other, have
 * places of their own in the map. */
static inline uint64_t hash_of(const struct node *node, uint64_t number)
{
    return (uint32_t)number / node->config.nodes;
}

static inline bool has_number(const void *pool, uint32_t slot, const void *number)
{
    const struct request *request = pool_at(pool, slot);
    return request->number == *(const uint64_t *)number;
}

struct request *request_find(const struct node *node, uint64_t number)
{
    uint32_t slot = hash_map_find(&node->requests_by_number, hash_of(node, number), has_number,
                                  &node->requests, &number);
    return slot == HASH_MAP_NONE ? NULL : pool_at(&node->requests, slot);
}

/* Numbers come in order, as a rule. */
static void add_open(struct node *node, struct request *request)
{
    struct list_link *before = list_last(&node->open);
    while (before && request_of(before)->number > request->number)
        before = list_previous(&node->open, before);
    list_add_after(&node->open, &request->of_node, before);
}

/* The demand is made of the payload here, once for all tries. */
static enum error take_payload(struct node *node, struct request *request,
                               const struct text *payload)
{
    struct text demand;
    if (!payload || !text_size(payload))
        return OK;
    if (demand_make(&demand, &request->id, payload))
        return ERROR_MEMORY;
    enum error error = node_keep_demand(node, &request->demand, &demand);
    text_clear(&demand);
    return error;
}

static struct request *request_new(struct node *node, const struct event *event, uint64_t number,
                                   int64_t made_ns)
{
    uint32_t slot = pool_take_unset(&node->requests);
    if (slot == POOL_NONE)
        return NULL;
    struct request *request = pool_at(&node->requests, slot);
    set_zero(request, sizeof *request);
    request->slot = slot;
    request->number = number;
    request->cookie = event->as.request.cookie;
    request->made_ns = made_ns;
    if (text_copy(&request->id, event->as.request.id))
        goto give_slot;
    if (take_payload(node, request, event->as.request.payload))
        goto clear_id;
    if (hash_map_add(&node->requests_by_number, hash_of(node, number), slot))
        goto clear_id;
    add_open(node, request);
    return request;
clear_id:
    node_drop_demand(node, &request->demand);
    text_clear(&request->id);
give_slot:
    pool_give(&node->requests, slot);
    return NULL;
}

static void request_delete(struct node *node, struct request *request)
{
    hash_map_remove(&node->requests_by_number, hash_of(node, request->number), request->slot);
    request->number = 0; /* for request_replied */
    list_remove(&request->of_node);
    deadline_queue_remove(&request->deadline);
    deadline_queue_remove(&request->retry);
    text_clear(&request->id);
    text_clear(&request->why);
    node_drop_demand(node, &request->demand);
    pool_give(&node->requests, request->slot);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void record_end(struct node *node, uint64_t number, const struct text *id,
                       const struct answer *answer)
{
    bool answered = answer->outcome == OUTCOME_VALUE;
    struct record record;
    record_init(&record, answered ? RECORD_REPLY : RECORD_FAIL);
    record.request = number;
    record.id = *id;
    if (answered) {
        record.peer = answer->from;
        record.worker = answer->worker;
        record.value = *answer->value;
        record.amount = answer->latency_ns;
        record.epoch = answer->token.epoch;
        record.number = answer->token.counter;
    } else {
        record.code = (uint8_t)answer->outcome;
    }
    node_record(node, &record);
}

/* Every request ends here. */
void request_end(struct node *node, struct request *request, struct answer *answer)
{
    answer->latency_ns = node->now_ns - request->made_ns;
    if (answer->outcome == OUTCOME_VALUE)
        answer->token = node->answer_token;
    else if (answer->outcome == OUTCOME_WORK_FAILED)
        answer->value = &request->why;
    record_end(node, request->number, &request->id, answer);
    if (request->pending)
        worker_abandon(node, request->pending);
    node->host->done(node->context, request->cookie, answer);
    request_delete(node, request);
}

void request_fail(struct node *node, struct request *request, enum outcome outcome)
{
    struct answer answer = {.outcome = outcome, .from = NODE_NONE};
    request_end(node, request, &answer);
}

/* ---- making -------------------------------------------------------------------------------- */

uint64_t request_number(struct node *node)
{
    uint64_t number = node->next_request;
    node->next_request += node->config.nodes;
    return number;
}

/* One that was announced is on record. */
static uint64_t number_of(struct node *node, const struct event *event, int64_t timeout_ns)
{
    uint64_t number = event->as.request.number;
    if (number) {
        node->announced_count--;
        node->announced = number + node->config.nodes;
        return number;
    }
    number = request_number(node);
    struct record record;
    record_init(&record, RECORD_REQUEST);
    record.request = number;
    record.id = *event->as.request.id;
    record.number = event->as.request.cookie;
    record.amount = node->now_ns + timeout_ns;
    node_record(node, &record);
    return number;
}

static void refuse_at_once(struct node *node, const struct event *event, uint64_t number,
                           int64_t made_ns, enum outcome outcome)
{
    struct answer answer = {
        .outcome = outcome, .from = NODE_NONE, .latency_ns = node->now_ns - made_ns};
    record_end(node, number, event->as.request.id, &answer);
    node->host->done(node->context, event->as.request.cookie, &answer);
}

/* Whether a node that is leaving passes its clients' requests on: as long as something else keeps
 * it, and there is another one to serve them. */
static bool passes_on(const struct node *node)
{
    bool gives = node->handover && giver_keeps(node);
    bool kept = node->in_mailboxes || !member_may_go(node) || gives;
    return kept && node->view.count && !view_has(&node->view, node->config.self);
}

bool request_is_taken(const struct node *node)
{
    return node->phase != PHASE_LEAVING || passes_on(node);
}

void request_make(struct node *node, const struct event *event)
{
    int64_t timeout_ns = event->as.request.timeout_ns;
    if (!timeout_ns)
        timeout_ns = node->config.timeout_ns;
    int64_t made_ns = event->as.request.number ? event->as.request.made_ns : node->now_ns;
    uint64_t number = number_of(node, event, timeout_ns);
    bool leaves = !request_is_taken(node), over = made_ns + timeout_ns <= node->now_ns;
    struct request *request = leaves || over ? NULL : request_new(node, event, number, made_ns);
    if (!request) {
        refuse_at_once(node, event, number, made_ns,
                       over     ? OUTCOME_TIMEOUT
                       : leaves ? OUTCOME_STOPPING
                                : OUTCOME_OVERLOADED);
        return;
    }
    node_add_due(node, &node->deadlines, &request->deadline, made_ns + timeout_ns);
    if (node->phase != PHASE_JOINING)
        request_route(node, request);
}

void request_route_waiting(struct node *node)
{
    list_each (link, &node->open) {
        struct request *request = request_of(link);
        if (!request->tries_count)
            request_route(node, request);
    }
}

void request_refuse_waiting(struct node *node)
{
    list_each (link, &node->open) {
        struct request *request = request_of(link);
        if (!request->tries_count)
            request_fail(node, request, OUTCOME_STOPPING);
    }
}

uint64_t request_floor(const struct node *node)
{
    struct list_link *first = list_first(&node->open);
    uint64_t floor = first ? request_of(first)->number : node->next_request;
    return node->announced_count && node->announced < floor ? node->announced : floor;
}

void request_run_deadlines(struct node *node)
{
    for (struct due *due; (due = deadline_queue_due(&node->deadlines, node->now_ns));)
        request_fail(node, container_of(due, struct request, deadline), OUTCOME_TIMEOUT);
}

void request_lose_all(struct node *node)
{
    for (struct list_link *link; (link = list_first(&node->open));) {
        struct request *request = request_of(link);
        request->pending = NULL;
        request_fail(node, request, OUTCOME_CALLER_LOST);
    }
}

void request_close(struct node *node)
{
    for (struct list_link *link; (link = list_first(&node->open));)
        request_delete(node, request_of(link));
    pool_close(&node->requests);
    hash_map_close(&node->requests_by_number);
}
