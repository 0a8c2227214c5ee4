/* What the machine must have left for ZeroMQ, which aborts the process when it finds no memory or
 * no descriptor: that is checked beforehand, and named as what it is where it happens all the same.
 */
#ifndef NET_WIRE_MACHINE_H
#define NET_WIRE_MACHINE_H

#include "base/failure.h"

/* What a process needs besides what it has: descriptors, and bytes of address space beyond the
 * stacks of ZeroMQ's threads. */
struct machine_need {
    uint32_t descriptors;
    size_t bytes;
};

/* A node of so many, with this many programs at a time; its agent; a client; a driver of so many.
 */
struct machine_need machine_need_of_node(uint32_t nodes, uint32_t programs);
struct machine_need machine_need_of_agent(void);
struct machine_need machine_need_of_client(void);
struct machine_need machine_need_of_driver(uint32_t nodes);

/* Raises the limit of open files as far as it may, and makes a context of ZeroMQ. NULL: too little
 * is left, and `failure` names the limit; ERROR_IO. From then on an abort by a library ends the
 * process with status 4 and says why. */
void *machine_context(const struct machine_need *need, struct failure *failure);

/* What is done before that, in a signal handler; NULL: nothing. */
void machine_on_abort(void (*report)(const char *why));

#endif
