/* What the checker knows; for the files of the checker alone.
 *
 * It holds what is open, live or under way, and nothing of what is over. Records go by kind to
 * check_nodes.c (who runs, and who sees whom), check_requests.c (what callers asked),
 * check_messages.c (what is under way) and check_workers.c (who lives), check_serves.c (who
 * answers). check_places.c
 * keeps what waits for which worker, check_members.c the views, duplicates.c tells why an id has a
 * second worker. */
#ifndef CHECK_CHECKER_STATE_H
#define CHECK_CHECKER_STATE_H

#include "base/pool.h"
#include "base/random.h"
#include "base/table.h"
#include "check/checker.h"

/* A set of members, one for all views that have these members. */
struct member_set {
    struct view view;
    uint64_t serial; /* never given twice, unlike a slot */
    uint64_t hash;
    uint32_t slot;
    uint32_t uses;
};

/* An id of which something is open or live. */
struct check_id {
    struct text id;
    struct place *recent;  /* the place that was last looked up, or NULL */
    uint64_t owner_serial; /* the member set for which `owner` was last found, or 0 */
    node_id owner;
    uint32_t uses; /* requests and places */
    uint32_t live; /* its workers in the cluster */
    uint32_t slot;
    struct live *workers;     /* the last started first */
    int64_t several_since_ns; /* while it has more than one */
    bool several;             /* it has, and that is certain */
};

/* An id on a node: its worker there, if it lives, and what waits for it. */
struct place {
    struct check_id *id;
    struct live *worker;
    struct entry *first; /* the oldest; it may be in its turn */
    struct entry *last;
    int64_t quiet_until_ns; /* on the node's clock nothing falls overdue before */
    uint32_t count;         /* entries */
    uint32_t required;      /* those that are not excused */
    uint32_t slot;
    node_id node;
};

/* A request in a mailbox. */
struct entry {
    struct place *place;
    struct check_request *request;
    struct entry *next;
    struct entry *previous;
    struct entry *next_of_request;
    struct entry *next_fresh; /* at its node, of the instant in which it came */
    struct entry *previous_fresh;
    int64_t due_ns;  /* on the node's clock: from then on it may leave without a word */
    int64_t came_ns; /* as turn_time_ns tells */
    uint32_t slot;
    uint8_t try;
    bool excused;  /* it may leave without a word, or has left */
    bool in_turn;  /* then it is left to its end, overdue or not */
    bool doubtful; /* it may have been refused without a word when it came */
};

/* What a value is compared by: a short one by itself, a long one by its 128-bit hash. */
struct print {
    uint64_t words[2];
};

/* An answer that some worker decided for a request. */
struct served {
    uint64_t worker; /* 0: none */
    struct print value;
    node_id node;
};

#define SERVED_MAX 4u /* owner and caller, and once more each where links duplicate */

struct check_request {
    uint64_t number;
    struct check_id *id;
    struct entry *entries;
    struct member_set *members; /* the caller's, when it was routed */
    int64_t deadline_ns;        /* on the caller's clock */
    uint32_t slot;
    uint32_t messages; /* under way for it */
    uint32_t sent;     /* REQUESTs */
    node_id caller;
    node_id owner; /* of the first try */
    bool open;
    bool routed;
    bool tried_here;            /* after another node */
    bool refused;               /* failed in a way that says that no worker ran for it */
    struct check_request *next; /* open ones of the caller */
    struct check_request *previous;
    struct served served[SERVED_MAX];
};

/* A link with REQUESTs under way, where links keep the order. */
struct check_link {
    uint64_t newest; /* the request that came last */
    node_id from;
    node_id to;
    uint32_t starts; /* of both nodes, where that makes it another link */
    uint32_t slot;
    uint32_t messages; /* REQUESTs under way */
};

/* A message under way. */
struct carried {
    uint64_t number;
    struct check_request *request; /* NULL if it is for none, or for one that is over */
    struct check_link *link;       /* NULL if its order is not judged */
    node_id from;
    node_id to;
    uint32_t slot;
    uint8_t kind;
};

/* Why a worker was started. */
struct origin {
    uint64_t request;           /* 0: not known */
    struct member_set *members; /* of the caller when it routed the request */
    node_id caller;
    node_id owner;
    uint8_t try;
    uint64_t handed_by;      /* the duplicate that handed its mailbox on, or 0 */
    int64_t handed_since_ns; /* when that one became a duplicate */
};

/* A live worker. */
struct live {
    uint64_t number;
    struct place *place;
    int64_t life_ns;    /* on the node's clock, from when its life counts */
    int64_t started_ns; /* in true time */
    int64_t turn_ns;    /* as turn_time_ns tells, when its next turn can have begun */
    struct print value;
    uint32_t slot;
    bool found; /* it lived before the trace began */
    bool suspected;
    bool loads;
    bool has_value;
    bool failed;
    struct live *next_here; /* on this node */
    struct live *previous_here;
    struct live *next_of_id;
    struct live *previous_of_id;
    struct live *next_suspect; /* that started after it */
    struct live *previous_suspect;
    int64_t duplicate_since_ns; /* -1 if it was the only one when it started */
    struct origin origin;
};

