#include "scenario/diagnostic.h"

#include "base/memory.h"
#include "scenario/parse.h"

#include <stdio.h>

/* Of a quoted word, in characters: the longest word of ours and any id fit in half of it. */
#define WORD_SHOWN 32u
/* Of a line, in characters: what a terminal may show, with some of it before the caret. */
#define LINE_SHOWN  100u
#define LINE_BEFORE 60u

static const char unprintable[] = "\xef\xbf\xbd"; /* U+FFFD */
static const char ellipsis[] = "\xe2\x80\xa6";

struct shown shown(struct word word)
{
    struct shown result = {{0}};
    size_t size = 0;
    const char *at = word.text, *end = word.text + word.size;
    for (uint32_t i = 0; at < end; i++) {
        bool printable;
        size_t step = lex_character(at, (size_t)(end - at), &printable);
        const char *from = i == WORD_SHOWN ? ellipsis : printable || *at == ' ' ? at : unprintable;
        size_t count = from == at ? step : sizeof unprintable - 1;
        memcpy(result.text + size, from, count);
        size += count;
        if (i == WORD_SHOWN)
            break;
        at += step;
    }
    return result;
}

static char *room(struct diagnostics *diagnostics, size_t size)
{
    if (memory_reserve((void **)&diagnostics->text, &diagnostics->capacity,
                       diagnostics->size + size + 1, 1)) {
        diagnostics->no_memory = true;
        return NULL;
    }
    return diagnostics->text + diagnostics->size;
}

static void add(struct diagnostics *diagnostics, const char *bytes, size_t size)
{
    char *to = room(diagnostics, size);
    if (!to)
        return;
    memcpy(to, bytes, size);
    to[size] = '\0';
    diagnostics->size += size;
}

__attribute__((format(printf, 2, 0))) static void add_list(struct diagnostics *diagnostics,
                                                           const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    must(size >= 0);
    char *to = room(diagnostics, (size_t)size);
    if (!to)
        return;
    vsnprintf(to, (size_t)size + 1, format, arguments);
    diagnostics->size += (size_t)size;
}

__attribute__((format(printf, 2, 3))) static void add_format(struct diagnostics *diagnostics,
                                                             const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_list(diagnostics, format, arguments);
    va_end(arguments);
}

/* Adds up to `most` characters from `*at` on, and moves it past them. Tabs stay what they are, and
 * for `blank` all else becomes a space, which is how a caret comes to stand under its word. */
static void add_characters(struct diagnostics *diagnostics, const char **at, const char *end,
                           uint32_t most, bool blanks)
{
    for (; *at < end && most; most--) {
        bool printable;
        size_t size = lex_character(*at, (size_t)(end - *at), &printable);
        if (**at == '\t')
            add(diagnostics, "\t", 1);
        else if (blanks || **at == ' ')
            add(diagnostics, " ", 1);
        else if (printable)
            add(diagnostics, *at, size);
        else
            add(diagnostics, unprintable, sizeof unprintable - 1);
        *at += size;
    }
}

/* The line, or the part of it round `mark`, and a caret under `mark`. */
static void add_line(struct diagnostics *diagnostics, const struct source_line *line,
                     const char *mark)
{
    const char *start = line->text, *end = line->text + line->size;
    uint32_t column = lex_column(line, mark);
    bool printable;
    for (uint32_t skip = column; skip > LINE_BEFORE; skip--)
        start += lex_character(start, (size_t)(end - start), &printable);

    const char *before = start == line->text ? "" : ellipsis;
    const char *at = start;
    int width = snprintf(NULL, 0, "%5u", line->number);
    add_format(diagnostics, "%*u | %s", width, line->number, before);
    add_characters(diagnostics, &at, end, LINE_SHOWN, false);
    add_format(diagnostics, "%s\n%*s | %s", at == end ? "" : ellipsis, width, "",
               *before ? " " : "");
    at = start;
    add_characters(diagnostics, &at, mark, UINT32_MAX, true);
    add(diagnostics, "^\n", 2);
}

static void add_shown(struct diagnostics *diagnostics, const char *text)
{
    const char *at = text;
    add_characters(diagnostics, &at, text + strlen(text), UINT32_MAX, false);
}

void diagnostics_add(struct diagnostics *diagnostics, const struct source *source, const char *at,
                     const char *format, va_list arguments)
{
    if (diagnostics->count++ >= PARSE_ERRORS_MAX)
        return;
    if (source->option) {
        add(diagnostics, "dpsim: ", 7);
        add_shown(diagnostics, source->option);
        add(diagnostics, ": ", 2);
    } else {
        add_shown(diagnostics, diagnostics->file);
        if (source->line.number)
            add_format(diagnostics, ":%u:%u", source->line.number, lex_column(&source->line, at));
        add(diagnostics, ": error: ", 9);
    }
    add_list(diagnostics, format, arguments);
    add(diagnostics, "\n", 1);
    if (!source->option && source->line.number)
        add_line(diagnostics, &source->line, at);
}

void diagnostics_end(struct diagnostics *diagnostics)
{
    if (diagnostics->count > PARSE_ERRORS_MAX)
        add_format(diagnostics, "%s and %u more\n", ellipsis,
                   diagnostics->count - PARSE_ERRORS_MAX);
}
