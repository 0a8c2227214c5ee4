#include "scenario/lexer.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "node/id.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void lex_begin(struct lexer *lexer, const char *text, size_t size)
{
    size_t mark = sizeof byte_order_mark - 1;
    *lexer = (struct lexer){.at = text, .end = text + size};
    if (size >= mark && memcmp(text, byte_order_mark, mark) == 0)
        lexer->at += mark;
}

bool lex_line(struct lexer *lexer, struct source_line *line)
{
    if (lexer->at == lexer->end)
        return false;
    const char *start = lexer->at;
    const char *feed = memchr(start, '\n', (size_t)(lexer->end - start));
    const char *end = feed ? feed : lexer->end;
    lexer->at = feed ? feed + 1 : lexer->end;
    if (end > start && end[-1] == '\r')
        end--;
    *line =
        (struct source_line){.text = start, .size = (size_t)(end - start), .number = ++lexer->line};
    return true;
}

size_t lex_character(const char *at, size_t left, bool *printable)
{
    uint32_t code;
    size_t size = utf8_next(at, left, &code);
    *printable = size && id_valid(at, size); /* an id is printable and without blanks */
    return *printable ? size : 1;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum error fail(struct lex_error *bad, const char *at, const char *why)
{
    *bad = (struct lex_error){at, why};
    return ERROR_TEXT;
}

/* Moves `*at` past the quoted part that begins there. */
static enum error lex_quoted(const char **at, const char *end, struct lex_error *bad)
{
    const char *open = *at;
    const char *c = open + 1;
    while (c < end && *c != '"') {
        bool printable;
        if (*c == '\\' && (c + 1 == end || (c[1] != '"' && c[1] != '\\')))
            return fail(bad, c, "between quotes a '\\' stands before a '\"' or another '\\' only");
        c += *c == '\\';
        size_t size = lex_character(c, (size_t)(end - c), &printable);
        if (!printable && *c != ' ')
            return fail(bad, c, NULL);
        c += size;
    }
    if (c == end)
        return fail(bad, open, "the quote that begins here is not closed");
    if (c == open + 1)
        return fail(bad, open, "there is nothing between the quotes");
    *at = c + 1;
    if (*at < end && !blank(**at) && **at != ',')
        return fail(bad, *at, "want a blank or a comma after a closing quote");
    return OK;
}

/* Moves `*at` to the end of the word that begins there. */
static enum error lex_word(const char **at, const char *end, bool plain, struct lex_error *bad)
{
    const char *start = *at;
    while (*at < end && !blank(**at)) {
        bool printable, begins = *at == start || (*at)[-1] == ',';
        if (**at == '"' && begins && !plain) {
            if (lex_quoted(at, end, bad))
                return ERROR_TEXT;
            continue;
        }
        size_t size = lex_character(*at, (size_t)(end - *at), &printable);
        if (!printable)
            return fail(bad, *at, NULL);
        *at += size;
    }
    return OK;
}

enum error lex_words(const struct source_line *line, struct word_list *words, struct lex_error *bad)
{
    const char *at = line->text, *end = line->text + line->size;
    words->count = 0;
    for (;;) {
        while (at < end && blank(*at))
            at++;
        if (at == end || *at == '#')
            return OK;
        const char *start = at;
        if (lex_word(&at, end, words->plain, bad))
            return ERROR_TEXT;
        if (memory_reserve((void **)&words->list, &words->capacity, words->count + 1,
                           sizeof *words->list))
            return ERROR_MEMORY;
        words->list[words->count++] = (struct word){start, (size_t)(at - start)};
    }
}

bool word_next_part(struct word *list, struct word *part)
{
    size_t at = 0;
    if (!list->text)
        return false;
    if (word_quoted(*list)) {
        for (at = 1; at < list->size && list->text[at] != '"'; at++)
            at += list->text[at] == '\\';
    }
    while (at < list->size && list->text[at] != ',')
        at++;
    *part = (struct word){list->text, at};
    bool more = at < list->size;
    *list = more ? (struct word){list->text + at + 1, list->size - at - 1} : (struct word){NULL, 0};
    return true;
}

size_t word_unquote(struct word word, char *to, size_t room)
{
    size_t size = 0;
    for (size_t i = 1; i + 1 < word.size; i++, size++) {
        i += word.text[i] == '\\';
        if (size < room)
            to[size] = word.text[i];
    }
    return size;
}

uint32_t lex_column(const struct source_line *line, const char *at)
{
    uint32_t column = 1;
    const char *end = line->text + line->size;
    for (const char *c = line->text; c < at; column++) {
        bool printable;
        c += lex_character(c, (size_t)(end - c), &printable);
    }
    return column;
}
