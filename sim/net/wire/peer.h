/* This node's connection to one peer, made anew whenever it breaks: messages leave by it, and
 * nothing comes back but the answer to the greeting. What comes from the peer comes by a connection
 * of the peer's making (reception.h).
 *
 *     away -> greeting -> here -> away -> …
 *
 * Messages that are ready together wait in one frame until peer_flush. ZeroMQ holds PEER_SENT_MAX
 * bytes for the peer, and a frame more; then the frame grows until it is ripe, and what may
 * wait (wire_may_wait) waits behind it until its deadline, in order, of PEER_WAITING_MAX bytes
 * together. What exceeds that, and what waits too long, is dropped as `full`. Other messages, which
 * are short, pass by those that wait: a peer is not suspected because of what it is owed. Pauses
 * between attempts grow; a refusal is logged when its reason is new, and whenever the pause has
 * grown. */
#ifndef NET_WIRE_PEER_H
#define NET_WIRE_PEER_H

#include "base/list.h"
#include "net/wire/connection.h"
#include "net/wire/flow.h"
#include "net/wire/wire.h"

/* Bytes that are given to ZeroMQ before a peer has to take some. */
#define PEER_SENT_MAX (1u << 20)

/* Bytes of messages that wait for room; a value counts once for all that carry it. */
#define PEER_WAITING_MAX (64u << 20)

/* Frames from a peer that wait for this node within ZeroMQ. */
#define PEER_FRAMES_MAX 16

enum peer_state {
    PEER_AWAY,     /* until retry_ns */
    PEER_GREETING, /* until retry_ns */
    PEER_HERE,
    PEER_STATES
};

struct peer_link {
    /* What is looked at for all peers, again and again, lies together. */
    node_id id;
    enum peer_state state;
    int64_t retry_ns;
    uint32_t frame_messages;
    uint64_t flushed;     /* last after so many of the transport's waits */
    bool noticed;         /* something may have happened to the connection */
    bool blocked;         /* the frame waits until ZeroMQ holds less */
    bool returning;       /* the frame can't leave: peer_take_returned takes it apart */
    struct list waiting;  /* struct peer_message: they follow the frame */
    struct list returned; /* struct peer_message: they can't leave */

    struct connection connection;
    uint32_t connections; /* made before this one */
    int64_t backoff_ns;
    int64_t refused_since_ns; /* because its name is in use; 0: it is not */
    bool refuses;             /* this node, for another reason: the last that was heard of it */
    uint32_t incarnation;     /* as of its welcome */
    uint64_t instance;
    bool cut_out; /* nothing is sent to it */
    bool cut_in;  /* nothing is taken from it */

    struct flow flow; /* what ZeroMQ holds for it */
    struct wire_frame frame;
    size_t waiting_bytes; /* of PEER_WAITING_MAX */
    int64_t patience_ns;  /* the longest time that it has given for a request */

    struct batch return_batch;
    struct wire_cursor return_cursor;
    struct text returned_text; /* of the one that was taken last */

    /* What comes from it, since its last greeting. */
    bool known;
    uint32_t route; /* of the connection */
    uint32_t in_incarnation;
    uint64_t in_instance;
    uint32_t in_connection;
    uint64_t last_numbers[2]; /* of one that may wait, and of another */
    int64_t heard_ns;

    char refuses_for[WIRE_REASON_SIZE]; /* the reason that was logged last: it refuses this node */
    char refused_for[WIRE_REASON_SIZE]; /* and this node refuses it */
};

/* What came that should not have. */
struct wire_counts {
    uint64_t malformed; /* frames that could not be read, or that nobody may send now */
    uint64_t refused;   /* keys that are not in the cluster file; other clusters and versions */
};

/* What all links of a node share. */
struct peer_shared {
    void *context;
    const struct cluster_file *cluster_file;
    const struct key_pair *keys;
    struct flow_wake wake;
    int watch; /* an epoll of the connections to all peers, by their ids */
    uint32_t peers_in[PEER_STATES];
    bool greeted_changed; /* see transport_greeted */
    struct wire_counts counts;
    struct greeting greeting;      /* of this node */
    char reason[WIRE_REASON_SIZE]; /* of the last refusal */
};

enum peer_event {
    PEER_NO_EVENT,
    PEER_GREETED, /* it is here */
    PEER_BROKE,   /* it was here */
    PEER_IN_USE,  /* it has said for long that this node's own name is another process's */
    PEER_REFUSED  /* for shared->reason, which is to be logged */
};

void peer_init(struct peer_link *peer, node_id id, struct peer_shared *shared);

/* ZeroMQ may go on for linger_ms to send what it holds. */
void peer_close(struct peer_link *peer, const struct peer_shared *shared, int linger_ms);

/* Connects if it is time to; gives up a connection that was not greeted in time. */
void peer_retry(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* Connects anew at once: another instance of the peer is known to be there. */
void peer_renew(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* Closes the connection without an event, if there is one; the next is made as after a break. */
void peer_forget(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* The next event of the connection, without waiting. */
enum peer_event peer_receive(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* The peer has greeted by the connection `route`. */
void peer_greeted(struct peer_link *peer, struct peer_shared *shared, uint32_t route,
                  const struct greeting *greeting, int64_t now_ns);

/* Adds the message to the frame for the peer, which is PEER_HERE, or to those that wait: a copy,
 * which shares its value. ERROR_FULL, ERROR_MEMORY: it is not added. */
enum error peer_add(struct peer_link *peer, const struct peer_shared *shared,
                    const struct message *message, int64_t now_ns);

/* Whether the frame is to leave before it takes this message. */
bool peer_is_ripe(const struct peer_link *peer, const struct message *message);

/* Hands ZeroMQ what there is room for. Messages that have waited too long are returned. */
void peer_flush(struct peer_link *peer, const struct peer_shared *shared, int64_t now_ns);

/* Neither the frame nor those that wait can leave, because the peer is down: none is added until
 * all have been taken back. */
void peer_return(struct peer_link *peer);

/* Whether there are messages to be taken back. */
static inline bool peer_has_returned(const struct peer_link *peer)
{
    return peer->returning || !list_empty(&peer->returned);
}

/* Takes back the next message that can't leave; its texts borrow, until the next is taken. False:
 * that was all. */
bool peer_take_returned(struct peer_link *peer, const struct peer_shared *shared,
                        struct message *message, enum drop_why *why);

/* Logs "… n1 peer=n2: 10.0.0.2:7400 EVENT: REASON". */
void peer_log(const struct peer_link *peer, const struct peer_shared *shared, const char *event,
              const char *reason);

#endif
