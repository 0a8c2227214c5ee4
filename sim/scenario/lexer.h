/* Scenario text as lines and words.
 *
 * A line ends with LF or CR LF; a byte order mark before the first one is passed over. Words stand
 * apart by spaces and tabs; a '#' that begins a word starts a comment, in which any byte may stand.
 * Outside of comments all characters are printable UTF-8.
 *
 * A '"' at the beginning of a word, or after a comma in it, begins a quoted part, in which spaces
 * and commas may stand, and \" and \\ stand for " and \. A '"' closes it; then the word ends or
 * goes on with a comma. A word has its quotes as they are written: word_unquote takes them off. */
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
    bool plain; /* a '"' has no meaning */
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

/* What is wrong with a line: a character at `at` that may not stand there; `why` says why, or is
 * NULL if it is neither printable nor a space or a tab. */
struct lex_error {
    const char *at;
    const char *why;
};

/* Puts the line's words into `words`, whose memory is used again and is the caller's to free.
 * ERROR_TEXT: `*bad` is what may not stand there. ERROR_MEMORY. */
enum error lex_words(const struct source_line *line, struct word_list *words,
                     struct lex_error *bad);

/* The next of the parts of `*list` that stand apart by commas (outside of quotes), which it moves
 * past; false: there is none left. A part can be empty. Begin with the whole word. */
bool word_next_part(struct word *list, struct word *part);

/* Whether the word, which is one part, is quoted. */
static inline bool word_quoted(struct word word)
{
    return word.size > 0 && word.text[0] == '"';
}

/* What is between the quotes of a quoted part, into `to`: at most `room` bytes of it. Its whole
 * size. */
size_t word_unquote(struct word word, char *to, size_t room);

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
