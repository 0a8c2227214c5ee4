/* The threads that run the nodes.
 *
 * One caller hands out a window's work and waits until all of it is done. It works too, and wakes
 * others only where the last windows had work enough for them, and where that turns out to be
 * quicker (sharing.h): else it is alone, and so no run is slower for having more threads. Whoever
 * is free takes the next few nodes. Who runs a node, and with whom, is never seen in a result.
 *
 * Test builds (THREAD_POOL_MIXED) wake some number of threads in every window, the next time
 * another one, so that few nodes and little work prove as much. */
#ifndef VIRTUAL_THREAD_POOL_H
#define VIRTUAL_THREAD_POOL_H

#include "base/base.h"

struct thread_pool;

/* `threads`: 1..1024, the caller's included; `cores`: so many are free for them, at least 1. Starts
 * none yet. NULL when there is no memory. */
struct thread_pool *thread_pool_new(uint32_t threads, uint32_t cores);

/* NULL: nothing to do. */
void thread_pool_delete(struct thread_pool *pool);

/* Works on some of the nodes, on the thread of this number; returns how much it did, as a number of
 * events. */
typedef uint64_t thread_pool_work(void *context, const node_id *nodes, uint32_t count,
                                  uint32_t thread);

/* Has all nodes worked on, each once, each thread with a number of its own below `threads`. Returns
 * when all calls have returned. Where the system gives no thread, those that there are do it. */
void thread_pool_run(struct thread_pool *pool, const node_id *nodes, uint32_t count,
                     thread_pool_work *work, void *context);

#endif
