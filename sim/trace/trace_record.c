#include "trace/trace_record.h"

#include "node/ballot.h"
#include "node/id.h"
#include "trace/rules.h"
#include "trace/trace_fault.h"
#include "trace/trace_line.h"

TRACE_LINE_NAMES(record_of_kind, record_name)
TRACE_LINE_NAMES(message_of, message_name)
TRACE_LINE_NAMES(drop_of, drop_name)
TRACE_LINE_NAMES(route_why_of, route_why_name)
TRACE_LINE_NAMES(outcome_of, outcome_name)
TRACE_LINE_NAMES(rule_of, rule_name)
TRACE_LINE_NAMES(lease_how_of, lease_how_name)

/* ---- what other lines know ----------------------------------------------------------------- */

static void put_request_in(struct trace_file *file, struct record *record)
{
    const struct replay_request *request = replay_find_request(&file->replay, record->request);
    if (!request)
        return;
    if (record->kind == RECORD_ROUTE || record->kind == RECORD_SERVE ||
        record->kind == RECORD_HANDED ||
        (record->kind == RECORD_SEND && record->message == MESSAGE_REQUEST))
        record->id = request->id;
    if (record->kind != RECORD_ROUTE && record->kind != RECORD_HANDED)
        record->code = request->tries;
}

static void put_worker_in(struct trace_file *file, struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&file->replay, record->worker);
    if (worker && !text_size(&record->id))
        record->id = worker->id;
}

/* ---- leases -------------------------------------------------------------------------------- */

static uint64_t lease_key(uint64_t slot, node_id node)
{
    return slot << 32 | node;
}

static void note_lease(struct trace_file *file, const struct record *record)
{
    uint32_t slot;
    uint64_t key = lease_key(record->number, record->node);
    bool over = record->code == LEASE_RELEASED || record->code == LEASE_LOST;
    struct trace_lease *lease = pool_map_find_number(&file->leases, struct trace_lease, key, key);
    if (!lease && (lease = pool_map_add(&file->leases, hash_map_number(key), &slot)))
        lease->key = key;
    file->data.failed |= !lease;
    if (lease)
        lease->until_ns = over ? TIME_NEVER : record->amount;
}

/* Whether the node's lease of the id is over: then its worker can do no more, even if the node
 * stands still and has not ended it. Its clock is taken to be off by as much as it last was. */
static bool lease_is_over(const struct trace_file *file, const struct text *id, node_id node,
                          int64_t t_ns)
{
    uint64_t key = lease_key(id_slot(id, file->head.slots), node);
    const struct trace_lease *lease =
        pool_map_find_number(&file->leases, struct trace_lease, key, key);
    return lease && lease->until_ns != TIME_NEVER &&
           t_ns + file->clocks_off_ns[node] >= lease->until_ns;
}

/* How many workers of the id live, which may count those of another id in; NULL: no memory. */
static uint32_t *live_workers(struct trace_file *file, const struct text *id)
{
    uint32_t slot;
    uint64_t key = id_hash(id);
    struct trace_workers *workers =
        pool_map_find_number(&file->workers, struct trace_workers, key, key);
    if (!workers && (workers = pool_map_add(&file->workers, hash_map_number(key), &slot)))
        workers->key = key;
    file->data.failed |= !workers;
    return workers ? &workers->live : NULL;
}

static struct record duplicate_of(const struct record *start)
{
    struct record duplicate = *start;
    duplicate.kind = RECORD_DUPLICATE;
    duplicate.code = 0;
    duplicate.amount = 0;
    return duplicate;
}

/* Another live worker of the id makes this one a duplicate. */
static void note_duplicate(struct trace_file *file, const struct record *start)
{
    for (node_id node = 0; node < file->head.nodes; node++) {
        const struct replay_worker *other = replay_find_place(&file->replay, &start->id, node);
        if (!other || node == start->node ||
            (file->head.slots && lease_is_over(file, &start->id, node, start->t_ns)))
            continue;
        file->further = duplicate_of(start);
        file->further.peer = node;
        file->further.number = other->number;
        return;
    }
}

/* Few ids have several workers, and there may be many nodes to look at. */
static void note_start(struct trace_file *file, const struct record *start)
{
    uint32_t *live = live_workers(file, &start->id);
    if (live && (*live)++ && !trace_line_field(file, "beside"))
        note_duplicate(file, start);
}

/* As the run's own checker had it. */
static void read_duplicate(struct trace_file *file, const struct record *start)
{
    struct record duplicate = duplicate_of(start);
    duplicate.number = trace_line_identity(file, "beside");
    duplicate.value = trace_line_text(file, "why");
    if (*file->why)
        return;
    duplicate.peer = number_owner(duplicate.number, file->head.nodes);
    file->further = duplicate;
}

