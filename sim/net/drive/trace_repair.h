/* What is open, live and under way by the records of a run so far; and what records can't be made
 * by those whom they concern, because they are dead.
 *
 * A node that is killed says no last words: its workers are lost, its open requests end with
 * caller-lost, and what was under way to it arrives nowhere. That is added here, where it belongs
 * in the order of the trace. Records go in in that order and come out in it. */
#ifndef NET_DRIVE_TRACE_REPAIR_H
#define NET_DRIVE_TRACE_REPAIR_H

#include "base/pool.h"
#include "base/table.h"
#include "node/record.h"

/* Something that began and has not ended. */
struct tracked {
    struct tracked *next;
    struct tracked *previous;
    uint64_t number;
    struct text id;   /* a worker's, a request's */
    uint64_t request; /* a message's */
    node_id node;     /* where it is; a message: to where */
    node_id from;     /* a message */
    uint32_t slot;
    uint8_t kind; /* a message's */
    bool doubtful;
};

struct tracked_list {
    struct tracked *first;
    struct tracked *last;
};

struct tracking {
    struct pool pool;
    struct table by_number;
    struct tracked_list *at; /* of each node */
};

/* From where on a node's doings are known. */
struct known {
    uint64_t request;
    uint64_t message;
    int64_t unknown_ns; /* the clock of the step in which a request came that is not known */
};

struct trace_repair {
    uint32_t nodes;
    struct tracking workers;
    struct tracking requests;
    struct tracking messages;
    struct table written_off; /* messages that were dropped here: slots of `off` */
    struct pool off;          /* uint64_t: their numbers */
    uint32_t *incarnations;   /* of each node, as of its last UP */
    struct known *known;      /* of each node; NULL: all is known from its beginning */
    bool failed;              /* memory ran out */
    void (*put)(void *context, const struct record *record);
    void *context;
};

/* `put` gets the records. ERROR_MEMORY: nothing to close. */
enum error trace_repair_init(struct trace_repair *trace_repair, uint32_t nodes,
                             void (*put)(void *context, const struct record *record),
                             void *context);
void trace_repair_close(struct trace_repair *trace_repair);

/* The cluster ran before its records begin: of this node, requests and messages with lower numbers
 * are not known, nor those that come before the run's time is above 0, and no record of them is
 * given on. Workers that are started meanwhile count as found. Before the first record. */
void trace_repair_ignore(struct trace_repair *trace_repair, node_id node, uint64_t request,
                         uint64_t message);

/* What is open, live and under way now. */
struct under_way trace_repair_under_way(const struct trace_repair *trace_repair);

/* The next record of the run. */
void trace_repair_take(struct trace_repair *trace_repair, const struct record *record);

/* Whether the message is under way, or was dropped here, or is not known: its RECV or DROP may
 * come.
 */
bool trace_repair_has_sent(const struct trace_repair *trace_repair, uint64_t number);

#endif
