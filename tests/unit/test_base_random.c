#include "base/random.h"

#include "support/suite.h"

/* The first outputs of splitmix64 from state 0, as its authors publish it: its state after n steps
 * is n times the golden gamma. */
static void the_mix_is_that_of_splitmix64(void)
{
    const uint64_t gamma = UINT64_C(0x9e3779b97f4a7c15);
    CU_ASSERT_EQUAL(random_mix(0), UINT64_C(0xe220a8397b1dcdaf));
    CU_ASSERT_EQUAL(random_mix(gamma), UINT64_C(0x6e789e6aa1b965f4));
    CU_ASSERT_EQUAL(random_mix(2 * gamma), UINT64_C(0x06c45d188009454f));
}

/* Written down once: a change of any of these changes every run of every scenario. */
static void keys_and_draws_are_the_same_on_every_machine(void)
{
    uint64_t key = random_key(7, PURPOSE_LATENCY, UINT64_C(2) << 32 | 1);
    CU_ASSERT_EQUAL(random_key(1, PURPOSE_VALUE, 0), UINT64_C(0xb18a02f46d8d86c3));
    CU_ASSERT_EQUAL(key, UINT64_C(0xe8ccf55654b50654));
    CU_ASSERT_EQUAL(random_draw(key, 0), UINT64_C(0xd4787cbf6a867bf2));
    CU_ASSERT_EQUAL(random_draw(key, 1), UINT64_C(0x1a6f7a2396f2edd1));
    CU_ASSERT_EQUAL(random_draw(key, 1000000), UINT64_C(0x1121113d6f8b2cc9));
}

static void below_covers_its_range_from_end_to_end(void)
{
    CU_ASSERT_EQUAL(random_below(0, 10), 0);
    CU_ASSERT_EQUAL(random_below(UINT64_MAX, 10), 9);
    CU_ASSERT_EQUAL(random_below(UINT64_MAX, 1), 0);
    CU_ASSERT_EQUAL(random_below(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
    CU_ASSERT_EQUAL(random_below(UINT64_C(1) << 63, 10), 5);
    CU_ASSERT_EQUAL(random_below((UINT64_C(1) << 63) - 1, 10), 4);
}

static void a_chance_of_0_never_comes_and_one_of_1_always(void)
{
    CU_ASSERT_FALSE(random_chance(0, 0));
    CU_ASSERT_TRUE(random_chance(0, 1));
    CU_ASSERT_TRUE(random_chance(UINT64_MAX, 1000000000));
    CU_ASSERT_FALSE(random_chance(UINT64_MAX, 999999999));
}

/* How far `draws` draws scatter over 64 cells: chi-square with 63 degrees of freedom. */
static double scatter(uint64_t (*draw)(uint64_t number))
{
    enum { CELLS = 64, DRAWS = 64000 };
    uint32_t cells[CELLS] = {0};
    for (uint64_t number = 0; number < DRAWS; number++)
        cells[random_below(draw(number), CELLS)]++;
    double sum = 0, mean = (double)DRAWS / CELLS;
    for (int i = 0; i < CELLS; i++)
        sum += ((double)cells[i] - mean) * ((double)cells[i] - mean) / mean;
    return sum;
}

static uint64_t by_counter(uint64_t number)
{
    return random_draw(random_key(1, PURPOSE_LOSS, 5), number);
}

static uint64_t by_subject(uint64_t number)
{
    return random_draw(random_key(1, PURPOSE_LOSS, number), 0);
}

static uint64_t by_seed(uint64_t number)
{
    return random_draw(random_key(number, PURPOSE_LOSS, 5), 0);
}

static uint64_t by_link(uint64_t number)
{
    return random_draw(random_key(1, PURPOSE_LATENCY, number << 32 | (number + 1)), 0);
}

static uint64_t low_bits(uint64_t number)
{
    return by_counter(number) << 32;
}

/* Of a true uniform, 29 and 115 are passed by fewer than one in ten thousand, on either side. */
static void draws_are_even_whichever_part_of_their_key_counts_up(void)
{
    uint64_t (*const streams[])(uint64_t) = {by_counter, by_subject, by_seed, by_link, low_bits};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        double sum = scatter(streams[i]);
        CU_ASSERT_TRUE(sum > 29 && sum < 115);
    }
}

/* Bits that agree between two streams: half of them, if the streams have nothing to do with each
 * other. */
static uint32_t agreeing(uint64_t a, uint64_t b)
{
    uint32_t bits = 0;
    for (uint64_t counter = 0; counter < 1000; counter++)
        bits +=
            (uint32_t)__builtin_popcountll(~(random_draw(a, counter) ^ random_draw(b, counter)));
    return bits;
}

static void streams_that_differ_in_one_part_of_their_key_have_nothing_in_common(void)
{
    uint64_t key = random_key(1, PURPOSE_VALUE, 0);
    const uint64_t others[] = {random_key(2, PURPOSE_VALUE, 0), random_key(1, PURPOSE_LOAD, 0),
                               random_key(1, PURPOSE_VALUE, 1),
                               random_key(1, PURPOSE_VALUE, UINT64_C(1) << 32)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint32_t bits = agreeing(key, others[i]);
        CU_ASSERT_TRUE(bits > 31500 && bits < 32500);
    }
    CU_ASSERT_EQUAL(agreeing(key, key), 64000);
}

SUITE(base_random, TEST(the_mix_is_that_of_splitmix64),
      TEST(keys_and_draws_are_the_same_on_every_machine),
      TEST(below_covers_its_range_from_end_to_end),
      TEST(a_chance_of_0_never_comes_and_one_of_1_always),
      TEST(draws_are_even_whichever_part_of_their_key_counts_up),
      TEST(streams_that_differ_in_one_part_of_their_key_have_nothing_in_common));
