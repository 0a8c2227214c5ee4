#include "scenario/parser.h"

#include "base/memory.h"
#include "scenario/suggest.h"

#include <stdio.h>

void parser_init(struct parser *p, struct plan *plan, const char *file)
{
    *p = (struct parser){.plan = plan, .diagnostics = {.file = file}, .end_ns = TIME_NEVER};
    hash_map_init(&p->names_map);
    hash_map_init(&p->zipfs_map);
}

enum error parser_close(struct parser *p, enum error error, char **diagnostics)
{
    memory_free(p->words.list);
    memory_free(p->list);
    memory_free(p->stamps);
    memory_free(p->ids);
    memory_free(p->groups);
    memory_free(p->names);
    hash_map_close(&p->names_map);
    hash_map_close(&p->zipfs_map);
    *diagnostics = error == ERROR_TEXT ? string_builder_take(&p->diagnostics.text) : NULL;
    string_builder_close(&p->diagnostics.text);
    return error;
}

/* ---- lines --------------------------------------------------------------------------------- */

static enum error fail_lexing(struct parser *p, const struct lex_error *bad)
{
    struct word at = {bad->at, 0};
    if (bad->why)
        return fail_at(p, at, "%s", bad->why);
    return fail_at(p, at, "byte 0x%02x: neither printable UTF-8 nor a space or a tab",
                   (unsigned char)*bad->at);
}

/* Takes p->source.line apart. */
static enum error read_words(struct parser *p)
{
    const struct source_line *line = &p->source.line;
    struct lex_error bad;
    p->at = 0;
    p->words.count = 0;
    if (line->size > PARSE_LINE_MAX)
        return fail_at(p, (struct word){line->text, 0},
                       "a line of %zu bytes; at most %u can be read", line->size, PARSE_LINE_MAX);
    enum error error = lex_words(line, &p->words, &bad);
    if (error == ERROR_TEXT)
        return fail_lexing(p, &bad);
    return error;
}

enum error parse_lines(struct parser *p, const char *kind, const char *text, size_t size,
                       enum error (*parse_line)(struct parser *p))
{
    struct lexer lexer;
    if (size > PARSE_TEXT_MAX)
        return fail_text(p, "%zu bytes; a %s has at most %u", size, kind, PARSE_TEXT_MAX);
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return fail_text(p, "this is UTF-16 text; a %s is UTF-8", kind);
    lex_begin(&lexer, text, size);
    p->source.option = NULL;
    while (!p->stopped && lex_line(&lexer, &p->source.line)) {
        enum error error = read_words(p);
        if (!error && p->words.count)
            error = parse_line(p);
        if (error == ERROR_MEMORY)
            return error;
    }
    return OK;
}

/* ---- words --------------------------------------------------------------------------------- */

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

/* ---- diagnostics --------------------------------------------------------------------------- */

enum error fail_at(struct parser *p, struct word at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum error error = diagnostics_add(&p->diagnostics, &p->source, at.text, format, arguments);
    va_end(arguments);
    return error;
}

enum error fail_text(struct parser *p, const char *format, ...)
{
    struct source whole = {.option = NULL};
    va_list arguments;
    va_start(arguments, format);
    enum error error = diagnostics_add(&p->diagnostics, &whole, NULL, format, arguments);
    va_end(arguments);
    return error;
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
    bool kept = p->diagnostics.count < PARSE_ERRORS_MAX;
    const char *meant = kept ? suggest(word.text, word.size, words) : NULL;
    if (meant)
        snprintf(result.text, sizeof result.text, "; did you mean '%s'?", meant);
    return result;
}

enum error fail_choice(struct parser *p, const char *what, struct word at, const char *const *words)
{
    char buffer[128];
    struct string_builder list = string_builder_over(buffer, sizeof buffer);
    for (size_t i = 0; words[i]; i++) {
        const char *separator = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        string_builder_print(&list, "%s%s", separator, words[i]);
    }
    must(!list.failed);
    if (at.size == 0)
        return fail_at(p, at, "%s: want %s", what, buffer);
    return fail_at(p, at, "%s '%s': want %s%s", what, shown(at).text, buffer,
                   hint(p, at, words).text);
}

enum error end_of_line(struct parser *p, const char *form, const char *const *keywords)
{
    if (!more_words(p))
        return OK;
    struct word before = p->at ? p->words.list[p->at - 1] : (struct word){NULL, 0};
    struct word word = next_word(p), rest = before, first = before;
    const char *meant = suggest(word.text, word.size, keywords);
    word_next_part(&rest, &first);
    if (is_node_name(first) && is_node_name(word))
        return fail_at(p, word, "'%s' makes no sense here; a list has commas and no blanks: %s,%s",
                       shown(word).text, shown(before).text, shown(word).text);
    if (meant)
        return fail_at(p, word, "'%s' makes no sense here; did you mean '%s'?", shown(word).text,
                       meant);
    return fail_at(p, word, "'%s' makes no sense here; the form is: %s", shown(word).text, form);
}
