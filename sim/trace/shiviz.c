#include "trace/shiviz.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"

#define FORMAT "(?<event>.*)\\n(?<host>\\S+) (?<clock>\\{.*\\})\n\n"

#define FAULTS_HOST "faults"
#define VALUE_SHOWN 60u /* bytes */

/* ---- clocks -------------------------------------------------------------------------------- */

struct shiviz_message {
    uint64_t number;
    uint32_t slot;
    uint32_t clock[];
};

static uint32_t *clock_of(struct shiviz *shiviz, node_id node)
{
    return shiviz->clocks + (size_t)node * shiviz->nodes;
}

static void note_sent(struct shiviz *shiviz, const struct record *record)
{
    uint32_t slot;
    struct shiviz_message *message =
        pool_map_add(&shiviz->messages, hash_map_number(record->number), &slot);
    if (!message) {
        shiviz->no_memory = true;
        return;
    }
    message->number = record->number;
    message->slot = slot;
    memcpy(message->clock, clock_of(shiviz, record->node), shiviz->nodes * sizeof *message->clock);
}

/* What the sender knew the receiver knows now; nobody does of a message that is dropped. */
static void note_end(struct shiviz *shiviz, const struct record *record)
{
    struct shiviz_message *message =
        pool_map_find_number(&shiviz->messages, struct shiviz_message, number, record->number);
    uint32_t *clock = clock_of(shiviz, record->node);
    if (!message)
        return;
    for (node_id node = 0; record->kind == RECORD_RECV && node < shiviz->nodes; node++)
        clock[node] = max_u32(clock[node], message->clock[node]);
    pool_map_remove(&shiviz->messages, hash_map_number(message->number), message->slot);
}

/* ---- events -------------------------------------------------------------------------------- */

static void put_shown(struct writer *writer, const char *words, const struct text *text)
{
    writer_string(writer, words);
    writer_shown(writer, text_bytes(text), text_size(text), VALUE_SHOWN);
}

static void put_node(struct writer *writer, const char *words, node_id node)
{
    writer_string(writer, words);
    writer_node(writer, node);
}

static void put_request(struct writer *writer, const char *words, uint64_t request)
{
    writer_string(writer, words);
    WRITER_PUT(writer, " #");
    writer_number(writer, request);
}

static void put_view(struct writer *writer, const struct record *record, uint32_t nodes)
{
    const char *between = "view ";
    for (node_id node = 0; node < nodes; node++) {
        if (!record_view_has(record, node))
            continue;
        put_node(writer, between, node);
        between = ",";
    }
    writer_string(writer, *between == ',' ? "" : "joins");
}

static void put_message(struct writer *writer, const struct record *record)
{
    bool arrives = record->kind == RECORD_RECV;
    writer_string(writer, arrives ? "gets " : "sends ");
    writer_string(writer, message_name((enum message_kind)record->message));
    if (record->request)
        put_request(writer, "", record->request);
    put_node(writer, arrives ? " from " : " to ", record->peer);
}

static void put_request_event(struct writer *writer, const struct record *record)
{
    switch (record->kind) {
    case RECORD_REQUEST:
        put_request(writer, "request", record->request);
        put_shown(writer, " for id ", &record->id);
        break;
    case RECORD_ROUTE:
        put_request(writer, "routes", record->request);
        put_node(writer, record->code == 1 ? " to " : " again to ", record->peer);
        break;
    case RECORD_SERVE:
        put_request(writer, record->why == SERVE_FAILED ? "fails in its turn of" : "answers",
                    record->request);
        put_shown(writer, record->why == SERVE_FAILED ? ": " : " with ", &record->value);
        break;
    case RECORD_REPLY:
        put_request(writer, "request", record->request);
        put_shown(writer, " = ", &record->value);
        break;
    default:
        put_request(writer, "request", record->request);
        WRITER_PUT(writer, " fails: ");
        writer_string(writer, outcome_name(record->code));
        break;
    }
}

static void put_worker(struct writer *writer, const struct record *record)
{
    static const char *const words[RECORD_KINDS] = {
        [RECORD_START] = " starts",        [RECORD_LOAD] = " loads",
        [RECORD_VALUE] = " has its value", [RECORD_LOAD_FAILED] = " could not load",
        [RECORD_EXPIRE] = " expires",      [RECORD_LOST] = " is lost",
        [RECORD_MOVED] = " moves to ",
    };
    put_shown(writer, "worker ", &record->id);
    if (record->kind == RECORD_LOST && record->code != DOWN_CRASH)
        writer_string(writer, record->code == DOWN_LEAVE ? " ends with its node's leave"
                                                         : " ends with its lease");
    else
        writer_string(writer, words[record->kind] ? words[record->kind] : "");
    if (record->kind == RECORD_START && record->code == START_MOVED)
        WRITER_PUT(writer, " as it comes from ");
    if (record->kind == RECORD_MOVED || (record->kind == RECORD_START && record->peer != NODE_NONE))
        writer_node(writer, record->peer);
}

