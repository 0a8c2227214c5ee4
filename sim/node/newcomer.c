#include "node/newcomer.h"

#include "base/memory.h"
#include "node/giver.h"
#include "node/handover_state.h"

static void go_on(struct node *node, const struct newcomer *newcomer)
{
    if (newcomer->end_ns <= node->now_ns || registry_find(node, &newcomer->id))
        return;
    struct token token = node_token(node, &newcomer->id);
    if (token_compare(&token, &newcomer->token) < 0)
        return;
    struct worker *worker =
        registry_move_in(node, &newcomer->id, newcomer->failed ? NULL : &newcomer->value,
                         newcomer->end_ns, newcomer->from);
    if (!worker)
        return;
    node->handover->changed = true;
    if (node_owner(node, &newcomer->id) == node->config.self)
        return;
    worker->came = true;
    registry_set_moves(node, worker,
                       node->phase == PHASE_LEAVING || handover_was_own(node, &newcomer->id));
    giver_idle(node, worker);
}

/* ---- what waits for a lease ---------------------------------------------------------------- */

void newcomer_drop(struct node *node, struct newcomer *newcomer)
{
    list_remove(&newcomer->of_slot);
    node->lease->newcomers_count--;
    text_clear(&newcomer->id);
    text_clear(&newcomer->value);
    memory_free(newcomer);
}

static struct newcomer *first(const struct lease_slot *slot)
{
    struct list_link *link = list_first(&slot->newcomers);
    return link ? container_of(link, struct newcomer, of_slot) : NULL;
}

struct newcomer *newcomer_for(struct node *node, node_id peer)
{
    for (uint32_t i = 0; node->lease && node->lease->newcomers_count && i < node->config.slots;
         i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        for (struct newcomer *newcomer; (newcomer = first(slot));) {
            if (node_owner(node, &newcomer->id) != peer)
                break;
            if (newcomer->end_ns > node->now_ns)
                return newcomer;
            newcomer_drop(node, newcomer);
        }
    }
    return NULL;
}

/* Of those of one id the last that came goes on. */
static void drop_older(struct node *node, struct lease_slot *slot, const struct text *id)
{
    list_each (link, &slot->newcomers) {
        struct newcomer *newcomer = container_of(link, struct newcomer, of_slot);
        if (newcomer->end_ns <= node->now_ns || text_equal(&newcomer->id, id))
            newcomer_drop(node, newcomer);
    }
}

static void keep(struct node *node, const struct newcomer *newcomer)
{
    struct lease_slot *slot = lease_slot(node, &newcomer->id);
    drop_older(node, slot, &newcomer->id);
    if (node->workers.count + node->lease->newcomers_count >= node->config.workers_max)
        return;
    struct newcomer *kept = memory_zeroed(sizeof *kept);
    if (!kept)
        return;
    *kept = *newcomer;
    kept->of_slot = (struct list_link){0};
    kept->id = kept->value = (struct text){0};
    list_add_last(&slot->newcomers, &kept->of_slot);
    node->lease->newcomers_count++;
    if (text_copy(&kept->id, &newcomer->id) || text_copy(&kept->value, &newcomer->value))
        newcomer_drop(node, kept);
    else if (!lease_is_own(node, slot))
        giver_has_newcomers(node, slot);
}

void newcomer_take(struct node *node, const struct newcomer *newcomer)
{
    if (!node->lease || lease_holds(node, &newcomer->id))
        go_on(node, newcomer);
    else
        keep(node, newcomer);
}

void newcomers_let_in(struct node *node, struct lease_slot *slot)
{
    for (struct newcomer *newcomer; (newcomer = first(slot));) {
        go_on(node, newcomer);
        newcomer_drop(node, newcomer);
    }
}

void newcomers_drop(struct node *node, struct lease_slot *slot)
{
    for (struct newcomer *newcomer; (newcomer = first(slot));)
        newcomer_drop(node, newcomer);
}
