/* What the checker knows; for the files of the checker alone.
 *
 * It holds what is open, live or under way, and nothing of what is over. checker.c gives each
 * record to the file of its kind: checker_nodes.c (who runs and what has to follow),
 * checker_requests.c (what callers asked), checker_messages.c (what is under way),
 * checker_workers.c (who lives) and checker_serves.c (who answers). These use checker_ids.c and
 * checker_places.c (what waits for which worker), checker_members.c (views) and
 * checker_duplicates.c (why an id has a second worker). */
#ifndef CHECK_CHECKER_STATE_H
#define CHECK_CHECKER_STATE_H

#include "base/list.h"
#include "base/pool_map.h"
#include "base/random.h"
#include "base/string_builder.h"
#include "check/checker.h"
#include "check/fingerprint.h"

/* A set of members, one for all views that have these members. */
struct member_set {
    struct view view;
    uint64_t serial; /* never given twice, unlike a slot */
    uint64_t hash;
    uint32_t slot;
    uint32_t uses;
    char text[96]; /* see checker_members_text; "" until it is asked for */
};

/* An id of which something is open or live. */
struct checker_id {
    struct text id;
    struct checker_place *recent; /* the place that was last looked up, or NULL */
    uint64_t owner_serial;        /* the member set for which `owner` was last found, or 0 */
    node_id owner;
    uint32_t uses; /* requests and places */
    uint32_t live; /* its workers in the cluster */
    uint32_t slot;
    struct list workers;               /* struct checker_worker, the last started first */
    int64_t several_since_ns;          /* while it has more than one */
    struct checker_double *several_of; /* likewise */
    bool handed;                       /* a request for it was passed on */
    bool several;                      /* it has, and that is certain */
};

/* An id that ever had more than one worker: how long it had in all. */
struct checker_double {
    struct text id;
    int64_t ns;       /* without the time since since_ns */
    int64_t since_ns; /* since when it has more than one; -1: it has not */
    uint32_t slot;
};

/* How long an id had more than one worker at one go, in a part of the run. */
struct double_watch {
    const struct expectation_part *of;
    int64_t longest_ns;
};

/* An id on a node: its worker there, if it lives, and what waits for it. */
struct checker_place {
    struct checker_id *id;
    struct checker_worker *worker;
    struct checker_entry *first; /* the oldest; it may be in its turn */
    struct checker_entry *last;
    int64_t quiet_until_ns; /* on the node's clock nothing falls overdue before */
    uint32_t count;         /* entries */
    uint32_t required;      /* those that are not excused */
    uint32_t workers;       /* live there: more than `worker` alone is a breach */
    uint32_t slot;
    node_id node;
};

/* A request in a mailbox. */
struct checker_entry {
    struct checker_place *place;
    struct checker_request *request;
    struct checker_entry *next;
    struct checker_entry *previous;
    struct checker_entry *next_of_request;
    struct checker_entry *next_fresh; /* at its node, of the instant in which it came */
    struct checker_entry *previous_fresh;
    int64_t due_ns;  /* on the node's clock: from then on it may leave without a word */
    int64_t came_ns; /* see checker_turn_time_ns */
    uint32_t slot;
    uint8_t try;
    bool excused;  /* it may leave without a word, or has left */
    bool in_turn;  /* then it is left to its end, overdue or not */
    bool doubtful; /* it may have been refused without a word when it came */
    bool fresh;    /* it is in its node's list of that name */
    bool handed;   /* it waited on another node, and is on its way; it is `held`, in no list */
    bool held;     /* it came while its node joined, or waits for a lease: in its node's list
                      `held`, not `fresh` */
};

/* A source of open load, which has made a request. */
struct checker_source {
    uint64_t key;   /* its node and place */
    int64_t due_ns; /* when it makes the next one, as checker_turn_time_ns has it; TIME_NEVER */
    uint32_t slot;
};

/* A node that is down, in the view of another one that runs. */
struct checker_absence {
    uint64_t key;   /* both */
    int64_t ran_ns; /* when it was last heard there, less the time in which that one stood still */
    uint32_t slot;
};

/* An answer that some worker decided for a request. */
struct checker_answer {
    uint64_t worker; /* 0: none */
    struct fingerprint value;
    node_id node;
    uint8_t try;
    bool failed; /* its turn failed, and the value says why */
};

#define SERVED_MAX 4u /* owner and caller, and once more each where links duplicate */

