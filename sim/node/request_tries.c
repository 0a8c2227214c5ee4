#include "node/handover.h"
#include "node/membership.h"
#include "node/peers.h"
#include "node/request_state.h"
#include "node/worker.h"

/* Ends it if no try can give a value any more. One that was lost may have run, one that failed
 * has. */
static void end_if_hopeless(struct node *node, struct request *request)
{
    enum outcome outcome = (enum outcome)request->refusal;
    bool failed = false;
    for (uint8_t i = 0; i < request->tries_count; i++) {
        enum try_state state = request->tries[i].state;
        if (state == TRY_ASKED || state == TRY_HERE)
            return;
        failed |= state == TRY_FAILED;
        if (state == TRY_LOST)
            outcome = OUTCOME_OWNER_LOST;
    }
    request_fail(node, request, failed ? OUTCOME_WORK_FAILED : outcome);
}

/* ---- tries --------------------------------------------------------------------------------- */

static void record_route(struct node *node, const struct request *request, enum route_why why)
{
    struct record record;
    record_init(&record, RECORD_ROUTE);
    record.request = request->number;
    record.id = request->id;
    record.peer = request->tries[request->tries_count - 1].node;
    record.code = request->tries_count;
    record.why = (uint8_t)why;
    node_record(node, &record);
}

/* Gives the request to this node's own registry. It may be freed when this returns. */
static void try_here(struct node *node, struct request *request, struct attempt *attempt)
{
    struct caller caller = {.node = node->config.self,
                            .try = request->tries_count,
                            .moved = request->moved,
                            .request = request->number,
                            .deadline_ns = request->deadline.at_ns};
    attempt->state = TRY_HERE;
    struct asked asked = {request->id, request->demand};
    struct pending *pending = worker_accept(node, &caller, &asked);
    if (pending)
        request->pending = pending;
}

static uint16_t numbers_back(const struct node *node, const struct request *request)
{
    uint64_t back = (request->number - request_floor(node)) / node->config.nodes;
    return back < PART_UNKNOWN ? (uint16_t)back : PART_UNKNOWN;
}

static void refused(struct node *node, struct request *request, struct attempt *attempt,
                    enum outcome outcome);

static enum error put_asked(struct message *message, const struct request *request)
{
    bool payload = text_size(&request->demand);
    if (payload)
        message->code |= REQUEST_PAYLOAD;
    return text_copy(&message->as.ask.id, payload ? &request->demand : &request->id);
}

/* From now on the silence of the one that has the request is counted. */
static void await(struct node *node, struct request *request)
{
    deadline_queue_remove(&request->retry);
    if (request->tries_count == 1 && node->config.fallback != FALLBACK_NONE)
        node_add_due(node, &node->retries, &request->retry,
                     node_ran_ns(node) + node->config.retry_ns);
}

static void ask(struct node *node, struct request *request, struct attempt *attempt)
{
    struct message message = {.kind = MESSAGE_REQUEST,
                              .code = request->tries_count,
                              .part = numbers_back(node, request),
                              .request = request->number};
    message.as.ask.budget_ns = request->deadline.at_ns - node->now_ns;
    if (!peers_reach(node, attempt->node)) {
        refused(node, request, attempt, OUTCOME_UNREACHABLE);
        return;
    }
    if (put_asked(&message, request)) {
        refused(node, request, attempt, OUTCOME_OVERLOADED);
        return;
    }
    attempt->state = TRY_ASKED;
    await(node, request);
    node_send(node, attempt->node, &message);
}

/* The request may be freed when this returns, and when each of those returns that call it. It waits
 * nowhere here. A try at this node is on record when the workers that move by the present view have
 * ended: it waits for none of them. */
static void try_at(struct node *node, struct request *request, node_id peer, enum route_why why)
{
    if (node->handover && peer == node->config.self)
        handover_follow_view(node);
    struct attempt *attempt = &request->tries[request->tries_count++];
    attempt->node = peer;
    deadline_queue_remove(&request->retry);
    record_route(node, request, why);
    if (peer == node->config.self)
        try_here(node, request, attempt);
    else
        ask(node, request, attempt);
}

static node_id owner_of(const struct node *node, const struct request *request)
{
    return node_owner(node, &request->id);
}

/* Where config.fallback wants it tried again; NODE_NONE: nowhere. */
static node_id next_by_fallback(const struct node *node, const struct request *request)
{
    if (request->tries_count != 1 || node->config.fallback == FALLBACK_NONE)
        return NODE_NONE;
    return node->config.fallback == FALLBACK_LOCAL ? node->config.self : owner_of(node, request);
}

