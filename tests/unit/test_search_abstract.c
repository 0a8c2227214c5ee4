/* What state a cluster and its leases are in, as a hunt tells states apart. */
#include "base/bits.h"
#include "search/abstract.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

/* Fields, the lowest first. */
enum field { AGAIN, ORPHANS, ENDS, FREE, EPOCH, LATE, STALE, SILENT, ANSWERING };

#define LEASE_NS    900
#define EXCLUDES_NS 900 /* with no drift */

static struct abstract_leases begun(void)
{
    struct abstract_leases leases;
    struct settings settings = {.nodes = 3, .leases = true, .lease_ns = LEASE_NS};
    abstract_leases_begin(&leases, &settings);
    for (node_id node = 0; node < 3; node++) {
        struct record up = record_of(RECORD_UP);
        up.node = node;
        up.epoch = 1;
        abstract_leases_take(&leases, &up);
    }
    return leases;
}

static void take(struct abstract_leases *leases, int64_t t_ns, enum record_kind kind, node_id node)
{
    struct record record = record_of(kind);
    record.t_ns = record.clock_ns = t_ns;
    record.node = node;
    record.epoch = 2;
    record.message = MESSAGE_LEASE;
    record.peer = (node + 1) % 3;
    abstract_leases_take(leases, &record);
}

static void take_lease(struct abstract_leases *leases, int64_t t_ns, enum lease_how how,
                       node_id node)
{
    struct record record = record_of(RECORD_LEASE);
    record.t_ns = record.clock_ns = t_ns;
    record.node = node;
    record.code = (uint8_t)how;
    record.amount = t_ns + LEASE_NS;
    abstract_leases_take(leases, &record);
}

static uint64_t field(const struct abstract_leases *leases, int64_t now_ns, enum field which)
{
    return abstract_leases_state(leases, now_ns) >> 2 * which & 3;
}

static void acceptors_that_answer_are_a_majority_just_or_more(void)
{
    struct abstract_leases leases = begun();
    CU_ASSERT_EQUAL(field(&leases, 0, ANSWERING), 2);
    take(&leases, 0, RECORD_FROZEN, 2);
    CU_ASSERT_EQUAL(field(&leases, 0, ANSWERING), 1);
    take(&leases, 0, RECORD_DOWN, 1);
    CU_ASSERT_EQUAL(field(&leases, 0, ANSWERING), 0);
    take(&leases, 0, RECORD_THAWED, 2);
    CU_ASSERT_EQUAL(field(&leases, 0, ANSWERING), 1);
}

static void an_acceptor_that_restarted_is_silent_for_so_long_as_a_lease_lasts(void)
{
    struct abstract_leases leases = begun();
    take(&leases, 10, RECORD_DOWN, 0);
    take(&leases, 20, RECORD_UP, 0);
    CU_ASSERT_EQUAL(field(&leases, 20 + EXCLUDES_NS - 1, SILENT), 1);
    CU_ASSERT_EQUAL(field(&leases, 20 + EXCLUDES_NS - 1, ANSWERING), 1);
    CU_ASSERT_EQUAL(field(&leases, 20 + EXCLUDES_NS, SILENT), 0);
    CU_ASSERT_EQUAL(field(&leases, 20 + EXCLUDES_NS, ANSWERING), 2);
}

static void a_lease_of_a_node_that_went_down_goes_on_until_its_end(void)
{
    struct abstract_leases leases = begun();
    take_lease(&leases, 100, LEASE_WON, 1);
    CU_ASSERT_EQUAL(field(&leases, 100, FREE), 0);
    take(&leases, 300, RECORD_DOWN, 1);
    CU_ASSERT_EQUAL(field(&leases, 300, FREE), 1);
    CU_ASSERT_EQUAL(field(&leases, 100 + LEASE_NS - 1, ORPHANS), 1);
    CU_ASSERT_EQUAL(field(&leases, 100 + LEASE_NS, ORPHANS), 0);
}

static void a_lease_is_near_its_end_then_over_then_anothers_too(void)
{
    struct abstract_leases leases = begun();
    take_lease(&leases, 0, LEASE_WON, 1);
    CU_ASSERT_EQUAL(field(&leases, LEASE_NS * 2 / 3, ENDS), 0);
    CU_ASSERT_EQUAL(field(&leases, LEASE_NS * 2 / 3 + 1, ENDS), 1);
    CU_ASSERT_EQUAL(field(&leases, LEASE_NS, ENDS), 2);
    take_lease(&leases, LEASE_NS + 5, LEASE_WON, 2);
    CU_ASSERT_EQUAL(field(&leases, LEASE_NS + 5, ENDS), 3);
    take_lease(&leases, LEASE_NS + 6, LEASE_LOST, 1);
    CU_ASSERT_EQUAL(field(&leases, LEASE_NS + 6, ENDS), 0);
}

