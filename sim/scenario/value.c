#include "scenario/value.h"

typedef unsigned __int128 u128;

enum scan { SCAN_OK, SCAN_NO_NUMBER, SCAN_TOO_LARGE, SCAN_TOO_FINE };

/* Decimals that count: 10^18 times an hour in nanoseconds still has room in 128 bits. */
#define FRACTION_DIGITS 18u

static bool digit(const struct word *word, size_t at)
{
    return at < word->size && word->text[at] >= '0' && word->text[at] <= '9';
}

bool value_is_digits(struct word word)
{
    for (size_t i = 0; i < word.size; i++)
        if (!digit(&word, i))
            return false;
    return word.size > 0;
}

/* Reads digits, or digits '.' digits, at the start of the word, and moves it past them. `*value` is
 * the number times `scale`, if that is whole and at most `most`. */
static enum scan scan_decimal(struct word *word, uint64_t scale, uint64_t most, uint64_t *value)
{
    size_t at = 0;
    u128 whole = 0, fraction = 0, weight = 1;
    bool large = false, fine = false;
    *value = 0;
    for (; digit(word, at); at++) {
        whole = whole * 10 + (unsigned)(word->text[at] - '0');
        large = large || whole * scale > most;
        whole = large ? 0 : whole;
    }
    if (at == 0)
        return SCAN_NO_NUMBER;
    if (at < word->size && word->text[at] == '.' && digit(word, at + 1)) {
        size_t start = ++at;
        for (; digit(word, at); at++) {
            if (at - start < FRACTION_DIGITS) {
                fraction = fraction * 10 + (unsigned)(word->text[at] - '0');
                weight *= 10;
            } else {
                fine = fine || word->text[at] != '0';
            }
        }
    }
    *word = (struct word){word->text + at, word->size - at};
    u128 parts = fraction * scale;
    u128 sum = whole * scale + parts / weight;
    *value = (uint64_t)sum;
    if (large || sum > most || (sum == most && parts % weight))
        return SCAN_TOO_LARGE;
    return fine || parts % weight ? SCAN_TOO_FINE : SCAN_OK;
}

const char *value_number(struct word word, uint64_t *number)
{
    if (word.size && word.text[0] == '-' && digit(&word, 1))
        return "below zero";
    if (!value_is_digits(word))
        return "want a whole number";
    enum scan scan = scan_decimal(&word, 1, UINT64_MAX, number);
    return scan == SCAN_OK ? NULL : "larger than 2^64-1";
}

