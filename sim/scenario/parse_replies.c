/* The names that a scenario gives to replies. */
#include "scenario/parser.h"

#include "base/memory.h"
#include "node/id.h"

#include <stdio.h>

#define NAME_SIZE_MAX 63u

static uint64_t name_hash(struct word name)
{
    struct text text = text_borrow(name.text, name.size);
    return id_hash(&text);
}

static bool has_name(const void *names, uint32_t slot, const void *name)
{
    return word_equal(((const struct given_name *)names)[slot].name, *(const struct word *)name);
}

static struct given_name *find_name(const struct parser *p, struct word name)
{
    uint32_t slot = hash_map_find(&p->names_map, name_hash(name), has_name, p->names, &name);
    return slot == HASH_MAP_NONE ? NULL : &p->names[slot];
}

static bool name_valid(struct word name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.text[i];
        bool first = (c >= 'a' && c <= 'z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '-';
        if (!first && !(i > 0 && later))
            return false;
    }
    return name.size > 0 && name.size <= NAME_SIZE_MAX;
}

static enum error add_name(struct parser *p, struct word name, uint32_t count)
{
    if (memory_reserve((void **)&p->names, &p->names_capacity, p->names_count + 1,
                       sizeof *p->names) ||
        hash_map_add(&p->names_map, name_hash(name), (uint32_t)p->names_count))
        return ERROR_MEMORY;
    p->names[p->names_count++] = (struct given_name){.name = name,
                                                     .first = (uint32_t)p->plan->replies_count,
                                                     .count = count,
                                                     .line = p->source.line.number};
    return OK;
}

static enum error check_name(struct parser *p, struct word name)
{
    if (!name_valid(name))
        return fail_value(p, "as", name,
                          "want a name of letters a-z, digits, '_' and '-', such as a");
    if (means_something(name))
        return fail_at(p, name, "as '%s': that word has a meaning after 'expect'; take another one",
                       shown(name).text);
    const struct given_name *same = find_name(p, name);
    if (same)
        return fail_at(p, name, "as '%s': the name is given in line %u already", shown(name).text,
                       same->line);
    return OK;
}

enum error name_replies(struct parser *p, struct word name, uint32_t count, uint32_t *first)
{
    struct plan *plan = p->plan;
    enum error error = check_name(p, name);
    if (error)
        return error;
    if (count > PARSE_REPLIES_MAX - plan->replies_count)
        return fail_at(p, name, "a scenario can name %u replies at most", PARSE_REPLIES_MAX);
    *first = (uint32_t)plan->replies_count;
    if (add_name(p, name, count) ||
        memory_reserve((void **)&plan->replies, &p->replies_capacity, plan->replies_count + count,
                       sizeof *plan->replies))
        return ERROR_MEMORY;
    for (uint32_t i = 1; i <= count; i++) {
        char text[NAME_SIZE_MAX + 16];
        int size = snprintf(text, sizeof text, count == 1 ? "%.*s" : "%.*s.%u", (int)name.size,
                            name.text, i);
        char *kept = arena_copy(p->plan->arena, text, (size_t)size);
        if (!kept)
            return ERROR_MEMORY;
        plan->replies[plan->replies_count++].name = kept;
    }
    return OK;
}

enum error name_lost_replies(struct parser *p)
{
    for (size_t i = 1; i + 1 < p->words.count; i++) {
        struct word name = p->words.list[i + 1];
        if (word_is(p->words.list[i], "as") && name_valid(name) && !find_name(p, name))
            return add_name(p, name, 0);
    }
    return OK;
}

/* The one reply of several that "a.2" names. */
static enum error pick_reply(struct parser *p, struct word word, const struct given_name *given,
                             struct word digits, uint32_t *first)
{
    uint64_t number;
    if (given->count == 1)
        return fail_at(p, word, "'%s': %.*s is a single reply", shown(word).text,
                       (int)given->name.size, given->name.text);
    if (!value_is_digits(digits) || value_number(digits, &number) || number == 0 ||
        number > given->count)
        return fail_at(p, word, "'%s': the replies are %.*s.1..%.*s.%u", shown(word).text,
                       (int)given->name.size, given->name.text, (int)given->name.size,
                       given->name.text, given->count);
    *first = given->first + (uint32_t)number - 1;
    return OK;
}

static struct word before_dot(struct word word)
{
    const char *dot = memchr(word.text, '.', word.size);
    return (struct word){word.text, dot ? (size_t)(dot - word.text) : word.size};
}

bool names_replies(const struct parser *p, struct word word)
{
    return find_name(p, before_dot(word)) != NULL;
}

enum error find_replies(struct parser *p, struct word word, uint32_t *first, uint32_t *count)
{
    struct word name = before_dot(word);
    const struct given_name *given = find_name(p, name);
    if (!given)
        return fail_at(p, word, "no line before this one names a reply '%s'", shown(name).text);
    *first = given->first;
    *count = given->count;
    if (name.size == word.size || given->count == 0)
        return OK;
    *count = 1;
    struct word digits = {word.text + name.size + 1, word.size - name.size - 1};
    return pick_reply(p, word, given, digits, first);
}
