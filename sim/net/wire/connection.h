/* A connection to a node or to its agent: an encrypted socket with its monitor. Frames are sent and
 * received on the socket; what becomes of the connection, the monitor says. */
#ifndef NET_WIRE_CONNECTION_H
#define NET_WIRE_CONNECTION_H

#include "net/wire/listener.h"

struct connection_setup {
    void *context; /* of ZeroMQ */
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* of this end; NULL: the cluster has none */
    enum listener_kind kind;     /* of what listens at the other end */
    node_id node;                /* likewise: which one, or whose agent */
    int events;                  /* ZMQ_EVENT_…: that the monitor reports */
    int send_most;               /* frames that wait to be sent; 0: any number */
    int receive_most;            /* frames that came and were not taken; 0: any number */
    bool lasting;                /* it is made anew when it breaks */
    size_t frame_max;            /* bytes: a larger frame breaks it */
};

/* Zeros are one that is closed. */
struct connection {
    void *socket;
    void *monitor;
};

/* Begins to connect. ERROR_IO: errno of ZeroMQ says why; it is to be closed all the same. */
enum error connection_open(struct connection *connection, const struct connection_setup *setup);

/* What was sent may still leave within linger_ms. */
void connection_close(struct connection *connection, int linger_ms);

#endif
