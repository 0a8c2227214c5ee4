#include "node/node.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/giver.h"
#include "node/handover.h"
#include "node/lease.h"
#include "node/membership.h"
#include "node/peers.h"
#include "node/registry.h"
#include "node/request.h"
#include "node/seen.h"
#include "node/worker.h"

/* ---- messages ------------------------------------------------------------------------------ */

static void record_received(struct node *node, const struct message *message)
{
    struct record record;
    record_init(&record, RECORD_RECV);
    record_set_message(&record, message);
    record.peer = message->from;
    if (message->kind == MESSAGE_REQUEST)
        record.id = message_id(message);
    node_record(node, &record);
}

/* A message that was delivered but can't matter any more counts as dropped on its way. */
static void record_late(struct node *node, const struct message *message)
{
    struct record record = record_of(RECORD_DROP);
    record_set_message(&record, message);
    record.clock_ns = node->now_ns;
    record.node = message->from;
    record.peer = node->config.self;
    record.code = DROP_LATE;
    node->host->record(node->context, &record);
}

static struct caller caller_of(const struct node *node, const struct message *request)
{
    return (struct caller){.node = request->from,
                           .try = message_try(request),
                           .request = request->request,
                           .deadline_ns = node->now_ns + request->as.ask.budget_ns};
}

static void accept_request(struct node *node, const struct message *message)
{
    struct caller caller = caller_of(node, message);
    struct asked asked = {.id = message_id(message)};
    if (message->code & REQUEST_PAYLOAD)
        asked.demand = message->as.ask.id;
    if (node_passes_on(node) && caller.try == 2)
        node_pass_on(node, &caller, &asked, node_owner(node, &asked.id));
    else if (node->phase == PHASE_LEAVING)
        node_answer(node, &caller, OUTCOME_STOPPING, 0, NULL);
    else if (node->config.repeats && seen_add(node, &caller))
        node_answer(node, &caller, OUTCOME_OVERLOADED, 0, NULL);
    else if (node->phase == PHASE_JOINING)
        worker_hold(node, &caller, &asked);
    else
        worker_accept(node, &caller, &asked);
}

/* Whether it comes too late to matter; if not, and it is a REPLY, the request that awaits it. */
static bool is_late(const struct node *node, const struct message *message,
                    struct request **request)
{
    if (peers_is_stale(node, message))
        return true;
    if (message->kind == MESSAGE_REPLY)
        return !(*request = request_awaiting(node, message));
    if (message->kind != MESSAGE_REQUEST || !node->config.repeats)
        return false;
    struct caller caller = caller_of(node, message);
    return seen_before(node, &caller);
}

/* As it was before it was sealed. */
static struct message unseal(struct node *node, const struct message *message)
{
    struct message open = *message;
    node->answer_token = (struct token){0};
    if (!(message->part & REPLY_SEALED))
        return open;
    open.part ^= REPLY_SEALED;
    seal_open(&node->opened, &message->as.answer.value, &node->answer_token, &open.as.answer.value);
    return open;
}

static void receive(struct node *node, const struct message *message)
{
    struct request *request = NULL;
    struct message open;
    if (node->lease && message->kind == MESSAGE_REPLY) {
        open = unseal(node, message);
        message = &open;
    }
    if (is_late(node, message, &request)) {
        record_late(node, message);
        return;
    }
    record_received(node, message);
    if (node->config.repeats)
        seen_hear(node, message);
    member_hear(node, message);
    if (message->kind == MESSAGE_REQUEST)
        accept_request(node, message);
    else if (message->kind == MESSAGE_REPLY)
        request_replied(node, message, request);
    else if (message->kind == MESSAGE_LEASE && node->lease)
        lease_take(node, message);
    else if (message->kind == MESSAGE_HEARTBEAT && node->handover)
        handover_hear(node, message);
    else if (message->kind == MESSAGE_HAND_OVER && node->handover)
        handover_take(node, message);
}

/* ---- steps --------------------------------------------------------------------------------- */

