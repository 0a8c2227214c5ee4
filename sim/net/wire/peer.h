/* This node's connection to one peer, made anew whenever it breaks: messages leave by it, and
 * nothing comes back but the answer to the greeting. What comes from the peer comes by a connection
 * of the peer's making (reception.h).
 *
 *     away -> greeting -> here -> away -> …
 *
 * Messages that are ready together wait in one frame until peer_flush. What ZeroMQ holds for a peer
 * that takes nothing is bounded by PEER_FRAMES_MAX frames; a message beyond that is dropped as
 * `full`. Pauses between attempts grow; a refusal is logged once. */
#ifndef NET_WIRE_PEER_H
#define NET_WIRE_PEER_H

#include "net/wire/authentication.h"
#include "net/wire/wire.h"

/* Frames that wait for a peer within ZeroMQ: of WIRE_BATCH, or of one value: 4 MiB with small
 * values, 68 MiB with the longest. */
#define PEER_FRAMES_MAX 64

enum peer_state {
    PEER_AWAY,     /* until retry_ns */
    PEER_GREETING, /* until retry_ns */
    PEER_HERE
};

struct peer_link {
    node_id id;
    enum peer_state state;
    void *socket;
    void *monitor;
    int64_t retry_ns;
    int64_t backoff_ns;
    int64_t refused_since_ns; /* because its name is in use; 0: it is not */
    uint32_t incarnation;     /* as of its welcome */
    uint64_t instance;
    uint32_t connects; /* connections that were begun */
    bool cut_out;      /* nothing is sent to it */
    bool cut_in;       /* nothing is taken from it */

    struct wire_frame frame;
    uint32_t frame_messages;
    bool returning; /* the frame can't leave: peer_take_returned takes it apart */
    enum drop_why return_why;
    struct batch return_batch;
    struct wire_cursor return_cursor;

    /* What comes from it, since its last greeting. */
    bool known;
    uint32_t route; /* of the connection */
    uint32_t in_incarnation;
    uint64_t in_instance;
    uint64_t last_number; /* of a message */
    int64_t heard_ns;

    char refuses_for[WIRE_REASON_SIZE]; /* the reason that was logged last: it refuses this node */
    char refused_for[WIRE_REASON_SIZE]; /* and this node refuses it */
};

/* What all links of a node share. */
struct peer_shared {
    void *context;
    const struct cluster_file *cluster_file;
    const struct key_pair *keys;
    struct greeting greeting;      /* of this node */
    char reason[WIRE_REASON_SIZE]; /* of the last refusal */
};

enum peer_event {
    PEER_NO_EVENT,
    PEER_GREETED, /* it is here */
    PEER_BROKE,   /* it was here */
    PEER_IN_USE,  /* it has said for long that this node's own name is another process's */
    PEER_REFUSED  /* shared->reason is one that was not logged yet */
};

void peer_init(struct peer_link *peer, node_id id);

/* ZeroMQ may go on for linger_ms to send what it holds. */
void peer_close(struct peer_link *peer, int linger_ms);

/* Connects if it is time to; gives up a connection that was not greeted in time. */
void peer_retry(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* Connects anew at once: another instance of the peer is known to be there. */
void peer_renew(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* The next event of the connection, without waiting. */
enum peer_event peer_receive(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns);

/* The peer has greeted by the connection `route`. */
void peer_greeted(struct peer_link *peer, uint32_t route, const struct greeting *greeting,
                  int64_t now_ns);

/* Adds the message to the frame for the peer, which is PEER_HERE. ERROR_MEMORY: it is not added. */
enum error peer_add(struct peer_link *peer, const struct peer_shared *shared,
                    const struct message *message);

/* Whether the frame takes no more until it has left. */
static inline bool peer_is_ripe(const struct peer_link *peer)
{
    return peer->frame.size >= WIRE_BATCH;
}

/* Hands the frame to ZeroMQ. ERROR_FULL: ZeroMQ takes no more; the frame is unchanged, can grow,
 * and can be flushed later. */
enum error peer_flush(struct peer_link *peer);

/* The frame can't leave: no message is added until all of its messages have been taken back.
 * Returns whether there are any, and they were not being returned already. */
bool peer_return(struct peer_link *peer, enum drop_why why);

/* Takes the next message of a frame that is returned; its texts borrow. False: that was all, and
 * the frame is empty. */
bool peer_take_returned(struct peer_link *peer, const struct peer_shared *shared,
                        struct message *message);

/* Prints a line on standard error: "dpsim: n1: n2 (10.0.0.2:7400) EVENT: REASON". */
void peer_log(const struct peer_link *peer, const struct peer_shared *shared, const char *event,
              const char *reason);

#endif