/* What the next record of a node has to be. */
enum owes {
    OWES_ANSWER = 1, /* the answer to `owed`, which was served */
    OWES_WORKER = 2, /* the next worker of `handing`, in which requests wait */
    OWES_CRASH = 4,  /* the node's end */
};

struct check_node {
    struct member_set *members;
    struct check_request *requests; /* open */
    struct live *workers;
    struct entry *fresh; /* came at the instant fresh_*, and hardly settled yet */
    int64_t fresh_t_ns;
    int64_t fresh_clock_ns;
    int64_t seen_t_ns; /* its last record */
    int64_t seen_clock_ns;
    int64_t before_t_ns; /* its last record before the instant of that one */
    int64_t before_clock_ns;
    int64_t frozen_ns; /* its last freeze, on its clock */
    int64_t thawed_ns; /* TIME_NEVER while it is frozen */
    uint64_t owed;
    struct place *handing;
    uint64_t handing_worker;
    int64_t handing_since_ns; /* since when that one was a duplicate, or -1 */
    uint64_t lost_worker;     /* ended by the node's going, which has not gone yet */
    uint64_t lost_request;    /* was held by a worker that was lost */
    uint64_t lost_caller;     /* failed with caller-lost */
    uint32_t starts;          /* so far */
    uint16_t fresh_step;
    uint8_t owes; /* enum owes */
    bool up;
    bool frozen;
};

struct checker {
    struct reader reader;
    struct check_setup setup;
    void (*emit)(void *context, const struct record *record);
    void *context;
    struct router router;
    struct check_node *nodes;
    struct pool sets, ids, places, entries, requests, messages, links, workers;
    struct table by_members, by_id, by_place, by_request, by_message, by_link, by_worker;
    struct check_request *recent; /* the one last looked up: most are several times in a row */
    struct view scratch;          /* a VIEW's members, to look for their set */
    uint64_t next_serial;         /* of a member set */
    bool began;                   /* a record has come */
    bool failed;
    bool paid;             /* this record is the answer that its node owed */
    struct live *suspects; /* further workers of their ids, perhaps; the first started first */
    struct live *last_suspect;
    uint64_t open;
    uint64_t violations[RULES_COUNT];
    uint64_t duplicates;
    uint64_t causes[CAUSES_COUNT];
    uint64_t several_ids;       /* ids that have more than one worker now */
    int64_t several_ns;         /* of those that had */
    uint64_t several_since_sum; /* of several_since_ns of those that have, modulo 2^64 */
    int64_t several_last_ns;    /* when an id last stopped having more than one, or -1 */
};

/* ---- check.c ------------------------------------------------------------------------------- */

