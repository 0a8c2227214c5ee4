/* The parent of one node's process: it starts the process, applies real faults to it, and reads its
 * records, which outlive it.
 *
 *     crash    SIGKILL; what the node had made visible is read to the end, then DOWN follows
 *     silently SIGSTOP in its place, and SIGKILL when the node is started again or closed: as at a
 *              loss of power, peers see no connection break, and hear no more
 *     freeze   SIGSTOP; THAWED is recorded before SIGCONT, FROZEN after the process has stopped
 *
 * So DOWN, FROZEN and THAWED stand in the trace exactly where they belong among the node's own
 * records, whatever the machine was doing. That a node dies by another hand, or is stopped, is
 * found by supervisor_poll: a death is a crash, and a stop of more than NODE_PROCESS_STALL_NS is a
 * fault of the machine, after which nothing that depends on time can be judged. */
#ifndef NET_PROCESS_SUPERVISOR_H
#define NET_PROCESS_SUPERVISOR_H

#include "net/config/cluster_file.h"
#include "net/process/order.h"
#include "net/process/shared_ring.h"

#include <sys/types.h>

enum supervisor_state { SUPERVISOR_DOWN, SUPERVISOR_UP, SUPERVISOR_FROZEN };

struct supervisor {
    node_id node;
    uint32_t nodes; /* of the cluster */
    uint32_t slots; /* likewise, of leases */
    enum supervisor_state state;
    struct shared_ring *ring;
    int descriptor;     /* of the ring's memory */
    uint64_t ring_size; /* the one in the ring is the node's to break */
    int orders;         /* to the node; -1 while it is down */
    pid_t pid;
    pid_t silent; /* of a node that has crashed silently: stopped, to be killed; 0: there is none */
    bool halted;  /* it is frozen, and stopped where nothing is half done: its gauges are exact */
    struct process_setup setup; /* of the process that was started last */
    struct key_pair keys;
    uint32_t incarnation;   /* likewise */
    int64_t last_ns;        /* of the record that was read last */
    int64_t watermark_ns;   /* as of the last look, if all there was then has been read */
    bool was_member;        /* it had joined when it last went down */
    bool broken;            /* what it left in the ring is no record */
    int64_t stopped_ns;     /* another hand has stopped the process then; 0: it runs */
    bool stood_still;       /* by another hand, for so long that its records can't be judged */
    unsigned char *pending; /* orders that the node's socket had no room for */
    size_t pending_size;    /* bytes */
    size_t pending_capacity;
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

struct supervisor_setup {
    node_id node;
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* copied; NULL: the cluster is keyless */
    size_t ring_size;
    enum trace_level level;
    bool waits; /* the first process: see struct process_setup */
    bool membership_static;
    int64_t fail_ttl_ns;   /* see struct node_config */
    uint32_t load_at_once; /* likewise */
    /* Gets the node's records, times being those of the node's own clock (base/monotonic.h). */
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

/* The node is down at first. ERROR_IO: errno says why; nothing is to be closed. */
enum error supervisor_init(struct supervisor *supervisor, const struct supervisor_setup *setup);

/* Kills the process if it runs. */
void supervisor_close(struct supervisor *supervisor);

/* Starts the node's process, which is down; incarnation 0: the one after the last. ERROR_IO: errno
 * says why. That the process runs does not mean that the node does: see supervisor_failure. */
enum error supervisor_start(struct supervisor *supervisor, bool joins, uint32_t incarnation);

/* Each returns whether it changed anything.
 *
 * Freeze asks the process to stop by itself (ORDER_FREEZE), and stops it where it is if it does not
 * soon. Thaw, if the process stopped by itself: what its sources had due up to until_ns, on its
 * clock, is on record already. */
bool supervisor_crash(struct supervisor *supervisor, bool silently);
bool supervisor_freeze(struct supervisor *supervisor);
bool supervisor_thaw(struct supervisor *supervisor, int64_t until_ns);

/* Stops the process for good, without a record, and gives on all that it has made visible. */
void supervisor_halt(struct supervisor *supervisor);

/* Takes the number of a request that the node, which is down, would give out next. */
uint64_t supervisor_take_number(struct supervisor *supervisor, uint32_t nodes);

/* Sends the node an order as bytes (order.h), after those before it; one that its socket has no
 * room for is kept until a supervisor_poll. False: the node is down, the order is too long, or too
 * much is kept. */
bool supervisor_send(struct supervisor *supervisor, const void *bytes, size_t size);

/* Finds out whether the process lives, and gives on what can be read, about `most` bytes. Returns
 * whether there was anything. */
bool supervisor_poll(struct supervisor *supervisor, size_t most);

/* No record of a time before is still to come, on the node's clock. */
int64_t supervisor_watermark_ns(const struct supervisor *supervisor);

/* Why the node could not run; NULL: it runs, or has ended otherwise. */
const char *supervisor_failure(const struct supervisor *supervisor);

#endif
