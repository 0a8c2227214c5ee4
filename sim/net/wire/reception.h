/* What arrives at a node's listener: greetings, which it welcomes or refuses, peers' messages, and
 * clients' requests.
 *
 * A connection counts for nothing before its greeting: a peer's messages count only by the
 * connection whose greeting with that peer's name was the last, of a process no older than the one
 * before. It answers at once; what concerns the node is given out one arrival at a time. */
#ifndef NET_WIRE_RECEPTION_H
#define NET_WIRE_RECEPTION_H

#include "net/wire/clients.h"
#include "net/wire/peer.h"

enum arrival_kind {
    ARRIVAL_MESSAGE, /* message */
    ARRIVAL_DROPPED, /* message, to, why: on its way out (from this node) or in */
    ARRIVAL_FOUND,   /* peer, incarnation */
    ARRIVAL_LOST,    /* peer, incarnation */
    ARRIVAL_REQUEST, /* client, id, payload */
    ARRIVAL_IN_USE,  /* this node's name is another process's: `peer` says so */
};

struct arrival {
    enum arrival_kind kind;
    node_id peer;
    uint32_t incarnation;
    enum drop_why why;
    node_id to;
    struct message message; /* its texts borrow; valid until the next arrival is taken */
    struct wire_client_ref client;
    struct text id;      /* likewise */
    struct text payload; /* likewise */
};

struct reception {
    struct listener listener;
    struct peer_shared *shared;
    struct peer_link *peers; /* of each node */
    zmq_msg_t frame;         /* the one that is being read */
    bool reading;            /* messages of it */
    struct batch batch;
    struct wire_cursor cursor;
    struct text value; /* the long one that was read last: whoever copies it shares it */
    bool admits_clients;
    struct clients clients;
};

/* `shared` and `peers` are the transport's; `reception` is zero. ERROR_IO as of listener_open; it
 * is to be closed all the same. */
enum error reception_open(struct reception *reception, const struct listener_setup *setup,
                          struct peer_shared *shared, struct peer_link *peers,
                          struct failure *failure);
void reception_close(struct reception *reception, int linger_ms);

/* Takes the next message of the frame that is being read. False: there is none. */
bool reception_take_message(struct reception *reception, struct arrival *arrival);

enum reception_event {
    RECEPTION_EMPTY,    /* there is no frame */
    RECEPTION_HANDLED,  /* a frame that does not concern the node */
    RECEPTION_ARRIVAL,  /* in *arrival */
    RECEPTION_INSTANCE, /* arrival->peer has greeted as another process than the one that this
                           node's connection to it is to: the connection has to be made anew */
};

/* Takes a frame, without waiting; all messages of the one before have been taken. */
enum reception_event reception_take_frame(struct reception *reception, int64_t now_ns,
                                          struct arrival *arrival);

#endif
