#include "node/proposer.h"

#include "base/random.h"
#include "node/worker.h"

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

/* ---- attempts ------------------------------------------------------------------------------ */

/* The functions below change `state`, which is the slot's alone: see lease_state.h. */

static void take_answer(struct node *node, uint32_t slot, struct lease_state *state, node_id from,
                        const struct entry *answer);

/* Asks all acceptors, this node's own first. */
static void ask(struct node *node, uint32_t slot, struct lease_state *state, enum entry_kind kind,
                const struct ballot *ballot)
{
    struct lease *lease = node->lease;
    struct entry asked = {.kind = kind, .slot = slot, .ballot = *ballot, .other = state->held};
    if (kind == ENTRY_ACCEPT)
        asked.token = state->proposed;
    if (entries_are_full(&lease->asks)) {
        proposer_send(node);
        lease_changes_begin(lease);
    }
    lease_say(lease, &lease->asks, &asked);
    if (acceptor_take(&lease->acceptor, &state->acceptance, &asked, node->now_ns, &asked))
        take_answer(node, slot, state, node->config.self, &asked);
}

static void give_up(struct node *node, uint32_t slot, struct lease_state *state)
{
    struct ballot attempt = state->attempt;
    state->attempt = (struct ballot){0};
    if (attempt.round && state->accepting)
        ask(node, slot, state, ENTRY_RELEASE, &attempt);
}

void proposer_give_up(struct node *node, uint32_t slot)
{
    struct lease *lease = node->lease;
    if (lease_follow(node, slot))
        return;
    struct lease_state *state = lease_change_begin(lease, slot);
    state->at_ns = TIME_NEVER;
    if (!state->held.round)
        give_up(node, slot, state);
    lease_change_end(lease, slot);
}

void proposer_release(struct node *node, uint32_t slot)
{
    struct lease *lease = node->lease;
    if (lease_follow(node, slot))
        return;
    struct lease_state *state = lease_change_begin(lease, slot);
    struct ballot held = state->held;
    state->held = (struct ballot){0};
    state->at_ns = TIME_NEVER;
    ask(node, slot, state, ENTRY_RELEASE, &held);
    give_up(node, slot, state);
    lease_change_end(lease, slot);
}

static void clear_answers(const struct node *node, struct lease_state *state)
{
    memset(state->answered, 0, 2 * bits_words(node->config.nodes) * sizeof(uint64_t));
    state->for_count = state->against_count = 0;
    state->outbid = false;
}

static void poll_later(const struct node *node, struct lease_state *state)
{
    struct lease *lease = node->lease;
    if (lease->polled_ns != node->now_ns) {
        uint64_t bits = random_draw(node->config.self, (uint64_t)node->now_ns);
        uint64_t poll = (uint64_t)lease->poll_ns;
        lease->polled_ns = node->now_ns;
        lease->poll_at_ns = node->now_ns + (int64_t)(poll + random_below(bits, poll / 2 + 1));
    }
    state->at_ns = lease->poll_at_ns;
}

static void begin_attempt(struct node *node, uint32_t slot, struct lease_state *state)
{
    struct lease *lease = node->lease;
    if (!state->held.round)
        give_up(node, slot, state);
    if (!lease->begun || lease->begun < lease->round)
        lease->begun = ++lease->round;
    state->attempt = (struct ballot){
        .round = lease->begun, .node = node->config.self, .incarnation = node->config.incarnation};
    state->accepting = false;
    state->deadline_ns = node->now_ns + node->config.lease_ns;
    state->proposed = state->held.round ? state->token : (struct token){0};
    clear_answers(node, state);
    poll_later(node, state);
    if (lease->unanswered_ns == TIME_NEVER)
        lease->unanswered_ns = node->now_ns;
    ask(node, slot, state, ENTRY_PREPARE, &state->attempt);
}

/* A higher ballot was promised, too many are against it, or it has taken so long that it would soon
 * be over. */
static bool is_hopeless(const struct node *node, const struct lease_state *state)
{
    return state->outbid || state->against_count > node->config.nodes - node->lease->majority ||
           node->now_ns >= state->deadline_ns - node->config.lease_ns / 2;
}

void proposer_begin_walk(struct node *node)
{
    node->lease->begun = 0;
    lease_changes_begin(node->lease);
}

