#include "check/checker_parts.h"

#include "base/bits.h"

#include <inttypes.h>

/* ---- clocks -------------------------------------------------------------------------------- */

static bool freeze_covers(const struct checker *checker, const struct checker_node *node,
                          int64_t due_ns, int64_t clock_ns)
{
    int64_t late_ns = checker->setup.late_ns;
    return node->frozen_ns - late_ns <= due_ns && clock_ns - late_ns <= node->thawed_ns;
}

/* What is due at due_ns on a clock happens at due_ns or 1 ns later, since from one instant to the
 * next a clock moves on by 2 ns at most, its rate being no less than half that of true time and no
 * more than half as much again. A clock that has kept its distance from true time since the node's
 * last instant on record is exact. One that may have been set is late by no more than it can have
 * leapt: by what it moved on beyond the slowest rate. What a freeze covers happens when it ends.
 * Where timers may be late (late_ns) all this takes so much longer at most; a freeze then covers
 * also what fell due so shortly before it. */
bool checker_node_is_late(const struct checker *checker, const struct record *record,
                          int64_t due_ns)
{
    const struct checker_node *node = &checker->nodes[record->node];
    int64_t late_ns = record->clock_ns - due_ns - checker->setup.late_ns;
    int64_t moved_ns = record->clock_ns - node->before_clock_ns;
    int64_t passed_ns = record->t_ns - node->before_t_ns;
    int64_t leap_ns = moved_ns - passed_ns / 2;
    if (late_ns <= 0)
        return false;
    if (freeze_covers(checker, node, due_ns, record->clock_ns))
        return false;
    if (checker->setup.clocks_exact || checker->setup.late_ns || moved_ns == passed_ns)
        return true;
    if (checker->setup.clocks_smooth || leap_ns < 0)
        return late_ns > 1;
    return late_ns > leap_ns + 1;
}

/* In the simulator (late_ns is 0) no freeze is an excuse: a node that thaws does at once what fell
 * due meanwhile. */
bool checker_node_is_late_at_end(const struct checker *checker, const struct record *by,
                                 int64_t due_ns)
{
    const struct checker_node *node = &checker->nodes[by->node];
    if (by->clock_ns - due_ns <= checker->setup.late_ns)
        return false;
    return !checker->setup.late_ns || !freeze_covers(checker, node, due_ns, by->clock_ns);
}

int64_t checker_node_clock_at_end(const struct checker *checker, const struct checker_node *node,
                                  int64_t t_ns)
{
    int64_t passed_ns = checker->setup.clocks_exact ? t_ns - node->seen_t_ns : 0;
    return node->seen_clock_ns + passed_ns;
}

/* ---- what the last records asked for ------------------------------------------------------- */

static void collect_answer(struct checker *checker, struct checker_node *node,
                           const struct record *record)
{
    bool answer = record->kind == RECORD_REPLY ||
                  (record->kind == RECORD_SEND && record->message == MESSAGE_REPLY);
    checker->fulfils = answer && record->request == node->unanswered;
    if (!checker->fulfils)
        checker_breach(checker, RULE_NOTHING_LOST, record, NULL,
                       "request %" PRIu64 " was served on " PRInode " and its answer did not leave",
                       node->unanswered, NODE_SHOWN(record->node));
}

static void collect_worker(struct checker *checker, struct checker_node *node,
                           const struct record *record)
{
    struct checker_place *place = node->handing;
    if (record->kind == RECORD_START && text_equal(&record->id, &place->id->id))
        return; /* checker_take_start takes it from here */
    for (const struct checker_entry *entry = place->first; entry; entry = entry->next) {
        if (entry->excused || entry->held)
            continue;
        checker_breach(checker, RULE_NOTHING_LOST, record, &place->id->id,
                       PRIworker " expired while request %" PRIu64
                                 " waited, and no worker followed it",
                       WORKER_SHOWN(&place->id->id, place->node, node->handing_worker),
                       entry->request->number);
        break;
    }
    node->handing = NULL;
    checker_place_clear(checker, place);
    checker_place_release(checker, place);
}

static bool belongs_to_a_crash(const struct record *record)
{
    return record->kind == RECORD_LOST ||
           (record->kind == RECORD_FAIL && record->code == OUTCOME_CALLER_LOST) ||
           (record->kind == RECORD_DOWN && record->code == DOWN_CRASH);
}

static void collect_crash(struct checker *checker, struct checker_node *node,
                          const struct record *record)
{
    if (belongs_to_a_crash(record)) {
        if (record->kind != RECORD_DOWN)
            node->obligations |= OBLIGATION_CRASH;
        return;
    }
    bool ends = record->kind == RECORD_REPLY || record->kind == RECORD_FAIL;
    if (ends && record->request == node->lost_request)
        node->lost_request =
            0; /* the worker was kept for it alone, and its caller has its answer */
    if (node->lost_request)
        checker_breach(checker, RULE_NOTHING_LOST, record, NULL,
                       "request %" PRIu64 " was held by worker #%" PRIu64 " on " PRInode
                       ", which was lost without a crash",
                       node->lost_request, node->lost_worker, NODE_SHOWN(record->node));
    if (node->lost_caller)
        checker_breach(checker, RULE_ONE_OUTCOME, record, NULL,
                       "request %" PRIu64 " failed with caller-lost though " PRInode
                       " did not crash",
                       node->lost_caller, NODE_SHOWN(record->node));
    node->lost_request = 0;
    node->lost_caller = 0;
}

