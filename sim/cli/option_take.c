#include "cli/option_take.h"

#include "base/memory.h"
#include "cli/help.h"
#include "node/id.h"
#include "scenario/diagnostic.h"
#include "scenario/value.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

/* No system lets a process have more descriptors. */
#define DESCRIPTOR_MAX 10000000u

void parsing_wrong(struct parsing *parsing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("dpsim: ", parsing->err);
    vfprintf(parsing->err, format, arguments);
    va_end(arguments);
    fputs("\nTry 'dpsim --help'.\n", parsing->err);
    parsing->todo = OPTIONS_WRONG;
}

static void no_memory(struct parsing *parsing)
{
    fputs("dpsim: no memory for the command line\n", parsing->err);
    parsing->todo = OPTIONS_FAILED;
}

/* What is printed instead of a run. */
static void printed(struct parsing *parsing)
{
    if (fflush(parsing->out) == 0 && !ferror(parsing->out)) {
        parsing->todo = OPTIONS_DONE;
        return;
    }
    if (errno != EPIPE) /* whose reader knows */
        fprintf(parsing->err, "dpsim: standard output: %s\n", strerror(errno));
    parsing->todo = OPTIONS_FAILED;
}

/* Where the overrides of one kind are kept. */
struct override_list {
    struct override **items;
    size_t *count;
    size_t *capacity;
};

static struct override_list overrides_of(struct parsing *parsing)
{
    struct options *options = parsing->options;
    return (struct override_list){&options->overrides, &options->overrides_count,
                                  &parsing->overrides_capacity};
}

/* The option as given and the key are one block, which `option` heads. */
static void add_override(struct parsing *parsing, struct override_list list,
                         const struct option_row *row, const char *argument, size_t key_size,
                         const char *value)
{
    const char *key = key_size ? argument : row->name;
    key_size = key_size ? key_size : strlen(key);
    size_t option_size = strlen(row->name) + strlen(argument) + sizeof "-- ";
    char *block = memory_resize(NULL, option_size + key_size + 1);
    if (!block ||
        memory_reserve((void **)list.items, list.capacity, *list.count + 1, sizeof **list.items)) {
        memory_free(block);
        no_memory(parsing);
        return;
    }
    snprintf(block, option_size, *argument ? "--%s %s" : "--%s%s", row->name, argument);
    memcpy(block + option_size, key, key_size);
    block[option_size + key_size] = '\0';
    (*list.items)[(*list.count)++] =
        (struct override){.option = block, .key = block + option_size, .value = value};
}

/* An option that bears the name of the setting that it overrides. */
void take_override(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    add_override(parsing, overrides_of(parsing), row, argument, 0, argument);
}

void take_ties(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    (void)argument;
    add_override(parsing, overrides_of(parsing), row, "", 0, "on");
}

static void take_pair(struct parsing *parsing, struct override_list list,
                      const struct option_row *row, const char *argument, const char *example)
{
    const char *sign = strchr(argument, '=');
    if (sign && sign > argument)
        add_override(parsing, list, row, argument, (size_t)(sign - argument), sign + 1);
    else
        parsing_wrong(parsing, "--%s %s: want %s, such as --%s %s", row->name, argument,
                      row->argument, row->name, example);
}

void take_set(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    if (strcmp(argument, "help") == 0) {
        help_settings(parsing->out);
        printed(parsing);
        return;
    }
    take_pair(parsing, overrides_of(parsing), row, argument, "ttl=30s; --set help lists all");
}

void take_vary(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options *options = parsing->options;
    struct override_list list = {&options->varied, &options->varied_count,
                                 &parsing->varied_capacity};
    take_pair(parsing, list, row, argument, "route=modulo,ring");
}

/* Whether the argument is a whole number of least..most, which is below 10^8. */
static bool take_number(struct parsing *parsing, const struct option_row *row, const char *argument,
                        uint32_t least, uint32_t most, uint32_t *number)
{
    const char *at = argument;
    *number = 0;
    while (*at >= '0' && *at <= '9' && *number <= most)
        *number = *number * 10 + (uint32_t)(*at++ - '0');
    if (!*at && at > argument && *number >= least && *number <= most)
        return true;
    parsing_wrong(parsing, "--%s %s: want a whole number of %u..%u", row->name, argument, least,
                  most);
    return false;
}

