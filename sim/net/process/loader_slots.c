/* Where a loader's programs run: what they are given, what they print, how they end. */
#include "net/process/loader_state.h"

#include "base/memory.h"
#include "base/number.h"
#include "net/process/program_pipes.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors that are served in one pass; the others' turn comes in the next. */
#define EVENTS_MAX 64

static uint32_t number_of(const struct loader *loader, const struct program_slot *slot)
{
    return (uint32_t)(slot - loader->slots);
}

/* ---- standard error ------------------------------------------------------------------------ */

/* A line goes into the log, and into the reason why a turn fails. */
static void take_line(void *context, const struct text *id, const char *line)
{
    struct job *job = context;
    loader_log(job->loader, id, line);
    if (!job->try)
        return;
    string_builder_add(&job->errors, line);
    string_builder_add(&job->errors, "\n");
}

/* Who gets what the program in the slot says. */
static struct line_reader reader_of(const struct loader *loader, const struct program_slot *slot)
{
    if (slot->job)
        return (struct line_reader){take_line, slot->job, &slot->id};
    return (struct line_reader){loader->log, loader->context, &slot->id};
}

static void read_errors(struct loader *loader, struct program_slot *slot)
{
    struct line_reader reader = reader_of(loader, slot);
    program_output_read_errors(&slot->program, &reader);
}

static void end_errors(struct loader *loader, struct program_slot *slot)
{
    struct line_reader reader = reader_of(loader, slot);
    program_output_end_errors(&slot->program, &reader);
}

/* ---- orders -------------------------------------------------------------------------------- */

/* A spawner that stands still would not kill it. */
static void order_kill(struct loader *loader, struct program_slot *slot)
{
    loader_wake_spawner(loader);
    struct spawn_order order = {.kind = SPAWN_KILL, .slot = number_of(loader, slot)};
    if (loader->end >= 0)
        slot->kill_unsent = loader_send_order(loader, &order, NULL, 0) != 0;
}

/* Nothing is read from it or written to it any more. */
static void close_pipes(struct loader *loader, struct program_slot *slot)
{
    end_errors(loader, slot);
    program_output_close(&slot->program);
    program_input_close(&slot->input);
    slot->input_watched = false;
}

void slots_kill(struct loader *loader, struct program_slot *slot)
{
    close_pipes(loader, slot);
    if (!slot->busy || slot->doomed)
        return;
    slot->doomed = true;
    loader->doomed_count++;
    order_kill(loader, slot);
}

/* ---- who has which slot -------------------------------------------------------------------- */

struct program_slot *slots_kept(struct loader *loader, struct worker_ref worker)
{
    for (uint32_t i = 0; loader->kind == LOADER_KEEPS && i < loader->slots_count; i++) {
        struct program_slot *slot = &loader->slots[i];
        if (slot->busy && !slot->doomed && !slot->job && slot->worker.slot == worker.slot &&
            slot->worker.number == worker.number)
            return slot;
    }
    return NULL;
}

bool slots_follow(struct loader *loader, struct job *job)
{
    for (uint32_t i = 0; loader->doomed_count && i < loader->slots_count; i++) {
        struct program_slot *slot = &loader->slots[i];
        if (slot->doomed && !slot->follower && text_equal(&slot->id, &job->id)) {
            slot->follower = job;
            return true;
        }
    }
    return false;
}

void slots_unfollow(struct loader *loader, const struct job *job)
{
    for (uint32_t i = 0; i < loader->slots_count; i++)
        if (loader->slots[i].follower == job)
            loader->slots[i].follower = NULL;
}

void slots_leave(struct loader *loader, struct job *job)
{
    struct program_slot *slot = &loader->slots[job->slot];
    job->slot = SLOT_NONE;
    if (job->answered && !slot->doomed) {
        end_errors(loader, slot);
        slot->job = NULL;
        slot->idle_since = ++loader->turns;
        return;
    }
    close_pipes(loader, slot);
    slot->job = NULL;
    slots_kill(loader, slot);
}

