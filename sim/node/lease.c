#include "node/lease.h"

#include "base/number.h"
#include "base/random.h"
#include "node/id.h"
#include "node/worker.h"

#define MILLION 1000000

int64_t lease_excludes_ns(int64_t lease_ns, uint32_t drift_ppm)
{
    int64_t more = 2 * (int64_t)drift_ppm, part = MILLION - (int64_t)drift_ppm;
    return lease_ns + lease_ns / part * more + (lease_ns % part * more + part - 1) / part;
}

/* So much time for each slot lies between polls: a node that can't keep up with those of all slots
 * would not get its leases. */
#define POLL_SLOT_NS (3 * NS_PER_US)

/* ---- making and closing -------------------------------------------------------------------- */

/* Who is for the slot's attempt; those against it follow. */
static uint64_t *answered(const struct node *node, const struct lease_slot *slot)
{
    size_t number = (size_t)(slot - node->lease->slots);
    return node->lease->answered + number * 2 * bits_words(node->config.nodes);
}

static uint32_t count_blocks(const struct node *node)
{
    return (node->config.slots + LEASE_BLOCK - 1) / LEASE_BLOCK;
}

static struct lease_block *block_of(const struct node *node, const struct lease_slot *slot)
{
    return &node->lease->blocks[(size_t)(slot - node->lease->slots) / LEASE_BLOCK];
}

/* A time of the slot has changed, or what it is held for. */
static void touch(const struct node *node, const struct lease_slot *slot)
{
    block_of(node, slot)->next_ns = INT64_MIN;
}

static void touch_all(const struct node *node)
{
    for (uint32_t i = 0; i < count_blocks(node); i++)
        node->lease->blocks[i].next_ns = INT64_MIN;
}

/* The first slot from this one on whose block has something due by then, or how many slots there
 * are. For walks. */
static uint32_t due_from(const struct node *node, uint32_t number, int64_t by_ns)
{
    while (number < node->config.slots && number % LEASE_BLOCK == 0 &&
           node->lease->blocks[number / LEASE_BLOCK].next_ns > by_ns)
        number += LEASE_BLOCK;
    return min_u32(number, node->config.slots);
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
    lease->slots = memory_zeroed(slots * sizeof *lease->slots);
    lease->blocks = memory_zeroed(count_blocks(node) * sizeof *lease->blocks);
    lease->acceptor.slots = memory_zeroed(slots * sizeof *lease->acceptor.slots);
    lease->answered = bits_new(slots * 128 * bits_words(node->config.nodes));
    if (!lease->slots || !lease->blocks || !lease->acceptor.slots || !lease->answered) {
        lease_close(node);
        return ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < slots; i++) {
        lease->slots[i].at_ns = TIME_NEVER;
        lease->slots[i].preferred = NODE_NONE;
    }
    touch_all(node);
    lease->acceptor.excludes_ns = lease_excludes_ns(node->config.lease_ns, node->config.drift_ppm);
    lease->acceptor.epoch_kept = node->config.lease_epoch;
    if (node->config.incarnation > 1)
        lease->acceptor.epoch = node->config.lease_epoch + 1;
    lease->majority = node->config.nodes / 2 + 1;
    lease->epoch = UINT32_MAX;
    lease->wake_ns = lease->unanswered_ns = TIME_NEVER;
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
    seal_close(&lease->sent);
    seal_close(&lease->received);
    memory_free(lease->answered);
    memory_free(lease->acceptor.slots);
    memory_free(lease->blocks);
    memory_free(lease->slots);
    memory_free(lease);
    node->lease = NULL;
}

void lease_start(struct node *node)
{
    struct acceptor *acceptor = &node->lease->acceptor;
    if (node->config.incarnation > 1)
        acceptor->silent_until_ns = node->now_ns + acceptor->excludes_ns;
    node->lease->changed = true;
}

/* ---- what is known ------------------------------------------------------------------------- */

static bool is_held(const struct node *node, const struct lease_slot *slot)
{
    return slot->held.round && node->now_ns < slot->until_ns;
}

struct lease_slot *lease_slot(const struct node *node, const struct text *id)
{
    return &node->lease->slots[id_slot(id, node->config.slots)];
}

