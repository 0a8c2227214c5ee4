/* The clients at this node. Load is made where it is asked for, so the network carries what it
 * would carry anyway, and no driver stands between. */
#ifndef NET_PROCESS_NODE_PROCESS_CLIENTS_H
#define NET_PROCESS_NODE_PROCESS_CLIENTS_H

#include "net/process/node_process.h"

/* Adds the clients that an ORDER_CLIENTS asks for; one that makes no sense is passed over. */
void client_group_add(struct node_process *process, const struct order *order,
                      const char *statement);

/* The client's next request, which was due at due_ns. */
void client_group_asks(struct node_process *process, uint64_t index, int64_t due_ns);
void client_group_answered(struct node_process *process, uint64_t index,
                           const struct answer *answer);

/* No client asks again; what was asked is still answered. */
void client_group_dismiss(struct node_process *process);
void client_group_close(struct node_process *process);

#endif
