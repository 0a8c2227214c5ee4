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

/* The settings that a story knows, a line each. */
static const char *settings_of(const struct settings *settings, char lines[80])
{
    snprintf(lines, 80, "mailbox %u\nheld %u\nload-at-once %u\nhand-over %s\n", settings->mailbox,
             settings->held, settings->load_at_once, settings->hand_over ? "on" : "off");
    return lines;
}

/* The story of the subject in a run of the text, to be freed. */
static char *story_in(const char *text, struct story_subject subject)
{
    char *told, lines[80];
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
                                .views_static = plan.settings.membership_static,
                                .slots = plan.settings.leases ? plan.settings.slots : 0,
                                .settings = settings_of(&plan.settings, lines),
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

static void every_failure_has_its_reason(void)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"mailbox 2\nload 300ms\nconnect\nat 1s request 1 1 1 from n1\n",
         "worker 1 at n2 has been loading since 1.001s, 2 requests wait for it, and 'mailbox 2' "
         "allows no more\n"},
        {"mailbox 1\nwork 300ms\nconnect\nat 1s request 1 from n1\nat 1.1s request 1 1 from n3\n",
         "worker 1 at n2 has been in a turn since 1.001s, 1 request waits for it, and 'mailbox 1' "
         "allows no more\n"},
        {"mailbox 2\nownership lease\nlease 3s\nconnect\nat 2s request 1 from n1\n"
         "at 3s crash n2\nat 4.1s request 1 1 1 from n1\n",
         "2 requests wait at n1 for the lease of slot 88, which n2 (down) has until 5.001s, and "
         "'mailbox 2' allows no more\n"},
        {"ownership lease\nlease 3s\nconnect\nat 2s request 1 from n1\nat 3s crash n2\n"
         "at 4.1s request 1 from n3 timeout 300ms\n",
         "n1 waits for the lease of slot 88, which n2 (down) has until 5.001s\n"},
        {"ownership lease\nconnect\nat 1s crash n2,n3\nat 4s request 1 from n1\n",
         "n1 does not have the lease of slot 88, which n2 had until 2.667666668s; a lease takes 2 "
         "of 3 nodes, and n1 sees itself alone\n"},
        {"nodes 4\nownership lease\nconnect\nat 1s crash n3,n4\nat 4s request 2 from n1\n",
         "; a lease takes 3 of 4 nodes, and n1 sees fewer; it last heard n2 at 3.8"},
        {"ownership lease\nsuspect 4s\nlease 1s\nconnect\nat 2s cut n1 -> n2,n3\n"
         "at 4s request 3 from n1\n",
         "n1 does not have the lease of slot 240, which it had until 2.66766667s; a lease takes 2 "
         "of 3 nodes, and n1 has no answer of so many; it last heard n2 at 3.802s, n3 at 3.802s\n"},
        {"nodes 1\nload 700ms\nload-at-once 1\nat 1s request 1 from n1\n"
         "at 1s request 2 from n1 timeout 300ms\n",
         "worker 2 at n1 waits for its load to begin, as 'load-at-once 1' has it: 1 are under "
         "way\n"},
        {"fallback none\nload 500ms\nconnect\nat 1s request 1 from n1\nat 1.1s crash n2\n",
         "n2, which had it, is out of n1's view: whether it ran is not known; 'fallback none' "
         "allows no other try\n"},
        {"fallback none\nconnect\nat 1s freeze n2\nat 1s request 1 from n1 timeout 2s\n",
         "n2, which it was sent to, is out of n1's view: whether it ran is not known; "},
        {"load 500ms\nconnect\nat 1s request 1 from n1\nat 1.1s crash n1\n",
         "n1 goes down while the request is open\n"},
        {"connect\nat 1s crash n1\nat 2s request 1 from n1\n",
         "n1 is down: what is asked there ends at once\n"},
        {"fallback none\nmembership static\nat 1s crash n2\nat 2s request 1 from n1\n",
         "n1 knows that its owner is out of reach, and sends it nothing; 'fallback none' allows no "
         "other try\n"},
        {"work 300ms\nconnect\nat 1s request 2 from n2\nat 1.1s leave n2\nat 1.2s request 1 from "
         "n2\n",
         "n2 leaves, and takes no more requests\n"},
        {"suspect 5s\nconnect\nat 0s cut n3 <-> others\nat 1s request 1 from n3\n",
         "n3 joins, and takes nothing up before it has a view\n"},
        {"absent n3\nfallback none\nheld 1\nsuspect 3s\nlatency n1 -> n3 60ms\n"
         "latency n2 -> n3 150ms\nconnect\nat 1s join n3\nat 1.02s request 2 5 from n1\n",
         "n3 joins, and holds no more requests than 'held 1' allows\n"},
        {"connect\nat 1s freeze n1 for 3s\nat 1.1s request 1 from n1\n",
         "n1 sent it nowhere: it did not run meanwhile\n"},
        {"fallback none\nsuspect 5s\nconnect\nat 1s freeze n2\nat 1s request 1 from n1\n",
         "n2 (frozen) has not taken it\n"},
        {"fallback none\nloss 100%\nmembership static\nat 1s request 1 from n1\n",
         "n2 has never got it\n"},
        {"fallback none\nlatency 2s\nmembership static\nat 1s request 1 from n1\n",
         "it is on its way to n2 still\n"},
        {"fallback none\nconnect\nat 1s cut n2 -> n1\nat 1s request 1 from n1 timeout 500ms\n",
         "n2 has answered at 1.001s, and the reply is lost\n"},
        {"work 300ms\nretry 5s\nconnect\nat 1s request 1 1 1 from n1 timeout 500ms\n",
         "worker 1 at n2 has had it in its turn since 1.301s\n"},
        {"work 300ms\nretry 5s\nconnect\nat 1s request 1 1 1 from n1\n"
         "at 1.1s request 1 from n1 timeout 300ms\n",
         "worker 1 at n2 has been in a turn since 1.301s, and 1 request waits before it\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *told = story_in(cases[i].text, worst);
        if (!strstr(told, cases[i].reason))
            printf("\ntold:\n%swanted:\n%s", told, cases[i].reason);
        CU_ASSERT_PTR_NOT_NULL(strstr(told, cases[i].reason));
        free(told);
    }
}

