#include "cli/options.h"

#include "base/memory.h"
#include "cli/option_getopt.h"
#include "cli/option_take.h"

#include <getopt.h>
#include <string.h>

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

/* getopt_long has refused `word`; `value` is what it returned, `option` its optopt. */
static void refused(struct parsing *parsing, const char *word, int value, int option)
{
    const struct option_row *row = option_getopt_row(option);
    char text[512];
    struct string_builder why = string_builder_over(text, sizeof text);
    if (value == ':')
        parsing_wrong(parsing, "option '--%s' wants an argument: --%s %s", row->name, row->name,
                      row->argument);
    else if (row)
        parsing_wrong(parsing, "option '--%s' takes no argument", row->name);
    else if (option > ' ' && option <= '~')
        parsing_wrong(parsing, "unknown option '-%c'", option);
    else if (option)
        parsing_wrong(parsing, "unknown option '-\\%o'", (unsigned)option & 0xff);
    else {
        options_refuse_name(word + strlen("--"), &why);
        parsing_wrong(parsing, "%s", text);
    }
}

/* The words that are no options: scenarios, or more ids to ask for. */
static void take_operands(struct parsing *parsing, char **words, size_t count)
{
    struct options *options = parsing->options;
    if (options->requests_count || parsing->ended) {
        if (count == 0 && !options->requests_count)
            parsing_wrong(parsing, "--request -- is followed by no id");
        for (size_t i = 0; i < count && parsing->todo == OPTIONS_RUN; i++)
            parsing_add_request(parsing, words[i]);
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
        parsing_wrong(parsing, "%s", text);
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
