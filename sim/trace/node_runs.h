/* A set of nodes as bytes: runs of neighbours, so that a set of all nodes takes a few bytes. In
 * FAULT records, and on the way to a node's process. */
#ifndef TRACE_NODE_RUNS_H
#define TRACE_NODE_RUNS_H

#include "base/varint.h"

/* Appends a set of nodes, given each once and in ascending order. */
void node_runs_put(struct string_builder *bytes, const node_id *nodes, uint32_t count);

/* A set in bytes, which must outlive it. */
struct node_runs {
    struct byte_reader bytes;
    uint32_t runs; /* not yet read */
    node_id next;
};

/* Reads over a set of nodes below `nodes`; it is the empty one if the reader fails. */
struct node_runs node_runs_get(struct byte_reader *reader, uint32_t nodes);

/* The next run of neighbours first..first+count-1. False: there are no more. */
bool node_runs_next(struct node_runs *set, node_id *first, uint32_t *count);

/* Whether `node` is among those of the set that are not yet read. */
bool node_runs_have(struct node_runs set, node_id node);

#endif
