/* The threads that carry the nodes.
 *
 * One caller hands out a window's work and waits until all of it is done; each thread has its
 * nodes. One that has nothing in a window is not woken, and what only one thread would do, or with
 * one thread in all, the caller does itself. */
#ifndef CLUSTER_CREW_H
#define CLUSTER_CREW_H

#include "core/base.h"

struct crew;

/* `threads` of 1..1024. NULL when there is no memory or the system gives no thread; errno says why.
 */
struct crew *crew_new(uint32_t threads);
void crew_delete(struct crew *crew);

/* Calls work(context, node) for each node, at once where they lie on different threads: node i is
 * carried by thread i modulo threads. Returns when all calls have. */
void crew_run(struct crew *crew, const node_id *nodes, uint32_t count,
              void (*work)(void *context, node_id node), void *context);

#endif
