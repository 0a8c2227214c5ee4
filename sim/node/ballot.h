/* The numbers that leases bear: ballots, by which proposers and acceptors tell attempts apart, and
 * tokens, which those see who rely on a lease. */
#ifndef NODE_BALLOT_H
#define NODE_BALLOT_H

#include "base/text.h"

/* An attempt to get a slot's lease, told from all others for that slot: `round` is above all rounds
 * that its node had heard of in this life before the step, and the incarnation tells lives apart.
 * Ordered by round, then by node; it restarts with its node, so it is no token. Zeros: none, below
 * all others. */
struct ballot {
    uint64_t round;
    node_id node; /* who is to be the owner */
    uint32_t incarnation;
};

static inline int ballot_compare(const struct ballot *a, const struct ballot *b)
{
    if (a->round != b->round)
        return a->round < b->round ? -1 : 1;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

/* What a resource compares, so that an owner that does not know yet that it is none is refused.
 * Tokens of a slot grow strictly from lease to lease, ordered by epoch, counter and owner; a lease
 * that is renewed keeps its token. The epoch is above all that an acceptor had accepted before it
 * restarted and forgot the counters. */
struct token {
    uint32_t epoch;
    uint64_t counter;
};

static inline int token_compare(const struct token *a, const struct token *b)
{
    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    return (a->counter > b->counter) - (a->counter < b->counter);
}

/* A token as bytes, as in entries: 15 at the most, and how many. And back: false if there is none
 * that is sound before `end`. */
size_t token_put(const struct token *token, char *bytes);
bool token_get(const char **at, const char *end, struct token *token);

/* A token as text, with its owner: each part in hexadecimal digits, always as many, so that tokens
 * of a slot compare as their texts do. 00000001-0000000000000007-0002 is n2's. */
#define TOKEN_TEXT_SIZE 31u /* with a NUL */
const char *token_text(const struct token *token, node_id owner, char room[TOKEN_TEXT_SIZE]);

#endif