/* When the first in any queue is due. */
static int64_t first_due_ns(const struct node *node)
{
    int64_t first_ns = deadline_queue_next_ns(&node->retries);
    if (first_ns != TIME_NEVER)
        first_ns += node->paused_ns;
    first_ns = min_i64(first_ns, deadline_queue_next_ns(&node->deadlines));
    first_ns = min_i64(first_ns, deadline_queue_next_ns(&node->pending_deadlines));
    return min_i64(first_ns, deadline_queue_next_ns(&node->lives));
}

/* When something is due by itself: not before now, so that what is overdue when it is set is not
 * taken for a pause. TIME_NEVER if nothing is. Most often that is a heartbeat, and the queues,
 * whose first ones have gone since they were looked at, need not be looked at again. */
static int64_t next_due_ns(struct node *node)
{
    int64_t wake_ns = member_wake_ns(node);
    if (node->lease)
        wake_ns = min_i64(wake_ns, lease_wake_ns(node));
    if (node->handover)
        wake_ns = min_i64(wake_ns, handover_wake_ns(node));
    if (wake_ns > node->due_ns) {
        node->due_ns = first_due_ns(node);
        wake_ns = min_i64(wake_ns, node->due_ns);
    }
    return max_i64(wake_ns, node->now_ns);
}

struct node *node_new(const struct node_config *config, const struct node_host *host, void *context)
{
    must(config->self < config->nodes && config->incarnation > 0);
    struct node *node = memory_zeroed(sizeof *node);
    if (!node)
        return NULL;
    node->config = *config;
    node->host = host;
    node->context = context;
    node->tag = message_tag(config->incarnation);
    node->now_ns = INT64_MIN;
    node->due_ns = TIME_NEVER;
    node->next_worker = config->next_worker;
    node->next_request = config->next_request;
    seen_init(node);
    worker_init(node);
    request_init(node);
    if (lease_init(node)) {
        memory_free(node);
        return NULL;
    }
    if (member_init(node)) {
        lease_close(node);
        memory_free(node);
        return NULL;
    }
    if (handover_init(node)) {
        member_close(node);
        lease_close(node);
        memory_free(node);
        return NULL;
    }
    node->wake_ns = next_due_ns(node);
    return node;
}

void node_delete(struct node *node)
{
    request_close(node);
    handover_close(node);
    worker_close(node);
    lease_close(node);
    seal_close(&node->sealed);
    seal_close(&node->opened);
    member_close(node);
    seen_close(node);
    memory_free(node);
}

/* What is due comes before the event: at its deadline a request has ended, and at the end of its
 * life a worker is gone, whatever happens at that instant; first those whose lease is over. What
 * may ask a worker (a retry, a member that has fallen silent) comes after the ends of lives. */
static void run_due(struct node *node)
{
    if (node->lease)
        lease_end_due(node);
    request_run_deadlines(node);
    worker_run_due(node);
    request_run_retries(node);
    if (node->members)
        member_run_due(node);
    if (node->handover)
        handover_run_due(node);
}

static void start_leaving(struct node *node)
{
    if (node->phase == PHASE_LEAVING)
        return;
    member_leave(node);
    if (node->handover)
        handover_leave(node);
    worker_leave(node);
    worker_take_held(node);
    if (node->lease)
        lease_leave(node);
    request_refuse_waiting(node);
}

static void handle(struct node *node, const struct event *event)
{
    switch (event->kind) {
    case EVENT_START:
        if (node->lease)
            lease_start(node);
        member_start(node);
        break;
    case EVENT_TIMER:
        break;
    case EVENT_MESSAGE:
        receive(node, event->as.message);
        break;
    case EVENT_REQUEST:
        request_make(node, event);
        break;
    case EVENT_LOADED:
        worker_loaded(node, event->as.load.worker, event->as.load.loaded, event->as.load.value);
        break;
    case EVENT_WORKED:
        worker_worked(node, event->as.worker);
        break;
    case EVENT_ANSWERED:
        worker_answered(node, event->as.turn.worker, event->as.turn.outcome, event->as.turn.value);
        break;
    case EVENT_CONNECT:
        member_connect(node);
        break;
    case EVENT_LEAVE:
        start_leaving(node);
        break;
    case EVENT_PEER_LOST:
        member_lost(node, event->as.peer.id, event->as.peer.incarnation);
        break;
    case EVENT_PEER_FOUND:
        member_found(node, event->as.peer.id, event->as.peer.incarnation);
        break;
    }
}

