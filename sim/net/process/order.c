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

/* ---- ids ----------------------------------------------------------------------------------- */

static void put_texts(struct string_builder *bytes, const struct text *texts, uint64_t count)
{
    for (uint64_t i = 0; texts && i < count; i++) {
        varint_put(bytes, text_size(&texts[i]));
        string_builder_add_bytes(bytes, text_bytes(&texts[i]), text_size(&texts[i]));
    }
}

static void put_ids(struct string_builder *bytes, const struct id_range *ids)
{
    varint_put(bytes, ids->texts != NULL);
    varint_put(bytes, ids->count);
    if (!ids->texts)
        varint_put(bytes, ids->first);
    put_texts(bytes, ids->texts, ids->count);
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
static bool get_texts(struct byte_reader *reader, struct arena *arena, uint64_t count,
                      struct text **texts)
{
    if (count > (uint64_t)(reader->end - reader->at) ||
        !(*texts = arena_take(arena, count * sizeof **texts)))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!get_id(reader, arena, &(*texts)[i]))
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
    else if (!get_texts(reader, arena, ids->count, &ids->texts))
        return false;
    ids->zipf_ppm = (uint32_t)varint_get(reader, ZIPF_PPM_MAX);
    if (reader->failed || !ids->zipf_ppm)
        return !reader->failed;
    ids->zipf = ids->count <= ZIPF_IDS_MAX ? zipf_new(ids->count, ids->zipf_ppm) : NULL;
    return ids->zipf != NULL;
}

/* ---- settings ------------------------------------------------------------------------------ */

static int64_t get_ns(struct byte_reader *reader)
{
    return (int64_t)varint_get(reader, TIME_NEVER);
}

/* Observed durations go as how far each is above the one before. */
static void put_distribution(struct string_builder *bytes, const struct distribution *distribution)
{
    const struct empirical *empirical = distribution->empirical;
    varint_put(bytes, distribution->kind);
    varint_put(bytes, (uint64_t)distribution->least_ns);
    varint_put(bytes, (uint64_t)distribution->most_ns);
    varint_put(bytes, (uint64_t)distribution->scale_ns);
    varint_put(bytes, distribution->sigma_ppm);
    if (distribution->kind != DISTRIBUTION_EMPIRICAL)
        return;
    varint_put(bytes, empirical->count);
    for (uint32_t i = 0; i < empirical->count; i++)
        varint_put(bytes,
                   (uint64_t)(empirical->sorted_ns[i] - (i ? empirical->sorted_ns[i - 1] : 0)));
}

/* Each takes a byte or more, which bounds the memory. */
static bool get_empirical(struct byte_reader *reader, struct order_setting *setting)
{
    struct empirical *empirical = &setting->empirical;
    int64_t at_ns = 0;
    empirical->file = "";
    empirical->count = (uint32_t)varint_get(reader, (uint64_t)(reader->end - reader->at));
    if (!empirical->count ||
        !(empirical->sorted_ns =
              arena_take(setting->arena, empirical->count * sizeof *empirical->sorted_ns)))
        return false;
    for (uint32_t i = 0; i < empirical->count; i++) {
        at_ns += (int64_t)varint_get(reader, (uint64_t)(DISTRIBUTION_MOST_NS - at_ns));
        empirical->sorted_ns[i] = at_ns;
    }
    setting->distribution.empirical = empirical;
    return true;
}

static bool get_distribution(struct byte_reader *reader, struct order_setting *setting)
{
    struct distribution *distribution = &setting->distribution;
    distribution->kind = (enum distribution_kind)varint_get(reader, DISTRIBUTION_EMPIRICAL);
    distribution->least_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution->most_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution->scale_ns = (int64_t)varint_get(reader, DISTRIBUTION_MOST_NS);
    distribution->sigma_ppm = (uint32_t)varint_get(reader, SIGMA_MAX);
    if (distribution->kind == DISTRIBUTION_UNIFORM &&
        distribution->most_ns < distribution->least_ns)
        return false;
    return distribution->kind != DISTRIBUTION_EMPIRICAL || get_empirical(reader, setting);
}

