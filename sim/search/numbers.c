#include "search/numbers.h"

#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>

const struct number_row numbers_table[NUMBERS_COUNT] = {
#define X(name, text, key, unit, best) [NUMBER_##name] = {text, key, unit, best},
    NUMBERS(X)
#undef X
};

static uint64_t errors_of(const struct totals *totals)
{
    uint64_t errors = 0;
    for (uint32_t i = OUTCOME_VALUE + 1; i < OUTCOMES_COUNT; i++)
        errors += totals->outcomes[i];
    return errors;
}

static int64_t ok_ppb(const struct totals *totals)
{
    unsigned __int128 ok = (unsigned __int128)totals->outcomes[OUTCOME_VALUE] * 1000000000u;
    return (int64_t)(ok / totals->requests);
}

bool number_of(const struct totals *totals, enum number_id number, int64_t *value)
{
    const int64_t values[NUMBERS_COUNT] = {
        [NUMBER_REQUESTS] = (int64_t)totals->requests,
        [NUMBER_OK] = totals->requests ? ok_ppb(totals) : 0,
        [NUMBER_ERRORS] = (int64_t)errors_of(totals),
        [NUMBER_FALLBACKS] = (int64_t)totals->fallbacks,
        [NUMBER_DUPLICATES] = (int64_t)totals->duplicates,
        [NUMBER_DUPLICATE_TIME] = totals->duplicate_ns,
        [NUMBER_LATENCY_P50] = totals->latency_p50_ns,
        [NUMBER_LATENCY_P99] = totals->latency_p99_ns,
        [NUMBER_LATENCY_MAX] = totals->latency_max_ns,
        [NUMBER_LOADS] = (int64_t)totals->loads,
        [NUMBER_LOST] = (int64_t)totals->workers_lost,
        [NUMBER_MESSAGES] = (int64_t)totals->messages,
        [NUMBER_DROPPED] = (int64_t)totals->dropped,
    };
    bool answered = totals->outcomes[OUTCOME_VALUE] && totals->latency_known;
    bool of_answers = number == NUMBER_LATENCY_P50 || number == NUMBER_LATENCY_P99 ||
                      number == NUMBER_LATENCY_MAX;
    *value = values[number];
    return number == NUMBER_OK ? totals->requests > 0 : !of_answers || answered;
}

/* Without zeros at the end. */
static void print_thousandths(char text[32], int64_t thousandths)
{
    const char *sign = thousandths < 0 ? "-" : "";
    uint64_t size = (uint64_t)(thousandths < 0 ? -thousandths : thousandths);
    int length =
        snprintf(text, 32, "%s%" PRIu64 ".%03u", sign, size / 1000, (unsigned)(size % 1000));
    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[--length] = '\0';
}

/* To three digits, or to a whole number. */
static int64_t rounded(int64_t thousandths)
{
    int64_t size = thousandths < 0 ? -thousandths : thousandths;
    int64_t drop = size >= 100000 ? 1000 : size >= 10000 ? 100 : size >= 1000 ? 10 : 1;
    size = (size + drop / 2) / drop * drop;
    return thousandths < 0 ? -size : size;
}

struct shown_number shown_number(enum number_unit unit, int64_t thousandths)
{
    struct shown_number number;
    char digits[32];
    switch (unit) {
    case UNIT_COUNT:
        print_thousandths(number.text, rounded(thousandths));
        break;
    case UNIT_SHARE: /* of 10^-9, in per cent; cut, since 99.9999 % is not all */
        print_thousandths(digits, thousandths / 10000000);
        snprintf(number.text, sizeof number.text, "%.30s%%", digits);
        break;
    case UNIT_TIME:
        snprintf(number.text, sizeof number.text, "%.31s",
                 duration_short((thousandths + 500) / 1000).text);
        break;
    }
    return number;
}
