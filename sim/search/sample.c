#include "search/sample.h"

#include "base/number.h"

void sample_add(struct sample *sample, int64_t value, uint64_t seed)
{
    struct sample one = {.count = 1,
                         .sum = value,
                         .squares = (unsigned __int128)((__int128)value * value),
                         .least = value,
                         .most = value,
                         .most_seed = seed};
    sample_merge(sample, &one);
}

void sample_merge(struct sample *sample, const struct sample *from)
{
    if (!from->count)
        return;
    if (!sample->count) {
        *sample = *from;
        return;
    }
    if (from->most > sample->most)
        sample->most_seed = from->most_seed;
    else if (from->most == sample->most)
        sample->most_seed = min_u64(sample->most_seed, from->most_seed);
    sample->count += from->count;
    sample->sum += from->sum;
    sample->squares += from->squares;
    sample->least = min_i64(sample->least, from->least);
    sample->most = max_i64(sample->most, from->most);
}

bool sample_is_possible(const struct sample *sample)
{
    const int64_t value_most = 1000000 * NS_PER_S;
    const unsigned __int128 sum_most = (unsigned __int128)10000000 * (uint64_t)value_most;
    unsigned __int128 count = sample->count;
    if (sample->least < -value_most || sample->most > value_most || sample->least > sample->most)
        return false;
    unsigned __int128 most = (uint64_t)max_i64(-sample->least, sample->most);
    most = sample->count ? most : 0;
    if (count * most > sum_most || (count * most) * most > sum_most * (uint64_t)value_most)
        return false;
    return sample->sum <= (__int128)(count * most) && -sample->sum <= (__int128)(count * most) &&
           sample->squares <= count * most * most;
}

/* `a` / `b` rounded to the nearest, the half away from zero; b > 0. */
static __int128 divide(__int128 a, __int128 b)
{
    return a < 0 ? -((-a + b / 2) / b) : (a + b / 2) / b;
}

int64_t sample_mean(const struct sample *sample, int64_t scale)
{
    return sample->count ? (int64_t)divide(sample->sum * scale, sample->count) : 0;
}

/* The squared distances of all values from their mean, summed: from the sums alone, without the
 * loss that squares of a mean in floating point have. With q the mean rounded down and r what that
 * leaves of the sum, it is (squares - 2 q sum + n q^2) - r^2 / n. */
static unsigned __int128 squared_distances(const struct sample *sample)
{
    __int128 n = sample->count, q = sample->sum / n, r = sample->sum - q * n;
    __int128 around_q = (__int128)sample->squares - 2 * q * sample->sum + n * q * q;
    return (unsigned __int128)(around_q - r * r / n);
}

static uint64_t square_root(unsigned __int128 value)
{
    unsigned __int128 root = 0;
    for (unsigned __int128 bit = (unsigned __int128)1 << 63; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= value)
            root |= bit;
    return (uint64_t)root;
}

/* The 97.5 % point of Student's t, in thousandths, for so many degrees of freedom; between rows of
 * the table the one of fewer degrees, which is wider. */
static int64_t student_milli(uint64_t degrees)
{
    static const uint16_t points[] = {0,    12706, 4303, 3182, 2776, 2571, 2447, 2365,
                                      2306, 2262,  2228, 2201, 2179, 2160, 2145, 2131,
                                      2120, 2110,  2101, 2093, 2086, 2080, 2074, 2069,
                                      2064, 2060,  2056, 2052, 2048, 2045, 2042};
    if (degrees < sizeof points / sizeof *points)
        return points[degrees];
    return degrees < 40     ? 2042
           : degrees < 60   ? 2021
           : degrees < 120  ? 2000
           : degrees < 1000 ? 1980
                            : 1962;
}

int64_t sample_interval(const struct sample *sample, int64_t scale)
{
    uint64_t n = sample->count;
    if (n < 2)
        return 0;
    unsigned __int128 distances = squared_distances(sample);
    unsigned __int128 pairs = (unsigned __int128)n * (n - 1);
    /* As many bits as there is room for go below the point before the root is taken. */
    uint32_t bits = 0;
    while (bits < 40 && distances >> 124 == 0) {
        distances <<= 2;
        bits += 2;
    }
    unsigned __int128 root = square_root(distances / pairs);
    __int128 scaled = (__int128)root * student_milli(n - 1) * scale;
    __int128 whole = (__int128)1000 << bits / 2;
    return (int64_t)((scaled + whole - 1) / whole);
}
