#include "check/checker_parts.h"

#include "base/duration.h"
#include "base/number.h"

#include <inttypes.h>

/* ---- answers ------------------------------------------------------------------------------- */

/* Of a turn with an answer of its own, when it began; of another answer, when it was decided. */
static void judge_life(struct checker *checker, const struct record *record,
                       const struct checker_worker *worker)
{
    int64_t end_ns = checker_worker_end_ns(worker), at_ns = record->clock_ns - record->amount;
    if (at_ns >= end_ns)
        checker_breach(checker, RULE_TTL, record, &record->id,
                       PRIworker " %s request %" PRIu64 " at %s, its life ended at %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       record->amount ? "began its turn for" : "served", record->request,
                       duration_exact(at_ns).text, duration_exact(end_ns).text);
}

/* A found worker whose VALUE is not in the trace shows its value here. */
static void learn_value(const struct record *record, struct checker_worker *worker)
{
    if (worker->has_value || !checker_worker_may_be_ready(worker))
        return;
    worker->loads = true;
    worker->has_value = true;
    worker->turns = record->amount > 0;
    worker->value = fingerprint_of(&record->value);
}

static void judge_value(struct checker *checker, const struct record *record,
                        const struct checker_worker *worker)
{
    if (worker->has_value && worker->turns)
        return;
    if (!worker->has_value || !fingerprint_equal(worker->value, fingerprint_of(&record->value)))
        checker_breach(checker, RULE_ONE_VALUE, record, &record->id,
                       PRIworker " served request %" PRIu64 " with %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                       worker->has_value ? "another value than its own"
                                         : "a value before it had one");
}

static void judge_turn(struct checker *checker, const struct record *record,
                       const struct checker_worker *worker, const struct checker_entry *entry)
{
    int64_t from_ns = worker->turn_ns, now_ns = checker_turn_time_ns(checker, record);
    if (entry && entry->came_ns > from_ns)
        from_ns = entry->came_ns;
    if (worker->turns && now_ns - record->amount < from_ns)
        checker_breach(checker, RULE_SERIAL, record, &record->id,
                       PRIworker " began its turn for request %" PRIu64 " %s before it could",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                       duration_exact(from_ns - (now_ns - record->amount)).text);
    if (!worker->turns && now_ns - from_ns < checker->setup.work_least_ns)
        checker_breach(checker, RULE_SERIAL, record, &record->id,
                       PRIworker " served request %" PRIu64
                                 " %s after it could begin, a turn takes %s at least",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                       duration_exact(now_ns - from_ns).text,
                       duration_exact(checker->setup.work_least_ns).text);
}

static void judge_queue(struct checker *checker, const struct record *record,
                        struct checker_entry *entry)
{
    const struct checker_entry *passed = checker_place_passed_over(entry, record->clock_ns);
    if (!passed)
        return;
    checker_breach(checker, RULE_NOTHING_LOST, record, &record->id,
                   PRIworker " served request %" PRIu64 " before request %" PRIu64
                             ", which waits for longer",
                   WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                   passed->request->number);
    bool first_tries = entry->try == 1 && passed->try == 1;
    bool in_order = !entry->request->disordered && !passed->request->disordered;
    if (in_order && first_tries && entry->request->caller == passed->request->caller)
        checker_breach(checker, RULE_IN_ORDER, record, &record->id,
                       PRIworker " served request %" PRIu64 " of " PRInode
                                 " before its request %" PRIu64 ", which was sent earlier",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                       NODE_SHOWN(entry->request->caller), passed->request->number);
}

static void note_served(struct checker *checker, const struct record *record,
                        struct checker_request *request)
{
    if (request->refused)
        checker_breach(checker, RULE_HONEST_ERRORS, record, &record->id,
                       PRIworker " served request %" PRIu64
                                 ", of which was said that no worker ran for it",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request);
    for (uint32_t i = 0; i < SERVED_MAX; i++) {
        if (request->served[i].worker)
            continue;
        request->served[i] =
            (struct checker_answer){record->worker, fingerprint_of(&record->value), record->node,
                                    record->code, record->why == SERVE_FAILED};
        break;
    }
}

