#include "trace/jsonl.h"

#include "trace/fault.h"
#include "trace/rules.h"

static void put_members(struct writer *writer, const struct record *view, uint32_t nodes)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"members\":[");
    for (node_id node = 0; node < nodes; node++) {
        if (!record_view_has(view, node))
            continue;
        writer_string(writer, comma);
        WRITER_PUT(writer, "\"");
        writer_node(writer, node);
        WRITER_PUT(writer, "\"");
        comma = ",";
    }
    WRITER_PUT(writer, "]");
}

static void put_message(struct writer *writer, const struct record *record)
{
    WRITER_MEMBER_NUMBER(writer, "msg", record->number);
    if (record->kind == RECORD_RECV)
        WRITER_MEMBER_NODE(writer, "from", record->peer);
    else
        WRITER_MEMBER_NODE(writer, "to", record->peer);
    WRITER_MEMBER_NAME(writer, "kind", message_name(record->message));
    if (record->kind == RECORD_SEND && record->request)
        WRITER_MEMBER_NUMBER(writer, "req", record->request);
    if (record->kind == RECORD_DROP)
        WRITER_MEMBER_NAME(writer, "why", drop_name(record->code));
}

/* A token as people compare them: epoch and counter; the node is its third part. */
static void put_token(struct writer *writer, uint32_t epoch, uint64_t counter)
{
    WRITER_PUT(writer, ",\"token\":[");
    writer_number(writer, epoch);
    WRITER_PUT(writer, ",");
    writer_number(writer, counter);
    WRITER_PUT(writer, "]");
}

static void put_lease(struct writer *writer, const struct record *record)
{
    WRITER_MEMBER_NUMBER(writer, "slot", record->number);
    put_token(writer, record->epoch, record->worker);
    WRITER_MEMBER_SIGNED(writer, "until", record->amount);
    WRITER_MEMBER_NAME(writer, "how", lease_how_name(record->code));
}

static void put_request(struct writer *writer, const struct record *record)
{
    WRITER_MEMBER_NUMBER(writer, "req", record->request);
    switch (record->kind) {
    case RECORD_REQUEST:
        WRITER_MEMBER_TEXT(writer, "id", &record->id);
        WRITER_MEMBER_SIGNED(writer, "deadline", record->amount);
        if (record->gap_ns && record->gap_ns != TIME_NEVER)
            WRITER_MEMBER_SIGNED(writer, "next", record->gap_ns);
        break;
    case RECORD_ROUTE:
        WRITER_MEMBER_NODE(writer, "owner", record->peer);
        WRITER_MEMBER_NUMBER(writer, "try", record->code);
        if (record->why < WHYS_COUNT && record->why != WHY_FIRST)
            WRITER_MEMBER_NAME(writer, "why", route_why_name(record->why));
        break;
    case RECORD_HANDED:
        WRITER_MEMBER_NODE(writer, "to", record->peer);
        WRITER_MEMBER_NUMBER(writer, "try", record->code);
        break;
    case RECORD_SERVE:
        WRITER_MEMBER_NUMBER(writer, "worker", record->worker);
        WRITER_MEMBER_TEXT(writer, "value", &record->value);
        if (record->number)
            put_token(writer, record->epoch, record->number);
        if (record->amount)
            WRITER_MEMBER_SIGNED(writer, "took", record->amount);
        if (record->why == SERVE_FAILED)
            WRITER_PUT(writer, ",\"failed\":true");
        break;
    case RECORD_REPLY:
        WRITER_MEMBER_TEXT(writer, "id", &record->id);
        WRITER_MEMBER_NUMBER(writer, "worker", record->worker);
        WRITER_MEMBER_TEXT(writer, "value", &record->value);
        WRITER_MEMBER_SIGNED(writer, "latency", record->amount);
        if (record->number)
            put_token(writer, record->epoch, record->number);
        break;
    default:
        WRITER_MEMBER_TEXT(writer, "id", &record->id);
        WRITER_MEMBER_NAME(writer, "error", outcome_name(record->code));
        break;
    }
}

