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

struct lease_slot *lease_slot(const struct node *node, const struct text *id)
{
    return &node->lease->slots[id_slot(id, node->config.slots)];
}

bool lease_holds(const struct node *node, const struct text *id)
{
    return lease_slot_is_held(node, lease_slot(node, id));
}

struct token lease_token(const struct node *node, const struct text *id)
{
    return lease_slot(node, id)->token;
}

/* The route of a slot is that of its number as an id. */
static node_id route_slot(const struct node *node, const struct view *view, uint32_t number)
{
    struct text id = text_of_number(number);
    return route_owner(node->config.router, view, node->config.self, &id);
}

node_id lease_preferred_by(const struct node *node, const struct view *view, const struct text *id)
{
    return route_slot(node, view, id_slot(id, node->config.slots));
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
static bool wants(const struct node *node, const struct lease_slot *slot)
{
    bool held = lease_slot_is_held(node, slot);
    if (held && (slot->in_mailboxes || slot->moving))
        return true;
    if (node->phase == PHASE_LEAVING || (!held && node->view.count < node->lease->majority))
        return false;
    return slot->preferred == node->config.self || slot->waiting_count || slot->in_mailboxes;
}

static void look_at(struct node *node, struct lease_slot *slot)
{
    slot->at_ns = node->now_ns;
    lease_slot_touch(node, slot);
    node->lease->changed = true;
}

void lease_wanted(struct node *node, struct lease_slot *slot)
{
    lease_block_of(node, slot)->waits = true;
    if (!slot->attempt.round)
        look_at(node, slot);
    else if (!lease_reaches_majority(node))
        node->lease->changed = true;
}

/* Perhaps it holds the lease for nothing now. */
static void wants_less(struct node *node, struct lease_slot *slot)
{
    if (slot->held.round && !slot->in_mailboxes && !slot->moving && !wants(node, slot))
        look_at(node, slot);
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

/* ---- messages out -------------------------------------------------------------------------- */

void lease_describe_all(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++)
        if (lease_slot_is_held(node, &node->lease->slots[i]))
            lease_slot_record(node, &node->lease->slots[i], LEASE_HELD);
}

/* ---- ends ---------------------------------------------------------------------------------- */

/* What ends now ends for the workers first, then for the acceptors. */
static void end_leases(struct node *node)
{
    bool any = false;
    for (uint32_t i = 0; (i = lease_slots_due_from(node, i, node->now_ns)) < node->config.slots;
         i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        if (!slot->held.round)
            continue;
        if (!lease_slot_is_held(node, slot))
            slot->ending = LEASE_LOST;
        else if (!wants(node, slot))
            slot->ending = LEASE_RELEASED;
        any |= slot->ending != 0;
    }
    if (!any)
        return;
    worker_end_unleased(node);
    for (uint32_t i = 0; (i = lease_slots_due_from(node, i, node->now_ns)) < node->config.slots;
         i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        if (!slot->ending)
            continue;
        struct ballot held = slot->held;
        lease_slot_record(node, slot, (enum lease_how)slot->ending);
        slot->ending = 0;
        slot->held = (struct ballot){0};
        slot->alike = 0;
        slot->at_ns = node->now_ns;
        lease_slot_touch(node, slot);
        proposer_release(node, slot, &held);
        proposer_give_up(node, slot);
    }
}

/* ---- steps --------------------------------------------------------------------------------- */

/* When something of the block is due. */
static int64_t look_up(const struct node *node, uint32_t number)
{
    struct lease_block *block = &node->lease->blocks[number];
    uint32_t end = min_u32((number + 1) * LEASE_BLOCK, node->config.slots);
    int64_t next_ns = TIME_NEVER;
    bool wanted = true;
    if (block->next_ns != INT64_MIN)
        return block->next_ns;
    for (uint32_t i = number * LEASE_BLOCK; i < end; i++) {
        const struct lease_slot *slot = &node->lease->slots[i];
        next_ns = min_i64(next_ns, slot->at_ns);
        if (slot->held.round) {
            next_ns = min_i64(next_ns, slot->until_ns);
            wanted = wanted && wants(node, slot);
        }
    }
    if (wanted)
        block->next_ns = next_ns;
    return next_ns;
}

static void set_wake(struct node *node)
{
    int64_t wake_ns = TIME_NEVER;
    for (uint32_t i = 0; i < lease_blocks(node); i++)
        wake_ns = min_i64(wake_ns, look_up(node, i));
    node->lease->wake_ns = wake_ns;
}

static bool is_renewal_due(const struct node *node)
{
    const struct lease_slot *slots = node->lease->slots;
    for (uint32_t i = 0; (i = lease_slots_due_from(node, i, node->now_ns)) < node->config.slots;
         i++)
        if (slots[i].held.round && slots[i].at_ns <= node->now_ns)
            return true;
    return false;
}

/* What is due at once takes renewals along that would be soon. */
static void run_slots(struct node *node)
{
    bool renews = is_renewal_due(node);
    proposer_begin_walk(node);
    int64_t soon_ns = node->now_ns + (renews ? node->config.lease_ns / 12 : 0);
    for (uint32_t i = 0; (i = lease_slots_due_from(node, i, soon_ns)) < node->config.slots; i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        bool along = slot->held.round && !slot->attempt.round;
        if (slot->at_ns > (along ? soon_ns : node->now_ns))
            continue;
        slot->at_ns = TIME_NEVER;
        lease_slot_touch(node, slot);
        if (wants(node, slot))
            proposer_go_on(node, slot);
        else if (!slot->held.round)
            proposer_give_up(node, slot);
    }
}

static void refuse_waiting_in(struct node *node, uint32_t number)
{
    uint32_t end = min_u32((number + 1) * LEASE_BLOCK, node->config.slots);
    node->lease->blocks[number].waits = false;
    for (uint32_t i = number * LEASE_BLOCK; i < end; i++)
        if (!lease_slot_is_held(node, &node->lease->slots[i]))
            worker_refuse_waiting(node, &node->lease->slots[i], OUTCOME_UNAVAILABLE);
}

/* Where no majority can be reached nobody waits. */
static void refuse_waiting(struct node *node)
{
    if (lease_reaches_majority(node))
        return;
    for (uint32_t i = 0; i < lease_blocks(node); i++)
        if (node->lease->blocks[i].waits)
            refuse_waiting_in(node, i);
}

/* A new view: each slot is looked at that has another preferred owner than before, or none. */
static void look_at_all(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        if (!wants(node, slot) || (!slot->held.round && !slot->attempt.round))
            slot->at_ns = node->now_ns;
    }
    lease_slots_touch(node);
}

