#include "node/ballot.h"

#include "base/byte_reader.h"
#include "base/memory.h"

#define NUMBER_SIZE_MAX 10u /* bytes of a number */
#define ENTRY_SIZE_MAX  (10 * NUMBER_SIZE_MAX)

static char *put_hex(char *to, uint64_t number, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; number >>= 4)
        to[i] = "0123456789abcdef"[number & 0xf];
    return to + digits;
}

const char *token_text(const struct token *token, node_id owner, char room[TOKEN_TEXT_SIZE])
{
    char *at = put_hex(room, token->epoch, 8);
    *at++ = '-';
    at = put_hex(at, token->counter, 16);
    *at++ = '-';
    *put_hex(at, owner + 1u, 4) = '\0';
    return room;
}

static void put(struct entries *entries, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        entries->bytes[entries->size++] = (char)(number | 0x80);
    entries->bytes[entries->size++] = (char)number;
}

static void put_ballot(struct entries *entries, const struct ballot *ballot)
{
    put(entries, ballot->round);
    if (!ballot->round)
        return;
    put(entries, ballot->node);
    put(entries, ballot->incarnation);
}

void entries_add(struct entries *entries, const struct entry *entry)
{
    if (entries->capacity - entries->size < ENTRY_SIZE_MAX &&
        memory_reserve((void **)&entries->bytes, &entries->capacity, entries->size + ENTRY_SIZE_MAX,
                       1)) {
        entries->failed = true;
        return;
    }
    put(entries, entry->kind);
    put(entries, entry->slot);
    put_ballot(entries, &entry->ballot);
    put_ballot(entries, &entry->other);
    put(entries, entry->token.epoch);
    put(entries, entry->token.counter);
}

bool entries_are_full(const struct entries *entries)
{
    return entries->size + ENTRY_SIZE_MAX > ENTRIES_SIZE_MAX;
}

void entries_close(struct entries *entries)
{
    memory_free(entries->bytes);
    *entries = (struct entries){0};
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

bool entries_next(const char **at, const char *end, uint32_t nodes, uint32_t slots,
                  struct entry *entry)
{
    struct byte_reader reader = byte_reader_over(*at, (size_t)(end - *at));
    if (*at == end)
        return false;
    entry->kind = (enum entry_kind)varint_get(&reader, ENTRY_KINDS - 1);
    entry->slot = (uint32_t)varint_get(&reader, slots - 1);
    entry->ballot = get_ballot(&reader, nodes);
    entry->other = get_ballot(&reader, nodes);
    entry->token.epoch = (uint32_t)varint_get(&reader, UINT32_MAX - 1);
    entry->token.counter = varint_get(&reader, UINT64_MAX - 1);
    *at = (const char *)reader.at;
    return !reader.failed;
}
