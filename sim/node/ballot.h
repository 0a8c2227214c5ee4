/* What proposers and acceptors of leases say to each other, and the numbers it bears.
 *
 * A MESSAGE_LEASE carries any number of entries, each about one slot: so all that one node has to
 * say to another one in a step is one message, however many slots it is about. */
#ifndef NODE_BALLOT_H
#define NODE_BALLOT_H

#include "base/text.h"

/* An attempt to get a lease, told from all others: `round` is above all rounds that its node has
 * heard of in this life, and the incarnation tells lives apart. Ordered by round, then by node; it
 * restarts with its node, so it is no token. Zeros: none, below all others. */
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

enum entry_kind {
    ENTRY_PREPARE,  /* to an acceptor: ballot; other: the lease that it renews, or none */
    ENTRY_ACCEPT,   /* likewise, and token */
    ENTRY_RELEASE,  /* likewise: ballot is given up */
    ENTRY_PROMISE,  /* to the proposer of ballot; other: the live lease here, of the same owner, or
                       none; token: the highest one that was accepted here */
    ENTRY_ACCEPTED, /* likewise: ballot has the lease here */
    ENTRY_REFUSED,  /* likewise: it has not; other: what is promised here, or none if another
                       lease is live */
    ENTRY_KINDS
};

/* Of a message's code: what its entries are. */
#define LEASE_ASKS    1u /* PREPARE, ACCEPT, RELEASE: to acceptors */
#define LEASE_ANSWERS 2u /* PROMISE, ACCEPTED, REFUSED: an acceptor's */

struct entry {
    enum entry_kind kind;
    uint32_t slot;
    struct ballot ballot;
    struct ballot other;
    struct token token;
};

/* So many bytes of entries are in one message at the most: what is more goes in further ones. */
#define ENTRIES_SIZE_MAX (32u << 10)

/* Entries as bytes: whole numbers, seven bits a byte, the lowest first. Zeros: none. */
struct entries {
    char *bytes;
    size_t size;
    size_t capacity;
    bool failed; /* there was no memory for one */
};

void entries_add(struct entries *entries, const struct entry *entry);

/* Whether a message with these has no room for one more. */
bool entries_are_full(const struct entries *entries);

void entries_close(struct entries *entries);

/* Takes the next entry, of a cluster of `nodes` and so many slots, off the bytes between *at and
 * `end`. False: there is none, or it is not sound, and *at is `end`. */
bool entries_next(const char **at, const char *end, uint32_t nodes, uint32_t slots,
                  struct entry *entry);

#endif
