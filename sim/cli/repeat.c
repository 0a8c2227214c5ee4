#include "cli/repeat.h"

#include "base/memory.h"

#include <string.h>

struct source_line {
    char *text;
    size_t size;
    size_t capacity;
    bool failed;
};

static void add(struct source_line *line, const char *bytes, size_t size)
{
    if (line->failed ||
        memory_reserve((void **)&line->text, &line->capacity, line->size + size + 1, 1)) {
        line->failed = true;
        return;
    }
    memcpy(line->text + line->size, bytes, size);
    line->size += size;
    line->text[line->size] = 0;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-_./=,:+%@", c);
}

/* A word for a shell: in single quotes unless every character is harmless. */
static void add_word(struct source_line *line, const char *word)
{
    const char *c = word;
    while (*c && is_plain(*c))
        c++;
    add(line, " ", 1);
    if (c > word && !*c) {
        add(line, word, strlen(word));
        return;
    }
    add(line, "'", 1);
    for (c = word; *c; c++) {
        if (*c == '\'')
            add(line, "'\\''", 4);
        else
            add(line, c, 1);
    }
    add(line, "'", 1);
}

char *repeat_command(const struct options *options, const struct plan *plan)
{
    struct source_line line = {0};
    char text[1024];
    add(&line, "dpsim", 5);
    if (options->net)
        add_word(&line, "--net");
    if (options->cluster_file) {
        add_word(&line, "--cluster");
        add_word(&line, options->cluster_file);
    }
    if (options->key_file) {
        add_word(&line, "--key");
        add_word(&line, options->key_file);
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)plan->settings.seed);
    add_word(&line, "--seed");
    add_word(&line, text);
    for (size_t i = 0; i < options->overrides_count; i++) {
        const struct override *override = &options->overrides[i];
        if (strcmp(override->key, "seed") == 0)
            continue;
        snprintf(text, sizeof text, "%s=%s", override->key, override->value);
        add_word(&line, "--set");
        add_word(&line, text);
    }
    add_word(&line, strcmp(plan->file, "<stdin>") == 0 ? "-" : plan->file);
    if (!line.failed)
        return line.text;
    memory_free(line.text);
    return NULL;
}
