/* The numbers of a run that are compared over many. */
#ifndef SEARCH_NUMBERS_H
#define SEARCH_NUMBERS_H

#include "trace/totals.h"

enum number_unit { UNIT_COUNT, UNIT_SHARE, UNIT_TIME }; /* 1, 10^-9, ns */

/* Which end of a number is the good one. */
enum number_best { BEST_NONE, BEST_LEAST, BEST_MOST };

/* name in the program, name for people, name in JSON and CSV, unit, best */
#define NUMBERS(X)                                                                                 \
    X(REQUESTS, "requests", "requests", UNIT_COUNT, BEST_NONE)                                     \
    X(OK, "ok", "ok_share", UNIT_SHARE, BEST_MOST)                                                 \
    X(ERRORS, "errors", "errors", UNIT_COUNT, BEST_LEAST)                                          \
    X(FALLBACKS, "tried again", "fallbacks", UNIT_COUNT, BEST_NONE)                                \
    X(DUPLICATES, "duplicates", "duplicates", UNIT_COUNT, BEST_LEAST)                              \
    X(DUPLICATE_TIME, "duplicate time", "duplicate_ns", UNIT_TIME, BEST_LEAST)                     \
    X(LATENCY_P50, "p50", "latency_p50_ns", UNIT_TIME, BEST_LEAST)                                 \
    X(LATENCY_P99, "p99", "latency_p99_ns", UNIT_TIME, BEST_LEAST)                                 \
    X(LATENCY_MAX, "slowest", "latency_max_ns", UNIT_TIME, BEST_LEAST)                             \
    X(LOADS, "loads", "loads", UNIT_COUNT, BEST_LEAST)                                             \
    X(LOST, "workers lost", "workers_lost", UNIT_COUNT, BEST_LEAST)                                \
    X(MESSAGES, "messages", "messages", UNIT_COUNT, BEST_LEAST)                                    \
    X(DROPPED, "dropped", "dropped", UNIT_COUNT, BEST_NONE)

enum number_id {
#define X(name, text, key, unit, best) NUMBER_##name,
    NUMBERS(X)
#undef X
        NUMBERS_COUNT
};

struct number_row {
    const char *text;
    const char *key;
    enum number_unit unit;
    enum number_best best;
};

extern const struct number_row numbers_table[NUMBERS_COUNT];

/* Whether a run with these totals has the number: a latency only if it is known and something was
 * answered, a share only of something. */
bool number_of(const struct totals *totals, enum number_id number, int64_t *value);

/* By value, to be printed where it is made. */
struct shown_number {
    char text[32];
};

/* `thousandths` of a number's unit, for people: 1101, 12.3, 0.25, 98.723%, 2.5ms. */
struct shown_number shown_number(enum number_unit unit, int64_t thousandths);

#endif
