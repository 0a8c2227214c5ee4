/* Fewer words in a line, and smaller and rounder numbers in them; rounder times between lines. */
#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/string_builder.h"
#include "scenario/value.h"
#include "search/shrink_internal.h"
#include "search/words.h"

#include <inttypes.h>

/* What can take the place of a number at the most. */
#define CANDIDATES_MOST 24u

struct candidates {
    int64_t instead_of;
    int64_t unit;
    int64_t values[CANDIDATES_MOST]; /* the best first */
    size_t count;
};

/* How many digits a person reads: 1.734 has four, 1500 has two. */
static uint32_t digits_of(int64_t value)
{
    uint32_t digits = 0;
    while (value && value % 10 == 0)
        value /= 10;
    for (; value; value /= 10)
        digits++;
    return digits;
}

/* What is not in whole units, of 1 or of a millisecond, is read as so many digits more. */
#define FRACTION_DIGITS 6u

static uint32_t digits_in(int64_t value, int64_t unit)
{
    return digits_of(value) + (value % unit ? FRACTION_DIGITS : 0);
}

/* Fewer digits are simpler, and of as many digits the smaller number is: so no number becomes
 * simpler for ever. */
static bool is_simpler(int64_t a, int64_t b, int64_t unit)
{
    uint32_t digits = digits_in(a, unit), others = digits_in(b, unit);
    return digits != others ? digits < others : a < b;
}

static void add_candidate(struct candidates *candidates, int64_t value)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->values[i] == value)
            return;
    if (is_simpler(value, candidates->instead_of, candidates->unit) &&
        candidates->count < CANDIDATES_MOST)
        candidates->values[candidates->count++] = value;
}

/* What to try instead of a number of least or more: the least, half of it, and it with one to three
 * digits, cut or rounded up. */
static struct candidates simpler_than(int64_t value, int64_t least, int64_t unit)
{
    struct candidates candidates = {.instead_of = value, .unit = unit};
    int64_t power = 1;
    while (power <= value / 10)
        power *= 10;
    add_candidate(&candidates, least);
    for (int digits = 0; digits < 3 && power; digits++, power /= 10) {
        add_candidate(&candidates, max_i64(value / 2 / power * power, least));
        add_candidate(&candidates, max_i64(value / power * power, least));
        add_candidate(&candidates, (value / power + 1) * power);
    }
    return candidates;
}

/* ---- words --------------------------------------------------------------------------------- */

static bool try_words(struct shrinking *shrinking, size_t index, const struct words *words)
{
    struct script *script = &shrinking->result->script;
    struct script_line line = script->lines[index];
    line.text = words_join(words, script->arena);
    return shrink_try_line(shrinking, index, line);
}

/* Takes one to three words out of the line, from the last ones on. */
static bool fewer_words(struct shrinking *shrinking, size_t index)
{
    bool changed = false;
    struct words words = words_of(shrinking->result->script.lines[index].text);
    for (size_t at = words.count; at-- > 1 && !shrink_is_over(shrinking);) {
        for (size_t some = 1; some <= 3 && at + some <= words.count; some++) {
            struct words fewer = words_without(&words, at, some);
            if (!try_words(shrinking, index, &fewer))
                continue;
            words = words_of(shrinking->result->script.lines[index].text);
            changed = true;
            break;
        }
    }
    return changed;
}

/* Tries another text in place of a word. */
static bool try_word(struct shrinking *shrinking, size_t index, size_t at, const char *text)
{
    struct words words = words_of(shrinking->result->script.lines[index].text);
    words.list[at] = (struct word){text, strlen(text)};
    return try_words(shrinking, index, &words);
}

static bool simpler_number(struct shrinking *shrinking, size_t index, size_t at, uint64_t number)
{
    char text[32];
    struct candidates candidates =
        simpler_than((int64_t)min_u64(number, (uint64_t)TIME_NEVER), 1, 1);
    for (size_t i = 0; i < candidates.count; i++) {
        snprintf(text, sizeof text, "%" PRId64, candidates.values[i]);
        if (try_word(shrinking, index, at, text))
            return true;
    }
    return false;
}

static bool simpler_duration(struct shrinking *shrinking, size_t index, size_t at, int64_t ns)
{
    struct candidates candidates = simpler_than(ns, min_i64(ns, NS_PER_MS), NS_PER_MS);
    for (size_t i = 0; i < candidates.count; i++)
        if (try_word(shrinking, index, at, duration_plain(candidates.values[i]).text))
            return true;
    return false;
}

static bool simpler_rate(struct shrinking *shrinking, size_t index, size_t at, uint64_t per_1000_s)
{
    char text[32];
    struct candidates candidates = simpler_than((int64_t)(per_1000_s / 1000), 1, 1);
    for (size_t i = 0; i < candidates.count; i++) {
        snprintf(text, sizeof text, "%" PRId64 "/s", candidates.values[i]);
        if (try_word(shrinking, index, at, text))
            return true;
    }
    return false;
}

