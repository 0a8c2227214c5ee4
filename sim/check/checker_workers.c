#include "check/checker_parts.h"

#include "base/duration.h"

#include <inttypes.h>

struct checker_worker *checker_worker_find(const struct checker *checker, uint64_t number)
{
    return pool_map_find_number(&checker->workers, struct checker_worker, number, number);
}

/* ---- start --------------------------------------------------------------------------------- */

static void link_worker(struct checker *checker, struct checker_worker *worker)
{
    struct checker_id *id = worker->place->id;
    list_add_first(&checker->nodes[worker->place->node].workers, &worker->of_node);
    list_add_first(&id->workers, &worker->of_id);
    worker->place->workers++;
    id->live++;
}

void checker_worker_retire(struct checker *checker, struct checker_worker *worker, int64_t t_ns)
{
    if (worker->retired)
        return;
    checker_duplicates_ended(checker, worker, t_ns);
    list_remove(&worker->of_id);
    worker->place->id->live--;
    worker->retired = true;
}

void checker_worker_remove(struct checker *checker, struct checker_worker *worker, int64_t t_ns)
{
    struct checker_place *place = worker->place;
    checker_worker_retire(checker, worker, t_ns);
    list_remove(&worker->of_node);
    checker_members_release(checker, worker->origin.members);
    place->workers--;
    if (place->worker == worker)
        place->worker = NULL;
    pool_map_remove(&checker->workers, hash_map_number(worker->number), worker->slot);
}

static struct checker_worker *add(struct checker *checker, const struct record *record,
                                  struct checker_place *place)
{
    uint32_t slot;
    struct checker_worker *worker =
        pool_map_add(&checker->workers, hash_map_number(record->worker), &slot);
    if (!worker) {
        checker_give_up(checker);
        return NULL;
    }
    worker->slot = slot;
    worker->number = record->worker;
    worker->place = place;
    worker->found = record->code == START_FOUND;
    worker->life_ns = record->clock_ns - (worker->found ? record->amount : 0);
    worker->ttl_ns = checker->setup.loads_queue ? TIME_NEVER : checker->setup.ttl_ns;
    worker->started_ns = record->t_ns;
    worker->turn_ns = checker_turn_time_ns(checker, record);
    worker->duplicate_since_ns = -1;
    worker->line.first = worker->number;
    if (record->code == START_MOVED)
        checker_worker_came(checker, record, worker);
    link_worker(checker, worker);
    return worker;
}

static void note_origin(struct checker_worker *worker, const struct checker_entry *entry)
{
    const struct checker_request *request = entry->request;
    worker->origin.request = request->number;
    worker->origin.members = request->members[entry->try == 2 && request->members[1]];
    worker->origin.caller = request->caller;
    worker->origin.owner = request->owner;
    worker->origin.try = entry->try;
    worker->origin.why = entry->try == 2 ? request->why : WHY_FIRST;
    checker_members_use(worker->origin.members);
}

/* A worker starts for a request that came at this instant, or in the place of one that expired with
 * requests waiting. A node that has lost a worker otherwise than in a crash is leaving, and starts
 * others for its own second tries alone, and for what is passed on to it as the last one. */
