#include "trace/quantiles.h"

#include "base/memory.h"
#include "base/number.h"

#include <string.h>

#define DIGITS_MOST (1u << 11)
#define FEW         8192u /* values, of which shorter digits take less time: see digit_bits */
#define BLOCK       512u  /* values read at once */

void quantiles_close(struct quantiles *quantiles)
{
    if (quantiles->file)
        fclose(quantiles->file);
    memory_free(quantiles->values);
    *quantiles = (struct quantiles){0};
}

/* Without a file, values stay in memory. */
static void spill(struct quantiles *quantiles)
{
    if (!quantiles->file)
        quantiles->file = tmpfile();
    if (!quantiles->file)
        return;
    long end = (long)(quantiles->spilled * sizeof *quantiles->values);
    if (fseek(quantiles->file, end, SEEK_SET) ||
        fwrite(quantiles->values, sizeof *quantiles->values, quantiles->count, quantiles->file) !=
            quantiles->count)
        return;
    quantiles->spilled += quantiles->count;
    quantiles->count = 0;
}

void quantiles_add(struct quantiles *quantiles, int64_t value)
{
    value = max_i64(value, 0);
    if (quantiles->count && quantiles->count % QUANTILES_ROOM == 0)
        spill(quantiles);
    if (memory_reserve((void **)&quantiles->values, &quantiles->capacity, quantiles->count + 1,
                       sizeof *quantiles->values)) {
        quantiles->failed = true;
        return;
    }
    quantiles->values[quantiles->count++] = value;
    quantiles->most = max_i64(quantiles->most, value);
}

uint64_t quantiles_count(const struct quantiles *quantiles)
{
    uint64_t count = 0;
    for (; quantiles; quantiles = quantiles->next)
        count += quantiles->spilled + quantiles->count;
    return count;
}

/* ---- finding ------------------------------------------------------------------------------- */

/* One pass: of the values whose bits above the digit are those of `prefix`, how many have which. */
struct pass {
    uint64_t counts[DIGITS_MOST];
    uint64_t prefix;
    uint32_t bits;  /* of a digit */
    uint32_t shift; /* of this one */
};

static void count_values(struct pass *pass, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t digits = (uint64_t)values[i] >> pass->shift;
        if (digits >> pass->bits == pass->prefix)
            pass->counts[digits & ((1u << pass->bits) - 1)]++;
    }
}

static enum error count_file(struct pass *pass, const struct quantiles *quantiles)
{
    int64_t block[BLOCK];
    if (!quantiles->spilled)
        return OK;
    rewind(quantiles->file);
    for (uint64_t left = quantiles->spilled; left;) {
        size_t wanted = min_size(left, BLOCK);
        if (fread(block, sizeof *block, wanted, quantiles->file) != wanted)
            return ERROR_IO;
        count_values(pass, block, wanted);
        left -= wanted;
    }
    return OK;
}

static enum error count_all(struct pass *pass, const struct quantiles *quantiles)
{
    memset(pass->counts, 0, sizeof *pass->counts << pass->bits);
    for (; quantiles; quantiles = quantiles->next) {
        if (count_file(pass, quantiles))
            return ERROR_IO;
        count_values(pass, quantiles->values, quantiles->count);
    }
    return OK;
}

/* The digit in which the value of this rank, 1 or more, lies; *rank is the one among those with
 * this digit then. */
static uint64_t take_digit(const struct pass *pass, uint64_t *rank)
{
    uint64_t digit = 0;
    while (*rank > pass->counts[digit])
        *rank -= pass->counts[digit++];
    return digit;
}

/* Of the value of each rank the next digit is added to those that are known. Ranks rise, so that
 * those with the same digits so far follow each other, and are counted for together. */
static enum error take_digits(struct pass *pass, const struct quantiles *quantiles, uint64_t *ranks,
                              int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t known = (uint64_t)values[i];
        if (i == 0 || pass->prefix != known) {
            pass->prefix = known;
            if (count_all(pass, quantiles))
                return ERROR_IO;
        }
        values[i] = (int64_t)(known << pass->bits | take_digit(pass, &ranks[i]));
    }
    return OK;
}

static int64_t greatest(const struct quantiles *quantiles)
{
    int64_t most = 0;
    for (; quantiles; quantiles = quantiles->next)
        most = max_i64(most, quantiles->most);
    return most;
}

/* A pass looks at all values and at all counts of a digit. */
static uint32_t digit_bits(uint64_t count)
{
    return count < FEW ? 8 : 11;
}

static uint32_t first_shift(const struct quantiles *quantiles, uint32_t bits)
{
    uint64_t most = (uint64_t)greatest(quantiles);
    uint32_t shift = 0;
    while (most >> shift >> bits)
        shift += bits;
    return shift;
}

static bool any_failed(const struct quantiles *quantiles)
{
    while (quantiles && !quantiles->failed)
        quantiles = quantiles->next;
    return quantiles != NULL;
}

uint64_t quantile_rank(uint64_t count, uint32_t ppm)
{
    uint64_t rank = (uint64_t)(((unsigned __int128)count * ppm + 999999) / 1000000);
    return clamp_u64(rank, 1, count);
}

enum error quantiles_find(const struct quantiles *quantiles, uint32_t ppm, int64_t *value)
{
    return quantiles_find_all(quantiles, &ppm, value, 1);
}

enum error quantiles_find_all(const struct quantiles *quantiles, const uint32_t *ppm,
                              int64_t *values, size_t count)
{
    uint64_t ranks[QUANTILES_AT_ONCE], all = quantiles_count(quantiles);
    must(count <= QUANTILES_AT_ONCE);
    for (size_t i = 0; i < count; i++)
        ranks[i] = quantile_rank(all, ppm[i]);
    return quantiles_at(quantiles, ranks, values, count);
}

/* The greatest value is known. */
static size_t take_greatest(const struct quantiles *quantiles, uint64_t all, const uint64_t *ranks,
                            int64_t *values, size_t count)
{
    while (count && ranks[count - 1] == all)
        values[--count] = greatest(quantiles);
    return count;
}

enum error quantiles_at(const struct quantiles *quantiles, const uint64_t *ranks, int64_t *values,
                        size_t count)
{
    uint64_t left[QUANTILES_AT_ONCE], all = quantiles_count(quantiles);
    struct pass pass;
    must(count <= QUANTILES_AT_ONCE);
    memset(values, 0, count * sizeof *values);
    if (any_failed(quantiles))
        return ERROR_MEMORY;
    if (!all)
        return OK;
    for (size_t i = 0; i < count; i++)
        left[i] = clamp_u64(ranks[i], 1, all);
    size_t searched = take_greatest(quantiles, all, left, values, count);
    pass.bits = digit_bits(all);
    for (pass.shift = first_shift(quantiles, pass.bits); searched; pass.shift -= pass.bits) {
        if (take_digits(&pass, quantiles, left, values, searched)) {
            memset(values, 0, count * sizeof *values);
            return ERROR_IO;
        }
        if (!pass.shift)
            break;
    }
    return OK;
}
