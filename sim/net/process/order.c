#include "net/process/order.h"

#include "base/arena.h"
#include "base/memory.h"
#include "node/id.h"
#include "trace/node_runs.h"

#define CLIENTS_MAX  10000000u /* as in a scenario */
#define ZIPF_IDS_MAX 10000000u
#define ZIPF_PPM_MAX 10000000u
#define PPB_MAX      1000000000u
#define SIGMA_MAX    10000000u

/* ---- distributions ------------------------------------------------------------------------- */

static void put_distribution(struct string_builder *bytes, const struct distribution *distribution)
{
    varint_put(bytes, distribution->kind);
    varint_put(bytes, (uint64_t)distribution->least_ns);
    varint_put(bytes, (uint64_t)distribution->most_ns);
    varint_put(bytes, (uint64_t)distribution->scale_ns);
    varint_put(bytes, distribution->sigma_ppm);
}

static struct distribution get_distribution(struct byte_reader *reader)
{
    struct distribution distribution;
    distribution.kind = (enum distribution_kind)varint_get(reader, DISTRIBUTION_LOGNORMAL);
    distribution.least_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution.most_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution.scale_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution.sigma_ppm = (uint32_t)varint_get(reader, SIGMA_MAX);
    if (distribution.kind == DISTRIBUTION_UNIFORM && distribution.most_ns < distribution.least_ns)
        reader->failed = true;
    return distribution;
}

/* ---- ids ----------------------------------------------------------------------------------- */

static void put_ids(struct string_builder *bytes, const struct id_range *ids)
{
    varint_put(bytes, ids->texts != NULL);
    varint_put(bytes, ids->count);
    if (!ids->texts)
        varint_put(bytes, ids->first);
    for (uint64_t i = 0; ids->texts && i < ids->count; i++) {
        varint_put(bytes, text_size(&ids->texts[i]));
        string_builder_add_bytes(bytes, text_bytes(&ids->texts[i]), text_size(&ids->texts[i]));
    }
    varint_put(bytes, ids->zipf_ppm);
}

static bool get_id(struct byte_reader *reader, struct arena *arena, struct text *id)
{
    size_t size = (size_t)varint_get(reader, ID_SIZE_MAX);
    const char *bytes = byte_reader_take(reader, size);
    if (!bytes || !id_valid(bytes, size) ||
        (size > TEXT_SMALL_MAX && !(bytes = arena_copy(arena, bytes, size))))
        return false;
    *id = text_borrow(bytes, size);
    return true;
}

/* Each takes a byte or more, which bounds the memory. */
static bool get_ids_by_name(struct byte_reader *reader, struct arena *arena, struct id_range *ids)
{
    if (ids->count > (uint64_t)(reader->end - reader->at) ||
        !(ids->texts = arena_take(arena, ids->count * sizeof *ids->texts)))
        return false;
    for (uint64_t i = 0; i < ids->count; i++)
        if (!get_id(reader, arena, &ids->texts[i]))
            return false;
    return true;
}

static bool get_ids(struct byte_reader *reader, struct arena *arena, struct id_range *ids)
{
    bool by_name = varint_get(reader, 1);
    ids->count = varint_get(reader, UINT64_MAX);
    if (ids->count == 0)
        return false;
    if (!by_name)
        ids->first = varint_get(reader, UINT64_MAX - (ids->count - 1));
    else if (!get_ids_by_name(reader, arena, ids))
        return false;
    ids->zipf_ppm = (uint32_t)varint_get(reader, ZIPF_PPM_MAX);
    if (reader->failed || !ids->zipf_ppm)
        return !reader->failed;
    ids->zipf = ids->count <= ZIPF_IDS_MAX ? zipf_new(ids->count, ids->zipf_ppm) : NULL;
    return ids->zipf != NULL;
}

/* ---- clients ------------------------------------------------------------------------------- */

static void put_clients(struct string_builder *bytes, const struct workload *workload)
{
    const struct action *action = workload->action;
    varint_put(bytes, action->kind == ACTION_REQUESTS);
    varint_put(bytes, workload->seed);
    varint_put(bytes, workload->key);
    varint_put(bytes, workload->from.any);
    node_runs_put(bytes, workload->from.nodes, workload->from.count);
    varint_put(bytes, action->as.load.clients);
    varint_put(bytes, action->as.load.per_1000_s);
    varint_put(bytes, action->as.load.to_per_1000_s);
    varint_put(bytes, action->as.load.to_per_1000_s
                          ? (uint64_t)(action->as.load.until_ns - action->at_ns)
                          : 0);
    varint_put(bytes, (uint64_t)action->as.load.think_ns);
    varint_put(bytes, (uint64_t)action->as.load.timeout_ns);
    varint_put(bytes, action->as.load.retries);
    varint_put(bytes, (uint64_t)action->as.load.backoff_least_ns);
    varint_put(bytes, (uint64_t)action->as.load.backoff_most_ns);
    put_ids(bytes, &action->as.load.ids);
}

static bool get_nodes(struct byte_reader *reader, struct arena *arena, struct node_list *list,
                      uint32_t nodes)
{
    struct node_runs set = node_runs_get(reader, nodes), counted = set;
    node_id first;
    uint32_t count;
    while (node_runs_next(&counted, &first, &count))
        list->count += count;
    if (list->count && !(list->nodes = arena_take(arena, list->count * sizeof *list->nodes)))
        return false;
    for (uint32_t at = 0; node_runs_next(&set, &first, &count);)
        for (node_id node = first; node < first + count; node++)
            list->nodes[at++] = node;
    return !list->any || !list->count;
}

static int64_t get_ns(struct byte_reader *reader)
{
    return (int64_t)varint_get(reader, TIME_NEVER);
}

