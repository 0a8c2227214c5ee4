#include "node/ballot.h"

#include "base/byte_reader.h"

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

bool token_get(const char **at, const char *end, struct token *token)
{
    struct byte_reader reader = byte_reader_over(*at, (size_t)(end - *at));
    token->epoch = (uint32_t)varint_get(&reader, UINT32_MAX);
    token->counter = varint_get(&reader, UINT64_MAX);
    if (!reader.failed)
        *at = (const char *)reader.at;
    return !reader.failed;
}
