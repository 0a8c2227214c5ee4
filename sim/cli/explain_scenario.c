#include "cli/explain_scenario.h"

#include "base/interrupt.h"
#include "check/conclusion.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "scenario/value.h"
#include "search/trial.h"
#include "trace/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "worst", "req=19", or an id. False: a request without a number. */
static bool read_subject(const char *what, struct story_subject *subject)
{
    static const char request[] = "req=";
    size_t size = sizeof request - 1;
    if (strcmp(what, "worst") == 0) {
        *subject = (struct story_subject){.kind = STORY_OF_WORST};
    } else if (strncmp(what, request, size) == 0) {
        struct word number = {what + size, strlen(what + size)};
        *subject = (struct story_subject){.kind = STORY_OF_REQUEST};
        return !value_number(number, &subject->request);
    } else {
        *subject =
            (struct story_subject){.kind = STORY_OF_ID, .id = text_borrow(what, strlen(what))};
    }
    return true;
}

/* Runs the plan, followed by the reader. */
static enum status follow(const struct plan *plan, struct reader *reader)
{
    struct trial trial;
    struct trial_result result = {0};
    enum status status = STATUS_HELD;
    if (trial_init(&trial, plan, interrupt_came) || trial_result_init(&result, plan)) {
        status = report(STATUS_FAILED, plan->file, "out of memory");
    } else {
        trial.reader = reader;
        trial_run(&trial, plan->settings.seed, &result);
        if (result.state == RUN_GOES_ON)
            status = STATUS_INTERRUPTED;
        else if (result.state != RUN_OVER)
            status = report(STATUS_FAILED, plan->file, result.why);
    }
    trial_result_close(&result);
    trial_close(&trial);
    return status;
}

/* Finds what the story is about. Of the worst request this is its number first, then its time. */
static enum status seek(const struct plan *plan, struct story_search *search)
{
    enum status status = follow(plan, &search->reader);
    if (!status && search->found && search->subject.kind == STORY_OF_WORST) {
        struct story_subject subject = {.kind = STORY_OF_REQUEST,
                                        .request = search->subject.request};
        story_search_close(search);
        story_search_init(search, &subject);
        status = follow(plan, &search->reader);
    }
    return status;
}

static enum status tell(const struct plan *plan, const struct story_search *search)
{
    struct story_setup setup = {.out = stdout,
                                .colour = output_wants_colour(),
                                .nodes = plan->settings.nodes,
                                .route = plan->settings.route,
                                .fallback = plan->settings.fallback,
                                .views_static = plan->settings.membership_static,
                                .search = search};
    if (search->subject.kind == STORY_OF_REQUEST)
        printf("request %" PRIu64 ", for id %.*s, made at n%u\n", search->subject.request,
               (int)text_size(&search->id), text_bytes(&search->id), search->caller + 1);
    struct story *story = story_new(&setup);
    if (!story)
        return report(STATUS_FAILED, plan->file, "out of memory");
    enum status status = follow(plan, (struct reader *)story);
    story_delete(story);
    return output_is_written(stdout, "standard output") ? status : STATUS_FAILED;
}

static enum status explain(const struct options *options, const struct plan *plan)
{
    struct story_subject subject;
    struct story_search search;
    if (!read_subject(options->explained, &subject))
        return report(STATUS_WRONG, "--explain", "want an id, req=NUMBER or worst");
    story_search_init(&search, &subject);
    enum status status = seek(plan, &search);
    if (!status && !search.found)
        status = report(STATUS_WRONG, plan->file,
                        subject.kind == STORY_OF_WORST ? "no request ended in this run"
                        : subject.kind == STORY_OF_ID  ? "nobody asked for that id in this run"
                                                       : "there is no such request in this run");
    else if (!status)
        status = tell(plan, &search);
    story_search_close(&search);
    return status;
}

struct run_result explain_scenario(const struct options *options, const char *file)
{
    struct plan plan;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    report_forget();
    result.status = scenario_file_plan(options, file, &plan);
    if (result.status)
        return result;
    plan.settings.trace = TRACE_ALL; /* which changes nothing but what is seen */
    result.status = explain(options, &plan);
    plan_close(&plan);
    return result;
}
