/* A node's sockets, all owned by its one thread: messages to and from peers, requests of clients.
 *
 * What happens is taken out one arrival at a time; nothing here calls back. What is sent to one
 * peer between two flushes travels in one frame, so encryption costs by the byte and not by the
 * message. Limits: a frame of WIRE_FRAME_MAX bytes; PEER_FRAMES_MAX frames that wait for a peer,
 * and as many from it; WIRE_CLIENTS_MAX clients at a time with WIRE_CLIENT_REQUESTS_MAX requests
 * each; CONNECTIONS_MAX connections, and each is to be through with its handshake in 2 s. */
#ifndef NET_WIRE_TRANSPORT_H
#define NET_WIRE_TRANSPORT_H

#include "net/wire/peer.h"
#include "node/node.h"

#define WIRE_CLIENTS_MAX         256u
#define WIRE_CLIENT_REQUESTS_MAX 64u

struct transport_setup {
    const struct cluster_file *cluster_file; /* outlives the transport */
    const struct key_pair *keys;
    node_id self;
    uint32_t incarnation;
    uint64_t instance;
};

struct transport;

/* Binds the node's address, tries its agent, begins to greet its peers. NULL: `why` says why. */
struct transport *transport_open(const struct transport_setup *setup, char why[256]);

/* linger_ms: so long what was flushed may still take to leave. */
void transport_close(struct transport *transport, int linger_ms);

/* ---- out ----------------------------------------------------------------------------------- */

/* Puts the message, which stays the caller's, into the frame for `to`. False: it goes nowhere, and
 * `why` says why: DROP_CUT, DROP_DOWN, or DROP_FULL, when the frame is ripe or there is no memory.
 */
bool transport_send(struct transport *transport, node_id to, const struct message *message,
                    enum drop_why *why);

/* Whether the frame for `to` takes no more until it has left. */
bool transport_is_ripe(const struct transport *transport, node_id to);

/* Frames leave. What can't leave comes back as ARRIVAL_DROPPED; but while ZeroMQ takes no more for
 * a peer, its frame waits and grows until it is ripe. */
void transport_flush(struct transport *transport);

struct wire_client_ref {
    uint32_t slot;
    uint32_t life; /* of the slot */
    uint64_t cookie;
};

/* Ends a client's request. A client who has gone is told nothing. */
void transport_answer(struct transport *transport, struct wire_client_ref client,
                      const struct wire_answer *answer);

/* From now on clients are let in; before they are sent to other nodes. */
void transport_admit_clients(struct transport *transport);

/* Cuts: nothing is sent to the peer, nothing is taken from it. */
void transport_cut(struct transport *transport, node_id peer, bool out, bool in);

/* ---- in ------------------------------------------------------------------------------------ */

enum arrival_kind {
    ARRIVAL_MESSAGE, /* message */
    ARRIVAL_DROPPED, /* message, to, why: on its way out (from this node) or in */
    ARRIVAL_FOUND,   /* peer */
    ARRIVAL_LOST,    /* peer, incarnation */
    ARRIVAL_REQUEST, /* client, id */
    ARRIVAL_IN_USE,  /* this node's name is another process's: `peer` says so */
};

struct arrival {
    enum arrival_kind kind;
    node_id peer;
    uint32_t incarnation;
    enum drop_why why;
    node_id to;
    struct message message; /* its texts borrow; valid until the next transport_take */
    struct wire_client_ref client;
    struct text id; /* likewise */
};

/* The next thing that has happened, without waiting. */
bool transport_take(struct transport *transport, int64_t now_ns, struct arrival *arrival);

/* Waits until something happens on a socket or one of the descriptors, or until until_ns; all that
 * had happened before was taken. True: one of the descriptors can be read. */
bool transport_wait(struct transport *transport, int64_t now_ns, int64_t until_ns,
                    const int *descriptors, uint32_t extra);

/* Peers that are greeted both ways. */
uint32_t transport_greeted(const struct transport *transport);

#endif