/* The program in the slot was started, or can't be, or nobody will know. */
static void note_start(struct loader *loader, struct program_slot *slot)
{
    loader->ordered -= slot->ordered;
    slot->ordered = false;
    if (!loader->ordered)
        loader->look_ns = TIME_NEVER;
}

/* The slot is free, as far as the spawner knows. */
static void vacate(struct loader *loader, struct program_slot *slot)
{
    struct job *follower = slot->follower;
    note_start(loader, slot);
    loader->doomed_count -= slot->doomed;
    slot->busy = slot->doomed = slot->kill_unsent = false;
    slot->group = 0;
    slot->follower = NULL;
    close_pipes(loader, slot);
    text_clear(&slot->id);
    if (!follower)
        return;
    int64_t until_ns = follower->due.at_ns;
    deadline_queue_remove(&follower->due);
    loader_wait(loader, follower, until_ns);
}

/* Of the kept programs that are idle the longest so. */
static struct program_slot *longest_idle(struct loader *loader)
{
    struct program_slot *found = NULL;
    for (uint32_t i = 0; loader->kind == LOADER_KEEPS && i < loader->slots_count; i++) {
        struct program_slot *slot = &loader->slots[i];
        if (slot->busy && !slot->doomed && !slot->job &&
            (!found || slot->idle_since < found->idle_since))
            found = slot;
    }
    return found;
}

/* A free slot, or NULL: then one is on its way to be, if there is one that is kept for nothing. */
static struct program_slot *free_slot(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++)
        if (!loader->slots[i].busy)
            return &loader->slots[i];
    struct program_slot *idle = loader->doomed_count ? NULL : longest_idle(loader);
    if (idle)
        slots_kill(loader, idle);
    return NULL;
}

/* ---- the end of a turn or load ------------------------------------------------------------- */

/* Why a kept program's turn has failed, in its own words, is the first that is said. */
static void fail_turn(struct loader *loader, struct job *job, const struct text *why)
{
    const char *end = memchr(text_bytes(why), '\n', text_size(why));
    uint32_t size = end ? (uint32_t)(end - text_bytes(why)) : text_size(why);
    if (size)
        FAIL_JOB(loader, job, ERROR_IO, "%.*s", (int)min_size(size, PROGRAM_LINE_MAX),
                 text_bytes(why));
    else
        FAIL_JOB(loader, job, ERROR_IO, "its program gave no reason");
}

/* Of a kept program: ends the turn if its answer is there. */
static void take_answer(struct loader *loader, struct program_slot *slot)
{
    struct text text = {0};
    struct job *job = slot->job;
    switch (program_output_answer(&slot->program, loader->size_max, &text)) {
    case ANSWER_PART:
        return;
    case ANSWER_WHOLE:
        job->answered = true;
        job->value = text;
        loader_end_job(loader, job);
        return;
    case ANSWER_FAILED:
        job->answered = true;
        fail_turn(loader, job, &text);
        text_clear(&text);
        return;
    case ANSWER_MALFORMED:
        FAIL_JOB(loader, job, ERROR_IO, "what it printed is no answer");
    }
}

/* Reads once. False: nothing more has come, or the output is closed, or the job has ended. */
static bool read_output(struct loader *loader, struct program_slot *slot)
{
    struct failure failure = {0};
    bool keeps = loader->kind == LOADER_KEEPS;
    uint32_t most = loader->size_max + (keeps ? PROGRAM_ANSWER_HEAD_MAX : 0);
    bool more = program_output_read(&slot->program, most, &failure);
    if (failure.error && slot->job) {
        slot->job->failure = failure;
        loader_end_job(loader, slot->job);
    } else if (keeps && slot->job && slot->program.size) {
        take_answer(loader, slot);
    } else if (keeps && !slot->job && (slot->program.size || slot->program.output < 0)) {
        slots_kill(loader, slot); /* it prints between turns, or no more */
    }
    return more && slot->job;
}

