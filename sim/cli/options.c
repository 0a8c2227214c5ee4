#include "cli/options.h"

#include "base/memory.h"
#include "cli/help.h"
#include "cli/option_getopt.h"
#include "node/id.h"
#include "scenario/diagnostic.h"
#include "scenario/value.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

/* No system lets a process have more descriptors. */
#define DESCRIPTOR_MAX 10000000u

struct parsing {
    struct options *options;
    size_t overrides_capacity;
    size_t varied_capacity;
    size_t requests_capacity;
    const char *seeds; /* --seeds, once it was given */
    bool ended;        /* by --request --: what follows are ids */
    int argc;
    char **argv; /* as getopt_long has it, which puts its words into another order */
    FILE *out;
    FILE *err;
    struct options_given given;
    enum options_todo todo;
};

typedef void option_take(struct parsing *parsing, const struct option_row *row,
                         const char *argument);

static option_take take_override, take_ties, take_set, take_threads, take_string, take_flag;
static option_take take_request, take_descriptor, take_seeds, take_jobs, take_vary, take_hunt;
static option_take take_help, take_version;

#define FIELD(name) .field = offsetof(struct options, name)
#define GROUP(name) .group = OPTION_GROUP_##name
#define KIND(name)  .kind = ARGUMENT_##name

#define IN_MODES_OF_SCENARIOS                                                                      \
    (IN_MODES_OF_RUNS | IN_MODE(CHECK) | IN_MODES_OF_SEEDS | IN_MODE(FLATTEN) | IN_MODE(SHRINK) |  \
     IN_MODE(HUNT) | IN_MODE(EXPLAIN) | IN_MODE(DIFF))
#define IN_MODES_OF_CLUSTERS (IN_MODE(DRIVE) | IN_MODE(NODE) | IN_MODE(REQUEST))
#define IN_MODES_OF_NET      (IN_MODE(NET) | IN_MODES_OF_CLUSTERS | IN_MODE(PROCESS))

