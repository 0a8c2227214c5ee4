/* This node's way to one peer: a connection of its own, made anew whenever it breaks, over which
 * messages go and nothing comes but the greeting.
 *
 *     away -> greeting -> here -> away -> …
 *
 * Messages that are ready together wait in one frame until peer_flush. What ZeroMQ holds for a
 * peer that takes nothing is bounded by PEER_FRAMES_MAX frames; a message beyond that is dropped
 * as `full`. A refusal is told once, and the next try comes later and later. */
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
    int64_t refused_since_ns; /* its name is used by another: since when we hear so; 0: not */
    uint32_t incarnation;     /* as of its welcome */
    uint64_t instance;
    uint32_t makings; /* so many connections were made */
    struct wire_frame frame;
    uint32_t frame_messages;
    bool given_back; /* the transport takes the frame apart: it could not leave */
    enum drop_why back_why;
    bool cut_out;   /* nothing is sent to it */
    bool cut_in;    /* nothing is taken from it */
    char told[256]; /* the refusal by it that was told last */

    /* What comes from it, by a connection of its making. */
    bool known;
    uint32_t route; /* ROUTER's name of that connection */
    uint32_t in_incarnation;
    uint64_t in_instance;
    uint64_t last_number; /* of a message */
    int64_t heard_ns;
    char turned_away[256]; /* why it was refused, as was told last */
};

/* What all links of a node share. */
struct peer_shared {
    void *context;
    const struct cluster_file *cluster_file;
    const struct key_pair *keys;
    struct greeting greeting; /* of this node */
    char why[256];            /* of the last refusal */
};

enum peer_event {
    PEER_NO_EVENT,
    PEER_GREETED, /* it is here */
    PEER_BROKE,   /* it was here */
    PEER_IN_USE,  /* this node's own name is another process's: so says the peer, for long */
    PEER_REFUSED  /* world->why says why, for the first time */
};

void peer_init(struct peer_link *peer, node_id id);

/* linger_ms: so long ZeroMQ may go on to send what it holds. */
void peer_close(struct peer_link *peer, int linger_ms);

/* Makes the connection if it is time to; gives up one that came to nothing. */
void peer_retry(struct peer_link *peer, struct peer_shared *world, int64_t now_ns);

/* Makes it anew at once: the peer is known to be there, by another instance. */
void peer_renew(struct peer_link *peer, struct peer_shared *world, int64_t now_ns);

/* What has happened to the connection. To be called until there is no news. */
enum peer_event peer_receive(struct peer_link *peer, struct peer_shared *world, int64_t now_ns);

/* Puts the message into the frame for the peer, which is PEER_HERE. ERROR_MEMORY: it is not. */
enum error peer_add(struct peer_link *peer, const struct peer_shared *world,
                    const struct message *message);

/* Hands the frame to ZeroMQ. ERROR_FULL: it can't be; it is still there, to grow and be tried
 * again, or to be cleared by peer_drop_frame once its messages are accounted for. */
enum error peer_flush(struct peer_link *peer);

/* Empties the frame. */
void peer_drop_frame(struct peer_link *peer);

/* "n2 (10.0.0.2:7400)" */
const char *peer_format(const struct peer_link *peer, const struct cluster_file *cluster_file,
                        char room[96]);

#endif