/* The try was refused: no turn ran for it, and none will; or, as OUTCOME_OWNER_LOST, its turn was
 * broken off, or as OUTCOME_WORK_FAILED failed. If its node is leaving, the owner in the present
 * view is tried, whatever the fallback; static views have no other owner. */
static void refused(struct node *node, struct request *request, struct attempt *attempt,
                    enum outcome outcome)
{
    node_id next = NODE_NONE;
    enum route_why why = WHY_REFUSED;
    attempt->state = outcome == OUTCOME_OWNER_LOST    ? TRY_LOST
                     : outcome == OUTCOME_WORK_FAILED ? TRY_FAILED
                                                      : TRY_REFUSED;
    request->refusal = (uint8_t)outcome;
    if (outcome == OUTCOME_STOPPING && request->tries_count == 1)
        next = owner_of(node, request);
    if (outcome == OUTCOME_UNREACHABLE)
        why = WHY_LOST;
    if (next == attempt->node || outcome == OUTCOME_UNREACHABLE)
        next = next_by_fallback(node, request);
    if (next != NODE_NONE && next != attempt->node)
        try_at(node, request, next, why);
    else
        end_if_hopeless(node, request);
}

/* Whether this node has heard the peer, and does so no more: what it was asked is lost already. */
static bool is_lost(const struct node *node, node_id peer)
{
    const struct member *known = &node->members[peer];
    return peer != node->config.self && known->incarnation && !known->heard && !known->left;
}

/* The try was refused by one that is the owner no more: no turn ran, and the one that it names is
 * asked at once; or, if that has left or was lost since, or is this node, which leaves, the owner
 * in the present view, whoever it is. */
static void sent_on(struct node *node, struct request *request, struct attempt *attempt,
                    node_id owner)
{
    attempt->state = TRY_REFUSED;
    request->refusal = OUTCOME_STOPPING;
    request->moved = true;
    bool leaves = owner == node->config.self && !view_has(&node->view, owner);
    bool gone = (leaves || node->members[owner].left || is_lost(node, owner)) && node->view.count;
    if (request->tries_count == 1 && (gone || owner != attempt->node))
        try_at(node, request, gone ? owner_of(node, request) : owner, WHY_MOVED);
    else
        end_if_hopeless(node, request);
}

/* The try at `peer` is lost: tries again, or ends the request. Where views are not static the peer
 * is its owner still only if it has restarted. */
static void lost(struct node *node, struct request *request, node_id peer, enum route_why why)
{
    node_id next = next_by_fallback(node, request);
    deadline_queue_remove(&request->retry);
    if (next != NODE_NONE && (next != peer || node->members))
        try_at(node, request, next, why);
    else
        end_if_hopeless(node, request);
}

void request_peer_lost(struct node *node, node_id peer, enum route_why why)
{
    list_each (link, &node->open) {
        struct request *request = request_of(link);
        bool any = false;
        for (uint8_t i = 0; i < request->tries_count; i++) {
            struct attempt *attempt = &request->tries[i];
            if (attempt->state != TRY_ASKED || attempt->node != peer)
                continue;
            attempt->state = TRY_LOST;
            any = true;
        }
        if (any)
            lost(node, request, peer, why);
    }
}

void request_route(struct node *node, struct request *request)
{
    try_at(node, request, owner_of(node, request), WHY_FIRST);
}

/* ---- answers ------------------------------------------------------------------------------- */

/* Takes the text. */
static void keep_why(struct request *request, struct text *why)
{
    text_clear(&request->why);
    request->why = *why;
}

void request_answered_here(struct node *node, const struct caller *caller, enum outcome outcome,
                           uint64_t worker, struct text *value)
{
    struct request *request = request_find(node, caller->request);
    if (!request) {
        /* Its deadline came while it was in its turn. */
        if (outcome == OUTCOME_VALUE || outcome == OUTCOME_WORK_FAILED)
            text_clear(value);
        return;
    }
    request->pending = NULL;
    if (outcome == OUTCOME_WORK_FAILED)
        keep_why(request, value);
    if (outcome != OUTCOME_VALUE) {
        refused(node, request, &request->tries[caller->try - 1], outcome);
        return;
    }
    struct answer answer = {
        .outcome = OUTCOME_VALUE, .from = node->config.self, .worker = worker, .value = value};
    request_end(node, request, &answer);
    text_clear(value);
}

