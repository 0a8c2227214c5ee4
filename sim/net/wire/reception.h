/* What arrives at a node's listener: greetings, which it welcomes or refuses, peers' messages, and
 * clients' requests.
 *
 * A connection counts for nothing before its greeting: a peer's messages count only by the
 * connection whose greeting with that peer's name was the last, of a process no older than the one
 * before. It answers at once; what concerns the node is given out one arrival at a time.
 *
 * ZeroMQ holds WIRE_CLIENT_SENT_MAX bytes of answers to a client, or one answer, and of long
 * answers WIRE_ANSWERS_SENT_MAX bytes together, of those that move. Others wait until their
 * deadlines; those of one value share it. What exceeds WIRE_ANSWERS_WAITING_MAX is answered with
 * `overloaded`. */
#ifndef NET_WIRE_RECEPTION_H
#define NET_WIRE_RECEPTION_H

#include "net/wire/listener.h"
#include "net/wire/peer.h"

/* Clients at a time, and requests without an answer of each. */
#define WIRE_CLIENTS_MAX         1024u
#define WIRE_CLIENT_REQUESTS_MAX 64u

/* Bytes of answers: see above. */
#define WIRE_CLIENT_SENT_MAX     (256u << 10)
#define WIRE_ANSWERS_SENT_MAX    (64u << 20)
#define WIRE_ANSWERS_WAITING_MAX (256u << 20)

/* Whose request it is. */
struct wire_client_ref {
    uint32_t slot;
    uint32_t life; /* of the slot */
    uint64_t cookie;
};

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

struct wire_client {
    uint32_t route;
    uint32_t life;
    uint32_t requests; /* without an answer yet */
    uint64_t since;    /* a number that grows from greeting to greeting */
    bool here;
    struct flow flow;    /* what ZeroMQ holds for it */
    int64_t sent_ns;     /* it was sent an answer last then */
    struct list waiting; /* struct client_answer, in order */
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
    uint64_t greetings;    /* of clients */
    uint32_t waiting;      /* answers */
    size_t waiting_bytes;  /* of WIRE_ANSWERS_WAITING_MAX */
    const char *last_long; /* the bytes of the long value that came to wait last */
    uint32_t next_client;  /* to be looked at first when there is room */
    struct wire_client clients[WIRE_CLIENTS_MAX];
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

/* Answers a client's request, when there is room; the value is copied, or shared. Nothing is sent
 * to a client that has gone. */
void reception_answer(struct reception *reception, struct wire_client_ref ref,
                      const struct wire_answer *answer, int64_t now_ns);

/* Sends what waits for room, where there is some. Returns whether there was. */
bool reception_flush(struct reception *reception, int64_t now_ns);

/* Whether there are answers for which there was no room. */
static inline bool reception_waits(const struct reception *reception)
{
    return reception->waiting > 0;
}

#endif
