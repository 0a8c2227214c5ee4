/* The clients at this node. Requests are made where their clients are, so the network carries what
 * it would carry anyway, and no driver stands between. */
#ifndef NET_PROCESS_NODE_PROCESS_CLIENTS_H
#define NET_PROCESS_NODE_PROCESS_CLIENTS_H

#include "net/process/node_process.h"

/* Begins those clients of an ORDER_CLIENTS that are at this node. ERROR_TEXT: the order is not
 * sound; ERROR_MEMORY: not all of them begin. */
enum error node_clients_add(struct node_process *process, const struct order *order);

/* The client's next request, which was due at due_ns. */
void node_clients_ask(struct node_process *process, uint64_t index, int64_t due_ns);

/* The client's request has ended. */
void node_clients_answered(struct node_process *process, uint64_t index,
                           const struct answer *answer);

/* No client asks again; what was asked is still answered. */
void node_clients_dismiss(struct node_process *process);
void node_clients_close(struct node_process *process);

#endif