static void judge_cause(struct checker *checker, const struct record *record,
                        struct checker_worker *worker)
{
    struct checker_node *node = &checker->nodes[record->node];
    bool handed_on = node->handing == worker->place;
    const struct checker_entry *entry = handed_on ? checker_place_first_waiting(worker->place)
                                                  : checker_place_fresh(node, worker->place);
    if (!entry)
        entry = checker_place_handed(worker->place);
    if (!entry && (worker->place->id->handed || checker->handed_unknown)) {
        /* What was passed on may be over where it was made, and wait here all the same. */
        worker->origin.request = REQUEST_PASSED_ON;
        worker->origin.caller = record->node;
        worker->origin.members = node->members;
        if (node->members)
            checker_members_use(node->members);
        return;
    }
    if (!entry) {
        checker_breach(checker, RULE_APART, record, &record->id,
                       PRIworker " started and no request asked for it",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
        return;
    }
    if (!handed_on && node->lost_worker && !entry->handed && !checker_entry_may_be_silent(entry))
        checker_breach(checker, RULE_APART, record, &record->id,
                       "worker #%" PRIu64 " was lost though " PRInode
                       " goes on: it starts " PRIworker,
                       node->lost_worker, NODE_SHOWN(record->node),
                       WORKER_SHOWN(&record->id, record->node, record->worker));
    note_origin(worker, entry);
    if (handed_on && node->handing_since_ns >= 0) {
        worker->origin.handed_by = node->handing_worker;
        worker->origin.handed_since_ns = node->handing_since_ns;
    }
}

static void judge_alone(struct checker *checker, const struct record *record,
                        struct checker_place *place)
{
    if (place->worker)
        checker_breach(checker, RULE_ONE_WORKER_A_NODE, record, &record->id,
                       PRIworker " started while " PRIworker " lives",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       WORKER_SHOWN(&record->id, record->node, place->worker->number));
    if (!checker->nodes[record->node].up)
        checker_breach(checker, RULE_APART, record, &record->id,
                       PRIworker " started on a node that does not run",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
}

static void start(struct checker *checker, const struct record *record,
                  const struct worker_origin *origin)
{
    struct checker_id *id = checker_id_of(checker, &record->id);
    struct checker_place *place = id ? checker_place_of(checker, id, record->node) : NULL;
    if (id)
        checker_id_release(checker, id);
    if (!place)
        return;
    judge_alone(checker, record, place);
    struct checker_worker *worker = add(checker, record, place);
    if (!worker)
        return;
    place->worker = worker;
    if (checker->setup.hand_over)
        checker_place_take_held(checker, place, record);
    if (origin) {
        worker->origin = *origin;
        checker_members_use(origin->members);
        worker->ttl_ns = TIME_NEVER; /* its life is judged elsewhere */
    } else if (checker->setup.all && !worker->found && !worker->moved) {
        judge_cause(checker, record, worker);
    }
    checker_duplicates_started(checker, worker, record);
}

void checker_worker_started(struct checker *checker, const struct record *record,
                            const struct worker_origin *origin)
{
    if (checker_worker_find(checker, record->worker))
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       PRIworker " started a second time",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
    else
        start(checker, record, origin);
    checker->nodes[record->node].handing = NULL;
}

void checker_take_start(struct checker *checker, const struct record *record)
{
    checker_worker_started(checker, record, NULL);
}

/* ---- load ---------------------------------------------------------------------------------- */

static struct checker_worker *find_loading(struct checker *checker, const struct record *record,
                                           const char *what)
{
    struct checker_worker *worker = checker_worker_find(checker, record->worker);
    if (!worker) {
        checker_breach(checker, RULE_ONE_LOAD, record, &record->id,
                       PRIworker " %s and does not live",
                       WORKER_SHOWN(&record->id, record->node, record->worker), what);
        return NULL;
    }
    if (!(worker->loads || worker->found) || worker->has_value || worker->failed)
        checker_breach(checker, RULE_ONE_LOAD, record, &record->id,
                       PRIworker " %s and is not loading",
                       WORKER_SHOWN(&record->id, record->node, record->worker), what);
    return worker;
}

/* By so much a life may be shorter than the ttl. */
static int64_t jitter_most_ns(const struct checker *checker)
{
    return (int64_t)((double)checker->setup.ttl_ns * checker->setup.ttl_jitter_ppb / 1e9) + 1;
}

/* A life begins with its load, and is as long as LOAD says: the ttl, less its jitter. */
static void begin_life(struct checker *checker, const struct record *record,
                       struct checker_worker *worker)
{
    int64_t most_ns = checker->setup.ttl_ns;
    worker->loads = true;
    worker->ttl_ns = record->amount;
    if (!worker->found)
        worker->life_ns = record->clock_ns;
    if (record->amount > most_ns || record->amount < most_ns - jitter_most_ns(checker))
        checker_breach(checker, RULE_TTL, record, &record->id, PRIworker " is to live for %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       duration_exact(record->amount).text);
}

void checker_take_load(struct checker *checker, const struct record *record)
{
    struct checker_worker *worker = checker_worker_find(checker, record->worker);
    if (!worker || worker->loads)
        checker_breach(checker, RULE_ONE_LOAD, record, &record->id, PRIworker " loads %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       worker ? "a second time" : "and does not live");
    if (worker)
        begin_life(checker, record, worker);
}

static void take_value(struct checker *checker, const struct record *record,
                       struct checker_worker *worker)
{
    struct fingerprint value = fingerprint_of(&record->value);
    if (worker->moved)
        checker_worker_shows(checker, record, worker);
    if (worker->has_value && !fingerprint_equal(worker->value, value))
        checker_breach(checker, RULE_ONE_VALUE, record, &record->id, PRIworker " changed its value",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
    worker->has_value = true;
    worker->turns = record->code == VALUE_OF_TURNS;
    worker->value = value;
    worker->turn_ns = checker_turn_time_ns(checker, record);
    checker_place_begin_turn(checker, worker->place, record->clock_ns);
}

/* All that waits for it has to be answered now; second tries may be refused without a word. */
static void take_failure(struct checker *checker, const struct record *record,
                         struct checker_worker *worker)
{
    worker->failed = true;
    if (worker->moved)
        checker_worker_shows(checker, record, worker);
    else if (checker->setup.fail_ttl_ns) {
        worker->life_ns = record->clock_ns;
        worker->ttl_ns = checker->setup.fail_ttl_ns;
    }
    for (struct checker_entry *entry = worker->place->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->handed)
            continue;
        if (checker_entry_may_be_silent(entry))
            checker_entry_excuse(checker, entry);
        else
            checker_entry_freshen(&checker->nodes[record->node], entry, record);
    }
}

void checker_take_value(struct checker *checker, const struct record *record)
{
    bool made = record->kind == RECORD_VALUE;
    struct checker_worker *worker =
        find_loading(checker, record, made ? "made a value" : "failed to load");
    if (worker && made)
        take_value(checker, record, worker);
    else if (worker)
        take_failure(checker, record, worker);
}

/* ---- end ----------------------------------------------------------------------------------- */

static struct checker_worker *find_ending(struct checker *checker, const struct record *record)
{
    struct checker_worker *worker = checker_worker_find(checker, record->worker);
    if (worker && worker->place->node == record->node)
        return worker;
    checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                   PRIworker " ends and does not live there",
                   WORKER_SHOWN(&record->id, record->node, record->worker));
    return NULL;
}

/* One whose turns have answers of their own lives on to the end of its turn, of which nothing may
 * be on record. */
static void judge_end(struct checker *checker, const struct record *record,
                      const struct checker_worker *worker)
{
    int64_t end_ns = checker_worker_end_ns(worker);
    if (end_ns == TIME_NEVER)
        return; /* its load has not begun, and nobody asks for it any more */
    int64_t first_ns = end_ns - (worker->jittered ? jitter_most_ns(checker) : 0);
    if (record->kind == RECORD_EXPIRE && record->clock_ns < first_ns)
        checker_breach(checker, RULE_APART, record, &record->id,
                       PRIworker " expired at %s, its life ends at %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       duration_exact(record->clock_ns).text, duration_exact(end_ns).text);
    else if (!worker->turns && checker_knows_life(checker) &&
             checker_node_is_late(checker, record, end_ns))
        checker_breach(checker, RULE_TTL, record, &record->id,
                       PRIworker " ended at %s, its life ended at %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       duration_exact(record->clock_ns).text, duration_exact(end_ns).text);
}

void checker_worker_hands_on(struct checker_node *node, const struct checker_worker *worker)
{
    const struct checker_id *id = worker->place->id;
    node->handing_worker = worker->number;
    node->handing_since_ns = -1;
    if (worker->duplicate_since_ns >= 0)
        node->handing_since_ns = worker->duplicate_since_ns;
    else if (id->several)
        node->handing_since_ns = id->several_since_ns;
}

static void hand_on(struct checker_node *node, const struct checker_worker *worker)
{
    node->obligations |= OBLIGATION_WORKER;
    node->handing = worker->place;
    checker_worker_hands_on(node, worker);
}

void checker_take_expire(struct checker *checker, const struct record *record)
{
    struct checker_worker *worker = find_ending(checker, record);
    if (!worker)
        return;
    struct checker_place *place = worker->place;
    judge_end(checker, record, worker);
    checker_place_first_required(checker, place, record->clock_ns);
    checker_place_end_turn(checker, place);
    if (checker_place_first_waiting(place) && place->worker == worker)
        hand_on(&checker->nodes[record->node], worker);
    checker_worker_remove(checker, worker, record->t_ns);
    checker_place_release(checker, place);
}

void checker_take_lost(struct checker *checker, const struct record *record)
{
    struct checker_worker *worker = find_ending(checker, record);
    if (!worker)
        return;
    struct checker_node *node = &checker->nodes[record->node];
    struct checker_place *place = worker->place;
    const struct checker_entry *held =
        checker_place_first_required(checker, place, record->clock_ns);
    judge_end(checker, record, worker);
    if (record->code == DOWN_LEASE) {
        checker_place_hold(checker, place);
        checker_worker_remove(checker, worker, record->t_ns);
        checker_place_release(checker, place);
        return;
    }
    if (held) {
        node->obligations |= OBLIGATION_CRASH;
        node->lost_request = held->request->number;
    }
    node->lost_worker = worker->number;
    checker_place_clear(checker, place);
    checker_worker_remove(checker, worker, record->t_ns);
    checker_place_release(checker, place);
}
