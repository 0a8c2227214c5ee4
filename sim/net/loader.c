#include "net/loader.h"

#include "core/expiry.h"
#include "core/memory.h"
#include "net/fate.h"
#include "net/reap.h"
#include "net/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room that is made for what is read at once; the least that an output takes. */
#define READ_SIZE 4096u

/* Descriptors looked after in one pass; the others' turn comes in the next. */
#define EVENTS_MAX 64

/* As the number of a place. */
#define PLACE_NONE UINT32_MAX

struct job {
    struct due due;  /* in loader.due, until its fate is known */
    struct due turn; /* in loader.waiting, and then in loader.done: see queue_up */
    struct worker_ref worker;
    struct text text; /* its id; the value when it is done */
    uint32_t place;   /* PLACE_NONE: it has no program */
    enum fate fate;
    uint32_t detail;
};

/* Where one program at a time runs. */
struct place {
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
    struct expiry waiting;
    struct expiry done;
    uint32_t places_count;
    struct place places[];
};

/* A list in the order of coming: all at the same time. */
static void queue_up(struct expiry *line, struct job *job)
{
    expiry_add(line, &job->turn, 0);
}

static struct job *first_of(const struct expiry *line)
{
    struct due *turn = expiry_first(line);
    return turn ? container_of(turn, struct job, turn) : NULL;
}

static void close_output(struct place *place)
{
    if (place->output >= 0)
        close(place->output);
    place->output = -1;
}

static void drop_output(struct place *place)
{
    close_output(place);
    memory_free(place->bytes);
    place->bytes = NULL;
    place->size = 0;
    place->capacity = 0;
}

/* The job's fate is known: it leaves its place or the line. Its text is what the taker gets. */
static void settle(struct loader *loader, struct job *job, enum fate fate, uint32_t detail)
{
    if (job->place != PLACE_NONE) {
        loader->places[job->place].job = NULL;
        drop_output(&loader->places[job->place]);
    } else {
        expiry_remove(&job->turn);
    }
    expiry_remove(&job->due);
    job->place = PLACE_NONE;
    job->fate = fate;
    job->detail = detail;
    if (fate != FATE_LOADED)
        text_clear(&job->text);
    queue_up(&loader->done, job);
}

static void fail_all(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->places_count; i++)
        if (loader->places[i].job)
            settle(loader, loader->places[i].job, FATE_GONE, 0);
    for (struct job *job; (job = first_of(&loader->waiting));)
        settle(loader, job, FATE_GONE, 0);
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
                                .data.u32 = PLACE_NONE};
    epoll_ctl(loader->watch, EPOLL_CTL_MOD, loader->end, &event);
}

/* 0, EAGAIN if the order has to wait, or an errno. */
static int give_order(struct loader *loader, const struct order *order, int descriptor)
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
    struct order order = {.kind = ORDER_KILL, .place = number};
    loader->places[number].kill_owed = give_order(loader, &order, -1) != 0;
}

/* The job in the place has failed before its program has ended. */
static void give_up(struct loader *loader, uint32_t number, enum fate fate, uint32_t detail)
{
    settle(loader, loader->places[number].job, fate, detail);
    kill_program(loader, number);
}

/* Whether more was printed than a value may be, the '\n' at its end aside. */
static bool too_large(const struct loader *loader, const struct place *place)
{
    if (place->size <= loader->size_max)
        return false;
    return place->size > (size_t)loader->size_max + 1 || place->bytes[place->size - 1] != '\n';
}

/* Reads once. False: nothing more has come, or the output is closed, or the job has failed.
 */
static bool read_output(struct loader *loader, uint32_t number)
{
    struct place *place = &loader->places[number];
    void *bytes = place->bytes;
    if (place->output < 0)
        return false;
    if (memory_reserve(&bytes, &place->capacity, place->size + READ_SIZE, 1) != OK) {
        give_up(loader, number, FATE_MEMORY, 0);
        return false;
    }
    place->bytes = bytes;
    ssize_t size = read(place->output, place->bytes + place->size, place->capacity - place->size);
    if (size > 0) {
        place->size += (size_t)size;
        if (!too_large(loader, place))
            return true;
        give_up(loader, number, FATE_SIZE, loader->size_max);
        return false;
    }
    if (size == 0)
        close_output(place);
    else if (errno == EINTR)
        return true;
    else if (errno != EAGAIN)
        give_up(loader, number, FATE_ERRNO, (uint32_t)errno);
    return false;
}

