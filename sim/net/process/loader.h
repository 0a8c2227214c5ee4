/* The programs of a node: `load command PROGRAM [ARG...]` and `work command PROGRAM [ARG...]` of
 * the cluster file. A node has one of them, or none.
 *
 * For each load `PROGRAM ARG... -- ID` is run, for each turn `PROGRAM ARG... -- ID TOKEN`, and what
 * it prints on its standard output is the worker's value, or the turn's answer: any bytes, none at
 * all included, less one '\n' at the end if there is one, so that `echo 42` gives 42. It has
 * failed if the program
 *
 *     ends with another status than 0, is ended by a signal, or can't be started;
 *     prints more than size_max bytes (besides that '\n'): it is killed as soon as it does;
 *     has not ended at its deadline: it is killed.
 *
 * The output is what had been printed when the program itself ended; whatever it started and left
 * behind is killed then. A program that closes its output and goes on is waited for.
 *
 * A program has our folder and our environment with DPSIM_ID, DPSIM_NODE and DPSIM_TOKEN, in a turn
 * also with DPSIM_TRY; as its input /dev/null, or in a turn the request's payload; no other
 * open file, signals as a shell would give them, and a process group of its own. To kill it is to
 * kill all that it has started, whatever group or session that is in (spawner.h). The id and the
 * payload are as whoever asked has chosen them. What a program prints on its standard error is
 * given out line by line, PROGRAM_LINES_MAX of PROGRAM_LINE_MAX bytes at the most
 * (program_output.h).
 *
 * A program that is kept (`work command PROGRAM keep`) has many turns of one worker, one after the
 * other. For each it finds on its input a line `SIZE TRY TOKEN` and SIZE bytes, the payload, and
 * prints a line `SIZE`, or `failed SIZE` if the turn has failed, and SIZE bytes, the answer or why.
 * It is killed at the end of its worker, when a turn ends otherwise, when it prints between turns,
 * and, the longest idle first, where a turn of another worker needs the room.
 *
 * At most at_once programs are there at a time. Others wait, those first whose time is up first;
 * and a turn waits for the end of its id's last program if that is being killed, so that no two of
 * an id's turns are there at a time.
 *
 * No function but loader_new and loader_delete waits for anything. The programs are children of
 * a helper process, the spawner (spawner.h), which kills them when the loader's process ends in
 * whatever way. If the spawner is killed, what it ran is killed and has failed, and another one is
 * started, at once or when LOADER_RESTART_NS have gone by since the last. All functions of one
 * loader are for one thread at a time. */
#ifndef NET_PROCESS_LOADER_H
#define NET_PROCESS_LOADER_H

#include "base/failure.h"
#include "node/demand.h"
#include "node/node.h"

#define LOADER_RESTART_NS NS_PER_S

enum loader_kind { LOADER_OF_VALUES, LOADER_OF_TURNS, LOADER_KEEPS };

struct loader_setup {
    enum loader_kind kind;
    const char *command; /* words with blanks between; no quotes, no shell */
    const char *node;    /* "n1" */
    uint32_t at_once;    /* at least 1 */
    int64_t limit_ns;    /* how long a load or turn may take; above 0 */
    uint32_t size_max;   /* bytes of what is printed */
    /* Gets a line that the program for the id has printed on its standard error, printable ASCII
     * and what is beyond, without its end; or that the spawner was started again, of no id. NULL:
     * nobody gets them. */
    void (*log)(void *context, const struct text *id, const char *line);
    void *context;
};

struct loader;

/* Looks the program up and forks the spawner, so it must be called before there is any thread. From
 * then on the process ignores SIGPIPE. NULL: ERROR_TEXT: there is no such program, or it can't be
 * executed; ERROR_IO; ERROR_MEMORY. */
struct loader *loader_new(const struct loader_setup *setup, struct failure *failure);

/* Kills what runs, and what a killed spawner's programs left behind; returns when it has gone, or
 * END_PATIENCE_NS later if something doesn't end for all that. NULL does nothing. */
void loader_delete(struct loader *loader);

/* A load or a turn. Times are of the monotonic clock. */
struct loader_task {
    struct worker_ref worker;
    const struct text *id;
    int64_t until_ns;          /* nobody wants it to begin from then on */
    int64_t ends_ns;           /* nor to go on from then on; TIME_NEVER: limit_ns alone counts */
    const struct text *demand; /* of a turn: its payload; may be empty */
    const char *token;         /* shorter than SPAWN_TOKEN_SIZE; NULL, shown as "-": no leases */
    uint8_t try;               /* of a turn: from 1 on; of a load 0 */
};

/* Starts it, or puts it in the line. From now on loader_take owes an answer, at the latest when it
 * is first called at or after until_ns for one that still waits. ERROR_MEMORY: nothing has been
 * done and nothing is owed. */
enum error loader_start(struct loader *loader, const struct loader_task *task, int64_t now_ns);

/* The worker has ended: what there is for it is killed, and nothing is owed any more. */
void loader_end(struct loader *loader, struct worker_ref worker);

/* The descriptor to be polled: readable when loader_take has something to do. */
int loader_fd(const struct loader *loader);

/* When loader_take has something to do though loader_fd is silent; TIME_NEVER if not at all. 0, so
 * at once, after a loader_start that failed at once. */
int64_t loader_wake_ns(const struct loader *loader);

struct loaded {
    struct worker_ref worker;
    struct text id;         /* the taker's to clear */
    struct text value;      /* likewise; empty if it failed */
    struct text errors;     /* likewise: what a turn that failed printed on standard error */
    bool began;             /* a program was started for it */
    struct failure failure; /* of no error if it went well: "exit status 3" */
};

/* Does what is to be done. True: a load or turn has ended, and is in *out; call again until it is
 * false. */
bool loader_take(struct loader *loader, int64_t now_ns, struct loaded *out);

#endif
