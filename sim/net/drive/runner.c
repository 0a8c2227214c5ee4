#include "net/drive/runner.h"

#include "base/memory.h"

#include <stdio.h>

struct driven_run {
    struct drive *drive;
    bool failed; /* and why is printed */
};

static struct drive *drive_of(const void *run)
{
    return ((const struct driven_run *)run)->drive;
}

static enum run_state go(void *run, int64_t until_ns)
{
    enum run_state state = drive_run(drive_of(run), until_ns);
    struct driven_run *driven = run;
    if (state == RUN_FAILED && !driven->failed)
        fprintf(stderr, "dpsim: --net: %s\n", drive_why(driven->drive));
    driven->failed = state == RUN_FAILED;
    return state;
}

static enum error add(void *run, const struct action *action)
{
    return drive_add(drive_of(run), action);
}

static const struct action *action_at(const void *run, uint32_t index)
{
    return actions_action(drive_deeds(drive_of(run)), index);
}

static int64_t now_ns(const void *run)
{
    return drive_now_ns(drive_of(run));
}

static struct totals totals(void *run)
{
    return drive_totals(drive_of(run));
}

static uint64_t events(const void *run)
{
    return drive_events(drive_of(run));
}

static const struct checker *check(const void *run)
{
    return judge_check(drive_judge(drive_of(run)));
}

static size_t missed(const void *run, const struct action **actions, size_t most)
{
    return actions_missed(drive_deeds(drive_of(run)), actions, most);
}

static void end(void *run)
{
    drive_delete(drive_of(run));
    memory_free(run);
}

enum error runner_drive(struct runner *runner, struct drive *drive)
{
    struct driven_run *driven = memory_zeroed(sizeof *driven);
    if (!driven)
        return ERROR_MEMORY;
    driven->drive = drive;
    *runner = (struct runner){.run = driven,
                              .live = true,
                              .go = go,
                              .add = add,
                              .action = action_at,
                              .next_ns = now_ns,
                              .now_ns = now_ns,
                              .totals = totals,
                              .events = events,
                              .check = check,
                              .missed = missed,
                              .end = end};
    return OK;
}
