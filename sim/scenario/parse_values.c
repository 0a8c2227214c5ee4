/* Values that many statements share: numbers, durations, distributions, and `until`. */
#include "scenario/parser.h"

#include "scenario/suggest.h"

#include <stdio.h>

enum error parse_number(struct parser *p, const char *what, uint64_t least, uint64_t most,
                        uint64_t *number)
{
    struct word word = next_word(p);
    const char *why = value_number(word, number);
    if (!why && *number >= least && *number <= most)
        return OK;
    char range[80];
    if (most == UINT64_MAX)
        snprintf(range, sizeof range, "want a whole number of %llu..2^64-1",
                 (unsigned long long)least);
    else
        snprintf(range, sizeof range, "want a whole number of %llu..%llu",
                 (unsigned long long)least, (unsigned long long)most);
    return fail_value(p, what, word, range);
}

enum error parse_duration(struct parser *p, const char *what, int64_t *ns)
{
    struct word word = next_word(p);
    const char *why = value_duration(word, ns);
    return why ? fail_value(p, what, word, why) : OK;
}

enum error parse_span(struct parser *p, const char *what, int64_t *ns)
{
    struct word word = peek_word(p);
    enum error error = parse_duration(p, what, ns);
    if (error || *ns > 0)
        return error;
    return fail_value(p, what, word, "want a duration above zero, such as 5s");
}

static const char distribution_forms[] =
    "want 5ms, 1ms..5ms, exp 5ms [min 1ms] or lognormal 8ms 0.5 [min 2ms]";

static enum error parse_skewed(struct parser *p, const char *what,
                               struct distribution *distribution)
{
    enum error error = parse_span(p, what, &distribution->scale_ns);
    if (!error && distribution->kind == DISTRIBUTION_LOGNORMAL) {
        struct word word = next_word(p);
        const char *why = value_exponent(word, &distribution->sigma_ppm);
        if (why)
            return fail_value(p, what, word, why);
    }
    if (!error && accept_word(p, "min"))
        error = parse_duration(p, what, &distribution->least_ns);
    return error;
}

static enum error parse_uniform(struct parser *p, const char *what, struct word word,
                                struct word first, struct word last,
                                struct distribution *distribution)
{
    const char *why = value_duration(first, &distribution->least_ns);
    if (why)
        return fail_value(p, what, first, why);
    why = value_duration(last, &distribution->most_ns);
    if (why)
        return fail_value(p, what, last, why);
    if (distribution->least_ns > distribution->most_ns)
        return fail_value(p, what, word, "the first end is above the second one");
    distribution->kind = DISTRIBUTION_UNIFORM;
    return OK;
}

enum error parse_distribution(struct parser *p, const char *what, struct distribution *distribution)
{
    static const char *const words[] = {"exp", "lognormal", NULL};
    *distribution = distribution_constant(0);
    if (accept_word(p, "exp") || accept_word(p, "lognormal")) {
        distribution->kind = word_is(p->words.list[p->at - 1], "exp") ? DISTRIBUTION_EXPONENTIAL
                                                                      : DISTRIBUTION_LOGNORMAL;
        return parse_skewed(p, what, distribution);
    }
    struct word word = next_word(p), first, last;
    if (value_range(word, &first, &last))
        return parse_uniform(p, what, word, first, last, distribution);
    bool number =
        word.size && ((word.text[0] >= '0' && word.text[0] <= '9') || word.text[0] == '-');
    if (!number && suggest(word.text, word.size, words))
        return fail_at(p, word, "%s '%s': %s%s", what, shown(word).text, distribution_forms,
                       hint(p, word, words).text);
    if (!number)
        return fail_value(p, what, word, distribution_forms);
    int64_t ns;
    const char *why = value_duration(word, &ns);
    if (why)
        return fail_value(p, what, word, why);
    *distribution = distribution_constant(ns);
    return OK;
}

enum error parse_until(struct parser *p, int64_t *until_ns)
{
    struct word word = peek_word(p);
    enum error error = parse_duration(p, "until", until_ns);
    if (error || *until_ns > p->cursor_ns)
        return error;
    return fail_value(p, "until", word, "want a time after the one at which this begins");
}

enum error parse_no_until(struct parser *p, const char *what, int64_t *until_ns)
{
    *until_ns = TIME_NEVER;
    if (p->plan->settings.end_ns != TIME_NEVER)
        return OK;
    return fail_at(p, peek_word(p),
                   "%s: want 'until TIME', or an 'end' setting: else the run never "
                   "ends",
                   what);
}
