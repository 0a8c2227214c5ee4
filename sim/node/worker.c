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

void worker_init(struct node *node)
{
    pool_init(&node->workers, sizeof(struct worker));
    pool_init(&node->pending, sizeof(struct pending));
}

/* ---- pending requests ---------------------------------------------------------------------- */

static struct pending *pending_new(struct node *node, const struct caller *caller)
{
    uint32_t slot = pool_take(&node->pending);
    if (slot == POOL_NONE)
        return NULL;
    struct pending *pending = pool_at(&node->pending, slot);
    pending->slot = slot;
    pending->caller = *caller;
    if (caller->node == node->config.self)
        return pending;
    if (node->config.repeats &&
        hash_map_add(&node->pending_by_number, random_mix(caller->request), slot)) {
        pool_give(&node->pending, slot);
        return NULL;
    }
    expiry_add(&node->pending_deadlines, &pending->deadline, caller->deadline_ns);
    return pending;
}

static void pending_delete(struct node *node, struct pending *pending)
{
    if (pending->caller.node != node->config.self && node->config.repeats)
        hash_map_remove(&node->pending_by_number, random_mix(pending->caller.request),
                        pending->slot);
    expiry_remove(&pending->deadline);
    pool_give(&node->pending, pending->slot);
}

/* It has its answer, or wants none any more. */
static void pending_settle(struct node *node, struct pending *pending)
{
    pending->answered = true;
    bool remembered = node->config.repeats && list_linked(&pending->deadline.link);
    if (!remembered)
        pending_delete(node, pending);
}

bool worker_has_seen(const struct node *node, uint64_t request)
{
    return hash_map_find_number(&node->pending_by_number, &node->pending, struct pending,
                                caller.request, request) != NULL;
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
}

static void mailbox_remove(struct node *node, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    pending->worker->mailbox_count--;
    pending->worker = NULL;
    node->in_mailboxes--;
}

static void refuse(struct node *node, struct pending *pending, enum outcome outcome)
{
    struct caller caller = pending->caller;
    pending_settle(node, pending);
    node_answer(node, &caller, outcome, 0, NULL);
}

/* ---- turns --------------------------------------------------------------------------------- */

/* On a leaving node a worker ends when its mailbox is empty. */
static void end_if_done(struct node *node, struct worker *worker)
{
    if (!node->leaving || worker->mailbox_count)
        return;
    registry_record(node, RECORD_LOST, worker);
    registry_end(node, worker);
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
        refuse(node, pending, worked ? OUTCOME_TIMEOUT : OUTCOME_OVERLOADED);
        return;
    }
    pending_settle(node, pending);
    record_serve(node, worker, caller.request);
    if (node->config.expire_idle) {
        expiry_remove(&worker->life);
        expiry_add(&node->lives, &worker->life, node->now_ns + node->config.ttl_ns);
    }
    node_answer(node, &caller, OUTCOME_VALUE, worker->number, &value);
}

static void take_turns(struct node *node, struct worker *worker)
{
    while (worker->state == WORKER_READY && !worker->busy && worker->mailbox_count) {
        if (node->host->work(node->context, ref_of(worker), &worker->id)) {
            worker->busy = true;
            return;
        }
        serve_first(node, worker, false);
    }
}

struct pending *worker_accept(struct node *node, const struct caller *caller, const struct text *id)
{
    struct pending *pending = pending_new(node, caller);
    if (!pending) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return NULL;
    }
    enum outcome refusal = OUTCOME_VALUE;
    struct worker *worker = registry_find(node, id);
    if (!worker)
        worker = registry_start(node, id);
    if (!worker || worker->mailbox_count >= node->config.mailbox + (uint32_t)worker->busy)
        refusal = OUTCOME_OVERLOADED;
    else if (worker->state == WORKER_FAILED)
        refusal = OUTCOME_LOAD_FAILED;
    if (refusal != OUTCOME_VALUE) {
        refuse(node, pending, refusal);
        return NULL;
    }
    mailbox_add(node, worker, pending);
    if (worker->state != WORKER_READY || worker->busy)
        return pending;
    take_turns(node, worker);
    bool waits = worker->busy;
    end_if_done(node, worker);
    return waits ? pending : NULL;
}

void worker_abandon(struct node *node, struct pending *pending)
{
    struct worker *worker = pending->worker;
    if (worker->busy && mailbox_first(worker) == pending) {
        pending->abandoned = true;
        return;
    }
    mailbox_remove(node, pending);
    pending_settle(node, pending);
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
        for (struct pending *pending; (pending = mailbox_first(worker));) {
            mailbox_remove(node, pending);
            refuse(node, pending, OUTCOME_LOAD_FAILED);
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

static void run_pending_deadlines(struct node *node)
{
    for (struct due *due; (due = expiry_due(&node->pending_deadlines, node->now_ns));) {
        struct pending *pending = container_of(due, struct pending, deadline);
        expiry_remove(due);
        if (pending->answered)
            pending_delete(node, pending);
        else
            worker_abandon(node, pending);
    }
}

/* A turn that its worker's end has broken off is not begun anew for a caller that does not wait. */
static void drop_abandoned(struct node *node, struct worker *worker)
{
    struct pending *pending = mailbox_first(worker);
    if (!pending || !pending->abandoned)
        return;
    mailbox_remove(node, pending);
    pending_settle(node, pending);
}

void worker_run_due(struct node *node)
{
    run_pending_deadlines(node);
    for (struct due *due; (due = expiry_due(&node->lives, node->now_ns));) {
        struct worker *worker = container_of(due, struct worker, life);
        registry_record(node, RECORD_EXPIRE, worker);
        drop_abandoned(node, worker);
        if (worker->mailbox_count)
            registry_renew(node, worker);
        else
            registry_end(node, worker);
    }
}

void worker_leave(struct node *node)
{
    expiry_each(due, &node->lives) end_if_done(node, container_of(due, struct worker, life));
}

static void end_with_mailbox(struct node *node, struct worker *worker)
{
    for (struct pending *pending; (pending = mailbox_first(worker));) {
        mailbox_remove(node, pending);
        pending_delete(node, pending);
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
    expiry_each(due, &node->lives)
    {
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
    pool_close(&node->pending);
    hash_map_close(&node->workers_by_id);
    hash_map_close(&node->pending_by_number);
}
