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

/* Writes the number, and returns where the next one goes. */
static char *put(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    return at;
}

size_t token_put(const struct token *token, char *bytes)
{
    return (size_t)(put(put(bytes, token->epoch), token->counter) - bytes);
}

static char *put_ballot(char *at, const struct ballot *ballot)
{
    at = put(at, ballot->round);
    if (!ballot->round)
        return at;
    at = put(at, ballot->node);
    return put(at, ballot->incarnation);
}

void entries_add(struct entries *entries, const struct entry *entry)
{
    if (entries->capacity - entries->size < ENTRY_SIZE_MAX &&
        memory_reserve((void **)&entries->bytes, &entries->capacity, entries->size + ENTRY_SIZE_MAX,
                       1)) {
        entries->failed = true;
        return;
    }
    char *at = put(entries->bytes + entries->size, entry->kind);
    at = put(at, entry->slot);
    at = put_ballot(at, &entry->ballot);
    at = put_ballot(at, &entry->other);
    at = put(at, entry->token.epoch);
    at = put(at, entry->token.counter);
    entries->size = (size_t)(at - entries->bytes);
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

bool token_get(const char **at, const char *end, struct token *token)
{
    struct byte_reader reader = byte_reader_over(*at, (size_t)(end - *at));
    token->epoch = (uint32_t)varint_get(&reader, UINT32_MAX);
    token->counter = varint_get(&reader, UINT64_MAX);
    if (!reader.failed)
        *at = (const char *)reader.at;
    return !reader.failed;
}
