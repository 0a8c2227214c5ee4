#include "node/worker.h"

#include "base/random.h"
#include "node/registry.h"

static struct worker_ref ref_of(const struct worker *worker)
{
    return (struct worker_ref){worker->slot, worker->number};
}

static void record_serve(struct node *node, const struct worker *worker, uint64_t request)
{
    struct record record = record_of(RECORD_SERVE);
    record.request = request;
    record.id = worker->id;
    record.worker = worker->number;
    record.value = worker->value;
    node_record(node, &record);
}

/* ---- what waits ---------------------------------------------------------------------------- */

static struct waiting *waiting_new(struct node *node, const struct asker *asker)
{
    uint32_t slot = pool_take(&node->waitings);
    if (slot == POOL_NONE)
        return NULL;
    struct waiting *waiting = pool_at(&node->waitings, slot);
    waiting->slot = slot;
    waiting->asker = *asker;
    if (asker->caller == node->config.self)
        return waiting;
    if (node->config.repeats && table_insert(&node->seen, random_mix(asker->request), slot)) {
        pool_give(&node->waitings, slot);
        return NULL;
    }
    expiry_add(&node->patience, &waiting->patience, asker->deadline_ns);
    return waiting;
}

static void waiting_delete(struct node *node, struct waiting *waiting)
{
    bool remote = waiting->asker.caller != node->config.self;
    if (remote && node->config.repeats)
        table_remove(&node->seen, random_mix(waiting->asker.request), waiting->slot);
    expiry_remove(&waiting->patience);
    pool_give(&node->waitings, waiting->slot);
}

/* It has its answer, or wants none any more. */
static void waiting_settle(struct node *node, struct waiting *waiting)
{
    bool remembered = waiting->patience.next && node->config.repeats;
    waiting->answered = true;
    if (!remembered)
        waiting_delete(node, waiting);
}

bool worker_has_seen(const struct node *node, uint64_t request)
{
    struct probe probe = table_probe(&node->seen, random_mix(request));
    for (uint32_t slot; (slot = table_next(&node->seen, &probe)) != TABLE_NONE;) {
        const struct waiting *waiting = pool_at(&node->waitings, slot);
        if (waiting->asker.request == request)
            return true;
    }
    return false;
}

static void mailbox_add(struct node *node, struct worker *worker, struct waiting *waiting)
{
    waiting->worker = worker;
    waiting->previous = worker->last;
    if (worker->last)
        worker->last->next = waiting;
    else
        worker->first = waiting;
    worker->last = waiting;
    worker->waiting++;
    node->held++;
}

static void mailbox_remove(struct node *node, struct waiting *waiting)
{
    struct worker *worker = waiting->worker;
    if (waiting->previous)
        waiting->previous->next = waiting->next;
    else
        worker->first = waiting->next;
    if (waiting->next)
        waiting->next->previous = waiting->previous;
    else
        worker->last = waiting->previous;
    waiting->next = NULL;
    waiting->previous = NULL;
    waiting->worker = NULL;
    worker->waiting--;
    node->held--;
}

static void refuse(struct node *node, struct waiting *waiting, enum outcome outcome)
{
    struct asker asker = waiting->asker;
    waiting_settle(node, waiting);
    node_answer(node, &asker, outcome, 0, NULL);
}

/* ---- turns --------------------------------------------------------------------------------- */

/* A leaving node's worker ends when it holds nothing. */
static void end_if_done(struct node *node, struct worker *worker)
{
    if (!node->leaving || worker->first)
        return;
    registry_record(node, RECORD_LOST, worker);
    registry_end(node, worker);
}

/* Decides the answer of the mailbox's first: here a value is served, before the life's end or not
 * at all. Where a long value can't be copied for want of memory the request is shed: `overloaded`,
 * or, when it had its turn (`worked`), an outcome that is not known. */
static void serve_first(struct node *node, struct worker *worker, bool worked)
{
    struct waiting *waiting = worker->first;
    struct asker asker = waiting->asker;
    struct text value;
    must(node->now_ns < worker->life.at_ns);
    mailbox_remove(node, waiting);
    if (text_copy(&value, &worker->value)) {
        refuse(node, waiting, worked ? OUTCOME_TIMEOUT : OUTCOME_OVERLOADED);
        return;
    }
    waiting_settle(node, waiting);
    record_serve(node, worker, asker.request);
    if (node->config.expire_idle) {
        expiry_remove(&worker->life);
        expiry_add(&node->lives, &worker->life, node->now_ns + node->config.ttl_ns);
    }
    node_answer(node, &asker, OUTCOME_VALUE, worker->number, &value);
}

static void take_turns(struct node *node, struct worker *worker)
{
    while (worker->state == WORKER_READY && !worker->busy && worker->first) {
        if (node->host->work(node->context, ref_of(worker))) {
            worker->busy = true;
            return;
        }
        serve_first(node, worker, false);
    }
}