static void put_worker(struct writer *writer, const struct record *record)
{
    bool loads = record->kind == RECORD_LOAD || record->kind == RECORD_VALUE ||
                 record->kind == RECORD_LOAD_FAILED;
    if (!loads)
        WRITER_MEMBER_TEXT(writer, "id", &record->id);
    WRITER_MEMBER_NUMBER(writer, "worker", record->worker);
    if (record->kind == RECORD_START && record->code == START_FOUND) {
        WRITER_PUT(writer, ",\"found\":true");
        WRITER_MEMBER_SIGNED(writer, "age", record->amount);
    }
    if (record->kind == RECORD_START && record->code == START_MOVED) {
        WRITER_MEMBER_NODE(writer, "from", record->peer);
        WRITER_MEMBER_NUMBER(writer, "was", record->number);
        WRITER_MEMBER_SIGNED(writer, "rest", record->amount);
    }
    if (record->kind == RECORD_MOVED)
        WRITER_MEMBER_NODE(writer, "to", record->peer);
    if (record->kind == RECORD_LOST && record->code != DOWN_CRASH)
        WRITER_MEMBER_NAME(writer, "how", record->code == DOWN_LEAVE ? "leave" : "lease");
    if (record->kind == RECORD_LOAD && record->number)
        put_token(writer, record->epoch, record->number);
    if (record->kind == RECORD_VALUE)
        WRITER_MEMBER_TEXT(writer, "value", &record->value);
    if (record->kind == RECORD_VALUE && record->code == VALUE_OF_TURNS)
        WRITER_PUT(writer, ",\"turns\":true");
}

/* The nodes of a set, n1 n2 …, with this text between two of them. */
static void put_set(struct writer *writer, struct node_runs set, const char *between)
{
    const char *comma = "";
    node_id first;
    uint32_t count;
    while (node_runs_next(&set, &first, &count))
        for (node_id node = first; node < first + count; node++) {
            writer_string(writer, comma);
            writer_node(writer, node);
            comma = between;
        }
}

/* "n1 -> n2,n3"; a partition of three as "n1 <-> n2,n3", "n2 <-> n3". */
static void put_links(struct writer *writer, struct fault fault)
{
    bool both = fault.both || fault.kind == FAULT_PARTITION;
    for (uint32_t i = 0; i + 1 < fault.groups_count; i++) {
        WRITER_PUT(writer, "\"");
        put_set(writer, fault_next_group(&fault), ",");
        writer_string(writer, both ? " <-> " : " -> ");
        struct fault others = fault;
        for (uint32_t j = i + 1; j < fault.groups_count; j++) {
            put_set(writer, fault_next_group(&others), ",");
            writer_string(writer, j + 1 < fault.groups_count ? "," : "\"");
        }
        writer_string(writer, i + 2 < fault.groups_count ? "," : "");
    }
}

static void put_fault(struct writer *writer, const struct record *record, uint32_t nodes)
{
    struct fault fault;
    WRITER_MEMBER_NUMBER(writer, "line", record->line);
    WRITER_MEMBER_TEXT(writer, "what", &record->value);
    if (!fault_read(record, nodes, &fault))
        return;
    WRITER_MEMBER_NAME(writer, "kind",
                       record->kind == RECORD_SET ? set_name(fault.set) : fault_name(fault.kind));
    WRITER_PUT(writer, ",\"nodes\":[");
    if (fault.nodes.runs) {
        WRITER_PUT(writer, "\"");
        put_set(writer, fault.nodes, "\",\"");
        WRITER_PUT(writer, "\"");
    }
    WRITER_PUT(writer, "],\"links\":[");
    put_links(writer, fault);
    writer_string(writer, fault.begins ? "],\"on\":true" : "],\"on\":false");
}

static void put_judgement(struct writer *writer, const struct record *record)
{
    if (record->kind == RECORD_VIOLATION) {
        WRITER_MEMBER_NAME(writer, "rule", rule_name(record->code));
        WRITER_MEMBER_TEXT(writer, "id", &record->id);
        WRITER_MEMBER_TEXT(writer, "text", &record->value);
        return;
    }
    WRITER_MEMBER_NUMBER(writer, "line", record->line);
    if (record->code == VERDICT_HELD)
        WRITER_PUT(writer, ",\"held\":true");
    else
        WRITER_PUT(writer, ",\"held\":false");
}

