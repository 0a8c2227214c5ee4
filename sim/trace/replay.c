#include "trace/replay.h"

#include "base/memory.h"
#include "node/id.h"

/* ---- objects by number --------------------------------------------------------------------- */

struct replay_worker *replay_find_worker(const struct replay *replay, uint64_t number)
{
    return pool_map_find_number(&replay->workers, struct replay_worker, number, number);
}

struct replay_request *replay_find_request(const struct replay *replay, uint64_t number)
{
    return pool_map_find_number(&replay->requests, struct replay_request, number, number);
}

struct replay_message *replay_find_message(const struct replay *replay, uint64_t number)
{
    return pool_map_find_number(&replay->messages, struct replay_message, number, number);
}

struct under_way replay_under_way(const struct replay *replay)
{
    return (struct under_way){.messages = replay->messages.pool.count,
                              .requests = replay->open,
                              .workers = replay->workers.pool.count};
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void take_node(struct replay *replay, const struct record *record)
{
    struct replay_node *node = &replay->nodes[record->node];
    node->up = record->kind == RECORD_UP;
    node->frozen = false;
    if (!node->up)
        return;
    node->incarnation = record->epoch;
    if (!(replay->setup.parts & REPLAY_VIEWS))
        return;
    if (replay->setup.views_static)
        view_fill(&node->view);
    else
        view_from_bits(&node->view, "", 0);
}

static void take_view(struct replay *replay, const struct record *record)
{
    if (replay->setup.parts & REPLAY_VIEWS)
        view_from_bits(&replay->nodes[record->node].view, text_bytes(&record->value),
                       text_size(&record->value));
}

/* ---- workers ------------------------------------------------------------------------------- */

struct replay_place {
    const struct text *id;
    node_id node;
};

static uint64_t place_hash(const struct text *id, node_id node)
{
    return id_hash(id) ^ random_mix(node);
}

static inline bool is_at_place(const void *pool, uint32_t slot, const void *key)
{
    const struct replay_worker *worker = pool_at(pool, slot);
    const struct replay_place *place = key;
    return worker->node == place->node && text_equal(&worker->id, place->id);
}

struct replay_worker *replay_find_place(const struct replay *replay, const struct text *id,
                                        node_id node)
{
    const struct pool *workers = &replay->workers.pool;
    struct replay_place place = {id, node};
    uint32_t slot =
        hash_map_find(&replay->by_place, place_hash(id, node), is_at_place, workers, &place);
    return slot == HASH_MAP_NONE ? NULL : pool_at(workers, slot);
}

static enum error place_add(struct replay *replay, const struct replay_worker *worker)
{
    if (!(replay->setup.parts & REPLAY_PLACES))
        return OK;
    return hash_map_add(&replay->by_place, place_hash(&worker->id, worker->node), worker->slot);
}

static enum error take_start(struct replay *replay, const struct record *record)
{
    uint32_t slot;
    struct replay_worker *worker =
        pool_map_add(&replay->workers, hash_map_number(record->worker), &slot);
    if (!worker)
        return ERROR_MEMORY;
    worker->number = record->worker;
    worker->slot = slot;
    worker->node = record->node;
    worker->started_ns = worker->load_ns = record->t_ns;
    worker->life_ns = record->clock_ns - (record->code == START_FOUND ? record->amount : 0);
    worker->moved = record->code == START_MOVED;
    if (text_copy(&worker->id, &record->id) || place_add(replay, worker)) {
        text_clear(&worker->id);
        pool_map_remove(&replay->workers, hash_map_number(record->worker), slot);
        return ERROR_MEMORY;
    }
    list_add_last(&replay->nodes[record->node].workers, &worker->of_node);
    replay->nodes[record->node].workers_count++;
    return OK;
}

static void end_worker(struct replay *replay, struct replay_worker *worker)
{
    list_remove(&worker->of_node);
    replay->nodes[worker->node].workers_count--;
    if (replay->setup.parts & REPLAY_PLACES)
        hash_map_remove(&replay->by_place, place_hash(&worker->id, worker->node), worker->slot);
    text_clear(&worker->id);
    pool_map_remove(&replay->workers, hash_map_number(worker->number), worker->slot);
}

static enum error take_worker(struct replay *replay, const struct record *record)
{
    if (!(replay->setup.parts & REPLAY_WORKERS))
        return OK;
    if (record->kind == RECORD_START)
        return take_start(replay, record);
    struct replay_worker *worker = replay_find_worker(replay, record->worker);
    if (worker && record->kind == RECORD_LOAD)
        worker->load_ns = record->t_ns;
    else if (worker)
        end_worker(replay, worker);
    return OK;
}

/* ---- requests ------------------------------------------------------------------------------ */

static enum error begin_request(struct replay *replay, const struct record *record)
{
    uint32_t slot;
    struct replay_request *request =
        pool_map_add(&replay->requests, hash_map_number(record->request), &slot);
    if (!request)
        return ERROR_MEMORY;
    if (text_copy(&request->id, &record->id)) {
        pool_map_remove(&replay->requests, hash_map_number(record->request), slot);
        return ERROR_MEMORY;
    }
    request->number = record->request;
    request->tag = record->number;
    request->slot = slot;
    request->caller = record->node;
    request->owner = NODE_NONE;
    request->made_ns = record->t_ns;
    request->clock_ns = record->clock_ns;
    request->deadline_ns = record->amount;
    request->open = true;
    list_add_last(&replay->nodes[record->node].requests, &request->of_caller);
    replay->open++;
    return OK;
}

static void forget_if_over(struct replay *replay, struct replay_request *request)
{
    if (request->open || request->messages)
        return;
    text_clear(&request->id);
    pool_map_remove(&replay->requests, hash_map_number(request->number), request->slot);
}

static void end_request(struct replay *replay, struct replay_request *request)
{
    if (!request->open)
        return;
    request->open = false;
    list_remove(&request->of_caller);
    replay->open--;
    forget_if_over(replay, request);
}

static enum error take_request(struct replay *replay, const struct record *record)
{
    if (!(replay->setup.parts & REPLAY_REQUESTS))
        return OK;
    if (record->kind == RECORD_REQUEST)
        return begin_request(replay, record);
    struct replay_request *request = replay_find_request(replay, record->request);
    if (!request)
        return OK;
    if (record->kind != RECORD_ROUTE) {
        end_request(replay, request);
        return OK;
    }
    request->tries = record->code;
    if (record->code == 1)
        request->owner = record->peer;
    return OK;
}

/* The node decides about an id's requests: what it sends then are answers to those. */
static enum error note_decided(struct replay *replay, const struct record *record)
{
    struct replay_node *node = &replay->nodes[record->node];
    if (!(replay->setup.parts & REPLAY_REQUESTS))
        return OK;
    text_clear(&node->decided);
    node->decided_ns = record->t_ns;
    return text_copy(&node->decided, &record->id);
}

/* An answer to a request that is over and forgotten. NULL: its id is not known, or no memory. */
static struct replay_request *revive(struct replay *replay, const struct record *record)
{
    uint32_t slot;
    const struct replay_node *node = &replay->nodes[record->node];
    if (record->kind != RECORD_SEND || record->message != MESSAGE_REPLY ||
        node->decided_ns != record->t_ns || !text_size(&node->decided))
        return NULL;
    struct replay_request *request =
        pool_map_add(&replay->requests, hash_map_number(record->request), &slot);
    if (!request)
        return NULL;
    request->number = record->request;
    request->slot = slot;
    request->caller = record->peer;
    request->owner = record->node;
    if (!text_copy(&request->id, &node->decided))
        return request;
    pool_map_remove(&replay->requests, hash_map_number(record->request), slot);
    return NULL;
}

/* What a message means to its request. */
static void take_message_of_request(struct replay *replay, const struct record *record)
{
    struct replay_request *request = replay_find_request(replay, record->request);
    if (!request)
        request = revive(replay, record);
    if (!request)
        return;
    if (record->kind == RECORD_SEND) {
        request->messages++;
        return;
    }
    request->replied |= record->kind == RECORD_RECV && record->message == MESSAGE_REPLY;
    request->messages -= request->messages > 0;
    forget_if_over(replay, request);
}

/* ---- messages ------------------------------------------------------------------------------ */

static enum error begin_message(struct replay *replay, const struct record *record)
{
    if (record->peer >= replay->setup.nodes)
        return OK;
    uint32_t slot;
    struct replay_message *message =
        pool_map_add(&replay->messages, hash_map_number(record->number), &slot);
    if (!message)
        return ERROR_MEMORY;
    message->number = record->number;
    message->request = record->request;
    message->slot = slot;
    message->from = record->node;
    message->to = record->peer;
    message->kind = record->message;
    message->sent_ns = record->t_ns;
    list_add_last(&replay->nodes[record->peer].messages, &message->to_node);
    return OK;
}

static void end_message(struct replay *replay, const struct record *record)
{
    struct replay_message *message = replay_find_message(replay, record->number);
    if (!message)
        return;
    list_remove(&message->to_node);
    pool_map_remove(&replay->messages, hash_map_number(message->number), message->slot);
}

static enum error take_message(struct replay *replay, const struct record *record)
{
    if (record->request && replay->setup.parts & REPLAY_REQUESTS)
        take_message_of_request(replay, record);
    if (!(replay->setup.parts & REPLAY_MESSAGES))
        return OK;
    if (record->kind == RECORD_SEND)
        return begin_message(replay, record);
    end_message(replay, record);
    return OK;
}

/* ---- records ------------------------------------------------------------------------------- */

enum error replay_take(struct replay *replay, const struct record *record)
{
    if (record->node >= replay->setup.nodes)
        return OK;
    switch (record->kind) {
    case RECORD_UP:
    case RECORD_DOWN:
        take_node(replay, record);
        return OK;
    case RECORD_FROZEN:
    case RECORD_THAWED:
        replay->nodes[record->node].frozen = record->kind == RECORD_FROZEN;
        return OK;
    case RECORD_VIEW:
        take_view(replay, record);
        return OK;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        return take_message(replay, record);
    case RECORD_REQUEST:
    case RECORD_ROUTE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        return take_request(replay, record);
    case RECORD_SERVE:
    case RECORD_LOAD_FAILED:
        return note_decided(replay, record);
    case RECORD_START:
    case RECORD_LOAD:
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        return take_worker(replay, record);
    default:
        return OK;
    }
}

/* ---- making and closing -------------------------------------------------------------------- */

static enum error init_views(struct replay *replay)
{
    if (!(replay->setup.parts & REPLAY_VIEWS))
        return OK;
    for (node_id node = 0; node < replay->setup.nodes; node++)
        if (view_init(&replay->nodes[node].view, replay->setup.nodes))
            return ERROR_MEMORY;
    return OK;
}

enum error replay_init(struct replay *replay, const struct replay_setup *setup)
{
    *replay = (struct replay){.setup = *setup};
    pool_map_init(&replay->workers, sizeof(struct replay_worker));
    pool_map_init(&replay->requests, sizeof(struct replay_request));
    pool_map_init(&replay->messages, sizeof(struct replay_message));
    replay->nodes = memory_zeroed(setup->nodes * sizeof *replay->nodes);
    if (replay->nodes && !init_views(replay))
        return OK;
    replay_close(replay);
    return ERROR_MEMORY;
}

static void close_node(struct replay_node *node)
{
    text_clear(&node->decided);
    view_close(&node->view);
}

void replay_close(struct replay *replay)
{
    pool_map_each (struct replay_worker, worker, &replay->workers)
        text_clear(&worker->id);
    pool_map_each (struct replay_request, request, &replay->requests)
        text_clear(&request->id);
    for (node_id node = 0; replay->nodes && node < replay->setup.nodes; node++)
        close_node(&replay->nodes[node]);
    pool_map_close(&replay->workers);
    pool_map_close(&replay->requests);
    pool_map_close(&replay->messages);
    hash_map_close(&replay->by_place);
    memory_free(replay->nodes);
    *replay = (struct replay){0};
}
