#include "virtual/link.h"

#include "base/memory.h"
#include "base/random.h"

/* What a sender did on the way to one peer. */
struct link {
    node_id peer;
    int64_t drawn_ns; /* when a message was last sent */
    uint64_t draws;   /* messages sent at that instant before it */
    int64_t last_arrival_ns;
};

/* ---- the network --------------------------------------------------------------------------- */

static bool plan_has(const struct plan *plan, enum action_kind kind)
{
    for (size_t i = 0; i < plan->actions_count; i++)
        if (plan->actions[i].kind == kind)
            return true;
    return false;
}

void network_init(struct network *network, const struct plan *plan, const struct cuts *cuts)
{
    const struct settings *settings = &plan->settings;
    *network = (struct network){
        .nodes = settings->nodes,
        .cuts = cuts,
        .seed = settings->seed,
        .latency = settings->latency,
        .loss_ppb = settings->loss_ppb,
        .duplicate_ppb = settings->duplicate_ppb,
        .reorder = settings->reorder,
        .repeats = settings->duplicate_ppb || plan_has(plan, ACTION_DUPLICATE),
        .steady =
            settings->latency.kind == DISTRIBUTION_CONSTANT && !plan_has(plan, ACTION_LATENCY),
    };
}

static void rule_delete(struct link_rule *rule)
{
    link_bits_close(&rule->links);
    memory_free(rule);
}

void network_close(struct network *network)
{
    for (struct link_rule *rule; (rule = network->rules);) {
        network->rules = rule->next;
        rule_delete(rule);
    }
}

static const struct link_rule *rule_for(const struct network *network, node_id from, node_id to,
                                        bool is_latency)
{
    const struct link_rule *rule = network->rules;
    while (rule && (rule->is_latency != is_latency || !link_bits_have(&rule->links, from, to)))
        rule = rule->next;
    return rule;
}

int64_t network_least_ns(const struct network *network)
{
    int64_t least = distribution_least(&network->latency);
    for (const struct link_rule *rule = network->rules; rule; rule = rule->next)
        if (rule->is_latency && distribution_least(&rule->latency) < least)
            least = distribution_least(&rule->latency);
    return least;
}

/* ---- one message --------------------------------------------------------------------------- */

void links_init(struct links *links)
{
    pool_init(&links->pool, sizeof(struct link));
    hash_map_init(&links->by_peer);
}

void links_close(struct links *links)
{
    pool_close(&links->pool);
    hash_map_close(&links->by_peer);
}

static inline bool leads_to(const void *pool, uint32_t slot, const void *peer)
{
    const struct link *link = pool_at(pool, slot);
    return link->peer == *(const node_id *)peer;
}

/* The sender's link to `peer`, made when it is first needed; NULL when there is no memory. */
static struct link *link_to(struct links *links, node_id peer)
{
    uint64_t hash = random_mix(peer);
    uint32_t slot = hash_map_find(&links->by_peer, hash, leads_to, &links->pool, &peer);
    if (slot != HASH_MAP_NONE)
        return pool_at(&links->pool, slot);
    slot = pool_take(&links->pool);
    if (slot == POOL_NONE)
        return NULL;
    if (hash_map_add(&links->by_peer, hash, slot)) {
        pool_give(&links->pool, slot);
        return NULL;
    }
    struct link *link = pool_at(&links->pool, slot);
    link->peer = peer;
    return link;
}

/* Draws of one link are keyed by the time and by what was sent at the same instant before: what
 * happens at other times and on other links leaves them as they are. */
static uint64_t draw(const struct network *network, enum purpose purpose, node_id from,
                     const struct link *link)
{
    uint64_t key = random_key(network->seed, purpose, (uint64_t)from << 32 | link->peer);
    return random_draw(random_mix(key ^ link->draws), (uint64_t)link->drawn_ns);
}

static void begin_draw(struct link *link, int64_t now_ns)
{
    link->draws = link->drawn_ns == now_ns ? link->draws + 1 : 0;
    link->drawn_ns = now_ns;
}

