#include "cli/help.h"

#include "cli/options.h"

#include <string.h>

#define COLUMNS     78 /* of 80, so that no terminal breaks a line */
#define TEXT_COLUMN 24

static const char about[] =
    "Simulate a cluster with one worker per id: run each scenario, one after the other, judge it "
    "by "
    "the invariants and its expectations, and print what happened. A scenario is a file; '-' reads "
    "from standard input. The worst exit status counts.";

static const struct {
    int number;
    const char *text;
} statuses[] = {
#define X(name, number, text) {number, text},
    STATUSES(X)
#undef X
};

static const char *const groups[] = {
#define X(name, text) (text),
    OPTION_GROUPS(X)
#undef X
};

static const char *const examples[][2] = {
    {"dpsim --nodes 3 scenarios/demo.txt", "the demo, with its timeline"},
    {"dpsim --json --seed 7 --set route=rendezvous -", "one from standard input, for a program"},
    {"dpsim --net --nodes 3 scenarios/demo.txt", "the demo with a process a node"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Prints words from column `at` on, each further line from `column` on, none past COLUMNS. */
static void wrapped(const char *words, int at, int column, FILE *out)
{
    bool fresh = true;
    while (*words) {
        int size = (int)strcspn(words, " ");
        if (!fresh && at + 1 + size > COLUMNS) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        } else if (!fresh) {
            fputc(' ', out);
            at++;
        }
        fwrite(words, 1, (size_t)size, out);
        at += size;
        fresh = false;
        words += size + (words[size] == ' ');
    }
    fputc('\n', out);
}

/* Prints a head and its text beside it, or below it where the head is too long. */
static void headed(const char *head, const char *text, FILE *out)
{
    int at = fprintf(out, "  %s", head);
    if (at + 2 > TEXT_COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", TEXT_COLUMN - at, "");
    wrapped(text, TEXT_COLUMN, TEXT_COLUMN, out);
}

static void print_usages(FILE *out)
{
    for (enum mode mode = 0; mode < MODE_PROCESS; mode++)
        fprintf(out, "%s dpsim %-47s  %s\n", mode ? "      " : "Usage:", mode_usage(mode),
                mode_does(mode));
}

static void print_row(const struct option_row *row, FILE *out)
{
    char head[64];
    snprintf(head, sizeof head, "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
             row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    headed(head, row->does, out);
}

void help_print(const struct option_row *rows, FILE *out)
{
    print_usages(out);
    fputc('\n', out);
    wrapped(about, 0, 0, out);
    for (enum option_group group = 0; group < OPTION_GROUPS_COUNT; group++) {
        fprintf(out, "\n%s:\n", groups[group]);
        for (const struct option_row *row = rows; row->name; row++)
            if (row->group == group && !row->rare)
                print_row(row, out);
    }
    fputs("\nExit status:\n", out);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        fprintf(out, "  %3d  ", statuses[i].number);
        wrapped(statuses[i].text, 7, 7, out);
    }
    fputs("\nExamples:\n", out);
    for (size_t i = 0; i < COUNT(examples); i++)
        fprintf(out, "  %s\n      %s\n", examples[i][0], examples[i][1]);
}

/* Text in roff: a dash is a dash, a backslash is itself, and no line begins with a command. */
static void roff(const char *text, FILE *out)
{
    for (bool fresh = true; *text; text++, fresh = false) {
        if (fresh && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
    }
}

static void roff_row(const struct option_row *row, FILE *out)
{
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fprintf(out, "\\fB\\-\\-%s\\fR", row->name);
    if (row->argument)
        fprintf(out, " \\fI%s\\fR", row->argument);
    fputc('\n', out);
    roff(row->does, out);
    fputs(".\n", out);
}

void help_man_page(const struct option_row *rows, FILE *out)
{
    fputs(".TH DPSIM 1 \"\" \"dpsim " DPSIM_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ndpsim \\- simulate a cluster with one worker per id\n.SH SYNOPSIS\n",
          out);
    for (enum mode mode = 0; mode < MODE_PROCESS; mode++) {
        fputs(mode ? ".br\n.B dpsim\n" : ".B dpsim\n", out);
        roff(mode_usage(mode), out);
        fputc('\n', out);
    }
    fputs(".SH DESCRIPTION\n", out);
    roff(about, out);
    fputs("\n.SH OPTIONS\n", out);
    for (enum option_group group = 0; group < OPTION_GROUPS_COUNT; group++) {
        fprintf(out, ".SS %s\n", groups[group]);
        for (const struct option_row *row = rows; row->name; row++)
            if (row->group == group)
                roff_row(row, out);
    }
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        fprintf(out, ".TP\n.B %d\n", statuses[i].number);
        roff(statuses[i].text, out);
        fputc('\n', out);
    }
    fputs(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set and not empty, nothing is coloured.\n"
          ".TP\n.B TERM\nIf it is\n.IR dumb ,\nnothing is coloured.\n.SH EXAMPLES\n",
          out);
    for (size_t i = 0; i < COUNT(examples); i++) {
        fputs(".TP\n.B ", out);
        roff(examples[i][0], out);
        fputc('\n', out);
        roff(examples[i][1], out);
        fputc('\n', out);
    }
}

/* Prints the options which take `argument`s of the kind asked for as a pattern of bash's case. */
static bool pattern(const struct option_row *rows, bool file, FILE *out)
{
    bool any = false;
    for (const struct option_row *row = rows; row->name; row++) {
        if (!row->argument || (row->kind == ARGUMENT_FILE) != file)
            continue;
        fputs(any ? " | " : "    ", out);
        if (row->letter)
            fprintf(out, "-%c | ", row->letter);
        fprintf(out, "--%s", row->name);
        any = true;
    }
    return any;
}

void help_completion(const struct option_row *rows, FILE *out)
{
    fputs("# bash completion for dpsim: source it, or put it where bash-completion looks.\n"
          "_dpsim()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    if [[ $word == '=' ]]; then word=; else\n"
          "        [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 2]}\n    fi\n"
          "    COMPREPLY=()\n    case $before in\n",
          out);
    if (pattern(rows, true, out))
        fputs(")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
              "        return ;;\n",
              out);
    if (pattern(rows, false, out))
        fputs(")\n        return ;;\n", out);
    fputs("    esac\n    if [[ $word == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W '",
          out);
    for (const struct option_row *row = rows; row->name; row++)
        if (!row->rare)
            fprintf(out, "%s--%s", row == rows ? "" : " ", row->name);
    fputs("' -- \"$word\")\n    else\n"
          "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\"\n"
          "            compgen -f -X '!*.txt' -- \"$word\")\n    fi\n}\n"
          "complete -o filenames -F _dpsim dpsim\n",
          out);
}
