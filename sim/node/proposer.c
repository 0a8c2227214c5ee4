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

void proposer_send_entries(struct node *node, node_id to, uint8_t code, struct entries *entries)
{
    struct string_builder *bytes = &node->lease->bytes;
    if (!entries->count && !entries->failed)
        return;
    bytes->size = 0;
    bytes->failed = false;
    entries_put(entries, bytes);
    entries_clear(entries);
    struct text text = {0};
    if (bytes->failed || text_set(&text, bytes->text, bytes->size))
        return;
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        struct message message = {.kind = MESSAGE_LEASE, .code = code};
        bool meant = to == NODE_NONE ? peer != node->config.self : peer == to;
        if (meant && !text_copy(&message.as.entries, &text))
            node_send(node, peer, &message);
    }
    text_clear(&text);
}

void proposer_send(struct node *node)
{
    proposer_send_entries(node, NODE_NONE, LEASE_ASKS, &node->lease->asks);
}

/* ---- slots that are alike ------------------------------------------------------------------ */

static struct acceptance *accepted_of(const struct node *node, const struct lease_slot *slot)
{
    return &node->lease->acceptor.slots[lease_slot_number(node, slot)];
}

static bool is_same(const struct ballot *a, const struct ballot *b)
{
    return ballot_compare(a, b) == 0;
}

/* Whether all is the same that `alike` is said of. */
static bool is_like(const struct node *node, const struct lease_slot *a, const struct lease_slot *b)
{
    const struct acceptance *at_a = accepted_of(node, a), *at_b = accepted_of(node, b);
    size_t answers = 2 * bits_words(node->config.nodes) * sizeof(uint64_t);
    return is_same(&a->held, &b->held) && a->until_ns == b->until_ns &&
           token_compare(&a->token, &b->token) == 0 && is_same(&a->attempt, &b->attempt) &&
           a->accepting == b->accepting && a->outbid == b->outbid && a->for_count == b->for_count &&
           a->against_count == b->against_count && a->deadline_ns == b->deadline_ns &&
           token_compare(&a->proposed, &b->proposed) == 0 &&
           memcmp(answered(node, a), answered(node, b), answers) == 0 &&
           is_same(&at_a->promised, &at_b->promised) && is_same(&at_a->accepted, &at_b->accepted) &&
           at_a->until_ns == at_b->until_ns && token_compare(&at_a->token, &at_b->token) == 0;
}

/* Makes all the same that `alike` is said of. */
static void copy(const struct node *node, uint32_t from, uint32_t to)
{
    struct lease *lease = node->lease;
    size_t words = 2 * bits_words(node->config.nodes);
    memcpy(&lease->slots[to], &lease->slots[from], offsetof(struct lease_slot, at_ns));
    for (size_t i = 0; i < words; i++)
        lease->answered[to * words + i] = lease->answered[from * words + i];
    lease->acceptor.slots[to] = lease->acceptor.slots[from];
}

/* Does to the slot what was done to one that was like it. False: there was none. */
static bool follow(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    uint32_t number = lease_slot_number(node, slot);
    uint64_t accepted = lease->acceptor.slots[number].alike;
    const struct lease_example *example = lease->examples;
    const struct lease_example *end = example + lease->examples_count;
    while (example < end && (example->proposed != slot->alike || example->accepted != accepted))
        example++;
    if (example == end || (example->asked && entries_are_full(&lease->asks)))
        return false;
    copy(node, example->slot, number);
    if (example->asked)
        entries_add_alike(&lease->asks, example->group, number);
    if (example->timed) {
        slot->at_ns = lease->slots[example->slot].at_ns;
        lease->blocks[number / LEASE_BLOCK].next_ns = INT64_MIN;
    }
    if (example->renewed)
        lease_slot_record(node, slot, LEASE_RENEWED);
    return true;
}

static void begin_example(struct node *node, const struct lease_slot *slot)
{
    node->lease->unlike = false;
    node->lease->doing = (struct lease_example){.proposed = slot->alike,
                                                .accepted = accepted_of(node, slot)->alike,
                                                .slot = lease_slot_number(node, slot)};
}

/* Gives the slot the numbers of an example that it has become like, or new ones. */
static void number_alike(const struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    slot->alike = accepted_of(node, slot)->alike = ++lease->alike;
    for (uint32_t i = 0; i < lease->examples_count; i++) {
        const struct lease_slot *other = &lease->slots[lease->examples[i].slot];
        if (!is_like(node, other, slot))
            continue;
        slot->alike = other->alike;
        accepted_of(node, slot)->alike = accepted_of(node, other)->alike;
        return;
    }
}

/* What can be done again by a copy is an example for the slots to come. */
static void end_example(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    if (lease->unlike)
        lease->examples_count = 0;
    number_alike(node, slot);
    if (lease->unlike || !lease->doing.proposed || !lease->doing.accepted)
        return;
    lease->examples_count = min_u32(lease->examples_count + 1, LEASE_EXAMPLES);
    for (uint32_t i = lease->examples_count; i-- > 1;)
        lease->examples[i] = lease->examples[i - 1];
    lease->examples[0] = lease->doing;
}

void proposer_begin_group(struct node *node)
{
    node->lease->examples_count = 0;
}

