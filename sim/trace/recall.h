/* What a line about a request or a worker says of what came before: who was asked, when it began.
 *
 * It holds what is open, live or under way, no more. Where memory runs short it forgets, and the
 * lines say less. */
#ifndef TRACE_RECALL_H
#define TRACE_RECALL_H

#include "base/pool.h"
#include "base/table.h"
#include "node/record.h"

struct recall {
    struct pool requests; /* struct asked */
    struct pool workers;  /* struct lived */
    struct table by_request;
    struct table by_worker;
};

struct asked {
    uint64_t number;
    struct text id;
    int64_t t_ns; /* when it was made, in true time */
    int64_t clock_ns;
    uint32_t slot;
    node_id owner;     /* of the first try, or NODE_NONE */
    uint32_t messages; /* under way for it */
    bool open;
    bool refused; /* the owner has answered that it will not */
};

struct lived {
    uint64_t number;
    int64_t clock_ns; /* when it started, before the trace if it was found */
    int64_t load_ns;  /* when its load began, in true time */
    uint32_t slot;
};

void recall_init(struct recall *recall);
void recall_close(struct recall *recall);

/* To be called after whatever is said of this record. */
void recall_take(struct recall *recall, const struct record *record);

/* NULL if it is not known. Valid until the next recall_take. */
const struct asked *recall_request(const struct recall *recall, uint64_t number);
const struct lived *recall_worker(const struct recall *recall, uint64_t number);

#endif
