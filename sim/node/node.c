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

/* ---- effects ------------------------------------------------------------------------------- */

void node_record(struct node *node, struct record *record)
{
    record->node = node->config.self;
    record->clock_ns = node->now_ns;
    node->host->record(node->context, record);
}

/* Whoever does not hear the peer does not know which life it is in: then its heartbeat says to any
 * of them that there is a member. */
static bool is_meant_for_one_life(const struct message *message)
{
    return message->kind != MESSAGE_JOIN && message->kind != MESSAGE_LEAVE &&
           (message->kind != MESSAGE_HEARTBEAT || message->code & HEARTBEAT_HEARS);
}

/* Under leases an answer carries its token. Where there is no memory for that it is as if it were
 * lost. */
static bool seal(struct node *node, struct message *message)
{
    if (message->kind != MESSAGE_REPLY || message->code != OUTCOME_VALUE)
        return true;
    message->part |= REPLY_SEALED;
    return !seal_value(&node->sealed, &node->answer_token, &message->as.answer.value);
}

void node_send(struct node *node, node_id to, struct message *message)
{
    message->from = node->config.self;
    message->incarnation = node->config.incarnation;
    if (is_meant_for_one_life(message))
        message->meant = peers_tag(node, to);
    if (node->lease && !seal(node, message))
        return;
    node->host->send(node->context, to, message);
}

void node_answer(struct node *node, const struct caller *caller, enum outcome outcome,
                 uint64_t worker, struct text *value)
{
    if (caller->node == node->config.self) {
        request_answered_here(node, caller, outcome, worker, value);
        return;
    }
    struct message reply = {.kind = MESSAGE_REPLY,
                            .code = (uint8_t)outcome,
                            .part = caller->try,
                            .request = caller->request};
    if (outcome == OUTCOME_VALUE || outcome == OUTCOME_WORK_FAILED)
        reply.as.answer.value = *value;
    if (outcome == OUTCOME_VALUE)
        reply.as.answer.worker = worker;
    node_send(node, caller->node, &reply);
}

static void send_moved(struct node *node, const struct caller *caller, node_id owner, uint8_t code)
{
    struct message reply = {
        .kind = MESSAGE_REPLY, .code = code, .part = caller->try, .request = caller->request};
    reply.as.answer.worker = owner;
    node_send(node, caller->node, &reply);
}

void node_pass_on(struct node *node, const struct caller *caller, const struct asked *asked,
                  node_id owner)
{
    if (caller->hops >= HANDOVER_HOPS) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL); /* which says nothing of leaving */
        return;
    }
    if (caller->node == node->config.self)
        request_passed_on(node, caller, owner);
    else
        send_moved(node, caller, owner, REPLY_PASSED);
    struct record handed = record_of(RECORD_HANDED);
    handed.request = caller->request;
    handed.id = asked->id;
    handed.code = caller->try;
    handed.peer = owner;
    node_record(node, &handed);
    handover_pass(node, caller, asked, owner);
}

void node_send_on(struct node *node, const struct caller *caller, node_id owner)
{
    if (caller->node == node->config.self) {
        request_sent_on_here(node, caller, owner);
        return;
    }
    send_moved(node, caller, owner, REPLY_MOVED);
}

/* ---- demands ------------------------------------------------------------------------------- */

enum error node_keep_demand(struct node *node, struct text *to, const struct text *demand)
{
    uint32_t size = text_size(demand);
    if (!size)
        return OK;
    if (node->payload_bytes + size > PAYLOADS_MAX)
        return ERROR_FULL;
    if (text_copy(to, demand))
        return ERROR_MEMORY;
    node->payload_bytes += size;
    return OK;
}

void node_drop_demand(struct node *node, struct text *demand)
{
    node->payload_bytes -= text_size(demand);
    text_clear(demand);
}

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

/* When something is due by itself: not before now, so that what is overdue when it is set is not
 * taken for a pause. TIME_NEVER if nothing is. */
static int64_t next_due_ns(const struct node *node)
{
    int64_t wake_ns = member_wake_ns(node);
    int64_t retry_ns = deadline_queue_next_ns(&node->retries);
    if (retry_ns != TIME_NEVER)
        wake_ns = min_i64(wake_ns, retry_ns + node->paused_ns);
    if (node->lease)
        wake_ns = min_i64(wake_ns, lease_wake_ns(node));
    if (node->handover)
        wake_ns = min_i64(wake_ns, handover_wake_ns(node));
    wake_ns = min_i64(wake_ns, deadline_queue_next_ns(&node->deadlines));
    wake_ns = min_i64(wake_ns, deadline_queue_next_ns(&node->pending_deadlines));
    wake_ns = min_i64(wake_ns, deadline_queue_next_ns(&node->lives));
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
    bool holds = node->requests.count || node->in_mailboxes || node->announced_count;
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