/* The program has ended well, and all that it printed is here. */
static void make_value(struct loader *loader, struct job *job)
{
    const struct place *place = &loader->places[job->place];
    size_t size = place->size;
    size -= size > 0 && place->bytes[size - 1] == '\n';
    struct text value;
    if (text_set(&value, place->bytes, size) != OK) {
        settle(loader, job, FATE_MEMORY, 0);
        return;
    }
    text_clear(&job->text);
    job->text = value;
    settle(loader, job, FATE_LOADED, 0);
}

static void judge(struct loader *loader, uint32_t number, int status)
{
    struct place *place = &loader->places[number];
    if (place->refused)
        settle(loader, place->job, FATE_ERRNO, (uint32_t)place->refused);
    else if (WIFSIGNALED(status))
        settle(loader, place->job, FATE_SIGNAL, (uint32_t)WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        settle(loader, place->job, FATE_STATUS, (uint32_t)WEXITSTATUS(status));
    else
        make_value(loader, place->job);
}

static void hear_report(struct loader *loader, const struct report *report)
{
    must(report->place < loader->places_count);
    struct place *place = &loader->places[report->place];
    must(place->busy);
    if (report->kind == REPORT_REFUSED) {
        place->refused = report->value;
        return;
    }
    while (place->job && read_output(loader, report->place))
        ;
    if (place->job)
        judge(loader, report->place, report->value);
    place->busy = false;
    place->kill_owed = false;
}

static void hear_spawner(struct loader *loader)
{
    struct report report;
    while (spawner_hear(loader->end, &report) == OK)
        hear_report(loader, &report);
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

/* 0, or an errno as of give_order. */
static int run(struct loader *loader, struct job *job, uint32_t number)
{
    struct place *place = &loader->places[number];
    int ends[2];
    int why = open_output(loader, number, ends);
    if (why)
        return why == EAGAIN ? EMFILE : why;
    struct order order = {.kind = ORDER_START, .place = number};
    memcpy(order.id, text_bytes(&job->text), text_size(&job->text));
    why = give_order(loader, &order, ends[1]);
    close(ends[1]);
    if (why) {
        close(ends[0]);
        return why;
    }
    place->busy = true;
    place->refused = 0;
    place->job = job;
    place->output = ends[0];
    job->place = number;
    return 0;
}

static uint32_t free_place(const struct loader *loader)
{
    for (uint32_t i = 0; i < loader->places_count; i++)
        if (!loader->places[i].busy)
            return i;
    return PLACE_NONE;
}

/* Starts as many of those that wait as there is room for. */
static void run_waiting(struct loader *loader, int64_t now_ns)
{
    struct job *job;
    uint32_t number;
    while (loader->end >= 0 && !loader->behind && (job = first_of(&loader->waiting)) &&
           (number = free_place(loader)) != PLACE_NONE) {
        int why = run(loader, job, number);
        if (why == EPIPE || why == ECONNRESET) {
            end_of_spawner(loader);
        } else if (why == 0) {
            int64_t until_ns = job->due.at_ns;
            expiry_remove(&job->turn);
            expiry_remove(&job->due);
            expiry_add(&loader->due, &job->due,
                       until_ns - now_ns < loader->limit_ns ? until_ns : now_ns + loader->limit_ns);
        } else if (why != EAGAIN) {
            settle(loader, job, FATE_ERRNO, (uint32_t)why);
        }
    }
}

static void expire(struct loader *loader, int64_t now_ns)
{
    for (struct due *due; (due = expiry_due(&loader->due, now_ns));) {
        struct job *job = container_of(due, struct job, due);
        if (job->place == PLACE_NONE)
            settle(loader, job, FATE_WAITED, 0);
        else
            give_up(loader, job->place, FATE_LIMIT, 0);
    }
}

static void kill_those_owed(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->places_count && !loader->behind; i++)
        if (loader->places[i].kill_owed)
            kill_program(loader, i);
}

/* Does all that can be done now. Deadlines first: one who has been asleep sees what fell due. */
static void attend(struct loader *loader, int64_t now_ns)
{
    expire(loader, now_ns);
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loader->watch, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 != PLACE_NONE) {
            read_output(loader, events[i].data.u32);
            continue;
        }
        if (loader->behind && (events[i].events & EPOLLOUT)) {
            loader->behind = false;
            watch_spawner(loader);
        }
        hear_spawner(loader);
    }
    kill_those_owed(loader);
    run_waiting(loader, now_ns);
}

