/* The parent of one node's process: it starts it, strikes it with real faults, and reads its
 * records, which outlive it.
 *
 *     crash    SIGKILL; what the node had made visible is read to the end, then DOWN follows
 *     freeze   SIGSTOP; THAWED is recorded before SIGCONT, FROZEN after the process has stopped
 *
 * So DOWN, FROZEN and THAWED stand in the trace exactly where they belong among the node's own
 * records, whatever the machine was doing. A node that dies by another hand is found dead by
 * warden_look. */
#ifndef NET_WARDEN_H
#define NET_WARDEN_H

#include "net/desk.h"
#include "net/hosts.h"
#include "net/order.h"

#include <sys/types.h>

enum warden_state { WARDEN_DOWN, WARDEN_UP, WARDEN_FROZEN };

struct warden {
    node_id node;
    uint32_t nodes; /* of the cluster */
    enum warden_state state;
    struct desk *desk;
    int descriptor;     /* of the desk */
    uint64_t ring_size; /* the desk's own word for it is the node's to break */
    int orders;         /* to the node; -1 while it is down */
    pid_t pid;
    struct key_pair keys;
    uint32_t incarnation;   /* of the process that was started last */
    int64_t last_ns;        /* of the record that was read last */
    int64_t watermark_ns;   /* as of the last look, if all there was then has been read */
    bool was_member;        /* when it went down by a crash */
    bool broken;            /* what it left in the ring is no record */
    unsigned char *waiting; /* orders that the node's socket had no room for */
    size_t waiting_size;    /* bytes */
    size_t waiting_capacity;
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

struct warden_setup {
    node_id node;
    const struct hosts *hosts;
    const struct key_pair *keys; /* copied; NULL: the cluster is keyless */
    size_t ring_size;
    enum trace_level level;
    bool membership_static;
    /* Gets the node's records, times being those of the node's own clock (CLOCK_MONOTONIC). */
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

/* ERROR_IO: errno says why. The node is down. */
enum error warden_init(struct warden *warden, const struct warden_setup *setup);

/* Kills what runs. */
void warden_close(struct warden *warden);

/* Starts the node's process; incarnation 0: the one after the last. ERROR_IO: errno says why. That
 * the process runs does not mean that the node does: see warden_has_failed. */
enum error warden_start(struct warden *warden, bool joins, uint32_t incarnation);

/* Each returns whether it changed anything. */
bool warden_crash(struct warden *warden);
bool warden_freeze(struct warden *warden);
bool warden_thaw(struct warden *warden);

/* Stops the process for good, without a record, and gives on all that it has made visible. */
void warden_halt(struct warden *warden);

/* A request's number, of those that the node, which is down, would give out next. */
uint64_t warden_take_number(struct warden *warden, uint32_t nodes);

/* Tells the node, in order; what its socket has no room for waits here until a warden_look. False:
 * it is down, or too much waits. */
bool warden_tell(struct warden *warden, const struct order *order, const char *text);

/* Looks whether the process lives, and gives on what can be read, of it about `most` bytes. Returns
 * whether there was anything. */
bool warden_look(struct warden *warden, size_t most);

/* Nothing of a time before is still to come, on the node's clock. */
int64_t warden_watermark_ns(const struct warden *warden);

/* Why the node could not run; NULL: it runs, or has ended otherwise. */
const char *warden_has_failed(const struct warden *warden);

#endif
