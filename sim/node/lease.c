#include "node/lease.h"

#include "node/id.h"
#include "node/proposer.h"
#include "node/worker.h"

void lease_start(struct node *node)
{
    struct acceptor *acceptor = &node->lease->acceptor;
    if (node->config.incarnation > 1)
        acceptor->silent_until_ns = node->now_ns + acceptor->excludes_ns;
    node->lease->changed = true;
}

/* ---- what is known ------------------------------------------------------------------------- */

struct lease_slot *lease_slot_at(const struct node *node, uint32_t number)
{
    return &node->lease->slots[number];
}

/* One id is asked for several times in a step. */
static uint32_t slot_of(const struct node *node, const struct text *id)
{
    struct lease *lease = node->lease;
    if (text_equal(id, &lease->recent_id))
        return lease->recent_slot;
    uint32_t slot = id_slot(id, node->config.slots);
    if (!text_is_large(id)) {
        lease->recent_id = *id;
        lease->recent_slot = slot;
    }
    return slot;
}

struct lease_slot *lease_slot(const struct node *node, const struct text *id)
{
    return &node->lease->slots[slot_of(node, id)];
}

static uint32_t number_of(const struct node *node, const struct lease_slot *slot)
{
    return (uint32_t)(slot - node->lease->slots);
}

static const struct lease_state *state_of(const struct node *node, const struct text *id)
{
    return node->lease->state_of[slot_of(node, id)];
}

bool lease_holds(const struct node *node, const struct text *id)
{
    return lease_is_held(node, state_of(node, id));
}

struct token lease_token(const struct node *node, const struct text *id)
{
    return state_of(node, id)->token;
}

uint32_t lease_epoch(const struct node *node)
{
    return node->lease->acceptor.epoch_kept;
}

int64_t lease_wake_ns(const struct node *node)
{
    return node->lease->wake_ns;
}

/* The route of a slot is that of its number as an id. */
static node_id route_slot(const struct node *node, const struct view *view, uint32_t number)
{
    struct text id = text_of_number(number);
    return route_owner(node->config.router, view, node->config.self, &id);
}

node_id lease_preferred_by(const struct node *node, const struct view *view, const struct text *id)
{
    return route_slot(node, view, slot_of(node, id));
}

/* Brings the preferred owners up to the node's view. */
static void follow_view(const struct node *node)
{
    struct lease *lease = node->lease;
    if (lease->epoch == node->view.epoch)
        return;
    lease->epoch = node->view.epoch;
    for (uint32_t i = 0; i < node->config.slots; i++)
        lease->slots[i].preferred = node->view.count ? route_slot(node, &node->view, i) : NODE_NONE;
    lease->changed = lease->view_changed = true;
    lease->unanswered_ns = TIME_NEVER;
}

node_id lease_preferred(const struct node *node, const struct text *id)
{
    follow_view(node);
    return lease_slot(node, id)->preferred;
}

bool lease_is_own(const struct node *node, const struct lease_slot *slot)
{
    follow_view(node);
    return slot->preferred == node->config.self;
}

bool lease_reaches_majority(const struct node *node)
{
    const struct lease *lease = node->lease;
    if (node->view.count < lease->majority)
        return false;
    return lease->unanswered_ns == TIME_NEVER ||
           node->now_ns <
               lease->unanswered_ns + min_i64(node->config.suspect_ns, node->config.lease_ns);
}

/* Whether it wants to be, or to stay, the owner. */
static bool wants(const struct node *node, uint32_t number)
{
    const struct lease_slot *slot = &node->lease->slots[number];
    bool held = lease_is_held(node, node->lease->state_of[number]);
    if (held && (slot->in_mailboxes || slot->moving))
        return true;
    if (node->phase == PHASE_LEAVING || (!held && node->view.count < node->lease->majority))
        return false;
    return slot->preferred == node->config.self || slot->waiting_count || slot->in_mailboxes;
}

static void look_at(struct node *node, uint32_t number)
{
    bits_add(node->lease->looked_at, number);
    node->lease->changed = true;
}

