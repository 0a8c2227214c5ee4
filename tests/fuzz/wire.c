/* libFuzzer's connection monitor to what comes from other processes: any bytes are a frame whose
 * fields are sound, or a malformed one; records that a node's process left and that are sound
 * make no harm in what orders them; and so of orders to a node's process, and of what it and its
 * spawner say to each other.
 *
 * The first byte says of how many nodes the cluster is, and which of them reads. */
#include "net/drive/causal_merge.h"
#include "net/process/agent_frames.h"
#include "net/process/spawner.h"
#include "support/net_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void put(void *context, const struct record *record)
{
    int64_t *last_ns = context;
    must(record->t_ns >= *last_ns);
    *last_ns = record->t_ns;
}

/* Each has one form. */
static void check_again(struct string_builder *again, const unsigned char *bytes, size_t size,
                        const struct record *record)
{
    again->size = 0;
    record_bytes_put(again, record);
    must(again->size == size && memcmp(again->text, bytes, size) == 0);
    must(size < record_bytes_most(record));
}

/* The records that lie there one after the other, as all of node `self`. */
static void causal_merge_records(const uint8_t *bytes, size_t size, uint32_t nodes, node_id self)
{
    struct trace_repair trace_repair;
    struct causal_merge causal_merge;
    struct byte_reader reader = byte_reader_over(bytes, size);
    struct string_builder again = {0};
    int64_t last_ns = -TIME_NEVER;
    must(!trace_repair_init(&trace_repair, nodes, put, &last_ns) &&
         !causal_merge_init(&causal_merge, nodes, 3, &trace_repair));
    while (reader.at < reader.end) {
        struct record record;
        const unsigned char *begin = reader.at;
        record_bytes_get(&reader, &record);
        if (reader.failed)
            break;
        check_again(&again, begin, (size_t)(reader.at - begin), &record);
        if (!record_is_sound(&record, nodes, 256, self))
            break;
        causal_merge_put(&causal_merge, self, &record);
    }
    string_builder_close(&again);
    for (node_id node = 0; node < nodes; node++)
        causal_merge_watermark(&causal_merge, node, TIME_NEVER);
    causal_merge_run(&causal_merge);
    must(causal_merge.waiting == 0);
    causal_merge_close(&causal_merge);
    trace_repair_close(&trace_repair);
}

static void check_fault(struct byte_reader *reader, struct string_builder *again)
{
    struct agent_fault fault;
    agent_fault_get(reader, &fault);
    agent_fault_put(again, &fault);
}

static void check_status(struct byte_reader *reader, struct string_builder *again)
{
    struct agent_status status;
    agent_status_read(reader, &status);
    agent_status_write(again, &status);
}

static void check_greeting(struct byte_reader *reader, struct string_builder *again)
{
    struct agent_greeting greeting;
    agent_greeting_read(reader, &greeting);
    agent_greeting_write(again, &greeting);
}

/* The bytes as a frame between a driver and an agent: what is read is written in the same way. */
static void read_agent_frame(const uint8_t *bytes, size_t size)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    struct string_builder again = {0};
    unsigned version;
    int64_t clock_ns;
    enum agent_kind kind = agent_frame_kind(&reader, &version, &clock_ns);
    if (kind == 0 || kind == AGENT_KINDS)
        return;
    agent_begin_frame(&again, kind, clock_ns);
    if (kind == AGENT_FAULT)
        check_fault(&reader, &again);
    else if (kind == AGENT_STATUS)
        check_status(&reader, &again);
    else if (kind == AGENT_HELLO || kind == AGENT_WELCOME)
        check_greeting(&reader, &again);
    must(reader.failed ||
         (again.size == (size_t)(reader.at - bytes) && memcmp(again.text, bytes, again.size) == 0));
    string_builder_close(&again);
}

/* The bytes as an order to a node's process. */
static void read_order(const uint8_t *bytes, size_t size, uint32_t nodes)
{
    struct order order;
    if (!order_read(&order, bytes, size, nodes))
        return;
    if (order.kind == ORDER_LOAD || order.kind == ORDER_WORK || order.kind == ORDER_LOAD_FAIL)
        order_setting_delete(order_setting_new(&order));
    struct order_clients *clients =
        order.kind == ORDER_CLIENTS ? order_clients_new(&order, nodes) : NULL;
    if (clients)
        order_clients_delete(clients);
}

/* The bytes as an order to a spawner and as a report of one: each has one form. */
static void read_spawn_frame(const uint8_t *bytes, size_t size, uint32_t slots)
{
    struct spawn_order order;
    struct spawn_report report;
    char frame[SPAWN_FRAME_SIZE];
    struct string_builder again = string_builder_over(frame, sizeof frame);
    if (spawn_order_read(&order, bytes, size, slots)) {
        must(order.slot < slots && (order.kind != SPAWN_START || order.id[0]));
        spawn_order_write(&again, &order);
        must(again.size == size && memcmp(frame, bytes, size) == 0);
    }
    again = string_builder_over(frame, sizeof frame);
    if (spawn_report_read(&report, bytes, size, slots)) {
        must(report.slot < slots && report.value >= 0);
        spawn_report_write(&again, &report);
        must(again.size == size && memcmp(frame, bytes, size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    uint32_t nodes = 1 + (bytes[0] & 7u);
    node_id self = (bytes[0] >> 3) % nodes;
    frames_read(bytes + 1, size - 1, nodes, self);
    causal_merge_records(bytes + 1, size - 1, nodes, self);
    read_order(bytes + 1, size - 1, nodes);
    read_agent_frame(bytes + 1, size - 1);
    read_spawn_frame(bytes + 1, size - 1, nodes);
    return 0;
}
