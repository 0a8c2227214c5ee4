/* What a loader is made of; for loader.c, which keeps the jobs, loader_slots.c, which runs them,
 * and loader_spawner.c, which has the process that starts their programs. */
#ifndef NET_PROCESS_LOADER_STATE_H
#define NET_PROCESS_LOADER_STATE_H

#include "base/list.h"
#include "base/string_builder.h"
#include "net/process/loader.h"
#include "net/process/program_input.h"
#include "net/process/program_output.h"
#include "net/process/spawner.h"
#include "node/deadline_queue.h"

#define SLOT_NONE UINT32_MAX

/* A spawner that has not started a program for so long may have been stopped. */
#define SPAWNER_LOOK_NS NS_PER_S

/* Marks in the watch's data: what of the slot is meant, if not its output. */
#define SLOT_ERRORS 0x80000000u
#define SLOT_INPUT  0x40000000u

/* A load or a turn. */
struct job {
    struct list_link link; /* in loader.jobs, and then in loader.ended */
    struct due due;        /* in loader.waiting, or loader.running, until it has ended */
    struct loader *loader;
    struct worker_ref worker;
    struct text id;
    struct text demand;
    struct text value;
    struct string_builder errors;
    char token[SPAWN_TOKEN_SIZE];
    uint8_t try;
    bool began;
    bool answered; /* by a program that is kept */
    int64_t ends_ns;
    uint32_t slot; /* SLOT_NONE: it has no program */
    struct failure failure;
};

/* Where one program at a time runs. */
struct program_slot {
    bool busy;            /* a program is here, or its end has not been reported yet */
    bool ordered;         /* it is not known yet whether it was started */
    bool doomed;          /* it is being killed */
    bool kill_unsent;     /* the order to kill it has not got through yet */
    int refused;          /* errno of why it could not be started, or 0 */
    struct job *job;      /* NULL: it is free, or doomed, or kept and idle */
    struct job *follower; /* of the same id: waits for its end */
    struct worker_ref worker;
    struct text id;      /* of the program that is here */
    uint64_t idle_since; /* a number that grows from turn to turn */
    struct program_input input;
    bool input_watched;
    struct program_output program;
    pid_t group; /* of its processes; 0: not known yet, or none */
};

struct loader {
    enum loader_kind kind;
    struct program_command command;
    char node[16];
    void (*log)(void *context, const struct text *id, const char *line);
    void *context;
    int64_t spawned_ns; /* when the spawner was last forked; 0: only once so far */
    int64_t orphans_ns; /* when a killed spawner's are looked at next; TIME_NEVER: there are none */
    int64_t look_ns;    /* when it is looked whether the spawner stands still; TIME_NEVER: not */
    int64_t limit_ns;
    uint32_t size_max;
    int watch;                     /* the epoll descriptor */
    int end;                       /* of the socket to the spawner; -1: it is gone */
    pid_t spawner;                 /* 0: waited for */
    bool behind;                   /* the spawner's socket is full: wait until there is room */
    struct deadline_queue waiting; /* jobs without a program, by their until_ns */
    struct deadline_queue running; /* the others, by when they are killed; and followers */
    struct list jobs;
    struct list ended;
    uint64_t turns;
    uint32_t doomed_count;
    uint32_t ordered; /* slots that are */
    uint32_t slots_count;
    struct program_slot slots[];
};

/* ---- loader.c ------------------------------------------------------------------------------ */

/* A line for the log; of no id if that is NULL. */
void loader_log(const struct loader *loader, const struct text *id, const char *line);

/* The job has ended: it leaves its slot or the line. */
void loader_end_job(struct loader *loader, struct job *job);

#define FAIL_JOB(loader, job, error, ...)                                                          \
    (failure_set(&(job)->failure, error, __VA_ARGS__), loader_end_job(loader, job))

/* It waits for a slot, until it has one or its time is up. */
void loader_wait(struct loader *loader, struct job *job, int64_t until_ns);

/* ---- loader_slots.c ------------------------------------------------------------------------ */

/* Kills what runs, and returns when it has gone, as far as it can be killed. */
void slots_close(struct loader *loader);

/* Reads and writes what can be, and starts the spawner again if it is time. */
void slots_run(struct loader *loader, int64_t now_ns);

/* Gives the job a program. 0; EAGAIN: it waits for a slot or the spawner; or another errno. */
int slots_give(struct loader *loader, struct job *job);

/* The worker's program that is kept, and idle; or NULL. */
struct program_slot *slots_kept(struct loader *loader, struct worker_ref worker);

/* The job leaves its slot, whose program goes on only if it is kept. */
void slots_leave(struct loader *loader, struct job *job);

/* Kills what runs in the slot. */
void slots_kill(struct loader *loader, struct program_slot *slot);

/* Some program is here for the id and is being killed: the job follows it. */
bool slots_follow(struct loader *loader, struct job *job);
void slots_unfollow(struct loader *loader, const struct job *job);

/* ---- loader_spawner.c ---------------------------------------------------------------------- */

/* ERROR_MEMORY, ERROR_IO: errno says why; there is none. */
enum error loader_fork_spawner(struct loader *loader);

/* 0, EAGAIN if the order has to wait, or an errno. */
int loader_send_order(struct loader *loader, const struct spawn_order *order,
                      const int *descriptors, size_t count);
/* Orders need not wait any more. */
void loader_spawner_has_room(struct loader *loader);

/* Has a spawner that was stopped, as by a program with `kill -STOP $PPID`, go on, and logs that. */
void loader_wake_spawner(struct loader *loader);

/* It has closed its end: it is about to go, or has gone. */
void loader_lose_spawner(struct loader *loader);

/* Kills what the programs of a spawner that was killed have left behind, if it is time. */
void loader_end_orphans(struct loader *loader, int64_t now_ns);

/* Starts another one, if there is none and it is time: not before loader_restart_ns. */
void loader_restart_spawner(struct loader *loader, int64_t now_ns);
int64_t loader_restart_ns(const struct loader *loader);

/* Ends it, and with it all programs; returns when they have gone, as far as they can be killed. */
void loader_close_spawner(struct loader *loader);

#endif
