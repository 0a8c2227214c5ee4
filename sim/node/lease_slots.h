/* What a node knows of the slots: the state of lease.h, for lease.c and proposer.c, and for those
 * whose requests and workers wait in it. */
#ifndef NODE_LEASE_SLOTS_H
#define NODE_LEASE_SLOTS_H

#include "base/number.h"
#include "node/acceptor.h"
#include "node/seal.h"
#include "node/state.h"

/* Leases that are got and renewed together are alike: at each acceptor, and in their attempts, all
 * is the same but for the slot. So what is done to one of them in a walk over the slots, or for an
 * entry of a group, is copied to the others, which costs a fraction of doing it. Slots with the
 * same number `alike`, if it is not 0, have the same in all fields that it is said of. */
struct lease_slot {
    struct ballot held;     /* none: not the owner */
    int64_t until_ns;       /* of held */
    struct token token;     /* likewise */
    struct ballot attempt;  /* none: no attempt */
    int64_t deadline_ns;    /* of it */
    struct token proposed;  /* the highest one heard of; then the attempt's own */
    uint32_t for_count;     /* distinct acceptors that promised, or accepted, … */
    uint32_t against_count; /* … or did not */
    bool accepting;         /* a majority has promised */
    bool outbid;            /* somebody has promised a higher ballot */
    uint64_t alike;         /* of all above, and who has answered; 0 after a change */

    int64_t at_ns;       /* when it is looked at next; TIME_NEVER: when something happens */
    struct list waiting; /* of struct pending: requests that wait for the lease */
    uint32_t waiting_count;
    uint32_t in_mailboxes; /* requests in mailboxes of the slot's workers here */
    uint32_t moving;       /* of these workers, those that are to move: see handover.h */
    struct list newcomers; /* workers that came before the lease: see newcomer.h */
    node_id preferred;     /* in the view of lease.epoch */
    uint8_t ending;        /* 0, or the enum lease_how of the lease that ends in this step */
};

/* What was done last to some slot: the others that were like it become what it is now. */
struct lease_example {
    uint64_t proposed; /* `alike` of the slot before, … */
    uint64_t accepted; /* … and of this node's acceptor of it */
    uint32_t slot;
    uint32_t group; /* of what was asked, or answered */
    bool asked;
    bool answered;
    bool renewed;
    bool timed; /* at_ns was set */
};
#define LEASE_EXAMPLES 4u

/* What a walk over all slots needs to know of so many: the others it leaves out, so that a step
 * costs by what is due in it and hardly by the number of slots. */
#define LEASE_BLOCK 64u
struct lease_block {
    int64_t next_ns; /* the first at_ns of its slots, or until_ns of one that is held; INT64_MIN: it
                        may have changed, or one is held that nobody wants */
    bool waits;      /* requests wait for one of its slots, or did */
};

struct lease {
    struct acceptor acceptor;
    struct lease_slot *slots;
    struct lease_block *blocks;
    uint64_t *answered; /* bits of nodes, two sets per slot: who is for the attempt, and against */
    uint64_t round;     /* the highest one heard of */
    uint64_t begun;     /* of the attempts that this walk over the slots has begun; 0: none */
    int64_t poll_at_ns; /* when what is asked at polled_ns is asked again */
    int64_t polled_ns;
    uint64_t alike;                                /* the last number that was given out */
    struct lease_example examples[LEASE_EXAMPLES]; /* of this walk, or group */
    uint32_t examples_count;
    struct lease_example doing; /* what is done to a slot, as far as it has been */
    bool unlike;                /* nothing can become what that slot is by a copy */
    uint32_t majority;
    uint32_t epoch;        /* of the view that `preferred` is of */
    int64_t wake_ns;       /* when something is due */
    int64_t unanswered_ns; /* since when no majority has answered; TIME_NEVER: one has */
    int64_t poll_ns;
    bool changed;                  /* what has happened in this step may concern a slot */
    bool view_changed;             /* likewise: preferred owners */
    struct entries asks;           /* of this step, to all others */
    struct entries answers;        /* to who has asked */
    struct string_builder bytes;   /* of entries to be sent */
    struct record renewed;         /* the first slot of those below; kind 0: there are none */
    uint32_t renewed_last;         /* … and the last one */
    struct string_builder further; /* of these, as a record has them */
    struct seal sent;              /* answers */
    struct seal received;
};

/* D_A of this D_P and drift, rounded up. */
int64_t lease_excludes_ns(int64_t lease_ns, uint32_t drift_ppm);

/* node->lease is made if config.slots, else NULL. ERROR_MEMORY: nothing to close. */
enum error lease_init(struct node *node);
void lease_close(struct node *node);

/* Whether this node is the slot's owner now. */
static inline bool lease_slot_is_held(const struct node *node, const struct lease_slot *slot)
{
    return slot->held.round && node->now_ns < slot->until_ns;
}

static inline uint32_t lease_slot_number(const struct node *node, const struct lease_slot *slot)
{
    return (uint32_t)(slot - node->lease->slots);
}

static inline uint32_t lease_blocks(const struct node *node)
{
    return (node->config.slots + LEASE_BLOCK - 1) / LEASE_BLOCK;
}

static inline struct lease_block *lease_block_of(const struct node *node,
                                                 const struct lease_slot *slot)
{
    return &node->lease->blocks[lease_slot_number(node, slot) / LEASE_BLOCK];
}

/* A time of the slot has changed, or what it is held for; or of any slot. */
static inline void lease_slot_touch(const struct node *node, const struct lease_slot *slot)
{
    lease_block_of(node, slot)->next_ns = INT64_MIN;
}

void lease_slots_touch(const struct node *node);

/* The first slot from this one on whose block has something due by then, or how many slots there
 * are. For walks. */
static inline uint32_t lease_slots_due_from(const struct node *node, uint32_t number, int64_t by_ns)
{
    while (number < node->config.slots && number % LEASE_BLOCK == 0 &&
           node->lease->blocks[number / LEASE_BLOCK].next_ns > by_ns)
        number += LEASE_BLOCK;
    return min_u32(number, node->config.slots);
}

/* Puts what has become of the slot's lease on record. Slots that are renewed one after the other
 * until the same time, with the same token, are one record, which is made by lease_slots_record. */
void lease_slot_record(struct node *node, const struct lease_slot *slot, enum lease_how how);
void lease_slots_record(struct node *node);

#endif