void lease_wanted(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    uint32_t number = number_of(node, slot);
    bits_add(lease->waited_for, number);
    if (!lease->state_of[number]->attempt.round)
        look_at(node, number);
    else if (!lease_reaches_majority(node))
        lease->changed = true;
}

/* Perhaps it holds the lease for nothing now. */
static void wants_less(struct node *node, const struct lease_slot *slot)
{
    uint32_t number = number_of(node, slot);
    if (node->lease->state_of[number]->held.round && !slot->in_mailboxes && !slot->moving &&
        !wants(node, number))
        look_at(node, number);
}

void lease_left_mailbox(struct node *node, const struct text *id)
{
    struct lease_slot *slot = lease_slot(node, id);
    slot->in_mailboxes--;
    wants_less(node, slot);
}

void lease_moves(struct node *node, const struct text *id)
{
    lease_slot(node, id)->moving++;
}

void lease_moves_no_more(struct node *node, const struct text *id)
{
    struct lease_slot *slot = lease_slot(node, id);
    slot->moving--;
    wants_less(node, slot);
}

void lease_describe_all(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++)
        if (lease_is_held(node, node->lease->state_of[i]))
            lease_record(node, i, LEASE_HELD);
}

/* ---- walks over slots ---------------------------------------------------------------------- */

/* The first one of the set from this one on, or config.slots. */
static uint32_t next_of(const struct node *node, const uint64_t *set, uint32_t from)
{
    for (uint32_t i = from / 64; i < bits_words(node->config.slots); i++) {
        uint64_t word = set[i] & (i == from / 64 ? UINT64_MAX << (from % 64) : UINT64_MAX);
        if (word)
            return i * 64 + (uint32_t)__builtin_ctzll(word);
    }
    return node->config.slots;
}

/* Adds all slots in this state to the set. */
static void add_all_of(const struct lease *lease, const struct lease_state *state, uint64_t *set)
{
    for (uint32_t i = state->first, left = state->slots; left; i++)
        if (lease->state_of[i] == state) {
            bits_add(set, i);
            left--;
        }
}

/* ---- ends ---------------------------------------------------------------------------------- */

/* Says of the slot whether, and how, its lease ends. */
static void see_end(struct node *node, uint32_t number)
{
    struct lease *lease = node->lease;
    struct lease_slot *slot = &lease->slots[number];
    const struct lease_state *state = lease->state_of[number];
    if (!state->held.round)
        bits_remove(lease->unsure, number);
    else if (!lease_is_held(node, state))
        slot->ending = LEASE_LOST;
    else if (!wants(node, number))
        slot->ending = LEASE_RELEASED;
    else if (slot->preferred == node->config.self && node->phase != PHASE_LEAVING)
        bits_remove(lease->unsure, number);
}

/* What ends now ends for the workers first, then for the acceptors. */
static void end_leases(struct node *node)
{
    struct lease *lease = node->lease;
    bool any = false;
    list_each (link, &lease->states) {
        const struct lease_state *state = container_of(link, struct lease_state, link);
        if (state->held.round && !lease_is_held(node, state))
            add_all_of(lease, state, lease->unsure);
    }
    for (uint32_t i = 0; (i = next_of(node, lease->unsure, i)) < node->config.slots; i++) {
        see_end(node, i);
        any |= lease->slots[i].ending != 0;
    }
    if (!any)
        return;
    worker_end_unleased(node);
    lease_changes_begin(lease);
    for (uint32_t i = 0; (i = next_of(node, lease->unsure, i)) < node->config.slots; i++) {
        struct lease_slot *slot = &lease->slots[i];
        if (!slot->ending)
            continue;
        lease_record(node, i, (enum lease_how)slot->ending);
        slot->ending = 0;
        bits_remove(lease->unsure, i);
        look_at(node, i);
        proposer_release(node, i);
    }
}

/* ---- steps --------------------------------------------------------------------------------- */

static void set_wake(struct node *node)
{
    int64_t wake_ns = TIME_NEVER;
    list_each (link, &node->lease->states) {
        const struct lease_state *state = container_of(link, struct lease_state, link);
        wake_ns = min_i64(wake_ns, state->at_ns);
        if (state->held.round)
            wake_ns = min_i64(wake_ns, state->until_ns);
    }
    node->lease->wake_ns = wake_ns;
}