void request_sent_on_here(struct node *node, const struct caller *caller, node_id owner)
{
    struct request *request = request_find(node, caller->request);
    if (!request)
        return;
    request->pending = NULL;
    sent_on(node, request, &request->tries[caller->try - 1], owner);
}

void request_passed_on(struct node *node, const struct caller *caller, node_id owner)
{
    struct request *request = request_find(node, caller->request);
    if (!request)
        return;
    request->pending = NULL;
    request->tries[caller->try - 1] = (struct attempt){owner, TRY_ASKED};
}

void request_passed_here(struct node *node, const struct caller *caller)
{
    struct request *request = request_find(node, caller->request);
    struct attempt *attempt =
        request && caller->try <= request->tries_count ? &request->tries[caller->try - 1] : NULL;
    if (!attempt || (attempt->state != TRY_ASKED && attempt->state != TRY_LOST))
        return;
    if (request->pending) { /* the other try waits here: one turn is enough */
        attempt->state = TRY_REFUSED;
        return;
    }
    deadline_queue_remove(&request->retry);
    *attempt = (struct attempt){node->config.self, TRY_HERE};
    struct caller here = *caller;
    here.deadline_ns = request->deadline.at_ns;
    struct asked asked = {request->id, request->demand};
    struct pending *pending = worker_accept(node, &here, &asked);
    if (pending)
        request->pending = pending;
}

/* The try of an open request that this REPLY answers, or NULL. What was passed on may be answered
 * by another node before the one that was asked has said so. */
static struct attempt *find_awaiting(const struct node *node, const struct message *reply,
                                     struct request *request)
{
    if (reply->part < 1 || reply->part > request->tries_count)
        return NULL;
    struct attempt *attempt = &request->tries[reply->part - 1];
    if (attempt->state != TRY_ASKED && attempt->state != TRY_LOST)
        return NULL;
    if (!node->handover) /* a peer that hands over is not to be believed */
        return attempt->node == reply->from && reply->code < OUTCOMES_COUNT ? attempt : NULL;
    return attempt->node == reply->from || reply->code < OUTCOMES_COUNT ? attempt : NULL;
}

struct request *request_awaiting(const struct node *node, const struct message *reply)
{
    struct request *request = request_find(node, reply->request);
    return request && find_awaiting(node, reply, request) ? request : NULL;
}

/* The node that a REPLY_PASSED or REPLY_MOVED names. */
static node_id named_by(const struct node *node, const struct message *reply)
{
    return (node_id)(reply->as.answer.worker % node->config.nodes);
}

/* The try was passed on to the named node, and will be answered from there. As long as it is on its
 * way back to this one it can only be lost with the one that sent it. */
static void is_at(struct node *node, struct request *request, struct attempt *attempt,
                  node_id named)
{
    await(node, request);
    if (named == node->config.self)
        return;
    bool back = node->members[named].left; /* in a life that is not known here yet */
    attempt->node = back ? NODE_NONE : named;
    if (!is_lost(node, named))
        return;
    attempt->state = TRY_LOST;
    lost(node, request, named, WHY_LOST);
}

void request_replied(struct node *node, const struct message *reply, struct request *request)
{
    struct attempt *attempt =
        request->number == reply->request ? find_awaiting(node, reply, request) : NULL;
    if (!attempt)
        return; /* hearing the sender again has ended it */
    attempt->node = reply->from;
    if (reply->code == REPLY_PASSED) {
        is_at(node, request, attempt, named_by(node, reply));
        return;
    }
    deadline_queue_remove(&request->retry);
    if (reply->code == OUTCOME_VALUE) {
        struct answer answer = {.outcome = OUTCOME_VALUE,
                                .from = reply->from,
                                .worker = reply->as.answer.worker,
                                .value = &reply->as.answer.value};
        request_end(node, request, &answer);
        return;
    }
    if (reply->code == REPLY_MOVED) {
        sent_on(node, request, attempt, named_by(node, reply));
        return;
    }
    struct text why;
    if (reply->code == OUTCOME_WORK_FAILED && !text_copy(&why, &reply->as.answer.value))
        keep_why(request, &why);
    if (reply->code == OUTCOME_STOPPING)
        member_refused(node, reply->from);
    refused(node, request, attempt, (enum outcome)reply->code);
}

void request_run_retries(struct node *node)
{
    for (struct due *due; (due = deadline_queue_due(&node->retries, node_ran_ns(node)));) {
        struct request *request = container_of(due, struct request, retry);
        node_id next = next_by_fallback(node, request);
        deadline_queue_remove(due);
        if (next != NODE_NONE)
            try_at(node, request, next, WHY_RETRY);
    }
}
