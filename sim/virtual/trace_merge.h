/* Where the records of all hosts become one trace.
 *
 * Streams are gathered over some windows; then they are merged and given on, record by record, on a
 * thread of the trace merge's own, while the hosts run on and fill others. trace_merge_flush waits
 * until all that was made has been given on: whoever looks at what the trace's readers made of it
 * calls it first. */
#ifndef VIRTUAL_TRACE_MERGE_H
#define VIRTUAL_TRACE_MERGE_H

#include "virtual/stream.h"

struct trace_merge;

/* For `nodes` streams. Records go to `take`, one at a time, in the order of the trace: on another
 * thread if `apart`, else during trace_merge_gather and trace_merge_flush. NULL when there is no
 * memory or no thread. */
struct trace_merge *trace_merge_new(uint32_t nodes, bool apart,
                                    void (*take)(void *context, const struct record *record),
                                    void *context);
void trace_merge_delete(struct trace_merge *trace_merge);

/* The stream of a node, to be filled. It may be another one after trace_merge_gather and
 * trace_merge_flush.
 */
struct stream *trace_merge_stream(struct trace_merge *trace_merge, node_id node);

/* These nodes may have added records; nothing that any stream gets later comes before those. */
enum error trace_merge_gather(struct trace_merge *trace_merge, const node_id *nodes,
                              uint32_t count);

/* All that was gathered so far comes before all that is gathered later, whatever their times:
 * within one instant, what one action does stands together. */
enum error trace_merge_close(struct trace_merge *trace_merge);

/* All that was gathered has been given on when this returns, also on an error. */
enum error trace_merge_flush(struct trace_merge *trace_merge);

#endif
