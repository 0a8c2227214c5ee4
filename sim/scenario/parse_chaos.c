/* chaos KIND [VALUE] RATE for A..B [until T] [may miss] */
#include "scenario/parser.h"

#include "base/memory.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum action_kind kind;
    const char *value; /* where the line gives none; NULL: it takes none */
} kinds[] = {{"crash", ACTION_CRASH, NULL},
             {"freeze", ACTION_FREEZE, NULL},
             {"cut", ACTION_CUT, NULL},
             {"partition", ACTION_PARTITION, NULL},
             {"latency", ACTION_LATENCY, "20ms..200ms"},
             {"loss", ACTION_LOSS, "30%"}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The next word as a kind: its place in the table. */
static enum error parse_kind(struct parser *p, uint32_t *kind)
{
    const char *names[KINDS + 1] = {NULL};
    struct word word = next_word(p);
    for (*kind = 0; *kind < KINDS; (*kind)++) {
        if (word_is(word, kinds[*kind].name))
            return OK;
        names[*kind] = kinds[*kind].name;
    }
    return fail_choice(p, "chaos", word, names);
}

static bool rate_is_next(const struct parser *p)
{
    uint64_t per_1000_s;
    return !value_rate(peek_word(p), &per_1000_s);
}

static const char *words_between(struct parser *p, size_t from, size_t to)
{
    const char *first = p->words.list[from].text;
    const struct word *last = &p->words.list[to - 1];
    return arena_copy(p->plan->arena, first, (size_t)(last->text + last->size - first));
}

/* The value of each change that LATENCY or LOSS makes, if the line gives one. */
static enum error parse_value(struct parser *p, struct action *action, const char *by_default)
{
    struct distribution usual = {
        .kind = DISTRIBUTION_UNIFORM, .least_ns = 20 * NS_PER_MS, .most_ns = 200 * NS_PER_MS};
    enum error error = OK;
    size_t from = p->at;
    action->as.chaos.value = by_default;
    action->as.chaos.distribution = usual;
    action->as.chaos.ppb = 300000000;
    if (!more_words(p) || rate_is_next(p))
        return OK;
    if (action->as.chaos.kind == ACTION_LATENCY) {
        error = parse_distribution(p, "chaos latency", &action->as.chaos.distribution);
    } else {
        struct word word = next_word(p);
        const char *why = value_share(word, &action->as.chaos.ppb);
        error = why ? fail_value(p, "chaos loss", word, why) : OK;
    }
    if (!error && !(action->as.chaos.value = words_between(p, from, p->at)))
        return ERROR_MEMORY;
    return error;
}

/* for A..B, or for A, which is always so long. */
static enum error parse_spans(struct parser *p, struct action *action)
{
    if (!accept_word(p, "for"))
        return fail_at(p, peek_word(p), "chaos: want 'for', such as 'for 1s..3s'");
    struct word word = next_word(p), first = word, last = word;
    value_range(word, &first, &last);
    const char *why = value_duration(first, &action->as.chaos.for_least_ns);
    if (!why)
        why = value_duration(last, &action->as.chaos.for_most_ns);
    if (!why && action->as.chaos.for_least_ns == 0)
        why = "want a duration above zero, such as 1s..3s";
    if (!why && action->as.chaos.for_least_ns > action->as.chaos.for_most_ns)
        why = "the first end is above the second one";
    return why ? fail_value(p, "for", word, why) : OK;
}

enum error fill_chaos(struct parser *p, const struct statement *statement, struct action *action)
{
    uint32_t kind = 0;
    struct word name = peek_word(p);
    enum error error = parse_kind(p, &kind);
    if (error)
        return error;
    action->as.chaos.kind = kinds[kind].kind;
    bool of_links = kind >= 2;
    if (of_links && p->nodes < 2)
        return fail_at(p, name, "chaos %s: there is one node, and no link", kinds[kind].name);
    if (kinds[kind].value)
        error = parse_value(p, action, kinds[kind].value);
    if (error)
        return error;
    struct word rate = next_word(p);
    const char *why = value_rate(rate, &action->as.chaos.per_1000_s);
    error = why ? fail_value(p, statement->name, rate, why) : parse_spans(p, action);
    if (!error)
        error = accept_word(p, "until")
                    ? parse_until(p, &action->as.chaos.until_ns)
                    : parse_no_until(p, statement->name, &action->as.chaos.until_ns);
    return error ? error : parse_may_miss(p, action);
}
