#include "net/wire/connection.h"

#include "net/wire/socket.h"

#include <stdio.h>

/* What the kernel sent and nobody acknowledged breaks a connection after so long: a cut cable heals
 * faster by a new connection than by TCP's own patience. */
#define UNACKNOWLEDGED_MS 5000

enum error connection_open(struct connection *connection, const struct connection_setup *setup)
{
    const struct cluster_file_node *host = &setup->cluster_file->node[setup->node];
    unsigned port = host->port + (setup->kind == LISTENER_AGENT ? 1u : 0u);
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, port);
    void *socket = connection->socket = zmq_socket(setup->context, ZMQ_DEALER);
    if (!socket)
        return ERROR_IO;
    connection->monitor = connection_monitor_open(setup->context, socket, setup->events);
    bool open =
        connection->monitor && socket_set(socket, ZMQ_LINGER, 0) &&
        socket_set(socket, ZMQ_SNDHWM, setup->send_most) &&
        socket_set(socket, ZMQ_RCVHWM, setup->receive_most) &&
        (setup->lasting || socket_set(socket, ZMQ_RECONNECT_IVL, -1)) &&
        socket_set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
        socket_set(socket, ZMQ_TCP_MAXRT, UNACKNOWLEDGED_MS) &&
        socket_set(socket, ZMQ_IPV6, host->address[0] == '[') &&
        socket_set_frame_max(socket, setup->frame_max) &&
        (!setup->keys || !authentication_configure_client(socket, setup->keys, host->key)) &&
        zmq_connect(socket, endpoint) == 0;
    return open ? OK : ERROR_IO;
}

void connection_close(struct connection *connection, int linger_ms)
{
    connection_monitor_close(connection->monitor, connection->socket);
    if (connection->socket) {
        socket_set(connection->socket, ZMQ_LINGER, linger_ms);
        zmq_close(connection->socket);
    }
    *connection = (struct connection){0};
}