static void put_lease(struct writer *writer, const struct record *record)
{
    static const char *const words[LEASE_HOWS_COUNT] = {[LEASE_WON] = "wins",
                                                        [LEASE_RELEASED] = "releases",
                                                        [LEASE_LOST] = "loses",
                                                        [LEASE_HELD] = "holds"};
    writer_string(writer, words[record->code]);
    WRITER_PUT(writer, " the lease of slot ");
    writer_number(writer, record->number);
}

static void put_event(struct shiviz *shiviz, const struct record *record)
{
    struct writer *writer = &shiviz->writer;
    writer_string(writer, duration_exact(record->t_ns).text);
    WRITER_PUT(writer, " ");
    switch (record_family(record->kind)) {
    case RECORD_OF_MESSAGE:
        put_message(writer, record);
        break;
    case RECORD_OF_REQUEST:
        put_request_event(writer, record);
        break;
    case RECORD_OF_WORKER:
        put_worker(writer, record);
        break;
    case RECORD_OF_LEASE:
        put_lease(writer, record);
        break;
    default:
        if (record->kind == RECORD_VIEW)
            put_view(writer, record, shiviz->nodes);
        else
            writer_string(writer, record_name((enum record_kind)record->kind));
        break;
    }
    WRITER_PUT(writer, "\n");
}

/* A host's line: its own number first. */
static void put_clock(struct shiviz *shiviz, node_id host)
{
    struct writer *writer = &shiviz->writer;
    const uint32_t *clock = clock_of(shiviz, host);
    writer_node(writer, host);
    put_node(writer, " {\"", host);
    WRITER_PUT(writer, "\":");
    writer_number(writer, clock[host]);
    for (node_id node = 0; node < shiviz->nodes; node++) {
        if (node == host || !clock[node])
            continue;
        put_node(writer, ",\"", node);
        WRITER_PUT(writer, "\":");
        writer_number(writer, clock[node]);
    }
    WRITER_PUT(writer, "}\n");
}

static void take_fault(struct shiviz *shiviz, const struct record *record)
{
    struct writer *writer = &shiviz->writer;
    writer_string(writer, duration_exact(record->t_ns).text);
    put_shown(writer, " ", &record->value);
    WRITER_PUT(writer, "\n" FAULTS_HOST " {\"" FAULTS_HOST "\":");
    writer_number(writer, ++shiviz->faults);
    WRITER_PUT(writer, "}\n");
}

/* What goes on all the time, whatever happens: views and leases are kept up. */
static bool is_upkeep(const struct record *record)
{
    bool is_message = record->kind == RECORD_SEND || record->kind == RECORD_RECV;
    if (is_message)
        return record->message == MESSAGE_HEARTBEAT || record->message == MESSAGE_LEASE;
    return record->kind == RECORD_LEASE && record->code == LEASE_RENEWED;
}

/* A dropped message is noted at its sender, who does not know of it. */
static bool is_event(const struct record *record)
{
    return record->node != NODE_NONE && record->kind != RECORD_DROP &&
           record_family(record->kind) != RECORD_OF_JUDGEMENT && !is_upkeep(record);
}

static void take(struct reader *reader, const struct record *record)
{
    struct shiviz *shiviz = container_of(reader, struct shiviz, reader);
    if (record_family(record->kind) == RECORD_OF_FAULT)
        take_fault(shiviz, record);
    if (record->kind == RECORD_RECV || record->kind == RECORD_DROP)
        note_end(shiviz, record);
    if (is_event(record)) {
        clock_of(shiviz, record->node)[record->node]++;
        put_event(shiviz, record);
        put_clock(shiviz, record->node);
    }
    if (record->kind == RECORD_SEND)
        note_sent(shiviz, record);
}

enum error shiviz_begin(struct shiviz *shiviz, FILE *out, uint32_t nodes)
{
    shiviz->reader.take = take;
    shiviz->nodes = nodes;
    shiviz->faults = 0;
    shiviz->no_memory = false;
    shiviz->clocks = memory_zeroed((size_t)nodes * nodes * sizeof *shiviz->clocks);
    if (!shiviz->clocks)
        return ERROR_MEMORY;
    pool_map_init(&shiviz->messages,
                  (uint32_t)(sizeof(struct shiviz_message) + nodes * sizeof(uint32_t) + 7) & ~7u);
    writer_init(&shiviz->writer, out);
    WRITER_PUT(&shiviz->writer, FORMAT);
    return OK;
}

enum error shiviz_end(struct shiviz *shiviz)
{
    writer_flush(&shiviz->writer);
    pool_map_close(&shiviz->messages);
    memory_free(shiviz->clocks);
    shiviz->clocks = NULL;
    return shiviz->no_memory ? ERROR_MEMORY : OK;
}
