#include "node/worker.h"

#include "node/handover.h"
#include "node/taker.h"
#include "node/worker_state.h"

static struct worker_ref ref_of(const struct worker *worker)
{
    return (struct worker_ref){worker->slot, worker->number};
}

/* Its token goes with the answer. */
static void record_decided(struct node *node, struct record *record)
{
    registry_add_token(node, record);
    node->answer_token = (struct token){record->epoch, record->number};
    node_record(node, record);
}

static void record_serve(struct node *node, const struct worker *worker,
                         const struct caller *caller)
{
    struct record record;
    record_init(&record, RECORD_SERVE);
    record.request = caller->request;
    record.code = caller->try;
    record.id = worker->id;
    record.worker = worker->number;
    record.value = worker->value;
    record_decided(node, &record);
}

/* The record of a turn with an answer of its own; or why it has none. */
static void record_turn(struct node *node, const struct worker *worker,
                        const struct pending *pending, enum serve_how how, const struct text *value)
{
    struct record record;
    record_init(&record, RECORD_SERVE);
    record.request = pending->caller.request;
    record.code = pending->caller.try;
    record.why = (uint8_t)how;
    record.id = worker->id;
    record.worker = worker->number;
    record.value = *value;
    record.amount = node->now_ns - pending->turn_ns;
    record_decided(node, &record);
}

static bool is_idle(const struct worker *worker)
{
    return worker->state == WORKER_READY && !worker->busy && !worker->mailbox_count;
}

/* ---- turns --------------------------------------------------------------------------------- */

static void prolong_life(struct node *node, struct worker *worker)
{
    if (!node->config.expire_idle)
        return;
    deadline_queue_remove(&worker->life);
    node_add_due(node, &node->lives, &worker->life, node->now_ns + registry_life_ns(node, worker));
}

/* Answers the caller. This is the only place where a value is served: before the end of the
 * worker's life, or not at all. Where there is no memory to copy a long value the outcome is
 * `overloaded`, or, after a turn (`worked`), `timeout`: whether a worker ran is not known then. */
static void serve(struct node *node, struct worker *worker, const struct caller *caller,
                  bool worked)
{
    struct text value;
    must(node->now_ns < worker->life.at_ns);
    if (text_copy(&value, &worker->value)) {
        node_answer(node, caller, worked ? OUTCOME_TIMEOUT : OUTCOME_OVERLOADED, 0, NULL);
        return;
    }
    record_serve(node, worker, caller);
    prolong_life(node, worker);
    node_answer(node, caller, OUTCOME_VALUE, worker->number, &value);
}

static void serve_first(struct node *node, struct worker *worker, bool worked)
{
    struct pending *pending = mailbox_first(worker);
    struct caller caller = pending->caller;
    mailbox_remove(node, pending);
    pending_delete(node, pending);
    serve(node, worker, &caller, worked);
}

/* The same with the turn's own answer, or the reason why it has none; its text is taken. The turn
 * began within the worker's life. */
static void end_turn(struct node *node, struct worker *worker, enum outcome outcome,
                     struct text *value)
{
    struct pending *pending = mailbox_first(worker);
    struct caller caller = pending->caller;
    bool ran = outcome == OUTCOME_VALUE || outcome == OUTCOME_WORK_FAILED;
    mailbox_remove(node, pending);
    if (ran) {
        record_turn(node, worker, pending, outcome == OUTCOME_VALUE ? SERVE_ANSWERED : SERVE_FAILED,
                    value);
        prolong_life(node, worker);
    } else {
        text_clear(value);
    }
    pending_delete(node, pending);
    node_answer(node, &caller, outcome, worker->number, value);
}

/* Whether the turn takes time: then EVENT_WORKED or EVENT_ANSWERED will end it. */
static bool begin_turn(struct node *node, struct worker *worker, const struct caller *caller,
                       const struct text *demand)
{
    struct turn turn = {.id = &worker->id,
                        .demand = demand,
                        .try = caller->try,
                        .deadline_ns = caller->deadline_ns};
    worker->busy = node->host->work(node->context, ref_of(worker), &turn);
    return worker->busy;
}

