#include "node/lease_state.h"

#include "base/varint.h"
#include "node/id.h"

#define MILLION 1000000

/* So much time for each slot lies between polls: a node that can't keep up with those of all slots
 * would not get its leases. */
#define POLL_SLOT_NS (3 * NS_PER_US)

/* A record has no more bytes of further slots than about this: a node process shortens the values
 * of 4 KiB and more that it records, and a slot takes three bytes at the most. */
#define FURTHER_SIZE_MAX 1024u

int64_t lease_excludes_ns(int64_t lease_ns, uint32_t drift_ppm)
{
    int64_t more = 2 * (int64_t)drift_ppm, part = MILLION - (int64_t)drift_ppm;
    return lease_ns + lease_ns / part * more + (lease_ns % part * more + part - 1) / part;
}

/* ---- making and closing -------------------------------------------------------------------- */

static struct lease_state *state_at(const struct lease *lease, uint32_t number)
{
    return (struct lease_state *)(lease->all_states + number * lease->state_size);
}

/* All slots have one state, and nothing is known of it. */
static enum error make_slots(struct node *node, struct lease *lease)
{
    uint32_t slots = node->config.slots;
    size_t answered = 2 * bits_words(node->config.nodes) * sizeof(uint64_t);
    lease->state_size = sizeof(struct lease_state) + answered;
    lease->slots = memory_zeroed(slots * sizeof *lease->slots);
    lease->state_of = memory_zeroed(slots * sizeof(struct lease_state *));
    lease->all_states = memory_zeroed((slots + 1) * lease->state_size);
    lease->looked_at = bits_new(slots);
    lease->unsure = bits_new(slots);
    lease->waited_for = bits_new(slots);
    if (!lease->slots || !lease->state_of || !lease->all_states || !lease->looked_at ||
        !lease->unsure || !lease->waited_for)
        return ERROR_MEMORY;
    struct lease_state *first = state_at(lease, lease->states_made++);
    first->at_ns = TIME_NEVER;
    first->slots = slots;
    first->last = slots - 1;
    list_add_last(&lease->states, &first->link);
    for (uint32_t i = 0; i < slots; i++) {
        lease->slots[i].preferred = NODE_NONE;
        lease->state_of[i] = first;
    }
    return OK;
}

enum error lease_init(struct node *node)
{
    uint32_t slots = node->config.slots;
    if (!slots)
        return OK;
    struct lease *lease = memory_zeroed(sizeof *lease);
    if (!lease)
        return ERROR_MEMORY;
    node->lease = lease;
    if (make_slots(node, lease)) {
        lease_close(node);
        return ERROR_MEMORY;
    }
    lease->acceptor.excludes_ns = lease_excludes_ns(node->config.lease_ns, node->config.drift_ppm);
    lease->acceptor.epoch_kept = node->config.lease_epoch;
    if (node->config.incarnation > 1)
        lease->acceptor.epoch = node->config.lease_epoch + 1;
    lease->majority = node->config.nodes / 2 + 1;
    lease->epoch = UINT32_MAX;
    lease->wake_ns = lease->unanswered_ns = TIME_NEVER;
    lease->recent_slot = id_slot(&lease->recent_id, slots);
    lease->polled_ns = INT64_MIN;
    lease->poll_ns = clamp_i64(node->config.lease_ns / 40, 1, 50 * NS_PER_MS);
    lease->poll_ns =
        max_i64(lease->poll_ns, min_i64(slots * POLL_SLOT_NS, node->config.lease_ns / 8));
    return OK;
}

void lease_close(struct node *node)
{
    struct lease *lease = node->lease;
    if (!lease)
        return;
    entries_close(&lease->asks);
    entries_close(&lease->answers);
    string_builder_close(&lease->bytes);
    string_builder_close(&lease->further);
    memory_free(lease->waited_for);
    memory_free(lease->unsure);
    memory_free(lease->looked_at);
    for (uint32_t i = 0; i < lease->states_made; i++)
        string_builder_close(&state_at(lease, i)->further);
    memory_free(lease->all_states);
    memory_free(lease->state_of);
    memory_free(lease->slots);
    memory_free(lease);
    node->lease = NULL;
}

