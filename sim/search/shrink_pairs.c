/* Fewer actions where none can be taken out alone: two that matter only together go at once, two of
 * one kind become one, and what takes nodes out and what brings them back become one that lasts. */
#include "base/arena.h"
#include "base/duration.h"
#include "base/number.h"
#include "base/string_builder.h"
#include "search/shrink_internal.h"
#include "search/words.h"

#include <string.h>

/* Of more lines pairs would be too many to try. */
#define LINES_MOST 24u

/* ---- two in one ---------------------------------------------------------------------------- */

static bool is_node_fault(const struct words *words)
{
    static const char *const verbs[] = {"crash", "restart", "freeze", "thaw", "leave", "join"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && words->count > 1; i++)
        if (word_is(words->list[0], verbs[i]))
            return true;
    return false;
}

static bool same_word(struct word a, struct word b)
{
    return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

/* Whether the words from `at` on are those of the other from `other_at` on. */
static bool same_rest(const struct words *words, size_t at, const struct words *other,
                      size_t other_at)
{
    if (words->count - at != other->count - other_at)
        return false;
    for (size_t i = 0; at + i < words->count; i++)
        if (!same_word(words->list[at + i], other->list[other_at + i]))
            return false;
    return true;
}

static bool list_has(struct word list, uint64_t node)
{
    struct word part;
    while (word_next_part(&list, &part))
        if (word_node(part) == node)
            return true;
    return false;
}

/* The first list, and those nodes of the second that it has not; false: some part is no name. */
static bool add_both(struct string_builder *text, struct word list, struct word more)
{
    struct word part, rest = list;
    while (word_next_part(&rest, &part))
        if (!word_node(part))
            return false;
    string_builder_add_bytes(text, list.text, list.size);
    while (word_next_part(&more, &part)) {
        if (!word_node(part))
            return false;
        if (!list_has(list, word_node(part))) {
            string_builder_add_char(text, ',');
            string_builder_add_bytes(text, part.text, part.size);
        }
    }
    return true;
}

static void add_words(struct string_builder *text, const struct words *words, size_t from,
                      size_t until)
{
    for (size_t i = from; i < until; i++) {
        string_builder_add(text, text->size ? " " : "");
        string_builder_add_bytes(text, words->list[i].text, words->list[i].size);
    }
}

/* The fault, of the other's nodes too. */
static bool merge_faults(struct string_builder *text, const struct words *words,
                         const struct words *other)
{
    add_words(text, words, 0, 1);
    string_builder_add_char(text, ' ');
    bool names = add_both(text, words->list[1], other->list[1]);
    add_words(text, words, 2, words->count);
    return names;
}

/* Where `from` stands and the list behind it; the number of words: there is none. */
static size_t from_of(const struct words *words)
{
    size_t at = request_ids_end(words);
    while (at < words->count && !word_is(words->list[at], "from"))
        at++;
    return at + 1 < words->count ? at : words->count;
}

static struct word list_from(const struct words *words, size_t from)
{
    return from < words->count ? words->list[from + 1] : (struct word){"n1", 2};
}

/* The request, for the other's ids and from its nodes too, if the two differ in nothing else. */
static bool merge_requests(struct string_builder *text, const struct words *words,
                           const struct words *other)
{
    size_t end = request_ids_end(words), from = from_of(words), other_from = from_of(other);
    size_t rest = min_size(from + 2, words->count);
    if (from > end || !same_rest(words, rest, other, min_size(other_from + 2, other->count)) ||
        words->count + other->count >= WORDS_MOST)
        return false;
    add_words(text, words, 0, end);
    add_words(text, other, 1, request_ids_end(other));
    string_builder_add(text, " from ");
    bool names = add_both(text, list_from(words, from), list_from(other, other_from));
    add_words(text, words, rest, words->count);
    return names;
}

/* One line that is like the first, and does what the second did. */
static bool merge(struct string_builder *text, const struct script_line *first,
                  const struct script_line *second)
{
    struct words words = words_of(first->text), other = words_of(second->text);
    if (is_node_fault(&words) && is_node_fault(&other))
        return merge_faults(text, &words, &other);
    return words_are_request(&words) && words_are_request(&other) &&
           merge_requests(text, &words, &other);
}

/* ---- one that lasts ------------------------------------------------------------------------ */

static bool is_verb(const struct words *words, const char *verb)
{
    return word_is(words->list[0], verb);
}

/* What took nodes out, until what brought one of them back. */
static bool absence(struct string_builder *text, const struct script_line *out,
                    const struct script_line *back)
{
    struct words words = words_of(out->text), other = words_of(back->text);
    if (!is_node_fault(&words) || !is_node_fault(&other))
        return false;
    bool stands = is_verb(&words, "freeze") && is_verb(&other, "thaw");
    bool is_gone = (is_verb(&words, "crash") || is_verb(&words, "leave")) &&
                   (is_verb(&other, "restart") || is_verb(&other, "join"));
    if (!stands && !is_gone)
        return false;
    string_builder_add(text, stands ? "freeze " : "crash ");
    string_builder_add_bytes(text, words.list[1].text, words.list[1].size);
    string_builder_print(text, " for %s",
                         duration_plain(max_i64(back->at_ns - out->at_ns, NS_PER_MS)).text);
    return true;
}

/* ---- pairs --------------------------------------------------------------------------------- */

/* The lines without `gone`, and, if it is another one, `also`; in `room`. */
static size_t without(const struct script *script, struct script_line *room, size_t gone,
                      size_t also)
{
    size_t count = 0;
    for (size_t i = 0; i < script->count; i++)
        if (i != gone && i != also)
            room[count++] = script->lines[i];
    return count;
}

/* One line in place of two, where the first of them stands, if `make` makes one of them. */
static bool try_one(struct shrinking *shrinking, struct script_line *room, size_t kept, size_t gone,
                    bool (*make)(struct string_builder *text, const struct script_line *first,
                                 const struct script_line *second))
{
    const struct script *script = &shrinking->result->script;
    struct string_builder text = {0};
    const char *line = NULL;
    bool is_one = make(&text, &script->lines[kept], &script->lines[gone]);
    if (is_one && !text.failed)
        line = arena_copy(script->arena, text.text, text.size);
    shrinking->failed |= text.failed || (is_one && !line);
    string_builder_close(&text);
    if (!line)
        return false;
    size_t count = without(script, room, gone, gone);
    room[kept - (gone < kept)].text = line;
    return shrink_try(shrinking, room, count);
}

static bool try_pair(struct shrinking *shrinking, struct script_line *room, size_t one,
                     size_t other)
{
    const struct script *script = &shrinking->result->script;
    if (script->lines[one].part != SCRIPT_ACTION || script->lines[other].part != SCRIPT_ACTION ||
        shrink_must_stay(&script->lines[one]) || shrink_must_stay(&script->lines[other]))
        return false;
    return shrink_try(shrinking, room, without(script, room, one, other)) ||
           try_one(shrinking, room, one, other, merge) ||
           try_one(shrinking, room, other, one, merge) ||
           try_one(shrinking, room, one, other, absence);
}

bool shrink_pairs(struct shrinking *shrinking)
{
    struct script *script = &shrinking->result->script;
    struct script_line room[LINES_MOST];
    bool changed = false;
    if (script->count > LINES_MOST)
        return false;
    for (size_t i = 0; i < script->count; i++)
        for (size_t j = i + 1; j < script->count && !shrink_is_over(shrinking); j++)
            if (try_pair(shrinking, room, i, j)) {
                changed = true;
                j = i; /* another line stands there now */
            }
    return changed;
}