static void take_turns(struct node *node, struct worker *worker)
{
    while (worker->state == WORKER_READY && !worker->busy && worker->mailbox_count) {
        struct pending *first = mailbox_first(worker);
        first->turn_ns = node->now_ns;
        if (begin_turn(node, worker, &first->caller, &first->demand))
            return;
        serve_first(node, worker, false);
    }
}

/* The worker is ready, and has nothing else to do: a turn that takes no time is over when this
 * returns, and leaves nothing behind. Returns what is in its turn, or NULL if it has its answer. */
static struct pending *serve_at_once(struct node *node, struct worker *worker,
                                     const struct caller *caller)
{
    static const struct text no_demand;
    struct pending *pending = NULL;
    if (pool_reserve(&node->pending)) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return NULL;
    }
    if (!begin_turn(node, worker, caller, &no_demand)) {
        serve(node, worker, caller, false);
        if (worker->moves || node->phase == PHASE_LEAVING)
            worker_end_if_done(node, worker);
        return NULL;
    }
    pending = pending_new(node, caller, &no_demand);
    pending->turn_ns = node->now_ns;
    mailbox_add(node, worker, pending);
    return pending;
}

/* Returns it if it is in a mailbox, or NULL if it has its answer. */
static struct pending *deliver(struct node *node, struct pending *pending, const struct text *id)
{
    const struct caller *caller = &pending->caller;
    enum outcome refusal = OUTCOME_VALUE;
    struct worker *worker = registry_find(node, id);
    if (!worker)
        worker = registry_start(node, id, caller->deadline_ns);
    if (!worker || worker->mailbox_count >= node->config.mailbox + (uint32_t)worker->busy)
        refusal = OUTCOME_OVERLOADED;
    else if (worker->state == WORKER_FAILED)
        refusal = OUTCOME_LOAD_FAILED;
    if (refusal != OUTCOME_VALUE) {
        worker_refuse(node, pending, refusal);
        return NULL;
    }
    mailbox_add(node, worker, pending);
    registry_hurry(node, worker, caller->deadline_ns);
    if (worker->state != WORKER_READY || worker->busy)
        return pending;
    take_turns(node, worker);
    bool waits = worker->busy;
    worker_end_if_done(node, worker);
    return waits ? pending : NULL;
}

static bool may_serve(const struct node *node, const struct text *id)
{
    return !node->lease || lease_holds(node, id);
}

/* Returns it if it waits, or NULL if it has its answer. */
static struct pending *accept(struct node *node, struct pending *pending, const struct text *id)
{
    return may_serve(node, id) ? deliver(node, pending, id)
                               : worker_wait_for_lease(node, pending, id);
}

void worker_take_over(struct node *node, struct pending *pending)
{
    struct text id = pending_take_id(pending);
    accept(node, pending, &id);
    text_clear(&id);
}

/* Returns it, or NULL if it is refused. */
static struct pending *hold(struct node *node, struct pending *pending, const struct text *id)
{
    if (node_may_hold(node) && !text_copy(&pending->id, id) && taker_hold(node, pending))
        return pending;
    worker_refuse(node, pending, OUTCOME_OVERLOADED);
    return NULL;
}

struct pending *worker_accept(struct node *node, const struct caller *caller,
                              const struct asked *asked)
{
    const struct text *id = &asked->id;
    node_id owner = NODE_NONE;
    enum place place = node->handover ? handover_place(node, caller, id, &owner) : PLACE_HERE;
    if (place == PLACE_ELSEWHERE) {
        if (caller->try == 1 && !caller->hops)
            node_send_on(node, caller, owner);
        else
            node_pass_on(node, caller, asked, owner);
        return NULL;
    }
    if (place == PLACE_HERE && !text_size(&asked->demand) && may_serve(node, id)) {
        struct worker *worker = registry_find(node, id);
        if (worker && is_idle(worker))
            return serve_at_once(node, worker, caller);
    }
    struct pending *pending = pending_new(node, caller, &asked->demand);
    if (!pending) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return NULL;
    }
    return place == PLACE_HELD ? hold(node, pending, id) : accept(node, pending, id);
}

