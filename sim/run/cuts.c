#include "run/cuts.h"

#include "base/bits.h"
#include "base/number.h"

/* A healed cut stops messages for so long at the most: until its order reaches the node. */
#define HEAL_LATE_NS NS_PER_S

/* ---- link sets ----------------------------------------------------------------------------- */

static uint64_t *bits_of(uint32_t nodes, const struct node_list *list)
{
    uint64_t *bits = bits_new(nodes);
    for (uint32_t i = 0; bits && i < list->count; i++)
        bits_add(bits, list->nodes[i]);
    return bits;
}

enum error link_bits_init(struct link_bits *bits, uint32_t nodes, const struct link_set *set)
{
    bits->both = set->both;
    bits->from = bits_of(nodes, &set->from);
    bits->to = bits_of(nodes, &set->to);
    return bits->from && bits->to ? OK : ERROR_MEMORY;
}

void link_bits_close(struct link_bits *bits)
{
    memory_free(bits->from);
    memory_free(bits->to);
}

bool link_bits_have(const struct link_bits *bits, node_id from, node_id to)
{
    return (bits_has(bits->from, from) && bits_has(bits->to, to)) ||
           (bits->both && bits_has(bits->from, to) && bits_has(bits->to, from));
}

/* ---- cuts ---------------------------------------------------------------------------------- */

static void cut_delete(struct cut *cut)
{
    memory_free(cut->groups);
    link_bits_close(&cut->links);
    memory_free(cut);
}

static void delete_all(struct cut **list)
{
    for (struct cut *cut; (cut = *list);) {
        *list = cut->next;
        cut_delete(cut);
    }
}

void cuts_init(struct cuts *cuts, uint32_t nodes, bool drops_come_late)
{
    *cuts = (struct cuts){.nodes = nodes, .drops_come_late = drops_come_late, .last_heal_ns = -1};
}

void cuts_close(struct cuts *cuts)
{
    delete_all(&cuts->in_force);
    delete_all(&cuts->healed);
}

static enum error fill_groups(const struct cuts *cuts, struct cut *cut, const struct action *action)
{
    cut->groups = memory_zeroed(cuts->nodes * sizeof *cut->groups);
    if (!cut->groups)
        return ERROR_MEMORY;
    for (uint32_t group = 0; group < action->as.partition.count; group++) {
        const struct node_list *nodes = &action->as.partition.groups[group];
        for (uint32_t i = 0; i < nodes->count; i++)
            cut->groups[nodes->nodes[i]] = (uint16_t)(group + 1);
    }
    return OK;
}

static bool is_same(const struct cut *a, const struct cut *b, uint32_t nodes)
{
    size_t size = bits_words(nodes) * sizeof(uint64_t);
    if (a->has_effect != b->has_effect || !a->groups != !b->groups)
        return false;
    return a->groups ? memcmp(a->groups, b->groups, nodes * sizeof *a->groups) == 0
                     : memcmp(a->links.from, b->links.from, size) == 0 &&
                           memcmp(a->links.to, b->links.to, size) == 0;
}

/* A cut for good that is made again and again takes the room of one. */
static void forget_same(const struct cuts *cuts, struct cut *latest)
{
    for (struct cut **at = &latest->next, *older; (older = *at);) {
        if (!is_same(latest, older, cuts->nodes)) {
            at = &older->next;
            continue;
        }
        *at = older->next;
        cut_delete(older);
    }
}

enum error cuts_add(struct cuts *cuts, const struct action *action, uint32_t fault, int64_t now_ns,
                    atomic_bool *has_effect)
{
    struct cut *cut = memory_zeroed(sizeof *cut);
    if (!cut)
        return ERROR_MEMORY;
    cut->fault = fault;
    cut->from_ns = now_ns;
    cut->until_ns = TIME_NEVER;
    cut->has_effect = has_effect;
    enum error error = action->kind == ACTION_PARTITION
                           ? fill_groups(cuts, cut, action)
                           : link_bits_init(&cut->links, cuts->nodes, &action->as.link);
    if (error) {
        cut_delete(cut);
        return error;
    }
    cut->next = cuts->in_force;
    cuts->in_force = cut;
    if (action->period_ns && !action->for_ns)
        forget_same(cuts, cut);
    return OK;
}

static bool has_stopped(const struct cut *cut)
{
    return atomic_load_explicit(&cut->stopped, memory_order_relaxed);
}

void cut_note_effect(struct cut *cut)
{
    atomic_store_explicit(&cut->stopped, true, memory_order_relaxed);
    atomic_store_explicit(cut->has_effect, true, memory_order_relaxed);
}

int64_t cuts_last_effect_ns(const struct cuts *cuts)
{
    int64_t last_ns = cuts->last_heal_ns;
    for (const struct cut *cut = cuts->in_force; cut; cut = cut->next)
        if (has_stopped(cut))
            last_ns = max_i64(last_ns, cut->from_ns);
    for (const struct cut *cut = cuts->healed; cut; cut = cut->next)
        if (has_stopped(cut))
            last_ns = max_i64(last_ns, cut->until_ns);
    return last_ns;
}

bool cuts_has_effect(const struct cuts *cuts, uint32_t fault)
{
    const struct cut *cut = cuts->in_force;
    while (cut && cut->fault != fault)
        cut = cut->next;
    return cut && has_stopped(cut);
}

static void heal(struct cuts *cuts, struct cut *cut, int64_t now_ns)
{
    if (!cuts->drops_come_late) {
        if (has_stopped(cut))
            cuts->last_heal_ns = now_ns;
        cut_delete(cut);
        return;
    }
    cut->until_ns = now_ns;
    cut->next = cuts->healed;
    cuts->healed = cut;
}

bool cuts_heal(struct cuts *cuts, uint32_t fault, int64_t now_ns)
{
    struct cut **at = &cuts->in_force;
    while (*at && (*at)->fault != fault)
        at = &(*at)->next;
    struct cut *cut = *at;
    if (!cut)
        return false;
    *at = cut->next;
    heal(cuts, cut, now_ns);
    return true;
}

uint64_t cuts_heal_all(struct cuts *cuts, int64_t now_ns)
{
    uint64_t count = 0;
    for (struct cut *cut; (cut = cuts->in_force); count++) {
        cuts->in_force = cut->next;
        heal(cuts, cut, now_ns);
    }
    return count;
}

static bool stops(const struct cut *cut, node_id from, node_id to)
{
    const uint16_t *groups = cut->groups;
    if (groups)
        return groups[from] && groups[to] && groups[from] != groups[to];
    return link_bits_have(&cut->links, from, to);
}

struct cut *cuts_find(const struct cuts *cuts, node_id from, node_id to)
{
    struct cut *cut = cuts->in_force;
    while (cut && !stops(cut, from, to))
        cut = cut->next;
    return cut;
}

static void note_drop(struct cut *list, node_id from, node_id to, int64_t t_ns)
{
    for (struct cut *cut = list; cut; cut = cut->next)
        if (cut->from_ns <= t_ns && t_ns - HEAL_LATE_NS < cut->until_ns && stops(cut, from, to))
            cut_note_effect(cut);
}

void cuts_note_drop(struct cuts *cuts, node_id from, node_id to, int64_t t_ns)
{
    note_drop(cuts->in_force, from, to, t_ns);
    note_drop(cuts->healed, from, to, t_ns);
}
