/* The words of a scenario's line, one by one, and a line made of some of them. */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include "base/arena.h"
#include "scenario/lexer.h"

#define WORDS_MOST 64u

struct words {
    struct word list[WORDS_MOST];
    size_t count; /* a line with more words than there is room for has none */
};

/* The colon after what `on` waits for is a word. */
struct words words_of(const char *text);

/* The words with blanks between them; NULL: there is no memory. */
const char *words_join(const struct words *words, struct arena *arena);

/* The number of a node's name, 1 or more; 0: the word is none. */
uint64_t word_node(struct word word);

/* Whether it is a request; and where its ids end, which begin with word 1. */
bool words_are_request(const struct words *words);
size_t request_ids_end(const struct words *words);

/* The words without `some` of them from `at` on, which there are. */
struct words words_without(const struct words *words, size_t at, size_t some);

#endif
