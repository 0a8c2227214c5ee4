#include "trace/jsonl.h"

#include "check/checker.h"
#include "trace/fault.h"

/* ---- members ------------------------------------------------------------------------------- */

#define NUMBER(line, key, number)                                                                  \
    (LINE_PUT(line, ",\"" key "\":"), line_number(line, (uint64_t)(number)))
#define SIGNED(line, key, number) (LINE_PUT(line, ",\"" key "\":"), line_signed(line, number))
#define NODE(line, key, node)                                                                      \
    (LINE_PUT(line, ",\"" key "\":\""), line_node(line, node), LINE_PUT(line, "\""))
/* A name of ours, which needs no escapes. */
#define NAME(line, key, name)                                                                      \
    (LINE_PUT(line, ",\"" key "\":\""), line_words(line, name), LINE_PUT(line, "\""))
#define TEXT(line, key, text)                                                                      \
    (LINE_PUT(line, ",\"" key "\":"), line_json(line, text_bytes(text), text_size(text)))

static void put_members(struct line *line, const struct record *view, uint32_t nodes)
{
    const char *comma = "";
    LINE_PUT(line, ",\"members\":[");
    for (node_id node = 0; node < nodes; node++) {
        if (!record_view_has(view, node))
            continue;
        line_words(line, comma);
        LINE_PUT(line, "\"");
        line_node(line, node);
        LINE_PUT(line, "\"");
        comma = ",";
    }
    LINE_PUT(line, "]");
}

static void put_message(struct line *line, const struct record *record)
{
    NUMBER(line, "msg", record->number);
    if (record->kind == RECORD_RECV)
        NODE(line, "from", record->peer);
    else
        NODE(line, "to", record->peer);
    NAME(line, "kind", message_name(record->message));
    if (record->kind == RECORD_SEND && record->request)
        NUMBER(line, "req", record->request);
    if (record->kind == RECORD_DROP)
        NAME(line, "why", drop_name(record->code));
}

static void put_request(struct line *line, const struct record *record)
{
    NUMBER(line, "req", record->request);
    switch (record->kind) {
    case RECORD_REQUEST:
        TEXT(line, "id", &record->id);
        SIGNED(line, "deadline", record->amount);
        break;
    case RECORD_ROUTE:
        NODE(line, "owner", record->peer);
        NUMBER(line, "try", record->code);
        break;
    case RECORD_SERVE:
        NUMBER(line, "worker", record->worker);
        TEXT(line, "value", &record->value);
        break;
    case RECORD_REPLY:
        TEXT(line, "id", &record->id);
        NUMBER(line, "worker", record->worker);
        TEXT(line, "value", &record->value);
        SIGNED(line, "latency", record->amount);
        break;
    default:
        TEXT(line, "id", &record->id);
        NAME(line, "error", outcome_name(record->code));
        break;
    }
}

static void put_worker(struct line *line, const struct record *record)
{
    bool loads = record->kind == RECORD_LOAD || record->kind == RECORD_VALUE ||
                 record->kind == RECORD_LOAD_FAILED;
    if (!loads)
        TEXT(line, "id", &record->id);
    NUMBER(line, "worker", record->worker);
    if (record->kind == RECORD_START && record->code == START_FOUND) {
        LINE_PUT(line, ",\"found\":true");
        SIGNED(line, "age", record->amount);
    }
    if (record->kind == RECORD_VALUE)
        TEXT(line, "value", &record->value);
}

/* The nodes of a set, n1 n2 …, with this text between two of them. */
static void put_set(struct line *line, struct fault_nodes set, const char *between)
{
    const char *comma = "";
    node_id first;
    uint32_t count;
    while (fault_next_run(&set, &first, &count))
        for (node_id node = first; node < first + count; node++) {
            line_words(line, comma);
            line_node(line, node);
            comma = between;
        }
}

/* "n1 -> n2,n3"; a partition of three as "n1 <-> n2,n3", "n2 <-> n3". */
static void put_links(struct line *line, const struct fault *fault)
{
    struct fault_nodes from = fault->groups;
    bool both = fault->both || fault->kind == FAULT_PARTITION;
    for (uint32_t i = 0; i + 1 < fault->groups_count; i++) {
        struct fault_nodes to = fault_next_group(from), next = to;
        line_words(line, i ? ",\"" : "\"");
        put_set(line, from, ",");
        line_words(line, both ? " <-> " : " -> ");
        put_set(line, to, ",");
        for (uint32_t j = i + 2; j < fault->groups_count; j++) {
            to = fault_next_group(to);
            LINE_PUT(line, ",");
            put_set(line, to, ",");
        }
        LINE_PUT(line, "\"");
        from = next;
    }
}

static void put_fault(struct line *line, const struct record *record, uint32_t nodes)
{
    struct fault fault;
    NUMBER(line, "line", record->line);
    TEXT(line, "what", &record->value);
    if (!fault_read(record, nodes, &fault))
        return;
    NAME(line, "kind", fault_name(fault.kind));
    LINE_PUT(line, ",\"nodes\":[");
    if (fault.nodes.runs) {
        LINE_PUT(line, "\"");
        put_set(line, fault.nodes, "\",\"");
        LINE_PUT(line, "\"");
    }
    LINE_PUT(line, "],\"links\":[");
    put_links(line, &fault);
    line_words(line, fault.begins ? "],\"on\":true" : "],\"on\":false");
}

