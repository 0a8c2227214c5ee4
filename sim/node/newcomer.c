#include "node/newcomer.h"

#include "base/memory.h"
#include "node/giver.h"
#include "node/handover_state.h"
#include "node/id.h"

static bool is_own(const struct node *node, const struct text *id)
{
    return node->lease ? lease_holds(node, id) : node_owner(node, id) == node->config.self;
}

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
    worker->came = true; /* its lease is this node's still, and another's to be */
    registry_set_moves(node, worker,
                       node->phase == PHASE_LEAVING || handover_was_own(node, &newcomer->id));
    giver_idle(node, worker);
}

/* ---- those that wait ----------------------------------------------------------------------- */

uint32_t newcomers_lists(const struct node *node)
{
    return node->lease ? node->config.slots : 1;
}

struct list *newcomers_list(struct node *node, uint32_t which)
{
    return node->lease ? &lease_slot_at(node, which)->newcomers : &node->handover->carried;
}

void newcomer_drop(struct node *node, struct newcomer *newcomer)
{
    uint64_t key = id_key(&newcomer->id);
    list_remove(&newcomer->of_slot);
    text_clear(&newcomer->id);
    text_clear(&newcomer->value);
    pool_map_remove(&node->handover->newcomers, key, newcomer->in_pool);
}

static struct newcomer *of_link(struct list_link *link)
{
    return container_of(link, struct newcomer, of_slot);
}

struct newcomer *newcomer_for(struct node *node, struct list_link *link, node_id peer)
{
    struct newcomer *newcomer = of_link(link);
    if (newcomer->end_ns > node->now_ns)
        return node_owner(node, &newcomer->id) == peer ? newcomer : NULL;
    newcomer_drop(node, newcomer);
    return NULL;
}

static inline bool is_id(const void *object, const void *id)
{
    return text_equal(&((const struct newcomer *)object)->id, id);
}

/* Of those of one id the last that came goes on. */
static struct newcomer *add(struct node *node, const struct text *id)
{
    struct pool_map *newcomers = &node->handover->newcomers;
    struct newcomer *older =
        newcomers->pool.count ? pool_map_find(newcomers, id_key(id), is_id, id) : NULL;
    if (older)
        newcomer_drop(node, older);
    if (node->workers.count + newcomers->pool.count >= node->config.workers_max)
        return NULL;
    uint32_t slot;
    struct newcomer *newcomer = pool_map_add(newcomers, id_key(id), &slot);
    if (!newcomer)
        return NULL;
    if (text_copy(&newcomer->id, id)) {
        pool_map_remove(newcomers, id_key(id), slot);
        return NULL;
    }
    newcomer->in_pool = slot;
    list_add_last(node->lease ? &lease_slot(node, id)->newcomers : &node->handover->carried,
                  &newcomer->of_slot);
    return newcomer;
}

static void offer_it(struct node *node, const struct newcomer *newcomer)
{
    if (!node->lease)
        giver_carries(node, node_owner(node, &newcomer->id));
    else if (!lease_is_own(node, lease_slot(node, &newcomer->id)))
        giver_has_newcomers(node, lease_slot(node, &newcomer->id));
}

static void keep(struct node *node, const struct newcomer *newcomer)
{
    struct newcomer *kept = add(node, &newcomer->id);
    if (!kept)
        return;
    kept->from = newcomer->from;
    kept->token = newcomer->token;
    kept->end_ns = newcomer->end_ns;
    kept->rested_ns = node_ran_ns(node) + node->config.heartbeat_ns;
    kept->failed = newcomer->failed;
    if (text_copy(&kept->value, &newcomer->value))
        newcomer_drop(node, kept);
    else
        offer_it(node, kept);
}

void newcomer_take(struct node *node, const struct newcomer *newcomer)
{
    if (is_own(node, &newcomer->id))
        go_on(node, newcomer);
    else
        keep(node, newcomer);
}

void newcomers_let_in(struct node *node, struct lease_slot *slot)
{
    for (struct list_link *link; (link = list_first(&slot->newcomers));) {
        go_on(node, of_link(link));
        newcomer_drop(node, of_link(link));
    }
}

void newcomers_follow_view(struct node *node)
{
    list_each (link, &node->handover->carried) {
        struct newcomer *newcomer = of_link(link);
        if (!is_own(node, &newcomer->id)) {
            offer_it(node, newcomer);
            continue;
        }
        go_on(node, newcomer);
        newcomer_drop(node, newcomer);
    }
}

void newcomers_drop_all(struct node *node)
{
    for (uint32_t i = 0; i < newcomers_lists(node); i++)
        for (struct list_link *link; (link = list_first(newcomers_list(node, i)));)
            newcomer_drop(node, of_link(link));
}
