#include "node/request.h"

#include "base/random.h"
#include "node/membership.h"
#include "node/worker.h"

/* An open request. It may be open on two sides: at the owner, which was asked by a message, and
 * here. It ends with the first value; with an error only when no side can give a value any more,
 * since every error but `timeout` says that no turn of a worker ran. */
struct request {
    uint32_t slot;
    bool asked_owner; /* the owner has it and has not answered */
    bool tried_here;  /* on this node, which happens once at most */
    uint64_t number;
    uint64_t cookie;
    struct text id;
    int64_t made_ns;
    struct due deadline;
    struct due retry;
    struct pending *pending; /* in a mailbox here, or NULL */
    node_id owner;
};

void request_init(struct node *node)
{
    pool_init(&node->requests, sizeof(struct request));
}

static struct request *find(const struct node *node, uint64_t number)
{
    return hash_map_find_number(&node->requests_by_number, &node->requests, struct request, number,
                                number);
}

static struct request *request_new(struct node *node, const struct text *id, uint64_t number)
{
    uint32_t slot = pool_take(&node->requests);
    if (slot == POOL_NONE)
        return NULL;
    struct request *request = pool_at(&node->requests, slot);
    if (text_copy(&request->id, id))
        goto give_slot;
    if (hash_map_add(&node->requests_by_number, random_mix(number), slot))
        goto clear_id;
    request->slot = slot;
    request->number = number;
    request->made_ns = node->now_ns;
    expiry_add(&node->deadlines, &request->deadline, node->now_ns + node->config.timeout_ns);
    return request;
clear_id:
    text_clear(&request->id);
give_slot:
    pool_give(&node->requests, slot);
    return NULL;
}

static void request_delete(struct node *node, struct request *request)
{
    hash_map_remove(&node->requests_by_number, random_mix(request->number), request->slot);
    expiry_remove(&request->deadline);
    expiry_remove(&request->retry);
    text_clear(&request->id);
    pool_give(&node->requests, request->slot);
}

static void record_end(struct node *node, uint64_t number, const struct text *id,
                       const struct answer *answer)
{
    bool answered = answer->outcome == OUTCOME_VALUE;
    struct record record = record_of(answered ? RECORD_REPLY : RECORD_FAIL);
    record.request = number;
    record.id = *id;
    if (answered) {
        record.peer = answer->from;
        record.worker = answer->worker;
        record.value = *answer->value;
        record.amount = answer->latency_ns;
    } else {
        record.code = (uint8_t)answer->outcome;
    }
    node_record(node, &record);
}

/* The one end of every request. */
static void end(struct node *node, struct request *request, struct answer answer)
{
    answer.latency_ns = node->now_ns - request->made_ns;
    if (request->pending)
        worker_abandon(node, request->pending);
    record_end(node, request->number, &request->id, &answer);
    uint64_t cookie = request->cookie;
    request_delete(node, request);
    node->host->done(node->context, cookie, &answer);
}

static void fail(struct node *node, struct request *request, enum outcome outcome)
{
    end(node, request, (struct answer){.outcome = outcome, .from = NODE_NONE});
}

static void record_route(struct node *node, const struct request *request, node_id owner)
{
    struct record record = record_of(RECORD_ROUTE);
    record.request = request->number;
    record.id = request->id;
    record.peer = owner;
    record.code = request->tried_here && request->owner != owner ? 2 : 1;
    node_record(node, &record);
}

/* Gives the request to this node's own registry. It may be freed when this returns. */
static void try_here(struct node *node, struct request *request)
{
    uint64_t number = request->number;
    struct caller caller = {
        .node = node->config.self, .request = number, .deadline_ns = request->deadline.at_ns};
    request->tried_here = true;
    expiry_remove(&request->retry);
    record_route(node, request, node->config.self);
    struct pending *pending = worker_accept(node, &caller, &request->id);
    if (pending)
        request->pending = pending;
}

static bool may_fall_back(const struct node *node, const struct request *request)
{
    return node->config.fallback == FALLBACK_LOCAL && !request->tried_here;
}

static void ask_owner(struct node *node, struct request *request)
{
    record_route(node, request, request->owner);
    struct message message = {.kind = MESSAGE_REQUEST, .code = 1, .request = request->number};
    message.as.ask.budget_ns = request->deadline.at_ns - node->now_ns;
    if (!member_reaches(node, request->owner)) {
        if (may_fall_back(node, request))
            try_here(node, request);
        else
            fail(node, request, OUTCOME_UNREACHABLE);
        return;
    }
    if (text_copy(&message.as.ask.id, &request->id)) {
        fail(node, request, OUTCOME_OVERLOADED);
        return;
    }
    request->asked_owner = true;
    if (node->config.fallback == FALLBACK_LOCAL)
        expiry_add(&node->retries, &request->retry, node->now_ns + node->config.retry_ns);
    node_send(node, request->owner, &message);
}

