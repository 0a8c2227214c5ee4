/* What a node knows of the leases; for lease.c and proposer.c alone.
 *
 * Leases that are got and renewed together are alike: at each acceptor, and in their attempts, all
 * is the same but for the slot. So slots that are alike share one state. What happens to one of
 * them is done to a copy of the state, which that slot has from then on; those that are like it and
 * have the same done to them, in a walk over the slots or by an entry of the same group, take the
 * copy as it is, for a few instructions each:
 *
 *     lease_changes_begin(lease);                    a walk, or a group, begins
 *     if (lease_follow(node, number)) ...            what is done to it was done to one like it
 *     state = lease_change_begin(lease, number);     else it is done to a state of its own,
 *     lease_change_end(lease, number);               which others may take from now on
 *
 * And what is done to all slots of a state is done to the state itself, once: lease.whole. */
#ifndef NODE_LEASE_STATE_H
#define NODE_LEASE_STATE_H

#include "base/number.h"
#include "node/acceptor.h"
#include "node/lease.h"

/* What was done to a state, and what else those have to do who take what came of it. */
struct slot_change {
    uint64_t changes; /* lease.changes when it was made */
    struct lease_state *into;
    struct entries *said; /* to which something was added; NULL: none */
    uint32_t group;       /* … and where */
    bool renewed;
};

/* Of the slots that are alike. */
struct lease_state {
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
    int64_t at_ns;          /* when it is looked at next; TIME_NEVER: when something happens */
    struct acceptance acceptance; /* of this node's acceptor */

    struct list_link link; /* in lease.states or lease.unused */
    uint32_t slots;        /* so many have it, … */
    uint32_t first;        /* … of these … */
    uint32_t last;         /* … numbers; */
    bool listed;           /* first and last have it, and the further ones are listed: … */
    struct string_builder further; /* … as entries list them */
    struct slot_change change;     /* the last one */
    uint64_t answered[]; /* bits of nodes: who is for the attempt; then who is against it */
};

/* The last states that a walk or a group has made: a further one that is equal is the same. */
#define LEASE_MADE 4u

struct lease {
    struct acceptor acceptor;
    struct lease_slot *slots;
    struct lease_state **state_of; /* by slot */
    struct text recent_id;         /* whose slot was looked for last: a small text */
    uint32_t recent_slot;
    struct list states;
    struct list unused;
    char *all_states; /* one more than slots, … */
    size_t state_size;
    uint32_t states_made; /* … of which so many were ever used */
    uint64_t *looked_at;  /* bits of slots: due now, whatever their state says */
    uint64_t *unsure;     /* those held that nobody may want; all others that are held are wanted */
    uint64_t *waited_for; /* requests wait for their leases, or did */
    uint64_t changes;     /* number of the walk or group, so far as changes can be followed */
    struct slot_change doing;  /* what is done to a slot, as far as it has been */
    bool unlike;               /* nobody can follow that */
    struct lease_state *whole; /* what is done is done to all slots of this one; NULL: to one */
    struct lease_state *before;
    struct lease_state *made[LEASE_MADE];
    uint32_t made_count;
    uint64_t round;     /* the highest one heard of */
    uint64_t begun;     /* of the attempts that this walk over the slots has begun; 0: none */
    int64_t poll_at_ns; /* when what is asked at polled_ns is asked again */
    int64_t polled_ns;
    uint32_t majority;
    uint32_t epoch;        /* of the view that the slots' preferred owners are of */
    int64_t wake_ns;       /* when something is due; INT64_MIN: to be seen at the step's end */
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
};

/* Whether this node is the owner now of slots in this state. */
static inline bool lease_is_held(const struct node *node, const struct lease_state *state)
{
    return state->held.round && node->now_ns < state->until_ns;
}

/* A walk over slots begins, or a group of entries: no change from before is followed. */
static inline void lease_changes_begin(struct lease *lease)
{
    lease->changes++;
    lease->made_count = 0;
}

/* The state that is the slot's alone until lease_change_end, to be changed. What is told to others
 * meanwhile goes to lease.doing, and lease.unlike if another slot can't follow. */
struct lease_state *lease_change_begin(struct lease *lease, uint32_t slot);
void lease_change_end(struct lease *lease, uint32_t slot);

/* Adds what is said about the slot, or all of lease.whole, to `said`. */
void lease_say(struct lease *lease, struct entries *said, const struct entry *entry);

/* Lists the state's slots. False: there is no memory. */
bool lease_state_list(const struct lease *lease, struct lease_state *state);

/* Does to the slot what was done to one that was like it, since lease_changes_begin. False: there
 * was none. */
bool lease_follow(struct node *node, uint32_t slot);

/* Puts what has become of the slot's lease on record, or, if lease.whole, of those of its slots.
 * Slots that are renewed one after the other until the same time, with the same token, are one
 * record, which is made by lease_records_end. */
void lease_record(struct node *node, uint32_t slot, enum lease_how how);
void lease_records_end(struct node *node);

#endif
