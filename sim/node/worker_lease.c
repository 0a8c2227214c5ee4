/* Requests that wait for the lease of their id's slot. */
#include "node/handover.h"
#include "node/newcomer.h"
#include "node/worker_state.h"

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
    pending->waits = WAITS_FOR_LEASE;
    lease_wanted(node, slot);
    return pending;
}

void worker_stop_waiting(struct lease_slot *slot, struct pending *pending)
{
    list_remove(&pending->in_mailbox);
    slot->waiting_count--;
    pending->waits = WAITS_FOR_TURN;
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

void worker_drop_waiting(struct node *node)
{
    for (uint32_t i = 0; node->lease && i < node->config.slots; i++)
        for (struct pending *pending; (pending = waiting_first(lease_slot_at(node, i)));) {
            worker_stop_waiting(lease_slot_at(node, i), pending);
            pending_delete(node, pending);
        }
}
