#include "virtual/link.h"

#include "base/memory.h"
#include "base/random.h"

enum link_draw { DRAW_LATENCY, DRAW_LOSS, DRAW_DUPLICATE, LINK_DRAWS };

/* What a sender did on the way to one peer, and what holds there. */
struct link {
    node_id peer;
    uint32_t loss_ppb; /* as of `version` of the network, like the next ones */
    uint32_t duplicate_ppb;
    bool reorder;
    const struct distribution *latency;
    uint64_t version;
    uint64_t keys[LINK_DRAWS];
    int64_t drawn_ns; /* when a message was last sent */
    uint64_t draws;   /* messages sent at that instant before it */
    int64_t last_arrival_ns;
};

/* ---- the network --------------------------------------------------------------------------- */

/* Whether an action of this kind may happen: one of the plan's, or of its chaos. */
static bool plan_has(const struct plan *plan, enum action_kind kind)
{
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind == kind || (action->kind == ACTION_CHAOS && action->as.chaos.kind == kind))
            return true;
    }
    return false;
}

void network_init(struct network *network, const struct plan *plan, const struct cuts *cuts,
                  const struct changes *changes)
{
    const struct settings *settings = &plan->settings;
    *network = (struct network){
        .nodes = settings->nodes,
        .cuts = cuts,
        .changes = changes,
        .repeats = settings->duplicate_ppb || plan_has(plan, ACTION_DUPLICATE),
        .steady =
            settings->latency.kind == DISTRIBUTION_CONSTANT && !plan_has(plan, ACTION_LATENCY),
        .latency_ns = settings->latency.least_ns,
    };
    network_update(network);
}

static bool is_zero_everywhere(const struct changes *changes, enum action_kind kind)
{
    return changes_are_even(changes, kind) && !changes->everywhere[kind].ppb;
}

void network_update(struct network *network)
{
    const struct changes *changes = network->changes;
    network->version++;
    network->seed = changes_seed(changes);
    network->flawless =
        is_zero_everywhere(changes, ACTION_LOSS) && is_zero_everywhere(changes, ACTION_DUPLICATE);
    network->least_ns = changes_least_latency_ns(changes);
}

/* ---- one message --------------------------------------------------------------------------- */

