/* Ids by name, ranges of them, and distributions by which they are drawn. */
#include "scenario/parser.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "node/id.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- words that are no ids ------------------------------------------------------------------- */

bool is_node_name(struct word word)
{
    return word.size > 1 && word.text[0] == 'n' &&
           value_is_digits((struct word){word.text + 1, word.size - 1});
}

/* What has a meaning besides the names of settings and statements. */
static const char *const keywords[] = {
    "from",     "as",    "on",      "id",      "ids",    "until", "within",     "for",    "may",
    "miss",     "zipf",  "think",   "backoff", "any",    "all",   "each",       "others", "owner",
    "ok",       "fails", "not",     "no",      "worker", "exp",   "lognormal",  "min",    "jitter",
    "silently", "pause", "workers", "->",      "<->",    "|",     "=",          "!=",     "<",
    "<=",       ">",     ">=",      "members", "nth",    "to",    "one-worker", NULL};

bool is_language_word(struct word word)
{
    if (word.size == 0 || (word.text[0] >= '0' && word.text[0] <= '9'))
        return false;
    for (size_t i = 0; keywords[i]; i++)
        if (word_is(word, keywords[i]))
            return true;
    return is_node_name(word) || find_setting(word) || find_statement(word);
}

/* ---- one id ---------------------------------------------------------------------------------- */

static enum error fail_id(struct parser *p, const char *what, struct word word)
{
    if (word.size > ID_SIZE_MAX)
        return fail_at(p, word, "%s '%s': an id has 1..%u bytes", what, shown(word).text,
                       ID_SIZE_MAX);
    return fail_value(p, what, word, "want an id, such as 7");
}

static enum error fail_language_word(struct parser *p, const char *what, struct word word)
{
    return fail_at(p, word, "%s: '%s' is %s; as an id it is written \"%s\"", what, shown(word).text,
                   is_node_name(word) ? "a node's name" : "a word of the language",
                   shown(word).text);
}

/* A text for the plan: what doesn't fit into it lies in the arena. */
static enum error plan_text(struct parser *p, const char *bytes, size_t size, struct text *text)
{
    const char *kept = bytes;
    if (size > TEXT_SMALL_MAX) {
        kept = arena_copy(p->plan->arena, bytes, size);
        if (!kept)
            return ERROR_MEMORY;
    }
    *text = text_borrow(kept, size);
    return OK;
}

static enum error add_id(struct parser *p, struct word word, const struct text *id)
{
    if (p->ids_count == PARSE_IDS_A_LINE_MAX)
        return fail_at(p, word, "a line can name %u ids at most", PARSE_IDS_A_LINE_MAX);
    if (p->ids_in_all++ == PARSE_IDS_MAX) {
        p->stopped = true;
        return fail_at(p, word, "a scenario can name %u ids at most", PARSE_IDS_MAX);
    }
    if (memory_reserve((void **)&p->ids, &p->ids_capacity, p->ids_count + 1, sizeof *p->ids))
        return ERROR_MEMORY;
    p->ids[p->ids_count++] = *id;
    return OK;
}

/* A..B of whole numbers. `*is` says whether the word is meant as one; an id may have ".." in it. */
static enum error read_range(struct parser *p, struct word word, bool *is, uint64_t *first,
                             uint64_t *last)
{
    struct word from, to;
    *is = value_range(word, &from, &to) && (value_is_digits(from) || value_is_digits(to));
    if (!*is)
        return OK;
    if (value_number(from, first) || value_number(to, last) ||
        (from.size > 1 && from.text[0] == '0') || (to.size > 1 && to.text[0] == '0'))
        return fail_at(p, word,
                       "'%s': a range is of whole numbers of 0..2^64-1 without leading zeros, such "
                       "as 1..100",
                       shown(word).text);
    if (*first > *last)
        return fail_at(p, word, "'%s': the first end is above the second one", shown(word).text);
    return OK;
}

static enum error add_range(struct parser *p, struct word word, uint64_t first, uint64_t last)
{
    if (last - first >= PARSE_IDS_A_LINE_MAX)
        return fail_at(p, word, "a line can name %u ids at most", PARSE_IDS_A_LINE_MAX);
    for (uint64_t number = first;; number++) {
        char digits[NUMBER_DIGITS];
        size_t at = number_digits(digits, number);
        struct text id;
        enum error error = plan_text(p, digits + at, NUMBER_DIGITS - at, &id);
        if (!error)
            error = add_id(p, word, &id);
        if (error || number == last)
            return error;
    }
}

/* The id that a part of a word stands for, as a text of the plan. */
static enum error read_id(struct parser *p, const char *what, struct word part, struct text *id)
{
    char bytes[ID_SIZE_MAX];
    if (!word_quoted(part)) {
        if (is_language_word(part))
            return fail_language_word(p, what, part);
        return id_valid(part.text, part.size) ? plan_text(p, part.text, part.size, id)
                                              : fail_id(p, what, part);
    }
    size_t size = word_unquote(part, bytes, sizeof bytes);
    if (size > sizeof bytes || !id_valid(bytes, size))
        return fail_id(p, what, part);
    return plan_text(p, bytes, size, id);
}

static enum error add_one(struct parser *p, struct word whole, struct word one)
{
    bool range = false;
    uint64_t first = 0, last = 0;
    struct text id;
    if (one.size == 0)
        return fail_at(p, whole, "'%s': a list is written without blanks, such as 1,2",
                       shown(whole).text);
    enum error error = word_quoted(one) ? OK : read_range(p, one, &range, &first, &last);
    if (error)
        return error;
    if (range)
        return add_range(p, one, first, last);
    error = read_id(p, "id", one, &id);
    return error ? error : add_id(p, one, &id);
}

