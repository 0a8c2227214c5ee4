/* Requests by a client that is no node (`--request`): asks a node of a running cluster and waits
 * for the answers. */
#ifndef NET_WIRE_WIRE_CLIENT_H
#define NET_WIRE_WIRE_CLIENT_H

#include "base/failure.h"
#include "net/config/cluster_file.h"
#include "net/wire/wire.h"
#include "node/id.h"

/* What is to be asked next: an id; one that has not come yet; or nothing any more. */
enum wire_client_next { WIRE_CLIENT_ID, WIRE_CLIENT_LATER, WIRE_CLIENT_NONE };

/* An id is asked for if it comes less than so many after the first one that has no answer. */
#define WIRE_CLIENT_AHEAD 256u

struct wire_client_setup {
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* NULL: the cluster has no keys */
    enum wire_client_next (*next)(void *context, char id[ID_SIZE_MAX + 1]); /* NUL-terminated */
    int input;                  /* readable when an id that was to come LATER may be there */
    const struct text *payload; /* of each request; NULL: none */
    void (*take)(void *context, const struct wire_answer *answer);
    void *context;
};

/* Asks the first node that answers for each id that `next` gives, as many at a time as it takes.
 * `take` gets each answer, cookie i being that of the i-th id, from 0, in the order of their
 * coming. When ids are open and no answer has come for the cluster's timeout and a second, they and
 * all that can be had from `next` get one with OUTCOME_TIMEOUT. If the node goes away, what it was
 * asked gets OUTCOME_CALLER_LOST, and another one is asked for the rest. ERROR_IO: no node takes
 * requests; ERROR_MEMORY. `take` was not called then, and `failure` says why. ERROR_IO, too: the
 * node refuses later requests, and those without an answer got OUTCOME_TIMEOUT at once; or there is
 * no other node, and the rest got OUTCOME_UNREACHABLE. */
enum error wire_client_ask(const struct wire_client_setup *setup, struct failure *failure);

#endif