bool lease_holds(const struct node *node, const struct text *id)
{
    return is_held(node, lease_slot(node, id));
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
    bool held = is_held(node, slot);
    if (held && (slot->in_mailboxes || slot->moving))
        return true;
    if (node->phase == PHASE_LEAVING || (!held && node->view.count < node->lease->majority))
        return false;
    return slot->preferred == node->config.self || slot->waiting_count || slot->in_mailboxes;
}

static void look_at(struct node *node, struct lease_slot *slot)
{
    slot->at_ns = node->now_ns;
    touch(node, slot);
    node->lease->changed = true;
}

void lease_wanted(struct node *node, struct lease_slot *slot)
{
    block_of(node, slot)->waits = true;
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

static void record(struct node *node, const struct lease_slot *slot, enum lease_how how)
{
    struct record record = record_of(RECORD_LEASE);
    record.code = (uint8_t)how;
    record.number = (uint64_t)(slot - node->lease->slots);
    record.epoch = slot->token.epoch;
    record.worker = slot->token.counter;
    record.amount = slot->until_ns;
    node_record(node, &record);
}

/* ---- messages out -------------------------------------------------------------------------- */

/* Where there is no memory for them it is as if they were lost. */
static void send(struct node *node, node_id to, uint8_t code, const struct entries *entries)
{
    struct message message = {.kind = MESSAGE_LEASE, .code = code};
    if (!entries->failed && !text_set(&message.as.entries, entries->bytes, entries->size))
        node_send(node, to, &message);
}

static void send_asks(struct node *node)
{
    struct entries *asks = &node->lease->asks;
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self)
            send(node, peer, LEASE_ASKS, asks);
    entries_close(asks);
}

void lease_describe_all(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++)
        if (is_held(node, &node->lease->slots[i]))
            record(node, &node->lease->slots[i], LEASE_HELD);
}

/* ---- attempts ------------------------------------------------------------------------------ */

static void take_answer(struct node *node, node_id from, const struct entry *answer);

/* Asks all acceptors, this node's own first. */
static void ask(struct node *node, const struct lease_slot *slot, enum entry_kind kind,
                const struct ballot *ballot)
{
    struct entry asked = {.kind = kind,
                          .slot = (uint32_t)(slot - node->lease->slots),
                          .ballot = *ballot,
                          .other = slot->held};
    if (kind == ENTRY_ACCEPT)
        asked.token = slot->proposed;
    if (entries_are_full(&node->lease->asks))
        send_asks(node);
    entries_add(&node->lease->asks, &asked);
    if (acceptor_take(&node->lease->acceptor, &asked, node->now_ns, &asked))
        take_answer(node, node->config.self, &asked);
}

/* Nobody will count what comes for it. Not to be called for one that is to renew a held lease. */
static void give_up_attempt(struct node *node, struct lease_slot *slot)
{
    struct ballot attempt = slot->attempt;
    slot->attempt = (struct ballot){0};
    if (attempt.round && slot->accepting)
        ask(node, slot, ENTRY_RELEASE, &attempt);
}

static void clear_answers(const struct node *node, struct lease_slot *slot)
{
    memset(answered(node, slot), 0, 2 * bits_words(node->config.nodes) * sizeof(uint64_t));
    slot->for_count = slot->against_count = 0;
    slot->outbid = false;
}

static void poll_later(const struct node *node, struct lease_slot *slot)
{
    uint64_t bits = random_draw(node->config.self, (uint64_t)node->now_ns);
    uint64_t poll = (uint64_t)node->lease->poll_ns;
    slot->at_ns = node->now_ns + (int64_t)(poll + random_below(bits, poll / 2 + 1));
    touch(node, slot);
}

static void begin_attempt(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    if (!slot->held.round)
        give_up_attempt(node, slot);
    slot->attempt = (struct ballot){.round = ++lease->round,
                                    .node = node->config.self,
                                    .incarnation = node->config.incarnation};
    slot->accepting = false;
    slot->deadline_ns = node->now_ns + node->config.lease_ns;
    slot->proposed = slot->held.round ? slot->token : (struct token){0};
    clear_answers(node, slot);
    poll_later(node, slot);
    if (lease->unanswered_ns == TIME_NEVER)
        lease->unanswered_ns = node->now_ns;
    ask(node, slot, ENTRY_PREPARE, &slot->attempt);
}

