/* Why an id has a second live worker, and for how long ids have.
 *
 * A worker was started for a request that a caller routed in its own view, or tried again on its
 * own node, or that was handed on to it. So of two workers of one id either one was started by a
 * retry; or it took over from one that was a second worker already; or their callers' views
 * differed; or the route itself depends on the caller; or one had begun before the trace did.
 * Nothing else may give an id a second worker. Two that lived at once for such a reason, and meet
 * again after a move, are the same two.
 *
 * Where the times of two nodes may be apart by error_ns, workers on different nodes that overlap
 * for no longer may never have met: the one may have ended before the other began. So one that
 * starts on a node of its own beside others is a suspect first. With an error of 5ms:
 *
 *     10ms    n2's worker starts
 *     4s      n3's worker of the same id starts: a suspect
 *     4.005s  if either ends up to now, nothing was found
 *     4.006s  a record of whatever node: both live still, so n3's was a further one since 4s. Now
 *             the duplicate is emitted and judged as it would have been at 4s.
 */
#include "check/checker_parts.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "node/id.h"
#include "trace/quantiles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct reason {
    enum cause cause; /* CAUSES_COUNT: none */
    char text[320];
};

static void by_retry(struct reason *reason, const struct checker_worker *worker)
{
    const struct worker_origin *origin = &worker->origin;
    reason->cause = CAUSE_RETRY;
    static const char *const words[WHYS_COUNT] = {
        [WHY_FIRST] = "after no answer from",
        [WHY_RETRY] = "after no answer from",
        [WHY_LEFT] = "after no answer from the leaving",
        [WHY_LOST] = "after losing",
        [WHY_REFUSED] = "after a refusal by the leaving",
        [WHY_MOVED] = "after a refusal by the former owner",
    };
    bool own = worker->place->node == origin->caller;
    const char *after = words[origin->why < WHYS_COUNT ? origin->why : WHY_RETRY];
    snprintf(reason->text, sizeof reason->text,
             PRInode " tried again on %s %s " PRInode " (req %" PRIu64 ")",
             NODE_SHOWN(origin->caller), own ? "its own" : "the next owner's", after,
             NODE_SHOWN(origin->owner), origin->request);
}

static void by_handing_on(struct reason *reason, const struct checker_worker *worker)
{
    reason->cause = CAUSE_HANDED_ON;
    snprintf(reason->text, sizeof reason->text,
             "handed on by the one before it, a duplicate since %s",
             duration_exact(worker->origin.handed_since_ns).text);
}

/* Adds "n2's view {n1,n2}". */
static void add_view(struct string_builder *text, const struct worker_origin *origin)
{
    string_builder_add_char(text, 'n');
    string_builder_add_number(text, NODE_SHOWN(origin->caller));
    string_builder_add(text, "'s view ");
    string_builder_add(text, checker_members_text(origin->members));
}

static void by_view(struct reason *reason, const struct checker_worker *worker,
                    const struct checker_worker *other)
{
    struct string_builder text = string_builder_over(reason->text, sizeof reason->text);
    const struct text *id = &other->place->id->id;
    reason->cause = CAUSE_VIEW;
    add_view(&text, &worker->origin);
    string_builder_add(&text, " makes n");
    string_builder_add_number(&text, NODE_SHOWN(worker->place->node));
    string_builder_add(&text, " the owner; ");
    string_builder_add_bytes(&text, text_bytes(id), text_size(id));
    string_builder_add(&text, "@n");
    string_builder_add_number(&text, NODE_SHOWN(other->place->node));
    string_builder_add_char(&text, '#');
    string_builder_add_number(&text, other->number);
    string_builder_add(&text, " was started under ");
    add_view(&text, &other->origin);
}

static void by_beginning(struct reason *reason, const struct checker_worker *found)
{
    reason->cause = CAUSE_BEFORE;
    snprintf(reason->text, sizeof reason->text, PRInode "'s had begun before the trace",
             NODE_SHOWN(found->place->node));
}

/* Whose view it followed is not known: the request was given up where it was made. */
static void by_passing_on(struct reason *reason, const struct checker_worker *worker)
{
    reason->cause = CAUSE_VIEW;
    snprintf(reason->text, sizeof reason->text,
             PRInode "'s was started for a request that was passed on, and given up meanwhile",
             NODE_SHOWN(worker->place->node));
}

static void by_route(struct reason *reason, const struct checker_worker *worker)
{
    reason->cause = CAUSE_ROUTE;
    snprintf(reason->text, sizeof reason->text, "self-first: " PRInode " puts itself first",
             NODE_SHOWN(worker->origin.caller));
}

static const struct met_worker *find_met(const struct checker_worker *worker,
                                         const struct checker_worker *other)
{
    for (uint32_t i = 0; i < MET_MOST; i++)
        if (worker->line.met[i].first == other->line.first)
            return &worker->line.met[i];
        else if (other->line.met[i].first == worker->line.first)
            return &other->line.met[i];
    return NULL;
}

