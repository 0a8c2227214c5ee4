#include "net/door.h"

#include "net/monitor.h"

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

enum error door_open(struct door *door, void *context, void *socket)
{
    int files = most_files() - DOOR_RESERVE;
    *door = (struct door){.socket = socket, .most = files < DOOR_MOST ? files / 2 : DOOR_MOST};
    door->monitor =
        monitor_open(context, socket, "inproc://door", ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
    return door->monitor ? OK : ERROR_IO;
}

void door_close(struct door *door)
{
    monitor_close(door->monitor, door->socket);
    door->monitor = NULL;
}

void door_look(struct door *door)
{
    int32_t descriptor;
    for (int event; (event = monitor_next(door->monitor, &descriptor));) {
        door->open += event == ZMQ_EVENT_ACCEPTED ? 1 : -1;
        if (event == ZMQ_EVENT_ACCEPTED && door->open > door->most)
            shutdown(descriptor, SHUT_RDWR);
    }
}
