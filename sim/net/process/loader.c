#include "net/process/loader.h"

#include "base/list.h"
#include "base/memory.h"
#include "base/number.h"
#include "net/process/program_output.h"
#include "net/process/reap.h"
#include "net/process/spawner.h"
#include "node/deadline_queue.h"
#include "node/id.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Descriptors that are served in one pass; the others' turn comes in the next. */
#define EVENTS_MAX 64

#define SLOT_NONE UINT32_MAX

/* Marks in the watch's data that the errors of the slot are meant, not the output. */
#define SLOT_ERRORS 0x80000000u

struct job {
    struct due due;           /* in loader.due, until it has ended */
    struct list_link in_line; /* in loader.pending, and then in loader.ended */
    struct worker_ref worker;
    struct text text; /* its id; the value when it has loaded */
    uint32_t slot;    /* SLOT_NONE: it has no program */
    struct failure failure;
};

/* Where one program at a time runs. */
struct program_slot {
    bool busy;       /* a program is here, or its end has not been reported yet */
    bool kill_owed;  /* the order to kill it has not got through yet */
    int refused;     /* errno of why it could not be started, or 0 */
    struct job *job; /* NULL: it is free, or has been given up and is being killed */
    struct program_output program;
    pid_t group;  /* of its processes; 0: not known yet, or none */
    pid_t orphan; /* a group that was killed when the spawner was, and is to be waited for; or 0 */
};

struct loader {
    struct load_command command;
    char node[16];
    void (*log)(void *context, const struct text *id, const char *line);
    void *context;
    int64_t spawned_ns; /* when the spawner was last forked; 0: only once so far */
    int64_t limit_ns;
    uint32_t size_max;
    int watch;     /* the epoll descriptor */
    int end;       /* of the socket to the spawner; -1: it is gone */
    pid_t spawner; /* 0: waited for */
    bool behind;   /* the spawner's socket is full: wait until there is room */
    struct deadline_queue due;
    struct list pending; /* first come, first served */
    struct list ended;
    uint32_t slots_count;
    struct program_slot slots[];
};

static struct job *first_of(const struct list *line)
{
    struct list_link *first = list_first(line);
    return first ? container_of(first, struct job, in_line) : NULL;
}

static void log_line(const struct loader *loader, const struct text *id, const char *line)
{
    if (loader->log)
        loader->log(loader->context, id, line);
}

/* Who gets what the program in the slot says. */
static struct line_reader reader_of(const struct loader *loader, const struct program_slot *slot)
{
    return (struct line_reader){
        .take = loader->log, .context = loader->context, .id = &slot->job->text};
}

/* ---- jobs ---------------------------------------------------------------------------------- */

/* The job has ended: it leaves its slot or the line. Its text is what the taker gets. */
static void end_job(struct loader *loader, struct job *job)
{
    if (job->slot != SLOT_NONE) {
        struct program_slot *slot = &loader->slots[job->slot];
        struct line_reader reader = reader_of(loader, slot);
        program_output_finish_errors(&slot->program, &reader);
        program_output_close(&slot->program);
        slot->job = NULL;
    }
    list_remove(&job->in_line);
    deadline_queue_remove(&job->due);
    job->slot = SLOT_NONE;
    list_add_last(&loader->ended, &job->in_line);
}

#define FAIL_JOB(loader, job, error, ...)                                                          \
    (failure_set(&(job)->failure, error, __VA_ARGS__), end_job(loader, job))

/* ---- the spawner --------------------------------------------------------------------------- */

/* Its programs are gone with it, by the kernel; what they started is killed here. Where this
 * process is given the orphans, as a node is, their numbers are not used anew before they are
 * waited for. */
static void kill_orphans(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++) {
        struct program_slot *slot = &loader->slots[i];
        if (slot->busy && slot->group) {
            kill(-slot->group, SIGKILL);
            slot->orphan = slot->group;
        }
        slot->busy = slot->kill_owed = false;
        slot->group = 0;
    }
}

static void fail_running(struct loader *loader, const char *why)
{
    for (uint32_t i = 0; i < loader->slots_count; i++)
        if (loader->slots[i].job)
            FAIL_JOB(loader, loader->slots[i].job, ERROR_IO, "%s", why);
}

static void reap_orphans(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++) {
        pid_t *orphan = &loader->slots[i].orphan;
        while (*orphan) {
            pid_t ended = waitpid(-*orphan, NULL, WNOHANG);
            if (ended == 0)
                break;
            if (ended < 0)
                *orphan = 0;
        }
    }
}