/* That its mailbox is full says all; else it is told for what the request waits. */
static void a_wait_is_told_of_unless_it_is_refused_at_once(void)
{
    char *told = story_in("mailbox 2\nload 300ms\nconnect\nat 1s request 1 1 1 from n1\n", worst);
    CU_ASSERT_PTR_NULL(strstr(told, "wait before it"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "until it was refused"));
    free(told);
    told = story_in("load 300ms\nconnect\nat 1s request 1 1 from n1\nat 2s request 1 from n1\n",
                    (struct story_subject){.kind = STORY_OF_REQUEST, .request = 4});
    CU_ASSERT_PTR_NOT_NULL(
        strstr(told, "worker 1 at n2 has been loading since 1.001s, and 1 request waits before "
                     "it\n"));
    free(told);
    told = story_in("load-fail 100%\nconnect\nat 1s request 1 from n1\nat 2s request 1 from n3\n",
                    (struct story_subject){.kind = STORY_OF_REQUEST, .request = 3});
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "worker 1 at n2 could not load at 1.001s, which is "
                                        "remembered\n"));
    free(told);
}

static void a_story_has_who_gets_the_lease(void)
{
    static const char text[] = "ownership lease\nconnect\nat 2s request 1 from n1\n"
                               "at 3s crash n2\nat 4.1s request 1 from n1 timeout 5s\n";
    char *told = story_in(text, worst);
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "n1  wins the lease of slot 88\n"));
    CU_ASSERT_PTR_NULL(strstr(told, "n2  wins"));
    free(told);
    told = story_in(text, (struct story_subject){.kind = STORY_OF_ID, .id = text_borrow("1", 1)});
    CU_ASSERT_EQUAL(times_in("wins the lease of slot 88\n", told), 2);
    free(told);
}

SUITE(trace_story, TEST(a_request_is_told_of_with_the_view_the_ways_and_the_waits),
      TEST(faults_are_told_of_that_go_on_while_a_request_is_open),
      TEST(a_fault_of_several_nodes_is_over_once_it_has_ended_on_each),
      TEST(every_failure_has_its_reason), TEST(a_wait_is_told_of_unless_it_is_refused_at_once),
      TEST(a_story_has_who_gets_the_lease), TEST(an_id_s_story_has_its_workers_and_requests_alone));
