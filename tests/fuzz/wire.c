/* libFuzzer's connection monitor to what comes from other processes: any bytes are a frame whose
 * fields are sound, or a malformed one; records that a node's process left and that are sound
 * make no harm in what orders them; and so of orders to a node's process.
 *
 * The first byte says of how many nodes the cluster is, and which of them reads. */
#include "net/drive/causal_merge.h"
#include "net/process/order.h"
#include "net/process/record_bytes.h"
#include "support/net_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void put(void *context, const struct record *record)
{
    int64_t *last_ns = context;
    must(record->t_ns >= *last_ns);
    *last_ns = record->t_ns;
}

/* The records that lie there one after the other, as all of node `self`. */
static void causal_merge_records(const uint8_t *bytes, size_t size, uint32_t nodes, node_id self)
{
    struct trace_repair trace_repair;
    struct causal_merge causal_merge;
    struct record record;
    int64_t last_ns = -TIME_NEVER;
    must(!trace_repair_init(&trace_repair, nodes, put, &last_ns) &&
         !causal_merge_init(&causal_merge, nodes, 3, &trace_repair));
    for (size_t used; (used = record_bytes_read(bytes, size, &record));
         bytes += used, size -= used) {
        must(used <= size && used == record_bytes_size(&record));
        if (!record_is_sound(&record, nodes, self))
            break;
        causal_merge_put(&causal_merge, self, &record);
    }
    for (node_id node = 0; node < nodes; node++)
        causal_merge_watermark(&causal_merge, node, TIME_NEVER);
    causal_merge_run(&causal_merge);
    must(causal_merge.waiting == 0);
    causal_merge_close(&causal_merge);
    trace_repair_close(&trace_repair);
}

/* The bytes as an order to a node's process. */
static void read_order(const uint8_t *bytes, size_t size, uint32_t nodes)
{
    struct order order;
    if (!order_read(&order, bytes, size, nodes) || order.kind != ORDER_CLIENTS)
        return;
    struct order_clients *clients = order_clients_new(&order, nodes);
    if (clients)
        order_clients_delete(clients);
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
    return 0;
}