/* One end of a range in place of it; or, of ids, the first few. */
static bool simpler_range(struct shrinking *shrinking, size_t index, size_t at, struct word first,
                          struct word last)
{
    char text[64];
    uint64_t low, high;
    const struct word ends[] = {first, last};
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "%.*s", (int)min_size(ends[i].size, 60), ends[i].text);
        if (try_word(shrinking, index, at, text))
            return true;
    }
    if (value_number(first, &low) || value_number(last, &high) || high > (uint64_t)TIME_NEVER)
        return false;
    struct candidates candidates = simpler_than((int64_t)high, (int64_t)low + 1, 1);
    for (size_t i = 0; i < candidates.count; i++) {
        snprintf(text, sizeof text, "%" PRIu64 "..%" PRId64, low, candidates.values[i]);
        if (try_word(shrinking, index, at, text))
            return true;
    }
    return false;
}

/* Whether some simpler word does in place of this one. */
static bool simpler_word(struct shrinking *shrinking, size_t index, size_t at)
{
    struct words words = words_of(shrinking->result->script.lines[index].text);
    struct word word = words.list[at], first, last;
    uint64_t number;
    uint32_t ppb;
    int64_t ns;
    if (!value_number(word, &number))
        return simpler_number(shrinking, index, at, number);
    if (!value_duration(word, &ns))
        return simpler_duration(shrinking, index, at, ns);
    if (!value_rate(word, &number))
        return simpler_rate(shrinking, index, at, number);
    if (!value_share(word, &ppb)) /* what is sure to happen needs no seed that has it happen */
        return !word_is(word, "100%") && try_word(shrinking, index, at, "100%");
    return value_range(word, &first, &last) && simpler_range(shrinking, index, at, first, last);
}

static bool shrink_line(struct shrinking *shrinking, size_t index)
{
    const struct script *script = &shrinking->result->script;
    struct words words = words_of(script->lines[index].text);
    bool changed = false;
    if (script->lines[index].part == SCRIPT_EXPECTATION || !words.count ||
        word_is(words.list[0], "nodes") || word_is(words.list[0], "expect"))
        return false;
    if (script->lines[index].part == SCRIPT_ACTION)
        changed = fewer_words(shrinking, index);
    for (size_t at = 1; at < words_of(script->lines[index].text).count; at++)
        while (!shrink_is_over(shrinking) && simpler_word(shrinking, index, at))
            changed = true;
    return changed;
}

bool shrink_words(struct shrinking *shrinking)
{
    bool changed = false;
    for (size_t i = 0; i < shrinking->result->script.count && !shrink_is_over(shrinking); i++)
        changed |= shrink_line(shrinking, i);
    return changed;
}

/* ---- times --------------------------------------------------------------------------------- */

/* Tries the time for line `index`, with all later ones moved along, or where they are. */
static bool try_time(struct shrinking *shrinking, struct script_line *room, size_t index,
                     int64_t at_ns, bool all)
{
    const struct script *script = &shrinking->result->script;
    int64_t by_ns = at_ns - script->lines[index].at_ns;
    memcpy(room, script->lines, script->count * sizeof *room);
    for (size_t i = index; i < script->count && room[i].part == SCRIPT_ACTION; i++) {
        room[i].at_ns += by_ns;
        if (!all)
            break;
    }
    bool in_order = index + 1 == script->count || room[index + 1].part != SCRIPT_ACTION ||
                    room[index].at_ns <= room[index + 1].at_ns;
    return in_order && shrink_try(shrinking, room, script->count);
}

/* A time is simpler if it has fewer digits, or comes earlier after the line before it. */
static bool simpler_time(struct shrinking *shrinking, struct script_line *room, size_t index)
{
    const struct script *script = &shrinking->result->script;
    const struct script_line *line = &script->lines[index];
    bool first = index == 0 || line[-1].part != SCRIPT_ACTION;
    int64_t before_ns = first ? 0 : line[-1].at_ns;
    struct candidates candidates = simpler_than(line->at_ns, before_ns, NS_PER_MS);
    for (size_t i = 0; i < candidates.count; i++)
        if (candidates.values[i] >= before_ns &&
            (try_time(shrinking, room, index, candidates.values[i], true) ||
             try_time(shrinking, room, index, candidates.values[i], false)))
            return true;
    return false;
}

bool shrink_times(struct shrinking *shrinking)
{
    struct script *script = &shrinking->result->script;
    struct script_line *room = memory_resize(NULL, (script->count + 1) * sizeof *room);
    bool changed = false;
    if (!room) {
        shrinking->failed = true;
        return false;
    }
    for (size_t i = 0; i < script->count && !shrink_is_over(shrinking); i++)
        while (script->lines[i].part == SCRIPT_ACTION && !shrink_is_over(shrinking) &&
               simpler_time(shrinking, room, i))
            changed = true;
    memory_free(room);
    return changed;
}
