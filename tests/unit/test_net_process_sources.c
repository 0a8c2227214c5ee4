/* Open sources: their requests are due at times of their own, and whoever goes on with a source
 * from where another stopped makes the same ones. */
#include "net/process/sources.h"

#include "support/parsed.h"
#include "support/suite.h"

#define REQUESTS 200

static struct plan plan;
static struct open_sources sources;

static void add_source(void *context, node_id node, struct client client)
{
    (void)context;
    struct open_source source = {.due_ns = client_next_gap_ns(&client, 0),
                                 .until_ns = plan.actions[0].as.load.until_ns,
                                 .place = node,
                                 .client = client};
    CU_ASSERT_EQUAL(sources_add(&sources, &source), OK);
}

/* All nodes' sources in one set. */
static void open_set(const char *text)
{
    plan = parsed(text);
    struct workload workload = {.action = &plan.actions[0],
                                .from = plan.actions[0].as.load.from,
                                .seed = 3,
                                .nodes = plan.settings.nodes};
    workload_spread(&workload, add_source, NULL);
}

static void close_set(void)
{
    sources_close(&sources);
    plan_close(&plan);
}

static void what_is_due_comes_in_order_and_ends_at_until(void)
{
    int64_t last_ns = 0;
    unsigned count = 0;
    struct source_request request;
    open_set("nodes 3\nrequests 1000/s from any ids 1..9 until 1s\n");
    while (sources_next(&sources)) {
        int64_t due_ns = sources_due_ns(&sources);
        CU_ASSERT_TRUE(due_ns >= last_ns && due_ns < NS_PER_S);
        sources_take(&sources, &request);
        CU_ASSERT_EQUAL(text_size(&request.id), 1);
        CU_ASSERT_TRUE(request.made_ns == due_ns && request.how == REQUEST_AS_DUE);
        last_ns = due_ns;
        count++;
    }
    CU_ASSERT_EQUAL(sources_due_ns(&sources), TIME_NEVER);
    CU_ASSERT_TRUE(count > 800 && count < 1200);
    close_set();
}

static void what_is_skipped_is_what_would_have_been_taken(void)
{
    static int64_t due_ns[REQUESTS];
    int64_t gap_ns = 0;
    static char ids[REQUESTS][NUMBER_DIGITS + 1];
    static const char text[] = "nodes 3\nrequests 1000/s from n2 ids "
                               "1234567890123456..1234567890123999 until 9s\n";
    struct source_request request;
    open_set(text);
    for (int i = 0; i < REQUESTS; i++) {
        due_ns[i] = sources_due_ns(&sources);
        sources_take(&sources, &request);
        memcpy(ids[i], text_bytes(&request.id), text_size(&request.id));
        CU_ASSERT_TRUE(i == 0 || due_ns[i] == due_ns[i - 1] + gap_ns);
        gap_ns = request.gap_ns;
    }
    close_set();
    open_set(text);
    CU_ASSERT_EQUAL(sources_skip(&sources, due_ns[99] - 1, UINT64_MAX), 99);
    CU_ASSERT_EQUAL(sources_skip(&sources, due_ns[99], UINT64_MAX), 1);
    CU_ASSERT_EQUAL(sources_skip(&sources, due_ns[149], 7), 7);
    for (int i = 107; i < REQUESTS; i++) {
        CU_ASSERT_EQUAL(sources_due_ns(&sources), due_ns[i]);
        sources_take(&sources, &request);
        CU_ASSERT_TRUE(text_size(&request.id) == 16 &&
                       memcmp(text_bytes(&request.id), ids[i], 16) == 0);
        CU_ASSERT_EQUAL(request.how, i == 107 ? REQUEST_AFTER_GAP : REQUEST_AS_DUE);
    }
    close_set();
}

static void of_two_that_are_due_at_once_the_lower_place_is_first(void)
{
    open_set("nodes 1\nrequests 1/s from n1 ids a until 1000s\n");
    struct open_source source = *sources_next(&sources);
    sources_close(&sources);
    for (uint64_t place = 4; place-- > 0;) {
        source.place = place;
        source.due_ns = 5;
        CU_ASSERT_EQUAL(sources_add(&sources, &source), OK);
    }
    struct source_request request;
    for (uint64_t place = 0; place < 4; place++) {
        CU_ASSERT_EQUAL(sources_next(&sources)->place, place);
        CU_ASSERT_EQUAL(sources_due_ns(&sources), 5);
        sources_take(&sources, &request);
        CU_ASSERT_EQUAL(request.tag, TAG_SOURCE | place);
    }
    close_set();
}

static void a_source_without_a_request_before_its_end_is_not_kept(void)
{
    open_set("nodes 1\nrequests 1/s from n1 ids a until 1000s\n");
    struct open_source source = *sources_next(&sources);
    sources_close(&sources);
    source.until_ns = source.due_ns;
    CU_ASSERT_EQUAL(sources_add(&sources, &source), OK);
    CU_ASSERT_PTR_NULL(sources_next(&sources));
    source.until_ns++;
    CU_ASSERT_EQUAL(sources_add(&sources, &source), OK);
    CU_ASSERT_PTR_NOT_NULL(sources_next(&sources));
    close_set();
}

SUITE(net_process_sources, TEST(what_is_due_comes_in_order_and_ends_at_until),
      TEST(what_is_skipped_is_what_would_have_been_taken),
      TEST(of_two_that_are_due_at_once_the_lower_place_is_first),
      TEST(a_source_without_a_request_before_its_end_is_not_kept));
