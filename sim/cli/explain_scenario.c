#include "cli/explain_scenario.h"

#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/run_source.h"
#include "scenario/value.h"
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

/* Finds what the story is about. Of the worst request this is its number first, then its time. */
static enum status seek(const struct run_source *source, struct story_search *search)
{
    enum status status = run_source_follow(source, &search->reader);
    if (!status && search->found && search->subject.kind == STORY_OF_WORST) {
        struct story_subject subject = {.kind = STORY_OF_REQUEST,
                                        .request = search->subject.request};
        story_search_close(search);
        story_search_init(search, &subject);
        status = run_source_follow(source, &search->reader);
    }
    return status;
}

static enum status print_story(const struct run_source *source, const struct story_search *search)
{
    struct story_setup setup = run_source_story(source, search, stdout);
    if (search->subject.kind == STORY_OF_REQUEST)
        printf("request %" PRIu64 ", for id %.*s, made at n%u\n", search->subject.request,
               (int)text_size(&search->id), text_bytes(&search->id), search->caller + 1);
    struct story *story = story_new(&setup);
    if (!story)
        return report(STATUS_FAILED, source->name, "out of memory");
    enum status status = run_source_follow(source, (struct reader *)story);
    story_delete(story);
    return output_is_written(stdout, "standard output") ? status : STATUS_FAILED;
}

static const char *why_nothing(const struct story_subject *subject)
{
    if (subject->kind == STORY_OF_WORST)
        return "no request ended in this run";
    if (subject->kind == STORY_OF_ID)
        return "nobody asked for that id in this run: want one that was asked for, req=NUMBER or "
               "worst";
    return "there is no such request in this run";
}

static enum status explain(const struct options *options, const struct run_source *source)
{
    struct story_subject subject;
    struct story_search search;
    if (!read_subject(options->explained, &subject))
        return report(STATUS_WRONG, "--explain", "want an id, req=NUMBER or worst");
    story_search_init(&search, &subject);
    enum status status = seek(source, &search);
    if (!status && !search.found)
        status = report(STATUS_WRONG, source->name, why_nothing(&subject));
    else if (!status)
        status = print_story(source, &search);
    story_search_close(&search);
    return status;
}

struct run_result explain_scenario(const struct options *options, const char *file)
{
    struct run_source source;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    report_forget();
    result.status = run_source_open(&source, options, file);
    if (result.status)
        return result;
    result.status = explain(options, &source);
    run_source_close(&source);
    return result;
}
