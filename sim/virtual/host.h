/* A simulated machine: one node with its clock, its queue, its clients and what it records.
 *
 * host_run carries it through its events up to a time. Hosts touch nothing of each other, so any
 * number of them run at once: what they send lies in their outboxes, what they record goes to their
 * own parts of the trace merge, until the cluster collects both at the end of a window. All other
 * functions are for the cluster between windows, when no host runs; they act at (t_ns, step), which
 * is not before what the host did last. */
#ifndef VIRTUAL_HOST_H
#define VIRTUAL_HOST_H

#include "check/screen.h"
#include "node/node.h"
#include "run/workload.h"
#include "trace/hash.h"
#include "trace/tally.h"
#include "virtual/clock.h"
#include "virtual/event_queue.h"
#include "virtual/link.h"
#include "virtual/trace_merge.h"

/* So many causal steps within one instant are a livelock: the run ends. */
#define STEPS_MAX 10000u
#define STEP_ANY  UINT16_MAX

/* Messages that wait for a frozen node at most; further ones are dropped. */
#define INBOX_MAX 65536u

/* What all hosts share. It changes between windows only. */
struct surroundings {
    const struct plan *plan;
    uint64_t seed; /* of all that is drawn from now on */
    struct router router;
    struct view everyone; /* all nodes; made if membership is static */
    struct network network;
    struct trace_merge *trace_merge;      /* of the records of all hosts */
    struct record_stream *const *streams; /* its streams: where each host adds its records */
    bool is_alone; /* one host runs, and its records go to the taker of the merge at once */
    const struct changes *changes; /* the executor's: what loads and work take now */
    uint32_t awaited;              /* bits: kinds of message that an action waits for */
    int64_t window_end_ns;         /* nothing sent in this window arrives before */
    uint64_t memory_limit;         /* bytes */
    atomic_bool memory_is_short;   /* the limit is passed: the run ends, hosts do no more */
};

/* A request as it is made, by the scenario or a client. */
struct made_request {
    const struct text *id;
    uint64_t tag;
    int64_t timeout_ns; /* 0: the setting's */
    int64_t gap_ns;     /* see struct record */
};

/* What came while the node was frozen. */
struct held_event {
    struct envelope envelope;
    uint64_t request;   /* LOCAL_REQUEST: its number, … */
    int64_t made_ns;    /* … when it was made, on the node's clock, … */
    int64_t timeout_ns; /* … and its timeout; 0: the setting's */
};

struct seen_message {
    enum message_kind kind;
    node_id from;
};

struct sent {
    node_id to;
    struct envelope envelope;
};

struct host_client {
    struct client client;
    bool parked; /* its node is down, or about to be: it goes on when the node is up again */
};

struct host {
    node_id id;
    struct surroundings *around;
    struct node *node; /* NULL: down */
    bool frozen;
    bool rejoins;     /* it had joined when it last went down */
    bool has_left;    /* the node has left in this step */
    enum error error; /* memory ran out: the run can't go on */
    bool livelock;    /* STEPS_MAX reached */

    struct clock clock;
    int64_t now_ns; /* of the current step */
    uint16_t step;
    int64_t timer_ns; /* TIME_NEVER while the node is down or frozen */
    uint16_t timer_step;
    struct event_queue queue;
    struct links links;

    uint32_t incarnation;
    uint64_t next_request;
    uint64_t next_worker;
    uint32_t lease_epoch; /* on the machine's disk */
    uint64_t next_message;
    uint64_t next_local;
    int64_t worked_ns; /* when a turn last began */
    uint64_t works;    /* turns begun at that instant before it */
    uint64_t events;   /* steps taken */

    struct held_event *held; /* in order */
    size_t held_count;
    size_t held_capacity;
    uint32_t held_messages; /* the others are requests, and what happened to the node */
    uint32_t held_requests;
    uint32_t clients_due; /* clients and open sources that are to ask */

    struct tied_event *tied; /* room for the events of one instant, under `ties on` */
    size_t tied_capacity;

    struct seen_message *seen; /* received in this window, of the kinds that are awaited */
    size_t seen_count;
    size_t seen_capacity;

    struct sent *outbox;
    size_t outbox_count;
    size_t outbox_capacity;

    struct host_client *clients;
    size_t clients_count;
    size_t clients_capacity;

    struct tally *tally;        /* of the thread that runs this host */
    struct hash hash;           /* of its records that the trace keeps */
    struct screen_node *screen; /* gets these; NULL: the trace merge does */
    char apart[APART];
};

/* Looks whether the process has passed the memory limit, which ends the run. */
void surroundings_check_memory(struct surroundings *around);

/* A host whose node is down. It owns nothing yet that host_close must free. */
void host_init(struct host *host, struct surroundings *around, node_id id, struct tally *tally);
void host_close(struct host *host);

/* Runs all its events before end_ns with steps up to step_most. */
void host_run(struct host *host, int64_t end_ns, uint16_t step_most);

/* What it sent is with the receivers: the outbox keeps its memory if that is room for `kept` at the
 * most. */
void host_empty_outbox(struct host *host, size_t kept);

/* When its next event is, TIME_NEVER if there is none; and the step of that event, which there must
 * be. */
int64_t host_next_ns(const struct host *host);
uint16_t host_next_step(const struct host *host);

/* Whether anything but heartbeats is still to happen here by itself. */
bool host_busy(const struct host *host);

/* Adds what is unfinished here: messages under way to here or held, open requests, live workers. */
void host_count_under_way(const struct host *host, struct under_way *under_way);

/* Each returns whether it changed anything: a node that is up can't start, one that is down can't
 * crash. */
bool host_start(struct host *host, int64_t t_ns, uint16_t step, bool joins);
bool host_crash(struct host *host, int64_t t_ns, uint16_t step, bool silently);
bool host_leave(struct host *host, int64_t t_ns, uint16_t step);
bool host_freeze(struct host *host, int64_t t_ns, uint16_t step);
bool host_thaw(struct host *host, int64_t t_ns, uint16_t step);

/* A node that is up and not frozen joins the others. */
void host_connect(struct host *host, int64_t t_ns, uint16_t step);

/* Sends the notice to all others that the node, if it is up, can be reached. */
void host_announce(struct host *host, int64_t t_ns, uint16_t step);

/* A request by the scenario; its tag comes back in its REQUEST record. On a node that is down it
 * ends at once with `caller-lost`; on a frozen one it is made now, and the node takes it over when
 * it thaws. */
void host_request(struct host *host, int64_t t_ns, uint16_t step,
                  const struct made_request *request);

/* A client or open source begins. On ERROR_MEMORY host->error is set, and it does not. */
void host_add_client(struct host *host, int64_t t_ns, uint16_t step, struct client client);

/* The clock jumps forward, or runs at this rate from now on. */
void host_jump_clock(struct host *host, int64_t t_ns, uint16_t step, int64_t by_ns);
void host_set_rate(struct host *host, int64_t t_ns, uint16_t step, int32_t rate_ppm);

/* Its clients draw from the surroundings' seed from now on. */
void host_set_seed(struct host *host);

/* Drops what is under way to here over links that are cut. */
void host_drop_cut(struct host *host, int64_t t_ns, uint16_t step);

#endif
