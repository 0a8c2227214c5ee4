#include "base/memory.h"
#include "node/handover.h"
#include "node/newcomer.h"
#include "node/worker_state.h"

/* ---- what waits for a lease ---------------------------------------------------------------- */

struct pending *worker_wait_for_lease(struct node *node, struct pending *pending,
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

void worker_stop_waiting(struct lease_slot *slot, struct pending *pending)
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
        worker_stop_waiting(slot, pending);
        worker_take_over(node, pending);
    }
}

void worker_pass_for_lease(struct node *node, struct lease_slot *slot)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        struct text id = pending_take_id(pending);
        worker_stop_waiting(slot, pending);
        worker_pass_on(node, pending, &id, node_owner(node, &id));
        text_clear(&id);
    }
}

void worker_refuse_waiting(struct node *node, struct lease_slot *slot, enum outcome outcome)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        worker_stop_waiting(slot, pending);
        worker_refuse(node, pending, outcome);
    }
}

static void drop_waiting(struct node *node, struct lease_slot *slot)
{
    for (struct pending *pending; (pending = waiting_first(slot));) {
        worker_stop_waiting(slot, pending);
        pending_delete(node, pending);
    }
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

void worker_drop_held(struct node *node)
{
    for (uint32_t slot = 0; node->lease && slot < node->config.slots; slot++)
        drop_waiting(node, lease_slot_at(node, slot));
    for (struct held *held; (held = held_first(node));)
        held_delete(node, held);
}
