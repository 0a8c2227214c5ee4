#include "run/changes.h"

#include "base/bits.h"
#include "base/number.h"

struct change {
    struct change *next; /* made before this one */
    uint32_t number;
    int64_t until_ns;
    uint64_t *nodes; /* bits; NULL: every node */
    bool some_links; /* else every link */
    struct link_bits links;
    struct id_set ids; /* empty: every id */
    struct setting_value value;
};

void changes_init(struct changes *changes, const struct settings *settings, uint32_t nodes)
{
    struct setting_value *everywhere = changes->everywhere;
    *changes = (struct changes){.nodes = nodes};
    everywhere[ACTION_LOAD].distribution = settings->load;
    everywhere[ACTION_LOAD_FAIL].ppb = settings->load_fail_ppb;
    everywhere[ACTION_WORK].distribution = settings->work;
    everywhere[ACTION_LATENCY].distribution = settings->latency;
    everywhere[ACTION_LOSS].ppb = settings->loss_ppb;
    everywhere[ACTION_DUPLICATE].ppb = settings->duplicate_ppb;
    everywhere[ACTION_REORDER].on = settings->reorder;
    everywhere[ACTION_SEED].seed = settings->seed;
}

static void change_delete(struct change *change)
{
    memory_free(change->nodes);
    link_bits_close(&change->links);
    memory_free(change);
}

static void delete_all(struct change **at)
{
    for (struct change *change; (change = *at);) {
        *at = change->next;
        change_delete(change);
    }
}

void changes_close(struct changes *changes)
{
    for (enum action_kind kind = 0; kind < ACTIONS_COUNT; kind++)
        delete_all(&changes->in_force[kind]);
}

/* ---- making -------------------------------------------------------------------------------- */

static struct setting_value value_of(const struct action *action)
{
    struct setting_value value = {.ppb = 0};
    if (action->kind == ACTION_SEED) {
        value.seed = action->as.seed;
    } else if (action->kind == ACTION_CLOCK) {
        value.rate_ppm = action->as.clock.rate_ppm;
    } else {
        value.distribution = action->as.set.distribution;
        value.ppb = action->as.set.ppb;
        value.on = action->as.set.on;
    }
    return value;
}

static bool of_ids(enum action_kind kind)
{
    return kind == ACTION_LOAD || kind == ACTION_LOAD_FAIL || kind == ACTION_WORK;
}

/* What the action names, of nodes, links and ids. */
static enum error fill_scope(const struct changes *changes, struct change *change,
                             const struct action *action)
{
    if (action_is_of_links(action->kind)) {
        change->some_links = action->as.set.some_links;
        return change->some_links
                   ? link_bits_init(&change->links, changes->nodes, &action->as.set.link)
                   : OK;
    }
    if (of_ids(action->kind))
        change->ids = action->as.set.ids;
    if (action->kind == ACTION_SEED || !action->nodes.nodes)
        return OK;
    change->nodes = bits_new(changes->nodes);
    for (uint32_t i = 0; change->nodes && i < action->nodes.count; i++)
        bits_add(change->nodes, action->nodes.nodes[i]);
    return change->nodes ? OK : ERROR_MEMORY;
}

/* ---- what is out of reach ------------------------------------------------------------------ */

static bool bits_cover(const uint64_t *outer, const uint64_t *inner, uint32_t nodes)
{
    for (uint32_t i = 0; i < bits_words(nodes); i++)
        if (inner[i] & ~outer[i])
            return false;
    return true;
}

static bool nodes_cover(const struct change *outer, const struct change *inner, uint32_t nodes)
{
    return !outer->nodes || (inner->nodes && bits_cover(outer->nodes, inner->nodes, nodes));
}

static bool links_cover(const struct change *outer, const struct change *inner, uint32_t nodes)
{
    if (!outer->some_links)
        return true;
    return inner->some_links && (outer->links.both || !inner->links.both) &&
           bits_cover(outer->links.from, inner->links.from, nodes) &&
           bits_cover(outer->links.to, inner->links.to, nodes);
}

static bool ids_cover(const struct id_set *outer, const struct id_set *inner)
{
    if (!outer->count)
        return true;
    if (!inner->count || !outer->texts != !inner->texts)
        return false;
    if (outer->texts)
        return outer->texts == inner->texts;
    return outer->first <= inner->first &&
           inner->first - outer->first <= outer->count - min_u64(outer->count, inner->count);
}

/* Whether the outer one, which is the later one, decides wherever the inner one fits, for as long
 * as that is in force. */
