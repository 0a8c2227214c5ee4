#include "base/number.h"
#include "node/giver.h"
#include "node/worker_state.h"

void worker_init(struct node *node)
{
    pool_init(&node->workers, sizeof(struct worker));
    pool_init(&node->pending, sizeof(struct pending));
    deadline_queue_init(&node->lives);
    deadline_queue_init(&node->load_queue);
    deadline_queue_init(&node->pending_deadlines);
}

void worker_end_if_done(struct node *node, struct worker *worker)
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

void worker_end_life(struct node *node, struct worker *worker)
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
            worker_wait_for_lease(node, pending, &worker->id);
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
    worker_end_if_done(node, worker);
}

void worker_leave(struct node *node)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (worker)
            worker_end_if_done(node, worker);
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
    worker_drop_held(node);
    worker_drop_waiting(node);
    pool_close(&node->workers);
    pool_close(&node->pending);
    hash_map_close(&node->workers_by_id);
}
