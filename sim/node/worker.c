#include "node/worker.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/giver.h"
#include "node/handover.h"
#include "node/newcomer.h"
#include "node/taker.h"

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
    struct record record = record_of(RECORD_SERVE);
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
    struct record record = record_of(RECORD_SERVE);
    record.request = pending->caller.request;
    record.code = pending->caller.try;
    record.why = (uint8_t)how;
    record.id = worker->id;
    record.worker = worker->number;
    record.value = *value;
    record.amount = node->now_ns - pending->turn_ns;
    record_decided(node, &record);
}

void worker_init(struct node *node)
{
    pool_init(&node->workers, sizeof(struct worker));
    pool_init(&node->pending, sizeof(struct pending));
}

/* ---- pending requests ---------------------------------------------------------------------- */

static struct pending *pending_new(struct node *node, const struct caller *caller,
                                   const struct text *demand)
{
    uint32_t slot = pool_take(&node->pending);
    if (slot == POOL_NONE)
        return NULL;
    struct pending *pending = pool_at(&node->pending, slot);
    if (node_keep_demand(node, &pending->demand, demand)) {
        pool_give(&node->pending, slot);
        return NULL;
    }
    pending->slot = slot;
    pending->caller = *caller;
    if (caller->node != node->config.self)
        deadline_queue_add(&node->pending_deadlines, &pending->deadline, caller->deadline_ns);
    return pending;
}

static void pending_delete(struct node *node, struct pending *pending)
{
    deadline_queue_remove(&pending->deadline);
    text_clear(&pending->id);
    node_drop_demand(node, &pending->demand);
    pool_give(&node->pending, pending->slot);
}

static struct pending *mailbox_first(const struct worker *worker)
{
    struct list_link *link = list_first(&worker->mailbox);
    return link ? container_of(link, struct pending, in_mailbox) : NULL;
}

static void mailbox_add(struct node *node, struct worker *worker, struct pending *pending)
{
    pending->worker = worker;
    list_add_last(&worker->mailbox, &pending->in_mailbox);
    worker->mailbox_count++;
    node->in_mailboxes++;
    if (node->lease)
        lease_slot(node, &worker->id)->in_mailboxes++;
}

static void mailbox_remove(struct node *node, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    pending->worker->mailbox_count--;
    node->in_mailboxes--;
    if (node->lease)
        lease_left_mailbox(node, &pending->worker->id);
    pending->worker = NULL;
}

void worker_refuse(struct node *node, struct pending *pending, enum outcome outcome)
{
    struct caller caller = pending->caller;
    must(outcome_is_replied(outcome));
    pending_delete(node, pending);
    node_answer(node, &caller, outcome, 0, NULL);
}

void worker_pass_on(struct node *node, struct pending *pending, const struct text *id,
                    node_id owner)
{
    struct caller caller = pending->caller;
    struct asked asked = {.id = *id, .demand = pending->demand};
    node_pass_on(node, &caller, &asked, owner);
    pending_delete(node, pending);
}

void worker_send_on(struct node *node, struct pending *pending, node_id owner)
{
    struct caller caller = pending->caller;
    pending_delete(node, pending);
    node_send_on(node, &caller, owner);
}

/* ---- turns --------------------------------------------------------------------------------- */

/* Ends a worker whose mailbox is empty if the node is leaving, or if its load has not begun; but
 * one that moves finishes its load, and goes. */
static void end_if_done(struct node *node, struct worker *worker)
{
    bool leaves = node->phase == PHASE_LEAVING;
    if (worker->moves && !worker->mailbox_count && worker->state != WORKER_QUEUED) {
        giver_idle(node, worker);
        return;
    }
    if ((!leaves && worker->state != WORKER_QUEUED) || worker->mailbox_count)
        return;
    registry_record(node, leaves ? RECORD_LOST : RECORD_EXPIRE, worker);
    registry_end(node, worker);
}

static void prolong_life(struct node *node, struct worker *worker)
{
    if (!node->config.expire_idle)
        return;
    deadline_queue_remove(&worker->life);
    deadline_queue_add(&node->lives, &worker->life, node->now_ns + registry_life_ns(node, worker));
}

/* Answers the first in the mailbox. This is the only place where a value is served: before the end
 * of the worker's life, or not at all. Where there is no memory to copy a long value the outcome is
 * `overloaded`, or, after a turn (`worked`), `timeout`: whether a worker ran is not known then. */
