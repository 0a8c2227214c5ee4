#include "search/words.h"

#include "base/memory.h"
#include "base/string_builder.h"
#include "scenario/value.h"

struct words words_of(const char *text)
{
    struct words words = {0};
    struct word_list list = {0};
    struct source_line line = {.text = text, .size = strlen(text), .number = 1};
    struct lex_error bad;
    bool fits = !lex_words(&line, &list, &bad) && list.count < WORDS_MOST;
    bool waits = fits && list.count && word_is(list.list[0], "on");
    for (size_t i = 0; fits && i < list.count; i++) {
        struct word word = list.list[i];
        words.list[words.count++] = word;
        if (!waits || word.size < 2 || word.text[word.size - 1] != ':')
            continue;
        words.list[words.count - 1].size--;
        words.list[words.count++] = (struct word){word.text + word.size - 1, 1};
        waits = false;
    }
    memory_free(list.list);
    return words;
}

const char *words_join(const struct words *words, struct arena *arena)
{
    struct string_builder text = {0};
    for (size_t i = 0; i < words->count; i++) {
        string_builder_add(&text, i && !word_is(words->list[i], ":") ? " " : "");
        string_builder_add_bytes(&text, words->list[i].text, words->list[i].size);
    }
    const char *kept =
        text.failed ? NULL : arena_copy(arena, text.text ? text.text : "", text.size);
    string_builder_close(&text);
    return kept;
}

struct words words_without(const struct words *words, size_t at, size_t some)
{
    struct words kept = {0};
    for (size_t i = 0; i < words->count; i++)
        if (i < at || i >= at + some)
            kept.list[kept.count++] = words->list[i];
    return kept;
}

uint64_t word_node(struct word word)
{
    uint64_t number;
    if (word.size < 2 || word.text[0] != 'n' || word.text[1] == '0' ||
        value_number((struct word){word.text + 1, word.size - 1}, &number))
        return 0;
    return number;
}

bool words_are_request(const struct words *words)
{
    return words->count > 1 && word_is(words->list[0], "request");
}

size_t request_ids_end(const struct words *words)
{
    size_t at = 1;
    while (at < words->count && !word_is(words->list[at], "from") &&
           !word_is(words->list[at], "as") && !word_is(words->list[at], "timeout"))
        at++;
    return at;
}
