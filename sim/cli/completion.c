#include "cli/completion.h"

#include "cli/help.h"
#include "cli/manual.h"
#include "scenario/settings.h"

#include <string.h>

static void bash_print(const struct option_row *rows, FILE *out);
static void zsh_print(const struct option_row *rows, FILE *out);
static void fish_print(const struct option_row *rows, FILE *out);

static const struct {
    const char *name;
    void (*print)(const struct option_row *rows, FILE *out);
} shells[] = {{"bash", bash_print}, {"zsh", zsh_print}, {"fish", fish_print}};

enum { SHELLS = sizeof shells / sizeof *shells };

/* ---- what is completed --------------------------------------------------------------------- */

void completion_words(enum argument_kind kind, struct string_builder *words)
{
    switch (kind) {
    case ARGUMENT_TOPIC:
        manual_topics(words);
        break;
    case ARGUMENT_PAGE:
        manual_pages(words);
        break;
    case ARGUMENT_SHELL:
        for (size_t i = 0; i < SHELLS; i++)
            string_builder_print(words, " %s", shells[i].name);
        break;
    default:
        break;
    }
}

static void add_values(enum setting_id id, struct string_builder *values)
{
    for (const char *const *word = settings_table[id].words; word && *word; word++)
        string_builder_print(values, "%s%s", values->size ? " " : "", *word);
}

/* A text within single quotes. */
static void quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    }
    fputc('\'', out);
}

/* ---- bash ---------------------------------------------------------------------------------- */

/* The options with arguments of this kind as a pattern of `case`. Returns whether there are any. */
static bool bash_pattern(const struct option_row *rows, enum argument_kind kind, FILE *out)
{
    bool any = false;
    for (const struct option_row *row = rows; row->name; row++) {
        if (!row->argument || row->kind != kind)
            continue;
        fputs(any ? " | " : "    ", out);
        if (row->letter)
            fprintf(out, "-%c | ", row->letter);
        fprintf(out, "--%s", row->name);
        any = true;
    }
    if (any)
        fputs(")\n", out);
    return any;
}

static void bash_words(const struct option_row *rows, enum argument_kind kind, FILE *out)
{
    char text[1024];
    struct string_builder words = string_builder_over(text, sizeof text);
    completion_words(kind, &words);
    if (bash_pattern(rows, kind, out))
        fprintf(out, "        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n", text);
    fputs(kind == ARGUMENT_TOPIC || kind == ARGUMENT_PAGE
              ? "        [[ $word == -* ]] || return ;;\n"
              : "        return ;;\n",
          out);
}

static void bash_settings(FILE *out)
{
    fputs("_dpsim_values()\n{\n    case $1 in\n", out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char text[256];
        struct string_builder values = string_builder_over(text, sizeof text);
        add_values(id, &values);
        if (values.size)
            fprintf(out, "    %s) echo '%s' ;;\n", settings_table[id].name, text);
    }
    fputs("    esac\n}\n\n_dpsim_keys='", out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++)
        fprintf(out, "%s%s=", id ? " " : "", settings_table[id].name);
    fputs(" help'\n\n", out);
}

/* The same as a regular expression. */
static void bash_alternatives(const struct option_row *rows, enum argument_kind kind, FILE *out)
{
    const char *bar = "";
    for (const struct option_row *row = rows; row->name; row++)
        if (row->argument && row->kind == kind) {
            fprintf(out, "%s--%s", bar, row->name);
            bar = "|";
        }
}