void take_threads(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 1, THREADS_MAX, &number))
        parsing->options->threads = number;
}

void take_jobs(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 1, THREADS_MAX, &number))
        parsing->options->jobs = number;
}

void take_seeds(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options *options = parsing->options;
    struct word range = {argument, strlen(argument)}, first, last;
    const char *before = parsing->seeds;
    parsing->seeds = argument;
    if (before && strcmp(before, argument) != 0)
        parsing_wrong(parsing, "--%s is given twice: '%s' and '%s'", row->name, before, argument);
    else if (!value_range(range, &first, &last) || value_number(first, &options->first_seed) ||
             value_number(last, &options->last_seed) || options->last_seed < options->first_seed)
        parsing_wrong(parsing,
                      "--%s %s: want two seeds of 0..2^64-1, the lower one first, such as 1..200",
                      row->name, argument);
}

void take_hunt(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options *options = parsing->options;
    struct word word = {argument, strlen(argument)};
    if ((value_number(word, &options->hunt_runs) && value_duration(word, &options->hunt_ns)) ||
        (!options->hunt_runs && !options->hunt_ns))
        parsing_wrong(
            parsing,
            "--%s %s: want a time above zero, such as 10s, or a number of runs, such as 20000",
            row->name, argument);
}

void take_descriptor(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 0, DESCRIPTOR_MAX, &number))
        parsing->options->process_fd = (int)number;
}

void parsing_add_request(struct parsing *parsing, const char *id)
{
    struct options *options = parsing->options;
    if (!id_valid(id, strlen(id)))
        parsing_wrong(parsing, "--request '%s': an id is 1..63 bytes of printable UTF-8",
                      shown((struct word){id, strlen(id)}).text);
    else if (memory_reserve((void **)&options->requests, &parsing->requests_capacity,
                            options->requests_count + 1, sizeof *options->requests))
        no_memory(parsing);
    else
        options->requests[options->requests_count++] = id;
}

void take_request(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    bool is_word = argument == parsing->argv[optind - 1]; /* else it follows '=' */
    if (strcmp(argument, "--") == 0)
        parsing->ended = true;
    else if (is_word && argument[0] == '-' && argument[1])
        parsing_wrong(parsing, "--%s %s: an id that begins with '-' comes after '--': --%s -- %s",
                      row->name, argument, row->name, argument);
    else
        parsing_add_request(parsing, argument);
}

void take_string(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    const char *before;
    memcpy(&before, (char *)parsing->options + row->field, sizeof before);
    if (*argument && before && strcmp(before, argument) != 0)
        parsing_wrong(parsing, "--%s is given twice: '%s' and '%s'", row->name, before, argument);
    else if (*argument)
        memcpy((char *)parsing->options + row->field, &argument, sizeof argument);
    else
        parsing_wrong(parsing, "--%s: want a %s", row->name, row->argument);
}

void take_flag(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    (void)argument;
    *(bool *)((char *)parsing->options + row->field) = true;
}

/* The argument of an option that may have none: it follows '=', or is the next word, if that is no
 * option and no file's name. */
static const char *optional_argument_of(const struct parsing *parsing, const char *argument)
{
    const char *next = optind < parsing->argc ? parsing->argv[optind] : NULL;
    if (argument || !next || *next == '-' || strpbrk(next, "./"))
        return argument;
    return next;
}

void take_help(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    char text[1024];
    struct string_builder why = string_builder_over(text, sizeof text);
    if (help_answer(row->kind, optional_argument_of(parsing, argument), parsing->out, &why))
        printed(parsing);
    else
        parsing_wrong(parsing, "%s", text);
}

void take_version(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    (void)row, (void)argument;
    fputs("dpsim " DPSIM_VERSION "\n", parsing->out);
    printed(parsing);
}
