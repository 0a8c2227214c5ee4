/* What the files of a node's process share: serve.c (birth, the loop, the end), effects.c (what the
 * node wishes), obey.c (what the driver orders), crowd.c (clients). For them alone. */
#ifndef NET_SERVE_INNER_H
#define NET_SERVE_INNER_H

#include "core/node.h"
#include "core/pool.h"
#include "net/desk.h"
#include "net/later.h"
#include "net/loader.h"
#include "net/order.h"
#include "net/transport.h"
#include "scenario/load.h"

/* Requests of guests that have no answer yet, of all together. */
#define ASKED_MAX 65536u

/* What a cookie of a request stands for, besides a named reply's place in the plan. */
#define COOKIE_GUEST (UINT64_C(1) << 61) /* the rest is a slot of `asked` */

/* A client or open source at this node. */
struct visitor {
    struct client client;
    int64_t until_ns; /* it asks no more from then on */
    bool over;
};

struct serve {
    struct desk *desk;
    struct desk_writer writer;
    struct birth birth;
    struct hosts hosts;
    struct router router;
    struct view everyone;
    struct transport *transport;
    struct loader *loader; /* NULL: values are drawn */
    struct node *node;
    int orders;        /* the driver's socket */
    bool called;       /* an order or a signal may have come */
    int64_t heeded_ns; /* when both were looked for last */
    int signals;       /* signalfd of SIGTERM */
    int64_t now_ns;    /* of the last step */
    int64_t awake_ns;  /* it ran then, or was to sleep until then */
    uint64_t seed;
    uint64_t draws;
    struct laters laters;

    struct law load;
    struct law work;
    uint32_t load_fail_ppb;

    struct gauges gauges; /* sent, received, dropped, steps, next_message, synced are kept here */
    enum trace_level level;

    struct plan *plans; /* of one statement each: what visitors were made by */
    size_t plans_count;
    size_t plans_capacity;
    struct visitor *visitors;
    size_t visitors_count;
    size_t visitors_capacity;
    size_t visitors_over;

    struct pool asked; /* struct guest_ref */

    bool started;
    int64_t start_ns;   /* the node starts then at the latest */
    int64_t giveup_ns;  /* it leaves, and is shut down then at the latest */
    uint64_t failures;  /* of loads, since it was last told of */
    int64_t failure_ns; /* it is not told of before */
    bool left;
    bool failed;
    const char *why;
};

/* ---- serve.c ------------------------------------------------------------------------------- */

/* One step of the node, now. */
void serve_step(struct serve *serve, struct event *event);
void serve_plain_step(struct serve *serve, enum event_kind kind);

/* What was recorded so far can be seen. */
void serve_commit(struct serve *serve);

/* What was recorded so far can be seen, and what was sent leaves. */
void serve_publish(struct serve *serve);

/* It goes in an orderly way, within DRAIN_NS. */
void serve_leave(struct serve *serve);

/* ---- effects.c ----------------------------------------------------------------------------- */

extern const struct node_host serve_effects;

void serve_record(struct serve *serve, struct record *record);

/* 64 bits that nobody can foretell. */
uint64_t serve_draw(struct serve *serve);

/* A message that came or went is dropped. */
void serve_dropped(struct serve *serve, const struct message *message, node_id to,
                   enum drop_why why);

/* What fell due by now: ends of loads and turns, clients. */
void serve_run_later(struct serve *serve, const struct later *later);

/* ---- obey.c -------------------------------------------------------------------------------- */

/* Carries out the orders that have come. False: whoever gave them has gone. */
bool serve_obey(struct serve *serve);

/* ---- crowd.c ------------------------------------------------------------------------------- */

void crowd_add(struct serve *serve, const struct order *order, const char *statement);
void crowd_asks(struct serve *serve, uint64_t index, int64_t due_ns);
void crowd_answered(struct serve *serve, uint64_t index, const struct answer *answer);
void crowd_dismiss(struct serve *serve);
void crowd_close(struct serve *serve);

#endif
