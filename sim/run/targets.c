#include "run/targets.h"

#include "base/bits.h"
#include "base/random.h"
#include "run/node_actions.h"

bool node_suits(const struct cluster_operations *operations, const void *cluster, node_id node,
                enum action_kind kind)
{
    enum liveness liveness = operations->liveness(cluster, node);
    switch (kind) {
    case ACTION_CLOCK:
        return true;
    case ACTION_RESTART:
    case ACTION_JOIN:
        return liveness == LIVENESS_DOWN;
    case ACTION_THAW:
        return liveness == LIVENESS_FROZEN;
    case ACTION_FREEZE:
    case ACTION_LEAVE:
        return liveness == LIVENESS_UP;
    default:
        return liveness != LIVENESS_DOWN;
    }
}

/* Resolves the lists of one action: those that are known only when it happens. */
struct resolver {
    struct target_search search;
    enum action_kind kind;
    struct arena *arena;
    uint32_t lists;   /* resolved so far */
    uint64_t *before; /* bits: the nodes of those */
};

static bool is_candidate(const struct resolver *resolver, node_id node)
{
    bool leaves = resolver->kind == ACTION_LEAVE &&
                  node_actions_is_leaving(resolver->search.node_actions, node);
    return !bits_has(resolver->before, node) && !leaves &&
           node_suits(resolver->search.operations, resolver->search.cluster, node, resolver->kind);
}

/* A node drawn among those that suit and stand in no list before, or NODE_NONE. */
static node_id draw_node(const struct resolver *resolver)
{
    const struct target_search *search = &resolver->search;
    uint64_t subject = resolver->lists ? random_mix(search->key ^ resolver->lists) : search->key;
    uint32_t candidates = 0;
    for (node_id node = 0; node < search->nodes; node++)
        candidates += is_candidate(resolver, node);
    if (!candidates)
        return NODE_NONE;
    uint64_t bits =
        random_draw(random_key(search->seed, PURPOSE_ANY_NODE, subject), search->repeat);
    uint64_t rank = random_below(bits, candidates);
    for (node_id node = 0;; node++)
        if (is_candidate(resolver, node) && rank-- == 0)
            return node;
}

static bool is_by_name(const struct node_list *list)
{
    return !list->any && !list->owner && !list->others;
}

/* All nodes that stand in no list before, or the one. */
static enum error fill_list(struct resolver *resolver, struct node_list *list)
{
    const struct target_search *search = &resolver->search;
    bool others = list->others;
    node_id node = list->any     ? draw_node(resolver)
                   : list->owner ? search->operations->owner(search->cluster, &list->id)
                                 : NODE_NONE;
    if (node == NODE_NONE && resolver->kind == ACTION_REQUEST)
        node = 0; /* all are down: it ends with `caller-lost` */
    *list = (struct node_list){
        .nodes = arena_take(resolver->arena, (others ? search->nodes : 1) * sizeof node)};
    if (!list->nodes)
        return ERROR_MEMORY;
    if (!others && node != NODE_NONE)
        list->nodes[list->count++] = node;
    for (node = 0; others && node < search->nodes; node++)
        if (!bits_has(resolver->before, node))
            list->nodes[list->count++] = node;
    return OK;
}

static enum error resolve(struct resolver *resolver, struct node_list *list)
{
    if (!is_by_name(list) && fill_list(resolver, list))
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < list->count; i++)
        bits_add(resolver->before, list->nodes[i]);
    resolver->lists++;
    return OK;
}

static enum error resolve_link(struct resolver *resolver, struct link_set *link)
{
    enum error error = resolve(resolver, &link->from);
    return error ? error : resolve(resolver, &link->to);
}

static enum error resolve_groups(struct resolver *resolver, struct action *action)
{
    size_t size = action->as.partition.count * sizeof *action->as.partition.groups;
    struct node_list *groups = arena_take(resolver->arena, size);
    if (!groups)
        return ERROR_MEMORY;
    memcpy(groups, action->as.partition.groups, size);
    action->as.partition.groups = groups;
    for (uint32_t i = 0; i < action->as.partition.count; i++)
        if (resolve(resolver, &groups[i]))
            return ERROR_MEMORY;
    return OK;
}

static enum error resolve_lists(struct resolver *resolver, struct action *action)
{
    if (action->kind == ACTION_REQUEST)
        return resolve(resolver, &action->as.request.from);
    if (action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS)
        return resolve(resolver, &action->as.load.from);
    if (action->kind == ACTION_CUT)
        return resolve_link(resolver, &action->as.link);
    if (action->kind == ACTION_PARTITION)
        return resolve_groups(resolver, action);
    if (action_is_of_links(action->kind))
        return resolve_link(resolver, &action->as.set.link);
    return resolve(resolver, &action->nodes);
}

bool targets_are_known(const struct action *action)
{
    switch (action->kind) {
    case ACTION_REQUEST:
        return is_by_name(&action->as.request.from);
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        return action->as.load.from.any || is_by_name(&action->as.load.from);
    case ACTION_CUT:
        return is_by_name(&action->as.link.from) && is_by_name(&action->as.link.to);
    case ACTION_PARTITION:
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            if (!is_by_name(&action->as.partition.groups[i]))
                return false;
        return true;
    case ACTION_LATENCY:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
    case ACTION_REORDER:
        return !action->as.set.some_links ||
               (is_by_name(&action->as.set.link.from) && is_by_name(&action->as.set.link.to));
    default:
        return is_by_name(&action->nodes);
    }
}

const struct action *targets_resolve(struct target_search search, const struct action *action,
                                     struct arena *arena)
{
    struct resolver resolver = {
        .search = search, .kind = action->kind, .arena = arena, .before = bits_new(search.nodes)};
    struct action *now = arena ? arena_take(arena, sizeof *now) : NULL;
    if (now)
        *now = *action;
    bool resolved = now && resolver.before && !resolve_lists(&resolver, now);
    memory_free(resolver.before);
    return resolved ? now : NULL;
}