struct checker_request {
    uint64_t number;
    struct checker_id *id;
    struct checker_entry *entries;
    struct member_set *members[2]; /* by try: the caller's, when it was routed by them */
    int64_t made_ns;               /* on the caller's clock */
    int64_t deadline_ns;           /* likewise */
    int64_t due_ns;                /* likewise: it ends then, unless the node is late */
    int64_t routed_ns;             /* likewise: when it was first */
    uint32_t slot;
    uint32_t messages; /* under way for it */
    uint32_t sent;     /* REQUESTs, of the last try */
    node_id caller;
    node_id owner; /* of the first try */
    node_id tried; /* of the last try */
    node_id named; /* the owner in the view of the last node that refused it */
    uint8_t tries;
    uint8_t why; /* enum route_why: of the last try */
    bool open;
    bool handed;                /* it was passed on: another node than `owner` may have it */
    bool replied;               /* a REPLY to it has come while it was open */
    bool disordered;            /* it or its answer went over a link that does not keep order */
    bool refused;               /* its error means that no worker ran for it */
    struct list_link of_caller; /* while it is open */
    struct checker_answer served[SERVED_MAX];
};

/* A link with REQUESTs under way, where links keep the order. */
struct checker_link {
    uint64_t newest; /* the request that came last */
    node_id from;
    node_id to;
    uint32_t starts; /* of both nodes, where that makes it another link */
    uint32_t slot;
    uint32_t messages; /* REQUESTs under way */
};

/* A message under way. */
struct checker_message {
    uint64_t number;
    struct checker_request *request; /* NULL if it is for none, or for one that is over */
    struct checker_link *link;       /* NULL if its order is not judged */
    int64_t budget_ns;               /* of a REQUEST: how long its caller still waits */
    node_id from;
    node_id to;
    uint32_t slot;
    uint16_t life; /* of its sender */
    uint8_t kind;
    uint8_t try;   /* of a REQUEST */
    bool stopping; /* of a REPLY: a leaving node refuses what came */
};

/* The request of a worker that was started for one which its caller had given up when it came, and
 * which another node had passed on. */
#define REQUEST_PASSED_ON UINT64_MAX

/* Why a worker was started. */
struct worker_origin {
    uint64_t request;           /* 0: not known */
    struct member_set *members; /* of the caller when it routed the request */
    node_id caller;
    node_id owner;
    uint8_t try;
    uint8_t why;             /* enum route_why, of the further try */
    uint64_t handed_by;      /* the duplicate that handed its mailbox on, or 0 */
    int64_t handed_since_ns; /* when that one became a duplicate */
};

#define MET_MOST 2u /* the last ones are kept */

/* Another worker that one lived beside, and why it did. */
struct met_worker {
    uint64_t first; /* as in struct worker_line; 0: none */
    int64_t since_ns;
    enum cause cause;
};

/* What stays the same when a worker moves. */
struct worker_line {
    uint64_t first; /* the number that it was started with */
    struct met_worker met[MET_MOST];
};

/* A live worker. */
struct checker_worker {
    uint64_t number;
    struct checker_place *place;
    int64_t life_ns;    /* on the node's clock, from when its life counts */
    int64_t ttl_ns;     /* its life's length; TIME_NEVER: it has not begun */
    int64_t started_ns; /* in true time */
    int64_t turn_ns;    /* when its next turn can have begun; see checker_turn_time_ns */
    struct fingerprint value;
    uint32_t slot;
    bool found; /* it lived before the trace began */
    bool loads;
    bool has_value;
    bool failed;
    bool moved;           /* it came from another node, … */
    bool came_with_value; /* … where it had this value, … */
    bool came_failed;     /* … or its load had failed */
    bool jittered;        /* its life may be shorter than ttl_ns by the jitter: no record has it */
    bool turns;           /* each of its turns has an answer of its own */
    bool retired; /* its lease is over, though its node has not come to end it: then it does not
                     count among its id's */
    struct list_link of_node;
    struct list_link of_id;
    struct list_link suspect;   /* while it is one */
    int64_t duplicate_since_ns; /* -1 if it was the only one when it started */
    struct worker_origin origin;
    struct worker_line line;
};

/* A view that a node had, in a run that is screened. */
struct routed_view {
    uint64_t message; /* the first one that it sent, or would have sent, in it */
    struct member_set *members;
};

/* What the next record of a node has to be. */
enum obligation {
    OBLIGATION_ANSWER = 1, /* the answer to `unanswered`, which was served */
    OBLIGATION_WORKER = 2, /* the next worker of `handing`, in which requests wait */
    OBLIGATION_CRASH = 4,  /* the node's end */
};

