#include "trace/hash.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are hashed as they lie");

#define KEY_LOW  UINT64_C(0xd1b54a32d192ed03)
#define KEY_HIGH UINT64_C(0x9e3779b97f4a7c15)

/* Odd numbers of 31 bits. Several fields become one word as a sum, each but one times a number of
 * its own: no difference in a single field is lost, and one in several is lost by chance alone.
 * That takes half the instructions of multiplying each pair of fields into the hash. */
#define TIMES_CLOCK     0x2c1b3c6d
#define TIMES_PEER      0x297a2d39
#define TIMES_EPOCH     0x5bd1e995
#define TIMES_REQUEST   0x3c6ef373
#define TIMES_NUMBER    0x4f1bbcdd
#define TIMES_WORKER    0x27d4eb2f
#define TIMES_AMOUNT    0x165667b1
#define TIMES_VALUE     0x1e35a7bd
#define TIMES_VALUE_END 0x345d1a3b

/* What is multiplied is added to the product's other half, lest a zero make all of it zero. */
static inline void add_words(struct hash *hash, uint64_t first, uint64_t second)
{
    uint64_t x = first ^ hash->low, y = second ^ hash->high;
    unsigned __int128 product = (unsigned __int128)x * y;
    hash->low = (uint64_t)product ^ y;
    hash->high = (uint64_t)(product >> 64) ^ x;
}

_Static_assert(offsetof(struct record, clock_ns) == 8 && offsetof(struct record, kind) == 16 &&
                   offsetof(struct record, epoch) == 32 && offsetof(struct record, id) == 56 &&
                   offsetof(struct record, amount) == 80 && offsetof(struct record, value) == 88,
               "words below are numbered");

static inline uint64_t word(const struct record *record, size_t index)
{
    uint64_t word;
    memcpy(&word, (const char *)record + index * sizeof word, sizeof word);
    return word;
}

/* All that records of messages use but for the id: the times, what lies from `kind` to `unused`,
 * the request and the number. */
static inline void add_head(struct hash *hash, const struct record *record, uint64_t number)
{
    add_words(hash,
              word(record, 0) + TIMES_CLOCK * word(record, 1) + TIMES_REQUEST * record->request,
              word(record, 2) + TIMES_PEER * word(record, 3) + TIMES_EPOCH * word(record, 4) +
                  TIMES_NUMBER * number);
}

/* What is left. */
static inline void add_rest(struct hash *hash, const struct record *record, uint64_t worker)
{
    add_words(hash, word(record, 7) + TIMES_WORKER * worker + TIMES_VALUE * word(record, 11),
              word(record, 8) + TIMES_AMOUNT * word(record, 10) +
                  TIMES_VALUE_END * word(record, 12));
}

static void add_text(struct hash *hash, const struct text *text)
{
    if (!text_is_large(text))
        return;
    XXH128_hash_t bytes = XXH3_128bits(text_bytes(text), text_size(text));
    add_words(hash, bytes.low64, bytes.high64);
}

/* Left out is how the scenario says what happens: where a line stands in its file, the words of a
 * fault or change, whose data say the same, and what it is that asks for a request, and when it
 * does again. Said otherwise, it is no other run.
 *
 * A long text lies elsewhere: its address, which differs from run to run, becomes zero, and its
 * bytes follow its record. */
static OUT_OF_LINE void add_slowly(struct hash *hash, const struct record *record)
{
    struct record copy = *record;
    copy.line = 0;
    if (record->kind == RECORD_FAULT || record->kind == RECORD_SET)
        copy.value = (struct text){0};
    if (record->kind == RECORD_REQUEST)
        copy.number = copy.worker = 0;
    struct record bare = copy;
    text_detach(&bare.id);
    text_detach(&bare.value);
    add_head(hash, &bare, bare.number);
    add_rest(hash, &bare, bare.worker);
    add_text(hash, &copy.id);
    add_text(hash, &copy.value);
}

/* Of most records of messages the head is all. */
static inline bool is_head(const struct record *record)
{
    uint32_t of_messages = 1u << RECORD_SEND | 1u << RECORD_RECV | 1u << RECORD_DROP;
    return of_messages >> record->kind & 1 && !word(record, 8);
}

static inline bool is_slow(const struct record *record)
{
    uint32_t of_lines =
        1u << RECORD_FAULT | 1u << RECORD_SET | 1u << RECORD_EXPECT | 1u << RECORD_VIOLATION;
    return text_is_large(&record->id) || text_is_large(&record->value) ||
           of_lines >> record->kind & 1;
}

/* The hash stays in memory between two steps: kept in registers, it costs more for those that must
 * be saved. */
void hash_add(struct hash *hash, const struct record *record)
{
    if (is_head(record)) {
        add_head(hash, record, record->number);
    } else if (is_slow(record)) {
        add_slowly(hash, record);
    } else {
        bool asks = record->kind == RECORD_REQUEST;
        add_head(hash, record, asks ? 0 : record->number);
        add_rest(hash, record, asks ? 0 : record->worker);
    }
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
