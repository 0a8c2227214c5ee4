/* Durations as text. Integers only: what is exact is exact, what is rounded is the same everywhere.
 *
 *     ns              exact       plain       short     rounded
 *     0               0ns         0ms         0ns       0 ns
 *     1500000         1.5ms       1.5ms       1.5ms     1.5 ms
 *     6000000         6ms         6ms         6.0ms     6 ms
 *     1234567000      1.234567s   1.234567s   1.2s      1.23 s
 *     150000000000    2m30s       150s        2m30s     2 m 30 s
 *
 * Reading durations is the scenario language's (scenario/value.h), which reads `plain` and no
 * minutes with seconds. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/base.h"

/* By value, to be printed where it is made: printf("%s", duration_exact(ns).text). */
struct duration_text {
    char text[48];
};

/* For people, every nanosecond of it; from a minute on in minutes and seconds, be they none: "1m"
 * by itself is read as a thousandth. */
struct duration_text duration_exact(int64_t ns);

/* As a scenario has it, every nanosecond of it, in one unit. */
struct duration_text duration_plain(int64_t ns);

/* For people: tenths of its unit, the half away from zero, no more than three digits before the
 * point; whole seconds from a minute on. */
struct duration_text duration_short(int64_t ns);

/* For pictures: the first three digits, cut, without zeros at the end; a blank before the unit.
 * From 100 s on in minutes and seconds. */
struct duration_text duration_rounded(int64_t ns);

#endif
