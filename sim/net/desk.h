/* The memory that a node's process shares with the parent who started it: what the node is to be,
 * how it does, and the ring of its records.
 *
 * The ring is the node's flight recorder. Records become visible step by step, before anything
 * that the step sent leaves the process; what was visible stays readable when the process is
 * killed. One process writes, one reads, and neither locks. */
#ifndef NET_DESK_H
#define NET_DESK_H

#include "net/keys.h"
#include "trace/tally.h"

#include <stdatomic.h>

#define DESK_RING_MIN  (8u << 20)   /* bytes: holds some records with the longest values */
#define DESK_HOSTS_MAX (512u << 10) /* bytes of a cluster file */

enum desk_state {
    DESK_STARTING,
    DESK_READY,  /* it has started: its socket is bound, its first records are made */
    DESK_FAILED, /* it will end, `why` says of what */
    DESK_ENDED,  /* it has left in an orderly way */
};

/* What a node is told at its birth. */
struct birth {
    node_id node;
    uint32_t incarnation;
    bool joins; /* as a member that restarts does */
    bool membership_static;
    struct key_pair keys;
    uint64_t instance;
    uint64_t next_request; /* see struct node_config */
    uint64_t next_worker;
    uint64_t next_message;
    int32_t parent; /* its process id: the node dies with it */
    uint32_t hosts_size;
    char hosts[DESK_HOSTS_MAX]; /* the cluster file */
};

/* What a node tells of itself with each commit. */
struct gauges {
    uint64_t at;          /* bytes of the ring that can be read, ever */
    int64_t watermark_ns; /* no record of a time before is still to come */
    uint64_t synced;      /* the last ORDER_SYNC that was carried out */
    uint64_t workers;     /* live */
    uint64_t requests;    /* open */
    uint64_t clients;     /* that will ask again */
    uint64_t sent;        /* messages: sent = received + dropped + under way */
    uint64_t received;
    uint64_t dropped;
    uint64_t steps;
    uint64_t worker_bytes;
    uint64_t next_request; /* see struct node_config */
    uint64_t next_worker;
    uint64_t next_message;
    uint32_t joined;
    uint32_t greeted; /* peers that it has greeted and was greeted by */
};

/* Written by the node alone. The gauges are the pair's one whose number is the lowest bit of
 * `commits`, so a process that is killed or stopped anywhere leaves a whole one. */
struct report {
    atomic_int state; /* enum desk_state */
    atomic_ullong commits;
    struct gauges gauges[2];
    char why[256];
    struct tally tally;     /* of records that the ring does not get */
    atomic_llong asleep_ns; /* when it went to sleep last it was to sleep until then */
};

struct desk {
    uint64_t size; /* of the ring */
    struct birth birth;
    struct report report;
    atomic_llong thawed_ns; /* by the parent: it let the process go on then */
    atomic_int level;       /* enum trace_level: which records the ring gets from the start on */
    _Alignas(64) atomic_ullong read_so_far; /* bytes, ever */
    _Alignas(64) unsigned char ring[];
};

/* A desk in memory that processes can share, of ring_size bytes of ring (rounded up to a power of
 * two), and its descriptor. ERROR_IO: errno says why. */
enum error desk_make(struct desk **desk, int *descriptor, size_t ring_size);

/* The same, in the process that was given the descriptor. */
enum error desk_open(struct desk **desk, int descriptor);
void desk_close(struct desk *desk);

/* ---- the node's side ----------------------------------------------------------------------- */

/* Writes into the ring, to be seen after desk_commit. While the ring is full it shows what was
 * written, with the gauges as they were, and waits. */
struct desk_writer {
    struct desk *desk;
    uint64_t at;        /* bytes written, those that are not yet visible too */
    uint64_t read_seen; /* of what the reader has read, as last looked up */
};

void desk_write(struct desk_writer *writer, const struct record *record);

/* Whether a record of `more` bytes beyond its own size would have to wait. */
bool desk_is_full(struct desk_writer *writer, size_t more);

/* What was written can be read from now on, and the gauges are these; `at` is set here. */
void desk_commit(struct desk_writer *writer, const struct gauges *gauges);

/* ---- the parent's side --------------------------------------------------------------------- */

/* The gauges of the last commit. */
struct gauges desk_gauges(const struct desk *desk);

/* Gives what can be read up to `end`, the gauges' `at`, to `take`, record by record; texts are
 * valid during the call. Stops after about `most` bytes. False: what lies there is no record (the
 * node's memory is broken). */
bool desk_read(struct desk *desk, uint64_t end, size_t most,
               void (*take)(void *context, const struct record *record), void *context);

/* Whether a record, from a process that may be broken or hostile, is one that node `node` of
 * `nodes` can have made. */
bool record_is_sound(const struct record *record, uint32_t nodes, node_id node);

/* A record as bytes: its size when flat, flattening, and back with texts that borrow. */
size_t record_flat_size(const struct record *record);
void record_flatten(const struct record *record, unsigned char *to);

/* Returns the bytes used, or 0: these are no record. */
size_t record_unflatten(const unsigned char *bytes, size_t size, struct record *record);

#endif
