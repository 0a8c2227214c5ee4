/* A cluster file while it is parsed; for cluster_file_parse.c, which takes it line by line, and
 * cluster_file_check.c, which judges the whole. */
#ifndef NET_CONFIG_CLUSTER_FILE_READING_H
#define NET_CONFIG_CLUSTER_FILE_READING_H

#include "net/config/cluster_file.h"
#include "scenario/parser.h"

struct cluster_file_reading {
    struct parser parser;
    struct plan plan; /* its settings alone */
    struct cluster_file *file;
    size_t clients_capacity;

    /* Lines by number; 0: there was none. */
    uint32_t cluster_line;
    uint32_t at_once_line;
    bool loads;                  /* the line of file.use_line is of loads */
    struct source load_limit;    /* of the last limit of loads, … */
    struct word load_limit_name; /* … text NULL: there is none */
    struct source work_limit;
    struct word work_limit_name;
    uint32_t state_line;
    struct source state;                         /* of that line */
    struct word state_name;                      /* likewise */
    uint32_t node_lines[CLUSTER_FILE_NODES_MAX]; /* with errors or not; a good node has a port */
    uint32_t client_lines[CLUSTER_FILE_CLIENTS_MAX];

    node_id example;         /* the first good node, whose having a key or not holds for all */
    struct source last;      /* of the node with the highest number */
    struct word last_name;   /* likewise; text NULL: no node yet */
    struct source client;    /* of the first good client */
    struct word client_name; /* likewise; text NULL: no client yet */
};

/* After the last line: reports what is wrong with all of them together, such as a missing node, and
 * sets `fallback` where a work command decides it. ERROR_TEXT: something was reported. */
enum error cluster_file_check(struct cluster_file_reading *r);

#endif
