#include "cli/many_runs.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/number.h"
#include "cli/report.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define LINE_WIDTH 78

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

static void show_progress(void *context, const struct sweep_progress *progress)
{
    char line[160];
    uint64_t ms = (uint64_t)max_i64(progress->wall_ns / NS_PER_MS, 1);
    (void)context;
    if (!progress->runs)
        return;
    snprintf(line, sizeof line,
             "%" PRIu64 " of %" PRIu64 " runs, %" PRIu64 " a second, %" PRIu64 " failed, %s left",
             progress->runs, progress->wanted, progress->runs * 1000 / ms, progress->failed,
             duration_short(left_ns(progress)).text);
    fprintf(stderr, "\r%-*.*s", LINE_WIDTH, LINE_WIDTH, line);
    fflush(stderr);
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
    return (struct sweep_setup){.first = options->first_seed,
                                .last = options->last_seed,
                                .swarm = options->swarm ? SWARM_ON : SWARM_OFF,
                                .jobs = options->jobs ? options->jobs : cores(),
                                .is_stopped = interrupt_came,
                                .progress = isatty(STDERR_FILENO) ? show_progress : NULL};
}

void many_runs_end_progress(const struct sweep_setup *setup)
{
    if (setup->progress)
        fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
}

void many_runs_settle(struct run_result *result, const struct sweep *sweep)
{
    static const enum status statuses[] = {[CONCLUDED_PASS] = STATUS_HELD,
                                           [CONCLUDED_FAIL] = STATUS_BROKEN,
                                           [CONCLUDED_EMPTY] = STATUS_UNCHECKED};
    struct conclusion conclusion = sweep_conclude(sweep);
    result->wall_ns = sweep->wall_ns;
    result->verdict = conclusion_name(conclusion.kind);
    memcpy(result->reason, conclusion.reason, sizeof result->reason);
    if (sweep->state == RUN_OVER) {
        result->status = statuses[conclusion.kind];
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
    return report(STATUS_FAILED, file, error == ERROR_MEMORY ? "out of memory" : strerror(errno));
}