/* ---- records ------------------------------------------------------------------------------- */

/* A node that leaves, or has a lease no more, ends its workers; what a crash ends is lost. */
static bool ended_in_order(const struct record *record)
{
    return record->kind == RECORD_LOST && record->code != DOWN_CRASH;
}

static void put_head(struct writer *writer, const struct record *record)
{
    WRITER_PUT(writer, "{\"ev\":\"");
    writer_string(writer, record_name(ended_in_order(record) ? RECORD_EXPIRE : record->kind));
    WRITER_PUT(writer, "\",\"t\":");
    writer_signed(writer, record->t_ns);
    if (record->node == NODE_NONE)
        return;
    WRITER_MEMBER_NODE(writer, "node", record->node);
    /* A message's end is noted by another node's clock than its sender's, or by none. */
    if (record->clock_ns != record->t_ns && record->kind != RECORD_DROP)
        WRITER_MEMBER_SIGNED(writer, "clock", record->clock_ns);
}

static void put_node(struct writer *writer, const struct record *record, uint32_t nodes)
{
    if (record->kind == RECORD_DOWN)
        WRITER_MEMBER_NAME(writer, "how", record->code == DOWN_CRASH ? "crash" : "leave");
    if (record->kind == RECORD_FROZEN && record->code == FROZEN_STALLED)
        WRITER_PUT(writer, ",\"how\":\"stalled\"");
    if (record->kind != RECORD_VIEW)
        return;
    WRITER_MEMBER_NUMBER(writer, "epoch", record->epoch);
    put_members(writer, record, nodes);
    if (record->amount)
        WRITER_MEMBER_SIGNED(writer, "waited", record->amount);
}

static void put_fields(struct writer *writer, const struct record *record, uint32_t nodes)
{
    switch (record_family(record->kind)) {
    case RECORD_OF_NODE:
        put_node(writer, record, nodes);
        break;
    case RECORD_OF_MESSAGE:
        put_message(writer, record);
        break;
    case RECORD_OF_REQUEST:
        put_request(writer, record);
        break;
    case RECORD_OF_WORKER:
        put_worker(writer, record);
        break;
    case RECORD_OF_LEASE:
        put_lease(writer, record);
        break;
    case RECORD_OF_FAULT:
        put_fault(writer, record, nodes);
        break;
    case RECORD_OF_JUDGEMENT:
        put_judgement(writer, record);
        break;
    }
}

static void end_line(struct jsonl *jsonl)
{
    WRITER_PUT(&jsonl->writer, "}\n");
    jsonl->starting = 0;
}

/* A DUPLICATE is part of the line of the START before it. One that is known later, or whose cause
 * is not known, is left out. */
static void put_duplicate(struct jsonl *jsonl, const struct record *record)
{
    if (record->worker != jsonl->starting || !text_size(&record->value))
        return;
    WRITER_MEMBER_NUMBER(&jsonl->writer, "beside", record->number);
    WRITER_MEMBER_TEXT(&jsonl->writer, "why", &record->value);
    end_line(jsonl);
}

static void take(struct reader *reader, const struct record *record)
{
    struct jsonl *jsonl = container_of(reader, struct jsonl, reader);
    if (record->kind == RECORD_DUPLICATE) {
        put_duplicate(jsonl, record);
        return;
    }
    if (jsonl->starting)
        end_line(jsonl);
    put_head(&jsonl->writer, record);
    put_fields(&jsonl->writer, record, jsonl->nodes);
    if (record->kind == RECORD_START)
        jsonl->starting = record->worker;
    else
        end_line(jsonl);
}

/* ---- head and end -------------------------------------------------------------------------- */

void jsonl_begin(struct jsonl *jsonl, FILE *out, uint32_t nodes, uint64_t seed,
                 const char *scenario, const char *settings)
{
    struct writer *writer = &jsonl->writer;
    jsonl->reader.take = take;
    jsonl->nodes = nodes;
    jsonl->starting = 0;
    writer_init(writer, out);
    WRITER_PUT(writer, "{\"ev\":\"run\",\"v\":2");
    WRITER_MEMBER_NUMBER(writer, "seed", seed);
    WRITER_MEMBER_NUMBER(writer, "nodes", nodes);
    WRITER_PUT(writer, ",\"scenario\":");
    writer_json(writer, scenario, strlen(scenario));
    WRITER_PUT(writer, ",\"settings\":{");
    writer_string(writer, settings);
    WRITER_PUT(writer, "}}\n");
}