bool loader_take(struct loader *loader, int64_t now_ns, struct loaded *out)
{
    if (expiry_empty(&loader->done))
        attend(loader, now_ns);
    struct job *job = first_of(&loader->done);
    if (!job)
        return false;
    expiry_remove(&job->turn);
    *out = (struct loaded){
        .worker = job->worker, .loaded = job->fate == FATE_LOADED, .value = job->text};
    fate_say(job->fate, job->detail, out->why, sizeof out->why);
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
    job->place = PLACE_NONE;
    expiry_add(&loader->due, &job->due, until_ns);
    queue_up(&loader->waiting, job);
    if (!id_valid(text_bytes(id), text_size(id)))
        settle(loader, job, FATE_ID, 0);
    else if (loader->end < 0)
        settle(loader, job, FATE_GONE, 0);
    expire(loader, now_ns);
    run_waiting(loader, now_ns);
    return OK;
}

int loader_fd(const struct loader *loader)
{
    return loader->watch;
}

int64_t loader_wake_ns(const struct loader *loader)
{
    return expiry_empty(&loader->done) ? expiry_next_ns(&loader->due) : 0;
}

/* The spawner, and one descriptor to watch it by. On ERROR_IO errno says why, and loader_delete
 * frees what there is. */
static enum error begin(struct loader *loader, const struct loader_setup *setup)
{
    pid_t *programs = memory_zeroed(setup->at_once * sizeof *programs);
    if (!programs)
        return ERROR_MEMORY;
    struct spawner_setup spawner = {.command = &loader->command,
                                    .node = setup->node,
                                    .programs = programs,
                                    .places = setup->at_once};
    enum error error = spawner_fork(&spawner, &loader->spawner, &loader->end);
    memory_free(programs);
    if (error != OK)
        return error;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = PLACE_NONE};
    loader->watch = epoll_create1(EPOLL_CLOEXEC);
    if (loader->watch < 0 || epoll_ctl(loader->watch, EPOLL_CTL_ADD, loader->end, &event) < 0)
        return ERROR_IO;
    return OK;
}

struct loader *loader_new(const struct loader_setup *setup, char *why, size_t why_size)
{
    must(setup->at_once > 0);
    struct loader *loader = memory_zeroed(sizeof *loader + setup->at_once * sizeof *loader->places);
    if (!loader) {
        snprintf(why, why_size, "no memory");
        return NULL;
    }
    loader->limit_ns = setup->limit_ns;
    loader->size_max = setup->size_max;
    loader->watch = loader->end = -1;
    expiry_init(&loader->due);
    expiry_init(&loader->waiting);
    expiry_init(&loader->done);
    loader->places_count = setup->at_once;
    for (uint32_t i = 0; i < setup->at_once; i++)
        loader->places[i].output = -1;
    enum error error = command_init(&loader->command, setup->command, why, why_size);
    if (error != OK) {
        memory_free(loader);
        return NULL;
    }
    error = begin(loader, setup);
    if (error == OK)
        return loader;
    snprintf(why, why_size, "%s", error == ERROR_MEMORY ? "no memory" : strerror(errno));
    loader_delete(loader);
    return NULL;
}

/* The end of the socket has been closed, so the spawner kills what runs, and ends. */
static void await_spawner(pid_t spawner)
{
    kill(spawner, SIGCONT); /* were it stopped */
    reap(spawner);
}

void loader_delete(struct loader *loader)
{
    if (!loader)
        return;
    if (loader->end >= 0)
        close(loader->end);
    if (loader->watch >= 0)
        close(loader->watch);
    if (loader->spawner > 0)
        await_spawner(loader->spawner);
    fail_all(loader);
    for (struct job *job; (job = first_of(&loader->done));) {
        expiry_remove(&job->turn);
        text_clear(&job->text);
        memory_free(job);
    }
    command_close(&loader->command);
    memory_free(loader);
}
