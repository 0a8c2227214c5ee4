/* The threads that carry the nodes.
 *
 * One caller hands out a window's work and waits until all of it is done; each thread has its
 * nodes. One that has nothing in a window is not woken, and what only one thread would do, or with
 * one thread in all, the caller does itself. */
#ifndef VIRTUAL_THREAD_POOL_H
#define VIRTUAL_THREAD_POOL_H

#include "base/base.h"

struct thread_pool;

/* `threads` of 1..1024. NULL when there is no memory or the system gives no thread; errno says why.
 */
struct thread_pool *thread_pool_new(uint32_t threads);
void thread_pool_delete(struct thread_pool *thread_pool);

/* Calls work(context, node) for each node, at once where they lie on different threads: node i is
 * carried by thread i modulo threads. Returns when all calls have. */
void thread_pool_run(struct thread_pool *thread_pool, const node_id *nodes, uint32_t count,
                     void (*work)(void *context, node_id node), void *context);

#endif
