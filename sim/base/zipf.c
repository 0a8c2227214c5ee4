/* Draws by the cumulative weights: a guide table by the first bits of the draw gives the few items
 * among which to search. (Chen and Asau, "On generating random variates from an empirical
 * distribution", AIIE Transactions 6, 1974.) */
#include "base/zipf.h"

#include "base/distribution.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/search.h"

#define COUNT_MAX 10000000u
#define S_MAX     10000000u

/* Of all weights together: 64 with some to spare, for each weight is a little off. */
#define TOTAL_BITS 62u

/* From this item on the weights of so many neighbours are taken to lie on a straight line, which
 * makes them s * (s + 1) * 2^-19 too high at most, and ten million of them a matter of
 * milliseconds. */
#define STRAIGHT_FROM 16384u
#define STRAIGHT      64u

struct zipf {
    uint64_t *sums;  /* of the weights of items 0..k */
    uint32_t *guide; /* the item for the least bits of each cell; one more for the end */
    uint32_t count;
    uint32_t guide_bits;
};

/* The weight of item number - 1, which is number^-s = 2^-(s * log2(number)), in 2^-scale. `s` is in
 * 2^-32. */
static uint64_t weight(uint64_t number, uint64_t s, unsigned scale)
{
    uint64_t log2 = (UINT64_C(64) << 32) - distribution_minus_log2(number - 1);
    uint64_t exponent = (uint64_t)((unsigned __int128)log2 * s >> 32);
    uint64_t fraction = -exponent & 0xffffffff;
    uint64_t whole = (exponent + fraction) >> 32;
    unsigned down = 62 - scale;
    return whole + down > 63 ? UINT64_C(0)
                             : distribution_exp2((uint32_t)fraction) >> (whole + down);
}

/* How many bits the sum of all weights takes before the binary point, at most: the items of
 * 2^j..2^(j+1)-1 weigh no more than 2^j of the first of them. */
static unsigned bits_of_sum(uint64_t count, uint64_t s)
{
    enum { SCALE = 32 };
    uint64_t sum = 0;
    for (uint64_t first = 1; first <= count; first *= 2)
        sum += first * (weight(first, s, SCALE) + 1);
    unsigned bits = 0;
    while (sum >> SCALE >> bits)
        bits++;
    return bits;
}

static bool is_below(const void *sums, size_t place, uint64_t at)
{
    return ((const uint64_t *)sums)[place] < at;
}

static uint32_t search(const struct zipf *zipf, uint64_t at, uint32_t low, uint32_t high)
{
    return (uint32_t)search_first(zipf->sums, low, high, at + 1, is_below);
}

static uint64_t total(const struct zipf *zipf)
{
    return zipf->sums[zipf->count - 1];
}

/* The sums, for weights in 2^-scale. */
static void add_up(struct zipf *zipf, uint64_t s, unsigned scale)
{
    uint64_t sum = 0;
    uint32_t k = 0;
    for (; k < zipf->count && k < STRAIGHT_FROM; k++) {
        sum += weight((uint64_t)k + 1, s, scale);
        zipf->sums[k] = sum;
    }
    uint64_t first = weight((uint64_t)k + 1, s, scale);
    while (k < zipf->count) {
        uint64_t next = weight((uint64_t)k + 1 + STRAIGHT, s, scale);
        for (uint32_t i = 0; i < STRAIGHT && k < zipf->count; i++, k++) {
            sum += first - (first - next) * i / STRAIGHT;
            zipf->sums[k] = sum;
        }
        first = next;
    }
}

static void fill(struct zipf *zipf, uint32_t s_ppm)
{
    uint64_t s = ((uint64_t)s_ppm << 32) / 1000000;
    add_up(zipf, s, TOTAL_BITS - bits_of_sum(zipf->count, s));
    uint32_t cells = UINT32_C(1) << zipf->guide_bits, item = 0;
    for (uint32_t cell = 0; cell < cells; cell++) {
        uint64_t least = zipf->guide_bits ? (uint64_t)cell << (64 - zipf->guide_bits) : 0;
        uint64_t at = random_below(least, total(zipf));
        while (zipf->sums[item] <= at)
            item++;
        zipf->guide[cell] = item;
    }
    zipf->guide[cells] = search(zipf, total(zipf) - 1, item, zipf->count - 1);
}

struct zipf *zipf_new(uint64_t count, uint32_t s_ppm)
{
    must(count >= 1 && count <= COUNT_MAX && s_ppm <= S_MAX);
    struct zipf *zipf = memory_zeroed(sizeof *zipf);
    if (!zipf)
        return NULL;
    zipf->count = (uint32_t)count;
    while (UINT64_C(2) << zipf->guide_bits <= count)
        zipf->guide_bits++;
    size_t cells = (size_t)1 << zipf->guide_bits;
    zipf->sums = memory_resize(NULL, count * sizeof *zipf->sums);
    zipf->guide = memory_resize(NULL, (cells + 1) * sizeof *zipf->guide);
    if (!zipf->sums || !zipf->guide) {
        zipf_delete(zipf);
        return NULL;
    }
    fill(zipf, s_ppm);
    return zipf;
}

void zipf_delete(struct zipf *zipf)
{
    if (!zipf)
        return;
    memory_free(zipf->sums);
    memory_free(zipf->guide);
    memory_free(zipf);
}

uint64_t zipf_draw(const struct zipf *zipf, uint64_t bits)
{
    uint32_t cell = zipf->guide_bits ? (uint32_t)(bits >> (64 - zipf->guide_bits)) : 0;
    return search(zipf, random_below(bits, total(zipf)), zipf->guide[cell], zipf->guide[cell + 1]);
}