static bool is_renewal_due(const struct node *node)
{
    const struct lease *lease = node->lease;
    list_each (link, &lease->states) {
        const struct lease_state *state = container_of(link, struct lease_state, link);
        if (state->held.round && state->at_ns <= node->now_ns)
            return true;
    }
    for (uint32_t i = 0; (i = next_of(node, lease->looked_at, i)) < node->config.slots; i++)
        if (lease->state_of[i]->held.round)
            return true;
    return false;
}

/* What is due at once takes renewals along that would be soon. */
static void look_at_due(struct node *node)
{
    struct lease *lease = node->lease;
    int64_t soon_ns = node->now_ns + (is_renewal_due(node) ? node->config.lease_ns / 12 : 0);
    list_each (link, &lease->states) {
        const struct lease_state *state = container_of(link, struct lease_state, link);
        bool along = state->held.round && !state->attempt.round;
        if (state->at_ns <= (along ? soon_ns : node->now_ns))
            add_all_of(lease, state, lease->looked_at);
    }
}

/* Whether the next answer may win leases that are not held yet, which is done to each slot: its
 * requests are served. A node that is alone needs no other one's answer. */
static bool may_win(const struct lease *lease, const struct lease_state *state)
{
    return !state->held.round && (state->accepting || lease->majority == 1);
}

/* Whether those that are looked at are all slots of one state: then their attempt begins, or goes
 * on, as one. Not where the first one learns, from this node's own acceptor, of a higher round. */
static bool go_on_whole(struct node *node)
{
    struct lease *lease = node->lease;
    uint32_t first = next_of(node, lease->looked_at, 0), count = 0;
    if (first == node->config.slots)
        return true;
    struct lease_state *state = lease->state_of[first];
    for (uint32_t i = 0; i < bits_words(node->config.slots); i++)
        count += (uint32_t)__builtin_popcountll(lease->looked_at[i]);
    if (count != state->slots || may_win(lease, state) ||
        state->acceptance.promised.round > lease->round || !lease_state_list(lease, state) ||
        !entries_have_room(&lease->asks, 2, state->further.size))
        return false;
    for (uint32_t i = first; count; i++)
        if (bits_has(lease->looked_at, i)) {
            if (lease->state_of[i] != state)
                return false;
            count--;
        }
    memset(lease->looked_at, 0, bits_words(node->config.slots) * sizeof *lease->looked_at);
    lease->whole = state;
    proposer_go_on(node, first);
    lease->whole = NULL;
    return true;
}

static void run_slots(struct node *node)
{
    struct lease *lease = node->lease;
    look_at_due(node);
    lease_changes_begin(lease);
    for (uint32_t i = 0; (i = next_of(node, lease->looked_at, i)) < node->config.slots; i++) {
        if (wants(node, i))
            continue;
        bits_remove(lease->looked_at, i);
        proposer_give_up(node, i);
    }
    proposer_begin_walk(node);
    if (go_on_whole(node))
        return;
    for (uint32_t i = 0; (i = next_of(node, lease->looked_at, i)) < node->config.slots; i++) {
        bits_remove(lease->looked_at, i);
        proposer_go_on(node, i);
    }
}

/* Where no majority can be reached nobody waits. */
static void refuse_waiting(struct node *node)
{
    struct lease *lease = node->lease;
    if (lease_reaches_majority(node))
        return;
    for (uint32_t i = 0; (i = next_of(node, lease->waited_for, i)) < node->config.slots; i++) {
        bits_remove(lease->waited_for, i);
        if (!lease_is_held(node, lease->state_of[i]))
            worker_refuse_waiting(node, &lease->slots[i], OUTCOME_UNAVAILABLE);
    }
}

/* A new view: each slot is looked at that has another preferred owner than before, or none. */
static void look_at_all(struct node *node)
{
    const struct lease *lease = node->lease;
    for (uint32_t i = 0; i < node->config.slots; i++) {
        const struct lease_state *state = lease->state_of[i];
        if (state->held.round)
            bits_add(lease->unsure, i);
        if (!wants(node, i) || (!state->held.round && !state->attempt.round))
            bits_add(lease->looked_at, i);
    }
}

