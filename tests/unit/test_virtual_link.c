/* What links remember, and that what they forget changes nothing. */
#include "virtual/link.h"

#include "base/random.h"
#include "support/parsed.h"
#include "support/suite.h"

enum { N1, N2, NODES = 3000 };

static struct plan plan;
static struct changes changes;
static struct cuts cuts;
static struct network network;

static void begin(const char *text)
{
    plan = parsed(text);
    changes_init(&changes, &plan.settings, NODES);
    cuts_init(&cuts, NODES, false);
    network_init(&network, &plan, &cuts, &changes);
}

static void end(void)
{
    cuts_close(&cuts);
    changes_close(&changes);
    plan_close(&plan);
}

static struct transit sent(struct links *links, node_id to, int64_t now_ns)
{
    struct transit transit;
    CU_ASSERT_EQUAL(link_send(&network, links, N1, to, now_ns, &transit), OK);
    return transit;
}

/* One sender sends to n2 alone, and at the same times another one that sends to all the others in
 * between, so that it forgets n2 now and then. */
static void same_with_and_without_others(int64_t gap_ns)
{
    struct links alone, busy;
    int64_t last_ns = 0;
    links_init(&alone);
    links_init(&busy);
    for (int64_t i = 0; i < 20000; i++) {
        int64_t now_ns = i / 2 * gap_ns; /* two at each instant */
        struct transit one = sent(&alone, N2, now_ns), other = sent(&busy, N2, now_ns);
        CU_ASSERT_EQUAL(one.dropped, other.dropped);
        CU_ASSERT_EQUAL(one.arrival_ns, other.arrival_ns);
        CU_ASSERT_EQUAL(one.doubled, other.doubled);
        CU_ASSERT_EQUAL(one.second_ns, other.second_ns);
        if (!other.dropped) {
            CU_ASSERT_TRUE(other.arrival_ns >= last_ns);
            last_ns = other.doubled ? other.second_ns : other.arrival_ns;
        }
        sent(&busy, N2 + 1 + (node_id)random_below(random_draw(1, (uint64_t)i), NODES - 2), now_ns);
    }
    CU_ASSERT_EQUAL(alone.pool.used, 1);
    CU_ASSERT_TRUE(busy.pool.used < 300); /* 200 messages are under way, at most */
    links_close(&alone);
    links_close(&busy);
}

static void what_a_link_forgets_changes_no_message(void)
{
    begin("nodes 3000\nlatency 1ms..10ms\nloss 20%\nduplicate 20%\nend 1s");
    same_with_and_without_others(100 * NS_PER_US);
    same_with_and_without_others(5 * NS_PER_MS);
    end();
}

static void a_link_is_remembered_while_something_is_under_way(void)
{
    struct links links;
    begin("nodes 3000\nlatency 1s\nloss 1%\nend 1s");
    links_init(&links);
    for (node_id to = 1; to < NODES; to++)
        sent(&links, to, NS_PER_MS);
    CU_ASSERT_EQUAL(links.pool.used, NODES - 1);
    for (node_id to = 1; to < NODES; to++)
        sent(&links, to, NS_PER_S + NS_PER_MS);
    CU_ASSERT_EQUAL(links.pool.used, NODES - 1);
    links_close(&links);
    end();
}

SUITE(virtual_link, TEST(what_a_link_forgets_changes_no_message),
      TEST(a_link_is_remembered_while_something_is_under_way));
