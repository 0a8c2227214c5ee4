/* The open sources at one node: which request is due next, and when.
 *
 * A source's requests fall due at times of their own, whatever its node does. The node's process
 * and its driver keep the same sources: while the node is frozen or down, the driver knows what
 * falls due, and goes on where the process stopped; then the process goes on where the driver
 * stopped. Times are of whatever clock their user keeps them in. */
#ifndef NET_PROCESS_SOURCES_H
#define NET_PROCESS_SOURCES_H

#include "base/heap.h"
#include "run/workload.h"

/* The tag of their REQUEST records, with the source's place, and without it the cookie of their
 * requests: nobody awaits the answer. */
#define TAG_SOURCE (TAG_CLIENT | UINT64_C(1) << 60)

struct open_source {
    int64_t due_ns;   /* of its next request */
    int64_t until_ns; /* none is due at or after it */
    uint64_t place;   /* its workload's number in the run: of those due at one time the lowest is
                         first */
    bool skipped;     /* requests of its own just before the next */
    struct client client;
};

/* A request that is due. */
struct source_request {
    struct text id;
    char digits[NUMBER_DIGITS]; /* the id's bytes, if they are here: it is not to be moved then */
    uint64_t tag;
    int64_t made_ns;
    int64_t timeout_ns; /* 0: the setting's */
    int64_t gap_ns;     /* see struct record */
    uint8_t how;        /* enum request_how */
    uint64_t number;    /* in the run; not set by taking */
};

/* Zeros are none. */
struct open_sources {
    struct heap heap; /* of struct open_source, by due_ns, then by place */
};

void sources_close(struct open_sources *sources);

/* Adds a source, whose next request is due at due_ns; one that has none any more is not kept. Its
 * client's action outlives it. ERROR_MEMORY: it is not added. */
enum error sources_add(struct open_sources *sources, const struct open_source *source);

/* The source whose request is due next; NULL: none is. */
struct open_source *sources_next(const struct open_sources *sources);

/* When that is; TIME_NEVER. */
int64_t sources_due_ns(const struct open_sources *sources);

/* Takes that request, of which there is one. */
void sources_take(struct open_sources *sources, struct source_request *request);

/* Passes over what is due up to and at to_ns, `most` requests at the most; returns how many. */
uint64_t sources_skip(struct open_sources *sources, int64_t to_ns, uint64_t most);

#endif
