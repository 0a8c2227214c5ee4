#include "base/memory.h"
#include "scenario/lexer.h"

#include "support/suite.h"

#include <stdio.h>

/* The lines of `text` in brackets, with their numbers; valid until the next call. */
static const char *lines_of(const char *text)
{
    static char lines[256];
    struct lexer lexer;
    struct source_line line;
    size_t size = 0;
    lines[0] = '\0';
    lex_begin(&lexer, text, strlen(text));
    while (lex_line(&lexer, &line))
        size += (size_t)snprintf(lines + size, sizeof lines - size, "%u[%.*s]", line.number,
                                 (int)line.size, line.text);
    return lines;
}

/* The words of one line, with a bar after each, or where the bad byte is. */
static const char *words_of(const char *text)
{
    static char list[256];
    struct source_line line = {text, strlen(text), 1};
    struct word_list words = {.list = NULL};
    struct lex_error bad;
    size_t size = 0;
    list[0] = '\0';
    if (lex_words(&line, &words, &bad) == ERROR_TEXT)
        snprintf(list, sizeof list, "bad at %u", lex_column(&line, bad.at));
    else
        for (size_t i = 0; i < words.count; i++)
            size += (size_t)snprintf(list + size, sizeof list - size, "%.*s|",
                                     (int)words.list[i].size, words.list[i].text);
    memory_free(words.list);
    return list;
}

static void lines_end_with_a_line_feed_and_perhaps_a_return_before_it(void)
{
    CU_ASSERT_STRING_EQUAL(lines_of(""), "");
    CU_ASSERT_STRING_EQUAL(lines_of("\n"), "1[]");
    CU_ASSERT_STRING_EQUAL(lines_of("a"), "1[a]");
    CU_ASSERT_STRING_EQUAL(lines_of("a\n"), "1[a]");
    CU_ASSERT_STRING_EQUAL(lines_of("a\n\nb"), "1[a]2[]3[b]");
    CU_ASSERT_STRING_EQUAL(lines_of("a\r\nb\r\n\r"), "1[a]2[b]3[]");
    CU_ASSERT_STRING_EQUAL(lines_of("\xef\xbb\xbf"
                                    "a\n\xef\xbb\xbf"),
                           "1[a]2[\xef\xbb\xbf]");
}

static void words_stand_apart_by_blanks_and_a_comment_begins_one(void)
{
    CU_ASSERT_STRING_EQUAL(words_of(""), "");
    CU_ASSERT_STRING_EQUAL(words_of(" \t "), "");
    CU_ASSERT_STRING_EQUAL(words_of("a\tb  c "), "a|b|c|");
    CU_ASSERT_STRING_EQUAL(words_of("a#b #c d"), "a#b|");
    CU_ASSERT_STRING_EQUAL(words_of("#a"), "");
    CU_ASSERT_STRING_EQUAL(words_of("a # \x01\xff"), "a|");
    CU_ASSERT_STRING_EQUAL(words_of("n1,n2 | é->=\"'"), "n1,n2|||é->=\"'|");
}

static void unprintable_characters_are_found_by_their_column(void)
{
    CU_ASSERT_STRING_EQUAL(words_of("\x01"), "bad at 1");
    CU_ASSERT_STRING_EQUAL(words_of("ab \x7f"), "bad at 4");
    CU_ASSERT_STRING_EQUAL(words_of("éé\xff"), "bad at 3");
    CU_ASSERT_STRING_EQUAL(words_of("\tb\xc3"), "bad at 3");
    CU_ASSERT_STRING_EQUAL(words_of("a\xc0\x80"), "bad at 2");
    CU_ASSERT_STRING_EQUAL(words_of("a\xc2\xa0"), "bad at 2");
    CU_ASSERT_STRING_EQUAL(words_of("a\xf4\x90\x80\x80"), "bad at 2");
}

static void a_quoted_part_has_blanks_and_commas_and_ends_its_word_or_goes_on_with_a_comma(void)
{
    CU_ASSERT_STRING_EQUAL(words_of("a \"b c\" d"), "a|\"b c\"|d|");
    CU_ASSERT_STRING_EQUAL(words_of("\"a,b\",c,\"d e\" f"), "\"a,b\",c,\"d e\"|f|");
    CU_ASSERT_STRING_EQUAL(words_of("\"a\\\"b\\\\\" c"), "\"a\\\"b\\\\\"|c|");
    CU_ASSERT_STRING_EQUAL(words_of("\"# no comment\""), "\"# no comment\"|");
    CU_ASSERT_STRING_EQUAL(words_of("a\"b c\"d"), "a\"b|c\"d|"); /* not at the beginning */
    CU_ASSERT_STRING_EQUAL(words_of("\"a"), "bad at 1");
    CU_ASSERT_STRING_EQUAL(words_of("x \"\""), "bad at 3");
    CU_ASSERT_STRING_EQUAL(words_of("\"a\"b"), "bad at 4");
    CU_ASSERT_STRING_EQUAL(words_of("\"a\tb\""), "bad at 3");
    CU_ASSERT_STRING_EQUAL(words_of("\"a\\b\""), "bad at 3");
    CU_ASSERT_STRING_EQUAL(words_of("\"a\\\""), "bad at 1");
}

static void a_plain_text_has_no_quotes(void)
{
    struct source_line line = {"\"a b", 4, 1};
    struct word_list words = {.plain = true};
    struct lex_error bad;
    CU_ASSERT_EQUAL(lex_words(&line, &words, &bad), OK);
    CU_ASSERT_EQUAL(words.count, 2);
    memory_free(words.list);
}

/* The parts of a word, each without its quotes and with a bar after it. */
static const char *parts_of(const char *text)
{
    static char list[128];
    struct word word = {text, strlen(text)}, part;
    size_t size = 0;
    list[0] = '\0';
    while (word_next_part(&word, &part)) {
        char bytes[64];
        size_t length = part.size;
        if (word_quoted(part))
            length = word_unquote(part, bytes, sizeof bytes);
        else
            memcpy(bytes, part.text, part.size);
        size += (size_t)snprintf(list + size, sizeof list - size, "%.*s|", (int)length, bytes);
    }
    return list;
}

static void commas_part_a_word_outside_of_quotes(void)
{
    CU_ASSERT_STRING_EQUAL(parts_of("a"), "a|");
    CU_ASSERT_STRING_EQUAL(parts_of("a,,b,"), "a||b||");
    CU_ASSERT_STRING_EQUAL(parts_of("\"a,b\",c,\"d\\\"e\\\\\""), "a,b|c|d\"e\\|");
    struct word word = {"\"abc\"", 5};
    char two[2];
    CU_ASSERT_EQUAL(word_unquote(word, two, sizeof two), 3);
    CU_ASSERT_EQUAL(memcmp(two, "ab", 2), 0);
}

SUITE(scenario_lex, TEST(lines_end_with_a_line_feed_and_perhaps_a_return_before_it),
      TEST(words_stand_apart_by_blanks_and_a_comment_begins_one),
      TEST(unprintable_characters_are_found_by_their_column),
      TEST(a_quoted_part_has_blanks_and_commas_and_ends_its_word_or_goes_on_with_a_comma),
      TEST(a_plain_text_has_no_quotes), TEST(commas_part_a_word_outside_of_quotes));