static void note_met(struct checker_worker *worker, const struct checker_worker *other,
                     enum cause cause)
{
    struct met_worker *met = worker->line.met;
    if (find_met(worker, other))
        return;
    memmove(met + 1, met, (MET_MOST - 1) * sizeof *met);
    met[0] = (struct met_worker){other->line.first, worker->started_ns, cause};
}

/* Where two meet again after a move, that needs no further cause. */
static void by_earlier(struct reason *reason, const struct met_worker *met)
{
    reason->cause = met->cause;
    snprintf(reason->text, sizeof reason->text,
             "the two have lived at once before, since %s, and moved",
             duration_exact(met->since_ns).text);
}

/* A leaving node refused the first try, so that the further one is the only one: it follows its
 * caller's view, as a first one does. */
static bool is_retry(const struct worker_origin *origin, const struct worker_origin *other)
{
    bool refused = origin->why == WHY_REFUSED || origin->why == WHY_MOVED;
    return origin->try == 2 && (!refused || origin->members == other->members);
}

/* Why `worker` started though `other` lived. */
static struct reason reason_of(const struct checker *checker, const struct checker_worker *worker,
                               const struct checker_worker *other)
{
    struct reason reason = {.cause = CAUSES_COUNT};
    const struct worker_origin *mine = &worker->origin, *its = &other->origin;
    if (worker->place == other->place)
        snprintf(reason.text, sizeof reason.text, "both are on one node");
    else if (worker->found)
        by_beginning(&reason, worker);
    else if (mine->handed_by)
        by_handing_on(&reason, worker);
    else if (is_retry(mine, its))
        by_retry(&reason, worker);
    else if (is_retry(its, mine))
        by_retry(&reason, other);
    else if (other->found)
        by_beginning(&reason, other);
    else if (!mine->request || !its->request)
        snprintf(reason.text, sizeof reason.text, "the trace does not tell why");
    else if (mine->request == REQUEST_PASSED_ON)
        by_passing_on(&reason, worker);
    else if (its->request == REQUEST_PASSED_ON)
        by_passing_on(&reason, other);
    else if (mine->members != its->members && mine->members && its->members)
        by_view(&reason, worker, other);
    else if (checker->setup.route == ROUTE_SELF_FIRST && mine->caller != its->caller)
        by_route(&reason, worker);
    else
        snprintf(reason.text, sizeof reason.text,
                 "request %" PRIu64 " of " PRInode " and request %" PRIu64 " of " PRInode
                 " were routed in equal views",
                 mine->request, NODE_SHOWN(mine->caller), its->request, NODE_SHOWN(its->caller));
    const struct met_worker *met = find_met(worker, other);
    if (reason.cause == CAUSES_COUNT && worker->place != other->place && met)
        by_earlier(&reason, met);
    return reason;
}

static void emit_duplicate(struct checker *checker, const struct checker_worker *worker,
                           const struct checker_worker *other, const struct reason *reason,
                           const struct record *record)
{
    struct record duplicate = record_of(RECORD_DUPLICATE);
    duplicate.t_ns = record->t_ns;
    duplicate.clock_ns = record->clock_ns;
    duplicate.step = record->step;
    duplicate.node = worker->place->node;
    duplicate.id = record->id;
    duplicate.worker = worker->number;
    duplicate.peer = other->place->node;
    duplicate.number = other->number;
    duplicate.value = text_borrow(reason->text, strlen(reason->text));
    checker->emit(checker->context, &duplicate);
}

/* A second worker on the same node breaks one-worker-a-node, which is judged elsewhere. */
static void judge_reason(struct checker *checker, const struct checker_worker *worker,
                         const struct checker_worker *other, const struct reason *reason,
                         const struct record *record)
{
    if (reason->cause != CAUSES_COUNT || !checker->setup.all || worker->place == other->place)
        return;
    checker_breach(checker, RULE_CAUSE, record, &record->id,
                   PRIworker " started while " PRIworker " lives, and nothing explains it: %s",
                   WORKER_SHOWN(&record->id, worker->place->node, worker->number),
                   WORKER_SHOWN(&record->id, other->place->node, other->number), reason->text);
}

static void judge_one_worker(struct checker *checker, const struct checker_worker *worker,
                             const struct checker_worker *other, const struct reason *reason,
                             const struct record *record)
{
    if (checker->setup.one_worker)
        checker_breach(checker, RULE_ONE_WORKER, record, &record->id,
                       PRIworker " and " PRIworker " live at once: %s",
                       WORKER_SHOWN(&record->id, other->place->node, other->number),
                       WORKER_SHOWN(&record->id, worker->place->node, worker->number),
                       reason->text);
}

