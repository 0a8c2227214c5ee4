/* What all sockets of ZeroMQ here are opened with. */
#ifndef NET_WIRE_SOCKET_H
#define NET_WIRE_SOCKET_H

#include "base/base.h"

#include <zmq.h>

/* A handshake has so long. */
#define HANDSHAKE_MS 2000

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

/* The descriptor that becomes readable when something happens to the socket after it was found to
 * have nothing. */
static inline int socket_descriptor(void *socket)
{
    int descriptor = -1;
    size_t size = sizeof descriptor;
    zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
    return descriptor;
}

#endif
