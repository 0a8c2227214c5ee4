/* Values made by a program: the cluster file's `load command PROGRAM [ARG...]`.
 *
 * For each worker `PROGRAM ARG... -- ID` is run, and what it prints on its standard output is the
 * worker's value: any bytes, none at all included, less one '\n' at the end if there is one, so
 * that `echo 42` gives 42. The load has failed if the program
 *
 *     ends with another status than 0, is ended by a signal, or can't be started;
 *     prints more than size_max bytes (besides that '\n'): it is killed as soon as it does;
 *     has not ended at its deadline: it is killed.
 *
 * The value is what had been printed when the program itself ended; whatever it started and left
 * behind is killed then, and is not waited for. A program that closes its output and goes on is
 * waited for.
 *
 * A program has /dev/null as its input, our folder, and our environment with DPSIM_ID and
 * DPSIM_NODE; no other open file, signals as a shell would give them, and a process group of its
 * own. To kill it is to kill the group: what has left the group by its own will escapes. The id is
 * as whoever asked has chosen it. What a program prints on its standard error is given out line by
 * line, PROGRAM_LINES_MAX of PROGRAM_LINE_MAX bytes at the most (program_output.h).
 *
 * At most at_once programs are there at a time. The node has no more loads under way than that
 * (load-at-once), but it counts none whose worker's life is over, and a program that is killed
 * takes a moment to go. So some may wait for that, or for the next spawner, first come, first
 * served.
 *
 * No function but loader_new and loader_delete waits for anything. The programs are children of
 * a helper process, the spawner (spawner.h), which kills them when the loader's process ends in
 * whatever way. If the spawner is killed, what it ran is killed and has failed, and another one is
 * started, at once or when LOADER_RESTART_NS have gone by since the last. All functions of one
 * loader are for one thread at a time. */
#ifndef NET_PROCESS_LOADER_H
#define NET_PROCESS_LOADER_H

#include "base/failure.h"
#include "node/node.h"

#define LOADER_RESTART_NS NS_PER_S

struct loader_setup {
    const char *command; /* words with blanks between; no quotes, no shell */
    const char *node;    /* "n1" */
    uint32_t at_once;    /* at least 1 */
    int64_t limit_ns;    /* how long a program may run; above 0 */
    uint32_t size_max;   /* bytes of a value */
    /* Gets a line that the program for the id has printed on its standard error, printable ASCII
     * and what is beyond, without its end; or that the spawner was started again, of no id. NULL:
     * nobody gets them. */
    void (*log)(void *context, const struct text *id, const char *line);
    void *context;
};

struct loader;

/* Looks the program up and forks the spawner, so it must be called before there is any thread.
 * NULL: ERROR_TEXT: there is no such program, or it can't be executed; ERROR_IO; ERROR_MEMORY. */
struct loader *loader_new(const struct loader_setup *setup, struct failure *failure);

/* Kills what runs, and returns when it has gone. NULL does nothing. */
void loader_delete(struct loader *loader);

/* Starts to load a value for the worker, or puts it in the line. From now on loader_take owes an
 * answer, at the latest when it is first called at or after until_ns. A load whose until_ns comes
 * while it waits is never run. Times are of the monotonic clock. ERROR_MEMORY: nothing has
 * been done and nothing is owed. */
enum error loader_start(struct loader *loader, struct worker_ref worker, const struct text *id,
                        int64_t now_ns, int64_t until_ns);

/* The descriptor to be polled: readable when loader_take has something to do. */
int loader_fd(const struct loader *loader);

/* When loader_take has something to do though loader_fd is silent; TIME_NEVER if not at all. 0, so
 * at once, after a loader_start that failed at once. */
int64_t loader_wake_ns(const struct loader *loader);

struct loaded {
    struct worker_ref worker;
    struct text value;      /* the taker's to clear; empty if it failed */
    struct text id;         /* likewise; empty if it did not fail */
    struct failure failure; /* of no error if it was loaded: "exit status 3" */
};

/* Does what is to be done. True: a load has ended, and is in *out; call again until it is false. */
bool loader_take(struct loader *loader, int64_t now_ns, struct loaded *out);

#endif
