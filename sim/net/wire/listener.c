#include "net/wire/listener.h"

#include "net/wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Connections that the kernel keeps until they are accepted. */
#define BACKLOG 512

/* ROUTER's own names: a zero and four bytes. */
#define ROUTE_SIZE 5

static bool make_router(struct listener *listener, const struct listener_setup *setup)
{
    void *router = listener->router = zmq_socket(setup->context, ZMQ_ROUTER);
    bool set =
        router && socket_set(router, ZMQ_LINGER, 0) &&
        socket_set(router, ZMQ_ROUTER_MANDATORY, 1) &&
        socket_set(router, ZMQ_SNDHWM, setup->send_most) &&
        socket_set(router, ZMQ_RCVHWM, setup->receive_most) &&
        socket_set(router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
        socket_set(router, ZMQ_BACKLOG, BACKLOG) &&
        socket_set(router, ZMQ_IPV6, setup->cluster_file->node[setup->node].address[0] == '[') &&
        socket_set_frame_max(router, setup->frame_max);
    if (set && setup->cluster_file->keyed)
        set = !authentication_configure_server(router, setup->keys);
    return set && !connection_limit_open(&listener->connections, setup->context, router);
}

enum error listener_open(struct listener *listener, const struct listener_setup *setup,
                         struct failure *failure)
{
    const struct cluster_file_node *node = &setup->cluster_file->node[setup->node];
    bool agent = setup->kind == LISTENER_AGENT;
    char endpoint[96];
    *listener = (struct listener){0};
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", node->address,
             node->port + (agent ? 1u : 0u));
    if (authentication_open(&listener->authentication, setup->context, setup->cluster_file,
                            agent ? AUTHENTICATION_DRIVERS : AUTHENTICATION_ALL) ||
        !make_router(listener, setup))
        return failure_set(failure, ERROR_IO, "ZeroMQ: %s", zmq_strerror(errno));
    if (zmq_bind(listener->router, endpoint))
        return failure_set(failure, ERROR_IO, "%s: %s%s", endpoint, zmq_strerror(errno),
                           errno == EADDRINUSE ? " (is this node running already?)" : "");
    if (!setup->cluster_file->keyed)
        return OK;
    return authentication_check(&listener->authentication, endpoint, setup->keys, failure);
}

void listener_close(struct listener *listener, int linger_ms)
{
    connection_limit_close(&listener->connections);
    if (listener->router) {
        socket_set(listener->router, ZMQ_LINGER, linger_ms);
        zmq_close(listener->router);
    }
    authentication_close(&listener->authentication);
    listener->router = NULL;
}

void listener_tend_connections(struct listener *listener)
{
    authentication_answer(&listener->authentication);
    connection_limit_enforce(&listener->connections);
}

void listener_send(struct listener *listener, uint32_t route, const struct iovec *parts,
                   size_t count)
{
    zmq_msg_t frame;
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (zmq_msg_init_size(&frame, size))
        return;
    char *at = zmq_msg_data(&frame);
    for (size_t i = 0; i < count; at += parts[i++].iov_len)
        if (parts[i].iov_len)
            memcpy(at, parts[i].iov_base, parts[i].iov_len);
    listener_send_frame(listener, route, &frame);
}

void listener_send_frame(struct listener *listener, uint32_t route, zmq_msg_t *frame)
{
    unsigned char name[ROUTE_SIZE] = {0};
    memcpy(name + 1, &route, sizeof route);
    listener->sent = true;
    if (zmq_send(listener->router, name, sizeof name, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_msg_send(frame, listener->router, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(frame);
}

bool listener_receive(struct listener *listener, uint32_t *route, zmq_msg_t *frame)
{
    zmq_msg_t name;
    zmq_msg_init(&name);
    if (zmq_msg_recv(&name, listener->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&name);
        listener->sent = false;
        return false;
    }
    const unsigned char *bytes = zmq_msg_data(&name);
    bool good = zmq_msg_size(&name) == ROUTE_SIZE && bytes[0] == 0;
    bool more = zmq_msg_more(&name);
    int frames = 0;
    *route = 0;
    if (good)
        memcpy(route, bytes + 1, sizeof *route);
    zmq_msg_close(&name);
    for (; more; frames++) {
        zmq_msg_recv(frame, listener->router, ZMQ_DONTWAIT);
        more = zmq_msg_more(frame);
    }
    if (good && frames == 1)
        return true;
    *route = 0;
    zmq_msg_close(frame);
    zmq_msg_init(frame);
    return true;
}
