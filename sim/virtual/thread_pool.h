/* The threads that run the nodes.
 *
 * One caller hands out a window's work and waits until all of it is done; each thread has its own
 * nodes. A thread without work in a window is not woken, and work of a single thread is done by the
 * caller. */
#ifndef VIRTUAL_THREAD_POOL_H
#define VIRTUAL_THREAD_POOL_H

#include "base/base.h"

struct thread_pool;

/* `threads`: 1..1024. NULL when there is no memory or the system gives no thread; errno says why.
 */
struct thread_pool *thread_pool_new(uint32_t threads);

/* NULL: nothing to do. */
void thread_pool_delete(struct thread_pool *pool);

/* Calls work(context, node) for each node, on thread number `node` modulo threads. Returns when all
 * calls have returned. */
void thread_pool_run(struct thread_pool *pool, const node_id *nodes, uint32_t count,
                     void (*work)(void *context, node_id node), void *context);

#endif
