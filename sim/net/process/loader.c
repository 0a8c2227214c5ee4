#include "net/process/loader_state.h"

#include "base/memory.h"
#include "base/number.h"
#include "net/process/reap.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void loader_log(const struct loader *loader, const struct text *id, const char *line)
{
    if (loader->log)
        loader->log(loader->context, id, line);
}

static struct job *job_of(struct list_link *link)
{
    return container_of(link, struct job, link);
}

static struct job *due_job(struct due *due)
{
    return container_of(due, struct job, due);
}

/* ---- jobs ---------------------------------------------------------------------------------- */

static struct job *job_new(struct loader *loader, const struct loader_task *task)
{
    struct job *job = memory_zeroed(sizeof *job);
    if (!job)
        return NULL;
    if (text_copy(&job->id, task->id))
        goto free_job;
    if (task->demand && text_copy(&job->demand, task->demand))
        goto clear_id;
    snprintf(job->token, sizeof job->token, "%s", task->token ? task->token : "-");
    job->loader = loader;
    job->worker = task->worker;
    job->try = task->try;
    job->ends_ns = task->ends_ns;
    job->slot = SLOT_NONE;
    list_add_last(&loader->jobs, &job->link);
    return job;
clear_id:
    text_clear(&job->id);
free_job:
    memory_free(job);
    return NULL;
}

static void job_delete(struct job *job)
{
    list_remove(&job->link);
    text_clear(&job->id);
    text_clear(&job->demand);
    text_clear(&job->value);
    string_builder_close(&job->errors);
    memory_free(job);
}

/* It has a program no more, and waits for none. */
static void release(struct loader *loader, struct job *job)
{
    if (job->slot != SLOT_NONE)
        slots_leave(loader, job);
    else
        slots_unfollow(loader, job);
    deadline_queue_remove(&job->due);
}

void loader_end_job(struct loader *loader, struct job *job)
{
    release(loader, job);
    list_remove(&job->link);
    list_add_last(&loader->ended, &job->link);
}

void loader_wait(struct loader *loader, struct job *job, int64_t until_ns)
{
    deadline_queue_add(&loader->waiting, &job->due, until_ns);
}

/* From now on it is killed at its time. */
static void begin(struct loader *loader, struct job *job, int64_t now_ns)
{
    job->began = true;
    deadline_queue_remove(&job->due);
    int64_t for_ns = job->ends_ns == TIME_NEVER ? loader->limit_ns
                                                : min_i64(job->ends_ns - now_ns, loader->limit_ns);
    deadline_queue_add(&loader->running, &job->due, now_ns + for_ns);
}

/* False: it has to wait. */
static bool give(struct loader *loader, struct job *job, int64_t now_ns)
{
    int why = slots_give(loader, job);
    if (why == EAGAIN)
        return false;
    if (!why) {
        begin(loader, job, now_ns);
        if (loader->ordered)
            loader->look_ns = min_i64(loader->look_ns, now_ns + SPAWNER_LOOK_NS);
        return true;
    }
    if (why == ENOMEM)
        failure_memory(&job->failure);
    else
        failure_set(&job->failure, ERROR_IO, "%s", strerror(why));
    loader_end_job(loader, job);
    return true;
}

/* Starts as many jobs as there is room for. */
static void run_waiting(struct loader *loader, int64_t now_ns)
{
    for (struct due *due; (due = deadline_queue_first(&loader->waiting));)
        if (!give(loader, due_job(due), now_ns))
            return;
}

static void expire(struct loader *loader, int64_t now_ns)
{
    for (struct due *due; (due = deadline_queue_due(&loader->waiting, now_ns));)
        FAIL_JOB(loader, due_job(due), ERROR_IO, "its turn had not come at its time limit");
    for (struct due *due; (due = deadline_queue_due(&loader->running, now_ns));) {
        struct job *job = due_job(due);
        FAIL_JOB(loader, job, ERROR_IO,
                 job->began ? "it had not ended at its time limit"
                            : "its turn had not come at its time limit");
    }
}

/* Does all that can be done now. Deadlines first: after a sleep it sees what fell due. */
static void run_once(struct loader *loader, int64_t now_ns)
{
    expire(loader, now_ns);
    slots_run(loader, now_ns);
    run_waiting(loader, now_ns);
}

/* ---- for the node -------------------------------------------------------------------------- */

