/* Which command the options given mean, by the modes in which each has an effect. */
#include "cli/option_table.h"

enum operands mode_operands(enum mode mode)
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

/* The option for which it is none of the modes that come before this one. */
static const struct option_row *first_special(const struct options_given *given, enum mode mode)
{
    unsigned before = (1u << mode) - 1;
    for (size_t i = 0; i < given->count; i++)
        if (!(given->rows[i]->modes & before))
            return given->rows[i];
    return given->rows[0];
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
        const struct option_row *special = first_special(given, *mode);
        string_builder_print(why, "--%s needs --%s%s%s: dpsim %s", special->name, row->name,
                             row->argument ? " " : "", row->argument ? row->argument : "",
                             mode_usage(*mode));
        if (special->hint)
            string_builder_print(why, " (%s)", special->hint);
        return false;
    }
    return true;
}