void lease_leave(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++)
        worker_refuse_waiting(node, &node->lease->slots[i], OUTCOME_STOPPING);
    lease_slots_touch(node);
    node->lease->changed = true;
}

static void run(struct node *node)
{
    if (node->lease->view_changed)
        look_at_all(node);
    node->lease->changed = node->lease->view_changed = false;
    end_leases(node);
    run_slots(node);
    refuse_waiting(node);
    set_wake(node);
}

void lease_end_due(struct node *node)
{
    if (node->now_ns < node->lease->wake_ns)
        return;
    end_leases(node);
    node->lease->changed = true;
}

/* ---- messages in --------------------------------------------------------------------------- */

/* Another one has released the slot: nobody waits for the next poll. */
static void try_again(struct node *node, struct lease_slot *slot)
{
    if (slot->attempt.round && !slot->held.round && !slot->accepting)
        look_at(node, slot);
}

/* Whether the acceptor does to the slot what it did to the one before it in the group, which was
 * like it. */
static bool accept_alike(struct lease *lease, uint32_t slot)
{
    struct acceptance *slots = lease->acceptor.slots;
    const struct lease_example *example = lease->examples;
    if (!lease->examples_count || !slots[slot].alike || slots[slot].alike != example->accepted ||
        entries_are_full(&lease->answers))
        return false;
    slots[slot] = slots[example->slot];
    if (example->answered)
        entries_add_alike(&lease->answers, example->group, slot);
    return true;
}

/* Answers what the acceptor of this node is asked. */
static void take_asked(struct node *node, node_id from, const struct entry *asked)
{
    struct lease *lease = node->lease;
    struct acceptance *acceptance = &lease->acceptor.slots[asked->slot];
    struct lease_example example = {.accepted = acceptance->alike, .slot = asked->slot};
    struct entry answer;
    if (asked->ballot.node != from || accept_alike(lease, asked->slot))
        return; /* nobody asks for another one */
    example.answered = acceptor_take(&lease->acceptor, asked, node->now_ns, &answer);
    if (asked->kind == ENTRY_RELEASE) {
        try_again(node, &lease->slots[asked->slot]);
        return;
    }
    if (entries_are_full(&lease->answers))
        proposer_send_entries(node, from, LEASE_ANSWERS, &lease->answers);
    if (example.answered)
        example.group = entries_add(&lease->answers, &answer);
    acceptance->alike = ++lease->alike;
    lease->examples[0] = example;
    lease->examples_count = !lease->answers.failed;
}

void lease_take(struct node *node, const struct message *message)
{
    struct entries_reader entries =
        entries_reader_over(&message->as.entries, node->config.nodes, node->config.slots);
    while (entries_next(&entries)) {
        if (entries.begins)
            proposer_begin_group(node);
        if (entries.entry.kind <= ENTRY_RELEASE)
            take_asked(node, message->from, &entries.entry);
        else
            proposer_take(node, message->from, &entries.entry);
    }
    proposer_send_entries(node, message->from, LEASE_ANSWERS, &node->lease->answers);
    lease_slots_record(node);
    set_wake(node);
}

void lease_end_step(struct node *node)
{
    follow_view(node);
    if (node->lease->changed)
        run(node);
    lease_slots_record(node);
    proposer_send(node);
}