static void end_of_spawner(struct loader *loader)
{
    close(loader->end);
    loader->end = -1;
    loader->behind = false;
    kill(loader->spawner, SIGKILL); /* it has closed its end: it is about to go, or has gone */
    reap(loader->spawner);
    loader->spawner = 0;
    kill_orphans(loader);
    fail_running(loader, "the process that started its program was killed");
}

/* ERROR_MEMORY, ERROR_IO: errno says why; there is no spawner. */
static enum error start_spawner(struct loader *loader)
{
    pid_t *programs = memory_zeroed(loader->slots_count * sizeof *programs);
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
    end_of_spawner(loader);
    return ERROR_IO;
}

static int64_t restart_ns(const struct loader *loader)
{
    return loader->spawned_ns ? loader->spawned_ns + LOADER_RESTART_NS : 0;
}

static void restart_spawner(struct loader *loader, int64_t now_ns)
{
    reap_orphans(loader);
    if (loader->end >= 0 || now_ns < restart_ns(loader))
        return;
    loader->spawned_ns = now_ns;
    log_line(loader, NULL,
             start_spawner(loader)
                 ? "the process that starts programs was killed, and no other can be started yet"
                 : "the process that starts programs was killed: another one is started");
}

static void watch_spawner(struct loader *loader)
{
    struct epoll_event event = {.events = EPOLLIN | (loader->behind ? (uint32_t)EPOLLOUT : 0),
                                .data.u32 = SLOT_NONE};
    epoll_ctl(loader->watch, EPOLL_CTL_MOD, loader->end, &event);
}

/* 0, EAGAIN if the order has to wait, or an errno. */
static int send_order(struct loader *loader, const struct spawn_order *order,
                      const int descriptors[2])
{
    if (loader->behind)
        return EAGAIN;
    if (spawner_order(loader->end, order, descriptors) == OK)
        return 0;
    int why = errno;
    if (why == EAGAIN) {
        loader->behind = true;
        watch_spawner(loader);
    }
    return why;
}

static void kill_program(struct loader *loader, uint32_t number)
{
    if (loader->end < 0)
        return;
    struct spawn_order order = {.kind = SPAWN_KILL, .slot = number};
    loader->slots[number].kill_owed = send_order(loader, &order, NULL) != 0;
}

/* The job in the slot, whose failure is set, has failed before its program has ended. */
static void give_up(struct loader *loader, uint32_t number)
{
    end_job(loader, loader->slots[number].job);
    kill_program(loader, number);
}

/* Reads once. False: nothing more has come, or the output is closed, or the job has failed. */
static bool read_output(struct loader *loader, uint32_t number)
{
    struct program_slot *slot = &loader->slots[number];
    if (!slot->job)
        return false;
    bool more = program_output_read(&slot->program, loader->size_max, &slot->job->failure);
    if (slot->job->failure.error)
        give_up(loader, number);
    return more;
}

static void read_errors(struct loader *loader, uint32_t number)
{
    struct program_slot *slot = &loader->slots[number];
    if (!slot->job)
        return;
    struct line_reader reader = reader_of(loader, slot);
    program_output_read_errors(&slot->program, &reader);
}

/* The program has ended well, and all that it printed is here. What it said goes with the id, whose
 * place the value takes. */
static void make_value(struct loader *loader, struct job *job)
{
    struct program_slot *slot = &loader->slots[job->slot];
    struct line_reader reader = reader_of(loader, slot);
    program_output_finish_errors(&slot->program, &reader);
    if (program_output_value(&slot->program, &job->text))
        failure_memory(&job->failure);
    end_job(loader, job);
}