static void serve_first(struct node *node, struct worker *worker, bool worked)
{
    struct pending *pending = mailbox_first(worker);
    struct caller caller = pending->caller;
    struct text value;
    must(node->now_ns < worker->life.at_ns);
    mailbox_remove(node, pending);
    if (text_copy(&value, &worker->value)) {
        worker_refuse(node, pending, worked ? OUTCOME_TIMEOUT : OUTCOME_OVERLOADED);
        return;
    }
    pending_delete(node, pending);
    record_serve(node, worker, &caller);
    prolong_life(node, worker);
    node_answer(node, &caller, OUTCOME_VALUE, worker->number, &value);
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

static bool begin_turn(struct node *node, struct worker *worker)
{
    struct pending *first = mailbox_first(worker);
    struct turn turn = {.id = &worker->id,
                        .demand = &first->demand,
                        .try = first->caller.try,
                        .deadline_ns = first->caller.deadline_ns};
    first->turn_ns = node->now_ns;
    return node->host->work(node->context, ref_of(worker), &turn);
}

static void take_turns(struct node *node, struct worker *worker)
{
    while (worker->state == WORKER_READY && !worker->busy && worker->mailbox_count) {
        if (begin_turn(node, worker)) {
            worker->busy = true;
            return;
        }
        serve_first(node, worker, false);
    }
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
    end_if_done(node, worker);
    return waits ? pending : NULL;
}

/* ---- what waits for a lease ---------------------------------------------------------------- */

/* So many wait for a slot as for a worker, at the most, and none on a node that leaves. Returns it,
 * or NULL if it is refused. */
static struct pending *wait_for_lease(struct node *node, struct pending *pending,
                                      const struct text *id)
{
    struct lease_slot *slot = lease_slot(node, id);
    if (node_passes_on(node)) {
        worker_pass_on(node, pending, id, node_owner(node, id));
        return NULL;
    }
    if (node->phase == PHASE_LEAVING) {
        worker_refuse(node, pending, OUTCOME_STOPPING);
        return NULL;
    }
    if (slot->waiting_count >= node->config.mailbox || text_copy(&pending->id, id)) {
        worker_refuse(node, pending, OUTCOME_OVERLOADED);
        return NULL;
    }
    list_add_last(&slot->waiting, &pending->in_mailbox);
    slot->waiting_count++;
    pending->for_lease = true;
    lease_wanted(node, slot);
    return pending;
}

/* Returns it if it waits, or NULL if it has its answer. */
static struct pending *accept(struct node *node, struct pending *pending, const struct text *id)
{
    return node->lease && !lease_holds(node, id) ? wait_for_lease(node, pending, id)
                                                 : deliver(node, pending, id);
}

static struct text take_id(struct pending *pending)
{
    struct text id = pending->id;
    memset(&pending->id, 0, sizeof pending->id);
    return id;
}

static void stop_waiting(struct lease_slot *slot, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    slot->waiting_count--;
    pending->for_lease = false;
}

static struct pending *waiting_first(const struct lease_slot *slot)
{
    struct list_link *link = list_first(&slot->waiting);
    return link ? container_of(link, struct pending, in_mailbox) : NULL;
}

void worker_take_waiting(struct node *node, struct lease_slot *slot)
{
    newcomers_let_in(node, slot);
    if (node->handover && !list_empty(&slot->waiting))
        handover_let_in(node);
    for (struct pending *pending; (pending = waiting_first(slot));) {
        stop_waiting(slot, pending);
        worker_take_over(node, pending);
    }
}

void worker_pass_for_lease(struct node *node, struct lease_slot *slot)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        struct text id = take_id(pending);
        stop_waiting(slot, pending);
        worker_pass_on(node, pending, &id, node_owner(node, &id));
        text_clear(&id);
    }
}

void worker_refuse_waiting(struct node *node, struct lease_slot *slot, enum outcome outcome)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        stop_waiting(slot, pending);
        worker_refuse(node, pending, outcome);
    }
}

static void drop_waiting(struct node *node, struct lease_slot *slot)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        stop_waiting(slot, pending);
        pending_delete(node, pending);
    }
}

/* A turn is broken off: whether it had an effect nobody knows, unless nobody waits for it any more.
 * What is overdue waits for nothing: the end of leases comes before that of deadlines. */
static void end_with_lease(struct node *node, struct worker *worker)
{
    bool in_turn = worker->busy;
    registry_record(node, RECORD_LOST, worker);
    for (struct pending *pending; (pending = mailbox_first(worker)); in_turn = false) {
        mailbox_remove(node, pending);
        if (pending->abandoned)
            pending_delete(node, pending);
        else if (pending->caller.deadline_ns <= node->now_ns)
            continue;
        else if (in_turn)
            worker_refuse(node, pending, OUTCOME_OWNER_LOST);
        else
            wait_for_lease(node, pending, &worker->id);
    }
    registry_end(node, worker);
}

/* Those whose load is queued first, so that no end lets another one's load begin. */
void worker_end_unleased(struct node *node)
{
    for (int queued = 1; queued >= 0; queued--)
        for (uint32_t slot = 0; slot < node->workers.used; slot++) {
            struct worker *worker = registry_at(node, slot);
            if (worker && (worker->state == WORKER_QUEUED) == queued &&
                lease_slot(node, &worker->id)->ending)
                end_with_lease(node, worker);
        }
}