/* A higher ballot was promised, too many are against it, or it has taken so long that it would soon
 * be over. */
static bool is_hopeless(const struct node *node, const struct lease_slot *slot)
{
    return slot->outbid || slot->against_count > node->config.nodes - node->lease->majority ||
           node->now_ns >= slot->deadline_ns - node->config.lease_ns / 2;
}

static void go_on(struct node *node, struct lease_slot *slot)
{
    if (!slot->attempt.round || is_hopeless(node, slot)) {
        begin_attempt(node, slot);
        return;
    }
    poll_later(node, slot);
    ask(node, slot, slot->accepting ? ENTRY_ACCEPT : ENTRY_PREPARE, &slot->attempt);
}

static void win(struct node *node, struct lease_slot *slot)
{
    bool renewed = slot->held.round;
    slot->held = slot->attempt;
    slot->attempt = (struct ballot){0};
    slot->until_ns = slot->deadline_ns;
    slot->token = slot->proposed;
    slot->at_ns = slot->until_ns - node->config.lease_ns / 3 * 2;
    touch(node, slot);
    record(node, slot, renewed ? LEASE_RENEWED : LEASE_WON);
    if (!renewed)
        worker_take_waiting(node, slot);
}

/* A majority is for the attempt. The deadline is looked at here, where the answer is handled. */
static void take_majority(struct node *node, struct lease_slot *slot)
{
    if (node->now_ns >= slot->deadline_ns)
        return;
    if (slot->accepting) {
        win(node, slot);
        return;
    }
    slot->accepting = true;
    if (!slot->held.round)
        slot->proposed.counter++;
    clear_answers(node, slot);
    poll_later(node, slot);
    ask(node, slot, ENTRY_ACCEPT, &slot->attempt);
}

static bool counts_for(const struct lease_slot *slot, const struct entry *answer)
{
    if (answer->kind != ENTRY_PROMISE)
        return answer->kind == ENTRY_ACCEPTED;
    return !answer->other.round || ballot_compare(&answer->other, &slot->held) == 0;
}

/* Counts each acceptor once: for the attempt as soon as it is, since asked again it may answer
 * otherwise. False: nothing new. */
static bool count(const struct node *node, struct lease_slot *slot, node_id from, bool is_for)
{
    uint64_t *fors = answered(node, slot);
    uint64_t *againsts = fors + bits_words(node->config.nodes);
    if (bits_has(fors, from) || (!is_for && bits_has(againsts, from)))
        return false;
    if (is_for && bits_has(againsts, from)) {
        bits_remove(againsts, from);
        slot->against_count--;
    }
    bits_add(is_for ? fors : againsts, from);
    slot->for_count += is_for;
    slot->against_count += !is_for;
    return true;
}

static void take_answer(struct node *node, node_id from, const struct entry *answer)
{
    struct lease *lease = node->lease;
    struct lease_slot *slot = &lease->slots[answer->slot];
    lease->round = max_u64(lease->round, answer->other.round);
    bool awaited = answer->kind != (slot->accepting ? ENTRY_PROMISE : ENTRY_ACCEPTED);
    bool is_for = counts_for(slot, answer);
    if (!slot->attempt.round || ballot_compare(&answer->ballot, &slot->attempt) != 0 || !awaited ||
        !count(node, slot, from, is_for))
        return;
    slot->outbid |= answer->kind == ENTRY_REFUSED && answer->other.round;
    if (slot->for_count + slot->against_count >= lease->majority)
        lease->unanswered_ns = TIME_NEVER;
    if (!slot->accepting && !slot->held.round && token_compare(&slot->proposed, &answer->token) < 0)
        slot->proposed = answer->token;
    if (is_for && slot->for_count == lease->majority)
        take_majority(node, slot);
}

/* ---- ends ---------------------------------------------------------------------------------- */

