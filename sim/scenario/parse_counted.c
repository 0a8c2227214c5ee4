/* What is counted over a run, or a part of it, and compared with something. */
#include "scenario/parser.h"

#define COUNTED_TOTAL(name, text)            {text, TOTAL_##name},
#define COUNTED_OUTCOME(name, text, replied) {text, TOTAL_OUTCOME + OUTCOME_##name},
#define COUNTED_FAILURES                                                                           \
    OUTCOMES(COUNTED_OUTCOME)                                                                      \
    {                                                                                              \
        NULL, 0                                                                                    \
    } /* and "ok": see is_counted */

const struct counted counted_numbers[] = {TOTALS(COUNTED_TOTAL) COUNTED_FAILURES};
const struct counted counted_happenings[] = {{"duplicate", TOTAL_DUPLICATES},
                                             {"fallback", TOTAL_FALLBACKS},
                                             {"dropped", TOTAL_DROPPED},
                                             {"lost", TOTAL_LOST},
                                             COUNTED_FAILURES};
const struct counted counted_failures[] = {COUNTED_FAILURES};

/* Being answered is among the outcomes, but it is no failure. */
bool is_counted(const struct counted *entry)
{
    return entry->total != TOTAL_OUTCOME + OUTCOME_VALUE;
}

const struct counted *find_counted(const struct counted *table, struct word word)
{
    for (; table->name; table++)
        if (is_counted(table) && word_is(word, table->name))
            return table;
    return NULL;
}

size_t counted_names(const struct counted *table, const char **names, size_t count)
{
    for (; table->name; table++)
        if (is_counted(table))
            names[count++] = table->name;
    must(count < COUNTED_MAX);
    names[count] = NULL;
    return count;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static const char *const comparisons[] = {
#define X(name, text) [COMPARE_##name] = (text),
    COMPARISONS(X)
#undef X
};

/* Takes a comparison if one is next. */
static bool accept_compare(struct parser *p, enum compare *compare)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (accept_word(p, comparisons[i])) {
            *compare = (enum compare)i;
            return true;
        }
    return false;
}

/* A comparison, or `usual` where there is none. */
static enum error parse_compare(struct parser *p, enum compare usual, enum compare *compare)
{
    struct word word = peek_word(p);
    *compare = usual;
    if (accept_compare(p, compare) || word.size == 0 || !strchr("<>=!", word.text[0]))
        return OK;
    return fail_at(p, word, "'%s': want <, <=, =, >= or > with blanks round it", shown(word).text);
}

/* A comparison, which must stand there. */
static enum error need_compare(struct parser *p, const char *what, enum compare *compare)
{
    struct word word = peek_word(p);
    return accept_compare(p, compare)
               ? OK
               : fail_value(p, what, word, "want <, <=, =, >= or > with blanks round it");
}

/* ---- of a part of the run -------------------------------------------------------------------- */

/* from A [to B] */
static enum error parse_time_span(struct parser *p, struct expectation_part *part)
{
    struct word from = peek_word(p);
    enum error error = parse_duration(p, "from", &part->from_ns);
    part->of_span = true;
    if (!error && accept_word(p, "to")) {
        struct word to = peek_word(p);
        error = parse_duration(p, "to", &part->to_ns);
        if (!error && part->to_ns <= part->from_ns)
            return fail_value(p, "to", to, "want a time after the one at which the span begins");
    }
    return error ? error : check_end(p, from, part->from_ns);
}

enum error parse_part(struct parser *p, unsigned allowed, struct expectation_part *part)
{
    static const struct {
        const char *word;
        unsigned flag;
    } parts[] = {{"on", PART_NODE}, {"id", PART_ID}, {"from", PART_SPAN}};
    unsigned has = 0;
    for (;;) {
        struct word word = peek_word(p);
        size_t i = 0;
        while (i < 3 && !word_is(word, parts[i].word))
            i++;
        if (i == 3 || !(parts[i].flag & allowed))
            return OK;
        if (has & parts[i].flag)
            return fail_at(p, word, "'%s' stands here twice", shown(word).text);
        has |= parts[i].flag;
        next_word(p);
        enum error error;
        if (parts[i].flag == PART_NODE) {
            error = parse_node(p, "on", &part->node);
        } else if (parts[i].flag == PART_ID) {
            part->of_id = true;
            error = parse_id(p, "id", &part->id);
        } else {
            error = parse_time_span(p, part);
        }
        if (error)
            return error;
    }
}

static enum error parse_any_part(struct parser *p, struct expectation *e)
{
    return parse_part(p, PART_NODE | PART_ID | PART_SPAN, &e->of);
}

/* ---- of the whole run ------------------------------------------------------------------------ */

enum error parse_total(struct parser *p, struct expectation *e, struct word word)
{
    const struct counted *entry = find_counted(counted_numbers, word);
    e->kind = EXPECT_TOTAL;
    e->total = entry->total;
    enum error error = parse_compare(p, COMPARE_EQUAL, &e->compare);
    if (!error)
        error = parse_number(p, entry->name, 0, UINT64_MAX, &e->count);
    return error ? error : parse_any_part(p, e);
}

/* expect ok 99%, expect ok >= 10 */
enum error parse_ok(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    struct word compare = peek_word(p);
    bool compared = accept_compare(p, &e->compare);
    struct word value = peek_word(p);
    if (!compared && compare.size && strchr("<>=!", compare.text[0]))
        return parse_compare(p, COMPARE_EQUAL, &e->compare);
    if (value.size && value_is_digits(value)) {
        e->kind = EXPECT_TOTAL;
        e->total = TOTAL_OK;
        e->compare = compared ? e->compare : COMPARE_EQUAL;
        enum error error = parse_number(p, "ok", 0, UINT64_MAX, &e->count);
        return error ? error : parse_any_part(p, e);
    }
    e->kind = EXPECT_OK_SHARE;
    e->compare = compared ? e->compare : COMPARE_AT_LEAST;
    const char *why = value_share(next_word(p), &e->share_ppb);
    return why ? fail_value(p, "ok", value, why) : parse_any_part(p, e);
}

enum error parse_latency(struct parser *p, struct expectation *e, struct word word)
{
    static const struct {
        const char *word;
        uint32_t ppm;
    } percentiles[] = {
        {"p50", 500000}, {"p90", 900000}, {"p99", 990000}, {"p99.9", 999000}, {"max", 1000000}};
    (void)word;
    e->kind = EXPECT_LATENCY;
    struct word which = next_word(p);
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        if (word_is(which, percentiles[i].word))
            e->percentile_ppm = percentiles[i].ppm;
    if (!e->percentile_ppm)
        return fail_value(p, "latency", which, "want p50, p90, p99, p99.9 or max");
    enum error error = need_compare(p, "latency", &e->compare);
    if (!error)
        error = parse_duration(p, "latency", &e->bound_ns);
    return error ? error : parse_any_part(p, e);
}

enum error parse_duplicate_time(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    e->kind = EXPECT_DUPLICATE_TIME;
    enum error error = need_compare(p, "duplicate-time", &e->compare);
    if (!error)
        error = parse_duration(p, "duplicate-time", &e->bound_ns);
    return error ? error : parse_any_part(p, e);
}