/* The program has ended well, and all that it printed is here. */
static void make_value(struct loader *loader, struct job *job, struct program_slot *slot)
{
    if (loader->kind == LOADER_KEEPS)
        failure_set(&job->failure, ERROR_IO, "it ended before its answer");
    else if (program_output_value(&slot->program, &job->value))
        failure_memory(&job->failure);
    loader_end_job(loader, job);
}

static void end_program(struct loader *loader, struct program_slot *slot, int status)
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
        make_value(loader, job, slot);
}

/* ---- reports ------------------------------------------------------------------------------- */

/* False: there is no such program to report of. */
static bool take_report(struct loader *loader, const struct spawn_report *report)
{
    struct program_slot *slot = &loader->slots[report->slot];
    if (!slot->busy)
        return false;
    note_start(loader, slot);
    if (report->kind == SPAWN_STARTED) {
        slot->group = report->value;
        return true;
    }
    if (report->kind == SPAWN_REFUSED) {
        slot->refused = report->value;
        return true;
    }
    while (slot->job && read_output(loader, slot))
        ;
    if (!slot->doomed) { /* there is nothing to kill any more */
        slot->doomed = true;
        loader->doomed_count++;
    }
    if (slot->job)
        end_program(loader, slot, report->value);
    vacate(loader, slot);
    return true;
}

/* Its programs are gone with it, by the kernel; what they started is killed here, as far as it is
 * in their groups, and the rest by loader_end_orphans. */
static void fail_programs(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count; i++) {
        struct program_slot *slot = &loader->slots[i];
        if (slot->busy && slot->group)
            kill(-slot->group, SIGKILL);
        if (slot->job)
            FAIL_JOB(loader, slot->job, ERROR_IO,
                     "the process that started its program was killed");
        if (slot->busy)
            vacate(loader, slot);
    }
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
    if (!reset)
        return;
    loader_lose_spawner(loader);
    fail_programs(loader);
}

void slots_close(struct loader *loader)
{
    loader_close_spawner(loader);
    for (uint32_t i = 0; i < loader->slots_count; i++) {
        loader->slots[i].job = NULL;
        close_pipes(loader, &loader->slots[i]);
        text_clear(&loader->slots[i].id);
    }
}

/* ---- programs ------------------------------------------------------------------------------ */