enum error add_ids(struct parser *p, struct word word)
{
    struct word part;
    if (word.size == 0)
        return fail_id(p, "id", word);
    for (struct word list = word; word_next_part(&list, &part);) {
        enum error error = add_one(p, word, part);
        if (error)
            return error;
    }
    return OK;
}

enum error keep_ids(struct parser *p, struct text **ids, uint32_t *count)
{
    size_t size = p->ids_count * sizeof **ids;
    *ids = arena_take(p->plan->arena, size);
    if (!*ids)
        return ERROR_MEMORY;
    memcpy(*ids, p->ids, size);
    *count = (uint32_t)p->ids_count;
    p->ids_count = 0;
    return OK;
}

enum error parse_id_range(struct parser *p, struct id_range *ids)
{
    struct word word = next_word(p), list = word, part;
    bool range = false;
    uint64_t first = 0, last = 0;
    word_next_part(&list, &part);
    bool alone = !list.text && !word_quoted(word);
    enum error error = alone ? read_range(p, word, &range, &first, &last) : OK;
    if (error)
        return error;
    if (range) { /* not one by one: it may have any number of ids */
        if (last - first == UINT64_MAX)
            return fail_at(p, word, "'%s': at most 2^64-1 ids", shown(word).text);
        ids->first = first;
        ids->count = last - first + 1;
        return OK;
    }
    uint32_t count;
    p->ids_count = 0;
    error = add_ids(p, word);
    if (!error)
        error = keep_ids(p, &ids->texts, &count);
    if (!error)
        ids->count = count;
    return error;
}

static int by_bytes(const void *a, const void *b)
{
    return plan_compare_texts(a, b);
}

enum error parse_id_set(struct parser *p, struct id_set *set)
{
    struct id_range ids = {.texts = NULL};
    enum error error = parse_id_range(p, &ids);
    if (error)
        return error;
    *set = (struct id_set){.first = ids.first, .count = ids.count, .texts = ids.texts};
    if (set->texts)
        qsort(set->texts, set->count, sizeof *set->texts, by_bytes);
    return OK;
}

enum error parse_id(struct parser *p, const char *what, struct text *id)
{
    struct word list = next_word(p), part;
    word_next_part(&list, &part);
    if (list.text)
        return fail_at(p, part, "%s: want one id; an id with a comma is written \"a,b\"", what);
    return read_id(p, what, part, id);
}

static uint64_t distribution_hash(uint64_t count, uint32_t s_ppm)
{
    return random_mix(random_mix(count) ^ s_ppm);
}

static bool is_zipf(const void *zipfs, uint32_t slot, const void *key)
{
    const struct plan_zipf *zipf = (const struct plan_zipf *)zipfs + slot, *wanted = key;
    return zipf->count == wanted->count && zipf->s_ppm == wanted->s_ppm;
}

/* The place in plan.zipfs of this distribution, or HASH_MAP_NONE. */
static uint32_t find_zipf(const struct parser *p, uint64_t count, uint32_t s_ppm)
{
    struct plan_zipf key = {.count = count, .s_ppm = s_ppm};
    return hash_map_find(&p->zipfs_map, distribution_hash(count, s_ppm), is_zipf, p->plan->zipfs,
                         &key);
}

static enum error note_zipf(struct parser *p, uint64_t count, uint32_t s_ppm)
{
    struct plan *plan = p->plan;
    if (memory_reserve((void **)&plan->zipfs, &p->zipfs_capacity, plan->zipfs_count + 1,
                       sizeof *plan->zipfs) ||
        hash_map_add(&p->zipfs_map, distribution_hash(count, s_ppm), (uint32_t)plan->zipfs_count))
        return ERROR_MEMORY;
    plan->zipfs[plan->zipfs_count++] = (struct plan_zipf){.count = count, .s_ppm = s_ppm};
    return OK;
}

enum error parse_zipf(struct parser *p, struct id_range *ids)
{
    struct word word = next_word(p);
    const char *why = value_exponent(word, &ids->zipf_ppm);
    return why ? fail_value(p, "zipf", word, why) : OK;
}

enum error check_zipf(struct parser *p, const struct id_range *ids, struct word at)
{
    if (ids->zipf_ppm == 0 || find_zipf(p, ids->count, ids->zipf_ppm) != HASH_MAP_NONE)
        return OK;
    if (ids->count > PARSE_ZIPF_MAX - p->zipf_ids)
        return fail_at(
            p, at, "zipf: the distributions of a scenario can have %u ids at most, all together",
            PARSE_ZIPF_MAX);
    p->zipf_ids += ids->count;
    return note_zipf(p, ids->count, ids->zipf_ppm);
}

enum error build_zipfs(struct parser *p)
{
    struct plan *plan = p->plan;
    for (size_t i = 0; i < plan->zipfs_count; i++) {
        struct plan_zipf *zipf = &plan->zipfs[i];
        zipf->zipf = zipf_new(zipf->count, zipf->s_ppm);
        if (!zipf->zipf)
            return ERROR_MEMORY;
    }
    for (size_t i = 0; i < plan->actions_count; i++) {
        struct action *action = &plan->actions[i];
        bool load = action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS;
        if (!load || action->as.load.ids.zipf_ppm == 0)
            continue;
        struct id_range *ids = &action->as.load.ids;
        ids->zipf = plan->zipfs[find_zipf(p, ids->count, ids->zipf_ppm)].zipf;
    }
    return OK;
}