static void put_id_set(struct string_builder *bytes, const struct id_set *ids)
{
    varint_put(bytes, ids->count);
    varint_put(bytes, ids->texts != NULL);
    varint_put(bytes, ids->first);
    put_texts(bytes, ids->texts, ids->count);
}

static bool get_id_set(struct byte_reader *reader, struct arena *arena, struct id_set *ids)
{
    ids->count = varint_get(reader, UINT64_MAX);
    bool by_name = varint_get(reader, 1);
    ids->first = varint_get(reader, UINT64_MAX - (ids->count ? ids->count - 1 : 0));
    return !by_name || get_texts(reader, arena, ids->count, &ids->texts);
}

struct order_setting *order_setting_new(const struct order *order)
{
    struct order_setting *setting = memory_zeroed(sizeof *setting);
    struct byte_reader reader = order->setting;
    if (!setting)
        return NULL;
    setting->arena = arena_new();
    bool good = setting->arena && get_id_set(&reader, setting->arena, &setting->ids);
    if (good && order->kind == ORDER_LOAD_FAIL)
        setting->ppb = (uint32_t)varint_get(&reader, PPB_MAX);
    else if (good)
        good = get_distribution(&reader, setting);
    if (good && byte_reader_done(&reader))
        return setting;
    order_setting_delete(setting);
    return NULL;
}

void order_setting_delete(struct order_setting *setting)
{
    for (struct order_setting *next; setting; setting = next) {
        next = setting->next;
        arena_delete(setting->arena);
        memory_free(setting);
    }
}

const struct order_setting *order_setting_of(const struct order_setting *first,
                                             const struct text *id)
{
    while (first && first->ids.count && !id_set_has(&first->ids, id))
        first = first->next;
    return first;
}

static void put_setting(struct string_builder *bytes, const struct order *order)
{
    varint_put(bytes, order->again);
    put_id_set(bytes, &order->set_ids);
    if (order->kind == ORDER_LOAD_FAIL)
        varint_put(bytes, order->ppb);
    else
        put_distribution(bytes, &order->distribution);
}

/* ---- clients ------------------------------------------------------------------------------- */

