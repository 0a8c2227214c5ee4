/* Where two runs part: the first thing that happens in one of them and not in the other.
 *
 * Two runs are aligned by cause and not by line. Lines move when a message takes longer, or when
 * one more heartbeat is sent, and numbers of requests and workers move with whatever was numbered
 * before. So an event is known by what it is about: the second request for id 7 at n1, its further
 * try, the fate of the message that carries it, the first worker of id 7 on n2, the crash of n3.
 * Two runs part where such an event is in one alone, or ends otherwise: with another owner, another
 * outcome, a message that is lost. What is said of times and values comes last, since all else may
 * be the same.
 *
 *     run_events_init(&a), run_events_init(&b);          both are readers of whole runs
 *     parting = run_events_compare(&a, &b);
 *
 * Heartbeats, and the order of what happens at the same time at different nodes, are left out. */
#ifndef TRACE_PARTING_H
#define TRACE_PARTING_H

#include "base/pool_map.h"
#include "trace/reader.h"

/* What differs. An earlier one is worth more, whenever it happens. */
enum parting_level {
    PARTING_OF_EVENTS, /* what happens to requests, workers and nodes */
    PARTING_OF_VIEWS,  /* who sees whom, though no request is the worse for it */
    PARTING_OF_TIMES,  /* the same happens to requests and workers, at other times */
    PARTING_OF_LEASES, /* … at the same times, under other leases or tokens */
    PARTING_OF_VALUES, /* … at the same times, and workers make other values */
    PARTING_NONE
};

struct run_event {
    uint64_t group;   /* a hash of what it is about; those of one group are in their order */
    uint64_t content; /* a hash of how it ends */
    uint64_t subject; /* a hash of the request or worker; 0: the cluster */
    uint64_t record;  /* its place among the run's records, from 0 */
    int64_t t_ns;
    enum parting_level level;
    bool begins; /* its subject does, with it */
};

struct run_events {
    struct reader reader;
    struct run_event *events;
    size_t count;
    size_t capacity;
    uint64_t records;
    struct pool_map known; /* what numbers mean, and how often what happened */
    uint64_t unknown;      /* the word of what there was no memory for */
    bool no_memory;        /* then there are too few */
};

void run_events_init(struct run_events *events);
void run_events_close(struct run_events *events);

#define NO_RECORD UINT64_MAX

struct parting {
    enum parting_level level;
    bool happens[2];    /* of each run: whether the event is in it */
    uint64_t record[2]; /* the event's; if it is not there: that of what happens instead to the same
                           request or worker, or else the last thing that does; or NO_RECORD */
};

/* Brings the events of both into another order. */
struct parting run_events_compare(struct run_events *a, struct run_events *b);

#endif