void worker_take_over(struct node *node, struct pending *pending)
{
    struct text id = take_id(pending);
    accept(node, pending, &id);
    text_clear(&id);
}

/* Returns it, or NULL if it is refused. */
static struct pending *hold(struct node *node, struct pending *pending, const struct text *id)
{
    if (!text_copy(&pending->id, id) && taker_hold(node, pending))
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
    struct pending *pending = pending_new(node, caller, &asked->demand);
    if (!pending) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return NULL;
    }
    if (place == PLACE_HELD)
        return hold(node, pending, id);
    return accept(node, pending, id);
}

void worker_abandon(struct node *node, struct pending *pending)
{
    struct worker *worker = pending->worker;
    if (!worker) {
        if (pending->for_lease)
            stop_waiting(lease_slot(node, &pending->id), pending);
        else if (list_linked(&pending->in_mailbox)) /* else the lease ended when it was overdue */
            taker_let_go(node, pending);
        pending_delete(node, pending);
        return;
    }
    if (worker->busy && mailbox_first(worker) == pending) {
        pending->abandoned = true;
        return;
    }
    mailbox_remove(node, pending);
    pending_delete(node, pending);
    end_if_done(node, worker);
}

/* The end of a worker broke off the turn of the first request. The id's next worker does not repeat
 * the turn if the caller has stopped waiting. */
static void drop_abandoned(struct node *node, struct worker *worker)
{
    struct pending *pending = mailbox_first(worker);
    if (!pending || !pending->abandoned)
        return;
    mailbox_remove(node, pending);
    pending_delete(node, pending);
}

static int64_t first_deadline_ns(const struct worker *worker)
{
    int64_t first_ns = TIME_NEVER;
    list_each (link, &worker->mailbox)
        first_ns =
            min_i64(first_ns, container_of(link, struct pending, in_mailbox)->caller.deadline_ns);
    return first_ns;
}

/* The id's next worker is another node's. */
static void send_on_all(struct node *node, struct worker *worker)
{
    node_id owner = node_owner(node, &worker->id);
    drop_abandoned(node, worker);
    for (struct pending *pending; (pending = mailbox_first(worker));) {
        mailbox_remove(node, pending);
        worker_pass_on(node, pending, &worker->id, owner);
    }
}

/* A node that leaves starts no worker for what the id's owner can serve. */
static bool goes_on_elsewhere(const struct node *node, const struct worker *worker)
{
    return worker->moves || node_passes_on(node);
}

static void end_life(struct node *node, struct worker *worker)
{
    if (goes_on_elsewhere(node, worker))
        send_on_all(node, worker);
    registry_record(node, RECORD_EXPIRE, worker);
    drop_abandoned(node, worker);
    if (worker->mailbox_count)
        registry_renew(node, worker, first_deadline_ns(worker));
    else
        registry_end(node, worker);
}

/* A failed load is remembered for fail_ttl_ns from now; without it, to the end of the life. */
static void forget_failure_in_time(struct node *node, struct worker *worker)
{
    if (!node->config.fail_ttl_ns)
        return;
    deadline_queue_remove(&worker->life);
    deadline_queue_add(&node->lives, &worker->life, node->now_ns + node->config.fail_ttl_ns);
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
    end_if_done(node, worker);
}

void worker_worked(struct node *node, struct worker_ref ref)
{
    struct worker *worker = registry_of(node, ref);
    if (!worker)
        return;
    worker->busy = false;
    serve_first(node, worker, true);
    take_turns(node, worker);
    end_if_done(node, worker);
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
        end_life(node, worker);
        return;
    }
    take_turns(node, worker);
    end_if_done(node, worker);
}

/* ---- what comes while the node joins ------------------------------------------------------- */

struct held {
    struct list_link link;
    struct caller caller;
    struct asked asked;
};

static void held_delete(struct node *node, struct held *held)
{
    list_remove(&held->link);
    node->held_count--;
    text_clear(&held->asked.id);
    node_drop_demand(node, &held->asked.demand);
    memory_free(held);
}

static struct held *held_first(const struct node *node)
{
    struct list_link *link = list_first(&node->held);
    return link ? container_of(link, struct held, link) : NULL;
}

static void drop_held(struct node *node)
{
    for (struct held *held; (held = held_first(node));)
        held_delete(node, held);
}

/* Drops held requests whose callers have stopped waiting. */
static void drop_overdue(struct node *node)
{
    list_each (link, &node->held) {
        struct held *held = container_of(link, struct held, link);
        if (held->caller.deadline_ns <= node->now_ns)
            held_delete(node, held);
    }
}

