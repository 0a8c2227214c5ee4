#include "cli/help.h"

#include "cli/completion.h"
#include "cli/document.h"
#include "cli/manual.h"
#include "scenario/diagnostic.h"
#include "scenario/plan_printer.h"

#include <string.h>

#define TEXT_COLUMN    24
#define SETTING_COLUMN 30
#define STATUS_COLUMN  7

const char help_about[] =
    "Simulate a cluster with one worker per id: run each scenario, one after the other, judge it "
    "by "
    "the invariants and its expectations, and print what happened. A scenario is a file; '-' reads "
    "from standard input. The worst exit status counts.";

const struct help_example help_examples[] = {
    {"dpsim --nodes 3 scenarios/demo.txt", "the demo, with its timeline"},
    {"dpsim --json --seed 7 --set route=rendezvous -", "one from standard input, for a program"},
    {"dpsim -q --junit report.xml scenarios/*.txt", "many, for continuous integration"},
    {"dpsim --net --nodes 3 scenarios/demo.txt", "the demo with a process a node"},
    {NULL, NULL},
};

const struct help_status help_statuses[] = {
#define X(name, number, text) {number, text},
    STATUSES(X)
#undef X
        {0, NULL},
};

const char *help_group_name(enum option_group group)
{
    static const char *const names[] = {
#define X(name, text) (text),
        OPTION_GROUPS(X)
#undef X
    };
    return names[group];
}

static void print_row(const struct option_row *row, FILE *out)
{
    char head[64];
    snprintf(head, sizeof head, "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
             row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    document_head(head, row->does, TEXT_COLUMN, out);
}

static void print_group(enum option_group group, const struct option_row *rows, FILE *out)
{
    fprintf(out, "%s:\n", help_group_name(group));
    for (const struct option_row *row = rows; row->name; row++)
        if (row->group == group && !row->rare)
            print_row(row, out);
}

static void help_print(const struct option_row *rows, FILE *out)
{
    char topics[512];
    struct string_builder list = string_builder_over(topics, sizeof topics);
    for (enum mode mode = 0; mode < MODE_PROCESS; mode++)
        fprintf(out, "%s dpsim %-47s  %s\n", mode ? "      " : "Usage:", mode_usage(mode),
                mode_does(mode));
    fputc('\n', out);
    document_wrap(help_about, 0, 0, out);
    for (enum option_group group = 0; group < OPTION_GROUPS_COUNT; group++) {
        fputc('\n', out);
        print_group(group, rows, out);
    }
    fputs("\nExit status:\n", out);
    for (const struct help_status *status = help_statuses; status->text; status++) {
        fprintf(out, "  %3d  ", status->number);
        document_wrap(status->text, STATUS_COLUMN, STATUS_COLUMN, out);
    }
    fputs("\nExamples:\n", out);
    for (const struct help_example *example = help_examples; example->command; example++)
        fprintf(out, "  %s\n      %s\n", example->command, example->does);
    string_builder_add(&list, "Topics of --help:");
    manual_topics(&list);
    fputc('\n', out);
    document_wrap(topics, 0, 0, out);
}

/* ---- settings ------------------------------------------------------------------------------ */

static void add_setting_text(enum setting_id id, struct string_builder *text)
{
    const struct setting *setting = &settings_table[id];
    string_builder_add(text, setting->means);
    for (const char *const *word = setting->words; word && *word; word++)
        string_builder_print(text, "%s%s", word == setting->words ? " (" : ", ", *word);
    if (setting->words)
        string_builder_add(text, ")");
}

static void print_setting(enum setting_id id, const struct settings *defaults, FILE *out)
{
    const struct setting *setting = &settings_table[id];
    char line[SETTING_LINE_SIZE], what[SETTING_LINE_SIZE + 64], text[1024];
    struct string_builder head = string_builder_over(line, sizeof line);
    struct string_builder means = string_builder_over(text, sizeof text);
    if (!setting->unset || setting_is_written(defaults, id))
        plan_setting_line(&head, defaults, id);
    else
        string_builder_print(&head, "%s (%s)", setting->name, setting->unset);
    char *blank = strchr(line, ' ');
    if (blank && blank[1] != '(')
        *blank = '=';
    snprintf(what, sizeof what, "%s%s", line, setting->later ? " *" : "");
    add_setting_text(id, &means);
    document_head(what, text, SETTING_COLUMN, out);
}

void help_settings(FILE *out)
{
    struct settings defaults = settings_default();
    document_wrap("Settings with their defaults, to be given as --set KEY=VALUE, or in a scenario "
                  "as a line 'KEY VALUE'. Those with * can change during a run, too.",
                  0, 0, out);
    fputc('\n', out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++)
        print_setting(id, &defaults, out);
    fputc('\n', out);
    document_wrap("A value may be more than one word: --set 'latency=exp 5ms min 1ms', --set "
                  "'load=20ms on n2'. 'dpsim --help settings' says more.",
                  0, 0, out);
}

/* The options of the group in which one has this name. */
static bool help_option(const char *name, const struct option_row *rows, FILE *out)
{
    const struct option_row *asked = rows;
    while (asked->name && strcmp(asked->name, name) != 0)
        asked++;
    if (!asked->name || asked->rare)
        return false;
    print_group(asked->group, rows, out);
    return true;
}

/* ---- what is asked for --------------------------------------------------------------------- */

static bool answers(enum argument_kind kind, const char *word, FILE *out)
{
    switch (kind) {
    case ARGUMENT_PAGE:
        return manual_page(word, option_table, out);
    case ARGUMENT_SHELL:
        return completion_print(word, option_table, out);
    default:
        if (word)
            return manual_help(word, out) || help_option(word, option_table, out);
        help_print(option_table, out);
        return true;
    }
}

bool help_answer(enum argument_kind kind, const char *word, FILE *out, struct string_builder *why)
{
    if (answers(kind, word, out))
        return true;
    const char *meant = kind == ARGUMENT_TOPIC ? manual_suggest(word) : NULL;
    string_builder_print(why, "no %s '%s'",
                         kind == ARGUMENT_TOPIC   ? "help on"
                         : kind == ARGUMENT_SHELL ? "completion for"
                                                  : "manual page",
                         shown((struct word){word, strlen(word)}).text);
    if (meant) {
        string_builder_print(why, "; did you mean '%s'?", meant);
        return false;
    }
    string_builder_add(why, "; there are:");
    completion_words(kind, why);
    return false;
}
