#include "cli/hunt_scenario.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/many_runs.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/repeat.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/script_file.h"
#include "search/hunt.h"
#include "search/shrink.h"
#include "trace/writer.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* So long the shrinking may take, besides the hunt. */
#define SHRINK_NS (120 * NS_PER_S)

#define FILES_MAX 9999

struct hunted {
    const struct options *options;
    const struct plan *plan;
    struct progress progress;
    struct hunt_result hunt;
    struct shrink_result shrunk;
    bool is_shrunk;
    char name[32];    /* of a file of its own */
    const char *file; /* that has the small scenario; NULL: it was not written */
    char *command;    /* that runs it; NULL: none */
};

/* ---- progress ------------------------------------------------------------------------------ */

static void show_hunt(void *context, const struct hunt_progress *state)
{
    struct hunted *hunted = context;
    char line[200], left[64] = "";
    uint64_t ms = (uint64_t)max_i64(state->wall_ns / NS_PER_MS, 1);
    if (!progress_is_due(&hunted->progress))
        return;
    if (hunted->options->hunt_ns)
        snprintf(left, sizeof left, ", %s left",
                 duration_short(max_i64(hunted->options->hunt_ns - state->wall_ns, 0)).text);
    snprintf(line, sizeof line, "%" PRIu64 " runs, %" PRIu64 " a second, %zu states%s", state->runs,
             state->runs * 1000 / ms, state->states, left);
    progress_print(&hunted->progress, line);
}

static void show_shrink(void *context, const struct shrink_progress *state)
{
    struct hunted *hunted = context;
    char line[100];
    if (!progress_is_due(&hunted->progress))
        return;
    snprintf(line, sizeof line, "found one: %zu lines left after %" PRIu64 " runs", state->lines,
             state->runs);
    progress_print(&hunted->progress, line);
}

/* ---- the small scenario -------------------------------------------------------------------- */

static void name_file(struct hunted *hunted)
{
    hunted->file = hunted->options->shrunk_file;
    for (int i = 1; i <= FILES_MAX && !hunted->file; i++) {
        snprintf(hunted->name, sizeof hunted->name, "dpsim-hunt-%d.txt", i);
        if (access(hunted->name, F_OK) != 0)
            hunted->file = hunted->name;
    }
}

static enum status write_script(struct hunted *hunted)
{
    const struct shrink_result *shrunk = &hunted->shrunk;
    char before[sizeof shrunk->target.text + 64], more[200];
    snprintf(before, sizeof before, "It fails by %s, as run %" PRIu64 " of a hunt from ",
             shrunk->target.text, hunted->hunt.runs);
    snprintf(more, sizeof more,
             "# %zu of the %zu lines of that run are left, after %" PRIu64 " runs%s.\n",
             shrunk->script.count, shrunk->lines, shrunk->runs,
             shrunk->is_limited ? "; the search was ended, and a smaller one may fail, too" : "");
    name_file(hunted);
    if (!hunted->file)
        return report(STATUS_FAILED, "dpsim-hunt-1.txt", "there are 9999 such files: remove some");
    enum status status = script_file_write(hunted->file, &shrunk->script,
                                           &(struct script_head){.options = hunted->options,
                                                                 .plan = hunted->plan,
                                                                 .before = before,
                                                                 .after = " does.",
                                                                 .more = more});
    if (status)
        hunted->file = NULL;
    else if (!options_is_stdout(hunted->file))
        hunted->command = repeat_command(&(struct options){.program = hunted->options->program},
                                         NULL, hunted->file);
    return status;
}

/* Makes the run that failed small. */
static enum status shrink_found(struct hunted *hunted)
{
    struct trial trial;
    struct failure failure;
    uint64_t seed = hunted->hunt.way.steps[0].seed;
    enum error error = trial_init(&trial, hunted->plan, interrupt_came);
    trial.swarm = SWARM_ON;
    trial.way = &hunted->hunt.way;
    if (!error) {
        struct shrink_setup setup = {.plan = trial_plan(&trial, seed),
                                     .seed = seed,
                                     .limit_ns = SHRINK_NS,
                                     .is_stopped = interrupt_came,
                                     .progress = show_shrink,
                                     .context = hunted};
        error = shrink(&hunted->shrunk, &setup, &failure);
        hunted->is_shrunk = !error;
    } else {
        failure_memory(&failure);
    }
    progress_end(&hunted->progress);
    enum status status =
        error ? report(STATUS_FAILED, hunted->plan->file, failure.text) : write_script(hunted);
    trial_close(&trial);
    return status;
}

