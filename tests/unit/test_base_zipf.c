/* Zipf draws against their theory. */
#include "base/random.h"
#include "base/zipf.h"

#include "support/suite.h"

/* How many of `draws` draws are of each of the first `kept` items. */
static void count(uint64_t items, uint32_t s_ppm, uint64_t draws, uint32_t *counts, uint64_t kept)
{
    struct zipf *zipf = zipf_new(items, s_ppm);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
    for (uint64_t i = 0; i < kept; i++)
        counts[i] = 0;
    for (uint64_t i = 0; i < draws; i++) {
        uint64_t item = zipf_draw(zipf, random_draw(11, i));
        CU_ASSERT_FATAL(item < items);
        if (item < kept)
            counts[item]++;
    }
    zipf_delete(zipf);
}

static bool near(double got, double wanted, double share)
{
    return got >= wanted * (1 - share) && got <= wanted * (1 + share);
}

/* 1 / (1 + 1/2 + … + 1/100000) */
#define SHARE_OF_FIRST 0.08271199

static void the_hottest_of_a_hundred_thousand_has_a_twelfth(void)
{
    uint32_t counts[3];
    count(100000, 1000000, 1000000, counts, 3);
    CU_ASSERT_TRUE(near(counts[0], 83000, 0.01));
    CU_ASSERT_TRUE(near(counts[0], 1e6 * SHARE_OF_FIRST, 0.01));
    CU_ASSERT_TRUE(near(counts[1], 1e6 * SHARE_OF_FIRST / 2, 0.02));
    CU_ASSERT_TRUE(near(counts[2], 1e6 * SHARE_OF_FIRST / 3, 0.02));
}

static void each_item_has_its_weight(void)
{
    static const struct {
        uint32_t s_ppm;
        double shares[10]; /* k^-s, over the sum of all ten */
    } distributions[] = {
        {0,
         {0.10000000, 0.10000000, 0.10000000, 0.10000000, 0.10000000, 0.10000000, 0.10000000,
          0.10000000, 0.10000000, 0.10000000}},
        {500000,
         {0.19916360, 0.14082993, 0.11498716, 0.09958180, 0.08906867, 0.08130820, 0.07527676,
          0.07041496, 0.06638787, 0.06298106}},
        {1100000,
         {0.37311272, 0.17406324, 0.11143117, 0.08120337, 0.06352915, 0.05198448, 0.04387652,
          0.03788271, 0.03327923, 0.02963740}},
        {3000000,
         {0.83505076, 0.10438135, 0.03092781, 0.01304767, 0.00668041, 0.00386598, 0.00243455,
          0.00163096, 0.00114547, 0.00083505}},
    };
    for (int i = 0; i < 4; i++) {
        uint32_t counts[10];
        count(10, distributions[i].s_ppm, 200000, counts, 10);
        for (int k = 0; k < 10; k++) {
            double wanted = 200000 * distributions[i].shares[k], off = counts[k] - wanted;
            CU_ASSERT_TRUE(off * off <= 25 * wanted); /* five deviations */
        }
    }
}

static void the_many_rare_ones_have_their_share_together(void)
{
    struct zipf *zipf = zipf_new(1000000, 1000000);
    uint32_t among = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
    for (uint64_t i = 0; i < 300000; i++) {
        uint64_t item = zipf_draw(zipf, random_draw(5, i));
        among += item >= 100000 && item < 200000;
    }
    /* 1/100001 + … + 1/200000, over the sum of all */
    CU_ASSERT_TRUE(near(among, 300000 * 0.04815937, 0.03));
    zipf_delete(zipf);
}

static void both_ends_of_the_bits_are_the_ends_of_the_items(void)
{
    static const uint64_t items[] = {1, 2, 3, 1000, 65536, 100000};
    for (int i = 0; i < 6; i++) {
        struct zipf *zipf = zipf_new(items[i], 1000000);
        CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
        CU_ASSERT_EQUAL(zipf_draw(zipf, 0), 0);
        CU_ASSERT_EQUAL(zipf_draw(zipf, UINT64_MAX), items[i] - 1);
        zipf_delete(zipf);
    }
}

static void draws_rise_with_the_bits(void)
{
    struct zipf *zipf = zipf_new(5000, 1100000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t low = random_mix(i), high = low | random_mix(~i) >> (i % 64);
        CU_ASSERT_FATAL(zipf_draw(zipf, low) <= zipf_draw(zipf, high));
    }
    zipf_delete(zipf);
}

static void steep_laws_over_many_items_stay_within_them(void)
{
    struct zipf *zipf = zipf_new(1000000, 10000000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
    CU_ASSERT_EQUAL(zipf_draw(zipf, 0), 0);
    CU_ASSERT_EQUAL(zipf_draw(zipf, UINT64_MAX / 2), 0);
    uint64_t rarest = zipf_draw(zipf, UINT64_MAX);
    CU_ASSERT_TRUE(rarest > 30 && rarest < 100); /* 2^-62 is the weight of item 74 */
    zipf_delete(zipf);
}

static void draws_are_these_for_ever(void)
{
    static const uint64_t golden[8] = {4, 22, 0, 2, 39, 473, 1, 12};
    struct zipf *zipf = zipf_new(10000, 1100000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zipf);
    for (uint64_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(zipf_draw(zipf, random_draw(42, i)), golden[i]);
    zipf_delete(zipf);
}

SUITE(base_zipf, TEST(the_hottest_of_a_hundred_thousand_has_a_twelfth),
      TEST(each_item_has_its_weight), TEST(the_many_rare_ones_have_their_share_together),
      TEST(both_ends_of_the_bits_are_the_ends_of_the_items), TEST(draws_rise_with_the_bits),
      TEST(steep_laws_over_many_items_stay_within_them), TEST(draws_are_these_for_ever));