static int watch(const struct loader *loader, int descriptor, uint32_t events, uint32_t mark)
{
    struct epoll_event event = {.events = events, .data.u32 = mark};
    return epoll_ctl(loader->watch, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : errno;
}

static bool has_input(const struct loader *loader, const struct job *job)
{
    return loader->kind == LOADER_KEEPS || text_size(&job->demand);
}

/* Opens the pipes of a program and orders it to be started. 0, or an errno as of loader_send_order.
 */
static int start_program(struct loader *loader, const struct job *job, uint32_t number,
                         struct program_pipes *pipes)
{
    int why = program_pipes_open(pipes, has_input(loader, job) ? 3 : 2);
    if (why)
        return why;
    struct spawn_order order = {.kind = SPAWN_START, .slot = number, .try = job->try};
    memcpy(order.id, text_bytes(&job->id), text_size(&job->id));
    memcpy(order.token, job->token, sizeof order.token);
    why = watch(loader, pipes->ours[0], EPOLLIN, number);
    if (!why)
        why = watch(loader, pipes->ours[1], EPOLLIN, number | SLOT_ERRORS);
    if (!why)
        why = loader_send_order(loader, &order, pipes->its, pipes->count);
    program_pipes_close(pipes->its, pipes->count);
    if (why)
        program_pipes_close(pipes->ours, pipes->count);
    return why;
}

/* Writes on; a program that is not kept has the end of its input when all is written. */
static void write_input(struct loader *loader, struct program_slot *slot)
{
    uint32_t mark = number_of(loader, slot) | SLOT_INPUT;
    int descriptor = slot->input.descriptor;
    if (descriptor < 0)
        return;
    bool more = program_input_write(&slot->input);
    if (more && !slot->input_watched)
        slot->input_watched = watch(loader, descriptor, EPOLLOUT, mark) == 0;
    if (!more && slot->input_watched)
        epoll_ctl(loader->watch, EPOLL_CTL_DEL, descriptor, NULL);
    slot->input_watched &= more;
    if (!more && loader->kind != LOADER_KEEPS)
        program_input_close(&slot->input);
}

/* What the program is to read in this turn. ERROR_MEMORY. */
static enum error put_input(struct loader *loader, struct program_slot *slot, const struct job *job)
{
    char head[PROGRAM_HEAD_SIZE] = "";
    struct text payload = demand_payload(&job->demand);
    if (loader->kind == LOADER_KEEPS)
        snprintf(head, sizeof head, "%" PRIu32 " %u %s\n", text_size(&payload), job->try,
                 job->token);
    return program_input_put(&slot->input, head, &job->demand);
}

static void occupy(struct program_slot *slot, struct job *job, const struct program_pipes *pipes)
{
    slot->busy = slot->ordered = true;
    slot->refused = 0;
    slot->group = 0;
    slot->worker = job->worker;
    slot->input_watched = false;
    program_output_open(&slot->program, pipes->ours[0], pipes->ours[1]);
    program_input_open(&slot->input, pipes->count > 2 ? pipes->ours[2] : -1);
}

int slots_give(struct loader *loader, struct job *job)
{
    struct program_slot *slot = slots_kept(loader, job->worker);
    if (!slot) {
        struct program_pipes pipes;
        if (loader->end < 0 || loader->behind || !(slot = free_slot(loader)))
            return EAGAIN;
        if (text_copy(&slot->id, &job->id))
            return ENOMEM;
        int why = start_program(loader, job, number_of(loader, slot), &pipes);
        if (why)
            text_clear(&slot->id);
        if (why == EPIPE || why == ECONNRESET)
            take_reports(loader);
        if (why)
            return why == EPIPE || why == ECONNRESET ? EAGAIN : why;
        occupy(slot, job, &pipes);
        loader->ordered++;
    }
    if (has_input(loader, job) && put_input(loader, slot, job)) {
        slots_kill(loader, slot);
        return ENOMEM;
    }
    slot->job = job;
    job->slot = number_of(loader, slot);
    write_input(loader, slot);
    return 0;
}

/* ---- the watch ----------------------------------------------------------------------------- */

static void serve(struct loader *loader, const struct epoll_event *event)
{
    uint32_t mark = event->data.u32;
    struct program_slot *slot = &loader->slots[mark & ~(SLOT_ERRORS | SLOT_INPUT)];
    if (mark & SLOT_ERRORS)
        read_errors(loader, slot);
    else if (mark & SLOT_INPUT)
        write_input(loader, slot);
    else
        read_output(loader, slot);
}

static void send_kills_again(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->slots_count && !loader->behind; i++)
        if (loader->slots[i].kill_unsent)
            order_kill(loader, &loader->slots[i]);
}

/* Nor would one start anything. */
static void look_at_spawner(struct loader *loader, int64_t now_ns)
{
    if (now_ns < loader->look_ns)
        return;
    loader_wake_spawner(loader);
    loader->look_ns = now_ns + SPAWNER_LOOK_NS;
}

void slots_run(struct loader *loader, int64_t now_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loader->watch, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 != SLOT_NONE) {
            serve(loader, &events[i]);
            continue;
        }
        if (events[i].events & EPOLLOUT)
            loader_spawner_has_room(loader);
        if (loader->end >= 0)
            take_reports(loader);
    }
    look_at_spawner(loader, now_ns);
    loader_restart_spawner(loader, now_ns);
    loader_end_orphans(loader, now_ns);
    send_kills_again(loader);
}
