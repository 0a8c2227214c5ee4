#include "search/abstract_lease.h"

#include "base/number.h"
#include "node/lease.h"

void abstract_leases_begin(struct abstract_leases *leases, const struct settings *settings)
{
    *leases = (struct abstract_leases){.nodes = 0};
    if (!settings->leases)
        return;
    leases->nodes = min_u32(settings->nodes, ABSTRACT_NODES_MOST);
    leases->majority = settings->nodes / 2 + 1;
    leases->lease_ns = settings->lease_ns;
    leases->excludes_ns = lease_excludes_ns(settings->lease_ns, settings->drift_ppm);
}

/* ---- records ------------------------------------------------------------------------------- */

static uint32_t less(uint32_t count)
{
    return count ? count - 1 : 0;
}

static void go_down(struct abstract_leases *leases, node_id node)
{
    struct abstract_acceptor *acceptor = &leases->acceptors[node];
    acceptor->is_up = acceptor->is_frozen = false;
    acceptor->stale = acceptor->under_way;
    for (uint32_t i = 0; i < ABSTRACT_SLOTS_MOST; i++) {
        struct abstract_slot *slot = &leases->slots[i];
        if (slot->holders >> node & 1)
            slot->orphan_ns = slot->until_ns;
        slot->holders &= ~(1u << node);
    }
}

static void take_lease(struct abstract_leases *leases, const struct record *record)
{
    struct abstract_slot *slot = &leases->slots[record->number % ABSTRACT_SLOTS_MOST];
    struct abstract_acceptor *owner = &leases->acceptors[record->node];
    uint32_t bit = 1u << record->node;
    if (record->code == LEASE_RELEASED || record->code == LEASE_LOST) {
        slot->holders &= ~bit;
        return;
    }
    slot->holders |= bit;
    slot->until_ns = record->t_ns + record->amount - record->clock_ns;
    owner->epoch = max_u32(owner->epoch, record->epoch);
    if (record->code != LEASE_WON)
        return;
    if (slot->was_held && record->t_ns - slot->won_ns < leases->excludes_ns)
        slot->again_ns = record->t_ns + leases->excludes_ns;
    slot->was_held = true;
    slot->won_ns = record->t_ns;
    owner->late = owner->under_way;
}

static void take_message(struct abstract_leases *leases, const struct record *record)
{
    node_id from = record->kind == RECORD_RECV ? record->peer : record->node;
    struct abstract_acceptor *sender = &leases->acceptors[from];
    if (from >= leases->nodes)
        return;
    if (record->kind == RECORD_SEND) {
        sender->under_way++;
        return;
    }
    sender->under_way = less(sender->under_way);
    sender->late = less(sender->late);
    sender->stale = less(sender->stale);
}

void abstract_leases_take(struct abstract_leases *leases, const struct record *record)
{
    if (record->node >= leases->nodes)
        return;
    struct abstract_acceptor *acceptor = &leases->acceptors[record->node];
    switch (record->kind) {
    case RECORD_UP:
        acceptor->is_up = true;
        acceptor->silent_until_ns = record->epoch > 1 ? record->t_ns + leases->excludes_ns : 0;
        break;
    case RECORD_DOWN:
        go_down(leases, record->node);
        break;
    case RECORD_FROZEN:
    case RECORD_THAWED:
        acceptor->is_frozen = record->kind == RECORD_FROZEN;
        break;
    case RECORD_LEASE:
        take_lease(leases, record);
        break;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        take_message(leases, record);
        break;
    default:
        break;
    }
}

/* ---- the state ----------------------------------------------------------------------------- */

static void put(uint64_t *state, uint32_t value)
{
    *state = *state << 2 | min_u32(value, 3);
}

/* The acceptors: whether enough of them answer, and what they have said that is out of date. */
static uint64_t acceptors_state(const struct abstract_leases *leases, int64_t now_ns)
{
    uint32_t answering = 0, silent = 0, late = 0, stale = 0, epoch = 0;
    uint64_t state = 0;
    for (uint32_t i = 0; i < leases->nodes; i++) {
        const struct abstract_acceptor *acceptor = &leases->acceptors[i];
        bool is_silent = now_ns < acceptor->silent_until_ns;
        answering += acceptor->is_up && !acceptor->is_frozen && !is_silent;
        silent += acceptor->is_up && is_silent;
        late += acceptor->late;
        stale += acceptor->stale;
        epoch = max_u32(epoch, acceptor->epoch);
    }
    put(&state, min_u32(answering + 1 - min_u32(answering + 1, leases->majority), 2));
    put(&state, min_u32(silent, 2));
    put(&state, stale > 0);
    put(&state, late > 0);
    put(&state, epoch);
    return state;
}

uint64_t abstract_leases_state(const struct abstract_leases *leases, int64_t now_ns)
{
    uint32_t is_free = 0, near = 0, overdue = 0, several = 0, orphans = 0, again = 0;
    if (!leases->nodes)
        return 0;
    for (uint32_t i = 0; i < ABSTRACT_SLOTS_MOST; i++) {
        const struct abstract_slot *slot = &leases->slots[i];
        is_free += slot->was_held && !slot->holders;
        near += slot->holders && slot->until_ns - now_ns < leases->lease_ns / 3;
        overdue += slot->holders && slot->until_ns <= now_ns;
        several += (slot->holders & (slot->holders - 1)) != 0;
        orphans += slot->orphan_ns > now_ns;
        again += slot->again_ns > now_ns;
    }
    uint64_t state = acceptors_state(leases, now_ns);
    put(&state, min_u32(is_free, 2));
    put(&state, several ? 3 : overdue ? 2 : near > 0);
    put(&state, min_u32(orphans, 2));
    put(&state, again > 0);
    return state;
}
