/* Requests that came to this node and have no answer yet: in the mailboxes of workers, or held. */
#include "node/worker_state.h"

struct pending *pending_new(struct node *node, const struct caller *caller,
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
        node_add_due(node, &node->pending_deadlines, &pending->deadline, caller->deadline_ns);
    return pending;
}

void pending_delete(struct node *node, struct pending *pending)
{
    deadline_queue_remove(&pending->deadline);
    text_clear(&pending->id);
    node_drop_demand(node, &pending->demand);
    pool_give(&node->pending, pending->slot);
}

struct pending *mailbox_first(const struct worker *worker)
{
    struct list_link *link = list_first(&worker->mailbox);
    return link ? container_of(link, struct pending, in_mailbox) : NULL;
}

void mailbox_add(struct node *node, struct worker *worker, struct pending *pending)
{
    pending->worker = worker;
    list_add_last(&worker->mailbox, &pending->in_mailbox);
    worker->mailbox_count++;
    node->in_mailboxes++;
    if (node->lease)
        lease_slot(node, &worker->id)->in_mailboxes++;
}

void mailbox_remove(struct node *node, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    pending->worker->mailbox_count--;
    node->in_mailboxes--;
    if (node->lease)
        lease_left_mailbox(node, &pending->worker->id);
    pending->worker = NULL;
}

/* ---- those that are held ------------------------------------------------------------------- */

void pending_hold(struct node *node, struct pending *pending, struct list *list, enum waits waits)
{
    list_add_last(list, &pending->in_mailbox);
    pending->waits = (uint8_t)waits;
    node->held_count++;
}

void pending_let_go(struct node *node, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    pending->waits = WAITS_FOR_TURN;
    node->held_count--;
}

void worker_hold(struct node *node, const struct caller *caller, const struct asked *asked)
{
    struct pending *pending =
        node_may_hold(node) ? pending_new(node, caller, &asked->demand) : NULL;
    if (!pending) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL);
        return;
    }
    if (text_copy(&pending->id, &asked->id)) {
        worker_refuse(node, pending, OUTCOME_OVERLOADED);
        return;
    }
    pending_hold(node, pending, &node->held, WAITS_FOR_VIEW);
}

static struct pending *held_first(const struct node *node)
{
    struct list_link *link = list_first(&node->held);
    return link ? container_of(link, struct pending, in_mailbox) : NULL;
}

void worker_take_held(struct node *node)
{
    for (struct pending *pending; (pending = held_first(node));) {
        pending_let_go(node, pending);
        if (node->phase == PHASE_LEAVING) {
            worker_refuse(node, pending, OUTCOME_STOPPING);
            continue;
        }
        struct asked asked = {pending->id, pending->demand};
        worker_accept(node, &pending->caller, &asked);
        pending_delete(node, pending);
    }
}

void worker_drop_held(struct node *node)
{
    for (struct pending *pending; (pending = held_first(node));) {
        pending_let_go(node, pending);
        pending_delete(node, pending);
    }
}

/* ---- where they go ------------------------------------------------------------------------- */

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
