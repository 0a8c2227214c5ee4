/* What the checker knows; for the files of the checker alone.
 *
 * It holds what is open, live or under way, and nothing of what is over. checker.c gives each
 * record to the file of its kind: checker_nodes.c (who runs and what it owes), checker_requests.c
 * (what callers asked), checker_messages.c (what is under way), checker_workers.c (who lives) and
 * checker_serves.c (who answers). These use checker_places.c (what waits for which worker),
 * checker_members.c (views) and checker_duplicates.c (why an id has a second worker). */
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
};

/* What the next record of a node has to be. */
enum owes {
    OWES_ANSWER = 1, /* the answer to `owed`, which was served */
    OWES_WORKER = 2, /* the next worker of `handing`, in which requests wait */
    OWES_CRASH = 4,  /* the node's end */
};

struct checker_node {
    struct member_set *members;
    struct list requests;        /* struct checker_request: open, the last made first */
    struct list workers;         /* struct checker_worker, the last started first */
    struct checker_entry *fresh; /* came at the instant fresh_*, and hardly settled yet */
    struct checker_entry *held;  /* wait until it has a view, or the lease of their slot */
    int64_t fresh_t_ns;
    int64_t fresh_clock_ns;
    int64_t seen_t_ns; /* its last record */
    int64_t seen_clock_ns;
    int64_t before_t_ns; /* its last record before the instant of that one */
    int64_t before_clock_ns;
    int64_t frozen_ns; /* its last freeze, on its clock; or since when it is, or was, down */
    int64_t thawed_ns; /* TIME_NEVER while it is frozen or down */
    int64_t stood_ns;  /* in true time: so long it stood still in its life, … */
    int64_t stands_ns; /* … and since when it does, while it is frozen */
    uint64_t *leaving; /* nodes that have told it that they leave, by a LEAVE or by refusing as
                          stopping, as bits; NULL: none */
    uint64_t owed;
    struct checker_place *handing;
    uint64_t handing_worker;
    int64_t handing_since_ns; /* since when that one was a duplicate, or -1 */
    uint64_t lost_worker;     /* ended by the node's going, which has not gone yet */
    uint64_t lost_request;    /* was held by a worker that was lost */
    uint64_t lost_caller;     /* failed with caller-lost */
    uint32_t starts;          /* so far */
    uint16_t *lives;          /* of each node the one whose message came last, 0: none came */
    int64_t renewed_t_ns;     /* the instant in which it heard a new life of … */
    int64_t renewed_clock_ns;
    node_id renewed; /* … this node, which it knew in another one */
    uint16_t renewed_step;
    bool renewed_left; /* and that one had said that it leaves */
    uint16_t fresh_step;
    uint8_t owes; /* enum owes */
    bool up;
    bool frozen;
    bool leaves; /* it has said that it leaves */
};

/* Each checker_take_… below: judges a record of its kind by the state before it, says by
 * checker_breach what is wrong, and brings the state to what holds after it. Without memory it
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
    bool paid;            /* this record is the answer that its node owed */
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

/* ---- checker.c ------------------------------------------------------------------------------- */

/* Counts a breach, and emits a VIOLATION for the first ones of its rule. `by` is the record that
 * shows the breach. The format is printf's; a long text is cut. */
