/* Where the records of all hosts become one trace: ordered by time, causal step and node, and
 * within a node as they happened.
 *
 * Each node's records are gathered over some windows. Then they are merged and given to the taker,
 * one at a time, on a thread of their own, while the hosts run on and add others.
 * trace_merge_flush waits until all has been given: call it before reading anything that the taker
 * made of the records. */
#ifndef VIRTUAL_TRACE_MERGE_H
#define VIRTUAL_TRACE_MERGE_H

#include "virtual/record_stream.h"

struct trace_merge;

/* For nodes 0..nodes-1. Records go to `take` during trace_merge_gather, _close and _flush; many at
 * once on another thread if `apart`. NULL when there is no memory. */
struct trace_merge *trace_merge_new(uint32_t nodes, bool apart,
                                    void (*take)(void *context, const struct record *record),
                                    void *context);
void trace_merge_delete(struct trace_merge *merge);

/* Where each node adds its records, until a function below is called: different nodes at once, as
 * long as none of them runs. The address of the address stays the same. */
struct record_stream *const *trace_merge_streams(const struct trace_merge *merge);

/* Whether no other thread gives records to the taker. Then a node that runs alone, after all that
 * was gathered is given (trace_merge_close), may have its records given by trace_merge_give. */
bool trace_merge_is_here(const struct trace_merge *merge);
void trace_merge_give(const struct trace_merge *merge, const struct record *record);

/* Whether the node has added records that were not handed over. */
bool trace_merge_has(const struct trace_merge *merge, node_id node);

/* These nodes may have added records; no record that is added later comes before them. */
enum error trace_merge_gather(struct trace_merge *merge, const node_id *nodes, uint32_t count);

/* All that was gathered so far comes before all that is gathered later, whatever their times:
 * within one instant, what one action does stays together. */
enum error trace_merge_close(struct trace_merge *merge);

/* All that was gathered has been given to the taker when this returns, also on an error. */
enum error trace_merge_flush(struct trace_merge *merge);

#endif
