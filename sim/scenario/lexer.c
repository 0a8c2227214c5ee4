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

enum error lex_words(const struct source_line *line, struct word_list *words, struct word *bad)
{
    const char *at = line->text, *end = line->text + line->size;
    words->count = 0;
    for (;;) {
        while (at < end && blank(*at))
            at++;
        if (at == end || *at == '#')
            return OK;
        const char *start = at;
        while (at < end && !blank(*at)) {
            bool printable;
            size_t size = lex_character(at, (size_t)(end - at), &printable);
            if (!printable) {
                *bad = (struct word){at, 1};
                return ERROR_TEXT;
            }
            at += size;
        }
        if (memory_reserve((void **)&words->list, &words->capacity, words->count + 1,
                           sizeof *words->list))
            return ERROR_MEMORY;
        words->list[words->count++] = (struct word){start, (size_t)(at - start)};
    }
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
