/* What a FAULT record says as data, and what is no sound one. */
#include "trace/fault.h"

#include "support/suite.h"

#define NODES 300u

static struct string_builder data;

static void begin(void)
{
    data = (struct string_builder){0};
}

static struct record record_of_fault(enum fault_kind kind)
{
    struct record record = record_of(RECORD_FAULT);
    record.code = (uint8_t)kind;
    record.id = text_borrow(data.text ? data.text : "", data.size);
    return record;
}

static bool is_sound(enum fault_kind kind, uint32_t nodes)
{
    struct fault fault;
    struct record record = record_of_fault(kind);
    return fault_read(&record, nodes, &fault);
}

static void nodes_come_back_as_runs_of_neighbours(void)
{
    static const node_id nodes[] = {0, 1, 5, 200, 201, 299};
    struct fault fault;
    begin();
    node_runs_put(&data, nodes, 6);
    struct record record = record_of_fault(FAULT_CRASH);
    CU_ASSERT_TRUE_FATAL(fault_read(&record, NODES, &fault));
    for (node_id node = 0, i = 0; node < NODES; node++) {
        bool named = i < 6 && nodes[i] == node;
        CU_ASSERT_EQUAL(node_runs_have(fault.nodes, node), named);
        i += named;
    }
    string_builder_close(&data);
}

static void all_of_many_nodes_take_a_few_bytes(void)
{
    static node_id nodes[NODES];
    for (node_id node = 0; node < NODES; node++)
        nodes[node] = node;
    begin();
    node_runs_put(&data, nodes, NODES);
    CU_ASSERT_TRUE(data.size <= 4);
    CU_ASSERT_TRUE(is_sound(FAULT_FREEZE, NODES));
    CU_ASSERT_FALSE(is_sound(FAULT_FREEZE, NODES - 1));
    string_builder_close(&data);
}

static void every_group_of_a_partition_is_found(void)
{
    struct fault fault;
    begin();
    node_runs_put(&data, NULL, 0);
    varint_put(&data, NODES);
    for (node_id node = 0; node < NODES; node++)
        node_runs_put(&data, &node, 1);
    struct record record = record_of_fault(FAULT_PARTITION);
    CU_ASSERT_TRUE_FATAL(fault_read(&record, NODES, &fault));
    CU_ASSERT_EQUAL(fault.groups_count, NODES);
    for (node_id node = 0; node < NODES; node++) {
        struct node_runs group = fault_next_group(&fault);
        CU_ASSERT_TRUE(node_runs_have(group, node));
        CU_ASSERT_FALSE(node_runs_have(group, (node + 1) % NODES));
    }
    string_builder_close(&data);
}

static void data_that_are_cut_short_or_too_long_are_refused(void)
{
    static const node_id nodes[] = {1, 200};
    begin();
    node_runs_put(&data, NULL, 0);
    node_runs_put(&data, nodes, 2);
    node_runs_put(&data, nodes, 1);
    string_builder_add_char(&data, 1);
    size_t size = data.size;
    CU_ASSERT_TRUE(is_sound(FAULT_CUT, NODES));
    for (data.size = 0; data.size < size; data.size++)
        CU_ASSERT_FALSE(is_sound(FAULT_CUT, NODES));
    data.size = size;
    string_builder_add_char(&data, 0);
    CU_ASSERT_FALSE(is_sound(FAULT_CUT, NODES));
    CU_ASSERT_FALSE(is_sound(FAULTS_COUNT, NODES));
    string_builder_close(&data);
}

static void any_bytes_are_read_within_their_bounds(void)
{
    uint64_t draw = 1;
    for (int i = 0; i < 20000; i++) {
        begin();
        for (size_t size = draw % 13; data.size < size;) {
            draw = draw * 6364136223846793005u + 1442695040888963407u;
            string_builder_add_char(&data, (char)(draw >> 33 & (draw >> 40 & 1 ? 0x03 : 0xff)));
        }
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        struct fault fault;
        struct record record = record_of_fault(draw >> 33 & 1 ? FAULT_CUT : FAULT_PARTITION);
        if (!fault_read(&record, NODES, &fault))
            CU_ASSERT_EQUAL(fault.groups_count, 0);
        for (uint32_t group = 0; group < fault.groups_count; group++) {
            node_id first;
            uint32_t count;
            struct node_runs set = fault_next_group(&fault);
            while (node_runs_next(&set, &first, &count))
                CU_ASSERT_TRUE(first < NODES && count <= NODES - first);
        }
        string_builder_close(&data);
    }
}

SUITE(trace_fault, TEST(nodes_come_back_as_runs_of_neighbours),
      TEST(all_of_many_nodes_take_a_few_bytes), TEST(every_group_of_a_partition_is_found),
      TEST(data_that_are_cut_short_or_too_long_are_refused),
      TEST(any_bytes_are_read_within_their_bounds));