static void put_errors(struct writer *writer, const struct totals *totals)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"errors\":{");
    for (enum outcome outcome = OUTCOME_VALUE + 1; outcome < OUTCOMES_COUNT; outcome++) {
        writer_string(writer, comma);
        WRITER_PUT(writer, "\"");
        writer_string(writer, outcome_name(outcome));
        WRITER_PUT(writer, "\":");
        writer_number(writer, totals->outcomes[outcome]);
        comma = ",";
    }
    WRITER_PUT(writer, "}");
}

/* null where they are not known. */
static void put_latencies(struct writer *writer, const struct totals *totals)
{
    if (!totals->latency_known) {
        WRITER_PUT(writer, "null");
        return;
    }
    WRITER_PUT(writer, "{\"p50\":");
    writer_signed(writer, totals->latency_p50_ns);
    WRITER_MEMBER_SIGNED(writer, "p90", totals->latency_p90_ns);
    WRITER_MEMBER_SIGNED(writer, "p99", totals->latency_p99_ns);
    WRITER_MEMBER_SIGNED(writer, "max", totals->latency_max_ns);
    WRITER_PUT(writer, "}");
}

void jsonl_totals(struct writer *writer, const struct totals *totals)
{
    WRITER_PUT(writer, "\"messages\":");
    writer_number(writer, totals->messages);
    WRITER_MEMBER_NUMBER(writer, "dropped", totals->dropped);
    if (totals->malformed)
        WRITER_MEMBER_NUMBER(writer, "malformed", totals->malformed);
    if (totals->refused)
        WRITER_MEMBER_NUMBER(writer, "refused", totals->refused);
    WRITER_MEMBER_NUMBER(writer, "requests", totals->requests);
    WRITER_MEMBER_NUMBER(writer, "ok", totals->outcomes[OUTCOME_VALUE]);
    put_errors(writer, totals);
    WRITER_MEMBER_NUMBER(writer, "fallbacks", totals->fallbacks);
    WRITER_MEMBER_NUMBER(writer, "loads", totals->loads);
    WRITER_MEMBER_NUMBER(writer, "workers_started", totals->workers_started);
    WRITER_MEMBER_NUMBER(writer, "workers_expired", totals->workers_expired);
    WRITER_MEMBER_NUMBER(writer, "workers_lost", totals->workers_lost);
    WRITER_MEMBER_NUMBER(writer, "workers_moved", totals->workers_moved);
    WRITER_MEMBER_NUMBER(writer, "workers_alive", totals_alive(totals));
    WRITER_MEMBER_NUMBER(writer, "duplicates", totals->duplicates);
    WRITER_MEMBER_SIGNED(writer, "duplicate_ns", totals->duplicate_ns);
    WRITER_PUT(writer, ",\"duplicate_of_an_id_ns\":{\"p50\":");
    writer_signed(writer, totals->double_p50_ns);
    WRITER_MEMBER_SIGNED(writer, "p99", totals->double_p99_ns);
    WRITER_MEMBER_SIGNED(writer, "max", totals->double_max_ns);
    WRITER_PUT(writer, "},\"latency_ns\":");
    put_latencies(writer, totals);
}

void jsonl_end(struct jsonl *jsonl, int64_t t_ns, const char *hash, const struct totals *totals,
               uint64_t violations)
{
    struct writer *writer = &jsonl->writer;
    if (jsonl->starting)
        end_line(jsonl);
    WRITER_PUT(writer, "{\"ev\":\"end\",\"t\":");
    writer_signed(writer, t_ns);
    WRITER_MEMBER_NAME(writer, "hash", hash);
    WRITER_PUT(writer, ",");
    jsonl_totals(writer, totals);
    WRITER_MEMBER_NUMBER(writer, "violations_total", violations);
    WRITER_PUT(writer, "}\n");
    writer_flush(writer);
}
