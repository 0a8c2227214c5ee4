/* What a story is about: finds a request in a run, when it began and ended, where it came to, and
 * what went on then. */
#ifndef TRACE_STORY_SEARCH_H
#define TRACE_STORY_SEARCH_H

#include "trace/reader.h"
#include "trace/story_places.h"

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
    node_id places[PLACES_MOST]; /* the caller, and to which nodes it came; of more, the first */
    uint32_t places_count;
    enum outcome outcome; /* of one that failed */
    node_id refused_by;   /* whose reply was that; NODE_NONE: nobody's */
    int64_t replied_ns;   /* when its last reply came */
    struct text id;       /* of the request; to be cleared */
    struct fault_in_force faults[FAULTS_IN_FORCE_MOST]; /* when it began; of more, the first */
    size_t faults_count;
};

void story_search_init(struct story_search *search, const struct story_subject *subject);
void story_search_close(struct story_search *search);

/* Whether it is the record of a fault that went on when the request was made. */
bool story_search_is_in_force(const struct story_search *search, const struct record *record);

#endif
