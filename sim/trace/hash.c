#include "trace/hash.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are hashed as they lie");

#define KEY_LOW  UINT64_C(0xd1b54a32d192ed03)
#define KEY_HIGH UINT64_C(0x9e3779b97f4a7c15)

/* What is multiplied is added to the product's other half, lest a zero make all of it zero. */
static inline void add_words(struct hash *hash, uint64_t first, uint64_t second)
{
    uint64_t x = first ^ hash->low, y = second ^ hash->high;
    unsigned __int128 product = (unsigned __int128)x * y;
    hash->low = (uint64_t)product ^ y;
    hash->high = (uint64_t)(product >> 64) ^ x;
}

static inline uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* It has an odd number of words in use: the size makes a pair with the last one. */
static inline void add_record(struct hash *hash, const struct record *record)
{
    struct hash chain = {.low = hash->low, .high = hash->high};
    size_t used = record_used(record);
    const char *at = (const char *)record, *last = at + used - sizeof(uint64_t);
    for (; at < last; at += 2 * sizeof(uint64_t))
        add_words(&chain, word_at(at), word_at(at + sizeof(uint64_t)));
    add_words(&chain, word_at(last), used);
    hash->low = chain.low;
    hash->high = chain.high;
}

static void add_text(struct hash *hash, const struct text *text)
{
    if (!text_is_large(text))
        return;
    XXH128_hash_t bytes = XXH3_128bits(text_bytes(text), text_size(text));
    add_words(hash, bytes.low64, bytes.high64);
}

/* Left out is how the scenario says what happens: where a line stands in its file, the words of a
 * fault or change, whose data say the same, and what it is that asks for a request. Said otherwise,
 * it is no other run. */
static struct record without_words(const struct record *record)
{
    struct record kept = *record;
    kept.line = 0;
    if (record->kind == RECORD_FAULT || record->kind == RECORD_SET)
        memset(&kept.value, 0, sizeof kept.value);
    if (record->kind == RECORD_REQUEST) {
        kept.number = 0;
        kept.gap_ns = 0;
    }
    return kept;
}

/* A long text lies elsewhere: its address, which differs from run to run, becomes zero, and its
 * bytes follow its record. */
static __attribute__((noinline)) void take_odd(struct hash *hash, const struct record *record)
{
    struct record kept = without_words(record), copy = kept;
    text_detach(&copy.id);
    text_detach(&copy.value);
    add_record(hash, &copy);
    add_text(hash, &kept.id);
    add_text(hash, &kept.value);
}

static inline bool has_words(const struct record *record)
{
    return record->line || record->kind == RECORD_REQUEST || record->kind == RECORD_FAULT ||
           record->kind == RECORD_SET;
}

static void take(struct reader *reader, const struct record *record)
{
    struct hash *hash = container_of(reader, struct hash, reader);
    if (has_words(record) || text_is_large(&record->id) || text_is_large(&record->value))
        take_odd(hash, record);
    else
        add_record(hash, record);
}

void hash_init(struct hash *hash)
{
    *hash = (struct hash){.reader.take = take, .low = KEY_LOW, .high = KEY_HIGH};
}

struct hash_value hash_now(const struct hash *hash)
{
    struct hash_value value;
    uint64_t high = random_mix(hash->high ^ random_mix(hash->low));
    uint64_t low = random_mix(hash->low ^ high);
    snprintf(value.hex, sizeof value.hex, "%016" PRIx64 "%016" PRIx64, high, low);
    return value;
}
