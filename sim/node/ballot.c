#include "node/ballot.h"

static void put_ballot(struct string_builder *bytes, const struct ballot *ballot)
{
    varint_put(bytes, ballot->round);
    if (!ballot->round)
        return;
    varint_put(bytes, ballot->node);
    varint_put(bytes, ballot->incarnation);
}

static struct ballot get_ballot(struct byte_reader *reader, uint32_t nodes)
{
    struct ballot ballot = {.round = varint_get(reader, UINT64_MAX / 2)};
    if (!ballot.round)
        return ballot;
    ballot.node = (node_id)varint_get(reader, nodes - 1);
    ballot.incarnation = (uint32_t)varint_get(reader, UINT32_MAX);
    return ballot;
}

void entry_put(struct string_builder *bytes, const struct entry *entry)
{
    varint_put(bytes, entry->kind);
    varint_put(bytes, entry->slot);
    put_ballot(bytes, &entry->ballot);
    put_ballot(bytes, &entry->other);
    varint_put(bytes, entry->token.epoch);
    varint_put(bytes, entry->token.counter);
}

bool entry_get(struct byte_reader *reader, uint32_t nodes, uint32_t slots, struct entry *entry)
{
    if (reader->at == reader->end)
        return false;
    entry->kind = (enum entry_kind)varint_get(reader, ENTRY_KINDS - 1);
    entry->slot = (uint32_t)varint_get(reader, slots - 1);
    entry->ballot = get_ballot(reader, nodes);
    entry->other = get_ballot(reader, nodes);
    entry->token.epoch = (uint32_t)varint_get(reader, UINT32_MAX - 1);
    entry->token.counter = varint_get(reader, UINT64_MAX - 1);
    return !reader->failed;
}
