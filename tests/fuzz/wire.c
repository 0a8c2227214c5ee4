/* libFuzzer's door to what comes from other processes: any bytes are a frame whose fields are
 * sound, or a malformed one; and records that a node's process left and that are sound make no harm
 * in what orders them.
 *
 * The first byte says of how many nodes the cluster is, and which of them reads. */
#include "net/desk.h"
#include "net/weave.h"
#include "support/net_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void put(void *context, const struct record *record)
{
    int64_t *last_ns = context;
    must(record->t_ns >= *last_ns);
    *last_ns = record->t_ns;
}

/* The records that lie there one after the other, as all of node `self`. */
static void weave_records(const uint8_t *bytes, size_t size, uint32_t nodes, node_id self)
{
    struct account account;
    struct weave weave;
    struct record record;
    int64_t last_ns = -TIME_NEVER;
    must(!account_init(&account, nodes, put, &last_ns) && !weave_init(&weave, nodes, 3, &account));
    for (size_t used; (used = record_unflatten(bytes, size, &record));
         bytes += used, size -= used) {
        must(used <= size && used == record_flat_size(&record));
        if (!record_is_sound(&record, nodes, self))
            break;
        weave_put(&weave, self, &record);
    }
    for (node_id node = 0; node < nodes; node++)
        weave_watermark(&weave, node, TIME_NEVER);
    weave_run(&weave);
    must(weave.waiting == 0);
    weave_close(&weave);
    account_close(&account);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    uint32_t nodes = 1 + (bytes[0] & 7u);
    node_id self = (bytes[0] >> 3) % nodes;
    frames_read(bytes + 1, size - 1, nodes, self);
    weave_records(bytes + 1, size - 1, nodes, self);
    return 0;
}
