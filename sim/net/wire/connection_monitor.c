#include "net/wire/connection_monitor.h"

#include "net/wire/monitor.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <zmq.h>

static int most_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 1000000 ? 1000000 : (int)limit.rlim_cur;
}

enum error connection_monitor_open(struct connection_monitor *connection_monitor, void *context,
                                   void *socket)
{
    int files = most_files() - CONNECTION_MONITOR_RESERVE;
    *connection_monitor = (struct connection_monitor){
        .socket = socket,
        .most = files < CONNECTION_MONITOR_MOST ? files / 2 : CONNECTION_MONITOR_MOST};
    connection_monitor->monitor = monitor_open(context, socket, "inproc://connection-monitor",
                                               ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
    return connection_monitor->monitor ? OK : ERROR_IO;
}

void connection_monitor_close(struct connection_monitor *connection_monitor)
{
    monitor_close(connection_monitor->monitor, connection_monitor->socket);
    connection_monitor->monitor = NULL;
}

void connection_monitor_look(struct connection_monitor *connection_monitor)
{
    int32_t descriptor;
    for (int event; (event = monitor_next(connection_monitor->monitor, &descriptor));) {
        connection_monitor->open += event == ZMQ_EVENT_ACCEPTED ? 1 : -1;
        if (event == ZMQ_EVENT_ACCEPTED && connection_monitor->open > connection_monitor->most)
            shutdown(descriptor, SHUT_RDWR);
    }
}