static void bash_print(const struct option_row *rows, FILE *out)
{
    fputs("# bash completion for dpsim: source it, or put it where bash-completion looks.\n", out);
    bash_settings(out);
    fputs("_dpsim()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local at=$((COMP_CWORD - 1))\n"
          "    COMPREPLY=()\n"
          "    # '=' is a word of its own: --set route = mod, --trace = file.\n"
          "    if [[ $word == '=' ]]; then word= at=$COMP_CWORD before='='; fi\n"
          "    if [[ $before == '=' && ${COMP_WORDS[at - 2]} =~ ^(",
          out);
    bash_alternatives(rows, ARGUMENT_SETTING, out);
    fputs(")$ ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$(_dpsim_values "
          "\"${COMP_WORDS[at - 1]}\")\" -- \"$word\")\n"
          "        return\n    fi\n"
          "    [[ $before == '=' ]] && before=${COMP_WORDS[at - 1]}\n"
          "    case $before in\n",
          out);
    bash_pattern(rows, ARGUMENT_SETTING, out);
    fputs("        mapfile -t COMPREPLY < <(compgen -W \"$_dpsim_keys\" -- \"$word\")\n"
          "        compopt -o nospace 2>/dev/null\n        return ;;\n",
          out);
    bash_pattern(rows, ARGUMENT_FILE, out);
    fputs("        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n        return ;;\n", out);
    bash_words(rows, ARGUMENT_TOPIC, out);
    bash_words(rows, ARGUMENT_PAGE, out);
    bash_words(rows, ARGUMENT_SHELL, out);
    bash_pattern(rows, ARGUMENT_OWN, out);
    fputs("        return ;;\n    esac\n    if [[ $word == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
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

/* ---- zsh ----------------------------------------------------------------------------------- */

/* A description within a specification of _arguments. */
static void zsh_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_argument(const struct option_row *row, FILE *out)
{
    char text[1024];
    struct string_builder words = string_builder_over(text, sizeof text);
    completion_words(row->kind, &words);
    fputs(row->argument[0] == '[' ? "::" : ":", out);
    zsh_text(row->argument, out);
    if (row->kind == ARGUMENT_FILE)
        fputs(":_files", out);
    else if (row->kind == ARGUMENT_SETTING)
        fputs(":_dpsim_settings", out);
    else if (words.size)
        fprintf(out, ":(%s)", text);
    else
        fputs(": ", out);
}

static void zsh_row(const struct option_row *row, FILE *out)
{
    fputs("  ", out);
    if (row->letter)
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}", row->letter, row->name, row->letter,
                row->argument ? "+" : "", row->name, row->argument ? "=" : "");
    fputc('\'', out);
    if (!row->letter)
        fprintf(out, "%s--%s%s", row->kind == ARGUMENT_SETTING ? "*" : "", row->name,
                row->argument ? "=" : "");
    fputc('[', out);
    zsh_text(row->does, out);
    fputc(']', out);
    if (row->argument)
        zsh_argument(row, out);
    fputs("' \\\n", out);
}

static void zsh_settings(FILE *out)
{
    fputs("_dpsim_settings()\n{\n  local -a keys values\n  if compset -P '*='; then\n"
          "    case ${IPREFIX%=} in\n",
          out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char text[256];
        struct string_builder values = string_builder_over(text, sizeof text);
        add_values(id, &values);
        if (values.size)
            fprintf(out, "    (*%s) values=(%s) ;;\n", settings_table[id].name, text);
    }
    fputs("    esac\n    compadd -a values\n  else\n    keys=(\n", out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        fprintf(out, "      '%s:", settings_table[id].name);
        zsh_text(settings_table[id].means, out);
        fputs("'\n", out);
    }
    fputs("    )\n    _describe -t settings setting keys -S=\n  fi\n}\n\n", out);
}

static void zsh_print(const struct option_row *rows, FILE *out)
{
    fputs("#compdef dpsim\n# zsh completion for dpsim: put it as _dpsim into a folder of $fpath.\n",
          out);
    zsh_settings(out);
    fputs("_arguments -s -S \\\n", out);
    for (const struct option_row *row = rows; row->name; row++)
        if (!row->rare)
            zsh_row(row, out);
    fputs("  '*:scenario:_files -g \"*.txt\"'\n", out);
}

/* ---- fish ---------------------------------------------------------------------------------- */

static void fish_row(const struct option_row *row, FILE *out)
{
    char text[1024];
    struct string_builder words = string_builder_over(text, sizeof text);
    bool optional = row->argument && row->argument[0] == '[';
    completion_words(row->kind, &words);
    fputs("complete -c dpsim", out);
    if (row->letter)
        fprintf(out, " -s %c", row->letter);
    fprintf(out, " -l %s", row->name);
    if (row->argument && !optional)
        fputs(row->kind == ARGUMENT_FILE ? " -r -F" : " -x", out);
    if (row->kind == ARGUMENT_SETTING)
        fputs(" -a '(__dpsim_settings)'", out);
    else if (words.size && !optional)
        fprintf(out, " -a '%s'", text);
    fputs(" -d ", out);
    quoted(row->does, out);
    fputc('\n', out);
    if (words.size && optional)
        fprintf(out, "complete -c dpsim -n '__fish_prev_arg_in --%s' -f -a '%s'\n", row->name,
                text);
}

static void fish_print(const struct option_row *rows, FILE *out)
{
    fputs("# fish completion for dpsim: put it as dpsim.fish into a folder of "
          "$fish_complete_path.\nfunction __dpsim_settings\n",
          out);
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        fprintf(out, "    printf '%%s\\t%%s\\n' %s= ", setting->name);
        quoted(setting->means, out);
        fputc('\n', out);
        for (const char *const *word = setting->words; word && *word; word++)
            fprintf(out, "    echo %s=%s\n", setting->name, *word);
    }
    fputs("end\ncomplete -c dpsim -f\n"
          "complete -c dpsim -k -a '(__fish_complete_suffix .txt)'\n",
          out);
    for (const struct option_row *row = rows; row->name; row++)
        if (!row->rare)
            fish_row(row, out);
}

bool completion_print(const char *shell, const struct option_row *rows, FILE *out)
{
    for (size_t i = 0; i < SHELLS; i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].print(rows, out);
            return true;
        }
    return false;
}
