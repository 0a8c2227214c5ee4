/* Brings the records of many processes into the one order of a trace.
 *
 * By time; but no message is received before it is sent, whatever the clocks of two hosts say: a
 * RECV waits for its SEND as long as that can still come, which is until the sender's records are
 * past it by twice the error of the clocks' alignment. Time never runs back in what comes out: a
 * record that had to wait gets the time of the one before it.
 *
 * A record comes out when no earlier one can come in any more, by the watermarks of all. */
#ifndef NET_DRIVE_CAUSAL_MERGE_H
#define NET_DRIVE_CAUSAL_MERGE_H

#include "net/drive/trace_repair.h"

struct feed;

struct causal_merge {
    uint32_t nodes;
    int64_t error_ns; /* the time of a record is so far from true time at most */
    struct feed *feeds;
    struct trace_repair *repair; /* gets the records */
    int64_t last_ns;             /* of the record that came out last */
    size_t waiting;              /* records in all feeds */
    bool failed;                 /* memory ran out */
};

/* ERROR_MEMORY: nothing to close. */
enum error causal_merge_init(struct causal_merge *merge, uint32_t nodes, int64_t error_ns,
                             struct trace_repair *repair);
void causal_merge_close(struct causal_merge *merge);

/* Adds a copy of the next record that this node made; its times are those of the run. No memory:
 * `failed` is set. */
void causal_merge_put(struct causal_merge *merge, node_id node, const struct record *record);

/* No record of the node of a time before at_ns is still to be put. */
void causal_merge_watermark(struct causal_merge *merge, node_id node, int64_t at_ns);

/* Passes on all records that no other can precede any more. */
void causal_merge_run(struct causal_merge *merge);

/* All records of a time before have come out. */
int64_t causal_merge_done_ns(const struct causal_merge *merge);

#endif
