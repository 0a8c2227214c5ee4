/* Totals, shares and latencies of one node, one id or one span of time.
 *
 * Each such expectation counts for itself, by the records and the replay: what a record ends is
 * still in the replay when it is taken. Requests are of the node and the time at which they are
 * made, loads and workers of those at which they begin, messages of their receiver. */
#include "check/expectations_state.h"

#include "base/memory.h"

/* Marks of workers in the replay. */
#define WORKER_LOADS 1u

bool expectation_has_part(const struct expectation *e)
{
    bool part =
        e->of.node != NODE_NONE || e->of.of_id || e->of.from_ns > 0 || e->of.to_ns < TIME_NEVER;
    switch (e->kind) {
    case EXPECT_TOTAL:
        return part || e->total == TOTAL_LOADS_AT_ONCE;
    case EXPECT_SOMETIMES:
        return e->total == TOTAL_LOADS_AT_ONCE;
    case EXPECT_OK_SHARE:
    case EXPECT_LATENCY:
        return part;
    case EXPECT_DUPLICATE_TIME: /* which the checker knows: whether the id was asked for at all */
        return e->of.of_id;
    default:
        return false;
    }
}

enum error expectations_parts_init(struct expectations *expectations)
{
    const struct plan *plan = expectations->plan;
    expectations->parts =
        memory_zeroed((plan->expectations_count + 1) * sizeof *expectations->parts);
    if (!expectations->parts)
        return ERROR_MEMORY;
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *e = &plan->expectations[i];
        if (!expectation_has_part(e))
            continue;
        struct part_watch *watch = &expectations->parts[expectations->parts_count++];
        watch->expectation = e;
        watch->is_asked = plan->settings.trace != TRACE_ALL;
        if (e->total != TOTAL_LOADS_AT_ONCE)
            continue;
        watch->loading = memory_zeroed(plan->settings.nodes * sizeof *watch->loading);
        if (!watch->loading)
            return ERROR_MEMORY;
    }
    return OK;
}

void expectations_parts_close(struct expectations *expectations)
{
    for (uint32_t i = 0; i < expectations->parts_count; i++) {
        memory_free(expectations->parts[i].loading);
        quantiles_close(&expectations->parts[i].latencies);
    }
    memory_free(expectations->parts);
}

/* ---- what a record is of ------------------------------------------------------------------- */

/* Where, when and of which id something is. */
struct part_place {
    node_id node;
    int64_t t_ns;
    const struct text *id; /* NULL: of none */
};

static bool is_in(const struct expectation_part *of, const struct part_place *place)
{
    if (of->node != NODE_NONE && of->node != place->node)
        return false;
    if (place->t_ns < of->from_ns || place->t_ns >= of->to_ns)
        return false;
    return !of->of_id || (place->id && text_equal(&of->id, place->id));
}

static struct part_place place_of_request(const struct replay_request *request)
{
    return (struct part_place){request->caller, request->made_ns, &request->id};
}

static struct part_place place_of_worker(const struct replay_worker *worker)
{
    return (struct part_place){worker->node, worker->started_ns, &worker->id};
}

static struct part_place place_of_load(const struct replay_worker *worker)
{
    return (struct part_place){worker->node, worker->load_ns, &worker->id};
}

/* ---- counting ------------------------------------------------------------------------------ */

static bool counts(const struct part_watch *watch, uint32_t total)
{
    return watch->expectation->kind == EXPECT_TOTAL && watch->expectation->total == total;
}

static void count_total(struct part_watch *watch, uint32_t total, const struct part_place *place)
{
    if (counts(watch, total) && is_in(&watch->expectation->of, place))
        watch->count++;
}

static void count_request(struct part_watch *watch, const struct part_place *place)
{
    const struct expectation_part *of = &watch->expectation->of;
    watch->is_asked = watch->is_asked || (of->of_id && text_equal(&of->id, place->id));
    if (!is_in(&watch->expectation->of, place))
        return;
    watch->requests++;
    watch->count += counts(watch, TOTAL_REQUESTS);
}