static void note_end(struct trace_file *file, const struct record *end)
{
    const struct replay_worker *worker = replay_find_worker(&file->replay, end->worker);
    uint32_t *live = worker ? live_workers(file, &worker->id) : NULL;
    if (live)
        (*live)--;
}

/* ---- records ------------------------------------------------------------------------------- */

static void read_view(struct trace_file *file, struct record *record)
{
    const struct json_value *members = trace_line_field(file, "members");
    uint32_t size = (file->head.nodes + 7) / 8;
    record->epoch = (uint32_t)trace_line_number(file, "epoch", UINT32_MAX);
    if (trace_line_field(file, "waited"))
        record->amount = trace_line_time(file, "waited");
    if (!members || members->kind != JSON_ARRAY)
        trace_line_lacks(file, "members");
    char *bits = *file->why ? NULL : string_builder_extend(&file->data, size);
    if (!bits)
        return;
    memset(bits, 0, size);
    for (const struct json_value *value = json_first(members); value;
         value = json_next(&file->json, members, value)) {
        node_id node = trace_line_node_in(file, value);
        bits[node / 8] |= (char)(1 << node % 8);
    }
    record->value = text_borrow(bits, size);
}

static void read_message(struct trace_file *file, struct record *record)
{
    bool arrives = record->kind == RECORD_RECV;
    record->number = trace_line_identity(file, "msg");
    record->peer = trace_line_node(file, arrives ? "from" : "to");
    record->message = trace_line_name(file, "kind", message_of, MESSAGE_KINDS);
    const struct replay_message *message = replay_find_message(&file->replay, record->number);
    if (record->kind == RECORD_SEND)
        record->request = trace_line_field(file, "req") ? trace_line_identity(file, "req") : 0;
    else
        record->request = message ? message->request : 0;
    put_request_in(file, record);
    if (record->kind == RECORD_DROP)
        record->code = trace_line_name(file, "why", drop_of, DROPS_COUNT);
}

/* What a LOAD, SERVE or REPLY happens under, if there are leases. */
static void read_token(struct trace_file *file, struct record *record)
{
    if (!trace_line_field(file, "token"))
        return;
    struct token token = trace_line_token(file);
    record->epoch = token.epoch;
    record->number = token.counter;
    if (!token.counter)
        trace_line_lacks(file, "token");
}

static void read_lease(struct trace_file *file, struct record *record)
{
    struct token token = trace_line_token(file);
    record->number = trace_line_number(file, "slot", UINT32_MAX);
    record->epoch = token.epoch;
    record->worker = token.counter;
    record->amount = trace_line_time(file, "until");
    record->code = trace_line_name(file, "how", lease_how_of, LEASE_HOWS_COUNT);
    if (!*file->why)
        note_lease(file, record);
}

static void read_request(struct trace_file *file, struct record *record)
{
    record->request = trace_line_identity(file, "req");
    switch (record->kind) {
    case RECORD_REQUEST:
        record->id = trace_line_id(file);
        record->amount = trace_line_time(file, "deadline");
        break;
    case RECORD_ROUTE:
        record->peer = trace_line_node(file, "owner");
        record->code = (uint8_t)trace_line_number(file, "try", UINT8_MAX);
        if (trace_line_field(file, "why"))
            record->why = trace_line_name(file, "why", route_why_of, WHYS_COUNT);
        put_request_in(file, record);
        break;
    case RECORD_SERVE:
        record->worker = trace_line_identity(file, "worker");
        record->value = trace_line_text(file, "value");
        put_request_in(file, record);
        put_worker_in(file, record);
        read_token(file, record);
        if (trace_line_field(file, "took"))
            record->amount = trace_line_time(file, "took");
        record->why = trace_line_field(file, "failed") ? SERVE_FAILED : SERVE_ANSWERED;
        break;
    case RECORD_HANDED:
        record->peer = trace_line_node(file, "to");
        record->code = (uint8_t)trace_line_number(file, "try", 2);
        put_request_in(file, record);
        break;
    case RECORD_REPLY:
        record->id = trace_line_id(file);
        record->worker = trace_line_identity(file, "worker");
        record->value = trace_line_text(file, "value");
        record->amount = trace_line_time(file, "latency");
        record->peer = record->worker ? number_owner(record->worker, file->head.nodes) : 0;
        read_token(file, record);
        break;
    default:
        record->id = trace_line_id(file);
        record->code = trace_line_name(file, "error", outcome_of, OUTCOMES_COUNT);
        break;
    }
}

