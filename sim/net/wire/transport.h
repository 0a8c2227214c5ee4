/* A node's sockets, all owned by its one thread: messages to and from peers, requests of clients.
 *
 * What happens is taken out one arrival at a time; nothing here calls back. What is sent to one
 * peer between two flushes travels in one frame, so encryption costs by the byte and not by the
 * message; the first frame after a wait is a short one, so that the peer has something to do while
 * this node goes on. Limits: a frame of WIRE_FRAME_MAX bytes; PEER_SENT_MAX bytes and a frame, and
 * PEER_WAITING_MAX bytes that wait, for each peer, and PEER_FRAMES_MAX frames from it;
 * WIRE_CLIENTS_MAX clients at a time with WIRE_CLIENT_REQUESTS_MAX requests each, and the bytes of
 * their answers (clients.h); CONNECTIONS_MAX connections, whose handshakes may take 2 s each.
 *
 * To read on: peer.h (the way to a peer), reception.h (what arrives), wire.h (the frames). */
#ifndef NET_WIRE_TRANSPORT_H
#define NET_WIRE_TRANSPORT_H

#include "net/wire/reception.h"

struct transport_setup {
    const struct cluster_file *cluster_file; /* outlives the transport */
    const struct key_pair *keys;             /* likewise */
    node_id self;
    uint32_t incarnation;
    uint64_t instance;
    struct wire_counts counts; /* from which they go on */
};

struct transport;

/* Binds the node's address, tests that it refuses unknown keys, and begins to greet its peers.
 * NULL: ERROR_MEMORY, ERROR_IO. */
struct transport *transport_open(const struct transport_setup *setup, struct failure *failure);

/* What was flushed may still leave within linger_ms. */
void transport_close(struct transport *transport, int linger_ms);

/* ---- out ----------------------------------------------------------------------------------- */

/* Puts the message, which stays the caller's, into the frame for `to`, or behind what waits for it.
 * False: it goes nowhere, for the reason `why`: DROP_CUT, DROP_DOWN, or DROP_FULL, when too much
 * waits or there is no memory. */
bool transport_send(struct transport *transport, node_id to, const struct message *message,
                    enum drop_why *why);

/* Whether the frame for `to` should leave before it takes the message, and can. */
bool transport_is_ripe(const struct transport *transport, node_id to,
                       const struct message *message);

/* Whether a first frame after a wait has been filled: it should leave at once, as soon as the step
 * that fills it is over. */
bool transport_has_first(const struct transport *transport);

/* Sends what there is room for. What can't leave comes back as ARRIVAL_DROPPED. */
void transport_flush(struct transport *transport);

/* Ends a client's request. Nothing is sent to a client that has gone. */
void transport_answer(struct transport *transport, struct wire_client_ref client,
                      const struct wire_answer *answer);

/* Welcomes clients from now on; before, they are refused and try other nodes. */
void transport_admit_clients(struct transport *transport);

/* Cuts: nothing is sent to the peer, nothing is taken from it. */
void transport_cut(struct transport *transport, node_id peer, bool out, bool in);

/* Ends the connection to the peer without an arrival that says so, as if it had never been: the
 * process behind it is no more, and nobody is to notice when it goes. Another one is made. */
void transport_forget(struct transport *transport, node_id peer, int64_t now_ns);

/* ---- in ------------------------------------------------------------------------------------ */

/* The next thing that has happened, without waiting. False: there is none. */
bool transport_take(struct transport *transport, int64_t now_ns, struct arrival *arrival);

/* Waits until something happens on a socket or one of the descriptors, or until until_ns. All that
 * happened before must have been taken. True: one of the descriptors can be read. */
bool transport_wait(struct transport *transport, int64_t now_ns, int64_t until_ns,
                    const int *descriptors, uint32_t extra);

/* The reason for which all peers that answer refuse this node; NULL: one has welcomed it, or none
 * answers. Valid until the next transport_take. */
const char *transport_refused_for(const struct transport *transport);

/* What came that should not have. */
struct wire_counts transport_counts(const struct transport *transport);

/* The number of peers that have greeted this node and have welcomed it. */
uint32_t transport_greeted(struct transport *transport);

#endif
