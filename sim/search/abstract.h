/* What state a cluster is in, in a few bits: how many nodes are down, whether their views differ,
 * whether a message of a node that has crashed is still under way, whether a worker is about to
 * expire, what leases are at (abstract_lease.h), and so on. Nodes and ids are not told apart, and
 * numbers are 0, 1 or more: a state is a list of fields of two bits. What the plan's lines
 * `sometimes each` ask for is part of it for each node by itself.
 *
 * A state has features: the value of each field; the situations that its nodes are in, where a
 * situation is how often one node has restarted, what it sees of the others, and whether it is
 * frozen; and what the plan's lines ask for, as one of some hashes. Situations are no part of the
 * state.
 *
 * Two runs that are in one such state may go on to the same faults: a search need not go on from
 * both. It is taken at the end of each window of virtual time in which it may have changed, from
 * the records of the run alone; what it can't hold (more than some hundred live workers, say) it
 * forgets, which makes the search worse, and nothing else. */
#ifndef SEARCH_ABSTRACT_H
#define SEARCH_ABSTRACT_H

#include "check/expectations.h"
#include "search/abstract_lease.h"
#include "trace/reader.h"

#define ABSTRACT_STATES_MOST  512u /* that are kept of one run, each once */
#define ABSTRACT_WORKERS_MOST 512u
#define ABSTRACT_TRIES_MOST   256u

/* Features are numbered: four for each field, then the situations, then the hashes. */
#define ABSTRACT_FIELDS          32u
#define ABSTRACT_SITUATIONS      64u
#define ABSTRACT_HASHES          64u
#define ABSTRACT_FIRST_SITUATION (4 * ABSTRACT_FIELDS)
#define ABSTRACT_FIRST_HASH      (ABSTRACT_FIRST_SITUATION + ABSTRACT_SITUATIONS)
#define ABSTRACT_FEATURES        (ABSTRACT_FIRST_HASH + ABSTRACT_HASHES)
#define ABSTRACT_WORDS           (ABSTRACT_FEATURES / 64)

struct abstract_visit {
    uint64_t state; /* a hash of the fields, and of what the plan's lines ask for */
    uint64_t features[ABSTRACT_WORDS]; /* bits */
    int64_t at_ns;                     /* the end of the window in which it was first reached */
};

struct abstract_try {
    uint64_t request; /* 0: none */
    bool elsewhere;   /* than at its caller */
};

struct abstract_worker {
    uint64_t number; /* 0: none */
    uint64_t id;     /* a hash */
    int64_t ends_ns; /* by its life; TIME_NEVER: not known yet */
    node_id node;
    bool is_loading;
};

struct abstract_node {
    uint64_t view;      /* bits, of the first 64 nodes; 0: it has none, or is down */
    uint32_t under_way; /* requests and replies that it has sent */
    uint32_t stale;     /* those of them that it sent before it last went down */
    uint32_t held;      /* requests of others that it has not answered */
    uint32_t restarts;
    bool is_up;
    bool is_frozen;
};

struct abstract {
    struct reader reader;
    const struct plan *plan;
    struct plan each;           /* with no expectations but `sometimes each`, and no actions */
    struct expectations *watch; /* of them, in the run at hand; NULL: there are none */
    int64_t window_ns;
    int64_t until_ns; /* of the window at hand */
    bool is_changed;
    struct abstract_node *nodes;
    bool views_changed;
    uint64_t membership; /* the bits of the state that follow from the nodes and their views */
    uint32_t retries;    /* open requests that are tried a second time, … */
    uint32_t elsewhere;  /* … and those of them that are so at another node */
    uint32_t loading;    /* workers that load */
    uint32_t doubles;    /* ids that have several workers */
    uint32_t leaving;    /* words of a node that leaves, under way */
    struct abstract_leases leases;
    struct abstract_try tries[ABSTRACT_TRIES_MOST];        /* of requests, by their number */
    struct abstract_worker workers[ABSTRACT_WORKERS_MOST]; /* by their number */
    uint16_t of_id[ABSTRACT_WORKERS_MOST];                 /* live workers, by their id's hash */
    uint16_t order[ABSTRACT_WORKERS_MOST]; /* a ring: the places of workers, as they are to end */
    uint32_t order_first, order_last;
    struct abstract_visit *visits; /* of this run */
    uint32_t visits_count;
    uint64_t seen[2 * ABSTRACT_STATES_MOST]; /* the same, as a hash set */
};

/* The plan outlives it. ERROR_MEMORY: it is to be closed all the same. */
enum error abstract_init(struct abstract *abstract, const struct plan *plan);
void abstract_close(struct abstract *abstract);

/* Before each run. */
void abstract_begin(struct abstract *abstract);

#endif