/* In the order of --help; those of a group stand together. */
const struct option_row option_table[] = {
    {'n', "nodes", "N", "nodes, 1..100000; overrides the scenario", take_override, GROUP(RUN),
     .modes = IN_MODES_OF_SCENARIOS},
    {'s', "seed", "S", "seed, 0..2^64-1; overrides the scenario (default 1)", take_override,
     GROUP(RUN), .modes = IN_MODES_OF_SCENARIOS & ~IN_MODES_OF_SEEDS},
    {0, "set", "KEY=VALUE",
     "override any setting, as --set ttl=30s --set route=rendezvous; --set help lists them",
     take_set, GROUP(RUN), KIND(SETTING), .modes = IN_MODES_OF_SCENARIOS},
    {0, "threads", "K",
     "operating-system threads that carry the nodes, 1..1024: default one a node up to 64 nodes. "
     "Never changes a result",
     take_threads, GROUP(RUN), .modes = IN_MODE(RUN)},
    {0, "ties", NULL,
     "let the seed order what happens at one instant at a node; short for --set ties=on", take_ties,
     GROUP(RUN), .modes = IN_MODES_OF_SCENARIOS & ~IN_MODES_OF_NET},
    {0, "check", NULL, "parse the scenario and report its errors; run nothing", take_flag,
     FIELD(check), GROUP(RUN), .modes = IN_MODE(CHECK), .alone = "runs nothing"},
    {0, "trace", "FILE", "write the trace as JSON lines ('-' is standard output)", take_string,
     FIELD(trace_file), GROUP(OUTPUT), KIND(FILE), .modes = IN_MODES_OF_RUNS},
    {0, "perfetto", "FILE", "write the trace for ui.perfetto.dev ('-' is standard output)",
     take_string, FIELD(perfetto_file), GROUP(OUTPUT), KIND(FILE), .modes = IN_MODES_OF_RUNS},
    {0, "shiviz", "FILE",
     "write the trace with vector clocks for bestchai.bitbucket.io/shiviz ('-' is standard output)",
     take_string, FIELD(shiviz_file), GROUP(OUTPUT), KIND(FILE), .modes = IN_MODES_OF_RUNS},
    {0, "json", NULL,
     "instead of timeline and summary print one JSON object; of several scenarios, and of ids, one "
     "a line",
     take_flag, FIELD(json), GROUP(OUTPUT),
     .modes =
         IN_MODES_OF_RUNS | IN_MODES_OF_SEEDS | IN_MODE(HUNT) | IN_MODE(MERGE) | IN_MODE(REQUEST)},
    {0, "junit", "FILE",
     "write a JUnit report ('-' is standard output): a test case for each expectation, rule and "
     "scenario, and for each seed of --seeds",
     take_string, FIELD(junit_file), GROUP(OUTPUT), KIND(FILE),
     .modes = IN_MODES_OF_RUNS | IN_MODE(SWEEP) | IN_MODE(HUNT) | IN_MODE(MERGE)},
    {'q', "quiet", NULL,
     "print the summary only; of many runs what broke, without numbers; of --flatten and --shrink "
     "nothing but the scenario",
     take_flag, FIELD(quiet), GROUP(OUTPUT),
     .modes = IN_MODES_OF_RUNS | IN_MODES_OF_SEEDS | IN_MODE(MERGE) | IN_MODE(HUNT) |
              IN_MODE(FLATTEN) | IN_MODE(SHRINK)},
    {0, "viz", NULL, "show the run in a window while it goes on", take_flag, FIELD(viz),
     GROUP(OUTPUT), .modes = IN_MODES_OF_RUNS},
    {0, "png", "FILE",
     "write a picture of the finished run, or with --vary of the comparison; needs no display",
     take_string, FIELD(png_file), GROUP(OUTPUT), KIND(FILE),
     .modes = IN_MODES_OF_RUNS | IN_MODE(COMPARE),
     .hint = "without --seeds it draws one run, by --seed S"},
    {0, "seeds", "A..B", "run by each seed of A..B, one run a core, and say what they came to",
     take_seeds, GROUP(SEARCH), .modes = IN_MODES_OF_SEEDS, .needed = IN_MODES_OF_SEEDS,
     .alone = "makes many runs, each of a seed and on one thread"},
    {'j', "jobs", "J",
     "with --seeds and --hunt: so many runs at once, 1..1024; default: one a core", take_jobs,
     GROUP(SEARCH), .modes = IN_MODES_OF_SEEDS | IN_MODE(HUNT)},
    {0, "vary", "KEY=V1,V2",
     "with --seeds: compare these values of a setting, in a table; of several --vary every "
     "combination",
     take_vary, GROUP(SEARCH), KIND(SETTING), .modes = IN_MODE(COMPARE),
     .needed = IN_MODE(COMPARE)},
    {0, "csv", "FILE", "with --vary: write the table as CSV, too ('-' is standard output)",
     take_string, FIELD(csv_file), GROUP(SEARCH), KIND(FILE), .modes = IN_MODE(COMPARE)},
    {0, "merge", NULL,
     "add up what --seeds A..B --json printed for parts of one range, here or on other machines",
     take_flag, FIELD(merge), GROUP(SEARCH), .modes = IN_MODE(MERGE), .needed = IN_MODE(MERGE),
     .alone = "runs nothing, and reads results of sweeps"},
    {0, "hunt", "D",
     "search for a run that fails for D (10s, 5m), or by so many runs (20000), guided by what runs "
     "reach; then shrink it",
     take_hunt, GROUP(SEARCH), .modes = IN_MODE(HUNT), .needed = IN_MODE(HUNT),
     .alone = "makes runs of its own, and writes a scenario"},
    {0, "explain", "WHAT",
     "say what happened, and why, in a scenario or a saved trace: to an id (7), a request "
     "(req=19), "
     "or the first that failed or else the slowest (worst)",
     take_string, FIELD(explained), GROUP(SEARCH), .modes = IN_MODE(EXPLAIN),
     .needed = IN_MODE(EXPLAIN), .alone = "prints a story"},
    {0, "diff", "TRACE",
     "say where the run of a scenario, or of a saved trace, parts from that of TRACE, and what led "
     "to it; the exit status is 1 if it does",
     take_string, FIELD(diff_file), GROUP(SEARCH), KIND(FILE), .modes = IN_MODE(DIFF),
     .needed = IN_MODE(DIFF), .alone = "prints where two runs part"},
    {0, "swarm", NULL,
     "let the seed draw which lines of chaos are on, and how often they strike, too", take_flag,
     FIELD(swarm), GROUP(SEARCH),
     .modes = IN_MODES_OF_SCENARIOS & ~(IN_MODE(CHECK) | IN_MODE(HUNT))},
    {0, "flatten", "FILE",
     "write what the run did as a plain scenario with the same hash: single faults and requests, "
     "no "
     "chance ('-' is standard output)",
     take_string, FIELD(flat_file), GROUP(SEARCH), KIND(FILE), .modes = IN_MODE(FLATTEN),
     .needed = IN_MODE(FLATTEN), .alone = "writes a scenario"},
    {0, "shrink", "FILE",
     "write the smallest scenario found that fails by the same rule ('-' is standard output); the "
     "search ends after 2 minutes, or 30,000 runs",
     take_string, FIELD(shrunk_file), GROUP(SEARCH), KIND(FILE),
     .modes = IN_MODE(SHRINK) | IN_MODE(HUNT), .needed = IN_MODE(SHRINK),
     .alone = "writes a scenario"},
    {0, "net", NULL, "run on real processes and sockets instead of simulating", take_flag,
     FIELD(net), GROUP(NET), .modes = IN_MODES_OF_NET, .needed = IN_MODES_OF_NET,
     .alone = "has a process for each node, and runs in real time"},
    {0, "cluster", "FILE",
     "with --net: the cluster that FILE describes, the same file on every host; without it, fresh "
     "processes on this host",
     take_string, FIELD(cluster_file), GROUP(NET), KIND(FILE), .modes = IN_MODES_OF_CLUSTERS,
     .needed = IN_MODES_OF_CLUSTERS},
    {0, "node", "NAME", "with --net --cluster: be this node of it, until SIGTERM", take_string,
     FIELD(node_name), GROUP(NET), .modes = IN_MODE(NODE),
     .alone = "is a node of a cluster, whose settings are those of its cluster file",
     .hint = "--nodes N is how many there are"},
    {0, "key", "FILE", "with --net --cluster: the key file that says who this is", take_string,
     FIELD(key_file), GROUP(NET), KIND(FILE), .modes = IN_MODES_OF_CLUSTERS},
    {0, "request", "ID...",
     "with --net --cluster: ask for the ids, print their values; '-' reads ids from standard input",
     take_request, GROUP(NET), .modes = IN_MODE(REQUEST),
     .alone = "asks a running cluster, whose settings are those of its cluster file"},
    {0, "payload", "FILE",
     "with --request: what the work command reads on its standard input ('-': this one's)",
     take_string, FIELD(payload_file), GROUP(NET), KIND(FILE), .modes = IN_MODE(REQUEST)},
    {0, "keygen", "NAME", "make the key file NAME.key, and print its line for the cluster file",
     take_string, FIELD(keygen_name), GROUP(NET), .modes = IN_MODE(KEYGEN),
     .alone = "makes a key and nothing else"},
    {0, "process-fd", "N",
     "internal, with --net: be the node process that the parent process describes by descriptor N",
     take_descriptor, FIELD(process_fd), GROUP(NET), .modes = IN_MODE(PROCESS), .rare = true},
    {'h', "help", "[TOPIC]", "print this, or what there is on a topic, as --help language",
     take_help, GROUP(HELP), KIND(TOPIC), .modes = IN_ALL_MODES},
    {0, "man", "[PAGE]",
     "print the manual page dpsim(1) in roff, or dpsim-PAGE(5): scenario, trace, cluster",
     take_help, GROUP(HELP), KIND(PAGE), .modes = IN_ALL_MODES},
    {0, "completion", "SHELL", "print the completion of this command line for bash, zsh or fish",
     take_help, GROUP(HELP), KIND(SHELL), .modes = IN_ALL_MODES},
    {0, "version", NULL, "print the version and exit", take_version, GROUP(HELP),
     .modes = IN_ALL_MODES},
    {0}};

