#include "node/registry.h"

#include "base/random.h"
#include "node/id.h"
#include "node/lease.h"

static inline bool has_id(const void *node, uint32_t slot, const void *id)
{
    const struct worker *worker = pool_at(&((const struct node *)node)->workers, slot);
    return text_equal(id, &worker->id);
}

static inline struct worker *find(const struct node *node, const struct text *id)
{
    uint32_t slot = hash_map_find(&node->workers_by_id, id_key(id), has_id, node, id);
    return slot == HASH_MAP_NONE ? NULL : pool_at(&node->workers, slot);
}

static OUT_OF_LINE struct worker *find_large(const struct node *node, const struct text *id)
{
    return find(node, id);
}

struct worker *registry_find(const struct node *node, const struct text *id)
{
    return text_is_large(id) ? find_large(node, id) : find(node, id);
}

struct worker *registry_of(const struct node *node, struct worker_ref ref)
{
    struct worker *worker = pool_at(&node->workers, ref.slot);
    return worker->number == ref.number ? worker : NULL;
}

void registry_record(struct node *node, enum record_kind kind, const struct worker *worker)
{
    struct record record = record_of(kind);
    record.id = worker->id;
    record.worker = worker->number;
    if (kind == RECORD_VALUE) {
        record.value = worker->value;
        record.code = node->config.turns_answer ? VALUE_OF_TURNS : VALUE_OF_WORKER;
    }
    if (kind == RECORD_LOAD) {
        record.amount = registry_life_ns(node, worker);
        registry_add_token(node, &record);
    }
    if (kind == RECORD_LOST)
        record.code = node->lease && lease_slot(node, &worker->id)->ending ? DOWN_LEASE
                      : node->phase == PHASE_LEAVING                       ? DOWN_LEAVE
                                                                           : DOWN_CRASH;
    node_record(node, &record);
}

void registry_add_token(const struct node *node, struct record *record)
{
    if (!node->lease)
        return;
    struct token token = lease_token(node, &record->id);
    record->epoch = token.epoch;
    record->number = token.counter;
}

int64_t registry_life_ns(const struct node *node, const struct worker *worker)
{
    const struct node_config *config = &node->config;
    if (!config->ttl_jitter_ppb)
        return config->ttl_ns;
    uint64_t bits = random_draw(config->jitter_key, worker->number);
    uint64_t less_ppb = random_below(bits, (uint64_t)config->ttl_jitter_ppb + 1);
    int64_t whole = config->ttl_ns / NS_PER_S, rest = config->ttl_ns % NS_PER_S;
    return config->ttl_ns - whole * (int64_t)less_ppb - rest * (int64_t)less_ppb / NS_PER_S;
}

struct worker *registry_at(const struct node *node, uint32_t slot)
{
    struct worker *worker = pool_at(&node->workers, slot);
    return worker->number ? worker : NULL;
}

static void load(struct node *node, struct worker *worker)
{
    worker->state = WORKER_LOADING;
    node->loads++;
    deadline_queue_remove(&worker->life);
    node_add_due(node, &node->lives, &worker->life, node->now_ns + registry_life_ns(node, worker));
    registry_record(node, RECORD_LOAD, worker);
    node->host->load(node->context, (struct worker_ref){worker->slot, worker->number}, &worker->id);
}

/* Begins queued loads while load_at_once allows, those with the earliest deadline first. */
static void run_queue(struct node *node)
{
    uint32_t most = node->config.load_at_once ? node->config.load_at_once : UINT32_MAX;
    for (struct due *first;
         node->loads < most && (first = deadline_queue_first(&node->load_queue));)
        load(node, container_of(first, struct worker, life));
}

/* A new worker in this slot. */
static void begin(struct node *node, struct worker *worker, int64_t deadline_ns)
{
    worker->number = node->next_worker;
    node->next_worker += node->config.nodes;
    worker->busy = false;
    worker->state = WORKER_QUEUED;
    registry_record(node, RECORD_START, worker);
    deadline_queue_add(&node->load_queue, &worker->life, deadline_ns);
    run_queue(node);
}

