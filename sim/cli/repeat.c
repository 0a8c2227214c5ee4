#include "cli/repeat.h"

#include "base/string_builder.h"

#include <string.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-_./=,:+%@", c);
}

/* A word for a shell: in single quotes unless every character is harmless. */
static void add_word(struct string_builder *command, const char *word)
{
    const char *c = word;
    while (*c && is_plain(*c))
        c++;
    string_builder_add_char(command, ' ');
    if (c > word && !*c) {
        string_builder_add(command, word);
        return;
    }
    string_builder_add_char(command, '\'');
    for (c = word; *c; c++) {
        if (*c == '\'')
            string_builder_add(command, "'\\''");
        else
            string_builder_add_char(command, *c);
    }
    string_builder_add_char(command, '\'');
}

static void add_option(struct string_builder *command, const char *option, const char *argument)
{
    if (!argument)
        return;
    add_word(command, option);
    add_word(command, argument);
}

static void add_override(struct string_builder *command, const struct override *override)
{
    char text[1024];
    snprintf(text, sizeof text, "%s=%s", override->key, override->value);
    add_option(command, "--set", text);
}

char *repeat_command(const struct options *options, const struct plan *plan)
{
    struct string_builder command = {0};
    string_builder_add(&command, options->net ? "dpsim --net" : "dpsim");
    add_option(&command, "--cluster", options->cluster_file);
    add_option(&command, "--key", options->key_file);
    string_builder_print(&command, " --seed %llu", (unsigned long long)plan->settings.seed);
    for (size_t i = 0; i < options->overrides_count; i++)
        if (strcmp(options->overrides[i].key, "seed") != 0)
            add_override(&command, &options->overrides[i]);
    add_word(&command, strcmp(plan->file, "<stdin>") == 0 ? "-" : plan->file);
    return string_builder_take(&command);
}
