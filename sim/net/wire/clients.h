/* The clients that ask a node, and the answers that wait for them.
 *
 * ZeroMQ holds WIRE_CLIENT_SENT_MAX bytes of answers to a client, or one answer, and of long
 * answers WIRE_ANSWERS_SENT_MAX bytes together, of those that move. Others wait until their
 * deadlines; those of one value share it. What exceeds WIRE_ANSWERS_WAITING_MAX is answered with
 * `overloaded`. A client that comes when all places are taken pushes out the one that waits for
 * nothing and has greeted least recently. */
#ifndef NET_WIRE_CLIENTS_H
#define NET_WIRE_CLIENTS_H

#include "base/list.h"
#include "net/wire/flow.h"
#include "net/wire/listener.h"
#include "net/wire/wire.h"

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

struct clients {
    struct listener *listener;
    int64_t timeout_ns;    /* so long an answer waits */
    uint64_t greetings;    /* so far */
    uint32_t waiting;      /* answers */
    size_t waiting_bytes;  /* of WIRE_ANSWERS_WAITING_MAX */
    const char *last_long; /* the bytes of the long value that came to wait last */
    uint32_t next;         /* to be looked at first when there is room */
    struct wire_client all[WIRE_CLIENTS_MAX];
};

/* `clients` is zero. `wake` is told when there may be room again. */
void clients_init(struct clients *clients, struct listener *listener, struct flow_wake *wake,
                  int64_t timeout_ns);
void clients_close(struct clients *clients);

/* The client that has greeted by this connection, or NULL. */
struct wire_client *clients_find(struct clients *clients, uint32_t route);

/* Gives the client a place, unless it has one. False: all clients wait for answers. */
bool clients_admit(struct clients *clients, uint32_t route);

/* The client asks. False: it has too many requests without an answer, and this one was answered. */
bool clients_take_request(struct clients *clients, struct wire_client *client, uint64_t cookie,
                          int64_t now_ns);

static inline struct wire_client_ref clients_ref(const struct clients *clients,
                                                 const struct wire_client *client, uint64_t cookie)
{
    return (struct wire_client_ref){(uint32_t)(client - clients->all), client->life, cookie};
}

/* Answers a request, when there is room; the value is copied, or shared. Nothing is sent to a
 * client that has gone. */
void clients_answer(struct clients *clients, struct wire_client_ref ref,
                    const struct wire_answer *answer, int64_t now_ns);

/* Sends what waits for room, where there is some. Returns whether there was. */
bool clients_flush(struct clients *clients, int64_t now_ns);

/* Whether there are answers for which there was no room. */
static inline bool clients_wait(const struct clients *clients)
{
    return clients->waiting > 0;
}

#endif