/* A try has one turn, wherever it is passed on to; and a request that its own caller's node has
 * served is over. */
static void judge_repetition(struct checker *checker, const struct record *record,
                             const struct checker_request *request)
{
    for (uint32_t i = 0; i < SERVED_MAX && request->served[i].worker; i++) {
        const struct checker_answer *before = &request->served[i];
        bool over = record->node == request->caller && before->node == record->node;
        bool again = record->code && before->try == record->code && !request->disordered;
        if (again || (over && !before->failed)) {
            checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                           PRIworker " served request %" PRIu64 ", which " PRIworker
                                     " had served before",
                           WORKER_SHOWN(&record->id, record->node, record->worker), record->request,
                           WORKER_SHOWN(&record->id, before->node, before->worker));
            return;
        }
    }
}

/* The answer is the node's next record, unless a caller here has its outcome already, or waits for
 * another try since this one failed. `request` is NULL of one that is over and forgotten. */
static void expect_answer(struct checker *checker, const struct record *record,
                          const struct checker_request *request)
{
    struct checker_node *node = &checker->nodes[record->node];
    node_id caller =
        request ? request->caller : (node_id)number_owner(record->request, checker->setup.nodes);
    bool open = request && request->open;
    if (caller == record->node && (!open || record->why == SERVE_FAILED))
        return;
    node->obligations |= OBLIGATION_ANSWER;
    node->unanswered = record->request;
}

static void serve_entry(struct checker *checker, const struct record *record,
                        struct checker_worker *worker, struct checker_entry *entry)
{
    struct checker_place *place = entry->place;
    struct checker_request *request = entry->request;
    judge_queue(checker, record, entry);
    if (worker->place != place)
        checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                       "request %" PRIu64 " for %.*s was served by " PRIworker, record->request,
                       (int)text_size(&place->id->id), text_bytes(&place->id->id),
                       WORKER_SHOWN(&worker->place->id->id, worker->place->node, worker->number));
    note_served(checker, record, request);
    expect_answer(checker, record, request);
    checker_entry_remove(checker, entry);
    checker_request_release(checker, request);
    checker_place_begin_turn(checker, place, record->clock_ns);
    checker_place_release(checker, place);
}

void checker_take_serve(struct checker *checker, const struct record *record)
{
    struct checker_request *request = checker_request_find(checker, record->request);
    struct checker_entry *entry =
        request ? checker_request_entry_at(request, record->node, record->code) : NULL;
    struct checker_worker *worker = entry ? entry->place->worker : NULL;
    if (!worker || worker->number != record->worker)
        worker = checker_worker_find(checker, record->worker);
    if (!worker) {
        checker_breach(checker, RULE_TTL, record, &record->id,
                       PRIworker " served request %" PRIu64 " and does not live",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request);
        return;
    }
    judge_life(checker, record, worker);
    if (request)
        judge_repetition(checker, record, request);
    learn_value(record, worker);
    judge_value(checker, record, worker);
    judge_turn(checker, record, worker, entry);
    worker->turn_ns = checker_turn_time_ns(checker, record);
    if (checker->setup.expire_idle)
        worker->life_ns = record->clock_ns;
    if (checker->setup.expire_idle && worker->moved) {
        worker->ttl_ns = checker->setup.ttl_ns;
        worker->jittered = true;
    }
    if (entry)
        serve_entry(checker, record, worker, entry);
    else if (request ? request->handed : checker->setup.hand_over)
        expect_answer(checker, record, request); /* it may be over, forgotten and on its way */
    else
        checker_breach(checker, RULE_NOTHING_LOST, record, &record->id,
                       PRIworker " served request %" PRIu64 ", which does not wait there",
                       WORKER_SHOWN(&record->id, record->node, record->worker), record->request);
}
