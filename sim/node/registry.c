#include "node/registry.h"

#include "node/id.h"

static inline bool has_id(const void *node, uint32_t slot, const void *id)
{
    const struct worker *worker = pool_at(&((const struct node *)node)->workers, slot);
    return text_equal(&worker->id, id);
}

struct worker *registry_find(const struct node *node, const struct text *id)
{
    uint32_t slot = hash_map_find(&node->workers_by_id, id_hash(id), has_id, node, id);
    return slot == HASH_MAP_NONE ? NULL : pool_at(&node->workers, slot);
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
    if (kind == RECORD_VALUE)
        record.value = worker->value;
    node_record(node, &record);
}

/* A new worker in this slot: gets its number, its life and its load. */
static void begin(struct node *node, struct worker *worker)
{
    worker->number = node->next_worker;
    node->next_worker += node->config.nodes;
    worker->state = WORKER_LOADING;
    worker->busy = false;
    expiry_add(&node->lives, &worker->life, node->now_ns + node->config.ttl_ns);
    registry_record(node, RECORD_START, worker);
    registry_record(node, RECORD_LOAD, worker);
    node->host->load(node->context, (struct worker_ref){worker->slot, worker->number}, &worker->id);
}

struct worker *registry_start(struct node *node, const struct text *id)
{
    if (node->workers.count >= node->config.workers_max)
        return NULL;
    uint32_t slot = pool_take(&node->workers);
    if (slot == POOL_NONE)
        return NULL;
    struct worker *worker = pool_at(&node->workers, slot);
    if (text_copy(&worker->id, id))
        goto give_slot;
    if (hash_map_add(&node->workers_by_id, id_hash(id), slot))
        goto clear_id;
    worker->slot = slot;
    begin(node, worker);
    return worker;
clear_id:
    text_clear(&worker->id);
give_slot:
    pool_give(&node->workers, slot);
    return NULL;
}

void registry_renew(struct node *node, struct worker *worker)
{
    expiry_remove(&worker->life);
    text_clear(&worker->value);
    begin(node, worker);
}

void registry_end(struct node *node, struct worker *worker)
{
    must(list_empty(&worker->mailbox));
    expiry_remove(&worker->life);
    hash_map_remove(&node->workers_by_id, id_hash(&worker->id), worker->slot);
    text_clear(&worker->id);
    text_clear(&worker->value);
    worker->number = 0;
    pool_give(&node->workers, worker->slot);
}
