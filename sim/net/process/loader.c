#include "net/process/loader.h"

#include "base/list.h"
#include "base/memory.h"
#include "base/number.h"
#include "net/process/reap.h"
#include "net/process/spawner.h"
#include "node/expiry.h"
#include "node/id.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Room that is made for what is read at once; the least that an output takes. */
#define READ_SIZE 4096u

/* Descriptors that are served in one pass; the others' turn comes in the next. */
#define EVENTS_MAX 64

#define SLOT_NONE UINT32_MAX

struct job {
    struct due due;           /* in loader.due, until it has ended */
    struct list_link in_line; /* in loader.pending, and then in loader.ended */
    struct worker_ref worker;
    struct text text; /* its id; the value when it has ended */
    uint32_t slot;    /* SLOT_NONE: it has no program */
    struct failure failure;
};

/* Where one program at a time runs. */
struct program_slot {
    bool busy;       /* a program is here, or its end has not been reported yet */
    bool kill_owed;  /* the order to kill it has not got through yet */
    int refused;     /* errno of why it could not be started, or 0 */
    struct job *job; /* NULL: it is free, or has been given up and is being killed */
    int output;      /* to be read; -1: at its end */
    char *bytes;
    size_t size;
    size_t capacity;
};

struct loader {
    struct command command;
    int64_t limit_ns;
    uint32_t size_max;
    int watch;     /* the epoll descriptor */
    int end;       /* of the socket to the spawner; -1: it is gone */
    pid_t spawner; /* 0: waited for */
    bool behind;   /* the spawner's socket is full: wait until there is room */
    struct expiry due;
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

static void close_output(struct program_slot *slot)
{
    if (slot->output >= 0)
        close(slot->output);
    slot->output = -1;
}

static void drop_output(struct program_slot *slot)
{
    close_output(slot);
    memory_free(slot->bytes);
    slot->bytes = NULL;
    slot->size = 0;
    slot->capacity = 0;
}

/* The job has ended: it leaves its slot or the line. Its text is what the taker gets. */
static void end_job(struct loader *loader, struct job *job)
{
    if (job->slot != SLOT_NONE) {
        loader->slots[job->slot].job = NULL;
        drop_output(&loader->slots[job->slot]);
    }
    list_remove(&job->in_line);
    expiry_remove(&job->due);
    job->slot = SLOT_NONE;
    if (job->failure.error)
        text_clear(&job->text);
    list_add_last(&loader->ended, &job->in_line);
}

#define FAIL_JOB(loader, job, error, ...)                                                          \
    (failure_set(&(job)->failure, error, __VA_ARGS__), end_job(loader, job))

static void fail_all(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++)
        if (loader->slots[i].job)
            FAIL_JOB(loader, loader->slots[i].job, ERROR_IO, "the spawner is gone");
    for (struct job *job; (job = first_of(&loader->pending));)
        FAIL_JOB(loader, job, ERROR_IO, "the spawner is gone");
}

static void end_of_spawner(struct loader *loader)
{
    close(loader->end);
    loader->end = -1;
    if (waitpid(loader->spawner, NULL, WNOHANG) != 0)
        loader->spawner = 0;
    fail_all(loader);
}

static void watch_spawner(struct loader *loader)
{
    struct epoll_event event = {.events = EPOLLIN | (loader->behind ? (uint32_t)EPOLLOUT : 0),
                                .data.u32 = SLOT_NONE};
    epoll_ctl(loader->watch, EPOLL_CTL_MOD, loader->end, &event);
}

/* 0, EAGAIN if the order has to wait, or an errno. */
static int send_order(struct loader *loader, const struct spawn_order *order, int descriptor)
{
    if (loader->behind)
        return EAGAIN;
    if (spawner_order(loader->end, order, descriptor) == OK)
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
    loader->slots[number].kill_owed = send_order(loader, &order, -1) != 0;
}

/* The job in the slot, whose failure is set, has failed before its program has ended. */
static void give_up(struct loader *loader, uint32_t number)
{
    end_job(loader, loader->slots[number].job);
    kill_program(loader, number);
}

/* Whether more was printed than a value may be, the '\n' at its end aside. */
static bool too_large(const struct loader *loader, const struct program_slot *slot)
{
    if (slot->size <= loader->size_max)
        return false;
    return slot->size > (size_t)loader->size_max + 1 || slot->bytes[slot->size - 1] != '\n';
}

/* Reads once. False: nothing more has come, or the output is closed, or the job has failed. */
static bool read_output(struct loader *loader, uint32_t number)
{
    struct program_slot *slot = &loader->slots[number];
    void *bytes = slot->bytes;
    if (slot->output < 0)
        return false;
    struct failure *failure = &slot->job->failure;
    if (memory_reserve(&bytes, &slot->capacity, slot->size + READ_SIZE, 1) != OK) {
        failure_memory(failure);
        give_up(loader, number);
        return false;
    }
    slot->bytes = bytes;
    ssize_t size = read(slot->output, slot->bytes + slot->size, slot->capacity - slot->size);
    if (size > 0) {
        slot->size += (size_t)size;
        if (!too_large(loader, slot))
            return true;
        failure_set(failure, ERROR_IO, "its output is longer than %u bytes", loader->size_max);
        give_up(loader, number);
        return false;
    }
    if (size < 0 && errno == EINTR)
        return true;
    if (size == 0) {
        close_output(slot);
    } else if (errno != EAGAIN) {
        failure_set(failure, ERROR_IO, "%s", strerror(errno));
        give_up(loader, number);
    }
    return false;
}

