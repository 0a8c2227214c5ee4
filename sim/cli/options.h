/* The command line. One table, in options.c, drives the parsing, --help, dpsim(1) and the
 * completions: to add an option, add a row there. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "scenario/parse.h"

#include <stdio.h>

#define DPSIM_VERSION "0.1"
#define DPSIM_DATE    "2026-11-26" /* of the version */

#define THREADS_MAX 1024u

/* Every exit status of a run, with its number and its explanation in --help and dpsim(1). Each is
 * worse than those before it. */
#define STATUSES(X)                                                                                \
    X(HELD, 0, "all held")                                                                         \
    X(BROKEN, 1, "an invariant or an expectation did not hold")                                    \
    X(WRONG, 2, "the command line or the scenario is wrong")                                       \
    X(UNCHECKED, 3,                                                                                \
      "nothing was checked (no request was made, or none was answered), or a fault or a "          \
      "'sometimes' never took effect")                                                             \
    X(FAILED, 4, "the run could not be carried through (I/O, memory, network)")                    \
    X(INTERRUPTED, 130, "the run was interrupted, by Ctrl-C or SIGTERM")

enum status {
#define X(name, number, text) STATUS_##name = (number),
    STATUSES(X)
#undef X
};

/* The commands: what a command line asks for, what the words that are no options are, its usage,
 * and what it does. The table in options.c has which options each understands; where the options
 * given leave several, the first one is meant. */
#define MODES(X)                                                                                   \
    X(RUN, SCENARIOS, "[OPTION]... SCENARIO...", "simulate")                                       \
    X(CHECK, SCENARIOS, "--check SCENARIO...", "report errors")                                    \
    X(SWEEP, SCENARIOS, "--seeds A..B [OPTION]... SCENARIO...", "run many seeds")                  \
    X(COMPARE, SCENARIOS, "--seeds A..B --vary KEY=V1,V2... SCENARIO...", "compare settings")      \
    X(MERGE, RESULTS, "--merge FILE...", "add up sweeps")                                          \
    X(FLATTEN, SCENARIOS, "--flatten FILE [--seed S] SCENARIO", "write a schedule")                \
    X(SHRINK, SCENARIOS, "--shrink FILE [--seed S] SCENARIO", "shrink a failure")                  \
    X(HUNT, SCENARIOS, "--hunt D [OPTION]... SCENARIO...", "find a failure")                       \
    X(EXPLAIN, SCENARIOS, "--explain ID [--seed S] SCENARIO|TRACE", "say why")                     \
    X(DIFF, SCENARIOS, "--diff TRACE [--seed S] SCENARIO|TRACE", "compare two runs")               \
    X(NET, SCENARIOS, "--net [OPTION]... SCENARIO...", "on real processes")                        \
    X(DRIVE, SCENARIOS, "--net --cluster FILE --key FILE SCENARIO...", "drive a cluster")          \
    X(NODE, NONE, "--net --cluster FILE --key FILE --node NAME", "be a node")                      \
    X(REQUEST, IDS, "--net --cluster FILE --key FILE --request ID...", "ask for ids")              \
    X(KEYGEN, NONE, "--keygen NAME", "make a key file")                                            \
    X(PROCESS, NONE, "--net --process-fd N", "be a node process of a parent")

enum operands { OPERANDS_NONE, OPERANDS_SCENARIOS, OPERANDS_RESULTS, OPERANDS_IDS };

enum mode {
#define X(name, operands, usage, does) MODE_##name,
    MODES(X)
#undef X
        MODES_COUNT
};

struct options {
    enum mode mode;
    const char *program;    /* dpsim, as it was called */
    const char **scenarios; /* files, of MERGE results; "-" is standard input; one at least where
                               the mode takes them */
    size_t scenarios_count;
    struct override *overrides; /* --nodes, --seed and --set, in the order given */
    size_t overrides_count;
    const char *trace_file;  /* NULL: none; "-" is standard output */
    const char *junit_file;  /* likewise */
    const char *png_file;    /* NULL: none */
    const char *shrunk_file; /* likewise */
    const char *flat_file;   /* likewise */
    const char *csv_file;    /* likewise; "-" is standard output */
    uint32_t threads;        /* 0: not given */
    uint64_t first_seed;     /* of a sweep or comparison, … */
    uint64_t last_seed;      /* … which is not below it */
    bool swarm;
    int64_t hunt_ns;    /* so long to hunt; 0: … */
    uint64_t hunt_runs; /* … so many runs */
    bool merge;
    const char *explained;
    const char *diff_file;     /* NULL: none */
    const char *perfetto_file; /* NULL: none; "-" is standard output */
    const char *shiviz_file;   /* likewise */
    uint32_t jobs;             /* 0: not given */
    struct override *varied;   /* --vary: the value is a list, parted by commas */
    size_t varied_count;
    bool viz;
    bool json;
    bool quiet;
    bool check;

    /* Real processes. Files and names are NULL where they are not given. */
    bool net;
    const char *cluster_file;
    const char *node_name; /* the node to be; whether there is one is the cluster file's to say */
    const char *key_file;
    const char *payload_file; /* "-": standard input */
    const char **requests;    /* ids to ask for, or "-"; the options' own array of argv's words */
    size_t requests_count;
    const char *keygen_name;
    int process_fd; /* be the node process that the parent describes here; -1: not given */
};

enum options_todo {
    OPTIONS_RUN,    /* carry out the command; `options` is to be closed with options_close */
    OPTIONS_DONE,   /* help or the like was printed: exit with STATUS_HELD */
    OPTIONS_WRONG,  /* a message was printed: exit with STATUS_WRONG */
    OPTIONS_FAILED, /* no memory, or the text could not be printed; a message was printed:
                       exit with STATUS_FAILED */
};

/* Parses the command line. Help and the like are printed to `out`, messages to `err`. `options`
 * points into argv, whose words getopt_long may reorder. The values of overrides are checked by
 * parse_scenario, not here. Not for two threads at once (getopt_long isn't). */
enum options_todo options_parse(int argc, char **argv, struct options *options, FILE *out,
                                FILE *err);
void options_close(struct options *options);

/* Whether the name of an output is "-", or another name of the file that standard output goes to,
 * as /dev/stdout; not NULL. */
bool options_is_stdout(const char *file);

/* Whether standard output is for people: nothing on it is for programs. */
bool options_print_text(const struct options *options);

#endif