static void put_clients(struct string_builder *bytes, const struct workload *workload)
{
    const struct action *action = workload->action;
    int64_t ramp_ns = 0;
    if (action->as.load.to_per_1000_s)
        ramp_ns = action->as.load.until_ns - action->at_ns;
    varint_put(bytes, action->kind == ACTION_REQUESTS);
    varint_put(bytes, workload->seed);
    varint_put(bytes, workload->key);
    varint_put(bytes, workload->from.any);
    node_runs_put(bytes, workload->from.nodes, workload->from.count);
    varint_put(bytes, (uint64_t)workload->from_ns);
    varint_put(bytes, action->as.load.clients);
    varint_put(bytes, action->as.load.per_1000_s);
    varint_put(bytes, action->as.load.to_per_1000_s);
    varint_put(bytes, (uint64_t)ramp_ns);
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

/* A ramp is as long as its action. */
static void get_rates(struct byte_reader *reader, struct action *action)
{
    action->as.load.per_1000_s = varint_get(reader, UINT64_MAX);
    action->as.load.to_per_1000_s = varint_get(reader, UINT64_MAX);
    action->as.load.until_ns = get_ns(reader);
}

static void get_times(struct byte_reader *reader, struct action *action)
{
    action->as.load.think_ns = get_ns(reader);
    action->as.load.timeout_ns = get_ns(reader);
    action->as.load.retries = (uint32_t)varint_get(reader, UINT32_MAX);
    action->as.load.backoff_least_ns = get_ns(reader);
    action->as.load.backoff_most_ns = get_ns(reader);
}

static bool get_clients(struct order_clients *clients, struct byte_reader *reader, uint32_t nodes)
{
    struct action *action = &clients->action;
    struct workload *workload = &clients->workload;
    action->kind = varint_get(reader, 1) ? ACTION_REQUESTS : ACTION_CLIENTS;
    *workload = (struct workload){.action = action, .nodes = nodes};
    workload->seed = varint_get(reader, UINT64_MAX);
    workload->key = varint_get(reader, UINT64_MAX);
    workload->from.any = varint_get(reader, 1);
    if (!get_nodes(reader, clients->arena, &workload->from, nodes))
        return false;
    workload->from_ns = get_ns(reader);
    action->as.load.clients = (uint32_t)varint_get(reader, CLIENTS_MAX);
    get_rates(reader, action);
    get_times(reader, action);
    bool some = action->kind == ACTION_CLIENTS
                    ? action->as.load.clients > 0
                    : action->as.load.per_1000_s || action->as.load.to_per_1000_s;
    return some && get_ids(reader, clients->arena, &action->as.load.ids) &&
           byte_reader_done(reader);
}

struct order_clients *order_clients_new(const struct order *order, uint32_t nodes)
{
    struct order_clients *clients = memory_zeroed(sizeof *clients);
    struct byte_reader reader = order->clients;
    if (!clients)
        return NULL;
    clients->arena = arena_new();
    if (clients->arena && get_clients(clients, &reader, nodes))
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
        varint_put(bytes, (uint64_t)order->made_ns);
        varint_put(bytes, order->number);
        string_builder_add_bytes(bytes, text_bytes(&order->id), text_size(&order->id));
        break;
    case ORDER_CLIENTS:
        varint_put(bytes, (uint64_t)order->until_ns);
        varint_put(bytes, order->gaps);
        varint_put(bytes, order->ids);
        varint_put(bytes, (uint64_t)order->due_ns);
        varint_put(bytes, order->tag);
        put_clients(bytes, order->workload);
        break;
    case ORDER_CUT:
        varint_put(bytes, order->peer);
        varint_put(bytes, order->out);
        varint_put(bytes, order->in);
        break;
    case ORDER_FORGET:
        varint_put(bytes, order->peer);
        break;
    case ORDER_LOAD:
    case ORDER_WORK:
    case ORDER_LOAD_FAIL:
        put_setting(bytes, order);
        break;
    case ORDER_LEVEL:
        varint_put(bytes, order->level);
        break;
    case ORDER_SYNC:
        varint_put(bytes, order->sync);
        break;
    case ORDER_THAW:
        varint_put(bytes, (uint64_t)order->until_ns);
        break;
    case ORDER_GREET:
    case ORDER_CONNECT:
    case ORDER_LEAVE:
    case ORDER_BRIEFED:
    case ORDER_DISMISS:
    case ORDER_FREEZE:
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
        order->made_ns = get_ns(&reader);
        order->number = varint_get(&reader, UINT64_MAX);
        read_id(&reader, &order->id);
        break;
    case ORDER_CLIENTS:
        order->until_ns = get_ns(&reader);
        order->gaps = varint_get(&reader, UINT64_MAX);
        order->ids = varint_get(&reader, UINT64_MAX);
        order->due_ns = get_ns(&reader);
        order->tag = varint_get(&reader, UINT32_MAX);
        order->clients = reader;
        reader.at = reader.end;
        break;
    case ORDER_CUT:
        order->peer = (node_id)varint_get(&reader, nodes - 1);
        order->out = varint_get(&reader, 1);
        order->in = varint_get(&reader, 1);
        break;
    case ORDER_FORGET:
        order->peer = (node_id)varint_get(&reader, nodes - 1);
        break;
    case ORDER_LOAD:
    case ORDER_WORK:
    case ORDER_LOAD_FAIL:
        order->again = varint_get(&reader, 1);
        order->setting = reader;
        reader.at = reader.end;
        break;
    case ORDER_LEVEL:
        order->level = (enum trace_level)varint_get(&reader, TRACE_OFF);
        break;
    case ORDER_SYNC:
        order->sync = varint_get(&reader, UINT64_MAX);
        break;
    case ORDER_THAW:
        order->until_ns = get_ns(&reader);
        break;
    case ORDER_GREET:
    case ORDER_CONNECT:
    case ORDER_LEAVE:
    case ORDER_BRIEFED:
    case ORDER_DISMISS:
    case ORDER_FREEZE:
    case ORDER_KINDS:
        break;
    }
    return size <= ORDER_SIZE_MAX && byte_reader_done(&reader);
}