struct waiting *worker_accept(struct node *node, const struct asker *asker, const struct text *id)
{
    struct waiting *waiting = waiting_new(node, asker);
    if (!waiting) {
        node_answer(node, asker, OUTCOME_OVERLOADED, 0, NULL);
        return NULL;
    }
    enum outcome refusal = OUTCOME_VALUE;
    struct worker *worker = registry_find(node, id);
    if (!worker)
        worker = registry_start(node, id);
    if (!worker || (uint32_t)worker->waiting >= node->config.mailbox + (uint32_t)worker->busy)
        refusal = OUTCOME_OVERLOADED;
    else if (worker->state == WORKER_FAILED)
        refusal = OUTCOME_LOAD_FAILED;
    if (refusal != OUTCOME_VALUE) {
        refuse(node, waiting, refusal);
        return NULL;
    }
    mailbox_add(node, worker, waiting);
    if (worker->state != WORKER_READY || worker->busy)
        return waiting;
    take_turns(node, worker);
    bool waits = worker->busy;
    end_if_done(node, worker);
    return waits ? waiting : NULL;
}

void worker_forget(struct node *node, struct waiting *waiting)
{
    struct worker *worker = waiting->worker;
    if (worker->busy && worker->first == waiting) {
        waiting->forgotten = true;
        return;
    }
    mailbox_remove(node, waiting);
    waiting_settle(node, waiting);
    end_if_done(node, worker);
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
        worker->state = WORKER_READY;
        registry_record(node, RECORD_VALUE, worker);
        take_turns(node, worker);
    } else {
        worker->state = WORKER_FAILED;
        registry_record(node, RECORD_LOAD_FAILED, worker);
        for (struct waiting *waiting; (waiting = worker->first);) {
            mailbox_remove(node, waiting);
            refuse(node, waiting, OUTCOME_LOAD_FAILED);
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

/* ---- ends ---------------------------------------------------------------------------------- */

static void run_patience(struct node *node)
{
    for (struct due *due; (due = expiry_due(&node->patience, node->now_ns));) {
        struct waiting *waiting = container_of(due, struct waiting, patience);
        expiry_remove(due);
        if (waiting->answered)
            waiting_delete(node, waiting);
        else
            worker_forget(node, waiting);
    }
}

/* The turn that the end of its worker breaks off is not begun anew for one who does not wait for
 * it. */
static void drop_forgotten(struct node *node, struct worker *worker)
{
    struct waiting *waiting = worker->first;
    if (!waiting || !waiting->forgotten)
        return;
    mailbox_remove(node, waiting);
    waiting_settle(node, waiting);
}

void worker_run_due(struct node *node)
{
    run_patience(node);
    for (struct due *due; (due = expiry_due(&node->lives, node->now_ns));) {
        struct worker *worker = container_of(due, struct worker, life);
        registry_record(node, RECORD_EXPIRE, worker);
        drop_forgotten(node, worker);
        if (worker->first)
            registry_renew(node, worker);
        else
            registry_end(node, worker);
    }
}

void worker_leave(struct node *node)
{
    struct due *next;
    for (struct due *due = node->lives.ends.next; due != &node->lives.ends; due = next) {
        next = due->next;
        end_if_done(node, container_of(due, struct worker, life));
    }
}

static void end_with_mailbox(struct node *node, struct worker *worker)
{
    for (struct waiting *waiting; (waiting = worker->first);) {
        mailbox_remove(node, waiting);
        waiting_delete(node, waiting);
    }
    registry_end(node, worker);
}

void worker_lose_all(struct node *node)
{
    for (struct due *due; (due = expiry_first(&node->lives));) {
        struct worker *worker = container_of(due, struct worker, life);
        registry_record(node, RECORD_LOST, worker);
        end_with_mailbox(node, worker);
    }
}

void worker_describe_all(struct node *node)
{
    struct due *ends = &node->lives.ends;
    for (struct due *due = ends->next; due != ends; due = due->next) {
        const struct worker *worker = container_of(due, struct worker, life);
        struct record start = record_of(RECORD_START);
        start.id = worker->id;
        start.worker = worker->number;
        start.code = START_FOUND;
        start.amount = node->now_ns - (due->at_ns - node->config.ttl_ns);
        node_record(node, &start);
        registry_record(node, RECORD_LOAD, worker);
        if (worker->state == WORKER_READY)
            registry_record(node, RECORD_VALUE, worker);
        else if (worker->state == WORKER_FAILED)
            registry_record(node, RECORD_LOAD_FAILED, worker);
    }
}

void worker_close(struct node *node)
{
    for (struct due *due; (due = expiry_first(&node->lives));)
        end_with_mailbox(node, container_of(due, struct worker, life));
    pool_close(&node->workers);
    pool_close(&node->waitings);
    table_close(&node->by_id);
    table_close(&node->seen);
}
