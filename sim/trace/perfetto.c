#include "trace/perfetto.h"

#include "base/memory.h"
#include "base/string_builder.h"
#include "trace/rules.h"

#include <inttypes.h>

/* Threads of a node's process. */
enum perfetto_lane { LANE_NODE = 1, LANE_MESSAGES = 2 };

#define CLUSTER 0u /* the process of what concerns the whole run */

static uint32_t process_of(node_id node)
{
    return node == NODE_NONE ? CLUSTER : node + 1;
}

/* ---- one event ----------------------------------------------------------------------------- */

/* Microseconds, to the nanosecond. */
static void put_time(struct writer *writer, int64_t t_ns)
{
    char text[40];
    snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64, t_ns / 1000, t_ns % 1000);
    writer_string(writer, text);
}

/* {"ph":"b","pid":2,"tid":1,"ts":1000.000,"name":…: the name and what else there is are the
 * caller's to add, and the brace. */
static struct writer *begin_event(struct perfetto *perfetto, const char *phase, int64_t t_ns,
                                  node_id node, enum perfetto_lane lane)
{
    struct writer *writer = &perfetto->writer;
    writer_string(writer, perfetto->begun ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
    perfetto->begun = true;
    writer_string(writer, phase);
    WRITER_PUT(writer, "\",\"pid\":");
    writer_number(writer, process_of(node));
    WRITER_MEMBER_NUMBER(writer, "tid", lane);
    WRITER_KEY(writer, "ts");
    put_time(writer, t_ns);
    WRITER_KEY(writer, "name");
    return writer;
}

static void put_name(struct writer *writer, const char *words, const struct text *text)
{
    struct string_builder name = {0};
    string_builder_add(&name, words);
    if (text)
        string_builder_add_bytes(&name, text_bytes(text), text_size(text));
    if (name.failed)
        WRITER_PUT(writer, "\"\"");
    else
        writer_json(writer, name.text, name.size);
    string_builder_close(&name);
}

/* The beginning ("b") or end ("e") of an asynchronous slice, or an instant of one ("n"). */
static void put_async(struct perfetto *perfetto, const char *phase, const struct record *record,
                      const char *category, uint64_t id, const char *words, const struct text *text)
{
    struct writer *writer = begin_event(perfetto, phase, record->t_ns, record->node, LANE_NODE);
    put_name(writer, words, text);
    WRITER_MEMBER_NAME(writer, "cat", category);
    WRITER_KEY(writer, "id");
    WRITER_PUT(writer, "\"");
    writer_number(writer, id);
    WRITER_PUT(writer, "\"}");
}

/* An instant: of the whole trace ("g"), a process ("p") or a thread ("t"). */
static void put_instant(struct perfetto *perfetto, const struct record *record,
                        enum perfetto_lane lane, const char *scope, const char *words,
                        const struct text *text)
{
    struct writer *writer = begin_event(perfetto, "i", record->t_ns, record->node, lane);
    put_name(writer, words, text);
    WRITER_MEMBER_NAME(writer, "s", scope);
    WRITER_PUT(writer, "}");
}

static void put_counter(struct perfetto *perfetto, const struct record *record, const char *name,
                        uint32_t value)
{
    struct writer *writer = begin_event(perfetto, "C", record->t_ns, record->node, LANE_NODE);
    put_name(writer, name, NULL);
    WRITER_PUT(writer, ",\"args\":{\"value\":");
    writer_number(writer, value);
    WRITER_PUT(writer, "}}");
}

/* A slice of a nanosecond, and in it the end of an arrow: "s" where it begins, "f" where it ends.
 */
static void put_message(struct perfetto *perfetto, const struct record *record, const char *words,
                        const char *phase)
{
    const char *kind = message_name((enum message_kind)record->message);
    struct text name = text_borrow(kind, strlen(kind));
    struct writer *writer = begin_event(perfetto, "X", record->t_ns, record->node, LANE_MESSAGES);
    put_name(writer, words, &name);
    WRITER_PUT(writer, ",\"dur\":0.001}");
    begin_event(perfetto, phase, record->t_ns, record->node, LANE_MESSAGES);
    put_name(writer, "", &name);
    WRITER_MEMBER_NAME(writer, "cat", "message");
    WRITER_MEMBER_NUMBER(writer, "id", record->number);
    writer_string(writer, *phase == 'f' ? ",\"bp\":\"e\"}" : "}");
}

static void put_title(struct perfetto *perfetto, const char *what, node_id node,
                      enum perfetto_lane lane, const char *title)
{
    struct writer *writer = begin_event(perfetto, "M", 0, node, lane);
    put_name(writer, what, NULL);
    WRITER_PUT(writer, ",\"args\":{\"name\":");
    put_name(writer, title, NULL);
    WRITER_PUT(writer, "}}");
}

/* ---- records ------------------------------------------------------------------------------- */

static void set_frozen(struct perfetto *perfetto, const struct record *record, bool frozen)
{
    struct perfetto_node *node = &perfetto->state[record->node];
    if (node->frozen != frozen)
        put_async(perfetto, frozen ? "b" : "e", record, "frozen", record->node + 1, "frozen", NULL);
    node->frozen = frozen;
}

static void set_down(struct perfetto *perfetto, const struct record *record, bool down)
{
    struct perfetto_node *node = &perfetto->state[record->node];
    set_frozen(perfetto, record, false);
    if (node->down != down && perfetto->under_way)
        put_async(perfetto, down ? "b" : "e", record, "down", record->node + 1, "down", NULL);
    node->down = down;
}

static void take_request(struct perfetto *perfetto, const struct record *record)
{
    uint32_t *open = &perfetto->state[record->node].requests;
    bool begins = record->kind == RECORD_REQUEST;
    *open += begins ? 1u : *open ? UINT32_MAX : 0u;
    if (record->kind == RECORD_FAIL) {
        const char *outcome = outcome_name((enum outcome)record->code);
        struct text text = text_borrow(outcome, strlen(outcome));
        put_async(perfetto, "n", record, "request", record->request, "fails: ", &text);
    }
    put_async(perfetto, begins ? "b" : "e", record, "request", record->request, "request ",
              &record->id);
    put_counter(perfetto, record, "open requests", *open);
}

static void take_worker(struct perfetto *perfetto, const struct record *record)
{
    uint32_t *live = &perfetto->state[record->node].workers;
    bool begins = record->kind == RECORD_START;
    *live += begins ? 1u : *live ? UINT32_MAX : 0u;
    put_async(perfetto, begins ? "b" : "e", record, "worker", record->worker, "worker ",
              &record->id);
    put_counter(perfetto, record, "live workers", *live);
}

static void take_of_node(struct perfetto *perfetto, const struct record *record)
{
    bool beats = record->message == MESSAGE_HEARTBEAT;
    switch (record->kind) {
    case RECORD_UP:
    case RECORD_DOWN:
        set_down(perfetto, record, record->kind == RECORD_DOWN);
        break;
    case RECORD_FROZEN:
    case RECORD_THAWED:
        set_frozen(perfetto, record, record->kind == RECORD_FROZEN);
        break;
    case RECORD_REQUEST:
    case RECORD_REPLY:
    case RECORD_FAIL:
        take_request(perfetto, record);
        break;
    case RECORD_START:
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        take_worker(perfetto, record);
        break;
    case RECORD_VALUE:
        put_async(perfetto, "n", record, "worker", record->worker, "value = ", &record->value);
        break;
    case RECORD_LOAD_FAILED:
        put_async(perfetto, "n", record, "worker", record->worker, "could not load", NULL);
        break;
    case RECORD_SEND:
        if (!beats)
            put_message(perfetto, record, "send ", "s");
        break;
    case RECORD_RECV:
        if (!beats)
            put_message(perfetto, record, "receive ", "f");
        break;
    case RECORD_DROP:
        if (!beats)
            put_instant(perfetto, record, LANE_MESSAGES, "t",
                        drop_name((enum drop_why)record->code), NULL);
        break;
    case RECORD_DUPLICATE:
        put_instant(perfetto, record, LANE_NODE, "p", "duplicate: ", &record->value);
        break;
    default:
        break;
    }
}

/* Nodes come up at the start; those that are not up after it are down from then on: the absent. */
static void begin_down(struct perfetto *perfetto)
{
    struct record record = record_of(RECORD_DOWN);
    perfetto->under_way = true;
    for (record.node = 0; record.node < perfetto->nodes; record.node++)
        if (perfetto->state[record.node].down)
            put_async(perfetto, "b", &record, "down", record.node + 1, "down", NULL);
}

static void take(struct reader *reader, const struct record *record)
{
    struct perfetto *perfetto = container_of(reader, struct perfetto, reader);
    if (!perfetto->under_way && record->t_ns > 0)
        begin_down(perfetto);
    if (record->kind == RECORD_FAULT || record->kind == RECORD_SET)
        put_instant(perfetto, record, LANE_NODE, "g", "", &record->value);
    else if (record->kind == RECORD_VIOLATION)
        put_instant(perfetto, record, LANE_NODE, "g", "VIOLATION: ", &record->value);
    else if (record->node < perfetto->nodes)
        take_of_node(perfetto, record);
}

enum error perfetto_begin(struct perfetto *perfetto, FILE *out, uint32_t nodes)
{
    char name[16];
    *perfetto = (struct perfetto){.reader = {.take = take}, .nodes = nodes};
    perfetto->state = memory_zeroed(nodes * sizeof *perfetto->state);
    if (!perfetto->state)
        return ERROR_MEMORY;
    writer_init(&perfetto->writer, out);
    WRITER_PUT(&perfetto->writer, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    put_title(perfetto, "process_name", NODE_NONE, LANE_NODE, "cluster");
    for (node_id node = 0; node < nodes; node++) {
        snprintf(name, sizeof name, "n%u", node + 1);
        put_title(perfetto, "process_name", node, LANE_NODE, name);
        put_title(perfetto, "thread_name", node, LANE_NODE, "node");
        put_title(perfetto, "thread_name", node, LANE_MESSAGES, "messages");
        perfetto->state[node].down = true;
    }
    return OK;
}

void perfetto_end(struct perfetto *perfetto)
{
    WRITER_PUT(&perfetto->writer, "\n]}\n");
    writer_flush(&perfetto->writer);
    memory_free(perfetto->state);
    perfetto->state = NULL;
}