static void record_made(struct node *node, uint64_t number, const struct text *id, uint64_t cookie)
{
    struct record record = record_of(RECORD_REQUEST);
    record.request = number;
    record.id = *id;
    record.number = cookie;
    record.amount = node->now_ns + node->config.timeout_ns;
    node_record(node, &record);
}

void request_make(struct node *node, const struct text *id, uint64_t cookie)
{
    uint64_t number = node->next_request;
    node->next_request += node->config.nodes;
    record_made(node, number, id, cookie);
    struct request *request = node->leaving ? NULL : request_new(node, id, number);
    if (!request) {
        struct answer answer = {.outcome = node->leaving ? OUTCOME_STOPPING : OUTCOME_OVERLOADED,
                                .from = NODE_NONE};
        record_end(node, number, id, &answer);
        node->host->done(node->context, cookie, &answer);
        return;
    }
    request->cookie = cookie;
    request->owner = route_owner(node->config.router, &node->view, node->config.self, id);
    if (request->owner == node->config.self)
        try_here(node, request);
    else
        ask_owner(node, request);
}

/* One side will give no value. */
static void side_failed(struct node *node, struct request *request, enum outcome outcome)
{
    if (request->asked_owner || request->pending)
        return;
    if (outcome == OUTCOME_STOPPING && may_fall_back(node, request))
        try_here(node, request);
    else
        fail(node, request, outcome);
}

void request_answered_here(struct node *node, uint64_t number, enum outcome outcome,
                           uint64_t worker, struct text *value)
{
    struct request *request = find(node, number);
    if (!request) {
        /* Its deadline came while it was in its turn. */
        if (outcome == OUTCOME_VALUE)
            text_clear(value);
        return;
    }
    request->pending = NULL;
    if (outcome != OUTCOME_VALUE) {
        side_failed(node, request, outcome);
        return;
    }
    struct answer answer = {
        .outcome = OUTCOME_VALUE, .from = node->config.self, .worker = worker, .value = value};
    end(node, request, answer);
    text_clear(value);
}

static struct request *find_awaiting(const struct node *node, const struct message *reply)
{
    struct request *request = find(node, reply->request);
    return request && request->asked_owner && request->owner == reply->from ? request : NULL;
}

bool request_awaits(const struct node *node, const struct message *reply)
{
    return find_awaiting(node, reply) != NULL;
}

void request_replied(struct node *node, const struct message *reply)
{
    struct request *request = find_awaiting(node, reply);
    if (!request)
        return; /* hearing the sender again has ended it */
    request->asked_owner = false;
    expiry_remove(&request->retry);
    if (reply->code == OUTCOME_VALUE) {
        struct answer answer = {.outcome = OUTCOME_VALUE,
                                .from = reply->from,
                                .worker = reply->as.answer.worker,
                                .value = &reply->as.answer.value};
        end(node, request, answer);
    } else {
        side_failed(node, request, (enum outcome)reply->code);
    }
}

void request_peer_lost(struct node *node, node_id peer)
{
    expiry_each(due, &node->deadlines)
    {
        struct request *request = container_of(due, struct request, deadline);
        if (request->asked_owner && request->owner == peer && may_fall_back(node, request))
            try_here(node, request);
    }
}

void request_run_deadlines(struct node *node)
{
    for (struct due *due; (due = expiry_due(&node->deadlines, node->now_ns));)
        fail(node, container_of(due, struct request, deadline), OUTCOME_TIMEOUT);
}

void request_run_retries(struct node *node)
{
    for (struct due *due; (due = expiry_due(&node->retries, node->now_ns));)
        try_here(node, container_of(due, struct request, retry));
}

void request_lose_all(struct node *node)
{
    for (struct due *due; (due = expiry_first(&node->deadlines));) {
        struct request *request = container_of(due, struct request, deadline);
        request->pending = NULL;
        fail(node, request, OUTCOME_CALLER_LOST);
    }
}

void request_close(struct node *node)
{
    for (struct due *due; (due = expiry_first(&node->deadlines));)
        request_delete(node, container_of(due, struct request, deadline));
    pool_close(&node->requests);
    hash_map_close(&node->requests_by_number);
}