/* ---- what is printed ----------------------------------------------------------------------- */

/* The rule, or the expectation in its words. */
static const char *what_broke(const struct hunted *hunted)
{
    uint32_t number = hunted->hunt.breach.number;
    return number < RULES_COUNT ? rule_name((enum rule)number)
                                : hunted->plan->expectations[breach_expectation(number)].text;
}

static void put_way(struct writer *writer, const struct way *way)
{
    for (uint32_t i = 0; i < way->count; i++) {
        WRITER_PUT(writer, "");
        writer_string(writer, i ? ",{\"t\":" : "[{\"t\":");
        writer_signed(writer, way->steps[i].at_ns);
        WRITER_MEMBER_NUMBER(writer, "seed", way->steps[i].seed);
        WRITER_PUT(writer, "}");
    }
    WRITER_PUT(writer, "]");
}

static void put_text(struct writer *writer, const char *text)
{
    if (text)
        writer_json(writer, text, strlen(text));
    else
        WRITER_PUT(writer, "null");
}

static void print_json(const struct hunted *hunted, const struct run_result *result)
{
    struct writer writer;
    char wall[32];
    const struct hunt_result *hunt = &hunted->hunt;
    writer_init(&writer, stdout);
    WRITER_PUT(&writer, "{\"verdict\":\"");
    writer_string(&writer, result->verdict);
    WRITER_PUT(&writer, "\",\"reason\":");
    put_text(&writer, result->reason);
    WRITER_KEY(&writer, "repeat");
    put_text(&writer, hunted->command);
    WRITER_KEY(&writer, "scenario");
    put_text(&writer, hunted->plan->file);
    WRITER_MEMBER_NUMBER(&writer, "seed", hunted->plan->settings.seed);
    WRITER_MEMBER_NUMBER(&writer, "runs", hunt->runs);
    WRITER_MEMBER_NUMBER(&writer, "guided", hunt->guided);
    WRITER_MEMBER_NUMBER(&writer, "states", hunt->states);
    snprintf(wall, sizeof wall, ",\"wall_s\":%.3f", (double)hunt->wall_ns / (double)NS_PER_S);
    writer_string(&writer, wall);
    WRITER_KEY(&writer, "broken");
    put_text(&writer, hunt->is_found ? what_broke(hunted) : NULL);
    if (hunt->is_found) {
        WRITER_KEY(&writer, "why");
        put_text(&writer, hunt->breach.why);
        WRITER_KEY(&writer, "way");
        put_way(&writer, &hunt->way);
        WRITER_KEY(&writer, "file");
        put_text(&writer, hunted->file);
        WRITER_MEMBER_NUMBER(&writer, "lines", hunted->shrunk.script.count);
        WRITER_MEMBER_NUMBER(&writer, "shrink_runs", hunted->shrunk.runs);
    }
    WRITER_PUT(&writer, "}\n");
    writer_flush(&writer);
}

static void print_found(const struct hunted *hunted)
{
    const struct way *way = &hunted->hunt.way;
    printf("found:     run %" PRIu64 ", seed %" PRIu64, hunted->hunt.runs, way->steps[0].seed);
    for (uint32_t i = 1; i < way->count; i++)
        printf(", from %s on %" PRIu64, duration_short(way->steps[i].at_ns).text,
               way->steps[i].seed);
    printf("\nbroken:    %s: %s\n", what_broke(hunted), hunted->hunt.breach.why);
    if (hunted->is_shrunk)
        printf("shrunk:    %zu lines of %zu, after %" PRIu64 " runs%s\n",
               hunted->shrunk.script.count, hunted->shrunk.lines, hunted->shrunk.runs,
               hunted->shrunk.is_limited ? "; more may be possible" : "");
    if (hunted->command)
        printf("repeat:    %s\n", hunted->command);
}

static void print_numbers(const struct hunt_result *hunt)
{
    uint64_t ms = (uint64_t)max_i64(hunt->wall_ns / NS_PER_MS, 1);
    printf("hunted:    %" PRIu64 " run%s in %s, %" PRIu64 " a second; %zu state%s seen, %" PRIu64
           " run%s started from one of them\n",
           hunt->runs, hunt->runs == 1 ? "" : "s", duration_short(hunt->wall_ns).text,
           hunt->runs * 1000 / ms, hunt->states, hunt->states == 1 ? "" : "s", hunt->guided,
           hunt->guided == 1 ? "" : "s");
}