/* Counts a breach and tells of the first ones of its rule. `by` is the record that shows it. */
void check_breach(struct checker *check, enum rule rule, const struct record *by,
                  const struct text *id, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Memory ran out: nothing is judged from now on. */
void check_give_up(struct checker *check);

/* For messages. */
#define PRInode       "n%" PRIu32
#define NODE_SHOWN(n) ((uint32_t)(n) + 1)

/* ---- check_members.c ----------------------------------------------------------------------- */

/* The set with these members, with one more use. NULL when there is no memory. */
struct member_set *members_of(struct checker *check, const struct view *view);
void members_use(struct member_set *set);
void members_release(struct checker *check, struct member_set *set); /* NULL does nothing */
void members_close(struct checker *check);

/* "{n1,n3}", or in short where they are many. */
struct members_text {
    char text[96];
};
struct members_text members_text(const struct view *view);

/* ---- check_places.c ------------------------------------------------------------------------ */

/* The id, new if need be, with one more use. NULL when there is no memory, with judging ended. */
struct check_id *id_of(struct checker *check, const struct text *id);
void id_release(struct checker *check, struct check_id *id);

/* The id's place at the node, new if need be. It lasts until place_release finds nothing in it.
 * NULL when there is no memory, with judging ended. */
struct place *place_of(struct checker *check, struct check_id *id, node_id node);
void place_release(struct checker *check, struct place *place);

/* The request comes to the place; due_ns as in struct entry. */
void place_enter(struct checker *check, const struct record *record, struct check_request *request,
                 int64_t due_ns, uint8_t try);

/* The first entry that may not leave without a word, or NULL. Forgets what has left before it. */
struct entry *place_first_required(struct checker *check, struct place *place, int64_t clock_ns);

/* The first entry that has waited for longer than this one, which is served, and may not leave
 * without a word; NULL as it should be. */
const struct entry *place_passed_over(struct entry *entry, int64_t clock_ns);

/* The place's worker is ready for a turn: it is the first one's. */
void place_begin_turn(struct checker *check, struct place *place, int64_t clock_ns);

/* The worker ends: what was in its turn and is still wanted waits like the others, for the next
 * worker. What is not wanted any more was left to the turn's end, and leaves. */
void place_end_turn(struct checker *check, struct place *place);

/* The entry leaves. Its request and place stay. */
void entry_remove(struct checker *check, struct entry *entry);

/* Nobody waits for it any more: it leaves, unless it is in its turn. Its request stays. */
void entry_excuse(struct checker *check, struct entry *entry);

/* It must find what it needs at the record's instant (see places_settle). */
void entry_freshen(struct check_node *node, struct entry *entry, const struct record *record);

/* All entries leave, and requests that were kept for them alone. */
void place_clear(struct checker *check, struct place *place);

/* What came to the node at an earlier instant than `record` must have found a worker and room. */
void places_settle(struct checker *check, struct check_node *node, const struct record *record);

/* The first entry of this instant at the place, or NULL. */
const struct entry *place_fresh(const struct check_node *node, const struct place *place);

/* ---- check_requests.c ---------------------------------------------------------------------- */

struct check_request *request_find(struct checker *check, uint64_t number);

/* Forgets it if it is over and nothing of it is left. */
void request_release(struct checker *check, struct check_request *request);

/* Ends without a record what a node that went down has left open. */
void request_abandon(struct checker *check, struct check_request *request);

/* Its oldest entry at the node, or NULL. */
struct entry *request_entry_at(const struct check_request *request, node_id node);

void check_request(struct checker *check, const struct record *record);
void check_route(struct checker *check, const struct record *record);
void check_reply(struct checker *check, const struct record *record);
void check_fail(struct checker *check, const struct record *record);

/* ---- check_messages.c ---------------------------------------------------------------------- */

void check_send(struct checker *check, const struct record *record);
void check_recv(struct checker *check, const struct record *record);
void check_drop(struct checker *check, const struct record *record);

/* ---- check_workers.c ----------------------------------------------------------------------- */

struct print print_of_long(const struct text *text);

static inline struct print print_of(const struct text *text)
{
    struct print print;
    if (text_is_large(text))
        return print_of_long(text);
    memcpy(&print, text, sizeof print);
    return print;
}

static inline bool print_equal(struct print a, struct print b)
{
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

/* Whether it takes its turns, for all that is known: of a found one no load may ever be told. */
static inline bool worker_may_be_ready(const struct live *worker)
{
    return worker->has_value || (worker->found && !worker->loads && !worker->failed);
}

/* The live worker, or NULL. */
struct live *worker_find(const struct checker *check, uint64_t number);

/* The worker ends: it is gone from its place, which stays. */
void worker_remove(struct checker *check, struct live *worker, int64_t t_ns);

void check_start(struct checker *check, const struct record *record);
void check_load(struct checker *check, const struct record *record);
void check_value(struct checker *check, const struct record *record);
void check_expire(struct checker *check, const struct record *record);
void check_lost(struct checker *check, const struct record *record);

/* ---- check_serves.c ------------------------------------------------------------------------ */

void check_serve(struct checker *check, const struct record *record);

/* ---- check_nodes.c ------------------------------------------------------------------------- */

/* Whether what was due at due_ns on the node's clock comes too late in this record of it. */
bool node_is_late(const struct checker *check, const struct record *record, int64_t due_ns);

/* Whether what was due at due_ns on the node's clock has not come and can come no more in time,
 * when the run ends with `by`. */
bool node_is_late_at_end(const struct checker *check, const struct record *by, int64_t due_ns);

/* The time by which the length of a turn is judged: true time, or the clock of a real node, since a
 * merge of many traces may draw the true times of a node's records together. */
static inline int64_t turn_time_ns(const struct checker *check, const struct record *record)
{
    return check->setup.late_ns ? record->clock_ns : record->t_ns;
}

/* What the node's last records asked for is here, or is missing. */
void node_collect(struct checker *check, struct check_node *node, const struct record *record);

/* What the node's clock shows at the end of the run, or before, if that is all that can be known.
 */
int64_t node_clock_at_end(const struct checker *check, const struct check_node *node, int64_t t_ns);

void check_up(struct checker *check, const struct record *record);
void check_down(struct checker *check, const struct record *record);
void check_frozen(struct checker *check, const struct record *record);
void check_view(struct checker *check, const struct record *record);

/* ---- duplicates.c -------------------------------------------------------------------------- */

/* The worker has just become one of its id's; and is about to stop being one. Before what a record
 * at t_ns tells, what is certain by then of further workers is said. */
void duplicates_started(struct checker *check, struct live *worker, const struct record *record);
void duplicates_ended(struct checker *check, struct live *worker, int64_t t_ns);
void duplicates_settle(struct checker *check, int64_t t_ns);

#endif
