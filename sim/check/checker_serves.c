#include "base/duration.h"
#include "check/checker_state.h"

#include "trace/timeline.h"

#include <inttypes.h>

/* ---- answers ------------------------------------------------------------------------------- */

static void judge_life(struct checker *check, const struct record *record,
                       const struct live *worker)
{
    int64_t end_ns = worker->life_ns + check->setup.ttl_ns;
    if (record->clock_ns >= end_ns)
        check_breach(check, RULE_TTL, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                     " at %s, its life ended at %s",
                     record->worker, NODE_SHOWN(record->node), record->request,
                     duration_exact(record->clock_ns).text, duration_exact(end_ns).text);
}

/* A found worker of which no value was told shows it here. */
static void learn_value(const struct record *record, struct live *worker)
{
    if (worker->has_value || !worker_may_be_ready(worker))
        return;
    worker->loads = true;
    worker->has_value = true;
    worker->value = print_of(&record->value);
}

static void judge_value(struct checker *check, const struct record *record,
                        const struct live *worker)
{
    if (!worker->has_value || !print_equal(worker->value, print_of(&record->value)))
        check_breach(check, RULE_ONE_VALUE, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64 " with %s",
                     record->worker, NODE_SHOWN(record->node), record->request,
                     worker->has_value ? "another value than its own"
                                       : "a value before it had one");
}

static void judge_turn(struct checker *check, const struct record *record,
                       const struct live *worker, const struct entry *entry)
{
    int64_t from_ns = worker->turn_ns, now_ns = turn_time_ns(check, record);
    if (entry && entry->came_ns > from_ns)
        from_ns = entry->came_ns;
    if (now_ns - from_ns < check->setup.work_least_ns)
        check_breach(check, RULE_SERIAL, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                     " %s after it could begin, a turn takes %s at least",
                     record->worker, NODE_SHOWN(record->node), record->request,
                     duration_exact(now_ns - from_ns).text,
                     duration_exact(check->setup.work_least_ns).text);
}

static void judge_queue(struct checker *check, const struct record *record, struct entry *entry)
{
    const struct entry *passed = place_passed_over(entry, record->clock_ns);
    if (!passed)
        return;
    check_breach(check, RULE_NOTHING_LOST, record, &record->id,
                 "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                 " before request %" PRIu64 ", which waits for longer",
                 record->worker, NODE_SHOWN(record->node), record->request,
                 passed->request->number);
    bool first_tries = entry->try == 1 && passed->try == 1;
    if (check->setup.ordered && first_tries && entry->request->caller == passed->request->caller)
        check_breach(check, RULE_IN_ORDER, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64 " of " PRInode
                     " before its request %" PRIu64 ", which was sent earlier",
                     record->worker, NODE_SHOWN(record->node), record->request,
                     NODE_SHOWN(entry->request->caller), passed->request->number);
}

static void note_served(struct checker *check, const struct record *record,
                        struct check_request *request)
{
    if (request->refused)
        check_breach(check, RULE_HONEST_ERRORS, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                     ", of which was said that no worker ran for it",
                     record->worker, NODE_SHOWN(record->node), record->request);
    for (uint32_t i = 0; i < SERVED_MAX; i++) {
        if (request->served[i].worker)
            continue;
        request->served[i] =
            (struct served){record->worker, print_of(&record->value), record->node};
        break;
    }
}

/* The answer is the node's next record, unless a caller here has its outcome already. */
static void expect_answer(struct checker *check, const struct record *record,
                          const struct check_request *request)
{
    struct check_node *node = &check->nodes[record->node];
    if (request->caller == record->node && !request->open)
        return;
    node->owes |= OWES_ANSWER;
    node->owed = request->number;
}

static void serve_entry(struct checker *check, const struct record *record, struct live *worker,
                        struct entry *entry)
{
    struct place *place = entry->place;
    struct check_request *request = entry->request;
    judge_queue(check, record, entry);
    if (worker->place != place)
        check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                     "request %" PRIu64 " for %.*s was served by worker %" PRIu64
                     ", which is another id's",
                     record->request, (int)text_size(&place->id->id), text_bytes(&place->id->id),
                     worker->number);
    note_served(check, record, request);
    expect_answer(check, record, request);
    entry_remove(check, entry);
    request_release(check, request);
    place_begin_turn(check, place, record->clock_ns);
    place_release(check, place);
}

void check_serve(struct checker *check, const struct record *record)
{
    struct check_request *request = request_find(check, record->request);
    struct entry *entry = request ? request_entry_at(request, record->node) : NULL;
    struct live *worker = entry ? entry->place->worker : NULL;
    if (!worker || worker->number != record->worker)
        worker = worker_find(check, record->worker);
    if (!worker) {
        check_breach(check, RULE_TTL, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                     " and does not live",
                     record->worker, NODE_SHOWN(record->node), record->request);
        return;
    }
    judge_life(check, record, worker);
    learn_value(record, worker);
    judge_value(check, record, worker);
    judge_turn(check, record, worker, entry);
    worker->turn_ns = turn_time_ns(check, record);
    if (check->setup.expire_idle)
        worker->life_ns = record->clock_ns;
    if (entry)
        serve_entry(check, record, worker, entry);
    else
        check_breach(check, RULE_NOTHING_LOST, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " served request %" PRIu64
                     ", which does not wait there",
                     record->worker, NODE_SHOWN(record->node), record->request);
}
