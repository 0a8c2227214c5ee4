/* Stories: what concerns a request or an id, in order, and what the time went to. */
#include "search/trial.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "trace/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool never(void)
{
    return false;
}

static void follow(const struct plan *plan, struct reader *reader)
{
    struct trial trial;
    struct trial_result result;
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, plan), OK);
    trial.reader = reader;
    trial_run(&trial, plan->settings.seed, &result);
    CU_ASSERT_EQUAL(result.state, RUN_OVER);
    trial_result_close(&result);
    trial_close(&trial);
}

/* The story of the subject in a run of the text, to be freed. */
static char *story_in(const char *text, struct story_subject subject)
{
    char *told;
    size_t size;
    struct plan plan = parsed(text);
    struct story_search search;
    story_search_init(&search, &subject);
    follow(&plan, &search.reader);
    if (search.subject.kind == STORY_OF_WORST) {
        subject =
            (struct story_subject){.kind = STORY_OF_REQUEST, .request = search.subject.request};
        story_search_close(&search);
        story_search_init(&search, &subject);
        follow(&plan, &search.reader);
    }
    CU_ASSERT_TRUE(search.found);
    FILE *out = open_memstream(&told, &size);
    struct story_setup setup = {.out = out,
                                .nodes = plan.settings.nodes,
                                .route = plan.settings.route,
                                .fallback = plan.settings.fallback,
                                .search = &search};
    struct story *story = story_new(&setup);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story);
    follow(&plan, (struct reader *)story);
    story_delete(story);
    fclose(out);
    story_search_close(&search);
    plan_close(&plan);
    return told;
}

static void story_is(const char *text, struct story_subject subject, const char *wanted)
{
    char *told = story_in(text, subject);
    if (strcmp(told, wanted) != 0)
        printf("\ntold:\n%swanted:\n%s", told, wanted);
    CU_ASSERT_STRING_EQUAL(told, wanted);
    free(told);
}

static const struct story_subject worst = {.kind = STORY_OF_WORST};

static void a_request_is_told_of_with_the_view_the_ways_and_the_waits(void)
{
    story_is(
        "nodes 3\nload 20ms\nconnect\nat 1s request 1 from n1\nat 2s request 2 from n2\n", worst,
        "  1.000s  n1  request 1 -> n2\n"
        "              n2 is the owner by modulo in n1's view n1,n2,n3\n"
        "              the request reaches n2 at 1.001s, after 1.0ms\n"
        "  1.001s  n2  worker 1 starts\n"
        "  1.021s  n2  worker 1 = 735 from n2, loaded in 20.0ms\n"
        "              n2 answers at 1.021s, 20.0ms after it came\n"
        "              the reply reaches n1 at 1.022s, after 1.0ms\n"
        "  1.022s  n1  reply 1 = 735 from n2, 22.0ms\n"
        "              22ms in all: 1.0ms on the way there, 20.0ms at the worker's node, 1.0ms "
        "on the way back\n");
}

static void faults_are_told_of_that_go_on_while_a_request_is_open(void)
{
    char *told = story_in("nodes 3\nfallback none\nconnect\nat 1s latency n1 -> n3 9ms for 500ms\n"
                          "at 1s loss n1 -> n3 50%\nat 1200ms freeze n2 for 1s\n"
                          "at 1500ms cut n1 -> n2\nat 1700ms heal\nat 1800ms cut n1 -> n2\n"
                          "at 2s request 1 from n1\nat 4s crash n3\n",
                          worst);
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "loss n1 -> n3 50%"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "freeze n2 for 1s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "1.800s  --  cut n1 -> n2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "request 1 to n2 is lost: the link is cut"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "request 1 fails: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "until its end, without an answer"));
    CU_ASSERT_PTR_NULL(strstr(told, "latency"));
    CU_ASSERT_PTR_NULL(strstr(told, "1.500s  --  cut"));
    CU_ASSERT_PTR_NULL(strstr(told, "crash n3"));
    free(told);
}

/* They end node by node. */
static void a_fault_of_several_nodes_is_over_once_it_has_ended_on_each(void)
{
    char *told = story_in("nodes 5\nconnect\nat 1s crash n2,n3 for 500ms\nat 3s freeze n4,n5\n"
                          "at 4s thaw n4\nat 6s request 1 from n1\n",
                          worst);
    CU_ASSERT_PTR_NULL(strstr(told, "crash"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "freeze n4,n5"));
    free(told);
    told = story_in("nodes 5\nconnect\nat 3s freeze n4,n5\nat 4s thaw n4\nat 5s thaw n5\n"
                    "at 6s request 1 from n1\n",
                    worst);
    CU_ASSERT_PTR_NULL(strstr(told, "freeze"));
    free(told);
}

static void an_id_s_story_has_its_workers_and_requests_alone(void)
{
    char *told = story_in("nodes 3\nttl 1s\nconnect\nat 1s request 7 8 from n1\nat 4s request 7\n",
                          (struct story_subject){.kind = STORY_OF_ID, .id = text_borrow("7", 1)});
    CU_ASSERT_EQUAL(times_in("worker 7 starts", told), 2);
    CU_ASSERT_EQUAL(times_in("worker 7 expires after 1s", told), 2);
    CU_ASSERT_EQUAL(times_in("is the owner by modulo", told), 2);
    CU_ASSERT_EQUAL(times_in("request 8", told) + times_in("worker 8", told), 0);
    free(told);
}

SUITE(trace_story, TEST(a_request_is_told_of_with_the_view_the_ways_and_the_waits),
      TEST(faults_are_told_of_that_go_on_while_a_request_is_open),
      TEST(a_fault_of_several_nodes_is_over_once_it_has_ended_on_each),
      TEST(an_id_s_story_has_its_workers_and_requests_alone));
