/* How many connections a bound socket has: too many would use up the process's descriptors, and a
 * listener without descriptors spins. The one that came last goes. */
#ifndef NET_DOOR_H
#define NET_DOOR_H

#include "core/base.h"

/* At most, and fewer where the process may not open so many files. */
#define DOOR_MOST 4096

struct door {
    void *monitor; /* to be polled for input */
    void *socket;
    int open;
    int most;
};

/* Raises the limit of open files as far as may be; DOOR_RESERVE of them are left for others.
 * Follows the socket before it is bound. ERROR_IO: errno of ZeroMQ says why. */
#define DOOR_RESERVE 128
enum error door_open(struct door *door, void *context, void *socket);
void door_close(struct door *door);

/* Takes note of who came and went. */
void door_look(struct door *door);

#endif
