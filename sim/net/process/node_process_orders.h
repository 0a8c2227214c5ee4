/* Carries out the driver's orders (order.h). */
#ifndef NET_PROCESS_NODE_PROCESS_ORDERS_H
#define NET_PROCESS_NODE_PROCESS_ORDERS_H

#include "net/process/node_process.h"

/* Carries out the orders that have come, without waiting. False: the driver has gone. */
bool node_process_take_orders(struct node_process *process);

#endif
