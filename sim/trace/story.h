/* The story of a request or of an id: of all that happened in a run, what concerns it, in the order
 * in which it happened, with the reasons.
 *
 * It is a reader of the whole run, and writes the lines of a timeline (timeline.h) with remarks
 * under them: which view chose the owner, how long a message was under way, what a request waited
 * for.
 *
 *     1.000s     n1  request 1 -> n2
 *                    n2 is the owner by modulo in n1's view n1,n2,n3
 *     1.004635s  n2  worker 1 starts
 *                    the request reaches n2 at 1.004635s, after 4.6ms
 *
 * A struct story_search finds what a story is to be about, in a run of its own before. */
#ifndef TRACE_STORY_H
#define TRACE_STORY_H

#include "node/node.h"
#include "node/route.h"
#include "trace/timeline.h"

/* What a story is about. */
enum story_kind {
    STORY_OF_ID,      /* id: all of its workers, requests and duplicates */
    STORY_OF_REQUEST, /* number: from when it was made to its end */
    STORY_OF_WORST,   /* the first request that failed; if none did, the slowest */
    STORY_OF_CLUSTER  /* all nodes, their views, and what is done to them */
};

struct story_subject {
    enum story_kind kind;
    struct text id; /* borrowed */
    uint64_t request;
};

#define FAULTS_IN_FORCE_MOST 64u

/* A fault or change that goes on. */
struct fault_in_force {
    int64_t t_ns; /* of its record */
    uint8_t kind; /* RECORD_FAULT or RECORD_SET */
    uint8_t code;
    struct text nodes;    /* and links, as data */
    uint64_t *under;      /* of a fault of nodes: bits, those on which it goes on; else NULL */
    uint32_t under_below; /* their numbers are below this */
};

/* A reader that finds the subject's request, and when it began and ended. */
struct story_search {
    struct reader reader;
    struct story_subject subject; /* of WORST, it becomes that of the request */
    bool found;                   /* anything at all */
    bool failed;                  /* the request did */
    int64_t from_ns;
    int64_t to_ns; /* TIME_NEVER: it has not ended */
    int64_t latency_ns;
    node_id caller;
    struct text id;                                     /* of the request; to be cleared */
    struct fault_in_force faults[FAULTS_IN_FORCE_MOST]; /* when it began; of more, the first */
    size_t faults_count;
};

void story_search_init(struct story_search *search, const struct story_subject *subject);
void story_search_close(struct story_search *search);

struct story; /* embeds a struct reader as its first member */

struct story_setup {
    FILE *out;
    bool colour;
    uint32_t nodes;
    enum route route;
    enum fallback fallback;
    bool views_static;
    const struct story_search *search; /* of a run that is over, and was the same */
    uint64_t until; /* it ends with this record, counted from 1, which concerns it; 0: with the run.
                       Then it has all lines, else the first 400 */
};

/* NULL when there is no memory. */
struct story *story_new(const struct story_setup *setup);

/* Writes the last lines: what a request's time went to, how many lines were left out. */
void story_delete(struct story *story);

#endif
