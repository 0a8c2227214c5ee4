/* What the options given mean together: which command, by the modes in which each has an effect,
 * and what is wrong with them. */
#include "cli/option_table.h"

#include "scenario/diagnostic.h"
#include "scenario/suggest.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum operands mode_operands(enum mode mode)
{
    static const enum operands all[] = {
#define X(name, operands, usage, does) OPERANDS_##operands,
        MODES(X)
#undef X
    };
    return all[mode];
}

const char *mode_usage(enum mode mode)
{
    static const char *const all[] = {
#define X(name, operands, usage, does) usage,
        MODES(X)
#undef X
    };
    return all[mode];
}

const char *mode_does(enum mode mode)
{
    static const char *const all[] = {
#define X(name, operands, usage, does) does,
        MODES(X)
#undef X
    };
    return all[mode];
}

void options_refuse_name(const char *word, struct string_builder *why)
{
    const char *names[OPTIONS_MOST + 1] = {0};
    char text[256];
    struct string_builder several = string_builder_over(text, sizeof text);
    size_t size = strcspn(word, "="), matches = 0;
    struct shown given = shown((struct word){word, size});
    for (size_t i = 0; option_table[i].name; i++) {
        names[i] = option_table[i].name;
        if (strncmp(names[i], word, size) == 0)
            string_builder_print(&several, "%s'--%s'", matches++ ? ", " : "", names[i]);
    }
    const char *meant = suggest(word, size, names);
    if (matches > 1)
        string_builder_print(why, "option '--%s' may be one of %s", given.text, text);
    else if (meant)
        string_builder_print(why, "unknown option '--%s'; did you mean '--%s'?", given.text, meant);
    else
        string_builder_print(why, "unknown option '--%s'", given.text);
}

/* The one that says why they do not go together comes first. */
static void add_conflict(struct string_builder *why, const struct option_row *one,
                         const struct option_row *other)
{
    bool turn = !one->alone && other->alone;
    const struct option_row *first = turn ? other : one, *second = turn ? one : other;
    string_builder_print(why, "--%s and --%s do not go together", first->name, second->name);
    if (first->alone)
        string_builder_print(why, ": --%s %s", first->name, first->alone);
    string_builder_add(why, "; leave one of them out");
}

/* The modes that understand all options given; 0: two of them, or all together, have none, and
 * `why` says so. */
static unsigned modes_of(const struct options_given *given, struct string_builder *why)
{
    unsigned modes = IN_ALL_MODES;
    for (size_t i = 0; i < given->count; i++) {
        const struct option_row *row = given->rows[i];
        for (size_t j = 0; j < i; j++)
            if (!(row->modes & given->rows[j]->modes)) {
                add_conflict(why, given->rows[j], row);
                return 0;
            }
        modes &= row->modes;
    }
    if (!modes)
        string_builder_add(why,
                           "these options are of different commands: see the usages in --help");
    return modes;
}

/* The option for which it is none of the modes that come before this one; NULL: no single one. */
static const struct option_row *first_special(const struct options_given *given, enum mode mode)
{
    unsigned before = (1u << mode) - 1;
    for (size_t i = 0; i < given->count; i++)
        if (!(given->rows[i]->modes & before))
            return given->rows[i];
    return NULL;
}

/* The option needs another one, by itself or with a further one that is given. */
static void add_need(struct string_builder *why, const struct options_given *given, enum mode mode,
                     const struct option_row *needed)
{
    unsigned before = (1u << mode) - 1;
    const struct option_row *special = first_special(given, mode), *with = NULL;
    for (size_t i = 0; i < given->count && !special; i++)
        for (size_t j = 0; j < given->count && !special; j++)
            if (!(given->rows[i]->modes & given->rows[j]->modes & before) &&
                (given->rows[i]->hint || i > j)) {
                special = given->rows[i];
                with = given->rows[j];
            }
    if (!special)
        special = given->rows[0];
    string_builder_print(why, "--%s", special->name);
    if (with)
        string_builder_print(why, " with --%s", with->name);
    string_builder_print(why, " needs --%s%s%s: dpsim %s", needed->name,
                         needed->argument ? " " : "", needed->argument ? needed->argument : "",
                         mode_usage(mode));
    if (special->hint)
        string_builder_print(why, " (%s)", special->hint);
}

static bool is_given(const struct options_given *given, const struct option_row *row)
{
    for (size_t i = 0; i < given->count; i++)
        if (given->rows[i] == row)
            return true;
    return false;
}

bool options_mode(const struct options_given *given, enum mode *mode, struct string_builder *why)
{
    unsigned modes = modes_of(given, why);
    if (!modes)
        return false;
    *mode = 0;
    while (!(modes >> *mode & 1))
        (*mode)++;
    for (const struct option_row *row = option_table; row->name; row++) {
        if (!(row->needed >> *mode & 1) || is_given(given, row))
            continue;
        add_need(why, given, *mode, row);
        return false;
    }
    return true;
}

/* ---- what is wrong within a mode ----------------------------------------------------------- */

/* A setting of some nodes or links holds beside that of all. */
static bool is_of_all(const struct override *override)
{
    return !strstr(override->value, " on ");
}

