/* The shared-memory ring: the memory that a node's process shares with the parent who started it.
 * It holds what the node is to be, how it does, and the ring of its records: all of it encoded
 * (wire/codec.h), but for single numbers, which are atomic, keys, and texts.
 *
 * The ring is the node's flight recorder. Records become visible step by step, before anything
 * that the step sent leaves the process; what was visible stays readable when the process is
 * killed. One process writes, one reads, and neither locks. */
#ifndef NET_PROCESS_SHARED_RING_H
#define NET_PROCESS_SHARED_RING_H

#include "base/failure.h"
#include "net/process/process_state.h"
#include "net/wire/keys.h"

#include <stdatomic.h>

#define SHARED_RING_SIZE_MIN         (8u << 20)   /* holds some records with the longest values */
#define SHARED_RING_CLUSTER_FILE_MAX (512u << 10) /* bytes */

enum shared_ring_state {
    SHARED_RING_STARTING,
    SHARED_RING_LISTENS, /* its socket is bound */
    SHARED_RING_READY,   /* it has started: its first records are made */
    SHARED_RING_FAILED,  /* it will end: see node_report.failure */
    SHARED_RING_ENDED,   /* it has left in an orderly way */
};

/* Who has the word on an orderly stop: its parent, which wants one, or the process, which then does
 * stop. */
enum shared_ring_stop { STOP_NONE, STOP_WANTED, STOP_BEGUN };

#define SHARED_RING_CODED_MAX 512u

/* A structure that is encoded. */
struct shared_bytes {
    uint32_t size;
    char bytes[SHARED_RING_CODED_MAX];
};

/* Written by the node, and by its parent while there is no process. The gauges are the pair's one
 * whose number is the lowest bit of `commits`, so a process that is killed or stopped anywhere
 * leaves a whole one. */
struct node_report {
    atomic_int state; /* enum shared_ring_state */
    atomic_ullong commits;
    struct shared_bytes gauges[2];
    char failure[FAILURE_TEXT_SIZE];
    atomic_llong asleep_ns; /* the time until which it was to sleep when it last went to sleep */
};

struct shared_ring {
    uint64_t size;             /* of the bytes: a power of two */
    struct shared_bytes setup; /* struct process_setup */
    struct key_pair keys;      /* until the process takes them */
    uint32_t cluster_file_size;
    char cluster_file[SHARED_RING_CLUSTER_FILE_MAX]; /* its text */
    struct node_report report;
    atomic_llong thawed_ns; /* by the parent: it let the process go on then */
    atomic_int level;       /* enum trace_level: which records the ring gets from the start on */
    atomic_int stop;        /* enum shared_ring_stop */
    _Alignas(64) atomic_ullong read_so_far; /* bytes, ever */
    _Alignas(64) unsigned char bytes[];
};

/* Makes a ring of at least ring_size bytes in memory that processes can share, and the descriptor
 * of that memory. ERROR_IO: errno says why. */
enum error shared_ring_make(struct shared_ring **ring, int *descriptor, size_t ring_size);

/* The same ring, in the process that was given the descriptor. */
enum error shared_ring_open(struct shared_ring **ring, int descriptor);
void shared_ring_close(struct shared_ring *ring);

/* The process will end, or has ended, for this reason. May be called in a signal's handler. */
void shared_ring_fail(struct shared_ring *ring, const char *why);

/* ---- the node's side ----------------------------------------------------------------------- */

/* What the process is to be. ERROR_TEXT: it can't be read; `failure` says why. */
enum error shared_ring_setup(const struct shared_ring *ring, struct process_setup *setup,
                             struct failure *failure);

struct shared_ring_writer {
    struct shared_ring *ring;
    uint64_t at;        /* bytes written, those that are not yet visible too */
    uint64_t read_seen; /* of what the reader has read, as last looked up */
};

/* Writes a record, which becomes visible with the next commit. While the ring is full, it commits
 * what was written, with the gauges as they were, and waits for the reader. */
void shared_ring_write(struct shared_ring_writer *writer, const struct record *record);

/* Whether a record of `more` bytes beyond its own size would have to wait. */
bool shared_ring_is_full(struct shared_ring_writer *writer, size_t more);

/* Makes visible what was written, with these gauges, whose `at` is set here. */
void shared_ring_commit(struct shared_ring_writer *writer, const struct gauges *gauges);

/* ---- the parent's side --------------------------------------------------------------------- */

void shared_ring_set_up(struct shared_ring *ring, const struct process_setup *setup);

/* The gauges of the last commit; zeros before the first. If the node's memory is broken, those of a
 * ring that can't be read. */
struct gauges shared_ring_gauges(const struct shared_ring *ring);

/* Gives what can be read up to `end`, the gauges' `at`, to `take`, record by record; texts are
 * valid during the call. Stops after about `most` bytes. False: what lies there is no record (the
 * node's memory is broken). */
bool shared_ring_read(struct shared_ring *ring, uint64_t end, size_t most,
                      void (*take)(void *context, const struct record *record), void *context);

#endif
