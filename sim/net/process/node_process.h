/* One node in a process of its own: the core's node, its sockets, its clock, its clients.
 *
 * One thread does it all: it takes what came, steps the node, makes the records visible, lets the
 * frames leave, and waits. It never waits for a program, a peer, or a disk; for the reader of the
 * records it does when the ring is full. */
#ifndef NET_PROCESS_NODE_PROCESS_H
#define NET_PROCESS_NODE_PROCESS_H

/* A process that did not run for so long when it should have records that it was frozen: by a busy
 * machine, or because nobody read its records. What falls due meanwhile is late, and not by its
 * fault. */
#define NODE_PROCESS_STALL_NS (100 * NS_PER_MS)

/* The node that the shared ring behind `shared_ring_descriptor` describes, told what to do by
 * datagrams on the socket `order_descriptor`, until it has left or its parent has gone. Returns the
 * exit status: 0 after it left; 4 when it could not run, and the shared ring says why. */
int node_process_run(int shared_ring_descriptor, int order_descriptor);

#endif
