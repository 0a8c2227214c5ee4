#include "net/wire/monitor.h"

#include <string.h>
#include <zmq.h>

void *monitor_open(void *context, void *socket, const char *name, int events)
{
    int none = 0;
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    if (!monitor)
        return NULL;
    if (zmq_setsockopt(monitor, ZMQ_LINGER, &none, sizeof none) == 0 &&
        zmq_socket_monitor(socket, name, events) == 0 && zmq_connect(monitor, name) == 0)
        return monitor;
    monitor_close(monitor, socket);
    return NULL;
}

void monitor_close(void *monitor, void *socket)
{
    if (!monitor)
        return;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
}

/* An event is two frames: its number and value, packed, then the endpoint. */
int monitor_next(void *monitor, int32_t *value)
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
