/* What happens to a socket's connections, as ZeroMQ tells it. */
#ifndef NET_WIRE_MONITOR_H
#define NET_WIRE_MONITOR_H

#include "base/base.h"

/* Follows the socket's events of these kinds (ZMQ_EVENT_…) under a name that no other monitor of
 * the context has, "inproc://…". NULL: errno of ZeroMQ says why. To be closed with monitor_close
 * before the socket is. */
void *monitor_open(void *context, void *socket, const char *name, int events);
void monitor_close(void *monitor, void *socket);

/* Takes one event, without waiting; 0: there is none. `value` may be NULL; it is the descriptor of
 * the connection, or as zmq_socket_monitor(3) has it. */
int monitor_next(void *monitor, int32_t *value);

#endif
