#include "cli/many_runs.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/number.h"
#include "cli/progress.h"
#include "cli/report.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>

/* Of all runs that a command makes: there is one line, and one thread that writes it. */
static struct progress shown_progress;

/* The cores that this process may use. */
static uint32_t cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return clamp_u32((uint32_t)count, 1, SWEEP_JOBS_MAX);
}

static int64_t left_ns(const struct sweep_progress *progress)
{
    unsigned __int128 left = progress->wanted - progress->runs;
    unsigned __int128 ns = left * (uint64_t)progress->wall_ns / progress->runs;
    return ns > TIME_NEVER ? TIME_NEVER : (int64_t)ns;
}

/* In a comparison the runs are those of all rows. */
static void show_progress(void *context, const struct sweep_progress *progress)
{
    char line[200];
    uint64_t ms = (uint64_t)max_i64(progress->wall_ns / NS_PER_MS, 1);
    (void)context;
    if (!progress->runs || !progress_is_due(&shown_progress))
        return;
    snprintf(line, sizeof line,
             "%" PRIu64 " of %" PRIu64 " runs, %" PRIu64 " a second, %" PRIu64 " failed, %s left",
             progress->runs, progress->wanted, progress->runs * 1000 / ms, progress->failed,
             duration_short(left_ns(progress)).text);
    progress_print(&shown_progress, line);
}

/* The process keeps what is freed for its next blocks, however large: else each run would get its
 * large blocks from the kernel, page by page. */
static void keep_freed_memory(void)
{
#ifdef M_TRIM_THRESHOLD
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
#endif
}

struct sweep_setup many_runs_setup(const struct options *options)
{
    keep_freed_memory();
    progress_begin(&shown_progress, 0, PROGRESS_ALONE);
    return (struct sweep_setup){.first = options->first_seed,
                                .last = options->last_seed,
                                .swarm = options->swarm ? SWARM_ON : SWARM_OFF,
                                .jobs = options->jobs ? options->jobs : cores(),
                                .is_stopped = interrupt_came,
                                .progress = show_progress};
}

void many_runs_end_progress(const struct sweep_setup *setup)
{
    (void)setup;
    progress_end(&shown_progress);
}

void many_runs_settle(struct run_result *result, const struct sweep *sweep)
{
    struct conclusion conclusion = sweep_conclude(sweep);
    result->wall_ns = sweep->wall_ns;
    result->verdict = conclusion_name(conclusion.kind);
    memcpy(result->reason, conclusion.reason, sizeof result->reason);
    if (sweep->state == RUN_OVER) {
        result->status = run_result_status(conclusion.kind);
    } else if (sweep->state == RUN_GOES_ON) {
        result->status = STATUS_INTERRUPTED;
    } else {
        char why[300];
        snprintf(why, sizeof why, "seed %" PRIu64 ": %.250s", sweep->first + sweep->runs,
                 sweep->why);
        result->status = report(STATUS_FAILED, sweep->plan->file, why);
        result->verdict = RUN_RESULT_ERROR;
        snprintf(result->reason, sizeof result->reason, "%s", why);
    }
}

enum status many_runs_failed(enum error error, const char *file)
{
    char why[128] = "out of memory (-j 1 needs the least)";
    if (error != ERROR_MEMORY)
        snprintf(why, sizeof why, "no thread can be started for a job: %s (a lower -j needs fewer)",
                 strerror(errno));
    return report(STATUS_FAILED, file, why);
}