/* A ramp ends when the clients do. */
static void get_rates(struct byte_reader *reader, struct workload *workload, struct action *action,
                      int64_t until_ns)
{
    action->as.load.per_1000_s = varint_get(reader, UINT64_MAX);
    action->as.load.to_per_1000_s = varint_get(reader, UINT64_MAX);
    int64_t span_ns = get_ns(reader);
    action->as.load.until_ns = until_ns;
    action->at_ns = workload->from_ns = until_ns - span_ns;
}

static bool get_clients(struct order_clients *clients, struct byte_reader *reader, uint32_t nodes,
                        int64_t until_ns)
{
    struct action *action = &clients->action;
    action->kind = varint_get(reader, 1) ? ACTION_REQUESTS : ACTION_CLIENTS;
    clients->workload = (struct workload){.action = action, .nodes = nodes};
    clients->workload.seed = varint_get(reader, UINT64_MAX);
    clients->workload.key = varint_get(reader, UINT64_MAX);
    clients->workload.from.any = varint_get(reader, 1);
    if (!get_nodes(reader, clients->arena, &clients->workload.from, nodes))
        return false;
    action->as.load.clients = (uint32_t)varint_get(reader, CLIENTS_MAX);
    get_rates(reader, &clients->workload, action, until_ns);
    action->as.load.think_ns = get_ns(reader);
    action->as.load.timeout_ns = get_ns(reader);
    action->as.load.retries = (uint32_t)varint_get(reader, UINT32_MAX);
    action->as.load.backoff_least_ns = get_ns(reader);
    action->as.load.backoff_most_ns = get_ns(reader);
    bool asks = action->kind == ACTION_CLIENTS
                    ? action->as.load.clients > 0
                    : action->as.load.per_1000_s || action->as.load.to_per_1000_s;
    if (!asks)
        return false;
    return get_ids(reader, clients->arena, &action->as.load.ids) && byte_reader_done(reader);
}

struct order_clients *order_clients_new(const struct order *order, uint32_t nodes)
{
    struct order_clients *clients = memory_zeroed(sizeof *clients);
    struct byte_reader reader = order->clients;
    if (!clients)
        return NULL;
    clients->arena = arena_new();
    if (clients->arena && get_clients(clients, &reader, nodes, order->until_ns))
        return clients;
    order_clients_delete(clients);
    return NULL;
}

void order_clients_delete(struct order_clients *clients)
{
    zipf_delete(clients->action.as.load.ids.zipf);
    arena_delete(clients->arena);
    memory_free(clients);
}

/* ---- orders -------------------------------------------------------------------------------- */

void order_write(struct string_builder *bytes, const struct order *order)
{
    varint_put(bytes, order->kind);
    switch (order->kind) {
    case ORDER_REQUEST:
        varint_put(bytes, order->tag);
        varint_put(bytes, (uint64_t)order->timeout_ns);
        string_builder_add_bytes(bytes, text_bytes(&order->id), text_size(&order->id));
        break;
    case ORDER_CLIENTS:
        varint_put(bytes, (uint64_t)order->until_ns);
        put_clients(bytes, order->workload);
        break;
    case ORDER_CUT:
        varint_put(bytes, order->peer);
        varint_put(bytes, order->out);
        varint_put(bytes, order->in);
        break;
    case ORDER_LOAD:
    case ORDER_WORK:
        put_distribution(bytes, &order->distribution);
        break;
    case ORDER_LOAD_FAIL:
        varint_put(bytes, order->ppb);
        break;
    case ORDER_LEVEL:
        varint_put(bytes, order->level);
        break;
    case ORDER_SYNC:
        varint_put(bytes, order->sync);
        break;
    case ORDER_CONNECT:
    case ORDER_LEAVE:
    case ORDER_DISMISS:
    case ORDER_KINDS:
        break;
    }
}

static void read_id(struct byte_reader *reader, struct text *id)
{
    size_t size = (size_t)(reader->end - reader->at);
    const char *bytes = byte_reader_take(reader, size);
    if (size > ID_SIZE_MAX || !id_valid(bytes, size))
        reader->failed = true;
    else
        *id = text_borrow(bytes, size);
}

bool order_read(struct order *order, const void *bytes, size_t size, uint32_t nodes)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    *order = (struct order){.kind = (enum order_kind)varint_get(&reader, ORDER_KINDS - 1)};
    switch (order->kind) {
    case ORDER_REQUEST:
        order->tag = varint_get(&reader, UINT64_MAX);
        order->timeout_ns = get_ns(&reader);
        read_id(&reader, &order->id);
        break;
    case ORDER_CLIENTS:
        order->until_ns = (int64_t)varint_get(&reader, TIME_NEVER);
        order->clients = reader;
        reader.at = reader.end;
        break;
    case ORDER_CUT:
        order->peer = (node_id)varint_get(&reader, nodes - 1);
        order->out = varint_get(&reader, 1);
        order->in = varint_get(&reader, 1);
        break;
    case ORDER_LOAD:
    case ORDER_WORK:
        order->distribution = get_distribution(&reader);
        break;
    case ORDER_LOAD_FAIL:
        order->ppb = (uint32_t)varint_get(&reader, PPB_MAX);
        break;
    case ORDER_LEVEL:
        order->level = (enum trace_level)varint_get(&reader, TRACE_OFF);
        break;
    case ORDER_SYNC:
        order->sync = varint_get(&reader, UINT64_MAX);
        break;
    case ORDER_CONNECT:
    case ORDER_LEAVE:
    case ORDER_DISMISS:
    case ORDER_KINDS:
        break;
    }
    return size <= ORDER_SIZE_MAX && byte_reader_done(&reader);
}
