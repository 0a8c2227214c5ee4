/* Measures what a run costs in a process that makes many.
 *
 *     bench_runs FILE [RUNS]
 *
 * Runs the scenario with the seeds 1..RUNS, judged and hashed, on one thread. Prints microseconds a
 * run: the median. */
#include "base/file_text.h"
#include "base/monotonic.h"
#include "scenario/parse.h"
#include "trace/hash.h"
#include "virtual/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS_MAX 100000u

static int64_t run_ns(struct plan *plan, uint64_t seed)
{
    struct runner *runner;
    struct runner_setup setup = {.plan = plan, .threads = 1, .cores = 1, .may_screen = true};
    int64_t begun_ns = monotonic_ns();
    plan->settings.seed = seed;
    must(!cluster_new(&runner, &setup));
    must(runner->operations->run(runner, TIME_NEVER) == RUN_OVER);
    runner->operations->hash(runner);
    runner->operations->delete (runner);
    return monotonic_ns() - begun_ns;
}

static int compare(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[RUNS_MAX];
    size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    struct file_text input;
    struct plan plan;
    char *diagnostics = NULL;
    must(argc > 1 && runs > 0 && runs <= RUNS_MAX);
    must(!file_text_read(&input, argv[1], PARSE_TEXT_MAX));
    if (parse_scenario(&plan, argv[1], input.text, input.size, NULL, 0, &diagnostics)) {
        fputs(diagnostics, stderr);
        return 2;
    }
    for (size_t i = 0; i < runs; i++)
        took_ns[i] = run_ns(&plan, i + 1);
    qsort(took_ns, runs, sizeof *took_ns, compare);
    printf("%" PRId64 "\n", took_ns[runs / 2] / 1000);
    plan_close(&plan);
    file_text_close(&input);
    return 0;
}