/* ---- changes ------------------------------------------------------------------------------- */

static size_t answered_size(const struct lease *lease)
{
    return lease->state_size - sizeof(struct lease_state);
}

/* What is in no use any more comes first: few states are touched as long as slots are alike. */
static struct lease_state *take_unused(struct lease *lease)
{
    struct list_link *link = list_first(&lease->unused);
    if (link) {
        list_remove(link);
        return container_of(link, struct lease_state, link);
    }
    return state_at(lease, lease->states_made++);
}

static void lose_slot(struct lease *lease, struct lease_state *state)
{
    state->listed = false;
    if (--state->slots)
        return;
    list_remove(&state->link);
    list_add_first(&lease->unused, &state->link);
}

static void give(struct lease *lease, uint32_t slot, struct lease_state *state)
{
    struct lease_state *before = lease->state_of[slot];
    lease->state_of[slot] = state;
    state->slots++;
    state->listed = false;
    state->first = min_u32(state->first, slot);
    state->last = max_u32(state->last, slot);
    lose_slot(lease, before);
}

struct lease_state *lease_change_begin(struct lease *lease, uint32_t slot)
{
    lease->doing = (struct slot_change){.changes = 0};
    lease->unlike = false;
    lease->wake_ns = INT64_MIN;
    if (lease->whole)
        return lease->whole;
    struct lease_state *before = lease->state_of[slot];
    struct lease_state *state = take_unused(lease);
    memcpy(state, before, offsetof(struct lease_state, link));
    memcpy(state->answered, before->answered, answered_size(lease));
    state->slots = 1;
    state->first = state->last = slot;
    state->listed = false;
    state->change.changes = 0;
    state->link = (struct list_link){0};
    list_add_last(&lease->states, &state->link);
    lease->state_of[slot] = state;
    lease->before = before;
    return state;
}

static bool is_same(const struct ballot *a, const struct ballot *b)
{
    return ballot_compare(a, b) == 0;
}

static bool is_equal(const struct lease *lease, const struct lease_state *a,
                     const struct lease_state *b)
{
    const struct acceptance *at_a = &a->acceptance, *at_b = &b->acceptance;
    return is_same(&a->held, &b->held) && a->until_ns == b->until_ns &&
           token_compare(&a->token, &b->token) == 0 && is_same(&a->attempt, &b->attempt) &&
           a->accepting == b->accepting && a->outbid == b->outbid && a->for_count == b->for_count &&
           a->against_count == b->against_count && a->deadline_ns == b->deadline_ns &&
           token_compare(&a->proposed, &b->proposed) == 0 && a->at_ns == b->at_ns &&
           is_same(&at_a->promised, &at_b->promised) && is_same(&at_a->accepted, &at_b->accepted) &&
           at_a->until_ns == at_b->until_ns && token_compare(&at_a->token, &at_b->token) == 0 &&
           memcmp(a->answered, b->answered, answered_size(lease)) == 0;
}

/* One that is equal, the one before or one that was made, or this one. */
static struct lease_state *find_equal(struct lease *lease, struct lease_state *state)
{
    if (is_equal(lease, lease->before, state))
        return lease->before;
    for (uint32_t i = 0; i < lease->made_count; i++)
        if (lease->made[i]->slots && is_equal(lease, lease->made[i], state))
            return lease->made[i];
    lease->made_count = min_u32(lease->made_count + 1, LEASE_MADE);
    for (uint32_t i = lease->made_count; i-- > 1;)
        lease->made[i] = lease->made[i - 1];
    lease->made[0] = state;
    return state;
}

void lease_change_end(struct lease *lease, uint32_t slot)
{
    if (lease->whole)
        return;
    struct lease_state *before = lease->before, *state = lease->state_of[slot];
    struct lease_state *into = find_equal(lease, state);
    if (into != state)
        give(lease, slot, into);
    if (lease->unlike) {
        lease->changes++;
    } else {
        before->change = lease->doing;
        before->change.changes = lease->changes;
        before->change.into = into;
    }
    lose_slot(lease, before);
}