static void count_outcome(struct part_watch *watch, const struct replay_request *request,
                          const struct record *record)
{
    uint32_t outcome = record->kind == RECORD_FAIL ? record->code : OUTCOME_VALUE;
    bool ok = outcome == OUTCOME_VALUE;
    struct part_place place = place_of_request(request);
    if (!is_in(&watch->expectation->of, &place))
        return;
    if (watch->expectation->kind == EXPECT_OK_SHARE)
        watch->count += ok;
    else if (watch->expectation->kind == EXPECT_LATENCY && ok)
        quantiles_add(&watch->latencies, record->amount);
    else
        watch->count +=
            counts(watch, ok ? TOTAL_OK : TOTAL_ERRORS) || counts(watch, TOTAL_OUTCOME + outcome);
}

static void count_load(struct part_watch *watch, const struct part_place *place)
{
    count_total(watch, TOTAL_LOADS, place);
    if (!watch->loading || !is_in(&watch->expectation->of, place))
        return;
    uint32_t now = ++watch->loading[place->node];
    if (now > watch->count)
        watch->count = now;
}

static void count_load_end(struct part_watch *watch, const struct replay_worker *worker)
{
    struct part_place place = place_of_load(worker);
    if (watch->loading && is_in(&watch->expectation->of, &place))
        watch->loading[place.node]--;
}

/* ---- records ------------------------------------------------------------------------------- */

#define EACH_PART(watch, expectations)                                                             \
    for (struct part_watch *watch = (expectations)->parts;                                         \
         watch < (expectations)->parts + (expectations)->parts_count; watch++)

static void take_of_request(struct expectations *expectations, const struct record *record)
{
    const struct replay_request *request =
        replay_find_request(&expectations->replay, record->request);
    if (!request || (record->kind != RECORD_ROUTE && !request->open))
        return;
    struct part_place place = place_of_request(request);
    EACH_PART(watch, expectations)
    {
        if (record->kind != RECORD_ROUTE)
            count_outcome(watch, request, record);
        else if (record->code == 2 && record->why != WHY_REFUSED)
            count_total(watch, TOTAL_FALLBACKS, &place);
    }
}

static void take_message(struct expectations *expectations, const struct record *record)
{
    const struct replay_request *request =
        record->request ? replay_find_request(&expectations->replay, record->request) : NULL;
    bool received = record->kind == RECORD_RECV;
    struct part_place place = {received ? record->node : record->peer, record->t_ns,
                               request ? &request->id : NULL};
    EACH_PART(watch, expectations)
    count_total(watch, received ? TOTAL_MESSAGES : TOTAL_DROPPED, &place);
}

static void take_load_end(struct expectations *expectations, struct replay_worker *worker)
{
    if (worker->mark != WORKER_LOADS)
        return;
    worker->mark = 0;
    EACH_PART(watch, expectations)
    count_load_end(watch, worker);
}

static void take_load(struct expectations *expectations, struct replay_worker *worker,
                      const struct record *record)
{
    struct part_place place = {worker->node, record->t_ns, &worker->id};
    worker->mark = WORKER_LOADS;
    EACH_PART(watch, expectations)
    count_load(watch, &place);
}

static void take_worker_end(struct expectations *expectations, struct replay_worker *worker,
                            uint32_t total)
{
    struct part_place place = place_of_worker(worker);
    take_load_end(expectations, worker);
    EACH_PART(watch, expectations)
    count_total(watch, total, &place);
}