enum { ROWS = sizeof option_table / sizeof *option_table - 1 };
_Static_assert(ROWS <= OPTIONS_MOST, "struct options_given has room for each");

__attribute__((format(printf, 2, 3))) static void wrong(struct parsing *parsing, const char *format,
                                                        ...)
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
static void take_override(struct parsing *parsing, const struct option_row *row,
                          const char *argument)
{
    add_override(parsing, overrides_of(parsing), row, argument, 0, argument);
}

static void take_ties(struct parsing *parsing, const struct option_row *row, const char *argument)
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
        wrong(parsing, "--%s %s: want %s, such as --%s %s", row->name, argument, row->argument,
              row->name, example);
}

static void printed(struct parsing *parsing);

static void take_set(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    if (strcmp(argument, "help") == 0) {
        help_settings(parsing->out);
        printed(parsing);
        return;
    }
    take_pair(parsing, overrides_of(parsing), row, argument, "ttl=30s; --set help lists all");
}

static void take_vary(struct parsing *parsing, const struct option_row *row, const char *argument)
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
    wrong(parsing, "--%s %s: want a whole number of %u..%u", row->name, argument, least, most);
    return false;
}

static void take_threads(struct parsing *parsing, const struct option_row *row,
                         const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 1, THREADS_MAX, &number))
        parsing->options->threads = number;
}

