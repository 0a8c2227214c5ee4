#include "node/lease_slots.h"

#include "base/varint.h"

#define MILLION 1000000

/* So much time for each slot lies between polls: a node that can't keep up with those of all slots
 * would not get its leases. */
#define POLL_SLOT_NS (3 * NS_PER_US)

/* A record has no more bytes of further slots than about this: a node process shortens the values
 * of 4 KiB and more that it records, and a slot takes three bytes at the most. */
#define FURTHER_SIZE_MAX 1024u

int64_t lease_excludes_ns(int64_t lease_ns, uint32_t drift_ppm)
{
    int64_t more = 2 * (int64_t)drift_ppm, part = MILLION - (int64_t)drift_ppm;
    return lease_ns + lease_ns / part * more + (lease_ns % part * more + part - 1) / part;
}

void lease_slots_touch(const struct node *node)
{
    for (uint32_t i = 0; i < lease_blocks(node); i++)
        node->lease->blocks[i].next_ns = INT64_MIN;
}

enum error lease_init(struct node *node)
{
    uint32_t slots = node->config.slots;
    if (!slots)
        return OK;
    struct lease *lease = memory_zeroed(sizeof *lease);
    if (!lease)
        return ERROR_MEMORY;
    node->lease = lease;
    lease->slots = memory_zeroed(slots * sizeof *lease->slots);
    lease->blocks = memory_zeroed(lease_blocks(node) * sizeof *lease->blocks);
    lease->acceptor.slots = memory_zeroed(slots * sizeof *lease->acceptor.slots);
    lease->answered = bits_new(slots * 128 * bits_words(node->config.nodes));
    if (!lease->slots || !lease->blocks || !lease->acceptor.slots || !lease->answered) {
        lease_close(node);
        return ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < slots; i++) {
        lease->slots[i].at_ns = TIME_NEVER;
        lease->slots[i].preferred = NODE_NONE;
        lease->slots[i].alike = lease->acceptor.slots[i].alike = 1;
    }
    lease->alike = 1;
    lease_slots_touch(node);
    lease->acceptor.excludes_ns = lease_excludes_ns(node->config.lease_ns, node->config.drift_ppm);
    lease->acceptor.epoch_kept = node->config.lease_epoch;
    if (node->config.incarnation > 1)
        lease->acceptor.epoch = node->config.lease_epoch + 1;
    lease->majority = node->config.nodes / 2 + 1;
    lease->epoch = UINT32_MAX;
    lease->wake_ns = lease->unanswered_ns = TIME_NEVER;
    lease->polled_ns = INT64_MIN;
    lease->poll_ns = clamp_i64(node->config.lease_ns / 40, 1, 50 * NS_PER_MS);
    lease->poll_ns =
        max_i64(lease->poll_ns, min_i64(slots * POLL_SLOT_NS, node->config.lease_ns / 8));
    return OK;
}

void lease_close(struct node *node)
{
    struct lease *lease = node->lease;
    if (!lease)
        return;
    entries_close(&lease->asks);
    entries_close(&lease->answers);
    string_builder_close(&lease->bytes);
    string_builder_close(&lease->further);
    seal_close(&lease->sent);
    seal_close(&lease->received);
    memory_free(lease->answered);
    memory_free(lease->acceptor.slots);
    memory_free(lease->blocks);
    memory_free(lease->slots);
    memory_free(lease);
    node->lease = NULL;
}

void lease_slots_record(struct node *node)
{
    struct lease *lease = node->lease;
    if (lease->renewed.kind != RECORD_LEASE)
        return;
    lease->renewed.value = text_borrow(lease->further.text, lease->further.size);
    node_record(node, &lease->renewed);
    lease->renewed.kind = 0;
    lease->further.size = 0;
}

/* Whether the slot is one more of those that are renewed. */
static bool adds_to_renewed(struct lease *lease, const struct record *record)
{
    const struct record *first = &lease->renewed;
    if (first->kind != RECORD_LEASE || first->amount != record->amount ||
        first->epoch != record->epoch || first->worker != record->worker ||
        record->number <= lease->renewed_last || lease->further.size >= FURTHER_SIZE_MAX)
        return false;
    varint_put(&lease->further, record->number - lease->renewed_last - 1);
    bool added = !lease->further.failed;
    lease->further.failed = false;
    return added;
}

void lease_slot_record(struct node *node, const struct lease_slot *slot, enum lease_how how)
{
    struct lease *lease = node->lease;
    struct record record = record_of(RECORD_LEASE);
    record.code = (uint8_t)how;
    record.number = lease_slot_number(node, slot);
    record.epoch = slot->token.epoch;
    record.worker = slot->token.counter;
    record.amount = slot->until_ns;
    bool adds = how == LEASE_RENEWED && adds_to_renewed(lease, &record);
    if (!adds)
        lease_slots_record(node);
    if (how != LEASE_RENEWED)
        node_record(node, &record);
    else if (!adds)
        lease->renewed = record;
    lease->renewed_last = lease_slot_number(node, slot);
}