static void end_program(struct loader *loader, const struct program_slot *slot, int status)
{
    struct job *job = slot->job;
    if (slot->refused)
        FAIL_JOB(loader, job, ERROR_IO, "%s", strerror(slot->refused));
    else if (WIFSIGNALED(status))
        FAIL_JOB(loader, job, ERROR_IO, "ended by signal %u, %s", (unsigned)WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        FAIL_JOB(loader, job, ERROR_IO, "exit status %u", (unsigned)WEXITSTATUS(status));
    else
        make_value(loader, job);
}

/* False: there is no such program to report of. */
static bool take_report(struct loader *loader, const struct spawn_report *report)
{
    struct program_slot *slot = &loader->slots[report->slot];
    if (!slot->busy)
        return false;
    if (report->kind == SPAWN_STARTED) {
        slot->group = report->value;
        return true;
    }
    if (report->kind == SPAWN_REFUSED) {
        slot->refused = report->value;
        return true;
    }
    while (slot->job && read_output(loader, report->slot))
        ;
    if (slot->job)
        end_program(loader, slot, report->value);
    slot->busy = false;
    slot->kill_owed = false;
    slot->group = 0;
    return true;
}

/* What a spawner reported before it was killed is still there. One that reports nonsense is done
 * with, as if it had been killed. */
static void take_reports(struct loader *loader)
{
    struct spawn_report report;
    bool reset = false;
    for (;;) {
        bool got = spawner_receive(loader->end, &report, loader->slots_count) == OK;
        if (got ? !take_report(loader, &report) : errno == EPROTO) {
            reset = true;
            break;
        }
        if (!got && (errno != ECONNRESET || reset))
            break;
        reset |= !got;
    }
    if (reset)
        end_of_spawner(loader);
}

/* A pipe whose end `ends[0]` is read by us without waiting, and watched by this mark. 0, or an
 * errno. */
static int open_pipe(struct loader *loader, uint32_t mark, int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = mark};
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 &&
        epoll_ctl(loader->watch, EPOLL_CTL_ADD, ends[0], &event) == 0)
        return 0;
    int why = errno;
    close(ends[0]);
    close(ends[1]);
    return why;
}

/* Opens the pipes of a program and orders it to be started. 0, or an errno as of send_order. */
static int start_program(struct loader *loader, const struct job *job, uint32_t number,
                         int outputs[2])
{
    int output[2], errors[2];
    int why = open_pipe(loader, number, output);
    if (why)
        return why == EAGAIN ? EMFILE : why;
    why = open_pipe(loader, number | SLOT_ERRORS, errors);
    if (why) {
        close(output[0]);
        close(output[1]);
        return why == EAGAIN ? EMFILE : why;
    }
    struct spawn_order order = {.kind = SPAWN_START, .slot = number};
    memcpy(order.id, text_bytes(&job->text), text_size(&job->text));
    why = send_order(loader, &order, (int[]){output[1], errors[1]});
    close(output[1]);
    close(errors[1]);
    if (why) {
        close(output[0]);
        close(errors[0]);
        return why;
    }
    outputs[0] = output[0];
    outputs[1] = errors[0];
    return 0;
}

static int run(struct loader *loader, struct job *job, uint32_t number)
{
    struct program_slot *slot = &loader->slots[number];
    int outputs[2];
    int why = start_program(loader, job, number, outputs);
    if (why)
        return why;
    slot->busy = true;
    slot->refused = 0;
    slot->job = job;
    program_output_open(&slot->program, outputs[0], outputs[1]);
    slot->group = 0;
    job->slot = number;
    return 0;
}

static uint32_t free_slot(const struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++)
        if (!loader->slots[i].busy)
            return i;
    return SLOT_NONE;
}

/* Starts as many pending jobs as there is room for. */
static void run_pending(struct loader *loader, int64_t now_ns)
{
    struct job *job;
    uint32_t number;
    while (loader->end >= 0 && !loader->behind && (job = first_of(&loader->pending)) &&
           (number = free_slot(loader)) != SLOT_NONE) {
        int error = run(loader, job, number);
        if (error == EPIPE || error == ECONNRESET) {
            take_reports(loader);
        } else if (error == 0) {
            int64_t until_ns = job->due.at_ns;
            list_remove(&job->in_line);
            deadline_queue_remove(&job->due);
            deadline_queue_add(&loader->due, &job->due,
                               now_ns + min_i64(until_ns - now_ns, loader->limit_ns));
        } else if (error != EAGAIN) {
            FAIL_JOB(loader, job, ERROR_IO, "%s", strerror(error));
        }
    }
}

static void expire(struct loader *loader, int64_t now_ns)
{
    for (struct due *due; (due = deadline_queue_due(&loader->due, now_ns));) {
        struct job *job = container_of(due, struct job, due);
        if (job->slot == SLOT_NONE) {
            FAIL_JOB(loader, job, ERROR_IO, "its turn had not come at its time limit");
        } else {
            failure_set(&job->failure, ERROR_IO, "it had not ended at its time limit");
            give_up(loader, job->slot);
        }
    }
}

static void kill_those_owed(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count && !loader->behind; i++)
        if (loader->slots[i].kill_owed)
            kill_program(loader, i);
}

