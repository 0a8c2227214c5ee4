#include "net/wire/connection_monitor.h"

#include "base/number.h"
#include "net/wire/socket.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

void *connection_monitor_open(void *context, void *socket, int events)
{
    static atomic_uint opened;
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    char name[48];
    if (!monitor)
        return NULL;
    snprintf(name, sizeof name, "inproc://monitor-%u", atomic_fetch_add(&opened, 1));
    if (socket_set(monitor, ZMQ_LINGER, 0) && zmq_socket_monitor(socket, name, events) == 0 &&
        zmq_connect(monitor, name) == 0)
        return monitor;
    connection_monitor_close(monitor, socket);
    return NULL;
}

void connection_monitor_close(void *monitor, void *socket)
{
    if (!monitor)
        return;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
}

/* An event is two frames: its number and value, packed, then the endpoint. */
int connection_monitor_next(void *monitor, int32_t *value)
{
    uint16_t event = 0;
    zmq_msg_t frame;
    bool more = true;
    for (bool first = true; more; first = false) {
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, monitor, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return 0;
        }
        const char *bytes = zmq_msg_data(&frame);
        if (first && zmq_msg_size(&frame) >= sizeof event + sizeof *value) {
            memcpy(&event, bytes, sizeof event);
            if (value)
                memcpy(value, bytes + sizeof event, sizeof *value);
        }
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return event;
}

/* ---- the limit ----------------------------------------------------------------------------- */

static int most_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (int)min_u64(limit.rlim_cur, 1000000);
}

enum error connection_limit_open(struct connection_limit *limit, void *context, void *socket)
{
    int files = most_files() - CONNECTIONS_RESERVE;
    *limit = (struct connection_limit){
        .socket = socket, .most = files < CONNECTIONS_MAX ? files / 2 : CONNECTIONS_MAX};
    limit->monitor =
        connection_monitor_open(context, socket, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
    return limit->monitor ? OK : ERROR_IO;
}

void connection_limit_close(struct connection_limit *limit)
{
    connection_monitor_close(limit->monitor, limit->socket);
    limit->monitor = NULL;
}

void connection_limit_enforce(struct connection_limit *limit)
{
    int32_t descriptor = -1;
    for (int event; (event = connection_monitor_next(limit->monitor, &descriptor));) {
        limit->open += event == ZMQ_EVENT_ACCEPTED ? 1 : -1;
        if (event == ZMQ_EVENT_ACCEPTED && limit->open > limit->most)
            shutdown(descriptor, SHUT_RDWR);
    }
}