void lease_say(struct lease *lease, struct entries *said, const struct entry *entry)
{
    const struct lease_state *whole = lease->whole;
    lease->unlike |= lease->doing.said != NULL;
    lease->doing.said = said;
    if (whole)
        entries_add_all(said, entry, whole->slots - 1, whole->last,
                        (const unsigned char *)whole->further.text, (uint32_t)whole->further.size);
    else
        lease->doing.group = entries_add(said, entry);
    lease->unlike |= said->failed;
}

bool lease_follow(struct node *node, uint32_t slot)
{
    struct lease *lease = node->lease;
    const struct slot_change *change = &lease->state_of[slot]->change;
    if (change->changes != lease->changes || (change->said && entries_are_full(change->said)))
        return false;
    struct entries *said = change->said;
    uint32_t group = change->group;
    bool renewed = change->renewed;
    must(change->into->slots);
    give(lease, slot, change->into);
    if (said)
        entries_add_alike(said, group, slot);
    if (renewed)
        lease_record(node, slot, LEASE_RENEWED);
    return true;
}

bool lease_state_list(const struct lease *lease, struct lease_state *state)
{
    if (state->listed)
        return true;
    while (lease->state_of[state->first] != state)
        state->first++;
    state->last = state->first;
    state->further.size = 0;
    state->further.failed = false;
    for (uint32_t i = state->first + 1, left = state->slots - 1; left; i++) {
        if (lease->state_of[i] != state)
            continue;
        varint_put(&state->further, i - state->last - 1);
        state->last = i;
        left--;
    }
    state->listed = !state->further.failed;
    return state->listed;
}

/* ---- records ------------------------------------------------------------------------------- */

void lease_records_end(struct node *node)
{
    struct lease *lease = node->lease;
    if (lease->renewed.kind != RECORD_LEASE)
        return;
    lease->renewed.value = text_borrow(lease->further.text, lease->further.size);
    node_record(node, &lease->renewed);
    lease->renewed.kind = 0;
    lease->further.size = 0;
}

/* Whether the slot is one more of those that are renewed. */
static bool adds_to_renewed(struct lease *lease, const struct record *record)
{
    const struct record *first = &lease->renewed;
    if (first->kind != RECORD_LEASE || first->amount != record->amount ||
        first->epoch != record->epoch || first->worker != record->worker ||
        record->number <= lease->renewed_last || lease->further.size >= FURTHER_SIZE_MAX)
        return false;
    varint_put(&lease->further, record->number - lease->renewed_last - 1);
    bool added = !lease->further.failed;
    lease->further.failed = false;
    return added;
}

static void record_one(struct node *node, uint32_t slot, enum lease_how how)
{
    struct lease *lease = node->lease;
    const struct lease_state *state = lease->state_of[slot];
    struct record record = record_of(RECORD_LEASE);
    record.code = (uint8_t)how;
    record.number = slot;
    record.epoch = state->token.epoch;
    record.worker = state->token.counter;
    record.amount = state->until_ns;
    bool adds = how == LEASE_RENEWED && adds_to_renewed(lease, &record);
    if (!adds)
        lease_records_end(node);
    if (how != LEASE_RENEWED)
        node_record(node, &record);
    else if (!adds)
        lease->renewed = record;
    lease->renewed_last = slot;
}

void lease_record(struct node *node, uint32_t slot, enum lease_how how)
{
    struct lease *lease = node->lease;
    const struct lease_state *whole = lease->whole;
    uint32_t further = whole ? whole->slots - 1 : 0;
    record_one(node, slot, how);
    if (further && how == LEASE_RENEWED &&
        lease->further.size + whole->further.size < FURTHER_SIZE_MAX) {
        char *at = string_builder_extend(&lease->further, whole->further.size);
        if (at) {
            memcpy(at, whole->further.text, whole->further.size);
            lease->renewed_last = whole->last;
            return;
        }
        lease->further.failed = false;
    }
    for (; further; slot++)
        if (lease->state_of[slot + 1] == whole) {
            record_one(node, slot + 1, how);
            further--;
        }
}
