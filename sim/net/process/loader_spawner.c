/* A loader's spawner: its start, the orders to it, its end, and another one after that. */
#include "net/process/loader_state.h"

#include "base/memory.h"
#include "net/process/reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often a killed spawner's orphans are looked at, until there are none. */
#define ORPHANS_NS (20 * NS_PER_MS)

/* ---- orders -------------------------------------------------------------------------------- */

static void watch_spawner(struct loader *loader)
{
    struct epoll_event event = {.events = EPOLLIN | (loader->behind ? (uint32_t)EPOLLOUT : 0),
                                .data.u32 = SLOT_NONE};
    epoll_ctl(loader->watch, EPOLL_CTL_MOD, loader->end, &event);
}

int loader_send_order(struct loader *loader, const struct spawn_order *order,
                      const int *descriptors, size_t count)
{
    if (loader->behind)
        return EAGAIN;
    if (spawner_order(loader->end, order, descriptors, count) == OK)
        return 0;
    int why = errno;
    if (why == EAGAIN) {
        loader->behind = true;
        watch_spawner(loader);
    }
    return why;
}

void loader_spawner_has_room(struct loader *loader)
{
    if (!loader->behind)
        return;
    loader->behind = false;
    watch_spawner(loader);
}

void loader_wake_spawner(struct loader *loader)
{
    siginfo_t state = {.si_pid = 0};
    if (loader->spawner <= 0)
        return;
    bool known = waitid(P_PID, (id_t)loader->spawner, &state, WSTOPPED | WNOHANG) == 0;
    kill(loader->spawner, SIGCONT);
    if (known && state.si_pid)
        loader_log(loader, NULL, "the process that starts programs was stopped: it goes on");
}

/* ---- its end ------------------------------------------------------------------------------- */

static bool is_spawner(const void *context, pid_t pid)
{
    const struct loader *loader = context;
    return pid == loader->spawner;
}

/* Whether this process is given the orphans of a spawner that was killed, as a node is. Then it has
 * no other children than these and the spawner. */
static bool takes_orphans(void)
{
    int takes = 0;
    prctl(PR_GET_CHILD_SUBREAPER, &takes);
    return takes;
}

void loader_end_orphans(struct loader *loader, int64_t now_ns)
{
    if (loader->orphans_ns > now_ns)
        return;
    bool found = takes_orphans() && kill_children(is_spawner, loader);
    loader->orphans_ns = found ? now_ns + ORPHANS_NS : TIME_NEVER;
    if (found)
        reap_ended(is_spawner, loader);
}

void loader_lose_spawner(struct loader *loader)
{
    close(loader->end);
    loader->end = -1;
    loader->behind = false;
    kill(loader->spawner, SIGKILL); /* it has closed its end: it is about to go, or has gone */
    reap(loader->spawner);
    loader->spawner = 0;
    loader->orphans_ns = 0;
}

/* ---- its start ----------------------------------------------------------------------------- */

enum error loader_fork_spawner(struct loader *loader)
{
    struct spawned *programs = memory_zeroed(loader->slots_count * sizeof *programs);
    if (!programs)
        return ERROR_MEMORY;
    struct spawner_setup spawner = {.command = &loader->command,
                                    .node = loader->node,
                                    .programs = programs,
                                    .slots = loader->slots_count};
    enum error error = spawner_fork(&spawner, &loader->spawner, &loader->end);
    memory_free(programs);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = SLOT_NONE};
    if (error || epoll_ctl(loader->watch, EPOLL_CTL_ADD, loader->end, &event) == 0)
        return error;
    loader_lose_spawner(loader);
    return ERROR_IO;
}

int64_t loader_restart_ns(const struct loader *loader)
{
    return loader->spawned_ns ? loader->spawned_ns + LOADER_RESTART_NS : 0;
}

void loader_restart_spawner(struct loader *loader, int64_t now_ns)
{
    if (loader->end >= 0 || now_ns < loader_restart_ns(loader))
        return;
    loader->spawned_ns = now_ns;
    loader_log(loader, NULL,
               loader_fork_spawner(loader)
                   ? "the process that starts programs was killed, and no other can be started yet"
                   : "the process that starts programs was killed: another one is started");
}

void loader_close_spawner(struct loader *loader)
{
    if (loader->end >= 0)
        close(loader->end); /* so the spawner kills what runs, and ends */
    loader->end = -1;
    if (loader->spawner > 0) {
        kill(loader->spawner, SIGCONT); /* were it stopped */
        reap(loader->spawner);
        loader->spawner = 0;
    }
    if (takes_orphans()) /* of one that was killed, now or just before */
        end_children(END_PATIENCE_NS);
}