static void take_jobs(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 1, THREADS_MAX, &number))
        parsing->options->jobs = number;
}

static void take_seeds(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options *options = parsing->options;
    struct word range = {argument, strlen(argument)}, first, last;
    const char *before = parsing->seeds;
    parsing->seeds = argument;
    if (before && strcmp(before, argument) != 0)
        wrong(parsing, "--%s is given twice: '%s' and '%s'", row->name, before, argument);
    else if (!value_range(range, &first, &last) || value_number(first, &options->first_seed) ||
             value_number(last, &options->last_seed) || options->last_seed < options->first_seed)
        wrong(parsing, "--%s %s: want two seeds of 0..2^64-1, the lower one first, such as 1..200",
              row->name, argument);
}

static void take_hunt(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options *options = parsing->options;
    struct word word = {argument, strlen(argument)};
    if ((value_number(word, &options->hunt_runs) && value_duration(word, &options->hunt_ns)) ||
        (!options->hunt_runs && !options->hunt_ns))
        wrong(parsing,
              "--%s %s: want a time above zero, such as 10s, or a number of runs, such as 20000",
              row->name, argument);
}

static void take_descriptor(struct parsing *parsing, const struct option_row *row,
                            const char *argument)
{
    uint32_t number;
    if (take_number(parsing, row, argument, 0, DESCRIPTOR_MAX, &number))
        parsing->options->process_fd = (int)number;
}

static void add_request(struct parsing *parsing, const char *id)
{
    struct options *options = parsing->options;
    if (!id_valid(id, strlen(id)))
        wrong(parsing, "--request '%s': an id is 1..63 bytes of printable UTF-8",
              shown((struct word){id, strlen(id)}).text);
    else if (memory_reserve((void **)&options->requests, &parsing->requests_capacity,
                            options->requests_count + 1, sizeof *options->requests))
        no_memory(parsing);
    else
        options->requests[options->requests_count++] = id;
}

static void take_request(struct parsing *parsing, const struct option_row *row,
                         const char *argument)
{
    bool is_word = argument == parsing->argv[optind - 1]; /* else it follows '=' */
    if (strcmp(argument, "--") == 0)
        parsing->ended = true;
    else if (is_word && argument[0] == '-' && argument[1])
        wrong(parsing, "--%s %s: an id that begins with '-' comes after '--': --%s -- %s",
              row->name, argument, row->name, argument);
    else
        add_request(parsing, argument);
}

static void take_string(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    const char *before;
    memcpy(&before, (char *)parsing->options + row->field, sizeof before);
    if (*argument && before && strcmp(before, argument) != 0)
        wrong(parsing, "--%s is given twice: '%s' and '%s'", row->name, before, argument);
    else if (*argument)
        memcpy((char *)parsing->options + row->field, &argument, sizeof argument);
    else
        wrong(parsing, "--%s: want a %s", row->name, row->argument);
}