void worker_abandon(struct node *node, struct pending *pending)
{
    struct worker *worker = pending->worker;
    if (!worker) {
        if (pending->waits == WAITS_FOR_LEASE)
            worker_stop_waiting(lease_slot(node, &pending->id), pending);
        else if (pending->waits == WAITS_FOR_WORKER)
            taker_let_go(node, pending);
        else if (pending->waits == WAITS_FOR_VIEW)
            pending_let_go(node, pending);
        pending_delete(node, pending);
        return;
    }
    if (worker->busy && mailbox_first(worker) == pending) {
        pending->abandoned = true;
        return;
    }
    mailbox_remove(node, pending);
    pending_delete(node, pending);
    worker_end_if_done(node, worker);
}

/* A failed load is remembered for fail_ttl_ns from now; without it, to the end of the life. */
static void forget_failure_in_time(struct node *node, struct worker *worker)
{
    if (!node->config.fail_ttl_ns)
        return;
    deadline_queue_remove(&worker->life);
    node_add_due(node, &node->lives, &worker->life, node->now_ns + node->config.fail_ttl_ns);
}

void worker_loaded(struct node *node, struct worker_ref ref, bool loaded, struct text *value)
{
    struct worker *worker = registry_of(node, ref);
    if (!worker || worker->state != WORKER_LOADING) {
        text_clear(value);
        return;
    }
    if (loaded) {
        worker->value = *value;
        registry_record(node, RECORD_VALUE, worker);
        registry_load_ended(node, worker, WORKER_READY);
        take_turns(node, worker);
    } else {
        registry_record(node, RECORD_LOAD_FAILED, worker);
        registry_load_ended(node, worker, WORKER_FAILED);
        forget_failure_in_time(node, worker);
        for (struct pending *pending; (pending = mailbox_first(worker));) {
            mailbox_remove(node, pending);
            worker_refuse(node, pending, OUTCOME_LOAD_FAILED);
        }
    }
    worker_end_if_done(node, worker);
}

void worker_worked(struct node *node, struct worker_ref ref)
{
    struct worker *worker = registry_of(node, ref);
    if (!worker)
        return;
    worker->busy = false;
    serve_first(node, worker, true);
    take_turns(node, worker);
    worker_end_if_done(node, worker);
}

void worker_answered(struct node *node, struct worker_ref ref, enum outcome outcome,
                     struct text *value)
{
    struct worker *worker = registry_of(node, ref);
    if (!worker || !worker->busy) {
        text_clear(value);
        return;
    }
    worker->busy = false;
    end_turn(node, worker, outcome, value);
    if (registry_is_over(worker)) {
        worker_end_life(node, worker);
        return;
    }
    take_turns(node, worker);
    worker_end_if_done(node, worker);
}

static void run_pending_deadlines(struct node *node)
{
    for (struct due *due; (due = deadline_queue_due(&node->pending_deadlines, node->now_ns));) {
        struct pending *pending = container_of(due, struct pending, deadline);
        deadline_queue_remove(due);
        worker_abandon(node, pending);
    }
}

void worker_run_due(struct node *node)
{
    run_pending_deadlines(node);
    for (struct due *due; (due = deadline_queue_due(&node->lives, node->now_ns));) {
        struct worker *worker = container_of(due, struct worker, life);
        if (worker->busy && node->config.turns_answer)
            registry_outlast(node, worker); /* what the turn does is not to be done again */
        else
            worker_end_life(node, worker);
    }
}
