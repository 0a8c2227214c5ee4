/* Requests by a client that is no node (`--request`): asks a node of a running cluster and waits
 * for the answers. */
#ifndef NET_WIRE_WIRE_CLIENT_H
#define NET_WIRE_WIRE_CLIENT_H

#include "base/failure.h"
#include "net/config/cluster_file.h"
#include "net/wire/wire.h"

struct wire_client_setup {
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* NULL: the cluster has no keys */
    const char **ids;
    size_t count;
    void (*take)(void *context, const struct wire_answer *answer);
    void *context;
};

/* Asks the first node that answers for all ids, as many at a time as it takes. `take` gets each
 * answer, cookie i being that of ids[i], in the order of their coming. An id gets one with
 * OUTCOME_TIMEOUT when no answer has come for the cluster's timeout and a second. ERROR_IO: no node
 * takes requests; ERROR_MEMORY. `take` was not called then, and `failure` says why. ERROR_IO, too:
 * the node refuses later requests; those without an answer got OUTCOME_TIMEOUT at once. */
enum error wire_client_ask(const struct wire_client_setup *setup, struct failure *failure);

#endif
