#include "base/duration.h"
#include "check/checker_state.h"

#include "trace/timeline.h"

#define XXH_INLINE_ALL
#include <inttypes.h>
#include <xxhash.h>

struct print print_of_long(const struct text *text)
{
    XXH128_hash_t hash = XXH3_128bits(text_bytes(text), text_size(text));
    return (struct print){{hash.low64, hash.high64}};
}

struct live *worker_find(const struct checker *check, uint64_t number)
{
    struct probe probe = table_probe(&check->by_worker, random_mix(number));
    for (uint32_t slot; (slot = table_next(&check->by_worker, &probe)) != TABLE_NONE;) {
        struct live *worker = pool_at(&check->workers, slot);
        if (worker->number == number)
            return worker;
    }
    return NULL;
}

/* ---- start --------------------------------------------------------------------------------- */

static void link_worker(struct checker *check, struct live *worker)
{
    struct check_node *node = &check->nodes[worker->place->node];
    struct check_id *id = worker->place->id;
    worker->next_here = node->workers;
    if (node->workers)
        node->workers->previous_here = worker;
    node->workers = worker;
    worker->next_of_id = id->workers;
    if (id->workers)
        id->workers->previous_of_id = worker;
    id->workers = worker;
    id->live++;
}

static void unlink_worker(struct checker *check, struct live *worker)
{
    struct check_node *node = &check->nodes[worker->place->node];
    struct check_id *id = worker->place->id;
    if (worker->previous_here)
        worker->previous_here->next_here = worker->next_here;
    else
        node->workers = worker->next_here;
    if (worker->next_here)
        worker->next_here->previous_here = worker->previous_here;
    if (worker->previous_of_id)
        worker->previous_of_id->next_of_id = worker->next_of_id;
    else
        id->workers = worker->next_of_id;
    if (worker->next_of_id)
        worker->next_of_id->previous_of_id = worker->previous_of_id;
    id->live--;
}

void worker_remove(struct checker *check, struct live *worker, int64_t t_ns)
{
    struct place *place = worker->place;
    duplicates_ended(check, worker, t_ns);
    unlink_worker(check, worker);
    members_release(check, worker->origin.members);
    if (place->worker == worker)
        place->worker = NULL;
    table_remove(&check->by_worker, random_mix(worker->number), worker->slot);
    pool_give(&check->workers, worker->slot);
}

static struct live *add(struct checker *check, const struct record *record, struct place *place)
{
    uint32_t slot = pool_take(&check->workers);
    if (slot == POOL_NONE || table_insert(&check->by_worker, random_mix(record->worker), slot)) {
        if (slot != POOL_NONE)
            pool_give(&check->workers, slot);
        check_give_up(check);
        return NULL;
    }
    struct live *worker = pool_at(&check->workers, slot);
    worker->slot = slot;
    worker->number = record->worker;
    worker->place = place;
    worker->found = record->code == START_FOUND;
    worker->life_ns = record->clock_ns - (worker->found ? record->amount : 0);
    worker->started_ns = record->t_ns;
    worker->turn_ns = turn_time_ns(check, record);
    worker->duplicate_since_ns = -1;
    link_worker(check, worker);
    return worker;
}

static void note_origin(struct live *worker, const struct entry *entry)
{
    const struct check_request *request = entry->request;
    worker->origin.request = request->number;
    worker->origin.members = request->members;
    worker->origin.caller = request->caller;
    worker->origin.owner = request->owner;
    worker->origin.try = entry->try;
    members_use(request->members);
}

/* A worker starts for a request that came at this instant, or in the place of one that expired with
 * requests waiting. A node that has lost a worker otherwise than in a crash is leaving, and starts
 * others for its own second tries alone. */
static void judge_cause(struct checker *check, const struct record *record, struct live *worker)
{
    struct check_node *node = &check->nodes[record->node];
    bool handed_on = node->handing == worker->place;
    const struct entry *entry = handed_on ? worker->place->first : place_fresh(node, worker->place);
    if (!entry) {
        check_breach(check, RULE_APART, record, &record->id,
                     "worker %" PRIu64 " started on " PRInode " and no request asked for it",
                     record->worker, NODE_SHOWN(record->node));
        return;
    }
    if (!handed_on && entry->try == 1 && node->lost_worker)
        check_breach(check, RULE_APART, record, &record->id,
                     "worker %" PRIu64 " was lost though " PRInode
                     " goes on: it starts worker %" PRIu64,
                     node->lost_worker, NODE_SHOWN(record->node), record->worker);
    note_origin(worker, entry);
    if (handed_on && node->handing_since_ns >= 0) {
        worker->origin.handed_by = node->handing_worker;
        worker->origin.handed_since_ns = node->handing_since_ns;
    }
}

static void judge_alone(struct checker *check, const struct record *record, struct place *place)
{
    if (place->worker)
        check_breach(check, RULE_ONE_WORKER_A_NODE, record, &record->id,
                     "worker %" PRIu64 " started on " PRInode " while worker %" PRIu64
                     " lives there",
                     record->worker, NODE_SHOWN(record->node), place->worker->number);
    if (!check->nodes[record->node].up)
        check_breach(check, RULE_APART, record, &record->id,
                     "worker %" PRIu64 " started on " PRInode ", which does not run",
                     record->worker, NODE_SHOWN(record->node));
}

