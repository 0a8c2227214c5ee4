/* The command line. One table, in options.c, drives the parsing, --help, the man page and the bash
 * completion: to add an option, add a row there. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "scenario/parse.h"

#include <stdio.h>

#define DPSIM_VERSION "0.1"

#define THREADS_MAX 1024u

/* Every exit status of a run, with its explanation in --help and the man page. */
#define STATUSES(X)                                                                                \
    X(HELD, "all held")                                                                            \
    X(BROKEN, "an invariant or an expectation did not hold")                                       \
    X(WRONG, "the command line or the scenario is wrong")                                          \
    X(UNCHECKED, "nothing was checked (no request was made, or none was answered), or a fault or " \
                 "a 'sometimes' never took effect")                                                \
    X(FAILED, "the run could not be carried through (I/O, memory, network)")

enum status {
#define X(name, text) STATUS_##name,
    STATUSES(X)
#undef X
        STATUSES_COUNT
};

struct options {
    const char **scenarios; /* files; "-" is standard input; one at least, unless this is a node, a
                               request, or the making of a key */
    size_t scenarios_count;
    struct override *overrides; /* --nodes, --seed and --set, in the order given */
    size_t overrides_count;
    const char *trace_file; /* NULL: none; "-" is standard output */
    const char *png_file;   /* NULL: none */
    uint32_t threads;       /* 0: not given */
    bool viz;
    bool json;
    bool quiet;
    bool check;

    /* Real processes. Files and names are NULL where they are not given. */
    bool net;
    const char *cluster_file;
    const char
        *node_name; /* which node to be; the cluster file knows whether there is such a one */
    const char *key_file;
    const char **requests; /* valid ids to ask for; the options' own array of argv's words */
    size_t requests_count;
    const char *keygen_name;
    int process_fd; /* be the node process that the parent describes by this descriptor; -1: not
                     * given
                     */
};

/* Which options go together: --cluster, --node, --key, --request and --process-fd with --net alone;
 * one of a scenario, --node or --process-fd, --request, and --keygen; --node, --request and --key
 * with --cluster. */
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

#endif
