/* What each file of the checker gives the others: who calls whom, file by file. checker_state.h
 * says what they all work on, checker_leases.h what those on leases give each other. */
#ifndef CHECK_CHECKER_PARTS_H
#define CHECK_CHECKER_PARTS_H

#include "check/checker_state.h"

/* ---- checker.c ------------------------------------------------------------------------------- */

/* Counts a breach, and emits a VIOLATION for the first ones of its rule. `by` is the record that
 * shows the breach. The format is printf's; a long text is cut. */
void checker_breach(struct checker *checker, enum rule rule, const struct record *by,
                    const struct text *id, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* By the trace there are so many at the end, by the cluster's count `there`. */
void checker_compare(struct checker *checker, int64_t t_ns, const char *what, uint64_t here,
                     uint64_t there);

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

/* ---- checker_ids.c --------------------------------------------------------------------------- */

/* The id, new if need be, with one more use. NULL when there is no memory, with judging ended. */
struct checker_id *checker_id_of(struct checker *checker, const struct text *id);
void checker_id_release(struct checker *checker, struct checker_id *id);

/* The id's place at the node, new if need be. It lasts until checker_place_release finds nothing in
 * it. NULL when there is no memory, with judging ended. */
struct checker_place *checker_place_of(struct checker *checker, struct checker_id *id,
                                       node_id node);
void checker_place_release(struct checker *checker, struct checker_place *place);

/* ---- checker_places.c ------------------------------------------------------------------------ */

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

/* The node refuses the request: should it say that the id has moved, it names this owner. */
void checker_request_named(const struct checker *checker, const struct record *refusal,
                           struct checker_request *request);

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

/* Whether the records tell when a life ends: not when it counts from answers that they leave out.
 */
static inline bool checker_knows_life(const struct checker *checker)
{
    return checker->setup.all || !checker->setup.expire_idle;
}

/* The live worker, or NULL. */
struct checker_worker *checker_worker_find(const struct checker *checker, uint64_t number);

/* The worker can do no more: it counts no longer among its id's. */
void checker_worker_retire(struct checker *checker, struct checker_worker *worker, int64_t t_ns);

/* The worker ends: it is gone from its place, which stays. */
void checker_worker_remove(struct checker *checker, struct checker_worker *worker, int64_t t_ns);

/* The worker of the node is about to end, and another one takes over its mailbox. */
void checker_worker_hands_on(struct checker_node *node, const struct checker_worker *worker);

/* A worker has started, whose cause is `origin`, or is to be found and judged if that is NULL. It
 * has one more use of the origin's members. */
void checker_worker_started(struct checker *checker, const struct record *record,
                            const struct worker_origin *origin);

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