/* A message's travel; on a link that keeps order it arrives no earlier than the one before. */
static int64_t arrive(const struct network *network, struct link *link, node_id from,
                      int64_t now_ns, bool in_order)
{
    const struct link_rule *rule = rule_for(network, from, link->peer, true);
    const struct distribution *distribution = rule ? &rule->latency : &network->latency;
    begin_draw(link, now_ns);
    uint64_t bits = distribution->kind == DISTRIBUTION_CONSTANT
                        ? 0
                        : draw(network, PURPOSE_LATENCY, from, link);
    int64_t arrival_ns = now_ns + distribution_draw(distribution, bits);
    if (arrival_ns < link->last_arrival_ns) {
        if (in_order)
            arrival_ns = link->last_arrival_ns;
    } else {
        link->last_arrival_ns = arrival_ns;
    }
    return arrival_ns;
}

static bool cut_off(const struct network *network, node_id from, node_id to, bool is_message,
                    struct transit *transit)
{
    struct cut *cut = cuts_find(network->cuts, from, to);
    if (!cut)
        return false;
    if (is_message) /* a notice is none: no cut is said to have stopped what no trace shows */
        cut_note_effect(cut);
    *transit = (struct transit){.dropped = true, .why = DROP_CUT};
    return true;
}

enum error link_send(struct network *network, struct links *links, node_id from, node_id to,
                     int64_t now_ns, struct transit *transit)
{
    if (cut_off(network, from, to, true, transit))
        return OK;
    *transit = (struct transit){0};
    const struct link_rule *rule = network->rules ? rule_for(network, from, to, false) : NULL;
    uint32_t loss_ppb = rule ? rule->loss_ppb : network->loss_ppb;
    if (network->steady && !loss_ppb && !network->duplicate_ppb) {
        transit->arrival_ns = now_ns + network->latency.least_ns;
        return OK;
    }
    struct link *link = link_to(links, to);
    if (!link)
        return ERROR_MEMORY;
    begin_draw(link, now_ns);
    if (loss_ppb && random_chance(draw(network, PURPOSE_LOSS, from, link), loss_ppb)) {
        *transit = (struct transit){.dropped = true, .why = DROP_LOSS};
        return OK;
    }
    transit->arrival_ns = arrive(network, link, from, now_ns, !network->reorder);
    uint32_t twice_ppb = network->duplicate_ppb;
    if (twice_ppb && random_chance(draw(network, PURPOSE_DUPLICATE, from, link), twice_ppb)) {
        transit->doubled = true;
        transit->second_ns = arrive(network, link, from, now_ns, !network->reorder);
    }
    return OK;
}

enum error link_notify(struct network *network, struct links *links, node_id from, node_id to,
                       int64_t now_ns, struct transit *transit)
{
    if (cut_off(network, from, to, false, transit))
        return OK;
    *transit = (struct transit){0};
    struct link *link = link_to(links, to);
    if (!link)
        return ERROR_MEMORY;
    transit->arrival_ns = arrive(network, link, from, now_ns, true);
    return OK;
}

/* ---- what faults and settings change ------------------------------------------------------- */

static enum error add_rule(struct network *network, const struct action *action)
{
    struct link_rule *rule = memory_zeroed(sizeof *rule);
    if (!rule)
        return ERROR_MEMORY;
    rule->is_latency = action->kind == ACTION_LATENCY;
    rule->latency = action->as.set.distribution;
    rule->loss_ppb = action->as.set.ppb;
    if (link_bits_init(&rule->links, network->nodes, &action->as.set.link)) {
        rule_delete(rule);
        return ERROR_MEMORY;
    }
    rule->next = network->rules;
    network->rules = rule;
    return OK;
}

/* A latency or loss of every link replaces those of single links. */
static void drop_rules(struct network *network, bool is_latency)
{
    for (struct link_rule **at = &network->rules; *at;) {
        struct link_rule *rule = *at;
        if (rule->is_latency != is_latency) {
            at = &rule->next;
            continue;
        }
        *at = rule->next;
        rule_delete(rule);
    }
}

enum error network_set(struct network *network, const struct action *action)
{
    bool is_latency = action->kind == ACTION_LATENCY;
    if (action->kind == ACTION_DUPLICATE) {
        network->duplicate_ppb = action->as.set.ppb;
    } else if (action->kind == ACTION_REORDER) {
        network->reorder = action->as.set.on;
    } else if (action->as.set.some_links) {
        return add_rule(network, action);
    } else {
        drop_rules(network, is_latency);
        if (is_latency)
            network->latency = action->as.set.distribution;
        else
            network->loss_ppb = action->as.set.ppb;
    }
    return OK;
}
