/* Scenario text as lines and words.
 *
 * A line ends with LF or CR LF; a byte order mark before the first one is passed over. Words stand
 * apart by spaces and tabs; a '#' that begins a word starts a comment, in which any byte may stand.
 * Outside of comments all characters are printable UTF-8. */
#ifndef SCENARIO_LEXER_H
#define SCENARIO_LEXER_H

#include "base/base.h"

#include <string.h>

struct source_line {
    const char *text; /* without its end */
    size_t size;
    uint32_t number; /* from 1; 0: not a line of the text */
};

/* Part of a line. An empty one stands for what is missing at its place. */
struct word {
    const char *text;
    size_t size;
};

struct word_list {
    struct word *list;
    size_t count;
    size_t capacity;
};

/* What is left of a text. */
struct lexer {
    const char *at;
    const char *end;
    uint32_t line; /* the number of the last line given out */
};

void lex_begin(struct lexer *lexer, const char *text, size_t size);

/* The next line; false at the end. */
bool lex_line(struct lexer *lexer, struct source_line *line);

/* Puts the line's words into `words`, whose memory is used again and is the caller's to free.
 * ERROR_TEXT: `*bad` is a character which may not stand there. ERROR_MEMORY. */
enum error lex_words(const struct source_line *line, struct word_list *words, struct word *bad);

/* The size in bytes of the character at `at`; 1 and not printable where there is no valid one. */
size_t lex_character(const char *at, size_t left, bool *printable);

/* The column of `at` in the line, in characters, from 1. */
uint32_t lex_column(const struct source_line *line, const char *at);

static inline bool word_equal(struct word a, struct word b)
{
    return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

static inline bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.size && memcmp(word.text, text, word.size) == 0;
}

#endif
