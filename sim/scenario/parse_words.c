/* Words, diagnostics, and the phrases that many statements share. */
#include "scenario/parser.h"

#include <stdio.h>

bool more_words(const struct parser *p)
{
    return p->at < p->words.count;
}

struct word peek_word(const struct parser *p)
{
    if (more_words(p))
        return p->words.list[p->at];
    const struct source_line *line = &p->source.line;
    const char *end = line->text;
    if (p->words.count)
        end = p->words.list[p->words.count - 1].text + p->words.list[p->words.count - 1].size;
    /* One blank after the last word, where the line has one. */
    if (end < line->text + line->size)
        end++;
    return (struct word){end, 0};
}

struct word next_word(struct parser *p)
{
    struct word word = peek_word(p);
    if (more_words(p))
        p->at++;
    return word;
}

bool accept_word(struct parser *p, const char *text)
{
    bool is = more_words(p) && word_is(peek_word(p), text);
    p->at += is;
    return is;
}

enum error fail_at(struct parser *p, struct word at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics_add(&p->diagnostics, &p->source, at.text, format, arguments);
    va_end(arguments);
    return p->diagnostics.no_memory ? ERROR_MEMORY : ERROR_TEXT;
}

enum error fail_value(struct parser *p, const char *what, struct word at, const char *why)
{
    if (at.size == 0)
        return fail_at(p, at, "%s: %s", what, why);
    return fail_at(p, at, "%s '%s': %s", what, shown(at).text, why);
}

struct hint hint(const struct parser *p, struct word word, const char *const *words)
{
    struct hint result = {{0}};
    bool told = p->diagnostics.count < PARSE_ERRORS_MAX;
    const char *meant = told ? suggest(word.text, word.size, words) : NULL;
    if (meant)
        snprintf(result.text, sizeof result.text, "; did you mean '%s'?", meant);
    return result;
}

enum error fail_choice(struct parser *p, const char *what, struct word at, const char *const *words)
{
    char list[128] = "";
    size_t size = 0;
    for (size_t i = 0; words[i]; i++)
        size += (size_t)snprintf(list + size, sizeof list - size, "%s%s",
                                 i == 0         ? ""
                                 : words[i + 1] ? ", "
                                                : " or ",
                                 words[i]);
    must(size < sizeof list);
    if (at.size == 0)
        return fail_at(p, at, "%s: want %s", what, list);
    return fail_at(p, at, "%s '%s': want %s%s", what, shown(at).text, list,
                   hint(p, at, words).text);
}

enum error end_of_line(struct parser *p, const char *form, const char *const *keywords)
{
    if (!more_words(p))
        return OK;
    struct word word = next_word(p);
    const char *meant = suggest(word.text, word.size, keywords);
    if (meant)
        return fail_at(p, word, "'%s' makes no sense here; did you mean '%s'?", shown(word).text,
                       meant);
    return fail_at(p, word, "'%s' makes no sense here; the form is: %s", shown(word).text, form);
}

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

enum error no_until(struct parser *p, const char *what, int64_t *until_ns)
{
    *until_ns = TIME_NEVER;
    if (p->plan->settings.end_ns != TIME_NEVER)
        return OK;
    return fail_at(p, peek_word(p),
                   "%s: want 'until TIME', or an 'end' setting: else the run never "
                   "ends",
                   what);
}
