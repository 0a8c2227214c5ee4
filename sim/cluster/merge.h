/* Brings the records of many hosts into the one order of the trace: by time, causal step, and node;
 * within a node as they happened. */
#ifndef CLUSTER_MERGE_H
#define CLUSTER_MERGE_H

#include "cluster/host.h"

struct merge {
    struct cursor *heap;
    size_t heap_capacity;
};

void merge_init(struct merge *merge);
void merge_close(struct merge *merge);

/* Gives all records in the streams of these hosts to `take`, in order, and empties the streams.
 * `nodes` index `hosts`. ERROR_MEMORY: none was given. */
enum error merge_streams(struct merge *merge, struct host *hosts, const node_id *nodes,
                         uint32_t count, void (*take)(void *context, const struct record *record),
                         void *context);

#endif
