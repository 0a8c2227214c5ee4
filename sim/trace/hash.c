#include "trace/hash.h"

#include "base/memory.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are hashed as they lie");

/* Records between two calls of the hash function. Where one batch ends never shows in the result: a
 * stream is hashed, and its bytes are the same. */
#define BATCH 64u

struct hash_state {
    XXH3_state_t *stream;
    uint32_t used;
    struct record batch[BATCH];
    /* The stream's state lies in here, at an address as aligned as it asks for. */
    unsigned char room[sizeof(XXH3_state_t) + _Alignof(XXH3_state_t)];
};

static void flush(struct hash_state *state)
{
    XXH3_128bits_update(state->stream, state->batch, state->used * sizeof *state->batch);
    state->used = 0;
}

/* A long text lies elsewhere: its address, which differs from run to run, becomes zero, and its
 * bytes follow its record. */
static void take_long_texts(struct hash_state *state, struct record *copy,
                            const struct record *record)
{
    text_detach(&copy->id);
    text_detach(&copy->value);
    flush(state);
    if (text_is_large(&record->id))
        XXH3_128bits_update(state->stream, text_bytes(&record->id), text_size(&record->id));
    if (text_is_large(&record->value))
        XXH3_128bits_update(state->stream, text_bytes(&record->value), text_size(&record->value));
}

/* Where a line stands in its file is left out: a comment more is no other run. */
static void take(struct reader *reader, const struct record *record)
{
    struct hash_state *state = container_of(reader, struct hash, reader)->state;
    if (state->used == BATCH)
        flush(state);
    struct record *copy = &state->batch[state->used++];
    *copy = *record;
    copy->line = 0;
    if (text_is_large(&record->id) || text_is_large(&record->value))
        take_long_texts(state, copy, record);
}

enum error hash_init(struct hash *hash)
{
    struct hash_state *state = memory_zeroed(sizeof *state);
    if (!state)
        return ERROR_MEMORY;
    uintptr_t misfit = (uintptr_t)state->room % _Alignof(XXH3_state_t);
    state->stream = (void *)(state->room + (misfit ? _Alignof(XXH3_state_t) - misfit : 0));
    XXH3_128bits_reset(state->stream);
    hash->reader.take = take;
    hash->state = state;
    return OK;
}

void hash_close(struct hash *hash)
{
    memory_free(hash->state);
    hash->state = NULL;
}

struct hash_value hash_now(struct hash *hash)
{
    static const char hex[] = "0123456789abcdef";
    struct hash_value value;
    XXH128_canonical_t canonical;
    flush(hash->state);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash->state->stream));
    for (uint32_t i = 0; i < sizeof canonical.digest; i++) {
        value.hex[2 * i] = hex[canonical.digest[i] >> 4];
        value.hex[2 * i + 1] = hex[canonical.digest[i] & 15];
    }
    value.hex[32] = '\0';
    return value;
}
