/* Requests by one who is no node: asks a node of a running cluster and waits for the answers. */
#ifndef NET_DRIVE_ASK_H
#define NET_DRIVE_ASK_H

#include "net/config/cluster_file.h"
#include "net/wire/wire.h"

struct ask_setup {
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* NULL: keyless */
    const char **ids;
    size_t count;
};

/* Asks the first node that answers for all ids, as many at a time as it takes. `take` gets each
 * answer, cookie i being that of ids[i], in the order of their coming; an id without an answer
 * within the cluster's timeout and a second after the one before gets one with OUTCOME_TIMEOUT.
 * ERROR_IO: no node takes requests, and `why` says why; `take` was not called. */
enum error ask(const struct ask_setup *setup,
               void (*take)(void *context, const struct wire_answer *answer), void *context,
               char why[256]);

#endif
