/* A bound socket and who may connect to it: a node's, for its peers and clients, or an agent's, for
 * drivers, at the port after its node's.
 *
 * It authenticates connections where the cluster has keys and limits how many there are. It hands
 * on whole frames and does not look into them. A connection is named by its route, 32 bits of
 * ROUTER's own making, which is never used again. */
#ifndef NET_WIRE_LISTENER_H
#define NET_WIRE_LISTENER_H

#include "net/wire/authentication.h"
#include "net/wire/connection_monitor.h"

#include <sys/uio.h>
#include <zmq.h>

enum listener_kind { LISTENER_NODE, LISTENER_AGENT };

struct listener_setup {
    enum listener_kind kind;
    void *context;                           /* of ZeroMQ */
    const struct cluster_file *cluster_file; /* outlives the listener */
    const struct key_pair *keys;             /* read while it opens, if the cluster has keys */
    node_id node;
    int send_most;    /* frames that wait in a connection, out */
    int receive_most; /* and in */
    size_t frame_max; /* bytes: whoever sends a larger frame is disconnected */
};

/* Zeros are one that is closed. */
struct listener {
    void *router; /* to be polled, as authentication.socket and connections.monitor are */
    struct authentication authentication;
    struct connection_limit connections;
    bool sent; /* since it last had no frame: its descriptor may be silent though one has come */
};

/* Binds the socket, and tests that it refuses an unknown key. Each handshake has 2 s. ERROR_IO;
 * the listener is to be closed all the same. */
enum error listener_open(struct listener *listener, const struct listener_setup *setup,
                         struct failure *failure);

/* What was sent may still leave within linger_ms, while the context is terminated. */
void listener_close(struct listener *listener, int linger_ms);

/* Answers to be authenticated, and enforces the limit of connections, without waiting. */
void listener_tend_connections(struct listener *listener);

/* Sends a frame made of the parts, without waiting. It is dropped where the connection has gone or
 * takes no more. */
void listener_send(struct listener *listener, uint32_t route, const struct iovec *parts,
                   size_t count);

/* The same, of a whole frame, which is no more the caller's. */
void listener_send_frame(struct listener *listener, uint32_t route, zmq_msg_t *frame);

/* Takes the next frame into `frame`, in place of what was there, without waiting. False: there is
 * none. A message that is not one frame from a connection of ROUTER's naming is taken as an empty
 * frame by route 0. */
bool listener_receive(struct listener *listener, uint32_t *route, zmq_msg_t *frame);

#endif
