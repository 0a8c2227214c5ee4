/* Fewer actions where none can be taken out alone: two that matter only together go at once, two of
 * one kind become one, and two of the same nodes become a restart. */
#include "base/arena.h"
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

/* Whether the words from `at` on are those of the other from `other_at` on. */
static bool same_rest(const struct words *words, size_t at, const struct words *other,
                      size_t other_at)
{
    if (words->count - at != other->count - other_at)
        return false;
    for (size_t i = 0; at + i < words->count; i++) {
        struct word a = words->list[at + i], b = other->list[other_at + i];
        if (a.size != b.size || memcmp(a.text, b.text, a.size) != 0)
            return false;
    }
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

/* The fault, of the other's nodes too. */
static bool merge_faults(struct string_builder *text, const struct words *words,
                         const struct words *other)
{
    string_builder_add_bytes(text, words->list[0].text, words->list[0].size);
    string_builder_add_char(text, ' ');
    if (!add_both(text, words->list[1], other->list[1]))
        return false;
    for (size_t i = 2; i < words->count; i++) {
        string_builder_add_char(text, ' ');
        string_builder_add_bytes(text, words->list[i].text, words->list[i].size);
    }
    return true;
}

/* The request, for the other's ids too, if the two differ in nothing else. */
static bool merge_requests(struct string_builder *text, const struct words *words,
                           const struct words *other)
{
    size_t end = request_ids_end(words), other_end = request_ids_end(other);
    if (!same_rest(words, end, other, other_end) || words->count + other->count >= WORDS_MOST)
        return false;
    for (size_t i = 0; i < words->count + other_end - 1; i++) {
        struct word word = i < end                   ? words->list[i]
                           : i < end + other_end - 1 ? other->list[i - end + 1]
                                                     : words->list[i - other_end + 1];
        string_builder_add(text, i ? " " : "");
        string_builder_add_bytes(text, word.text, word.size);
    }
    return true;
}

/* One line that is like the first, and does what the second did; NULL: there is none, or, which
 * `failed` says, no memory for it. */
static const char *merged(struct shrinking *shrinking, const char *first, const char *second)
{
    struct words words = words_of(first), other = words_of(second);
    struct string_builder text = {0};
    const char *kept = NULL;
    bool is_one = false;
    if (is_node_fault(&words) && is_node_fault(&other))
        is_one = merge_faults(&text, &words, &other);
    else if (words_are_request(&words) && words_are_request(&other))
        is_one = merge_requests(&text, &words, &other);
    if (is_one && !text.failed)
        kept = arena_copy(shrinking->result->script.arena, text.text, text.size);
    shrinking->failed |= text.failed || (is_one && !kept);
    string_builder_close(&text);
    return kept;
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

/* One line in place of two, where the first of them stands or the second. */
static bool try_merged(struct shrinking *shrinking, struct script_line *room, size_t kept,
                       size_t gone)
{
    const struct script *script = &shrinking->result->script;
    const char *text = merged(shrinking, script->lines[kept].text, script->lines[gone].text);
    if (!text)
        return false;
    size_t count = without(script, room, gone, gone);
    room[kept - (gone < kept)].text = text;
    return shrink_try(shrinking, room, count);
}

/* A restart in place of what takes nodes out and what brings them back. */
static bool try_restart(struct shrinking *shrinking, struct script_line *room, size_t out,
                        size_t back)
{
    const struct script *script = &shrinking->result->script;
    struct words words = words_of(script->lines[out].text);
    struct words other = words_of(script->lines[back].text);
    if (!is_node_fault(&words) || !is_node_fault(&other) || !same_rest(&words, 1, &other, 1))
        return false;
    words.list[0] = (struct word){"restart", strlen("restart")};
    const char *text = words_join(&words, script->arena);
    shrinking->failed |= !text;
    size_t count = without(script, room, back, back);
    room[out].text = text;
    return text && shrink_try(shrinking, room, count);
}

static bool try_pair(struct shrinking *shrinking, struct script_line *room, size_t one,
                     size_t other)
{
    const struct script *script = &shrinking->result->script;
    if (script->lines[one].part != SCRIPT_ACTION || script->lines[other].part != SCRIPT_ACTION ||
        shrink_must_stay(&script->lines[one]) || shrink_must_stay(&script->lines[other]))
        return false;
    return shrink_try(shrinking, room, without(script, room, one, other)) ||
           try_merged(shrinking, room, one, other) || try_merged(shrinking, room, other, one) ||
           try_restart(shrinking, room, one, other);
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