static void read_worker(struct trace_file *file, struct record *record)
{
    bool loads = record->kind == RECORD_LOAD || record->kind == RECORD_VALUE ||
                 record->kind == RECORD_LOAD_FAILED;
    record->worker = trace_line_identity(file, "worker");
    if (loads)
        put_worker_in(file, record);
    else
        record->id = trace_line_id(file);
    if (record->kind == RECORD_START && trace_line_field(file, "found")) {
        record->code = START_FOUND;
        record->amount = trace_line_time(file, "age");
    }
    if (record->kind == RECORD_START && trace_line_field(file, "was")) {
        record->code = START_MOVED;
        record->peer = trace_line_node(file, "from");
        record->number = trace_line_identity(file, "was");
        record->amount = trace_line_time(file, "rest");
    }
    if (record->kind == RECORD_MOVED)
        record->peer = trace_line_node(file, "to");
    if (record->kind == RECORD_START && trace_line_field(file, "beside"))
        read_duplicate(file, record);
    if (record->kind == RECORD_EXPIRE && trace_line_field(file, "how")) {
        bool leaves = json_is(trace_line_field(file, "how"), "leave");
        if (!leaves && !json_is(trace_line_field(file, "how"), "lease"))
            trace_line_lacks(file, "how");
        record->kind = RECORD_LOST;
        record->code = leaves ? DOWN_LEAVE : DOWN_LEASE;
    }
    if (record->kind == RECORD_LOAD)
        read_token(file, record);
    if (record->kind == RECORD_VALUE) {
        record->value = trace_line_text(file, "value");
        record->code = trace_line_field(file, "turns") ? VALUE_OF_TURNS : VALUE_OF_WORKER;
    }
    if (*file->why)
        return;
    if (record->kind == RECORD_START)
        note_start(file, record);
    else if (record->kind == RECORD_EXPIRE || record->kind == RECORD_LOST ||
             record->kind == RECORD_MOVED)
        note_end(file, record);
}

/* ---- the whole line ------------------------------------------------------------------------ */

static bool is_of_the_run(const struct record *record)
{
    enum record_family family = record_family(record->kind);
    return family == RECORD_OF_FAULT || family == RECORD_OF_JUDGEMENT;
}

static void read_node(struct trace_file *file, struct record *record)
{
    if (record->kind == RECORD_DOWN)
        record->code = json_is(trace_line_field(file, "how"), "leave") ? DOWN_LEAVE : DOWN_CRASH;
    else if (record->kind == RECORD_FROZEN)
        record->code = trace_line_field(file, "how") ? FROZEN_STALLED : FROZEN_BY_FAULT;
    else if (record->kind == RECORD_VIEW)
        read_view(file, record);
}

static void read_judgement(struct trace_file *file, struct record *record)
{
    if (record->kind == RECORD_EXPECT) {
        record->line = (uint32_t)trace_line_number(file, "line", UINT32_MAX);
        record->code = trace_line_is_true(file, "held") ? VERDICT_HELD : VERDICT_FAILED;
        return;
    }
    record->code = trace_line_name(file, "rule", rule_of, RULES_COUNT);
    record->id = trace_line_text(file, "id");
    record->value = trace_line_text(file, "text");
}

static void read_fields(struct trace_file *file, struct record *record)
{
    switch (record_family(record->kind)) {
    case RECORD_OF_NODE:
        read_node(file, record);
        break;
    case RECORD_OF_MESSAGE:
        read_message(file, record);
        break;
    case RECORD_OF_REQUEST:
        read_request(file, record);
        break;
    case RECORD_OF_WORKER:
        read_worker(file, record);
        break;
    case RECORD_OF_LEASE:
        read_lease(file, record);
        break;
    case RECORD_OF_FAULT:
        trace_fault_read(file, record);
        break;
    case RECORD_OF_JUDGEMENT:
        read_judgement(file, record);
        break;
    }
}

enum trace_step trace_record_read(struct trace_file *file, struct record *record)
{
    file->data.size = 0;
    *record = record_of(trace_line_name(file, "ev", record_of_kind, RECORD_KINDS));
    record->t_ns = trace_line_time(file, "t");
    if (record->kind == RECORD_DUPLICATE || record->t_ns < 0)
        trace_line_lacks(file, record->t_ns < 0 ? "t" : "ev");
    if (!is_of_the_run(record) || trace_line_field(file, "node"))
        record->node = trace_line_node(file, "node");
    record->clock_ns =
        trace_line_field(file, "clock") ? trace_line_time(file, "clock") : record->t_ns;
    if (record->node != NODE_NONE && record->kind != RECORD_DROP)
        file->clocks_off_ns[record->node] = record->clock_ns - record->t_ns;
    if (!*file->why)
        read_fields(file, record);
    if (!*file->why && file->data.failed)
        return trace_line_unread(file, "out of memory");
    if (*file->why)
        return TRACE_IS_WRONG;
    if (replay_take(&file->replay, record))
        return trace_line_unread(file, "out of memory");
    return TRACE_HAS_RECORD;
}
