/* Values that many statements share: numbers, durations, distributions, and `until`. */
#include "scenario/parser.h"

#include "scenario/profile.h"
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
    "want 5ms, 1ms..5ms, exp 5ms [min 1ms], lognormal 8ms 0.5 [min 2ms] or from FILE";

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

/* ---- from FILE ------------------------------------------------------------------------------- */

/* The file's name as written, NUL-ended in `name`; and how to open it in `path`: relative to the
 * scenario, or, on the command line, to the working directory. Both are of the plan. */
static enum error find_profile(struct parser *p, const char *what, const char **name,
                               const char **path)
{
    char bytes[PROFILE_PATH_MAX];
    struct word word = next_word(p);
    size_t size = word.size;
    if (word_quoted(word))
        size = word_unquote(word, bytes, sizeof bytes);
    else if (size <= sizeof bytes)
        memcpy(bytes, word.text, size);
    if (size == 0)
        return fail_at(p, word, "%s: want a file, as in: from profile.txt", what);
    if (size > sizeof bytes)
        return fail_at(p, word, "%s: the name of a file has %u bytes at most here", what,
                       PROFILE_PATH_MAX);
    if (memchr(bytes, '"', size) || memchr(bytes, '\\', size))
        return fail_at(p, word, "%s: the name of a file has no quotes and no '\\' here", what);
    const char *file = p->source.option ? "" : p->diagnostics.file;
    const char *slash = strrchr(file, '/');
    size_t folder = slash && bytes[0] != '/' ? (size_t)(slash + 1 - file) : 0;
    char *whole = arena_take(p->plan->arena, folder + size + 3);
    *name = arena_copy(p->plan->arena, bytes, size);
    if (!whole || !*name)
        return ERROR_MEMORY;
    bool standard = folder == 0 && strcmp(*name, "-") == 0; /* a file of that name */
    snprintf(whole, folder + size + 3, "%.*s%s%s", (int)folder, file, standard ? "./" : "", *name);
    *path = whole;
    return OK;
}

/* The durations of a file are read once. */
static enum error add_profile(struct parser *p, const char *what, struct word word,
                              const char *name, const char *path)
{
    struct failure failure = {.error = OK};
    if (p->diagnostics.count >= PARSE_ERRORS_MAX) /* reads nothing for errors that nobody sees */
        return fail_at(p, word, "%s: not read", what);
    if (p->profiles_count == PARSE_PROFILES_MAX)
        return fail_at(p, word, "%s: a scenario reads %u files at most", what, PARSE_PROFILES_MAX);
    struct empirical *durations = arena_take(p->plan->arena, sizeof *durations);
    if (!durations)
        return ERROR_MEMORY;
    enum error error = profile_read(durations, p->plan->arena, path, &failure);
    if (error == ERROR_MEMORY)
        return error;
    if (error)
        return fail_at(p, word, "%s: %s", what, failure.text);
    durations->file = name;
    p->profiles[p->profiles_count++] = (struct profile){path, durations};
    return OK;
}

static enum error parse_profile(struct parser *p, const char *what,
                                struct distribution *distribution)
{
    const char *name = NULL, *path = NULL;
    struct word word = peek_word(p);
    enum error error = find_profile(p, what, &name, &path);
    if (error)
        return error;
    must(name && path);
    size_t i = 0;
    while (i < p->profiles_count && strcmp(p->profiles[i].path, path) != 0)
        i++;
    if (i == p->profiles_count && (error = add_profile(p, what, word, name, path)))
        return error;
    const struct empirical *durations = p->profiles[i].durations;
    *distribution = (struct distribution){.kind = DISTRIBUTION_EMPIRICAL,
                                          .least_ns = durations->sorted_ns[0],
                                          .most_ns = durations->sorted_ns[durations->count - 1],
                                          .empirical = durations};
    return OK;
}

/* ---------------------------------------------------------------------------------------------- */

enum error parse_distribution(struct parser *p, const char *what, struct distribution *distribution)
{
    static const char *const words[] = {"exp", "lognormal", "from", NULL};
    *distribution = distribution_constant(0);
    if (accept_word(p, "exp") || accept_word(p, "lognormal")) {
        distribution->kind = word_is(p->words.list[p->at - 1], "exp") ? DISTRIBUTION_EXPONENTIAL
                                                                      : DISTRIBUTION_LOGNORMAL;
        return parse_skewed(p, what, distribution);
    }
    if (accept_word(p, "from"))
        return parse_profile(p, what, distribution);
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
    if (p->end_known)
        return OK;
    return fail_at(p, peek_word(p),
                   "%s: want 'until TIME', or an 'end' setting: else the run never "
                   "ends",
                   what);
}
