#include "node/proposer.h"

#include "base/random.h"
#include "node/worker.h"

/* Who is for the slot's attempt; those against it follow. */
static uint64_t *answered(const struct node *node, const struct lease_slot *slot)
{
    size_t number = lease_slot_number(node, slot);
    return node->lease->answered + number * 2 * bits_words(node->config.nodes);
}

/* ---- messages out -------------------------------------------------------------------------- */

void proposer_send_entries(struct node *node, node_id to, uint8_t code,
                           const struct entries *entries)
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
            proposer_send_entries(node, peer, LEASE_ASKS, asks);
    entries_close(asks);
}

/* ---- attempts ------------------------------------------------------------------------------ */

/* Asks all acceptors, this node's own first. */
static void ask(struct node *node, const struct lease_slot *slot, enum entry_kind kind,
                const struct ballot *ballot)
{
    struct entry asked = {.kind = kind,
                          .slot = lease_slot_number(node, slot),
                          .ballot = *ballot,
                          .other = slot->held};
    if (kind == ENTRY_ACCEPT)
        asked.token = slot->proposed;
    if (entries_are_full(&node->lease->asks))
        send_asks(node);
    entries_add(&node->lease->asks, &asked);
    if (acceptor_take(&node->lease->acceptor, &asked, node->now_ns, &asked))
        proposer_take(node, node->config.self, &asked);
}

void proposer_give_up(struct node *node, struct lease_slot *slot)
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
    lease_slot_touch(node, slot);
}

static void begin_attempt(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    if (!slot->held.round)
        proposer_give_up(node, slot);
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

void proposer_go_on(struct node *node, struct lease_slot *slot)
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
    lease_slot_touch(node, slot);
    lease_slot_record(node, slot, renewed ? LEASE_RENEWED : LEASE_WON);
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

void proposer_take(struct node *node, node_id from, const struct entry *answer)
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

void proposer_release(struct node *node, const struct lease_slot *slot, const struct ballot *held)
{
    ask(node, slot, ENTRY_RELEASE, held);
}

void proposer_send(struct node *node)
{
    const struct entries *asks = &node->lease->asks;
    if (asks->size || asks->failed)
        send_asks(node);
}
