/* Words as values: numbers, durations, shares, rates. Decimals are converted exactly, in integers.
 *
 * Each function returns NULL and sets the value; or returns why the word is no such value, in words
 * that can follow "ttl '5': ". */
#ifndef SCENARIO_VALUE_H
#define SCENARIO_VALUE_H

#include "scenario/lexer.h"

#define DURATION_MAX_NS (INT64_C(1000000000) * NS_PER_S)

/* A whole number of 0..2^64-1. */
const char *value_number(struct word word, uint64_t *number);

/* 250us, 1.5s: of 0..10^9 seconds, in nanoseconds. Units ns, us, ms, s, m, h. */
const char *value_duration(struct word word, int64_t *ns);

/* 512M, 8G: above zero and up to 2^60 bytes. K, M, G and T are 2^10, 2^20, 2^30 and 2^40. */
const char *value_bytes(struct word word, uint64_t *bytes);

/* 0.5%: of 0%..100%, in 10^-9. */
const char *value_share(struct word word, uint32_t *ppb);

/* 200/s: above zero and up to 10^9/s, as events in 1000 s. */
const char *value_rate(struct word word, uint64_t *per_1000_s);

/* 1.1: of 0..10, in 10^-6. */
const char *value_exponent(struct word word, uint32_t *ppm);

/* +200ppm, -0ppm: of -500000..500000. */
const char *value_clock_rate(struct word word, int32_t *ppm);

/* Likewise 0ppm..100000ppm, without a sign. */
const char *value_drift(struct word word, uint32_t *ppm);

/* +15ms, -1s. */
const char *value_offset(struct word word, int64_t *ns);

/* Whether the word has "..", and what stands on either side of the first one. */
bool value_range(struct word word, struct word *first, struct word *last);

/* Whether the word is decimal digits only, however many. */
bool value_is_digits(struct word word);

#endif