void proposer_go_on(struct node *node, uint32_t slot)
{
    struct lease *lease = node->lease;
    if (lease_follow(node, slot))
        return;
    struct lease_state *state = lease_change_begin(lease, slot);
    if (!state->attempt.round || is_hopeless(node, state)) {
        begin_attempt(node, slot, state);
    } else {
        poll_later(node, state);
        ask(node, slot, state, state->accepting ? ENTRY_ACCEPT : ENTRY_PREPARE, &state->attempt);
    }
    lease_change_end(lease, slot);
}

static void win(struct node *node, uint32_t slot, struct lease_state *state)
{
    bool renewed = state->held.round;
    state->held = state->attempt;
    state->attempt = (struct ballot){0};
    state->until_ns = state->deadline_ns;
    state->token = state->proposed;
    state->at_ns = state->until_ns - node->config.lease_ns / 3 * 2;
    lease_record(node, slot, renewed ? LEASE_RENEWED : LEASE_WON);
    node->lease->doing.renewed = renewed;
    if (renewed)
        return;
    node->lease->unlike = true;
    bits_add(node->lease->unsure, slot);
    worker_take_waiting(node, &node->lease->slots[slot]);
}

/* A majority is for the attempt. The deadline is looked at here, where the answer is handled. */
static void take_majority(struct node *node, uint32_t slot, struct lease_state *state)
{
    if (node->now_ns >= state->deadline_ns)
        return;
    if (state->accepting) {
        win(node, slot, state);
        return;
    }
    state->accepting = true;
    if (!state->held.round)
        state->proposed.counter++;
    clear_answers(node, state);
    poll_later(node, state);
    ask(node, slot, state, ENTRY_ACCEPT, &state->attempt);
}

static bool counts_for(const struct lease_state *state, const struct entry *answer)
{
    if (answer->kind != ENTRY_PROMISE)
        return answer->kind == ENTRY_ACCEPTED;
    return !answer->other.round || ballot_compare(&answer->other, &state->held) == 0;
}

/* Counts each acceptor once: for the attempt as soon as it is, since asked again it may answer
 * otherwise. False: nothing new. */
static bool count(const struct node *node, struct lease_state *state, node_id from, bool is_for)
{
    uint64_t *fors = state->answered;
    uint64_t *againsts = fors + bits_words(node->config.nodes);
    if (bits_has(fors, from) || (!is_for && bits_has(againsts, from)))
        return false;
    if (is_for && bits_has(againsts, from)) {
        bits_remove(againsts, from);
        state->against_count--;
    }
    bits_add(is_for ? fors : againsts, from);
    state->for_count += is_for;
    state->against_count += !is_for;
    return true;
}

static bool is_awaited(const struct lease_state *state, const struct entry *answer)
{
    return state->attempt.round && ballot_compare(&answer->ballot, &state->attempt) == 0 &&
           answer->kind != (state->accepting ? ENTRY_PROMISE : ENTRY_ACCEPTED);
}

static void take_answer(struct node *node, uint32_t slot, struct lease_state *state, node_id from,
                        const struct entry *answer)
{
    struct lease *lease = node->lease;
    bool is_for = counts_for(state, answer);
    lease->unlike |= answer->other.round > lease->round;
    lease->round = max_u64(lease->round, answer->other.round);
    if (!is_awaited(state, answer) || !count(node, state, from, is_for))
        return;
    state->outbid |= answer->kind == ENTRY_REFUSED && answer->other.round;
    if (state->for_count + state->against_count >= lease->majority)
        lease->unanswered_ns = TIME_NEVER;
    if (!state->accepting && !state->held.round &&
        token_compare(&state->proposed, &answer->token) < 0)
        state->proposed = answer->token;
    if (is_for && state->for_count == lease->majority)
        take_majority(node, slot, state);
}

void proposer_take(struct node *node, node_id from, const struct entry *answer)
{
    struct lease *lease = node->lease;
    lease->round = max_u64(lease->round, answer->other.round);
    if (lease_follow(node, answer->slot) || !is_awaited(lease->state_of[answer->slot], answer))
        return;
    struct lease_state *state = lease_change_begin(lease, answer->slot);
    take_answer(node, answer->slot, state, from, answer);
    lease_change_end(lease, answer->slot);
}
