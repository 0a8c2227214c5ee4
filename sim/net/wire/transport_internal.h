/* What the files of a transport share: transport.c (its sockets, what leaves, in which order things
 * are taken, waiting) and reception.c (what comes by the router). For them alone. */
#ifndef NET_WIRE_TRANSPORT_INTERNAL_H
#define NET_WIRE_TRANSPORT_INTERNAL_H

#include "net/wire/connection_monitor.h"
#include "net/wire/transport.h"

#include <poll.h>
#include <zmq.h>

struct wire_client {
    uint32_t route;
    uint32_t life;
    uint32_t asks;  /* without an answer yet */
    uint64_t since; /* a number that grows from greeting to greeting */
    bool here;
};

struct transport {
    const struct transport_setup setup;
    struct peer_shared world;
    void *context;
    struct authentication authentication;
    void *router;
    struct connection_limit connections; /* of the router */
    bool spoke;                          /* by the router since it was last found empty */
    struct peer_link *peers;             /* of each node; that of the node itself is unused */
    node_id looked_at;                   /* peers before are looked at in this round */
    int64_t look_ns;                     /* when a new round begins */
    struct pollfd *items;

    struct wire_client clients[WIRE_CLIENTS_MAX];
    bool lets_in; /* clients */
    uint64_t greetings;

    zmq_msg_t frame; /* the one being read */
    bool reading;
    struct batch batch;
    struct wire_cursor cursor;

    uint32_t given_back; /* peers whose frames could not leave */
    node_id dropping;    /* the one of them that is taken apart; NODE_NONE */
    struct batch drop_batch;
    struct wire_cursor drop_cursor;
    uint64_t malformed; /* frames */
};

/* Says something of a peer on standard error. */
void log_peer(const struct transport *transport, node_id peer, const char *what, const char *why);

/* The frame for a peer can't leave: its messages come back by transport_take. */
void transport_give_back(struct transport *transport, struct peer_link *peer, enum drop_why why);

bool transport_lost(struct arrival *arrival, node_id peer, uint32_t incarnation);

/* ---- reception.c --------------------------------------------------------------------------- */

/* The next message of the frame at hand. */
bool reception_take_message(struct transport *transport, struct arrival *arrival);

/* One frame of the router. False: nothing came of it that concerns the node, or, then *any is
 * false, there is none. */
bool reception_take_frame(struct transport *transport, int64_t now_ns, struct arrival *arrival,
                          bool *any);

#endif