/* Does all that can be done now. Deadlines first: after a sleep it sees what fell due. */
static void run_once(struct loader *loader, int64_t now_ns)
{
    expire(loader, now_ns);
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loader->watch, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        uint32_t mark = events[i].data.u32, number = mark & ~SLOT_ERRORS;
        if (mark != SLOT_NONE) {
            if (mark & SLOT_ERRORS)
                read_errors(loader, number);
            else
                read_output(loader, number);
            continue;
        }
        if (loader->behind && (events[i].events & EPOLLOUT)) {
            loader->behind = false;
            watch_spawner(loader);
        }
        if (loader->end >= 0)
            take_reports(loader);
    }
    restart_spawner(loader, now_ns);
    kill_those_owed(loader);
    run_pending(loader, now_ns);
}

bool loader_take(struct loader *loader, int64_t now_ns, struct loaded *out)
{
    if (list_empty(&loader->ended))
        run_once(loader, now_ns);
    struct job *job = first_of(&loader->ended);
    if (!job)
        return false;
    list_remove(&job->in_line);
    *out = (struct loaded){.worker = job->worker, .failure = job->failure};
    *(job->failure.error ? &out->id : &out->value) = job->text;
    memory_free(job);
    return true;
}

enum error loader_start(struct loader *loader, struct worker_ref worker, const struct text *id,
                        int64_t now_ns, int64_t until_ns)
{
    struct job *job = memory_zeroed(sizeof *job);
    if (!job)
        return ERROR_MEMORY;
    if (text_copy(&job->text, id) != OK) {
        memory_free(job);
        return ERROR_MEMORY;
    }
    job->worker = worker;
    job->slot = SLOT_NONE;
    deadline_queue_add(&loader->due, &job->due, until_ns);
    list_add_last(&loader->pending, &job->in_line);
    if (!id_valid(text_bytes(id), text_size(id)))
        FAIL_JOB(loader, job, ERROR_TEXT, "it is not for an id");
    expire(loader, now_ns);
    run_pending(loader, now_ns);
    return OK;
}

int loader_fd(const struct loader *loader)
{
    return loader->watch;
}

int64_t loader_wake_ns(const struct loader *loader)
{
    if (!list_empty(&loader->ended))
        return 0;
    int64_t next_ns = deadline_queue_next_ns(&loader->due);
    return loader->end < 0 ? min_i64(next_ns, restart_ns(loader)) : next_ns;
}

struct loader *loader_new(const struct loader_setup *setup, struct failure *failure)
{
    must(setup->at_once > 0);
    struct loader *loader = memory_zeroed(sizeof *loader + setup->at_once * sizeof *loader->slots);
    if (!loader) {
        failure_memory(failure);
        return NULL;
    }
    loader->limit_ns = setup->limit_ns;
    loader->size_max = setup->size_max;
    loader->watch = loader->end = -1;
    loader->slots_count = setup->at_once;
    loader->log = setup->log;
    loader->context = setup->context;
    snprintf(loader->node, sizeof loader->node, "%s", setup->node);
    for (uint32_t i = 0; i < setup->at_once; i++)
        program_output_open(&loader->slots[i].program, -1, -1);
    if (load_command_init(&loader->command, setup->command, failure)) {
        memory_free(loader);
        return NULL;
    }
    loader->watch = epoll_create1(EPOLL_CLOEXEC);
    enum error error = loader->watch < 0 ? ERROR_IO : start_spawner(loader);
    if (error == OK)
        return loader;
    if (error == ERROR_MEMORY)
        failure_memory(failure);
    else
        failure_set(failure, ERROR_IO, "%s", strerror(errno));
    loader_delete(loader);
    return NULL;
}

void loader_delete(struct loader *loader)
{
    if (!loader)
        return;
    if (loader->end >= 0)
        close(loader->end); /* so the spawner kills what runs, and ends */
    if (loader->watch >= 0)
        close(loader->watch);
    if (loader->spawner > 0) {
        kill(loader->spawner, SIGCONT); /* were it stopped */
        reap(loader->spawner);
    }
    loader->log = NULL;
    fail_running(loader, "it is not loaded any more");
    for (struct job *job; (job = first_of(&loader->pending));)
        FAIL_JOB(loader, job, ERROR_IO, "it is not loaded any more");
    for (struct job *job; (job = first_of(&loader->ended));) {
        list_remove(&job->in_line);
        text_clear(&job->text);
        memory_free(job);
    }
    load_command_close(&loader->command);
    memory_free(loader);
}
