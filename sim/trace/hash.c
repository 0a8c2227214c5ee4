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

_Static_assert(offsetof(struct record, line) == 28 && offsetof(struct record, number) == 48 &&
                   offsetof(struct record, id) == 56 && offsetof(struct record, value) == 88,
               "words below are numbered");

static inline uint64_t word(const struct record *record, size_t index)
{
    uint64_t word;
    memcpy(&word, (const char *)record + index * sizeof word, sizeof word);
    return word;
}

static inline bool has_words(const struct record *record)
{
    return record->kind == RECORD_FAULT || record->kind == RECORD_SET;
}

/* Left out is how the scenario says what happens: where a line stands in its file, the words of a
 * fault or change, whose data say the same, and what it is that asks for a request, and when it
 * does again. Said otherwise, it is no other run. How many words are in use makes a pair with the
 * last one of them. */
static inline struct hash with_record(struct hash hash, const struct record *record)
{
    bool worded = has_words(record);
    bool asks = record->kind == RECORD_REQUEST;
    uint64_t number = asks ? 0 : record->number, worker = asks ? 0 : record->worker;
    uint64_t value[2] = {worded ? 0 : word(record, 11), worded ? 0 : word(record, 12)};
    uint64_t rest = worker | word(record, 10) | value[0] | value[1];
    add_words(&hash, word(record, 0), word(record, 1));
    add_words(&hash, word(record, 2), (uint32_t)word(record, 3));
    add_words(&hash, word(record, 4), word(record, 5));
    if (!(word(record, 7) | word(record, 8) | rest)) {
        add_words(&hash, number, 7);
        return hash;
    }
    add_words(&hash, number, word(record, 7));
    if (!rest) {
        add_words(&hash, word(record, 8), 9);
        return hash;
    }
    add_words(&hash, word(record, 8), worker);
    if (!(value[0] | value[1])) {
        add_words(&hash, word(record, 10), 11);
        return hash;
    }
    add_words(&hash, word(record, 10), value[0]);
    add_words(&hash, value[1], 13);
    return hash;
}

static void add_text(struct hash *hash, const struct text *text)
{
    if (!text_is_large(text))
        return;
    XXH128_hash_t bytes = XXH3_128bits(text_bytes(text), text_size(text));
    add_words(hash, bytes.low64, bytes.high64);
}

/* A long text lies elsewhere: its address, which differs from run to run, becomes zero, and its
 * bytes follow its record. */
static __attribute__((noinline)) void add_long(struct hash *hash, const struct record *record)
{
    struct record copy = *record;
    text_detach(&copy.id);
    text_detach(&copy.value);
    *hash = with_record(*hash, &copy);
    add_text(hash, &record->id);
    if (!has_words(record))
        add_text(hash, &record->value);
}

void hash_add(struct hash *hash, const struct record *record)
{
    if (text_is_large(&record->id) || text_is_large(&record->value))
        add_long(hash, record);
    else
        *hash = with_record(*hash, record);
}

void hash_init(struct hash *hash)
{
    *hash = (struct hash){.low = KEY_LOW, .high = KEY_HIGH};
}

void hash_join(struct hash *hash, const struct hash *part)
{
    add_words(hash, part->low, part->high);
}

struct hash_value hash_value(const struct hash *hash)
{
    struct hash_value value;
    uint64_t high = random_mix(hash->high ^ random_mix(hash->low));
    uint64_t low = random_mix(hash->low ^ high);
    snprintf(value.hex, sizeof value.hex, "%016" PRIx64 "%016" PRIx64, high, low);
    return value;
}
