#include "node/record.h"

#include "support/suite.h"

static void records_are_named_as_in_a_trace(void)
{
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_UP), "up");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_LOAD_FAILED), "load-failed");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_VIOLATION), "violation");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_DUPLICATE), "duplicate");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_LEASE), "lease");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_HANDED), "handed");
    CU_ASSERT_STRING_EQUAL(record_name(RECORD_MOVED), "moved");
    CU_ASSERT_EQUAL(RECORD_MOVED, RECORD_KINDS - 1);
}

static void drops_are_named_as_in_a_trace(void)
{
    static const char *const names[] = {"loss", "cut", "down", "full", "late"};
    CU_ASSERT_EQUAL_FATAL(DROPS_COUNT, 5);
    for (unsigned why = 0; why < DROPS_COUNT; why++)
        CU_ASSERT_STRING_EQUAL(drop_name((enum drop_why)why), names[why]);
}

static void no_two_records_have_one_name(void)
{
    for (unsigned a = 0; a < RECORD_KINDS; a++)
        for (unsigned b = 0; b < a; b++)
            CU_ASSERT_STRING_NOT_EQUAL(record_name((enum record_kind)a),
                                       record_name((enum record_kind)b));
}

/* Records are hashed as they lie, so that every byte must be said. */
static void a_new_record_is_all_zero_but_its_kind_and_its_nodes(void)
{
    struct record record = record_of(RECORD_SERVE), wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.kind = RECORD_SERVE;
    wanted.node = UINT32_MAX;
    wanted.peer = UINT32_MAX;
    CU_ASSERT_EQUAL(memcmp(&record, &wanted, sizeof record), 0);
}

static void a_view_is_its_bits_the_lowest_node_first(void)
{
    struct record view = record_of(RECORD_VIEW);
    view.value = text_borrow("\x81\x40", 2);
    for (node_id node = 0; node < 64; node++)
        CU_ASSERT_EQUAL(record_view_has(&view, node), node == 0 || node == 7 || node == 14);
    CU_ASSERT_FALSE(record_view_has(&view, 99999));
}

static void a_view_of_many_nodes_is_read_alike(void)
{
    char bits[100] = "";
    struct record view = record_of(RECORD_VIEW);
    bits[99] = (char)0x80;
    view.value = text_borrow(bits, sizeof bits);
    CU_ASSERT_TRUE(record_view_has(&view, 799));
    CU_ASSERT_FALSE(record_view_has(&view, 798));
    CU_ASSERT_FALSE(record_view_has(&view, 800));
}

static void a_number_tells_who_gave_it_out(void)
{
    for (uint32_t nodes = 1; nodes <= 4; nodes++)
        for (node_id node = 0; node < nodes; node++)
            for (uint64_t nth = 0; nth < 3; nth++)
                CU_ASSERT_EQUAL(number_owner(node + 1 + nth * nodes, nodes), node);
}

SUITE(node_record, TEST(records_are_named_as_in_a_trace), TEST(drops_are_named_as_in_a_trace),
      TEST(no_two_records_have_one_name), TEST(a_new_record_is_all_zero_but_its_kind_and_its_nodes),
      TEST(a_view_is_its_bits_the_lowest_node_first), TEST(a_view_of_many_nodes_is_read_alike),
      TEST(a_number_tells_who_gave_it_out));