void proposer_begin_walk(struct node *node)
{
    node->lease->begun = 0;
    proposer_begin_group(node);
}

/* ---- attempts ------------------------------------------------------------------------------ */

static void take_answer(struct node *node, struct lease_slot *slot, node_id from,
                        const struct entry *answer);

/* Asks all acceptors, this node's own first. */
static void ask(struct node *node, struct lease_slot *slot, enum entry_kind kind,
                const struct ballot *ballot)
{
    struct lease *lease = node->lease;
    struct entry asked = {.kind = kind,
                          .slot = lease_slot_number(node, slot),
                          .ballot = *ballot,
                          .other = slot->held};
    if (kind == ENTRY_ACCEPT)
        asked.token = slot->proposed;
    if (entries_are_full(&lease->asks)) {
        proposer_send(node);
        proposer_begin_group(node);
    }
    lease->unlike |= lease->doing.asked;
    lease->doing.asked = true;
    lease->doing.group = entries_add(&lease->asks, &asked);
    lease->unlike |= lease->asks.failed;
    if (acceptor_take(&lease->acceptor, &asked, node->now_ns, &asked))
        take_answer(node, slot, node->config.self, &asked);
}

void proposer_give_up(struct node *node, struct lease_slot *slot)
{
    struct ballot attempt = slot->attempt;
    slot->attempt = (struct ballot){0};
    slot->alike = 0;
    if (attempt.round && slot->accepting)
        ask(node, slot, ENTRY_RELEASE, &attempt);
}

static void clear_answers(const struct node *node, struct lease_slot *slot)
{
    memset(answered(node, slot), 0, 2 * bits_words(node->config.nodes) * sizeof(uint64_t));
    slot->for_count = slot->against_count = 0;
    slot->outbid = false;
}

static void look_later(const struct node *node, struct lease_slot *slot, int64_t at_ns)
{
    slot->at_ns = at_ns;
    lease_slot_touch(node, slot);
    node->lease->doing.timed = true;
}

static void poll_later(const struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    if (lease->polled_ns != node->now_ns) {
        uint64_t bits = random_draw(node->config.self, (uint64_t)node->now_ns);
        uint64_t poll = (uint64_t)lease->poll_ns;
        lease->polled_ns = node->now_ns;
        lease->poll_at_ns = node->now_ns + (int64_t)(poll + random_below(bits, poll / 2 + 1));
    }
    look_later(node, slot, lease->poll_at_ns);
}

static void begin_attempt(struct node *node, struct lease_slot *slot)
{
    struct lease *lease = node->lease;
    if (!slot->held.round)
        proposer_give_up(node, slot);
    if (!lease->begun || lease->begun < lease->round)
        lease->begun = ++lease->round;
    slot->attempt = (struct ballot){
        .round = lease->begun, .node = node->config.self, .incarnation = node->config.incarnation};
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

void proposer_go_on(struct node *node, struct lease_slot *slot)
{
    if (follow(node, slot))
        return;
    begin_example(node, slot);
    go_on(node, slot);
    end_example(node, slot);
}

static void win(struct node *node, struct lease_slot *slot)
{
    bool renewed = slot->held.round;
    slot->held = slot->attempt;
    slot->attempt = (struct ballot){0};
    slot->until_ns = slot->deadline_ns;
    slot->token = slot->proposed;
    look_later(node, slot, slot->until_ns - node->config.lease_ns / 3 * 2);
    lease_slot_record(node, slot, renewed ? LEASE_RENEWED : LEASE_WON);
    node->lease->doing.renewed = renewed;
    node->lease->unlike |= !renewed;
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

static bool is_awaited(const struct lease_slot *slot, const struct entry *answer)
{
    return slot->attempt.round && is_same(&answer->ballot, &slot->attempt) &&
           answer->kind != (slot->accepting ? ENTRY_PROMISE : ENTRY_ACCEPTED);
}

static void take_answer(struct node *node, struct lease_slot *slot, node_id from,
                        const struct entry *answer)
{
    struct lease *lease = node->lease;
    bool is_for = counts_for(slot, answer);
    lease->unlike |= answer->other.round > lease->round;
    lease->round = max_u64(lease->round, answer->other.round);
    if (!is_awaited(slot, answer) || !count(node, slot, from, is_for))
        return;
    slot->outbid |= answer->kind == ENTRY_REFUSED && answer->other.round;
    if (slot->for_count + slot->against_count >= lease->majority)
        lease->unanswered_ns = TIME_NEVER;
    if (!slot->accepting && !slot->held.round && token_compare(&slot->proposed, &answer->token) < 0)
        slot->proposed = answer->token;
    if (is_for && slot->for_count == lease->majority)
        take_majority(node, slot);
}

void proposer_take(struct node *node, node_id from, const struct entry *answer)
{
    struct lease *lease = node->lease;
    struct lease_slot *slot = &lease->slots[answer->slot];
    lease->round = max_u64(lease->round, answer->other.round);
    if (!is_awaited(slot, answer) || follow(node, slot))
        return;
    begin_example(node, slot);
    take_answer(node, slot, from, answer);
    end_example(node, slot);
}

void proposer_release(struct node *node, struct lease_slot *slot, const struct ballot *held)
{
    slot->alike = 0;
    ask(node, slot, ENTRY_RELEASE, held);
}
