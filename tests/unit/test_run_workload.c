/* When clients ask, and what they do when a request fails. */
#include "run/workload.h"

#include "support/parsed.h"
#include "support/suite.h"

#define S  NS_PER_S
#define MS NS_PER_MS

static struct plan plan;
static struct client client;

static void keep(void *context, node_id node, struct client made)
{
    (void)context, (void)node;
    client = made;
}

/* The last client of the text's first action. */
static void begin(const char *text)
{
    plan = parsed(text);
    struct workload workload = {.action = &plan.actions[0],
                                .from = plan.actions[0].as.load.from,
                                .seed = 1,
                                .key = 2,
                                .from_ns = plan.actions[0].at_ns,
                                .nodes = plan.settings.nodes};
    workload_spread(&workload, keep, NULL);
}

static uint64_t requests_between(int64_t from_ns, int64_t to_ns)
{
    uint64_t count = 0;
    struct client source = client;
    for (int64_t t_ns = plan.actions[0].at_ns;;) {
        int64_t gap_ns = client_next_gap_ns(&source, t_ns);
        CU_ASSERT_TRUE(gap_ns >= 1);
        t_ns += gap_ns;
        if (t_ns >= to_ns)
            return count;
        count += t_ns >= from_ns;
    }
}

static bool near(uint64_t count, uint64_t wanted)
{
    return count * 100 > wanted * 92 && count * 100 < wanted * 108;
}

static void a_ramp_goes_in_a_straight_line(void)
{
    begin("nodes 1\nat 1s requests 1000/s..5000/s from n1 ids 1..9 until 11s\n");
    CU_ASSERT_TRUE(near(requests_between(S, 11 * S), 30000));
    CU_ASSERT_TRUE(near(requests_between(S, 3 * S), 2800));
    CU_ASSERT_TRUE(near(requests_between(9 * S, 11 * S), 9200));
    CU_ASSERT_EQUAL(client_next_gap_ns(&client, 11 * S), TIME_NEVER);
    plan_close(&plan);
    begin("nodes 1\nat 1s requests 4000/s..1000/s from n1 ids 1..9 until 11s\n");
    CU_ASSERT_TRUE(near(requests_between(S, 6 * S), 16250));
    CU_ASSERT_TRUE(near(requests_between(6 * S, 11 * S), 8750));
    plan_close(&plan);
    begin("nodes 1\nat 1s requests 2000/s from n1 ids 1..9 until 11s\n");
    CU_ASSERT_TRUE(near(requests_between(S, 11 * S), 20000));
    plan_close(&plan);
}

static bool is_same_id(struct text before)
{
    struct text kept;
    CU_ASSERT_EQUAL_FATAL(text_copy(&kept, &before), OK);
    struct text next = client_next_id(&client);
    bool same = text_equal(&kept, &next);
    text_clear(&kept);
    return same;
}

static void a_client_retries_the_same_id_so_often_and_then_goes_on(void)
{
    begin(
        "at 1s clients 1 from n1 ids 1..1000000 until 9s think 5ms retry 3 backoff 50ms..300ms\n");
    for (int round = 0; round < 100; round++) {
        struct text id = client_next_id(&client);
        int64_t rest_ns = client_rest_ns(&client, false, MS);
        CU_ASSERT_TRUE(rest_ns >= 50 * MS && rest_ns <= 100 * MS);
        CU_ASSERT_TRUE(is_same_id(id));
        rest_ns = client_rest_ns(&client, false, MS);
        CU_ASSERT_TRUE(rest_ns >= 50 * MS && rest_ns <= 200 * MS);
        CU_ASSERT_TRUE(is_same_id(id));
        rest_ns = client_rest_ns(&client, false, MS);
        CU_ASSERT_TRUE(rest_ns >= 50 * MS && rest_ns <= 300 * MS);
        CU_ASSERT_TRUE(is_same_id(id));
        CU_ASSERT_EQUAL(client_rest_ns(&client, false, MS), 5 * MS); /* it gives up */
        CU_ASSERT_FALSE(is_same_id(id));
    }
    plan_close(&plan);
}

static void an_answer_ends_the_retries(void)
{
    begin("at 1s clients 1 from n1 ids 1..1000000 until 9s retry 1 backoff 50ms..300ms\n");
    struct text id = client_next_id(&client);
    client_rest_ns(&client, false, MS);
    CU_ASSERT_TRUE(is_same_id(id));
    CU_ASSERT_EQUAL(client_rest_ns(&client, true, MS), 0);
    CU_ASSERT_FALSE(is_same_id(id));
    id = client_next_id(&client);
    CU_ASSERT_TRUE(client_rest_ns(&client, false, MS) >= 50 * MS); /* it has its retry again */
    CU_ASSERT_TRUE(is_same_id(id));
    plan_close(&plan);
}

static void a_client_to_whom_all_happens_in_no_time_rests_a_little(void)
{
    begin("at 1s clients 1 from n1 ids 1..9 until 9s retry 2\n");
    CU_ASSERT_EQUAL(client_rest_ns(&client, true, 0), 100 * NS_PER_US);
    CU_ASSERT_EQUAL(client_rest_ns(&client, false, 0), 100 * NS_PER_US);
    CU_ASSERT_EQUAL(client_rest_ns(&client, false, 1), 0);
    plan_close(&plan);
}

static void draws_follow_the_seed(void)
{
    begin("at 1s clients 1 from n1 ids 1..1000000 until 9s\n");
    struct client other = client;
    client_set_seed(&other, 9);
    CU_ASSERT_NOT_EQUAL(other.id_key, client.id_key);
    client_set_seed(&other, 1);
    CU_ASSERT_EQUAL(other.id_key, client.id_key);
    CU_ASSERT_EQUAL(other.gap_key, client.gap_key);
    plan_close(&plan);
}

SUITE(run_workload, TEST(a_ramp_goes_in_a_straight_line),
      TEST(a_client_retries_the_same_id_so_often_and_then_goes_on),
      TEST(an_answer_ends_the_retries),
      TEST(a_client_to_whom_all_happens_in_no_time_rests_a_little), TEST(draws_follow_the_seed));