static const struct checker_worker *worker_of(struct list_link *link)
{
    return container_of(link, struct checker_worker, of_id);
}

/* The id's worker that started before this one, or NULL. */
static const struct checker_worker *older(const struct checker_worker *worker)
{
    struct list_link *link = list_next(&worker->place->id->workers, &worker->of_id);
    return link ? worker_of(link) : NULL;
}

/* ---- how long ------------------------------------------------------------------------------ */

static bool is_measured(const struct expectation *e)
{
    return e->kind == EXPECT_DUPLICATE_TIME;
}

enum error checker_duplicates_init(struct checker *checker)
{
    const struct plan *plan = checker->setup.plan;
    size_t most = plan ? plan->expectations_count : 0;
    checker->double_watches = memory_zeroed((most + 1) * sizeof *checker->double_watches);
    if (!checker->double_watches)
        return ERROR_MEMORY;
    for (size_t i = 0; i < most; i++)
        if (is_measured(&plan->expectations[i]))
            checker->double_watches[checker->double_watches_count++].of = &plan->expectations[i].of;
    return OK;
}

void checker_duplicates_close(struct checker *checker)
{
    pool_map_each (struct checker_double, several, &checker->doubles)
        text_clear(&several->id);
    pool_map_close(&checker->doubles);
    memory_free(checker->double_watches);
}

static inline bool is_of_id(const void *object, const void *key)
{
    return text_equal(&((const struct checker_double *)object)->id, key);
}

/* The id's, new if need be. NULL when there is no memory, with judging ended. */
static struct checker_double *double_of(struct checker *checker, const struct text *id)
{
    uint32_t slot;
    struct checker_double *several = pool_map_find(&checker->doubles, id_hash(id), is_of_id, id);
    if (several)
        return several;
    several = pool_map_add(&checker->doubles, id_hash(id), &slot);
    if (several && !text_copy(&several->id, id)) {
        several->slot = slot;
        return several;
    }
    if (several)
        pool_map_remove(&checker->doubles, id_hash(id), slot);
    checker_give_up(checker);
    return NULL;
}

/* The part of from_ns..to_ns that lies in the watch's span, or 0 if that is of other ids. */
static int64_t measure(const struct expectation_part *of, const struct text *id, int64_t from_ns,
                       int64_t to_ns)
{
    if (of->of_id && !text_equal(&of->id, id))
        return 0;
    return max_i64(min_i64(to_ns, of->to_ns) - max_i64(from_ns, of->from_ns), 0);
}

/* How long the id has had more than one worker by t_ns: one of them on the node, and not the first,
 * if the watch is of a node. */
static int64_t measure_id(const struct expectation_part *of, const struct checker_id *id,
                          int64_t t_ns)
{
    int64_t longest_ns = 0;
    if (of->node == NODE_NONE)
        return measure(of, &id->id, id->several_since_ns, t_ns);
    list_each (link, &id->workers) {
        const struct checker_worker *worker = worker_of(link);
        if (worker->place->node == of->node && worker->duplicate_since_ns >= 0)
            longest_ns = max_i64(
                longest_ns,
                measure(of, &id->id, max_i64(worker->started_ns, id->several_since_ns), t_ns));
    }
    return longest_ns;
}

static void measure_all(struct checker *checker, const struct checker_id *id, int64_t t_ns)
{
    for (uint32_t i = 0; i < checker->double_watches_count; i++) {
        struct double_watch *watch = &checker->double_watches[i];
        watch->longest_ns = max_i64(watch->longest_ns, measure_id(watch->of, id, t_ns));
    }
}

int64_t checker_longest_double_ns(const struct checker *checker, const struct expectation_part *of,
                                  int64_t now_ns)
{
    int64_t longest_ns = 0;
    for (uint32_t i = 0; i < checker->double_watches_count; i++)
        if (checker->double_watches[i].of == of)
            longest_ns = checker->double_watches[i].longest_ns;
    pool_map_each (struct checker_id, id, &checker->ids)
        if (id->several)
            longest_ns = max_i64(longest_ns, measure_id(of, id, now_ns));
    return longest_ns;
}

void checker_fill_doubles(const struct checker *checker, int64_t now_ns, struct totals *totals)
{
    struct quantiles times = {0};
    pool_map_each (struct checker_double, several, &checker->doubles)
        quantiles_add(&times,
                      several->ns + (several->since_ns >= 0 ? now_ns - several->since_ns : 0));
    static const uint32_t ppm[] = {QUANTILE_MEDIAN, 990000, QUANTILE_MOST};
    int64_t found_ns[3];
    quantiles_find_all(&times, ppm, found_ns, 3);
    totals->double_p50_ns = found_ns[0];
    totals->double_p99_ns = found_ns[1];
    totals->double_max_ns = found_ns[2];
    quantiles_close(&times);
}

