/* Which requests came here already, where a message may be delivered twice (config.repeats).
 *
 * A caller says with each request and heartbeat which of its requests is the oldest that is open.
 * What is older has ended; the others are remembered here, answered or not: so a copy never begins
 * anew with a request, however late it comes. */
#ifndef NODE_SEEN_H
#define NODE_SEEN_H

#include "node/state.h"

/* Before any other function, and after all others. */
void seen_init(struct node *node);
void seen_close(struct node *node);

/* Whether this try came before, by as many hops, or its caller has said that it has ended. */
bool seen_before(const struct node *node, const struct caller *caller);

/* Remembers this try. ERROR_MEMORY: it is not remembered. */
enum error seen_add(struct node *node, const struct caller *caller);

/* Takes note of what a REQUEST or HEARTBEAT says of its sender's oldest open request. */
void seen_hear(struct node *node, const struct message *message);

#endif