struct checker_node {
    struct member_set *members;
    struct list requests;        /* struct checker_request: open, the last made first */
    struct list workers;         /* struct checker_worker, the last started first */
    uint32_t entries;            /* at all its places */
    struct checker_entry *fresh; /* came at the instant fresh_*, and hardly settled yet */
    struct checker_entry *held;  /* wait until it has a view, or the lease of their slot */
    int64_t fresh_t_ns;
    int64_t fresh_clock_ns;
    int64_t seen_t_ns; /* its last record */
    int64_t seen_clock_ns;
    int64_t before_t_ns; /* its last record before the instant of that one */
    int64_t before_clock_ns;
    int64_t latest_clock_ns; /* the latest on record: a request may have been made before */
    int64_t frozen_ns;       /* its last freeze, on its clock; or since when it is, or was, down */
    int64_t thawed_ns;       /* TIME_NEVER while it is frozen or down */
    int64_t stood_ns;        /* in true time: so long it stood still in its life, … */
    int64_t stands_ns;       /* … and since when it does, while it is frozen */
    uint64_t *leaving; /* nodes that have told it that they leave, by a LEAVE or by refusing as
                          stopping, as bits; NULL: none */
    uint64_t unanswered;
    struct checker_place *handing;
    uint64_t handing_worker;
    int64_t handing_since_ns;  /* since when that one was a duplicate, or -1 */
    uint64_t lost_worker;      /* ended by the node's going, which has not gone yet */
    uint64_t lost_request;     /* was held by a worker that was lost */
    uint64_t lost_caller;      /* failed with caller-lost */
    uint32_t starts;           /* so far */
    struct routed_view *views; /* of a run that is screened: all that it had */
    size_t views_count;
    size_t views_capacity;
    uint16_t *lives;      /* of each node the one whose message came last, 0: none came */
    int64_t renewed_t_ns; /* the instant in which it heard a new life of … */
    int64_t renewed_clock_ns;
    node_id renewed; /* … this node, which it knew in another one */
    uint16_t renewed_step;
    bool renewed_left; /* and that one had said that it leaves */
    uint16_t fresh_step;
    uint8_t obligations; /* enum obligation */
    bool up;
    bool frozen;
    bool leaves; /* it has said that it leaves */
};

/* Each checker_take_… of checker_parts.h: judges a record of its kind by the state before it, says
 * by checker_breach what is wrong, and brings the state to what holds after it. Without memory it
 * calls checker_give_up. */
typedef void checker_judge(struct checker *checker, const struct record *record);

struct checker {
    struct checker_setup setup;
    checker_judge *judges[RECORD_KINDS]; /* of this run, for each kind */
    void (*emit)(void *context, const struct record *record);
    void *context;
    struct router router;
    struct checker_node *nodes;
    struct pool entries;
    struct pool_map sets;    /* by their hash */
    struct pool_map ids;     /* by text */
    struct pool_map places;  /* by id and node */
    struct pool_map doubles; /* by text */
    struct double_watch *double_watches;
    uint32_t double_watches_count;
    struct pool_map links;                       /* by nodes and starts */
    struct pool_map sources;                     /* by key */
    struct pool_map absences;                    /* by key */
    uint64_t *down;                              /* nodes that do not run, as bits */
    struct pool_map requests, messages, workers; /* by number */
    struct pool_map moves;                       /* likewise; see checker_moves.c */
    uint32_t moves_kept, handed_kept;            /* so many are kept before the next sweep */
    uint32_t handed;                             /* entries of requests that are on their way */
    struct checker_request *recent;   /* the one last looked up: most are several times in a row */
    struct checker_leases *leases;    /* of checker_leases.c; NULL: there are none */
    struct link_change *link_changes; /* the oldest first */
    size_t link_changes_count;
    size_t link_changes_capacity;
    uint64_t handed_unknown; /* requests that were passed on when they were over and forgotten */
    uint64_t disordered;     /* REQUESTs whose order is not judged */
    struct view scratch;     /* a VIEW's members, to look for their set */
    uint64_t next_serial;    /* of a member set */
    bool began;              /* a record has come */
    bool failed;
    bool fulfils;         /* this record is the answer that had to be its node's next */
    struct list suspects; /* further workers of their ids, perhaps; the first started first. None
                             where error_ns is 0 */
    uint64_t open;
    uint64_t violations[RULES_COUNT];
    uint64_t duplicates;
    uint64_t causes[CAUSES_COUNT];
    uint64_t several_ids;       /* ids that have more than one worker now */
    int64_t several_ns;         /* of those that had */
    uint64_t several_since_sum; /* of several_since_ns of those that have, modulo 2^64 */
    int64_t several_last_ns;    /* when an id last stopped having more than one, or -1 */
};

#endif
