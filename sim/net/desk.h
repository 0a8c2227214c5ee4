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
    DESK_READY,  /* its socket is bound, peers are being greeted */
    DESK_FAILED, /* it will end, `why` says of what */
    DESK_ENDED,  /* it has left in an orderly way */
};

/* What a node is told at its birth. */
struct birth {
    node_id node;
    uint32_t incarnation;
    bool joins; /* as a member that restarts does */
    bool membership_static;
    bool keyed;
    bool loads; /* the cluster file's load command is used */
    struct key_pair keys;
    uint64_t instance;
    uint64_t next_request; /* see struct node_config */
    uint64_t next_worker;
    uint64_t next_message;
    int32_t parent; /* its process id: the node dies with it */
    uint32_t hosts_size;
    char hosts[DESK_HOSTS_MAX]; /* the cluster file */
};

/* What a node tells of itself, as of its last commit. Written by the node alone. */
struct report {
    atomic_int state;          /* enum desk_state */
    atomic_llong watermark_ns; /* no record of a time up to this one is still to come */
    atomic_uint synced;        /* the last ORDER_SYNC that was read */
    atomic_uint greeted;       /* peers that it has greeted and was greeted by */
    atomic_ullong workers;     /* live */
    atomic_ullong requests;    /* open */
    atomic_ullong clients;     /* that will ask again */
    atomic_ullong sent;        /* messages: sent = received + dropped + under way */
    atomic_ullong received;
    atomic_ullong dropped;
    atomic_ullong steps;
    atomic_ullong worker_bytes;
    atomic_bool joined;
    uint64_t next_request;
    uint64_t next_worker;
    uint64_t next_message;
    char why[256];
    struct tally tally; /* of records that the ring does not get */
};

struct desk {
    uint64_t size; /* of the ring */
    struct birth birth;
    struct report report;
    atomic_int level;                       /* enum trace_level: which records the ring gets */
    _Alignas(64) atomic_ullong written;     /* bytes, ever */
    _Alignas(64) atomic_ullong read_so_far; /* likewise */
    _Alignas(64) unsigned char ring[];
};

/* A desk in memory that processes can share, of ring_size bytes of ring (rounded up to a power of
 * two), and its descriptor. ERROR_IO: errno says why. */
enum error desk_make(struct desk **desk, int *descriptor, size_t ring_size);

/* The same, in the process that was given the descriptor. */
enum error desk_open(struct desk **desk, int descriptor);
void desk_close(struct desk *desk);

/* ---- the node's side ----------------------------------------------------------------------- */

/* Writes into the ring, to be seen after desk_commit. Waits while the ring is full. */
struct desk_writer {
    struct desk *desk;
    uint64_t at;        /* bytes written, those that are not yet visible too */
    uint64_t read_seen; /* of what the reader has read, as last looked up */
};

void desk_write(struct desk_writer *writer, const struct record *record);

/* Whether a record of `more` bytes beyond its own size would have to wait. */
bool desk_is_full(struct desk_writer *writer, size_t more);

/* What was written can be read; and nothing of a time up to watermark_ns is to come. */
void desk_commit(struct desk_writer *writer, int64_t watermark_ns);

/* ---- the parent's side --------------------------------------------------------------------- */

/* Gives what can be read to `take`, record by record; texts are valid during the call. Stops
 * after about `most` bytes. False: what lies there is no record (the node's memory is broken). */
bool desk_read(struct desk *desk, size_t most,
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