/* A step that is late by a heartbeat or more shows that this node itself stood still. That time
 * does not count as time in which it ran. */
static void discount_pause(struct node *node)
{
    int64_t late_ns = node->now_ns - node->wake_ns;
    if (late_ns < node->config.heartbeat_ns)
        return;
    node->paused_ns += late_ns;
    member_paused(node);
}

/* Whether nothing keeps a node that leaves. */
static bool may_go(const struct node *node)
{
    bool holds =
        node->requests.count || node->in_mailboxes || node->announced_count || node->expects;
    return !holds && member_may_go(node) && (!node->handover || !giver_keeps(node));
}

/* Hand-over comes first: it says which workers hold a lease that is another node's now. A lease
 * that is won then may let in a worker for which requests are held. */
static void end_step(struct node *node)
{
    do {
        if (node->handover)
            handover_end_step(node);
        if (node->lease)
            lease_end_step(node);
    } while (node->lease && node->handover && handover_has_more(node));
}

void node_step(struct node *node, const struct event *event)
{
    must(event->now_ns >= node->now_ns);
    node->now_ns = event->now_ns;
    if (node->now_ns >= node->wake_ns) {
        discount_pause(node);
        run_due(node);
    }
    handle(node, event);
    if (node->handover || node->lease)
        end_step(node);
    if (node->phase == PHASE_LEAVING && !node->left && may_go(node)) {
        node->left = true;
        if (node->handover && node->members)
            giver_goes(node);
        node->host->left(node->context);
    }
    node->wake_ns = next_due_ns(node);
}

int64_t node_wake_ns(const struct node *node)
{
    return node->wake_ns;
}

void node_lose(struct node *node, int64_t now_ns)
{
    node->now_ns = now_ns;
    worker_lose_all(node);
    request_lose_all(node);
}

void node_describe(struct node *node)
{
    if (node->members)
        member_record_view(node, 0);
    if (node->lease)
        lease_describe_all(node);
    worker_describe_all(node);
}

uint64_t node_number_request(struct node *node)
{
    uint64_t number = request_number(node);
    if (!node->announced_count++)
        node->announced = number;
    return number;
}

void node_expect_requests(struct node *node, bool expects)
{
    node->expects = expects;
}

uint64_t node_next_request(const struct node *node)
{
    return node->next_request;
}

uint64_t node_next_worker(const struct node *node)
{
    return node->next_worker;
}

uint32_t node_lease_epoch(const struct node *node)
{
    return node->lease ? lease_epoch(node) : 0;
}

bool node_joined(const struct node *node)
{
    return node->has_joined;
}

bool node_takes_requests(const struct node *node)
{
    return request_is_taken(node);
}

bool node_sees(const struct node *node, node_id peer)
{
    return view_has(&node->view, peer);
}

node_id node_owner(const struct node *node, const struct text *id)
{
    if (!node->view.count)
        return NODE_NONE;
    return node->lease ? lease_preferred(node, id)
                       : route_owner(node->config.router, &node->view, node->config.self, id);
}

bool node_passes_on(const struct node *node)
{
    return node->handover && node->phase == PHASE_LEAVING && node->view.count &&
           !view_has(&node->view, node->config.self);
}

struct token node_token(const struct node *node, const struct text *id)
{
    return node->lease ? lease_token(node, id) : (struct token){0};
}

uint32_t node_workers(const struct node *node)
{
    return node->workers.count;
}

uint32_t node_requests(const struct node *node)
{
    return node->requests.count;
}

size_t node_worker_bytes(const struct node *node)
{
    return pool_bytes(&node->workers) + hash_map_bytes(&node->workers_by_id);
}
