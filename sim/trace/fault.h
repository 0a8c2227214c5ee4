/* What a FAULT or SET record says as data: which fault, on which nodes and links, and whether it
 * begins or ends. The record's words are for people; whoever draws or judges faults reads this.
 *
 *     record.code     enum fault_kind
 *     record.number   1: the fault begins; 0: it ends, by itself or by another action
 *     record.id       the set of nodes, see node_runs.h; then, of CUT, the set `from`, the set
 * `to`, and 1 if links back are cut too, else 0; of PARTITION the number of groups, and the set of
 * each
 *
 *     crash n2 for 2s           crash, begins, nodes n2; 2 s later: crash, ends, nodes n2
 *     restart n2                restart, ends, nodes n2
 *     cut n1 -> n2,n3           cut, begins, from n1 to n2,n3
 *     partition n1 | n2 | n3    partition, begins, between these three groups
 *     heal                      heal, ends: all cuts and partitions
 *
 * A SET record likewise, for a change of a setting:
 *
 *     record.code     enum set_kind
 *     record.amount   REORDER: 1 or 0, LOSS, DUPLICATE, LOAD_FAIL: the share in 10^-9: what holds
 *                     now, on these nodes and links; else 0
 *     record.id       the set of nodes; then 0, or 1 and `from`, `to` and 1 or 0 as of a CUT, if it
 *                     is of some links only */
#ifndef TRACE_FAULT_H
#define TRACE_FAULT_H

#include "node/record.h"
#include "trace/node_runs.h"

/* Kind, name in a trace. */
#define FAULTS(X)                                                                                  \
    X(CRASH, "crash")                                                                              \
    X(RESTART, "restart")                                                                          \
    X(FREEZE, "freeze")                                                                            \
    X(THAW, "thaw")                                                                                \
    X(LEAVE, "leave")                                                                              \
    X(JOIN, "join")                                                                                \
    X(CUT, "cut")                                                                                  \
    X(PARTITION, "partition")                                                                      \
    X(HEAL, "heal")

enum fault_kind {
#define X(name, text) FAULT_##name,
    FAULTS(X)
#undef X
        FAULTS_COUNT
};

const char *fault_name(enum fault_kind kind);

/* Settings that can be changed, as a trace names them. */
#define SETS(X)                                                                                    \
    X(LOAD, "load")                                                                                \
    X(LOAD_FAIL, "load-fail")                                                                      \
    X(WORK, "work")                                                                                \
    X(LATENCY, "latency")                                                                          \
    X(LOSS, "loss")                                                                                \
    X(DUPLICATE, "duplicate")                                                                      \
    X(REORDER, "reorder")                                                                          \
    X(CLOCK, "clock")                                                                              \
    X(SEED, "seed")

enum set_kind {
#define X(name, text) SET_##name,
    SETS(X)
#undef X
        SETS_COUNT
};

const char *set_name(enum set_kind kind);

struct fault {
    enum fault_kind kind; /* of a FAULT */
    enum set_kind set;    /* of a SET */
    bool begins;
    bool both; /* CUT, SET: links back, too */
    struct node_runs nodes;
    uint32_t groups_count; /* CUT and a SET of some links: 2, `from` and `to`; PARTITION: 2 or more;
                              else 0 */
    struct byte_reader groups;
    uint32_t nodes_count; /* of the cluster */
};

/* Reads a FAULT or SET record of a cluster of `nodes`; valid as long as the record is. False: it is
 * no sound one, and *fault is empty. */
bool fault_read(const struct record *record, uint32_t nodes, struct fault *fault);

/* The next group of nodes, of groups_count. */
struct node_runs fault_next_group(struct fault *fault);

#endif
