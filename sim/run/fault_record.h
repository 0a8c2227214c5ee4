/* The FAULT or SET record of an action: trace/fault.h has its form. It says what begins or ends at
 * which nodes and links, and never decides it. */
#ifndef RUN_FAULT_RECORD_H
#define RUN_FAULT_RECORD_H

#include "run/operations.h"

/* What an action of this kind does to these nodes begins or ends. */
struct fault_note {
    enum action_kind kind;
    bool begins;
    const struct node_list *nodes;
    int64_t amount;     /* see trace/fault.h */
    const char *before; /* before the words; NULL: nothing */
    const char *words;
};

/* As the action has it, at these nodes. */
struct fault_note fault_note_of(const struct action *action, const struct node_list *nodes);

/* Hands the record to the cluster, with the action's line and links. ERROR_MEMORY: it did not. */
enum error fault_record(const struct cluster_operations *operations, void *cluster,
                        const struct action *action, struct fault_note note);

#endif