static void put_judgement(struct line *line, const struct record *record)
{
    if (record->kind == RECORD_VIOLATION) {
        NAME(line, "rule", rule_name(record->code));
        TEXT(line, "id", &record->id);
        TEXT(line, "text", &record->value);
        return;
    }
    NUMBER(line, "line", record->line);
    if (record->code == VERDICT_HELD)
        LINE_PUT(line, ",\"held\":true");
    else
        LINE_PUT(line, ",\"held\":false");
}

/* ---- records ------------------------------------------------------------------------------- */

static void put_head(struct line *line, const struct record *record)
{
    LINE_PUT(line, "{\"ev\":\"");
    line_words(line, record_name(record->kind));
    LINE_PUT(line, "\",\"t\":");
    line_signed(line, record->t_ns);
    if (record->node == NODE_NONE)
        return;
    NODE(line, "node", record->node);
    /* A message's end is noted by another node's clock than its sender's, or by none. */
    if (record->clock_ns != record->t_ns && record->kind != RECORD_DROP)
        SIGNED(line, "clock", record->clock_ns);
}

static void put_fields(struct line *line, const struct record *record, uint32_t nodes)
{
    switch (record->kind) {
    case RECORD_DOWN:
        NAME(line, "how", record->code == DOWN_CRASH ? "crash" : "leave");
        break;
    case RECORD_FROZEN:
        if (record->code == FROZEN_STALLED)
            LINE_PUT(line, ",\"how\":\"stalled\"");
        break;
    case RECORD_VIEW:
        NUMBER(line, "epoch", record->epoch);
        put_members(line, record, nodes);
        break;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        put_message(line, record);
        break;
    case RECORD_REQUEST:
    case RECORD_ROUTE:
    case RECORD_SERVE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        put_request(line, record);
        break;
    case RECORD_START:
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_EXPIRE:
    case RECORD_LOST:
        put_worker(line, record);
        break;
    case RECORD_FAULT:
        put_fault(line, record, nodes);
        break;
    case RECORD_EXPECT:
    case RECORD_VIOLATION:
        put_judgement(line, record);
        break;
    default:
        break;
    }
}

static void take(struct reader *reader, const struct record *record)
{
    struct jsonl *jsonl = container_of(reader, struct jsonl, reader);
    if (record->kind == RECORD_DUPLICATE)
        return;
    put_head(&jsonl->line, record);
    put_fields(&jsonl->line, record, jsonl->nodes);
    LINE_PUT(&jsonl->line, "}\n");
}

/* ---- head and end -------------------------------------------------------------------------- */

void jsonl_begin(struct jsonl *jsonl, FILE *out, uint32_t nodes, uint64_t seed,
                 const char *scenario, const char *settings)
{
    struct line *line = &jsonl->line;
    jsonl->reader.take = take;
    jsonl->out = out;
    jsonl->nodes = nodes;
    line_begin(line, out);
    LINE_PUT(line, "{\"ev\":\"run\",\"v\":1");
    NUMBER(line, "seed", seed);
    NUMBER(line, "nodes", nodes);
    LINE_PUT(line, ",\"scenario\":");
    line_json(line, scenario, strlen(scenario));
    LINE_PUT(line, ",\"settings\":{");
    line_words(line, settings);
    LINE_PUT(line, "}}\n");
}

static void put_errors(struct line *line, const struct totals *totals)
{
    const char *comma = "";
    LINE_PUT(line, ",\"errors\":{");
    for (enum outcome outcome = OUTCOME_VALUE + 1; outcome < OUTCOMES_COUNT; outcome++) {
        line_words(line, comma);
        LINE_PUT(line, "\"");
        line_words(line, outcome_name(outcome));
        LINE_PUT(line, "\":");
        line_number(line, totals->outcomes[outcome]);
        comma = ",";
    }
    LINE_PUT(line, "}");
}

void jsonl_totals(struct line *line, const struct totals *totals)
{
    LINE_PUT(line, "\"messages\":");
    line_number(line, totals->messages);
    NUMBER(line, "dropped", totals->dropped);
    NUMBER(line, "requests", totals->requests);
    NUMBER(line, "ok", totals->outcomes[OUTCOME_VALUE]);
    put_errors(line, totals);
    NUMBER(line, "fallbacks", totals->fallbacks);
    NUMBER(line, "loads", totals->loads);
    NUMBER(line, "workers_started", totals->workers_started);
    NUMBER(line, "workers_expired", totals->workers_expired);
    NUMBER(line, "workers_lost", totals->workers_lost);
    NUMBER(line, "workers_alive",
           totals->workers_started - totals->workers_expired - totals->workers_lost);
    NUMBER(line, "duplicates", totals->duplicates);
    SIGNED(line, "duplicate_ns", totals->duplicate_ns);
    LINE_PUT(line, ",\"latency_ns\":{\"p50\":");
    line_signed(line, totals->latency_p50_ns);
    SIGNED(line, "p90", totals->latency_p90_ns);
    SIGNED(line, "p99", totals->latency_p99_ns);
    SIGNED(line, "max", totals->latency_max_ns);
    LINE_PUT(line, "}");
}

void jsonl_end(struct jsonl *jsonl, int64_t t_ns, const char *hash, const struct totals *totals,
               uint64_t violations)
{
    struct line *line = &jsonl->line;
    LINE_PUT(line, "{\"ev\":\"end\",\"t\":");
    line_signed(line, t_ns);
    NAME(line, "hash", hash);
    LINE_PUT(line, ",");
    jsonl_totals(line, totals);
    NUMBER(line, "violations", violations);
    LINE_PUT(line, "}\n");
    line_flush(line);
}

void jsonl_string(FILE *out, const char *bytes, size_t size)
{
    struct line line;
    line_begin(&line, out);
    line_json(&line, bytes, size);
    line_flush(&line);
}
