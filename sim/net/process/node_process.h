/* One node in a process of its own: the node, its sockets, its clock, its clients.
 *
 * One thread does it all. In each round it takes what arrived, steps the node, makes the records
 * visible, lets the frames leave, and waits. It never waits for a program or a peer; for the disk
 * when it starts and, once for each start of a node of the cluster, when the epoch of its leases
 * rises (epoch_file.h); and when the ring is full, for the reader of the records.
 *
 * node_process.c starts the process, runs the rounds, and ends it; node_process_host.c does what
 * the node asks of its host; node_process_orders.c carries out the driver's orders;
 * scenario_clients.c keeps the clients at this node. */
#ifndef NET_PROCESS_NODE_PROCESS_H
#define NET_PROCESS_NODE_PROCESS_H

#include "base/pool.h"
#include "net/process/epoch_file.h"
#include "net/process/loader.h"
#include "net/process/order.h"
#include "net/process/shared_ring.h"
#include "net/process/sources.h"
#include "net/process/timer_queue.h"
#include "net/wire/log.h"
#include "net/wire/transport.h"
#include "run/workload.h"

/* A process that did not run for so long when it should have records that it was frozen: by a busy
 * machine, or because nobody read its records. What falls due meanwhile is late through no fault of
 * its own. */
#define NODE_PROCESS_STALL_NS (100 * NS_PER_MS)

/* Runs the node that the shared ring behind `ring_descriptor` describes, ordered by datagrams on
 * the socket `order_descriptor`, until it has left or its parent has gone. Returns the exit status:
 * 0 after it left; 4 when it could not run, and the ring says why. */
int node_process_run(int ring_descriptor, int order_descriptor);

/* ---- for its parts ------------------------------------------------------------------------- */

/* The oldest first: all[first], all[first + 1], … */
#define MADE_MOST 256u
struct source_requests {
    uint32_t first;
    uint32_t count;
    struct source_request all[MADE_MOST];
};

/* A closed-loop client at this node. */
struct scenario_client {
    struct client client;
    int64_t until_ns; /* no request at or after it */
    bool over;
};

struct node_process {
    struct shared_ring *ring;
    struct shared_ring_writer writer;
    struct process_setup setup;
    struct key_pair keys;
    struct cluster_file cluster_file;
    struct router router;
    struct view everyone;
    struct transport *transport;
    struct loader *loader; /* NULL: values are drawn, and turns take a time */
    struct node *node;
    struct epoch_file epoch_file; /* under leases */
    int orders;                   /* the driver's socket */
    int signals;                  /* signalfd of SIGTERM */
    bool signalled;               /* an order or a signal may have come */
    int64_t checked_ns;           /* when both were looked for last */
    int64_t now_ns;               /* of the last step */
    int64_t awake_ns;             /* it ran then, or was to sleep until then */
    int64_t runs_ns; /* it has stood still for no longer than NODE_PROCESS_STALL_NS since */
    uint64_t seed;
    uint64_t draws;
    struct timer_queue timer_queue;

    struct order_setting *loads; /* NULL: they take no time; so for the next ones */
    struct order_setting *works;
    struct order_setting *load_fails;

    struct gauges gauges; /* sent, received, dropped, steps, next_message, synced are kept here */
    enum trace_level level;
    struct string_builder latencies; /* of this round's answers, where the ring gets no answers */

    struct scenario_client *clients;
    size_t clients_count;
    size_t clients_capacity;
    size_t clients_over;
    struct open_sources sources;              /* on the node's clock */
    struct source_requests made;              /* by them */
    bool flushes;                             /* none is made meanwhile */
    struct order_clients **orders_of_clients; /* what clients and sources point to */
    size_t orders_of_clients_count;
    size_t orders_of_clients_capacity;

    struct pool pending_requests; /* of clients elsewhere: struct wire_client_ref */

    bool started;
    bool briefed;       /* it knows all sources that it starts with: their requests can be made */
    bool frozen;        /* by ORDER_FREEZE, and until ORDER_THAW */
    int64_t start_ns;   /* the node starts then at the latest */
    int64_t refused_ns; /* since when all peers that answer refuse it; 0: they do not */
    int64_t refused_most_ns; /* how long it puts up with that */
    int64_t leave_ns;        /* it is leaving, and is shut down then at the latest; 0: it is not */
    uint64_t failed;         /* loads or turns */
    struct log_count failures_logged;
    struct log_count counts_logged; /* see transport_counts */
    int64_t program_log_ns;         /* the second in which program_lines were logged began then */
    uint32_t program_lines;
    bool left;
    struct failure failure; /* it can't go on */
};

/* Opens all that the process of a new, zeroed one needs besides its ring (node_process_open.c). It
 * must have no other thread yet. On an error, which is in process->failure, node_process_close is
 * due all the same. */
enum error node_process_open(struct node_process *process);

/* Closes what was opened; what was sent last may take 300 ms more to leave the process, if the node
 * has left the cluster. */
void node_process_close(struct node_process *process);

/* Steps the node with the event, now; an event for a node that has left is dropped. The event's
 * now_ns is set here. */
void node_process_step(struct node_process *process, struct event *event);

/* The same, of an event that is its kind alone. */
void node_process_plain_step(struct node_process *process, enum event_kind kind);

/* Keeps what the node must remember of what it has done so far, if that is more than is kept.
 * Before anything leaves the process. False: it can't, the process has failed, and nothing may
 * leave. */
bool node_process_keep(struct node_process *process);

/* Makes the records so far visible. */
void node_process_commit(struct node_process *process);

/* Keeps what must be kept, makes the records so far visible, and sends the messages so far. */
void node_process_publish(struct node_process *process);

/* Begins to leave the cluster in an orderly way, within so long: what has no answer by then has
 * none. While it leaves, only a shorter time changes anything. */
void node_process_leave(struct node_process *process, int64_t within_ns);

/* Waits for ORDER_GREET, which is the first order. False: the driver has gone, or orders something
 * else. */
bool node_process_await_greet(struct node_process *process);

/* Writes into the log what a program says; of no id: what is said of the spawner. So many lines a
 * second (node_process_log.c). */
void node_process_log_program(void *context, const struct text *id, const char *line);

/* That a load or a turn failed, once a second at the most. */
void node_process_log_failed(struct node_process *process, const struct loaded *loaded);

/* What came that should not have, whenever it has doubled, once a second at the most; at
 * TIME_NEVER, if there is more than was logged. */
void node_process_log_counts(struct node_process *process, int64_t now_ns);

/* Carries out the driver's orders that have come, without waiting (node_process_orders.c). False:
 * the driver has gone. */
bool node_process_take_orders(struct node_process *process);

/* Whether its driver has not told it yet all that it starts with. */
bool node_process_awaits_brief(const struct node_process *process);

#endif
