/* What all sockets of ZeroMQ here are opened with. */
#ifndef NET_WIRE_SOCKET_H
#define NET_WIRE_SOCKET_H

#include "base/base.h"

#include <zmq.h>

/* False: errno of ZeroMQ says why. */
static inline bool socket_set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

/* No frame that comes is larger, or its connection is broken. */
static inline bool socket_set_frame_max(void *socket, size_t size)
{
    int64_t most = (int64_t)size;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0;
}

#endif