static void start(struct checker *check, const struct record *record)
{
    struct check_id *id = id_of(check, &record->id);
    struct place *place = id ? place_of(check, id, record->node) : NULL;
    if (id)
        id_release(check, id);
    if (!place)
        return;
    judge_alone(check, record, place);
    struct live *worker = add(check, record, place);
    if (!worker)
        return;
    place->worker = worker;
    if (check->setup.all && !worker->found)
        judge_cause(check, record, worker);
    duplicates_started(check, worker, record);
}

void check_start(struct checker *check, const struct record *record)
{
    if (worker_find(check, record->worker))
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "worker %" PRIu64 " started on " PRInode " a second time", record->worker,
                     NODE_SHOWN(record->node));
    else
        start(check, record);
    check->nodes[record->node].handing = NULL;
}

/* ---- load ---------------------------------------------------------------------------------- */

static struct live *find_loading(struct checker *check, const struct record *record,
                                 const char *what)
{
    struct live *worker = worker_find(check, record->worker);
    if (!worker) {
        check_breach(check, RULE_ONE_LOAD, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " %s and does not live", record->worker,
                     NODE_SHOWN(record->node), what);
        return NULL;
    }
    if (!(worker->loads || worker->found) || worker->has_value || worker->failed)
        check_breach(check, RULE_ONE_LOAD, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " %s and is not loading", record->worker,
                     NODE_SHOWN(record->node), what);
    return worker;
}

void check_load(struct checker *check, const struct record *record)
{
    struct live *worker = worker_find(check, record->worker);
    if (!worker || worker->loads)
        check_breach(check, RULE_ONE_LOAD, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " loads %s", record->worker,
                     NODE_SHOWN(record->node), worker ? "a second time" : "and does not live");
    if (worker)
        worker->loads = true;
}

static void take_value(struct checker *check, const struct record *record, struct live *worker)
{
    struct print value = print_of(&record->value);
    if (worker->has_value && !print_equal(worker->value, value))
        check_breach(check, RULE_ONE_VALUE, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " changed its value", record->worker,
                     NODE_SHOWN(record->node));
    worker->has_value = true;
    worker->value = value;
    worker->turn_ns = turn_time_ns(check, record);
    place_begin_turn(check, worker->place, record->clock_ns);
}

/* All that waits for it has to be answered now; second tries may be refused without a word. */
static void take_failure(struct checker *check, const struct record *record, struct live *worker)
{
    worker->failed = true;
    for (struct entry *entry = worker->place->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->try == 2)
            entry_excuse(check, entry);
        else
            entry_freshen(&check->nodes[record->node], entry, record);
    }
}

void check_value(struct checker *check, const struct record *record)
{
    bool made = record->kind == RECORD_VALUE;
    struct live *worker = find_loading(check, record, made ? "made a value" : "failed to load");
    if (worker && made)
        take_value(check, record, worker);
    else if (worker)
        take_failure(check, record, worker);
}

/* ---- end ----------------------------------------------------------------------------------- */

static struct live *find_ending(struct checker *check, const struct record *record)
{
    struct live *worker = worker_find(check, record->worker);
    if (worker && worker->place->node == record->node)
        return worker;
    check_breach(check, RULE_CONSERVATION, record, &record->id,
                 "worker %" PRIu64 " ends on " PRInode " and does not live there", record->worker,
                 NODE_SHOWN(record->node));
    return NULL;
}

static bool knows_life(const struct checker *check)
{
    return check->setup.all || !check->setup.expire_idle;
}

static void judge_end(struct checker *check, const struct record *record, const struct live *worker)
{
    int64_t end_ns = worker->life_ns + check->setup.ttl_ns;
    if (record->kind == RECORD_EXPIRE && record->clock_ns < end_ns)
        check_breach(check, RULE_APART, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " expired at %s, its life ends at %s",
                     record->worker, NODE_SHOWN(record->node),
                     duration_exact(record->clock_ns).text, duration_exact(end_ns).text);
    else if (knows_life(check) && node_is_late(check, record, end_ns))
        check_breach(check, RULE_TTL, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " ended at %s, its life ended at %s",
                     record->worker, NODE_SHOWN(record->node),
                     duration_exact(record->clock_ns).text, duration_exact(end_ns).text);
}

static void hand_on(struct checker *check, const struct record *record, struct place *place,
                    const struct live *worker)
{
    struct check_node *node = &check->nodes[record->node];
    node->owes |= OWES_WORKER;
    node->handing = place;
    node->handing_worker = worker->number;
    node->handing_since_ns = -1;
    if (worker->duplicate_since_ns >= 0)
        node->handing_since_ns = worker->duplicate_since_ns;
    else if (place->id->several)
        node->handing_since_ns = place->id->several_since_ns;
}

void check_expire(struct checker *check, const struct record *record)
{
    struct live *worker = find_ending(check, record);
    if (!worker)
        return;
    struct place *place = worker->place;
    judge_end(check, record, worker);
    place_first_required(check, place, record->clock_ns);
    place_end_turn(check, place);
    if (place->first && place->worker == worker)
        hand_on(check, record, place, worker);
    worker_remove(check, worker, record->t_ns);
    place_release(check, place);
}

void check_lost(struct checker *check, const struct record *record)
{
    struct live *worker = find_ending(check, record);
    if (!worker)
        return;
    struct check_node *node = &check->nodes[record->node];
    struct place *place = worker->place;
    const struct entry *held = place_first_required(check, place, record->clock_ns);
    judge_end(check, record, worker);
    if (held) {
        node->owes |= OWES_CRASH;
        node->lost_request = held->request->number;
    }
    node->lost_worker = worker->number;
    place_clear(check, place);
    worker_remove(check, worker, record->t_ns);
    place_release(check, place);
}
