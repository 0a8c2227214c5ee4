/* How many connections a bound socket has: too many would use up the process's descriptors, and a
 * listener without descriptors spins. The one that came last goes. */
#ifndef NET_WIRE_CONNECTION_MONITOR_H
#define NET_WIRE_CONNECTION_MONITOR_H

#include "base/base.h"

/* At most, and fewer where the process may not open so many files. */
#define CONNECTION_MONITOR_MOST 4096

struct connection_monitor {
    void *monitor; /* to be polled for input */
    void *socket;
    int open;
    int most;
};

/* Raises the limit of open files as far as may be; CONNECTION_MONITOR_RESERVE of them are left for
 * others. Follows the socket before it is bound. ERROR_IO: errno of ZeroMQ says why. */
#define CONNECTION_MONITOR_RESERVE 128
enum error connection_monitor_open(struct connection_monitor *connection_monitor, void *context,
                                   void *socket);
void connection_monitor_close(struct connection_monitor *connection_monitor);

/* Takes note of who came and went. */
void connection_monitor_look(struct connection_monitor *connection_monitor);

#endif