void registry_hurry(struct node *node, struct worker *worker, int64_t deadline_ns)
{
    if (worker->state != WORKER_QUEUED || deadline_ns >= worker->life.at_ns)
        return;
    deadline_queue_remove(&worker->life);
    deadline_queue_add(&node->load_queue, &worker->life, deadline_ns);
}

void registry_load_ended(struct node *node, struct worker *worker, enum worker_state state)
{
    worker->state = state;
    node->loads--;
    run_queue(node);
}

/* A worker of this id that does nothing yet. */
static struct worker *add(struct node *node, const struct text *id)
{
    if (node->workers.count >= node->config.workers_max)
        return NULL;
    uint32_t slot = pool_take(&node->workers);
    if (slot == POOL_NONE)
        return NULL;
    struct worker *worker = pool_at(&node->workers, slot);
    if (text_copy(&worker->id, id))
        goto give_slot;
    if (hash_map_add(&node->workers_by_id, id_key(id), slot))
        goto clear_id;
    worker->slot = slot;
    return worker;
clear_id:
    text_clear(&worker->id);
give_slot:
    pool_give(&node->workers, slot);
    return NULL;
}

struct worker *registry_start(struct node *node, const struct text *id, int64_t deadline_ns)
{
    struct worker *worker = add(node, id);
    if (worker)
        begin(node, worker, deadline_ns);
    return worker;
}

static void remove_worker(struct node *node, struct worker *worker)
{
    hash_map_remove(&node->workers_by_id, id_key(&worker->id), worker->slot);
    text_clear(&worker->id);
    text_clear(&worker->value);
    worker->number = 0;
    pool_give(&node->workers, worker->slot);
}

struct worker *registry_move_in(struct node *node, const struct text *id, const struct text *value,
                                int64_t end_ns, struct moved_from from)
{
    struct worker *worker = add(node, id);
    if (!worker)
        return NULL;
    if (value && text_copy(&worker->value, value)) {
        remove_worker(node, worker);
        return NULL;
    }
    worker->number = node->next_worker;
    node->next_worker += node->config.nodes;
    worker->state = value ? WORKER_READY : WORKER_FAILED;
    struct record start = record_of(RECORD_START);
    start.id = worker->id;
    start.worker = worker->number;
    start.code = START_MOVED;
    start.amount = end_ns - node->now_ns;
    start.peer = from.node;
    start.number = from.number;
    node_record(node, &start);
    registry_record(node, value ? RECORD_VALUE : RECORD_LOAD_FAILED, worker);
    node_add_due(node, &node->lives, &worker->life, end_ns);
    return worker;
}

void registry_moved(struct node *node, const struct worker *worker, node_id peer)
{
    struct record moved = record_of(RECORD_MOVED);
    moved.id = worker->id;
    moved.worker = worker->number;
    moved.peer = peer;
    node_record(node, &moved);
}

void registry_set_moves(struct node *node, struct worker *worker, bool moves)
{
    if (worker->moves == moves)
        return;
    worker->moves = moves;
    node->moving += moves;
    node->moving -= !moves;
    if (node->lease && moves)
        lease_moves(node, &worker->id);
    else if (node->lease)
        lease_moves_no_more(node, &worker->id);
}

void registry_outlast(struct node *node, struct worker *worker)
{
    deadline_queue_remove(&worker->life);
    node_add_due(node, &node->lives, &worker->life, TIME_NEVER);
}

static void tell_host(struct node *node, const struct worker *worker)
{
    if (node->host->end)
        node->host->end(node->context, (struct worker_ref){worker->slot, worker->number});
}

void registry_renew(struct node *node, struct worker *worker, int64_t deadline_ns)
{
    tell_host(node, worker);
    deadline_queue_remove(&worker->life);
    text_clear(&worker->value);
    node->loads -= worker->state == WORKER_LOADING;
    begin(node, worker, deadline_ns);
}

void registry_end(struct node *node, struct worker *worker)
{
    must(list_empty(&worker->mailbox));
    tell_host(node, worker);
    deadline_queue_remove(&worker->life);
    if (worker->state == WORKER_LOADING)
        registry_load_ended(node, worker, WORKER_FAILED);
    registry_set_moves(node, worker, false);
    remove_worker(node, worker);
}
