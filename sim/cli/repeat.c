#include "cli/repeat.h"

#include "base/string_builder.h"
#include "base/utf8.h"
#include "cli/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-_./=,:+%@", c);
}

/* What would act on a terminal, or is no UTF-8, is written as bash's $'\\xHH'. */
static bool is_shown(const char *word)
{
    for (size_t size; *word; word += size) {
        uint32_t code = 0;
        size = utf8_next(word, SIZE_MAX, &code);
        if (!size || utf8_is_control(code))
            return false;
    }
    return true;
}

static void add_escaped(struct string_builder *command, const char *word)
{
    string_builder_add(command, "$'");
    for (; *word; word++) {
        if (*word == '\'' || *word == '\\')
            string_builder_print(command, "\\%c", *word);
        else if (*word >= ' ' && *word <= '~')
            string_builder_add_char(command, *word);
        else
            string_builder_print(command, "\\x%02x", (unsigned char)*word);
    }
    string_builder_add_char(command, '\'');
}

/* A word for a shell: quoted unless every character is harmless. */
static void add_word(struct string_builder *command, const char *word)
{
    const char *c = word;
    while (*c && is_plain(*c))
        c++;
    if (c > word && !*c) {
        string_builder_add(command, word);
        return;
    }
    if (!is_shown(word)) {
        add_escaped(command, word);
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
    string_builder_print(command, " %s ", option);
    add_word(command, argument);
}

static void add_override(struct string_builder *command, const struct override *override)
{
    struct string_builder text = {0};
    string_builder_print(&text, "%s=%s", override->key, override->value);
    add_option(command, "--set", text.failed ? NULL : text.text);
    command->failed |= text.failed;
    string_builder_close(&text);
}

/* A name that looks like an option. */
static void add_file(struct string_builder *command, const char *file)
{
    struct string_builder name = {0};
    string_builder_print(&name, "%s%s", *file == '-' && file[1] ? "./" : "", file);
    string_builder_add_char(command, ' ');
    if (!name.failed)
        add_word(command, name.text);
    command->failed |= name.failed;
    string_builder_close(&name);
}

char *repeat_command(const struct options *options, const struct plan *plan, const char *file)
{
    struct string_builder command = {0};
    add_word(&command, options->program);
    if (options->net)
        string_builder_add(&command, " --net");
    add_option(&command, "--cluster", options->cluster_file);
    add_option(&command, "--key", options->key_file);
    if (plan) {
        if (options->swarm)
            string_builder_add(&command, " --swarm");
        string_builder_print(&command, " --seed %llu", (unsigned long long)plan->settings.seed);
        for (size_t i = 0; i < options->overrides_count; i++)
            if (strcmp(options->overrides[i].key, "seed") != 0)
                add_override(&command, &options->overrides[i]);
    }
    add_file(&command, file);
    return string_builder_take(&command);
}

/* ---- what can't be read again ----------------------------------------------------------- */

#define INPUTS_MAX 9999

/* Writes it to a new file. Whether there is one; if not, errno says why. */
static bool write_new(const char *name, const struct file_text *input)
{
    FILE *out = fopen(name, "wx");
    if (!out)
        return false;
    bool written = fwrite(input->text, 1, input->size, out) == input->size;
    int why = errno;
    if (fclose(out) == 0 && written)
        return true;
    why = written ? errno : why;
    unlink(name);
    errno = why;
    return false;
}

static bool has_text(const char *name, const struct file_text *input)
{
    struct file_text there;
    if (file_text_read_regular(&there, name, input->size))
        return false;
    bool same = there.size == input->size && memcmp(there.text, input->text, input->size) == 0;
    file_text_close(&there);
    return same;
}

const char *repeat_file(const struct scenario_file *scenario, char name[REPEAT_NAME_SIZE])
{
    if (!scenario->is_once)
        return scenario->name;
    for (int i = 1; i <= INPUTS_MAX; i++) {
        snprintf(name, REPEAT_NAME_SIZE, "dpsim-input-%d.txt", i);
        if (write_new(name, &scenario->text))
            return name;
        if (errno != EEXIST)
            break;
        if (has_text(name, &scenario->text))
            return name;
    }
    report(STATUS_FAILED, name, strerror(errno));
    fputs("dpsim: so the scenario, which can't be read again, is not saved to repeat this run\n",
          stderr);
    return "-";
}