static void print(const struct hunted *hunted, const struct run_result *result)
{
    const struct hunt_result *hunt = &hunted->hunt;
    if (hunted->options->json) {
        print_json(hunted, result);
        return;
    }
    if (options_is_stdout(hunted->file))
        return;
    struct writer writer;
    writer_init(&writer, stdout);
    WRITER_PUT(&writer, "scenario:  ");
    writer_shown(&writer, hunted->plan->file, strlen(hunted->plan->file), SIZE_MAX);
    WRITER_PUT(&writer, "\n");
    writer_flush(&writer);
    if (!hunted->options->quiet)
        print_numbers(hunt);
    if (hunt->is_found)
        print_found(hunted);
    printf("%s%s%s\n", result->verdict, *result->reason ? ": " : "", result->reason);
}

/* ---- the hunt ------------------------------------------------------------------------------ */

static void settle(const struct hunted *hunted, struct run_result *result)
{
    const struct hunt_result *hunt = &hunted->hunt;
    enum conclusion_kind kind = CONCLUDED_PASS;
    size_t size = sizeof result->reason;
    if (hunt->is_found) {
        kind = CONCLUDED_FAIL;
        snprintf(result->reason, size, "%s, in run %" PRIu64, what_broke(hunted), hunt->runs);
    } else if (hunt->state == RUN_GOES_ON) {
        kind = CONCLUDED_INTERRUPTED;
        snprintf(result->reason, size, "after %" PRIu64 " runs, none of which failed", hunt->runs);
    } else if (hunt->state != RUN_OVER) {
        kind = CONCLUDED_ERROR;
        snprintf(result->reason, size, "run %" PRIu64 ": %s", hunt->runs + 1, hunt->why);
    } else if (hunt->idle == hunt->runs) {
        kind = CONCLUDED_EMPTY;
        snprintf(result->reason, size, "%s",
                 hunt->runs ? hunt->idle_reason : "there was no time for a run");
    } else if (*hunt->never) {
        kind = CONCLUDED_EMPTY;
        snprintf(result->reason, size, "%s", hunt->never);
    }
    result->verdict = conclusion_name(kind);
    result->wall_ns = hunt->wall_ns;
    result->status = kind == CONCLUDED_ERROR
                         ? report(STATUS_FAILED, hunted->plan->file, result->reason)
                     : kind == CONCLUDED_INTERRUPTED || interrupt_came() ? STATUS_INTERRUPTED
                                                                         : run_result_status(kind);
}

static void hunt_plan(struct hunted *hunted, struct run_result *result)
{
    const struct options *options = hunted->options;
    struct hunt_setup setup = {.plan = hunted->plan,
                               .seed = hunted->plan->settings.seed,
                               .runs_most = options->hunt_ns ? UINT64_MAX : options->hunt_runs,
                               .limit_ns = options->hunt_ns ? options->hunt_ns : TIME_NEVER,
                               .jobs = many_runs_setup(options).jobs,
                               .is_stopped = interrupt_came,
                               .progress = show_hunt,
                               .context = hunted};
    progress_begin(&hunted->progress, 0, PROGRESS_ALONE);
    enum error error = hunt(&hunted->hunt, &setup);
    if (error) {
        progress_end(&hunted->progress);
        result->status = many_runs_failed(error, hunted->plan->file);
        return;
    }
    enum status written = hunted->hunt.is_found ? shrink_found(hunted) : STATUS_HELD;
    progress_end(&hunted->progress);
    settle(hunted, result);
    print(hunted, result);
    result->is_printed = true;
    if (written > result->status)
        result->status = written;
    if (!output_is_written(stdout, "standard output"))
        result->status = STATUS_FAILED;
}

struct run_result hunt_scenario(const struct options *options, const char *file)
{
    struct plan plan;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    struct hunted hunted = {.options = options, .plan = &plan};
    result.status = scenario_file_plan(options, file, &plan);
    if (result.status)
        return result;
    hunt_plan(&hunted, &result);
    shrink_close(&hunted.shrunk);
    memory_free(hunted.command);
    plan_close(&plan);
    return result;
}