void worker_hold(struct node *node, const struct caller *caller, const struct asked *asked)
{
    if (node->held_count >= node->config.mailbox)
        drop_overdue(node);
    struct held *held =
        node->held_count < node->config.mailbox ? memory_zeroed(sizeof *held) : NULL;
    if (!held || node_keep_demand(node, &held->asked.demand, &asked->demand)) {
        memory_free(held);
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return;
    }
    if (text_copy(&held->asked.id, &asked->id)) {
        node_drop_demand(node, &held->asked.demand);
        memory_free(held);
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return;
    }
    held->caller = *caller;
    list_add_last(&node->held, &held->link);
    node->held_count++;
}

void worker_take_held(struct node *node)
{
    drop_overdue(node);
    for (struct held *held; (held = held_first(node));) {
        if (node->phase == PHASE_LEAVING)
            node_answer(node, &held->caller, OUTCOME_STOPPING, 0, NULL);
        else
            worker_accept(node, &held->caller, &held->asked);
        held_delete(node, held);
    }
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void run_pending_deadlines(struct node *node)
{
    for (struct due *due; (due = deadline_queue_due(&node->pending_deadlines, node->now_ns));) {
        struct pending *pending = container_of(due, struct pending, deadline);
        deadline_queue_remove(due);
        worker_abandon(node, pending);
    }
}

void worker_pass_waiting(struct node *node, struct worker *worker)
{
    node_id owner = node_owner(node, &worker->id);
    struct list_link *link = list_first(&worker->mailbox);
    if (link && worker->busy)
        link = list_next(&worker->mailbox, link);
    for (struct list_link *next; link; link = next) {
        struct pending *pending = container_of(link, struct pending, in_mailbox);
        next = list_next(&worker->mailbox, link);
        mailbox_remove(node, pending);
        worker_pass_on(node, pending, &worker->id, owner);
    }
    end_if_done(node, worker);
}

void worker_run_due(struct node *node)
{
    run_pending_deadlines(node);
    for (struct due *due; (due = deadline_queue_due(&node->lives, node->now_ns));) {
        struct worker *worker = container_of(due, struct worker, life);
        if (worker->busy && node->config.turns_answer)
            registry_outlast(node, worker); /* what the turn does is not to be done again */
        else
            end_life(node, worker);
    }
}

void worker_leave(struct node *node)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (worker)
            end_if_done(node, worker);
    }
}

static void end_with_mailbox(struct node *node, struct worker *worker)
{
    for (struct pending *pending; (pending = mailbox_first(worker));) {
        mailbox_remove(node, pending);
        pending_delete(node, pending);
    }
    registry_end(node, worker);
}

/* Any worker; those whose load is queued first, so that no end lets another load begin. */
static struct worker *next_to_end(const struct node *node)
{
    struct due *due = deadline_queue_first(&node->load_queue);
    if (!due)
        due = deadline_queue_first(&node->lives);
    return due ? container_of(due, struct worker, life) : NULL;
}

void worker_drop_loads(struct node *node)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker || !worker->moves || worker->state != WORKER_LOADING || worker->mailbox_count)
            continue;
        registry_record(node, RECORD_LOST, worker);
        registry_end(node, worker);
    }
}

void worker_lose_all(struct node *node)
{
    for (struct worker *worker; (worker = next_to_end(node));) {
        registry_record(node, RECORD_LOST, worker);
        end_with_mailbox(node, worker);
    }
}

static void describe(struct node *node, const struct worker *worker)
{
    struct record start = record_of(RECORD_START);
    bool queued = worker->state == WORKER_QUEUED;
    start.id = worker->id;
    start.worker = worker->number;
    start.code = START_FOUND;
    if (!queued)
        start.amount = registry_is_over(worker)
                           ? registry_life_ns(node, worker)
                           : node->now_ns - (worker->life.at_ns - registry_life_ns(node, worker));
    node_record(node, &start);
    if (!queued)
        registry_record(node, RECORD_LOAD, worker);
    if (worker->state == WORKER_READY)
        registry_record(node, RECORD_VALUE, worker);
    else if (worker->state == WORKER_FAILED)
        registry_record(node, RECORD_LOAD_FAILED, worker);
}

void worker_describe_all(struct node *node)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        const struct worker *worker = registry_at(node, slot);
        if (worker)
            describe(node, worker);
    }
}

void worker_close(struct node *node)
{
    for (struct worker *worker; (worker = next_to_end(node));)
        end_with_mailbox(node, worker);
    for (uint32_t slot = 0; node->lease && slot < node->config.slots; slot++)
        drop_waiting(node, &node->lease->slots[slot]);
    drop_held(node);
    pool_close(&node->workers);
    pool_close(&node->pending);
    hash_map_close(&node->workers_by_id);
}