static void take_flag(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    (void)argument;
    *(bool *)((char *)parsing->options + row->field) = true;
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

/* The argument of an option that may have none: it follows '=', or is the next word, if that is no
 * option and no file's name. */
static const char *optional_argument_of(const struct parsing *parsing, const char *argument)
{
    const char *next = optind < parsing->argc ? parsing->argv[optind] : NULL;
    if (argument || !next || *next == '-' || strpbrk(next, "./"))
        return argument;
    return next;
}

static void take_help(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    char text[1024];
    struct string_builder why = string_builder_over(text, sizeof text);
    if (help_answer(row->kind, optional_argument_of(parsing, argument), parsing->out, &why))
        printed(parsing);
    else
        wrong(parsing, "%s", text);
}

static void take_version(struct parsing *parsing, const struct option_row *row,
                         const char *argument)
{
    (void)row, (void)argument;
    fputs("dpsim " DPSIM_VERSION "\n", parsing->out);
    printed(parsing);
}

/* getopt_long has refused `word`; `value` is what it returned, `option` its optopt. */
static void refused(struct parsing *parsing, const char *word, int value, int option)
{
    const struct option_row *row = option_getopt_row(option);
    char text[512];
    struct string_builder why = string_builder_over(text, sizeof text);
    if (value == ':')
        wrong(parsing, "option '--%s' wants an argument: --%s %s", row->name, row->name,
              row->argument);
    else if (row)
        wrong(parsing, "option '--%s' takes no argument", row->name);
    else if (option > ' ' && option <= '~')
        wrong(parsing, "unknown option '-%c'", option);
    else if (option)
        wrong(parsing, "unknown option '-\\%o'", (unsigned)option & 0xff);
    else {
        options_refuse_name(word + strlen("--"), &why);
        wrong(parsing, "%s", text);
    }
}

/* The words that are no options: scenarios, or more ids to ask for. */
static void take_operands(struct parsing *parsing, char **words, size_t count)
{
    struct options *options = parsing->options;
    if (options->requests_count || parsing->ended) {
        if (count == 0 && !options->requests_count)
            wrong(parsing, "--request -- is followed by no id");
        for (size_t i = 0; i < count && parsing->todo == OPTIONS_RUN; i++)
            add_request(parsing, words[i]);
        return;
    }
    options->scenarios = (const char **)words;
    options->scenarios_count = count;
}

static void take_row(struct parsing *parsing, const struct option_row *row, const char *argument)
{
    struct options_given *given = &parsing->given;
    bool known = false;
    for (size_t i = 0; i < given->count; i++)
        known |= given->rows[i] == row;
    if (!known)
        given->rows[given->count++] = row;
    row->take(parsing, row, argument);
}

static void parse(struct parsing *parsing, int argc, char **argv)
{
    struct option_getopt tables;
    option_getopt_make(&tables);
    optind = 0; /* starts anew, also after a parse that stopped within a word (glibc, musl) */
    opterr = 0;
    while (parsing->todo == OPTIONS_RUN && !parsing->ended) {
        int value = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (value == -1)
            break;
        const struct option_row *row = option_getopt_row(value);
        if (row)
            take_row(parsing, row, optarg);
        else
            refused(parsing, argv[optind - 1], value, optopt);
    }
    if (parsing->todo == OPTIONS_RUN)
        take_operands(parsing, argv + optind, (size_t)(argc - optind));
}

/* What is wrong with all of it together. */
static void check(struct parsing *parsing)
{
    char text[512];
    struct string_builder why = string_builder_over(text, sizeof text);
    if (!options_mode(&parsing->given, &parsing->options->mode, &why) ||
        !options_check(parsing->options, &parsing->given, &why))
        wrong(parsing, "%s", text);
}

enum options_todo options_parse(int argc, char **argv, struct options *options, FILE *out,
                                FILE *err)
{
    *options = (struct options){.process_fd = -1, .program = argc > 0 ? argv[0] : "dpsim"};
    struct parsing parsing = {.options = options,
                              .argc = argc,
                              .argv = argv,
                              .out = out,
                              .err = err,
                              .todo = OPTIONS_RUN};
    parse(&parsing, argc, argv);
    if (parsing.todo == OPTIONS_RUN)
        check(&parsing);
    if (parsing.todo != OPTIONS_RUN)
        options_close(options);
    return parsing.todo;
}

static void free_overrides(struct override *overrides, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memory_free((char *)overrides[i].option);
    memory_free(overrides);
}

void options_close(struct options *options)
{
    free_overrides(options->overrides, options->overrides_count);
    free_overrides(options->varied, options->varied_count);
    memory_free(options->requests);
    *options = (struct options){.process_fd = -1};
}
