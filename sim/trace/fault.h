/* What a FAULT record says as data: which fault, on which nodes and links, and whether it begins or
 * ends. The record's words are for people; whoever draws or judges faults reads this.
 *
 *     record.code     enum fault_kind
 *     record.number   1: the fault begins; 0: it ends, by itself or by another action
 *     record.id       nodes, then groups of nodes between which links are cut, see fault_put_nodes
 *
 *     crash n2 for 2s           crash, begins, nodes n2; 2 s later: crash, ends, nodes n2
 *     restart n2                restart, ends, nodes n2
 *     cut n1 -> n2,n3           cut, begins, from n1 to n2,n3
 *     partition n1 | n2 | n3    partition, begins, between these three groups
 *     heal                      heal, ends: all cuts and partitions */
#ifndef TRACE_FAULT_H
#define TRACE_FAULT_H

#include "base/string_builder.h"
#include "node/record.h"

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

/* ---- writing ------------------------------------------------------------------------------- */

/* Appends a set of nodes, given each once and in ascending order, as runs of neighbours: so a set
 * of all nodes takes a few bytes. A record's id is the set of its nodes; then, of CUT, the set
 * `from`, the set `to`, and a byte, 1 if links back are cut too; of PARTITION the number of groups
 * (fault_put_count) and each group's set. */
void fault_put_nodes(struct string_builder *data, const node_id *nodes, uint32_t count);
void fault_put_count(struct string_builder *data, uint32_t count);

/* ---- reading ------------------------------------------------------------------------------- */

/* A set of nodes in a record; valid as long as the record is. */
struct fault_nodes {
    const unsigned char *at;
    uint32_t runs; /* not yet read */
    node_id next;
};

struct fault {
    enum fault_kind kind;
    bool begins;
    bool both; /* CUT: links back, too */
    struct fault_nodes nodes;
    uint32_t groups_count;     /* CUT: 2; PARTITION: 2 or more; else 0 */
    struct fault_nodes groups; /* the first; the others follow it: see fault_next_group */
};

/* Reads a FAULT record of a cluster of `nodes`. False: it is no sound one, and *fault is empty. */
bool fault_read(const struct record *record, uint32_t nodes, struct fault *fault);

/* The next run of neighbours first..first+count-1. False: there are no more. */
bool fault_next_run(struct fault_nodes *set, node_id *first, uint32_t *count);

/* The set of nodes that lies behind this one, from which nothing must have been read. */
struct fault_nodes fault_next_group(struct fault_nodes set);

bool fault_nodes_have(struct fault_nodes set, node_id node);

#endif
