#include "node/arrival.h"

#include "base/memory.h"
#include "node/giver.h"
#include "node/handover_state.h"

static void go_on(struct node *node, const struct arrival *arrival)
{
    if (arrival->end_ns <= node->now_ns || registry_find(node, &arrival->id))
        return;
    struct token token = node_token(node, &arrival->id);
    if (token_compare(&token, &arrival->token) < 0)
        return;
    struct worker *worker =
        registry_move_in(node, &arrival->id, arrival->failed ? NULL : &arrival->value,
                         arrival->end_ns, arrival->from);
    if (!worker)
        return;
    node->handover->changed = true;
    if (node_owner(node, &arrival->id) == node->config.self)
        return;
    registry_set_moves(node, worker,
                       node->phase == PHASE_LEAVING || handover_was_own(node, &arrival->id));
    giver_idle(node, worker);
}

/* ---- what waits for a lease ---------------------------------------------------------------- */

void arrival_drop(struct node *node, struct arrival *arrival)
{
    list_remove(&arrival->of_slot);
    node->lease->arrivals_count--;
    text_clear(&arrival->id);
    text_clear(&arrival->value);
    memory_free(arrival);
}

static struct arrival *first(const struct lease_slot *slot)
{
    struct list_link *link = list_first(&slot->arrivals);
    return link ? container_of(link, struct arrival, of_slot) : NULL;
}

struct arrival *arrival_for(struct node *node, node_id peer)
{
    for (uint32_t i = 0; node->lease && node->lease->arrivals_count && i < node->config.slots;
         i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        for (struct arrival *arrival; (arrival = first(slot));) {
            if (node_owner(node, &arrival->id) != peer)
                break;
            if (arrival->end_ns > node->now_ns)
                return arrival;
            arrival_drop(node, arrival);
        }
    }
    return NULL;
}

/* Of those of one id the last that came goes on. */
static void drop_older(struct node *node, struct lease_slot *slot, const struct text *id)
{
    list_each (link, &slot->arrivals) {
        struct arrival *arrival = container_of(link, struct arrival, of_slot);
        if (arrival->end_ns <= node->now_ns || text_equal(&arrival->id, id))
            arrival_drop(node, arrival);
    }
}

static void keep(struct node *node, const struct arrival *arrival)
{
    struct lease_slot *slot = lease_slot(node, &arrival->id);
    drop_older(node, slot, &arrival->id);
    if (node->workers.count + node->lease->arrivals_count >= node->config.workers_max)
        return;
    struct arrival *kept = memory_zeroed(sizeof *kept);
    if (!kept)
        return;
    *kept = *arrival;
    kept->of_slot = (struct list_link){0};
    kept->id = kept->value = (struct text){0};
    list_add_last(&slot->arrivals, &kept->of_slot);
    node->lease->arrivals_count++;
    if (text_copy(&kept->id, &arrival->id) || text_copy(&kept->value, &arrival->value))
        arrival_drop(node, kept);
    else if (!lease_is_own(node, slot))
        giver_arrived(node, slot);
}

void arrival_take(struct node *node, const struct arrival *arrival)
{
    if (!node->lease || lease_holds(node, &arrival->id))
        go_on(node, arrival);
    else
        keep(node, arrival);
}

void arrivals_let_in(struct node *node, struct lease_slot *slot)
{
    for (struct arrival *arrival; (arrival = first(slot));) {
        go_on(node, arrival);
        arrival_drop(node, arrival);
    }
}

void arrivals_drop(struct node *node, struct lease_slot *slot)
{
    for (struct arrival *arrival; (arrival = first(slot));)
        arrival_drop(node, arrival);
}