static void take_of_worker(struct expectations *expectations, const struct record *record)
{
    struct replay_worker *worker = replay_find_worker(&expectations->replay, record->worker);
    if (!worker)
        return;
    if (record->kind == RECORD_LOAD)
        take_load(expectations, worker, record);
    else if (record->kind == RECORD_EXPIRE)
        take_worker_end(expectations, worker, TOTAL_EXPIRED);
    else if (record->kind == RECORD_MOVED)
        take_worker_end(expectations, worker, TOTAL_MOVED);
    else if (record->kind == RECORD_LOST)
        take_worker_end(expectations, worker,
                        record->code == DOWN_CRASH ? TOTAL_LOST : TOTAL_EXPIRED);
    else
        take_load_end(expectations, worker);
}

static void take_beginning(struct expectations *expectations, const struct record *record)
{
    struct part_place place = {record->node, record->t_ns, &record->id};
    EACH_PART(watch, expectations)
    {
        if (record->kind == RECORD_REQUEST)
            count_request(watch, &place);
        else
            count_total(watch, TOTAL_STARTED, &place);
    }
}

/* It may be told of some time after the worker started. */
static void take_duplicate(struct expectations *expectations, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&expectations->replay, record->worker);
    struct part_place place = {record->node, worker ? worker->started_ns : record->t_ns,
                               &record->id};
    EACH_PART(watch, expectations)
    count_total(watch, TOTAL_DUPLICATES, &place);
}

void expectations_parts_take(struct expectations *expectations, const struct record *record)
{
    switch (record->kind) {
    case RECORD_REQUEST:
    case RECORD_START:
        take_beginning(expectations, record);
        break;
    case RECORD_ROUTE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        take_of_request(expectations, record);
        break;
    case RECORD_RECV:
    case RECORD_DROP:
        take_message(expectations, record);
        break;
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        take_of_worker(expectations, record);
        break;
    case RECORD_DUPLICATE:
        take_duplicate(expectations, record);
        break;
    default:
        break;
    }
}

/* ---- verdicts ------------------------------------------------------------------------------ */

/* Of a part that was over before it began, or has not come, nothing is known. */
static bool has_come(const struct expectation *e, const struct run_numbers *run)
{
    return e->of.from_ns <= run->t_ns;
}

/* Outcomes of no request at all. */
static bool is_of_nothing(const struct part_watch *watch)
{
    uint32_t total = watch->expectation->total;
    bool of_outcomes = total == TOTAL_OK || total == TOTAL_ERRORS || total >= TOTAL_OUTCOME;
    return watch->expectation->kind == EXPECT_TOTAL && of_outcomes && !watch->requests;
}

/* Of an id that nobody asked for nothing can be expected, but that: it may be a slip of the pen. */
static bool is_of_unknown_id(const struct part_watch *watch)
{
    const struct expectation *e = watch->expectation;
    bool counts_requests = e->kind == EXPECT_TOTAL && e->total == TOTAL_REQUESTS;
    return e->of.of_id && !watch->is_asked && !counts_requests;
}

static struct verdict judge_latency(const struct part_watch *watch)
{
    int64_t latency_ns;
    bool known =
        !quantiles_find(&watch->latencies, watch->expectation->percentile_ppm, &latency_ns);
    return verdict_of_latency(watch->expectation, quantiles_count(&watch->latencies), known,
                              latency_ns);
}

struct verdict expectations_judge_part(const struct part_watch *watch,
                                       const struct run_numbers *run)
{
    const struct expectation *e = watch->expectation;
    if (is_of_unknown_id(watch))
        return verdict_vacuous("nobody asked for the id");
    if (e->kind == EXPECT_DUPLICATE_TIME)
        return verdict_of_run(e, run);
    if (!has_come(e, run))
        return verdict_vacuous("the run ended before its time had come");
    if (is_of_nothing(watch))
        return verdict_vacuous("no such request was made");
    if (e->kind == EXPECT_OK_SHARE)
        return verdict_of_share(e, watch->count, watch->requests);
    if (e->kind == EXPECT_LATENCY)
        return judge_latency(watch);
    if (e->kind == EXPECT_SOMETIMES)
        return watch->count ? verdict_held() : verdict_missed("it never happened");
    return verdict_of_count(e, watch->count);
}