void checker_node_collect(struct checker *checker, struct checker_node *node,
                          const struct record *record)
{
    uint8_t obligations = node->obligations;
    node->obligations = 0;
    if (obligations & OBLIGATION_ANSWER)
        collect_answer(checker, node, record);
    if (obligations & OBLIGATION_WORKER)
        collect_worker(checker, node, record);
    if (obligations & OBLIGATION_CRASH)
        collect_crash(checker, node, record);
}

/* ---- coming and going ---------------------------------------------------------------------- */

void checker_take_up(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    checker_absence_ends(checker, record);
    node->up = true;
    node->starts++;
    node->leaves = false;
    node->frozen = false;
    node->stood_ns = 0;
    node->renewed = NODE_NONE;
    if (node->lives)
        memset(node->lives, 0, checker->setup.nodes * sizeof *node->lives);
    if (node->leaving)
        memset(node->leaving, 0, bits_words(checker->setup.nodes) * sizeof *node->leaving);
    node->thawed_ns = record->clock_ns;
    if (!checker->setup.late_ns)
        node->frozen_ns = node->thawed_ns = TIME_NEVER;
}

static void end_workers(struct checker *checker, struct checker_node *node,
                        const struct record *record)
{
    struct list_link *first = list_first(&node->workers);
    if (first) {
        const struct checker_worker *worker = container_of(first, struct checker_worker, of_node);
        checker_breach(checker, RULE_CONSERVATION, record, &worker->place->id->id,
                       PRInode " went down while " PRIworker " was neither expired nor lost",
                       NODE_SHOWN(record->node),
                       WORKER_SHOWN(&worker->place->id->id, record->node, worker->number));
    }
    list_each (link, &node->workers) {
        struct checker_worker *worker = container_of(link, struct checker_worker, of_node);
        struct checker_place *place = worker->place;
        checker_place_clear(checker, place);
        checker_worker_remove(checker, worker, record->t_ns);
        checker_place_release(checker, place);
    }
}

static void end_requests(struct checker *checker, struct checker_node *node,
                         const struct record *record)
{
    struct list_link *first = list_first(&node->requests);
    if (first) {
        const struct checker_request *request =
            container_of(first, struct checker_request, of_caller);
        checker_breach(checker, RULE_ONE_OUTCOME, record, &request->id->id,
                       PRInode " went down while request %" PRIu64 " was open",
                       NODE_SHOWN(record->node), request->number);
    }
    list_each (link, &node->requests)
        checker_request_abandon(checker, container_of(link, struct checker_request, of_caller));
}

/* Whether there are views in the trace, and they change. */
static bool judges_views(const struct checker *checker)
{
    return checker->setup.all && !checker->setup.views_static;
}

/* A node that leaves goes when it has answered what came to it. */
static void judge_leaver(struct checker *checker, const struct checker_node *node,
                         const struct record *record)
{
    for (const struct checker_entry *entry = node->held; entry; entry = entry->next_fresh)
        if (!entry->excused && entry->due_ns > record->clock_ns &&
            !checker_entry_may_be_silent(entry))
            checker_breach(checker, RULE_NOTHING_LOST, record, &entry->place->id->id,
                           "request %" PRIu64 " waited on " PRInode
                           ", which left and did not answer it",
                           entry->request->number, NODE_SHOWN(record->node));
}

void checker_take_down(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    if (record->code == DOWN_LEAVE)
        judge_leaver(checker, node, record);
    while (node->fresh || node->held) { /* it came in the node's last instant, or while it joined */
        struct checker_place *place = (node->fresh ? node->fresh : node->held)->place;
        checker_place_clear(checker, place);
        checker_place_release(checker, place);
    }
    end_workers(checker, node, record);
    end_requests(checker, node, record);
    if (judges_views(checker))
        checker_absence_view(checker, record, node->members, NULL);
    node->up = false;
    node->frozen = false;
    if (judges_views(checker))
        checker_absence_begins(checker, record);
    node->frozen_ns = record->clock_ns;
    node->thawed_ns = TIME_NEVER;
    node->lost_worker = 0;
    node->lost_request = 0;
    node->lost_caller = 0;
}

/* Whether the node has had no time since its last freeze to see to what fell due in it. */
static bool is_hardly_thawed(const struct checker *checker, const struct checker_node *node,
                             int64_t clock_ns)
{
    return node->thawed_ns != TIME_NEVER && clock_ns - node->thawed_ns < checker->setup.late_ns;
}

/* A real process may record late that it stood still before a freeze that is on record already.
 * Then that freeze began earlier, and ended when it did. One that starts takes its time, and gets
 * what was asked meanwhile when it is up: it stands still until then. */
void checker_take_frozen(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    bool goes_on = node->frozen || !node->up || is_hardly_thawed(checker, node, record->clock_ns);
    bool told_late = checker->setup.late_ns && node->thawed_ns != TIME_NEVER &&
                     record->clock_ns < node->thawed_ns;
    bool stood = node->frozen;
    node->frozen = record->kind == RECORD_FROZEN;
    if (node->frozen && !stood)
        node->stands_ns = record->t_ns;
    if (!node->frozen && stood)
        node->stood_ns += record->t_ns - node->stands_ns;
    if (node->frozen && (!goes_on || record->clock_ns < node->frozen_ns))
        node->frozen_ns = record->clock_ns;
    if (!told_late)
        node->thawed_ns = node->frozen ? TIME_NEVER : record->clock_ns;
}

void checker_take_view(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    if (checker->setup.views_static)
        return;
    view_from_bits(&checker->scratch, text_bytes(&record->value), text_size(&record->value));
    struct member_set *members = checker_members_of(checker, &checker->scratch);
    checker_absence_view(checker, record, node->members, members);
    checker_members_release(checker, node->members);
    node->members = members;
    if (members && members->view.count && !checker->setup.slots)
        checker_places_take_held(node, record, 0, 0);
}
