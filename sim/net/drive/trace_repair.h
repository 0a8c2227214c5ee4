/* Adds to a trace the records that killed nodes could not write.
 *
 * A node that is killed leaves its trace open: its workers are lost, its open requests end with
 * caller-lost, and the messages under way to it arrive nowhere. The repair writes those records,
 * where they belong in the order of the trace. Records go in in that order and come out in it. It
 * changes no record of a node, except for a cluster that ran before (see trace_repair_ignore). */
#ifndef NET_DRIVE_TRACE_REPAIR_H
#define NET_DRIVE_TRACE_REPAIR_H

#include "trace/replay.h"

/* From where on a node's requests and messages are known. */
struct known_from {
    uint64_t request;
    uint64_t message;
    int64_t unknown_ns; /* the clock of the step in which an unknown request came */
};

struct trace_repair {
    uint32_t nodes;
    struct replay replay; /* messages are marked where they may have gone to a process that ended */
    struct pool_map written_off; /* struct written_off: messages that were dropped here */
    struct known_from *known;    /* of each node; NULL: all is known from its beginning */
    bool failed;                 /* memory ran out */
    void (*put)(void *context, const struct record *record);
    void *context;
};

/* `put` gets the records. ERROR_MEMORY: nothing to close. */
enum error trace_repair_init(struct trace_repair *repair, uint32_t nodes,
                             void (*put)(void *context, const struct record *record),
                             void *context);
void trace_repair_close(struct trace_repair *repair);

/* The cluster ran before its records begin: of this node, requests and messages with lower numbers
 * are not known, nor those that come before the run's time is above 0, and no record of them is
 * given on. Workers that are started meanwhile count as found. Before the first record. */
void trace_repair_ignore(struct trace_repair *repair, node_id node, uint64_t request,
                         uint64_t message);

/* What is open, live and under way now. */
struct under_way trace_repair_under_way(const struct trace_repair *repair);

/* How many messages were dropped here whose receivers have not written their own DROP. */
uint64_t trace_repair_written_off(const struct trace_repair *repair);

/* The next record of the run. */
void trace_repair_take(struct trace_repair *repair, const struct record *record);

/* Whether the record, a RECV or DROP, may come: its message is under way, or was dropped here, or
 * the message or its request is not known, so that no record of its SEND was kept. */
bool trace_repair_has_sent(const struct trace_repair *repair, const struct record *record);

#endif