/* What ends now ends for the workers first, then for the acceptors. */
static void end_leases(struct node *node)
{
    bool any = false;
    for (uint32_t i = 0; (i = due_from(node, i, node->now_ns)) < node->config.slots; i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        if (!slot->held.round)
            continue;
        if (!is_held(node, slot))
            slot->ending = LEASE_LOST;
        else if (!wants(node, slot))
            slot->ending = LEASE_RELEASED;
        any |= slot->ending != 0;
    }
    if (!any)
        return;
    worker_end_unleased(node);
    for (uint32_t i = 0; (i = due_from(node, i, node->now_ns)) < node->config.slots; i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        if (!slot->ending)
            continue;
        struct ballot held = slot->held;
        record(node, slot, (enum lease_how)slot->ending);
        slot->ending = 0;
        slot->held = (struct ballot){0};
        slot->at_ns = node->now_ns;
        touch(node, slot);
        ask(node, slot, ENTRY_RELEASE, &held);
        give_up_attempt(node, slot);
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
    for (uint32_t i = 0; i < count_blocks(node); i++)
        wake_ns = min_i64(wake_ns, look_up(node, i));
    node->lease->wake_ns = wake_ns;
}

static bool is_renewal_due(const struct node *node)
{
    const struct lease_slot *slots = node->lease->slots;
    for (uint32_t i = 0; (i = due_from(node, i, node->now_ns)) < node->config.slots; i++)
        if (slots[i].held.round && slots[i].at_ns <= node->now_ns)
            return true;
    return false;
}

/* What is due at once takes renewals along that would be soon. */
static void run_slots(struct node *node)
{
    bool renews = is_renewal_due(node);
    int64_t soon_ns = node->now_ns + (renews ? node->config.lease_ns / 12 : 0);
    for (uint32_t i = 0; (i = due_from(node, i, soon_ns)) < node->config.slots; i++) {
        struct lease_slot *slot = &node->lease->slots[i];
        bool along = slot->held.round && !slot->attempt.round;
        if (slot->at_ns > (along ? soon_ns : node->now_ns))
            continue;
        slot->at_ns = TIME_NEVER;
        touch(node, slot);
        if (wants(node, slot))
            go_on(node, slot);
        else if (!slot->held.round)
            give_up_attempt(node, slot);
    }
}

static void refuse_waiting_in(struct node *node, uint32_t number)
{
    uint32_t end = min_u32((number + 1) * LEASE_BLOCK, node->config.slots);
    node->lease->blocks[number].waits = false;
    for (uint32_t i = number * LEASE_BLOCK; i < end; i++)
        if (!is_held(node, &node->lease->slots[i]))
            worker_refuse_waiting(node, &node->lease->slots[i], OUTCOME_UNAVAILABLE);
}

/* Where no majority can be reached nobody waits. */
static void refuse_waiting(struct node *node)
{
    if (lease_reaches_majority(node))
        return;
    for (uint32_t i = 0; i < count_blocks(node); i++)
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
    touch_all(node);
}

void lease_leave(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++)
        worker_refuse_waiting(node, &node->lease->slots[i], OUTCOME_STOPPING);
    touch_all(node);
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

static void add_answer(struct node *node, node_id to, struct entries *answers,
                       const struct entry *answer)
{
    if (entries_are_full(answers)) {
        send(node, to, LEASE_ANSWERS, answers);
        entries_close(answers);
    }
    entries_add(answers, answer);
}

void lease_take(struct node *node, const struct message *message)
{
    const char *at = text_bytes(&message->as.entries);
    const char *end = at + text_size(&message->as.entries);
    struct entries answers = {0};
    struct entry entry;
    while (entries_next(&at, end, node->config.nodes, node->config.slots, &entry)) {
        bool asks = entry.kind <= ENTRY_RELEASE;
        if (asks && entry.ballot.node != message->from)
            continue; /* nobody asks for another one */
        if (!asks)
            take_answer(node, message->from, &entry);
        else if (acceptor_take(&node->lease->acceptor, &entry, node->now_ns, &entry))
            add_answer(node, message->from, &answers, &entry);
        else if (entry.kind == ENTRY_RELEASE)
            try_again(node, &node->lease->slots[entry.slot]);
    }
    if (answers.size)
        send(node, message->from, LEASE_ANSWERS, &answers);
    entries_close(&answers);
    set_wake(node);
}

void lease_end_step(struct node *node)
{
    struct lease *lease = node->lease;
    follow_view(node);
    if (lease->changed)
        run(node);
    if (lease->asks.size || lease->asks.failed)
        send_asks(node);
}
