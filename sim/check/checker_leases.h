/* What the checker knows of leases; for the checker_lease*.c alone. checker_leases.c takes the
 * records and keeps the state, checker_lease_contests.c judges whether two nodes hold a slot at one
 * true time, checker_lease_workers.c what workers do under a lease, and after it. */
#ifndef CHECK_CHECKER_LEASES_H
#define CHECK_CHECKER_LEASES_H

#include "check/checker_parts.h"
#include "node/ballot.h"

/* A lease that its owner has not said to be over. */
struct checker_lease {
    struct list_link of_slot;
    struct list_link contested; /* in its owner's list, while it is */
    int64_t until_ns;           /* on the owner's clock */
    int64_t contested_t_ns;
    struct token token;
    uint64_t slot_number;
    uint64_t workers; /* that live under it */
    node_id node;
    node_id contested_by;
    uint32_t slot; /* in the pool */
    bool ending;   /* a worker has ended with it, so it has to end, too */
};

struct checker_lease_slot {
    struct list leases; /* struct checker_lease: one, but where nodes stand still or are cut off */
    struct token token; /* the highest one so far */
    node_id node;       /* of that one */
};

struct checker_lease_node {
    struct list contested;
    int64_t silent_until_ns; /* on its clock */
    int64_t over_from_ns;    /* on its clock: no lease with workers is over before */
    int64_t ending_t_ns;     /* the step in which those end that are `ending` */
    int64_t ending_clock_ns;
    uint32_t ending; /* so many */
    uint16_t ending_step;
    bool clock_is_set; /* since its last record */
};

struct checker_leases {
    struct checker_lease_slot *slots;
    struct checker_lease_node *nodes;
    struct pool leases; /* struct checker_lease */
    int64_t quarantine_ns;
};

#define PRItoken        "(%" PRIu32 ", %" PRIu64 ")"
#define TOKEN_SHOWN(at) (at).epoch, (at).counter

/* The node's lease of the slot, or of the slot of the record's id, or NULL. */
struct checker_lease *checker_lease_find(const struct checker *checker, uint64_t slot,
                                         node_id node);
struct checker_lease *checker_lease_of_id(const struct checker *checker,
                                          const struct record *record);

/* ---- checker_lease_contests.c ---------------------------------------------------------------- */

/* Another node wins the slot: is this lease surely over, surely not, or is that to be seen? */
void checker_lease_contest(struct checker *checker, struct checker_lease *lease,
                           const struct record *winner);

/* The owner of contested leases has a further record; or none any more. */
void checker_lease_contests_settle(struct checker *checker, const struct record *record);
void checker_lease_contests_end(struct checker *checker, const struct record *by);

/* ---- checker_lease_workers.c ----------------------------------------------------------------- */

/* The lease has another end than before, or workers. */
void checker_lease_note_over_from(struct checker *checker, const struct checker_lease *lease);

/* Judges the workers whose lease is over by this record of their node, and leases that live on
 * while their workers ended with them; likewise at the end of the run. */
void checker_lease_workers_settle(struct checker *checker, const struct record *record);
void checker_lease_workers_judge_over(struct checker *checker, const struct record *record);
void checker_lease_workers_end(struct checker *checker, const struct record *by);

/* What a worker does is done under a live lease, and bears its token. */
void checker_lease_worker_judge(struct checker *checker, const struct record *record,
                                const char *what);

/* It starts, or ends. */
void checker_lease_worker_count(struct checker *checker, const struct record *record);

#endif
