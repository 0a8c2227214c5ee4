#include "scenario/diagnostic.h"

#include "base/utf8.h"
#include "scenario/parse.h"

#include <stdio.h>

/* Of a quoted word, in characters: the longest word of ours and any id fit in half of it. */
#define WORD_SHOWN 32u
/* Of a line, in characters: what a terminal may show, with some of it before the caret. */
#define LINE_SHOWN  100u
#define LINE_BEFORE 60u

/* One character of a text from `*at` on, which moves past it: as it is, or what stands for it. */
static void add_character(struct string_builder *out, const char **at, const char *end)
{
    bool printable;
    size_t size = lex_character(*at, (size_t)(end - *at), &printable);
    if (printable || **at == ' ' || **at == '\t')
        string_builder_add_bytes(out, *at, size);
    else
        string_builder_add(out, UTF8_WRONG);
    *at += size;
}

struct shown shown(struct word word)
{
    struct shown result;
    struct string_builder out = string_builder_over(result.text, sizeof result.text);
    const char *at = word.text, *end = word.text + word.size;
    for (uint32_t i = 0; at < end && i < WORD_SHOWN; i++)
        add_character(&out, &at, end);
    if (at < end)
        string_builder_add(&out, UTF8_ELLIPSIS);
    return result;
}

/* The line, or the part of it round `mark`, and a caret under `mark`. */
static void add_line(struct string_builder *out, const struct source_line *line, const char *mark)
{
    const char *start = line->text, *end = line->text + line->size;
    bool printable;
    for (uint32_t skip = lex_column(line, mark); skip > LINE_BEFORE; skip--)
        start += lex_character(start, (size_t)(end - start), &printable);

    bool cut = start > line->text;
    const char *at = start;
    int width = snprintf(NULL, 0, "%5u", line->number);
    string_builder_print(out, "%*u | %s", width, line->number, cut ? UTF8_ELLIPSIS : "");
    for (uint32_t i = 0; at < end && i < LINE_SHOWN; i++)
        add_character(out, &at, end);
    string_builder_print(out, "%s\n%*s | %s", at == end ? "" : UTF8_ELLIPSIS, width, "",
                         cut ? " " : "");
    /* A tab for each tab, and a blank for all else, so that the caret comes to stand under it. */
    for (at = start; at < mark; at += lex_character(at, (size_t)(end - at), &printable))
        string_builder_add_char(out, *at == '\t' ? '\t' : ' ');
    string_builder_add(out, "^\n");
}

static void add_printable(struct string_builder *out, const char *text)
{
    for (const char *at = text, *end = text + strlen(text); at < end;)
        add_character(out, &at, end);
}

enum error diagnostics_add(struct diagnostics *diagnostics, const struct source *source,
                           const char *at, const char *format, va_list arguments)
{
    struct string_builder *out = &diagnostics->text;
    bool of_line = !source->option && source->line.number;
    if (diagnostics->count++ >= PARSE_ERRORS_MAX)
        return out->failed ? ERROR_MEMORY : ERROR_TEXT;
    if (source->option)
        string_builder_add(out, "dpsim: ");
    add_printable(out, source->option ? source->option : diagnostics->file);
    if (of_line)
        string_builder_print(out, ":%u:%u", source->line.number, lex_column(&source->line, at));
    string_builder_add(out, source->option ? ": " : ": error: ");
    string_builder_print_list(out, format, arguments);
    string_builder_add_char(out, '\n');
    if (of_line)
        add_line(out, &source->line, at);
    return out->failed ? ERROR_MEMORY : ERROR_TEXT;
}

enum error diagnostics_end(struct diagnostics *diagnostics)
{
    struct string_builder *out = &diagnostics->text;
    if (diagnostics->count > PARSE_ERRORS_MAX)
        string_builder_print(out, UTF8_ELLIPSIS " and %u more\n",
                             diagnostics->count - PARSE_ERRORS_MAX);
    if (out->failed)
        return ERROR_MEMORY;
    return diagnostics->count ? ERROR_TEXT : OK;
}