void lease_leave(struct node *node)
{
    struct lease *lease = node->lease;
    for (uint32_t i = 0; i < node->config.slots; i++) {
        worker_refuse_waiting(node, &lease->slots[i], OUTCOME_STOPPING);
        if (lease->state_of[i]->held.round)
            bits_add(lease->unsure, i);
    }
    lease->changed = true;
}

static void run(struct node *node)
{
    if (node->lease->view_changed)
        look_at_all(node);
    node->lease->changed = node->lease->view_changed = false;
    end_leases(node);
    run_slots(node);
    refuse_waiting(node);
}

void lease_end_due(struct node *node)
{
    if (node->now_ns < node->lease->wake_ns)
        return;
    end_leases(node);
    node->lease->changed = true;
}

/* ---- messages in --------------------------------------------------------------------------- */

/* Answers what the acceptor of this node is asked. */
static void take_asked(struct node *node, node_id from, const struct entry *asked)
{
    struct lease *lease = node->lease;
    struct entry answer;
    if (entries_are_full(&lease->answers)) {
        proposer_send_entries(node, from, LEASE_ANSWERS, &lease->answers);
        lease_changes_begin(lease);
    }
    struct lease_state *state = lease_change_begin(lease, asked->slot);
    if (acceptor_take(&lease->acceptor, &state->acceptance, asked, node->now_ns, &answer))
        lease_say(lease, &lease->answers, &answer);
    lease_change_end(lease, asked->slot);
}

/* Another one has released the slot: nobody waits for the next poll. */
static void try_again(struct node *node, uint32_t number)
{
    struct lease *lease = node->lease;
    const struct lease_state *state = lease->state_of[number];
    if (!state->attempt.round || state->held.round || state->accepting)
        return;
    look_at(node, number);
    if (lease->whole)
        add_all_of(lease, lease->whole, lease->looked_at);
}

static void take(struct node *node, node_id from, const struct entry *entry)
{
    if (entry->kind > ENTRY_RELEASE) {
        proposer_take(node, from, entry);
        return;
    }
    if (entry->ballot.node != from)
        return; /* nobody asks for another one */
    if (!lease_follow(node, entry->slot))
        take_asked(node, from, entry);
    if (entry->kind == ENTRY_RELEASE)
        try_again(node, entry->slot);
}

/* Whether the group that has begun is of all slots that have one state: then it is done to that. */
static bool take_whole(struct node *node, node_id from, struct entries_reader *entries)
{
    struct lease *lease = node->lease;
    const struct entry *entry = &entries->entry;
    struct lease_state *state = lease->state_of[entry->slot];
    if (entries->left + 1 != state->slots || !lease_state_list(lease, state))
        return false;
    const unsigned char *further = (const unsigned char *)state->further.text;
    uint32_t size = (uint32_t)state->further.size;
    if (entry->slot != state->first || !entries_begin_with(entries, further, size) ||
        !entries_have_room(&lease->asks, 2, size) || !entries_have_room(&lease->answers, 1, size) ||
        (entry->kind > ENTRY_RELEASE && may_win(lease, state)))
        return false;
    lease->whole = state;
    take(node, from, entry);
    lease->whole = NULL;
    entries_skip(entries, size);
    return true;
}

void lease_take(struct node *node, const struct message *message)
{
    struct lease *lease = node->lease;
    struct entries_reader entries =
        entries_reader_over(&message->as.entries, node->config.nodes, node->config.slots);
    while (entries_next(&entries)) {
        if (entries.begins) {
            lease_changes_begin(lease);
            if (entries.left && take_whole(node, message->from, &entries))
                continue;
        }
        take(node, message->from, &entries.entry);
    }
    proposer_send_entries(node, message->from, LEASE_ANSWERS, &lease->answers);
    lease_records_end(node);
}

void lease_end_step(struct node *node)
{
    follow_view(node);
    if (node->lease->changed)
        run(node);
    lease_records_end(node);
    proposer_send(node);
    if (node->lease->wake_ns == INT64_MIN)
        set_wake(node);
}