void links_init(struct links *links)
{
    pool_init(&links->pool, sizeof(struct link));
    hash_map_init(&links->by_peer);
    links->next = 0;
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

static inline uint64_t hash_of(node_id peer)
{
    return peer; /* the map's places are taken by the lower bits */
}

/* So many links a sender remembers in any case: to forget one that is used again costs more. */
#define LINKS_KEPT 128u

/* Whether what was sent here has no effect on what is sent at now_ns or later. */
static bool is_quiet(const struct link *link, int64_t now_ns)
{
    return link->drawn_ns < now_ns && link->last_arrival_ns <= now_ns;
}

/* For the place of a link that is quiet so many are looked at each time, in turn: where a third of
 * them are not, one in a hundred is added to them. */
#define LOOKS 4u

/* Forgets a link that is quiet, if it comes upon one. */
static void forget_one(struct links *links, int64_t now_ns)
{
    for (uint32_t looks = 0; looks < LOOKS; looks++) {
        uint32_t slot = links->next;
        const struct link *link = pool_at(&links->pool, slot);
        links->next = slot + 1 < links->pool.used ? slot + 1 : 0;
        if (!is_quiet(link, now_ns))
            continue;
        hash_map_remove(&links->by_peer, hash_of(link->peer), slot);
        pool_give(&links->pool, slot);
        return;
    }
}

static struct link *find_link(struct links *links, node_id peer, int64_t now_ns)
{
    uint32_t slot = hash_map_find(&links->by_peer, hash_of(peer), leads_to, &links->pool, &peer);
    if (slot != HASH_MAP_NONE)
        return pool_at(&links->pool, slot);
    if (links->pool.used >= LINKS_KEPT && links->pool.count == links->pool.used)
        forget_one(links, now_ns);
    slot = pool_take(&links->pool);
    if (slot == POOL_NONE)
        return NULL;
    struct link *link = pool_at(&links->pool, slot);
    link->peer = peer;
    if (!hash_map_add(&links->by_peer, hash_of(peer), slot))
        return link;
    pool_give(&links->pool, slot);
    return NULL;
}

static const enum purpose purposes[LINK_DRAWS] = {PURPOSE_LATENCY, PURPOSE_LOSS, PURPOSE_DUPLICATE};

/* The sender's link to `peer`, made when it is needed, with what holds there now; NULL when there
 * is no memory. */
static struct link *link_to(const struct network *network, struct links *links, node_id from,
                            node_id peer, int64_t now_ns)
{
    const struct changes *changes = network->changes;
    struct link *link = find_link(links, peer, now_ns);
    if (!link || link->version == network->version)
        return link;
    link->version = network->version;
    link->latency = &changes_on_link(changes, ACTION_LATENCY, from, peer)->distribution;
    link->loss_ppb = changes_on_link(changes, ACTION_LOSS, from, peer)->ppb;
    link->duplicate_ppb = changes_on_link(changes, ACTION_DUPLICATE, from, peer)->ppb;
    link->reorder = changes_on_link(changes, ACTION_REORDER, from, peer)->on;
    for (enum link_draw which = 0; which < LINK_DRAWS; which++)
        link->keys[which] = random_key(network->seed, purposes[which], (uint64_t)from << 32 | peer);
    return link;
}

/* Draws of one link are keyed by the time and by what was sent at the same instant before: what
 * happens at other times and on other links leaves them as they are. */
static inline uint64_t draw(const struct link *link, enum link_draw which)
{
    return random_draw(random_mix(link->keys[which] ^ link->draws), (uint64_t)link->drawn_ns);
}

static void begin_draw(struct link *link, int64_t now_ns)
{
    link->draws = link->drawn_ns == now_ns ? link->draws + 1 : 0;
    link->drawn_ns = now_ns;
}

/* A message's travel; on a link that keeps order it arrives no earlier than the one before. */
static inline int64_t arrive(struct link *link, int64_t now_ns, bool in_order)
{
    const struct distribution *distribution = link->latency;
    begin_draw(link, now_ns);
    uint64_t bits = distribution->kind == DISTRIBUTION_CONSTANT ? 0 : draw(link, DRAW_LATENCY);
    int64_t arrival_ns = now_ns + distribution_draw(distribution, bits);
    if (arrival_ns < link->last_arrival_ns) {
        if (in_order)
            arrival_ns = link->last_arrival_ns;
    } else {
        link->last_arrival_ns = arrival_ns;
    }
    return arrival_ns;
}

enum error link_send(struct network *network, struct links *links, node_id from, node_id to,
                     int64_t now_ns, struct transit *transit)
{
    struct cut *cut = cuts_find(network->cuts, from, to);
    if (cut) {
        cut_note_effect(cut);
        *transit = (struct transit){.dropped = true, .why = DROP_CUT};
        return OK;
    }
    *transit = (struct transit){0};
    if (network->steady && network->flawless) {
        transit->arrival_ns = now_ns + network->latency_ns;
        return OK;
    }
    struct link *link = link_to(network, links, from, to, now_ns);
    if (!link)
        return ERROR_MEMORY;
    begin_draw(link, now_ns);
    if (link->loss_ppb && random_chance(draw(link, DRAW_LOSS), link->loss_ppb)) {
        *transit = (struct transit){.dropped = true, .why = DROP_LOSS};
        return OK;
    }
    transit->arrival_ns = arrive(link, now_ns, !link->reorder);
    if (link->duplicate_ppb && random_chance(draw(link, DRAW_DUPLICATE), link->duplicate_ppb)) {
        transit->doubled = true;
        transit->second_ns = arrive(link, now_ns, !link->reorder);
    }
    return OK;
}

enum error link_notify(struct network *network, struct links *links, node_id from, node_id to,
                       int64_t now_ns, struct transit *transit)
{
    *transit = (struct transit){.dropped = cuts_find(network->cuts, from, to), .why = DROP_CUT};
    if (transit->dropped)
        return OK;
    struct link *link = link_to(network, links, from, to, now_ns);
    if (!link)
        return ERROR_MEMORY;
    transit->arrival_ns = arrive(link, now_ns, true);
    return OK;
}