static bool hides(const struct change *outer, const struct change *inner, uint32_t nodes)
{
    return outer->until_ns >= inner->until_ns && nodes_cover(outer, inner, nodes) &&
           links_cover(outer, inner, nodes) && ids_cover(&outer->ids, &inner->ids);
}

static void forget_hidden(const struct changes *changes, struct change *latest)
{
    for (struct change **at = &latest->next, *older; (older = *at);) {
        if (!hides(latest, older, changes->nodes)) {
            at = &older->next;
            continue;
        }
        *at = older->next;
        change_delete(older);
    }
}

static bool is_everywhere_for_good(const struct change *change)
{
    return !change->nodes && !change->some_links && !change->ids.count &&
           change->until_ns == TIME_NEVER;
}

enum error changes_add(struct changes *changes, const struct action *action, uint32_t number,
                       int64_t until_ns)
{
    struct change *change = memory_zeroed(sizeof *change);
    if (!change)
        return ERROR_MEMORY;
    change->number = number;
    change->until_ns = until_ns;
    change->value = value_of(action);
    if (fill_scope(changes, change, action)) {
        change_delete(change);
        return ERROR_MEMORY;
    }
    if (is_everywhere_for_good(change)) {
        changes->everywhere[action->kind] = change->value;
        delete_all(&changes->in_force[action->kind]);
        change_delete(change);
        return OK;
    }
    change->next = changes->in_force[action->kind];
    changes->in_force[action->kind] = change;
    forget_hidden(changes, change);
    return OK;
}

bool changes_end(struct changes *changes, enum action_kind kind, uint32_t number)
{
    struct change **at = &changes->in_force[kind], *change;
    while ((change = *at) && change->number != number)
        at = &change->next;
    if (!change)
        return false;
    *at = change->next;
    change_delete(change);
    return true;
}

bool changes_have(const struct changes *changes, enum action_kind kind, uint32_t number)
{
    const struct change *change = changes->in_force[kind];
    while (change && change->number != number)
        change = change->next;
    return change;
}

/* ---- asking -------------------------------------------------------------------------------- */

const struct setting_value *changes_on_link(const struct changes *changes, enum action_kind kind,
                                            node_id from, node_id to)
{
    const struct change *change = changes->in_force[kind];
    while (change && change->some_links && !link_bits_have(&change->links, from, to))
        change = change->next;
    return change ? &change->value : &changes->everywhere[kind];
}

static bool fits(const struct change *change, node_id node, const struct text *id)
{
    return (!change->nodes || bits_has(change->nodes, node)) &&
           (!change->ids.count || (id && id_set_has(&change->ids, id)));
}

const struct setting_value *changes_at_node(const struct changes *changes, enum action_kind kind,
                                            node_id node, const struct text *id)
{
    const struct change *change = changes->in_force[kind];
    while (change && !fits(change, node, id))
        change = change->next;
    return change ? &change->value : &changes->everywhere[kind];
}

int64_t changes_least_latency_ns(const struct changes *changes)
{
    int64_t least_ns = distribution_least(&changes->everywhere[ACTION_LATENCY].distribution);
    for (const struct change *change = changes->in_force[ACTION_LATENCY]; change;
         change = change->next)
        least_ns = min_i64(least_ns, distribution_least(&change->value.distribution));
    return least_ns;
}

void changes_each_at_node(const struct changes *changes, enum action_kind kind, node_id node,
                          void (*take)(void *context, const struct id_set *ids,
                                       const struct setting_value *value),
                          void *context)
{
    static const struct id_set every_id = {.count = 0};
    const struct change *change = changes->in_force[kind];
    for (; change; change = change->next) {
        if (change->nodes && !bits_has(change->nodes, node))
            continue;
        take(context, &change->ids, &change->value);
        if (!change->ids.count)
            return;
    }
    take(context, &every_id, &changes->everywhere[kind]);
}

int64_t changes_amount(const struct changes *changes, const struct action *action)
{
    const struct link_set *link =
        action_is_of_links(action->kind) && action->as.set.some_links ? &action->as.set.link : NULL;
    bool somewhere = link && link->from.count && link->to.count;
    node_id node = action->nodes.count ? action->nodes.nodes[0] : 0;
    const struct setting_value *value =
        somewhere ? changes_on_link(changes, action->kind, link->from.nodes[0], link->to.nodes[0])
        : action_is_of_links(action->kind) ? &changes->everywhere[action->kind]
                                           : changes_at_node(changes, action->kind, node, NULL);
    return action->kind == ACTION_REORDER ? value->on : value->ppb;
}