static void note_several(struct checker *checker, struct checker_worker *worker)
{
    struct checker_id *id = worker->place->id;
    worker->duplicate_since_ns =
        worker->origin.handed_by ? worker->origin.handed_since_ns : worker->started_ns;
    checker->duplicates++;
    if (id->several)
        return;
    struct checker_double *several = double_of(checker, &id->id);
    if (!several)
        return;
    several->since_ns = worker->started_ns;
    id->several = true;
    id->several_of = several;
    id->several_since_ns = worker->started_ns;
    checker->several_since_sum += (uint64_t)worker->started_ns;
    checker->several_ids++;
}

/* It is certain by this record that the worker and others before it live at once. The last started
 * stands first among the id's workers, so those that were there before it follow it. */
static void judge(struct checker *checker, struct checker_worker *worker,
                  const struct record *record)
{
    note_several(checker, worker);
    const struct checker_worker *oldest = worker_of(list_last(&worker->place->id->workers));
    struct reason reason = reason_of(checker, worker, oldest);
    if (reason.cause != CAUSES_COUNT) {
        checker->causes[reason.cause]++;
        note_met(worker, oldest, reason.cause);
    }
    emit_duplicate(checker, worker, oldest, &reason, record);
    judge_one_worker(checker, worker, oldest, &reason, record);
    judge_reason(checker, worker, oldest, &reason, record);
    bool by_itself = worker->origin.handed_by || worker->origin.try == 2;
    for (const struct checker_worker *other = older(worker); other != oldest && !by_itself;
         other = older(other)) {
        reason = reason_of(checker, worker, other);
        if (reason.cause != CAUSES_COUNT)
            note_met(worker, other, reason.cause);
        judge_reason(checker, worker, other, &reason, record);
    }
}

/* ---- suspects ------------------------------------------------------------------------------ */

/* The trace has come to t_ns and the suspect lives. */
static void confirm(struct checker *checker, struct checker_worker *worker, int64_t t_ns)
{
    struct record by = record_of(RECORD_START);
    by.t_ns = t_ns;
    by.node = worker->place->node;
    by.clock_ns = checker->nodes[by.node].seen_clock_ns;
    by.id = worker->place->id->id;
    judge(checker, worker, &by);
}

/* What confirm emits comes back as a record, which settles what is left: each round begins anew. */
void checker_duplicates_settle(struct checker *checker, int64_t t_ns)
{
    for (struct list_link *first; (first = list_first(&checker->suspects));) {
        struct checker_worker *worker = container_of(first, struct checker_worker, suspect);
        if (t_ns - worker->started_ns <= checker->setup.error_ns)
            return;
        list_remove(first);
        if (older(worker))
            confirm(checker, worker, t_ns);
    }
}

/* ---- coming and going ---------------------------------------------------------------------- */

/* On one node, times are in order. */
static bool is_alone_on_its_node(const struct checker_worker *worker)
{
    const struct checker_worker *other = older(worker);
    while (other && other->place != worker->place)
        other = older(other);
    return !other;
}

void checker_duplicates_started(struct checker *checker, struct checker_worker *worker,
                                const struct record *record)
{
    if (worker->place->id->live < 2)
        return;
    if (checker->setup.error_ns && is_alone_on_its_node(worker))
        list_add_last(&checker->suspects, &worker->suspect);
    else
        judge(checker, worker, record);
}

void checker_duplicates_ended(struct checker *checker, struct checker_worker *worker, int64_t t_ns)
{
    struct checker_id *id = worker->place->id;
    list_remove(&worker->suspect);
    if (!id->several)
        return;
    measure_all(checker, id, t_ns);
    if (id->live != 2)
        return;
    id->several_of->ns += t_ns - id->several_since_ns;
    id->several_of->since_ns = -1;
    id->several = false;
    checker->several_ids--;
    checker->several_since_sum -= (uint64_t)id->several_since_ns;
    checker->several_ns += t_ns - id->several_since_ns;
    checker->several_last_ns = t_ns;
}

/* ---- what is asked of it ------------------------------------------------------------------- */

uint64_t checker_duplicates(const struct checker *checker)
{
    return checker->duplicates;
}

uint64_t checker_duplicates_by(const struct checker *checker, enum cause cause)
{
    return checker->causes[cause];
}

int64_t checker_duplicate_ns(const struct checker *checker, int64_t now_ns)
{
    uint64_t open_ns = checker->several_ids * (uint64_t)now_ns - checker->several_since_sum;
    return checker->several_ns + (int64_t)open_ns;
}

uint64_t checker_duplicate_ids(const struct checker *checker)
{
    return checker->several_ids;
}

int64_t checker_last_duplicate_ns(const struct checker *checker, int64_t now_ns)
{
    return checker->several_ids ? now_ns : checker->several_last_ns;
}
