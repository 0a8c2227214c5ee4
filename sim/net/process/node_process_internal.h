/* What the files of a node's process share: node_process.c (birth, the loop, the end), effects.c
 * (what the node wishes), obey.c (what the driver orders), client_group.c (clients). For them
 * alone. */
#ifndef NET_PROCESS_NODE_PROCESS_INTERNAL_H
#define NET_PROCESS_NODE_PROCESS_INTERNAL_H

#include "base/pool.h"
#include "net/process/loader.h"
#include "net/process/order.h"
#include "net/process/shared_ring.h"
#include "net/process/timer_queue.h"
#include "net/wire/transport.h"
#include "node/node.h"
#include "run/workload.h"

/* Requests of clients that have no answer yet, of all together. */
#define ASKED_MAX 65536u

/* What a cookie of a request stands for, besides a named reply's place in the plan. */
#define COOKIE_WIRE_CLIENT (UINT64_C(1) << 61) /* the rest is a slot of `asked` */

/* A client or open source at this node. */
struct visitor {
    struct client client;
    int64_t until_ns; /* it asks no more from then on */
    bool over;
};

struct node_process {
    struct shared_ring *shared_ring;
    struct shared_ring_writer writer;
    struct birth birth;
    struct cluster_file cluster_file;
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
    struct timer_queue timer_queue;

    struct distribution load;
    struct distribution work;
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

    struct pool asked; /* struct wire_client_ref */

    bool started;
    int64_t start_ns;   /* the node starts then at the latest */
    int64_t giveup_ns;  /* it leaves, and is shut down then at the latest */
    uint64_t failures;  /* of loads, since it was last told of */
    int64_t failure_ns; /* it is not told of before */
    bool left;
    bool failed;
    const char *why;
};

/* ---- node_process.c
 * ------------------------------------------------------------------------------- */

/* One step of the node, now. */
void node_process_step(struct node_process *process, struct event *event);
void node_process_plain_step(struct node_process *process, enum event_kind kind);

/* What was recorded so far can be seen. */
void node_process_commit(struct node_process *process);

/* What was recorded so far can be seen, and what was sent leaves. */
void node_process_publish(struct node_process *process);

/* It goes in an orderly way, within DRAIN_NS. */
void node_process_leave(struct node_process *process);

/* ---- effects.c ----------------------------------------------------------------------------- */

extern const struct node_host node_process_effects;

void node_process_record(struct node_process *process, struct record *record);

/* 64 bits that nobody can foretell. */
uint64_t node_process_draw(struct node_process *process);

/* A message that came or went is dropped. */
void node_process_dropped(struct node_process *process, const struct message *message, node_id to,
                          enum drop_why why);

/* What fell due by now: ends of loads and turns, clients. */
void node_process_run_timer(struct node_process *process, const struct timer *later);

/* ---- obey.c -------------------------------------------------------------------------------- */

/* Carries out the orders that have come. False: whoever gave them has gone. */
bool node_process_take_orders(struct node_process *process);

/* ---- client_group.c
 * ------------------------------------------------------------------------------- */

void client_group_add(struct node_process *process, const struct order *order,
                      const char *statement);
void client_group_asks(struct node_process *process, uint64_t index, int64_t due_ns);
void client_group_answered(struct node_process *process, uint64_t index,
                           const struct answer *answer);
void client_group_dismiss(struct node_process *process);
void client_group_close(struct node_process *process);

#endif