void checker_breach(struct checker *checker, enum rule rule, const struct record *by,
                    const struct text *id, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Memory ran out: nothing is judged from now on. */
void checker_give_up(struct checker *checker);

/* For messages. */
#define PRInode       "n%" PRIu32
#define NODE_SHOWN(n) ((uint32_t)(n) + 1)

/* An incarnation, as `7@n2#19`: the id's text, the node and the worker's number. */
#define PRIworker "%.*s@" PRInode "#%" PRIu64
#define WORKER_SHOWN(id, node, number)                                                             \
    (int)text_size(id), text_bytes(id), NODE_SHOWN(node), (uint64_t)(number)

/* Whether the record is of the step of its node that stands at this instant. In the simulator a
 * slow clock shows the same at two instants, and one that is set differs within one. */
static inline bool checker_is_of_step(const struct checker *checker, const struct record *record,
                                      int64_t t_ns, int64_t clock_ns, uint16_t step)
{
    if (clock_ns != record->clock_ns)
        return false;
    return checker->setup.error_ns > 0 || (t_ns == record->t_ns && step == record->step);
}

/* ---- checker_members.c ----------------------------------------------------------------------- */

/* The set with these members, with one more use. NULL when there is no memory. */
struct member_set *checker_members_of(struct checker *checker, const struct view *view);
/* One more use. */
void checker_members_use(struct member_set *set);
void checker_members_release(struct checker *checker,
                             struct member_set *set); /* NULL does nothing */
void checker_members_close(struct checker *checker);

/* "{n1,n3}", or in short where they are many. It is the set's own. */
const char *checker_members_text(struct member_set *set);

/* The worker can do no more: it counts no longer among its id's. */
void checker_worker_retire(struct checker *checker, struct checker_worker *worker, int64_t t_ns);

/* ---- checker_leases.c ------------------------------------------------------------------------ */

/* Where there are leases: judges, before it is noted as seen, what could be judged only with this
 * record of its node; then, before the other rules, the record itself by the rules on leases. */
void checker_leases_settle(struct checker *checker, const struct record *record);
void checker_leases_take(struct checker *checker, const struct record *record);
/* … and a SET. */
void checker_leases_take_set(struct checker *checker, const struct record *record);
/* At the end of the run: likewise, for by->node. */
void checker_leases_end(struct checker *checker, const struct record *by);

/* Whether there are leases and the node has none, or one that is over, of the id's slot. */
bool checker_lease_is_missing(struct checker *checker, const struct text *id, node_id node,
                              int64_t clock_ns);

enum error checker_leases_init(struct checker *checker);
void checker_leases_close(struct checker *checker);

/* ---- checker_places.c ------------------------------------------------------------------------ */

/* The id, new if need be, with one more use. NULL when there is no memory, with judging ended. */
struct checker_id *checker_id_of(struct checker *checker, const struct text *id);
void checker_id_release(struct checker *checker, struct checker_id *id);

/* The id's place at the node, new if need be. It lasts until checker_place_release finds nothing in
 * it. NULL when there is no memory, with judging ended. */
struct checker_place *checker_place_of(struct checker *checker, struct checker_id *id,
                                       node_id node);
void checker_place_release(struct checker *checker, struct checker_place *place);

/* The request comes to the place; due_ns as in struct checker_entry. */
void checker_place_enter(struct checker *checker, const struct record *record,
                         struct checker_request *request, int64_t due_ns, uint8_t try);

/* The first entry that may not leave without a word, or NULL. Forgets what has left before it. */
struct checker_entry *checker_place_first_required(struct checker *checker,
                                                   struct checker_place *place, int64_t clock_ns);

/* The first entry that waits for a worker, or has left without a word; NULL: there is none. */
struct checker_entry *checker_place_first_waiting(const struct checker_place *place);

/* The first entry that has waited for longer than this one, which is served, and may not leave
 * without a word; NULL as it should be. */
const struct checker_entry *checker_place_passed_over(struct checker_entry *entry,
                                                      int64_t clock_ns);

/* The place's worker is ready for a turn: it is the first one's. */
void checker_place_begin_turn(struct checker *checker, struct checker_place *place,
                              int64_t clock_ns);

/* The worker ends: what was in its turn and is still wanted waits like the others, for the next
 * worker. What is not wanted any more was left to the turn's end, and leaves. */
void checker_place_end_turn(struct checker *checker, struct checker_place *place);

/* The entry leaves. Its request and place stay. */
void checker_entry_remove(struct checker *checker, struct checker_entry *entry);

/* The node refuses the request: should it say that the id has moved, it names this owner. */
void checker_request_named(const struct checker *checker, const struct record *refusal,
                           struct checker_request *request);

/* Nobody waits for it any more: it leaves, unless it is in its turn. Its request stays. */
void checker_entry_excuse(struct checker *checker, struct checker_entry *entry);

/* Whether it may be refused without a word. */
bool checker_entry_may_be_silent(const struct checker_entry *entry);

/* It must find what it needs at the record's instant (see checker_places_settle). */
void checker_entry_freshen(struct checker_node *node, struct checker_entry *entry,
                           const struct record *record);

/* All entries leave, and requests that were kept for them alone; but for what is on its way there.
 */
void checker_place_clear(struct checker *checker, struct checker_place *place);

/* What came to the node at an earlier instant than `record` must have found a worker and room. */
void checker_places_settle(struct checker *checker, struct checker_node *node,
                           const struct record *record);

/* The node has a view, or, where there are leases, that of this slot (of `slots`; 0: there are
 * none): what was held for it must find what it needs at the record's instant. */
void checker_places_take_held(struct checker_node *node, const struct record *record, uint64_t slot,
                              uint32_t slots);

/* The request, of which nothing waits at the node, is on its way there. */
void checker_place_expect(struct checker *checker, const struct record *record, node_id node,
                          struct checker_request *request);

/* The oldest that is on its way to the place, or NULL. */
const struct checker_entry *checker_place_handed(const struct checker_place *place);

/* Where workers move: what is held at the place goes on with the worker that starts there now. */
void checker_place_take_held(struct checker *checker, struct checker_place *place,
                             const struct record *record);

/* The place's worker ends with its lease: what it has waits for the next one. */
void checker_place_hold(struct checker *checker, struct checker_place *place);

/* The entry of this instant at the place for which a worker starts, or NULL: the first, unless the
 * last is a second try of the node's own. That one is taken up before what came in the same step,
 * and nothing but such a message can be before it where no worker lives. */
const struct checker_entry *checker_place_fresh(const struct checker_node *node,
                                                const struct checker_place *place);

/* ---- checker_requests.c ---------------------------------------------------------------------- */

/* The request that is open, or of which something is left; or NULL. */
struct checker_request *checker_request_find(struct checker *checker, uint64_t number);

/* Forgets it if it is over and nothing of it is left. */
void checker_request_release(struct checker *checker, struct checker_request *request);

/* Ends without a record what a node that went down has left open. */
void checker_request_abandon(struct checker *checker, struct checker_request *request);

/* Its oldest entry at the node, of this try or, 0, of any; or NULL. */
struct checker_entry *checker_request_entry_at(const struct checker_request *request, node_id node,
                                               uint8_t try);

void checker_take_request(struct checker *checker, const struct record *record);
void checker_take_route(struct checker *checker, const struct record *record);
void checker_take_reply(struct checker *checker, const struct record *record);
void checker_take_fail(struct checker *checker, const struct record *record);

/* ---- checker_sources.c ----------------------------------------------------------------------- */

/* A REQUEST of open load. */
void checker_source_made(struct checker *checker, const struct record *record);

/* The run ends at t_ns: what was due is made. */
void checker_sources_end(struct checker *checker, int64_t t_ns);

/* ---- checker_messages.c ---------------------------------------------------------------------- */

void checker_take_send(struct checker *checker, const struct record *record);
void checker_take_recv(struct checker *checker, const struct record *record);
void checker_take_drop(struct checker *checker, const struct record *record);

/* ---- checker_links.c ------------------------------------------------------------------------- */

enum error checker_links_init(struct checker *checker);
void checker_links_close(struct checker *checker);
void checker_take_set(struct checker *checker, const struct record *record);

/* Whether messages sent now over this link come in order, and once. */
bool checker_link_keeps_order(const struct checker *checker, node_id from, node_id to);

/* ---- checker_workers.c ----------------------------------------------------------------------- */

/* Whether it may take turns, by what is known: a found one may have loaded before the trace. */
static inline bool checker_worker_may_be_ready(const struct checker_worker *worker)
{
    return worker->has_value || (worker->found && !worker->loads && !worker->failed);
}

/* When its life ends, on its node's clock; TIME_NEVER: it has not begun. */
static inline int64_t checker_worker_end_ns(const struct checker_worker *worker)
{
    return worker->ttl_ns == TIME_NEVER ? TIME_NEVER : worker->life_ns + worker->ttl_ns;
}

/* The live worker, or NULL. */
struct checker_worker *checker_worker_find(const struct checker *checker, uint64_t number);

/* The worker ends: it is gone from its place, which stays. */
void checker_worker_remove(struct checker *checker, struct checker_worker *worker, int64_t t_ns);

void checker_take_start(struct checker *checker, const struct record *record);
void checker_take_load(struct checker *checker, const struct record *record);
void checker_take_value(struct checker *checker, const struct record *record);
void checker_take_expire(struct checker *checker, const struct record *record);
void checker_take_lost(struct checker *checker, const struct record *record);

/* ---- checker_serves.c ------------------------------------------------------------------------ */

void checker_take_serve(struct checker *checker, const struct record *record);

/* ---- checker_nodes.c ------------------------------------------------------------------------- */

/* Whether what was due at due_ns on the node's clock comes too late in this record of it. */
bool checker_node_is_late(const struct checker *checker, const struct record *record,
                          int64_t due_ns);

/* Whether what was due at due_ns on the node's clock has not come and can come no more in time,
 * when the run ends with `by`. */
bool checker_node_is_late_at_end(const struct checker *checker, const struct record *by,
                                 int64_t due_ns);

/* The time by which the length of a turn is judged: true time, or the clock of a real node, since a
 * merge of many traces may draw the true times of a node's records together. */
static inline int64_t checker_turn_time_ns(const struct checker *checker,
                                           const struct record *record)
{
    return checker->setup.late_ns ? record->clock_ns : record->t_ns;
}

/* What the node's last records asked for is here, or is missing. */
void checker_node_collect(struct checker *checker, struct checker_node *node,
                          const struct record *record);

/* What the node's clock shows at the end of the run, or before, if that is all that can be known.
 */
int64_t checker_node_clock_at_end(const struct checker *checker, const struct checker_node *node,
                                  int64_t t_ns);

void checker_take_up(struct checker *checker, const struct record *record);
void checker_take_down(struct checker *checker, const struct record *record);
void checker_take_frozen(struct checker *checker, const struct record *record);
void checker_take_view(struct checker *checker, const struct record *record);

/* ---- checker_moves.c ------------------------------------------------------------------------- */

void checker_moves_init(struct checker *checker);
void checker_moves_close(struct checker *checker);
void checker_take_moved(struct checker *checker, const struct record *record);

void checker_take_handed(struct checker *checker, const struct record *record);

/* The worker, just added, has come from another node by this START; it shows its value, or that its
 * load failed there. */
void checker_worker_came(struct checker *checker, const struct record *start,
                         struct checker_worker *worker);
void checker_worker_shows(struct checker *checker, const struct record *record,
                          struct checker_worker *worker);

/* ---- checker_absences.c ---------------------------------------------------------------------- */

/* A DOWN; an UP, before the node counts as up; a RECV; a VIEW, or the end of one at a DOWN. */
void checker_absence_begins(struct checker *checker, const struct record *down);
void checker_absence_ends(struct checker *checker, const struct record *up);
void checker_absence_heard(struct checker *checker, const struct record *record);
void checker_absence_view(struct checker *checker, const struct record *record,
                          const struct member_set *before, const struct member_set *after);

/* The run ends at t_ns. */
void checker_absences_end(struct checker *checker, int64_t t_ns);

/* ---- checker_duplicates.c -------------------------------------------------------------------- */

/* The worker has just become one of its id's; and is about to stop being one. Before a
 * record at t_ns is judged, checker_duplicates_settle confirms the further workers that are certain
 * by then. */
void checker_duplicates_started(struct checker *checker, struct checker_worker *worker,
                                const struct record *record);
void checker_duplicates_ended(struct checker *checker, struct checker_worker *worker, int64_t t_ns);
void checker_duplicates_settle(struct checker *checker, int64_t t_ns);

enum error checker_duplicates_init(struct checker *checker);
void checker_duplicates_close(struct checker *checker);

#endif
