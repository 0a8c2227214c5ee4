/* What happens to a socket's connections, as ZeroMQ reports it; and a limit of how many there are.
 *
 * A monitor belongs to one socket and is polled beside it. A bound socket has a limit, because too
 * many connections would use up the process's descriptors, and a listener without descriptors
 * spins: the connection that exceeds the limit is closed. */
#ifndef NET_WIRE_CONNECTION_MONITOR_H
#define NET_WIRE_CONNECTION_MONITOR_H

#include "base/base.h"

/* Reports the socket's events of these kinds (ZMQ_EVENT_…). To be closed before the socket is.
 * NULL: errno of ZeroMQ says why. */
void *connection_monitor_open(void *context, void *socket, int events);

/* `monitor` may be NULL. */
void connection_monitor_close(void *monitor, void *socket);

/* Takes one event, without waiting; 0: there is none. `value`, which may be NULL, is set to the
 * connection's descriptor, or to what zmq_socket_monitor(3) says. */
int connection_monitor_next(void *monitor, int32_t *value);

/* The most connections, and fewer where the process may not open so many files: descriptors that
 * are left for everything else. */
#define CONNECTIONS_MAX     4096
#define CONNECTIONS_RESERVE 128

struct connection_limit {
    void *monitor; /* to be polled for input */
    void *socket;
    int open;
    int most;
};

/* Raises the process's limit of open files as far as it may. To be called before the socket is
 * bound, and closed before it is closed. ERROR_IO: errno of ZeroMQ says why. */
enum error connection_limit_open(struct connection_limit *limit, void *context, void *socket);
void connection_limit_close(struct connection_limit *limit);

/* Counts the connections that came and went, without waiting, and closes those beyond the limit. */
void connection_limit_enforce(struct connection_limit *limit);

#endif