/* What gives a setting another value in each run leaves no place for one of the command line. */
static void check_overrides(const struct options *options, struct string_builder *why)
{
    bool many = IN_MODES_OF_SEEDS >> options->mode & 1;
    for (size_t i = 0; i < options->overrides_count && !why->size; i++) {
        const struct override *override = &options->overrides[i];
        struct shown given = shown((struct word){override->option, strlen(override->option)});
        if (many && strcmp(override->key, "seed") == 0)
            string_builder_print(why,
                                 "%s and --seeds do not go together: --seeds has the seeds; leave "
                                 "one of them out",
                                 given.text);
        for (size_t j = 0; j < options->varied_count && !why->size; j++)
            if (strcmp(override->key, options->varied[j].key) == 0 && is_of_all(override) &&
                is_of_all(&options->varied[j]))
                string_builder_print(why,
                                     "%s and --vary %s do not go together: --vary has the values; "
                                     "leave one of them out",
                                     given.text, override->key);
    }
}

/* The option given that is the mode's own. */
static const char *own_option(const struct options_given *given, enum mode mode)
{
    for (size_t i = 0; i < given->count; i++)
        if (given->rows[i]->modes == 1u << mode)
            return given->rows[i]->name;
    return "net";
}

static void check_operands(const struct options *options, const struct options_given *given,
                           struct string_builder *why)
{
    enum operands operands = mode_operands(options->mode);
    size_t standard_inputs = 0;
    for (size_t i = 0; i < options->scenarios_count; i++) {
        standard_inputs += strcmp(options->scenarios[i], "-") == 0;
        if (!*options->scenarios[i] && !why->size)
            string_builder_add(why, "a scenario's name is empty: ''");
    }
    if (why->size)
        return;
    if (operands == OPERANDS_NONE && options->scenarios_count)
        string_builder_print(why, "--%s takes no scenario, and there is '%s'",
                             own_option(given, options->mode), options->scenarios[0]);
    else if ((operands == OPERANDS_SCENARIOS || operands == OPERANDS_RESULTS) &&
             !options->scenarios_count)
        string_builder_print(why, "no %s was given\nUsage: dpsim %s",
                             operands == OPERANDS_RESULTS ? "result" : "scenario",
                             mode_usage(options->mode));
    else if (standard_inputs > 1)
        string_builder_add(why, "standard input can be read once, and '-' is given more often");
}

bool options_is_stdout(const char *file)
{
    struct stat there, out;
    if (!file || strcmp(file, "-") == 0)
        return file;
    return stat(file, &there) == 0 && fstat(STDOUT_FILENO, &out) == 0 && !S_ISCHR(out.st_mode) &&
           there.st_dev == out.st_dev && there.st_ino == out.st_ino;
}

bool options_print_text(const struct options *options)
{
    return !options->json && !options_is_stdout(options->trace_file) &&
           !options_is_stdout(options->junit_file) && !options_is_stdout(options->csv_file) &&
           !options_is_stdout(options->perfetto_file) && !options_is_stdout(options->shiviz_file);
}

/* Standard output holds one kind of data. */
static void check_claims(const struct options *options, struct string_builder *why)
{
    const struct {
        const char *option;
        bool is_given;
    } claims[] = {{"--json", options->json},
                  {"--trace -", options_is_stdout(options->trace_file)},
                  {"--perfetto -", options_is_stdout(options->perfetto_file)},
                  {"--shiviz -", options_is_stdout(options->shiviz_file)},
                  {"--csv -", options_is_stdout(options->csv_file)},
                  {"--junit -", options_is_stdout(options->junit_file)}};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        if (!claims[i].is_given)
            continue;
        if (first) {
            string_builder_print(why, "%s and %s can't share standard output: write one to a file",
                                 first, claims[i].option);
            return;
        }
        first = claims[i].option;
    }
}

/* A file holds one run. */
static void check_outputs(const struct options *options, struct string_builder *why)
{
    const struct {
        const char *name;
        const char *file;
    } of_one_run[] = {{"trace", options->trace_file},   {"perfetto", options->perfetto_file},
                      {"shiviz", options->shiviz_file}, {"png", options->png_file},
                      {"csv", options->csv_file},       {"flatten", options->flat_file},
                      {"shrink", options->shrunk_file}, {"explain", options->explained},
                      {"diff", options->diff_file}};
    for (size_t i = 0; i < sizeof of_one_run / sizeof *of_one_run; i++)
        if (options->scenarios_count > 1 && of_one_run[i].file) {
            string_builder_print(why, "--%s takes one scenario, and there are %zu",
                                 of_one_run[i].name, options->scenarios_count);
            return;
        }
    if (options->swarm && options->viz)
        string_builder_add(why, "--swarm and --viz do not go together: a saved session would not "
                                "have what the seed draws; leave one of them out");
    else if (options->json && options->quiet)
        string_builder_add(why, "--json and --quiet do not go together: --json prints the summary "
                                "alone; leave one of them out");
    else if (options_is_stdout(options->png_file))
        string_builder_add(why, "--png: a picture does not go to standard output: name a file");
    else
        check_claims(options, why);
}

bool options_check(const struct options *options, const struct options_given *given,
                   struct string_builder *why)
{
    check_outputs(options, why);
    if (!why->size)
        check_overrides(options, why);
    if (!why->size)
        check_operands(options, given, why);
    return !why->size;
}
