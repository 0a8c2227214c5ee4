#include "node/acceptor.h"

#include "base/number.h"

static bool equal(const struct ballot *a, const struct ballot *b)
{
    return ballot_compare(a, b) == 0;
}

static bool is_live(const struct acceptance *slot, int64_t now_ns)
{
    return slot->accepted.round && now_ns < slot->until_ns;
}

static void refuse(const struct acceptance *slot, bool busy, struct entry *answer)
{
    answer->kind = ENTRY_REFUSED;
    answer->other = busy ? (struct ballot){0} : slot->promised;
}

static void prepare(const struct acceptor *acceptor, struct acceptance *slot, int64_t now_ns,
                    struct entry *answer)
{
    bool live = is_live(slot, now_ns);
    bool lower = ballot_compare(&answer->ballot, &slot->promised) < 0;
    if (lower || (live && slot->accepted.node != answer->ballot.node)) {
        refuse(slot, !lower, answer);
        return;
    }
    slot->promised = answer->ballot;
    answer->kind = ENTRY_PROMISE;
    answer->other = live ? slot->accepted : (struct ballot){0};
    struct token first = {.epoch = acceptor->epoch};
    answer->token = token_compare(&slot->token, &first) < 0 ? first : slot->token;
}

static void accept(struct acceptor *acceptor, struct acceptance *slot, int64_t now_ns,
                   struct entry *answer)
{
    const struct ballot *accepted = &slot->accepted;
    bool lower = ballot_compare(&answer->ballot, &slot->promised) < 0;
    bool excluded = is_live(slot, now_ns) && !equal(accepted, &answer->other) &&
                    !equal(accepted, &answer->ballot);
    if (lower || excluded) {
        refuse(slot, !lower, answer);
        return;
    }
    slot->promised = slot->accepted = answer->ballot;
    slot->until_ns = now_ns + acceptor->excludes_ns;
    if (token_compare(&slot->token, &answer->token) < 0)
        slot->token = answer->token;
    acceptor->epoch_kept = max_u32(acceptor->epoch_kept, answer->token.epoch);
    answer->kind = ENTRY_ACCEPTED;
}

/* What is given up is refused from then on, should it come late. */
static void release(struct acceptance *slot, const struct ballot *ballot)
{
    struct ballot above = *ballot;
    above.incarnation++;
    if (equal(&slot->accepted, ballot))
        slot->accepted = (struct ballot){0};
    if (ballot_compare(&slot->promised, &above) < 0)
        slot->promised = above;
}

bool acceptor_take(struct acceptor *acceptor, struct acceptance *slot, const struct entry *asked,
                   int64_t now_ns, struct entry *answer)
{
    if (now_ns < acceptor->silent_until_ns)
        return false;
    *answer = *asked;
    if (asked->kind == ENTRY_PREPARE)
        prepare(acceptor, slot, now_ns, answer);
    else if (asked->kind == ENTRY_ACCEPT)
        accept(acceptor, slot, now_ns, answer);
    else if (asked->kind == ENTRY_RELEASE)
        release(slot, &asked->ballot);
    return asked->kind != ENTRY_RELEASE;
}
