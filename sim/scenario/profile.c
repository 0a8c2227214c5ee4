#include "scenario/profile.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "scenario/diagnostic.h"
#include "scenario/value.h"

#include <errno.h>
#include <stdlib.h>

static int by_length(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* How many durations the text can have: one a line. */
static size_t count_lines(const struct file_text *input)
{
    size_t lines = 1;
    for (const char *at = input->text, *end = at + input->size;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        lines++;
    return lines;
}

/* The line's duration, if it has words; `words` is used again. */
static enum error read_line(struct empirical *profile, const char *path,
                            const struct source_line *line, struct word_list *words,
                            struct failure *failure)
{
    struct lex_error bad;
    enum error error = lex_words(line, words, &bad);
    const char *why = error == ERROR_TEXT ? "neither printable UTF-8 nor a space or a tab" : NULL;
    if (error == ERROR_MEMORY)
        return failure_memory(failure);
    struct word word = words->count ? words->list[0] : (struct word){line->text, 0};
    if (!why && !words->count)
        return OK;
    if (!why)
        why = words->count > 1 ? "want one duration a line, such as 5ms"
                               : value_duration(word, &profile->sorted_ns[profile->count]);
    if (why)
        return failure_set(failure, ERROR_TEXT, "%s:%u: '%s': %s", path, line->number,
                           shown(word).text, why);
    profile->count++;
    return OK;
}

static enum error read_lines(struct empirical *profile, const char *path,
                             const struct file_text *input, struct failure *failure)
{
    struct word_list words = {.plain = true};
    struct lexer lexer;
    struct source_line line;
    enum error error = OK;
    lex_begin(&lexer, input->text, input->size);
    while (!error && lex_line(&lexer, &line))
        error = read_line(profile, path, &line, &words, failure);
    memory_free(words.list);
    if (!error && !profile->count)
        return failure_set(failure, ERROR_TEXT, "%s: want a duration in each line, such as 5ms",
                           path);
    return error;
}

enum error profile_read(struct empirical *profile, struct arena *arena, const char *path,
                        struct failure *failure)
{
    struct file_text input;
    enum error error = file_text_read_regular(&input, path, PROFILE_SIZE_MAX);
    if (error == ERROR_TEXT)
        return failure_set(failure, ERROR_IO, "%s: no regular file", path);
    if (error)
        return failure_set(failure, error, "%s: %s", path, strerror(errno));
    *profile = (struct empirical){.file = NULL};
    profile->sorted_ns = arena_take(arena, count_lines(&input) * sizeof *profile->sorted_ns);
    if (!profile->sorted_ns)
        error = failure_memory(failure);
    else if (input.size > PROFILE_SIZE_MAX)
        error =
            failure_set(failure, ERROR_TEXT, "%s: larger than %u bytes", path, PROFILE_SIZE_MAX);
    else
        error = read_lines(profile, path, &input, failure);
    file_text_close(&input);
    if (error)
        return error;
    must(profile->sorted_ns);
    qsort(profile->sorted_ns, profile->count, sizeof *profile->sorted_ns, by_length);
    return OK;
}