bool loader_take(struct loader *loader, int64_t now_ns, struct loaded *out)
{
    if (list_empty(&loader->ended))
        run_once(loader, now_ns);
    struct list_link *first = list_first(&loader->ended);
    if (!first)
        return false;
    struct job *job = job_of(first);
    *out = (struct loaded){
        .worker = job->worker, .id = job->id, .began = job->began, .failure = job->failure};
    memset(&job->id, 0, sizeof job->id);
    if (!job->failure.error) {
        out->value = job->value;
        memset(&job->value, 0, sizeof job->value);
    } else if (text_set(&out->errors, job->errors.text, job->errors.size)) {
        out->errors = (struct text){0};
    }
    job_delete(job);
    return true;
}

/* A turn goes to its worker's program, if there is one that is kept. */
static void enter(struct loader *loader, struct job *job, int64_t now_ns, int64_t until_ns)
{
    if (slots_kept(loader, job->worker))
        give(loader, job, now_ns);
    else if (job->try && slots_follow(loader, job))
        deadline_queue_add(&loader->running, &job->due, until_ns);
    else
        loader_wait(loader, job, until_ns);
}

enum error loader_start(struct loader *loader, const struct loader_task *task, int64_t now_ns)
{
    struct job *job = job_new(loader, task);
    if (!job)
        return ERROR_MEMORY;
    if (!id_valid(text_bytes(task->id), text_size(task->id)))
        FAIL_JOB(loader, job, ERROR_TEXT, "it is not for an id");
    else
        enter(loader, job, now_ns, task->until_ns);
    expire(loader, now_ns);
    run_waiting(loader, now_ns);
    return OK;
}

static bool is_same(struct worker_ref a, struct worker_ref b)
{
    return a.slot == b.slot && a.number == b.number;
}

static void forget(struct loader *loader, struct list *jobs, struct worker_ref worker)
{
    list_each (link, jobs) {
        struct job *job = job_of(link);
        if (!is_same(job->worker, worker))
            continue;
        failure_set(&job->failure, ERROR_IO, "its worker has ended");
        release(loader, job);
        job_delete(job);
    }
}

void loader_end(struct loader *loader, struct worker_ref worker)
{
    forget(loader, &loader->jobs, worker);
    forget(loader, &loader->ended, worker);
    struct program_slot *kept = slots_kept(loader, worker);
    if (kept)
        slots_kill(loader, kept);
}

int loader_fd(const struct loader *loader)
{
    return loader->watch;
}

int64_t loader_wake_ns(const struct loader *loader)
{
    if (!list_empty(&loader->ended))
        return 0;
    int64_t next_ns =
        min_i64(deadline_queue_next_ns(&loader->waiting), deadline_queue_next_ns(&loader->running));
    next_ns = min_i64(next_ns, min_i64(loader->orphans_ns, loader->look_ns));
    return loader->end < 0 ? min_i64(next_ns, loader_restart_ns(loader)) : next_ns;
}

struct loader *loader_new(const struct loader_setup *setup, struct failure *failure)
{
    must(setup->at_once > 0);
    struct loader *loader = memory_zeroed(sizeof *loader + setup->at_once * sizeof *loader->slots);
    if (!loader) {
        failure_memory(failure);
        return NULL;
    }
    loader->kind = setup->kind;
    deadline_queue_init(&loader->waiting);
    deadline_queue_init(&loader->running);
    loader->orphans_ns = loader->look_ns = TIME_NEVER;
    loader->limit_ns = setup->limit_ns;
    loader->size_max = setup->size_max;
    loader->watch = loader->end = -1;
    loader->slots_count = setup->at_once;
    loader->log = setup->log;
    loader->context = setup->context;
    snprintf(loader->node, sizeof loader->node, "%s", setup->node);
    for (uint32_t i = 0; i < setup->at_once; i++) {
        program_output_open(&loader->slots[i].program, -1, -1);
        program_input_open(&loader->slots[i].input, -1);
    }
    if (program_command_init(&loader->command, setup->command, failure)) {
        memory_free(loader);
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN); /* a program need not read its input */
    loader->watch = epoll_create1(EPOLL_CLOEXEC);
    enum error error = loader->watch < 0 ? ERROR_IO : loader_fork_spawner(loader);
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
    loader->log = NULL;
    slots_close(loader);
    if (loader->watch >= 0)
        close(loader->watch);
    list_each (link, &loader->jobs) {
        struct job *job = job_of(link);
        deadline_queue_remove(&job->due);
        job_delete(job);
    }
    list_each (link, &loader->ended)
        job_delete(job_of(link));
    program_command_close(&loader->command);
    memory_free(loader);
}
