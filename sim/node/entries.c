#include "node/entries.h"

#include "base/memory.h"
#include "base/number.h"

/* A group that began longer ago is looked for no more: a new one costs some bytes. */
#define GROUPS_LOOKED_AT 16u

/* So many groups, with so much room for slots each, are kept. */
#define KEPT       16u
#define KEPT_SLOTS 4096u

static bool is_equal(const struct ballot *a, const struct ballot *b)
{
    return a->round == b->round && a->node == b->node && a->incarnation == b->incarnation;
}

/* Whether they differ in the slot alone, and `next` has a later one. */
static bool continues(const struct entry *group, const struct entry *next)
{
    return group->slot < next->slot && group->kind == next->kind &&
           is_equal(&group->ballot, &next->ballot) && is_equal(&group->other, &next->other) &&
           token_compare(&group->token, &next->token) == 0;
}

/* The latest ones come first: most entries continue that of the one before. */
static struct entry_group *find(const struct entries *entries, const struct entry *entry)
{
    size_t end = entries->count;
    for (size_t i = end; i > 0 && end - i < GROUPS_LOOKED_AT; i--)
        if (continues(&entries->groups[i - 1].entry, entry))
            return &entries->groups[i - 1];
    return NULL;
}

static bool begin_group(struct entries *entries, const struct entry *entry)
{
    if (entries->count == entries->capacity) {
        if (memory_reserve((void **)&entries->groups, &entries->capacity, entries->count + 1,
                           sizeof *entries->groups))
            return false;
        memset(&entries->groups[entries->count], 0,
               (entries->capacity - entries->count) * sizeof *entries->groups);
    }
    struct entry_group *group = &entries->groups[entries->count++];
    group->entry = *entry;
    group->first = entry->slot;
    group->further = group->size = 0;
    entries->size += ENTRY_SIZE_MAX;
    return true;
}

uint32_t entries_add(struct entries *entries, const struct entry *entry)
{
    struct entry_group *group = find(entries, entry);
    if (group)
        entries_add_alike(entries, (uint32_t)(group - entries->groups), entry->slot);
    else if (!begin_group(entries, entry))
        entries->failed = true;
    else
        group = &entries->groups[entries->count - 1];
    return group ? (uint32_t)(group - entries->groups) : 0;
}

void entries_add_far(struct entries *entries, struct entry_group *group, uint32_t slot)
{
    size_t capacity = group->capacity;
    uint32_t size = group->size;
    if (memory_reserve((void **)&group->bytes, &capacity, size + VARINT_SIZE_MAX, 1)) {
        entries->failed = true;
        return;
    }
    group->capacity = (uint32_t)capacity;
    for (uint32_t between = slot - group->entry.slot - 1;; between >>= 7) {
        bool last = between < 0x80;
        group->bytes[group->size++] = (unsigned char)(last ? between : between | 0x80);
        if (last)
            break;
    }
    group->further++;
    group->entry.slot = slot;
    entries->size += group->size - size;
}

void entries_add_all(struct entries *entries, const struct entry *entry, uint32_t further,
                     uint32_t last, const unsigned char *bytes, uint32_t size)
{
    uint32_t number = entries_add(entries, entry);
    if (entries->failed || !further)
        return;
    struct entry_group *group = &entries->groups[number];
    size_t capacity = group->capacity;
    if (memory_reserve((void **)&group->bytes, &capacity, group->size + size, 1)) {
        entries->failed = true;
        return;
    }
    group->capacity = (uint32_t)capacity;
    memcpy(group->bytes + group->size, bytes, size);
    group->size += size;
    group->further += further;
    group->entry.slot = last;
    entries->size += size;
}

static void put_ballot(struct string_builder *bytes, const struct ballot *ballot)
{
    varint_put(bytes, ballot->round);
    if (!ballot->round)
        return;
    varint_put(bytes, ballot->node);
    varint_put(bytes, ballot->incarnation);
}

static void put_group(const struct entry_group *group, struct string_builder *bytes)
{
    varint_put(bytes, group->entry.kind);
    varint_put(bytes, group->first);
    put_ballot(bytes, &group->entry.ballot);
    put_ballot(bytes, &group->entry.other);
    varint_put(bytes, group->entry.token.epoch);
    varint_put(bytes, group->entry.token.counter);
    varint_put(bytes, group->further);
    char *at = string_builder_extend(bytes, group->size);
    if (at && group->size)
        memcpy(at, group->bytes, group->size);
}

void entries_put(const struct entries *entries, struct string_builder *bytes)
{
    for (int released = 1; released >= 0; released--)
        for (size_t i = 0; i < entries->count; i++)
            if ((entries->groups[i].entry.kind == ENTRY_RELEASE) == released)
                put_group(&entries->groups[i], bytes);
    bytes->failed |= entries->failed;
}

void entries_close(struct entries *entries)
{
    for (size_t i = 0; i < entries->capacity; i++)
        memory_free(entries->groups[i].bytes);
    memory_free(entries->groups);
    *entries = (struct entries){0};
}

void entries_clear(struct entries *entries)
{
    if (entries->count > KEPT || entries->size > KEPT_SLOTS)
        entries_close(entries);
    entries->count = entries->size = 0;
    entries->failed = false;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct entries_reader entries_reader_over(const struct text *bytes, uint32_t nodes, uint32_t slots)
{
    return (struct entries_reader){.bytes = byte_reader_over(text_bytes(bytes), text_size(bytes)),
                                   .nodes = nodes,
                                   .slots = slots};
}

static struct ballot get_ballot(struct byte_reader *reader, uint32_t nodes)
{
    struct ballot ballot = {.round = varint_get(reader, UINT64_MAX / 2)};
    if (!ballot.round)
        return ballot;
    ballot.node = (node_id)varint_get(reader, nodes - 1);
    ballot.incarnation = (uint32_t)varint_get(reader, UINT32_MAX - 1);
    return ballot;
}

bool entries_next_group(struct entries_reader *reader)
{
    struct byte_reader *bytes = &reader->bytes;
    struct entry *entry = &reader->entry;
    if (bytes->at == bytes->end)
        return false;
    entry->kind = (enum entry_kind)varint_get(bytes, ENTRY_KINDS - 1);
    entry->slot = (uint32_t)varint_get(bytes, reader->slots - 1);
    entry->ballot = get_ballot(bytes, reader->nodes);
    entry->other = get_ballot(bytes, reader->nodes);
    entry->token.epoch = (uint32_t)varint_get(bytes, UINT32_MAX - 1);
    entry->token.counter = varint_get(bytes, UINT64_MAX - 1);
    reader->left = (uint32_t)varint_get(bytes, reader->slots - 1);
    return !bytes->failed;
}