static void a_lease_won_anew_soon_after_is_told_for_a_while(void)
{
    struct abstract_leases leases = begun();
    take_lease(&leases, 0, LEASE_WON, 1);
    take_lease(&leases, 10, LEASE_RELEASED, 1);
    CU_ASSERT_EQUAL(field(&leases, 10, AGAIN), 0);
    take_lease(&leases, EXCLUDES_NS - 1, LEASE_WON, 1);
    CU_ASSERT_EQUAL(field(&leases, 2 * EXCLUDES_NS - 2, AGAIN), 1);
    CU_ASSERT_EQUAL(field(&leases, 2 * EXCLUDES_NS - 1, AGAIN), 0);
}

static void messages_from_before_a_lease_was_won_are_late_and_from_before_a_crash_stale(void)
{
    struct abstract_leases leases = begun();
    take(&leases, 0, RECORD_SEND, 1);
    CU_ASSERT_EQUAL(field(&leases, 0, LATE), 0);
    take_lease(&leases, 1, LEASE_WON, 1);
    CU_ASSERT_EQUAL(field(&leases, 1, LATE), 1);
    CU_ASSERT_EQUAL(field(&leases, 1, STALE), 0);
    take(&leases, 2, RECORD_DOWN, 1);
    CU_ASSERT_EQUAL(field(&leases, 2, STALE), 1);
    take(&leases, 3, RECORD_DROP, 1);
    CU_ASSERT_EQUAL(field(&leases, 3, LATE), 0);
    CU_ASSERT_EQUAL(field(&leases, 3, STALE), 0);
}

static void without_leases_there_is_no_state_of_them(void)
{
    struct abstract_leases leases;
    abstract_leases_begin(&leases, &(struct settings){.nodes = 3});
    take(&leases, 0, RECORD_UP, 1);
    CU_ASSERT_EQUAL(abstract_leases_state(&leases, 0), 0);
}

/* ---- situations of nodes ------------------------------------------------------------------- */

enum sight { DOWN, JOINING, ALONE, SOME, ALL };

static void tell(struct abstract *abstract, int64_t t_ns, enum record_kind kind, node_id node,
                 uint32_t epoch, const char *view)
{
    struct record record = record_of(kind);
    record.t_ns = t_ns;
    record.node = node;
    record.epoch = epoch;
    record.value = text_borrow(view, strlen(view));
    abstract->reader.take(&abstract->reader, &record);
}

/* The situations that there are at the end of the window of the last record, as bits. */
static uint64_t situations_of(struct abstract *abstract)
{
    tell(abstract, abstract->until_ns + 1, RECORD_FROZEN, 2, 0, "");
    return abstract->visits[abstract->visits_count - 1].features[ABSTRACT_FIRST_SITUATION / 64];
}

static uint64_t situation(uint32_t restarts, enum sight sight, uint32_t frozen)
{
    return UINT64_C(1) << (restarts << 4 | frozen << 3 | sight);
}

static void each_node_is_in_a_situation(void)
{
    struct abstract abstract;
    struct plan plan = parsed("nodes 3\nconnect\nat 1s request 1\n");
    CU_ASSERT_EQUAL_FATAL(abstract_init(&abstract, &plan), OK);
    abstract_begin(&abstract);
    for (node_id node = 0; node < 3; node++)
        tell(&abstract, 0, RECORD_UP, node, 1, "");
    CU_ASSERT_EQUAL(situations_of(&abstract), situation(0, JOINING, 0));
    tell(&abstract, abstract.until_ns - 1, RECORD_DOWN, 0, 1, "");
    tell(&abstract, abstract.until_ns - 1, RECORD_VIEW, 1, 1, "\2");
    tell(&abstract, abstract.until_ns - 1, RECORD_VIEW, 2, 1, "\7");
    CU_ASSERT_EQUAL(situations_of(&abstract),
                    situation(0, DOWN, 0) | situation(0, ALONE, 0) | situation(0, ALL, 1));
    tell(&abstract, abstract.until_ns - 1, RECORD_UP, 0, 3, "");
    tell(&abstract, abstract.until_ns - 1, RECORD_VIEW, 0, 3, "\3");
    tell(&abstract, abstract.until_ns - 1, RECORD_DOWN, 1, 1, "");
    tell(&abstract, abstract.until_ns - 1, RECORD_UP, 1, 9, "");
    CU_ASSERT_EQUAL(situations_of(&abstract),
                    situation(2, SOME, 0) | situation(3, JOINING, 0) | situation(0, ALL, 1));
    abstract_close(&abstract);
    plan_close(&plan);
}

SUITE(search_abstract, TEST(acceptors_that_answer_are_a_majority_just_or_more),
      TEST(an_acceptor_that_restarted_is_silent_for_so_long_as_a_lease_lasts),
      TEST(a_lease_of_a_node_that_went_down_goes_on_until_its_end),
      TEST(a_lease_is_near_its_end_then_over_then_anothers_too),
      TEST(a_lease_won_anew_soon_after_is_told_for_a_while),
      TEST(messages_from_before_a_lease_was_won_are_late_and_from_before_a_crash_stale),
      TEST(without_leases_there_is_no_state_of_them), TEST(each_node_is_in_a_situation));
