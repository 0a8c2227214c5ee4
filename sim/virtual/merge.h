/* Brings the records of many hosts into the one order of the trace: by time, causal step, and node;
 * within a node as they happened. */
#ifndef VIRTUAL_MERGE_H
#define VIRTUAL_MERGE_H

#include "virtual/stream.h"

struct merge {
    struct cursor *heap;
    size_t heap_capacity;
};

void merge_init(struct merge *merge);
void merge_close(struct merge *merge);

/* Gives all records of streams[nodes[0..count-1]] to `take`, in order. ERROR_MEMORY: none was
 * given. */
enum error merge_streams(struct merge *merge, const struct stream *streams, const node_id *nodes,
                         uint32_t count, void (*take)(void *context, const struct record *record),
                         void *context);

#endif