/* The program has ended well, and all that it printed is here. */
static void make_value(struct loader *loader, struct job *job)
{
    const struct program_slot *slot = &loader->slots[job->slot];
    size_t size = slot->size;
    size -= size > 0 && slot->bytes[size - 1] == '\n';
    struct text value;
    if (text_set(&value, slot->bytes, size) != OK) {
        failure_memory(&job->failure);
    } else {
        text_clear(&job->text);
        job->text = value;
    }
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

static void take_report(struct loader *loader, const struct spawn_report *report)
{
    must(report->slot < loader->slots_count);
    struct program_slot *slot = &loader->slots[report->slot];
    must(slot->busy);
    if (report->kind == SPAWN_REFUSED) {
        slot->refused = report->value;
        return;
    }
    while (slot->job && read_output(loader, report->slot))
        ;
    if (slot->job)
        end_program(loader, slot, report->value);
    slot->busy = false;
    slot->kill_owed = false;
}

static void take_reports(struct loader *loader)
{
    struct spawn_report report;
    while (spawner_receive(loader->end, &report) == OK)
        take_report(loader, &report);
    if (errno != EAGAIN && errno != EINTR)
        end_of_spawner(loader);
}

/* A pipe whose end `ends[0]` is read by us without waiting. 0, or an errno. */
static int open_output(struct loader *loader, uint32_t number, int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 &&
        epoll_ctl(loader->watch, EPOLL_CTL_ADD, ends[0], &event) == 0)
        return 0;
    int why = errno;
    close(ends[0]);
    close(ends[1]);
    return why;
}

/* 0, or an errno as of send_order. */
static int run(struct loader *loader, struct job *job, uint32_t number)
{
    struct program_slot *slot = &loader->slots[number];
    int ends[2];
    int why = open_output(loader, number, ends);
    if (why)
        return why == EAGAIN ? EMFILE : why;
    struct spawn_order order = {.kind = SPAWN_START, .slot = number};
    memcpy(order.id, text_bytes(&job->text), text_size(&job->text));
    why = send_order(loader, &order, ends[1]);
    close(ends[1]);
    if (why) {
        close(ends[0]);
        return why;
    }
    slot->busy = true;
    slot->refused = 0;
    slot->job = job;
    slot->output = ends[0];
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
            end_of_spawner(loader);
        } else if (error == 0) {
            int64_t until_ns = job->due.at_ns;
            list_remove(&job->in_line);
            expiry_remove(&job->due);
            expiry_add(&loader->due, &job->due,
                       now_ns + min_i64(until_ns - now_ns, loader->limit_ns));
        } else if (error != EAGAIN) {
            FAIL_JOB(loader, job, ERROR_IO, "%s", strerror(error));
        }
    }
}

static void expire(struct loader *loader, int64_t now_ns)
{
    for (struct due *due; (due = expiry_due(&loader->due, now_ns));) {
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
        if (events[i].data.u32 != SLOT_NONE) {
            read_output(loader, events[i].data.u32);
            continue;
        }
        if (loader->behind && (events[i].events & EPOLLOUT)) {
            loader->behind = false;
            watch_spawner(loader);
        }
        take_reports(loader);
    }
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
    *out = (struct loaded){.worker = job->worker, .value = job->text, .failure = job->failure};
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
    expiry_add(&loader->due, &job->due, until_ns);
    list_add_last(&loader->pending, &job->in_line);
    if (!id_valid(text_bytes(id), text_size(id)))
        FAIL_JOB(loader, job, ERROR_TEXT, "it is not for an id");
    else if (loader->end < 0)
        FAIL_JOB(loader, job, ERROR_IO, "the spawner is gone");
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
    return list_empty(&loader->ended) ? expiry_next_ns(&loader->due) : 0;
}

/* The spawner, and one descriptor to watch it by. Whatever fails, loader_delete frees what there
 * is. */
static enum error open_spawner(struct loader *loader, const struct loader_setup *setup,
                               struct failure *failure)
{
    pid_t *programs = memory_zeroed(setup->at_once * sizeof *programs);
    if (!programs)
        return failure_memory(failure);
    struct spawner_setup spawner = {.command = &loader->command,
                                    .node = setup->node,
                                    .programs = programs,
                                    .slots = setup->at_once};
    enum error error = spawner_fork(&spawner, &loader->spawner, &loader->end);
    memory_free(programs);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = SLOT_NONE};
    if (error == OK)
        loader->watch = epoll_create1(EPOLL_CLOEXEC);
    if (error == OK && loader->watch >= 0 &&
        epoll_ctl(loader->watch, EPOLL_CTL_ADD, loader->end, &event) == 0)
        return OK;
    return failure_set(failure, ERROR_IO, "%s", strerror(errno));
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
    for (uint32_t i = 0; i < setup->at_once; i++)
        loader->slots[i].output = -1;
    if (command_init(&loader->command, setup->command, failure)) {
        memory_free(loader);
        return NULL;
    }
    if (open_spawner(loader, setup, failure) == OK)
        return loader;
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
    fail_all(loader);
    for (struct job *job; (job = first_of(&loader->ended));) {
        list_remove(&job->in_line);
        text_clear(&job->text);
        memory_free(job);
    }
    command_close(&loader->command);
    memory_free(loader);
}