static const struct {
    const char *name;
    int64_t ns;
} units[] = {{"ns", 1},       {"us", NS_PER_US},    {"ms", NS_PER_MS},
             {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};

enum { UNITS = sizeof units / sizeof *units };

/* The unit that ends the word: its place among the units, or UNITS. */
static size_t unit_of(struct word word)
{
    while (word.size && (digit(&word, 0) || word.text[0] == '.'))
        word = (struct word){word.text + 1, word.size - 1};
    size_t unit = 0;
    while (unit < UNITS && !word_is(word, units[unit].name))
        unit++;
    return unit;
}

const char *value_duration(struct word word, int64_t *ns)
{
    if (word.size && word.text[0] == '-' && digit(&word, 1))
        return "below zero";
    if (!digit(&word, 0))
        return "want a duration, such as 5s";
    size_t unit = unit_of(word);
    if (unit == UNITS)
        return "want a unit: ns, us, ms, s, m or h, such as 5s";
    uint64_t value;
    enum scan scan =
        scan_decimal(&word, (uint64_t)units[unit].ns, (uint64_t)DURATION_MAX_NS, &value);
    if (!word_is(word, units[unit].name))
        return "want a duration, such as 5s";
    *ns = (int64_t)value;
    return scan == SCAN_OK          ? NULL
           : scan == SCAN_TOO_LARGE ? "longer than 10^9 seconds"
                                    : "finer than a nanosecond";
}

const char *value_bytes(struct word word, uint64_t *bytes)
{
    static const char letters[] = "KMGT";
    static const char form[] = "want an amount of memory, such as 512M or 8G";
    const char *letter = word.size ? strchr(letters, word.text[word.size - 1]) : NULL;
    if (!letter || !*letter)
        return form;
    unsigned shift = 10 * ((unsigned)(letter - letters) + 1);
    enum scan scan = scan_decimal(&word, UINT64_C(1) << shift, UINT64_C(1) << 60, bytes);
    if (scan == SCAN_NO_NUMBER || word.size != 1 || *bytes == 0)
        return form;
    return scan == SCAN_TOO_LARGE ? "more than 2^60 bytes" : NULL; /* parts of a byte are cut off */
}

const char *value_share(struct word word, uint32_t *ppb)
{
    uint64_t value;
    enum scan scan = scan_decimal(&word, 10000000, 1000000000, &value);
    if (scan == SCAN_NO_NUMBER || scan == SCAN_TOO_LARGE || !word_is(word, "%"))
        return "want a share of 0%..100%, such as 0.5%";
    *ppb = (uint32_t)value;
    return scan == SCAN_OK ? NULL : "finer than 0.0000001%";
}

const char *value_rate(struct word word, uint64_t *per_1000_s)
{
    enum scan scan = scan_decimal(&word, 1000, UINT64_C(1000000000000), per_1000_s);
    if (scan == SCAN_NO_NUMBER || !word_is(word, "/s") || (scan == SCAN_OK && *per_1000_s == 0))
        return "want a rate above zero, such as 200/s";
    return scan == SCAN_OK          ? NULL
           : scan == SCAN_TOO_LARGE ? "more than 10^9/s"
                                    : "finer than 0.001/s";
}

const char *value_exponent(struct word word, uint32_t *ppm)
{
    uint64_t value;
    enum scan scan = scan_decimal(&word, 1000000, 10000000, &value);
    if (scan == SCAN_NO_NUMBER || scan == SCAN_TOO_LARGE || word.size)
        return "want a number of 0..10, such as 1.1";
    *ppm = (uint32_t)value;
    return scan == SCAN_OK ? NULL : "finer than 0.000001";
}

/* The word without its sign; whether that is a minus. */
static bool take_sign(struct word *word, bool *negative)
{
    *negative = word->size && word->text[0] == '-';
    if (!word->size || (word->text[0] != '-' && word->text[0] != '+'))
        return false;
    *word = (struct word){word->text + 1, word->size - 1};
    return true;
}

const char *value_clock_rate(struct word word, int32_t *ppm)
{
    bool negative;
    uint64_t value;
    take_sign(&word, &negative);
    enum scan scan = scan_decimal(&word, 1, 500000, &value);
    if (scan != SCAN_OK || !word_is(word, "ppm"))
        return "want a whole rate of -500000ppm..+500000ppm";
    *ppm = negative ? -(int32_t)value : (int32_t)value;
    return NULL;
}

const char *value_drift(struct word word, uint32_t *ppm)
{
    uint64_t value;
    enum scan scan = scan_decimal(&word, 1, 100000, &value);
    if (scan != SCAN_OK || !word_is(word, "ppm"))
        return "want a whole number of 0ppm..100000ppm";
    *ppm = (uint32_t)value;
    return NULL;
}

const char *value_offset(struct word word, int64_t *ns)
{
    bool negative;
    if (!take_sign(&word, &negative) || !digit(&word, 0))
        return "want an offset or a rate, such as +15ms or -200ppm";
    const char *why = value_duration(word, ns);
    if (!why && negative)
        *ns = -*ns;
    return why;
}

bool value_range(struct word word, struct word *first, struct word *last)
{
    for (size_t i = 0; i + 1 < word.size; i++)
        if (word.text[i] == '.' && word.text[i + 1] == '.') {
            *first = (struct word){word.text, i};
            *last = (struct word){word.text + i + 2, word.size - i - 2};
            return true;
        }
    return false;
}
