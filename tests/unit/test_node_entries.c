#include "node/entries.h"

#include "support/suite.h"

#define SLOTS 256u

static const struct entry example = {.kind = ENTRY_ACCEPT,
                                     .slot = 200,
                                     .ballot = {.round = 300, .node = 2, .incarnation = 7},
                                     .other = {.round = 1, .node = 2, .incarnation = 7},
                                     .token = {.epoch = 3, .counter = UINT64_MAX - 1}};

static bool same(const struct entry *a, const struct entry *b)
{
    return a->kind == b->kind && a->slot == b->slot &&
           ballot_compare(&a->ballot, &b->ballot) == 0 &&
           ballot_compare(&a->other, &b->other) == 0 && token_compare(&a->token, &b->token) == 0;
}

static struct entry of_slot(struct entry entry, uint32_t slot)
{
    entry.slot = slot;
    return entry;
}

/* The entries as bytes, which are the caller's to close; the entries are emptied. */
static struct string_builder put(struct entries *entries)
{
    struct string_builder bytes = {0};
    entries_put(entries, &bytes);
    CU_ASSERT_FALSE_FATAL(bytes.failed);
    entries_close(entries);
    return bytes;
}

/* Two entries as bytes, which are the caller's to close. */
static struct string_builder put_two(struct entry first, struct entry second)
{
    struct entries entries = {0};
    entries_add(&entries, &first);
    entries_add(&entries, &second);
    return put(&entries);
}

static struct entries_reader over(const char *bytes, size_t size, uint32_t nodes, uint32_t slots)
{
    struct text text = text_borrow(bytes, size);
    struct entries_reader reader = entries_reader_over(&text, nodes, slots);
    if (!text_is_large(&text)) /* the reader outlives it */
        reader.bytes = byte_reader_over(bytes, size);
    return reader;
}

static void expect(struct entries_reader *reader, struct entry entry, bool begins)
{
    CU_ASSERT_TRUE(entries_next(reader));
    CU_ASSERT_TRUE(same(&reader->entry, &entry));
    CU_ASSERT_EQUAL(reader->begins, begins);
}

static void entries_come_back_as_they_went(void)
{
    struct entry second = {.kind = ENTRY_PROMISE, .ballot = {.round = 1}};
    struct string_builder bytes = put_two(example, second);
    struct entries_reader reader = over(bytes.text, bytes.size, 3, SLOTS);
    expect(&reader, example, true);
    expect(&reader, second, true);
    CU_ASSERT_FALSE(entries_next(&reader));
    CU_ASSERT_TRUE(byte_reader_done(&reader.bytes));
    string_builder_close(&bytes);
}

static void entries_that_differ_in_their_slot_are_one_group(void)
{
    static const uint32_t slots[] = {0, 1, 3, 127, 128, 255};
    struct entries entries = {0};
    struct entry other = {.kind = ENTRY_PREPARE, .ballot = {.round = 1}};
    for (size_t i = 0; i < 6; i++) { /* two groups, in turns */
        struct entry first = of_slot(example, slots[i]), second = of_slot(other, slots[i]);
        CU_ASSERT_EQUAL(entries_add(&entries, &first), 0);
        CU_ASSERT_EQUAL(entries_add(&entries, &second), 1);
    }
    struct string_builder bytes = put(&entries);
    CU_ASSERT(bytes.size < 50);
    struct entries_reader reader = over(bytes.text, bytes.size, 3, SLOTS);
    for (size_t i = 0; i < 6; i++)
        expect(&reader, of_slot(example, slots[i]), i == 0);
    for (size_t i = 0; i < 6; i++)
        expect(&reader, of_slot(other, slots[i]), i == 0);
    CU_ASSERT_FALSE(entries_next(&reader));
    CU_ASSERT_TRUE(byte_reader_done(&reader.bytes));
    string_builder_close(&bytes);
}

/* Slots 7 and 300, after 5 in the same group, and as a group of its own among many. */
static void slots_that_are_listed_are_added_as_if_one_by_one(void)
{
    static const unsigned char list[] = {0xa4, 2};
    for (uint32_t round = 1; round < 12; round++) {
        struct entries one = {0}, all = {0};
        struct entry fifth = of_slot(example, 5), first = of_slot(example, 7);
        struct entry second = of_slot(example, 300);
        fifth.ballot.round = round;
        for (first.ballot.round = 1; first.ballot.round < 12; first.ballot.round++) {
            second.ballot = first.ballot;
            if (first.ballot.round == round)
                CU_ASSERT_EQUAL(entries_add(&one, &fifth), entries_add(&all, &fifth));
            entries_add(&one, &first);
            entries_add(&one, &second);
            entries_add_all(&all, &first, 1, 300, list, sizeof list);
        }
        CU_ASSERT_EQUAL(one.size, all.size);
        struct string_builder a = put(&one), b = put(&all);
        CU_ASSERT_EQUAL_FATAL(a.size, b.size);
        CU_ASSERT_EQUAL(memcmp(a.text, b.text, a.size), 0);
        string_builder_close(&a);
        string_builder_close(&b);
    }
}

static void a_slot_far_on_and_one_that_comes_late_are_added_too(void)
{
    struct entries entries = {0};
    struct entry entry = of_slot(example, 5);
    uint32_t group = entries_add(&entries, &entry);
    entries_add_alike(&entries, group, 5 + 0x80);
    entries_add_alike(&entries, group, 5 + 0x81 + 0x4000);
    entry.slot = 4; /* not in the order of slots: a group of its own */
    CU_ASSERT_EQUAL(entries_add(&entries, &entry), group + 1);
    struct string_builder bytes = put(&entries);
    struct entries_reader reader = over(bytes.text, bytes.size, 3, 65536);
    expect(&reader, of_slot(example, 5), true);
    expect(&reader, of_slot(example, 5 + 0x80), false);
    expect(&reader, of_slot(example, 5 + 0x81 + 0x4000), false);
    expect(&reader, of_slot(example, 4), true);
    string_builder_close(&bytes);
}

static void what_is_given_up_comes_first(void)
{
    struct entry asked = example, released = example;
    released.kind = ENTRY_RELEASE;
    struct string_builder bytes = put_two(asked, released);
    struct entries_reader reader = over(bytes.text, bytes.size, 3, SLOTS);
    expect(&reader, released, true);
    expect(&reader, asked, true);
    string_builder_close(&bytes);
}

static void an_entry_that_is_cut_off_is_none(void)
{
    struct string_builder bytes = put_two(example, of_slot(example, 201));
    for (size_t size = 1; size < bytes.size; size++) {
        struct entries_reader reader = over(bytes.text, size, 3, SLOTS);
        if (size == bytes.size - 1)
            expect(&reader, example, true);
        CU_ASSERT_FALSE(entries_next(&reader));
        CU_ASSERT_FALSE(byte_reader_done(&reader.bytes));
        CU_ASSERT_FALSE(entries_next(&reader));
    }
    string_builder_close(&bytes);
}

static void a_slot_or_node_that_is_not_there_is_not_sound(void)
{
    struct string_builder bytes = put_two(example, of_slot(example, 202));
    struct entries_reader reader = over(bytes.text, bytes.size, 3, 200);
    CU_ASSERT_FALSE(entries_next(&reader));
    reader = over(bytes.text, bytes.size, 2, SLOTS);
    CU_ASSERT_FALSE(entries_next(&reader));
    reader = over(bytes.text, bytes.size, 3, 202);
    CU_ASSERT_TRUE(entries_next(&reader));
    CU_ASSERT_FALSE(entries_next(&reader));
    CU_ASSERT_FALSE(byte_reader_done(&reader.bytes));
    string_builder_close(&bytes);
}

static void entries_that_are_cleared_may_be_filled_again(void)
{
    struct entries entries = {0};
    for (int round = 0; round < 3; round++) {
        uint64_t rounds = round == 1 ? 100 : 2; /* more than what is kept */
        for (uint64_t i = 1; i <= rounds; i++) {
            struct entry entry = {.kind = ENTRY_PREPARE, .ballot = {.round = i}};
            entries_add(&entries, &entry);
            entries_add_alike(&entries, (uint32_t)(i - 1), 9);
        }
        struct string_builder bytes = {0};
        entries_put(&entries, &bytes);
        struct entries_reader reader = over(bytes.text, bytes.size, 3, SLOTS);
        uint64_t count = 0;
        while (entries_next(&reader))
            count++;
        CU_ASSERT_EQUAL(count, 2 * rounds);
        string_builder_close(&bytes);
        entries_clear(&entries);
        CU_ASSERT_EQUAL(entries.count, 0);
    }
    entries_close(&entries);
}

static void a_message_has_room_for_so_many_and_no_more(void)
{
    struct entries entries = {0};
    for (uint64_t round = 1; !entries_are_full(&entries); round++) {
        struct entry entry = example;
        entry.ballot.round = UINT64_MAX / 4 + round;
        entries_add(&entries, &entry);
    }
    struct string_builder bytes = put(&entries);
    CU_ASSERT(bytes.size <= ENTRIES_SIZE_MAX);
    string_builder_close(&bytes);
}

SUITE(node_entries, TEST(entries_come_back_as_they_went),
      TEST(entries_that_differ_in_their_slot_are_one_group),
      TEST(slots_that_are_listed_are_added_as_if_one_by_one),
      TEST(a_slot_far_on_and_one_that_comes_late_are_added_too), TEST(what_is_given_up_comes_first),
      TEST(an_entry_that_is_cut_off_is_none), TEST(a_slot_or_node_that_is_not_there_is_not_sound),
      TEST(entries_that_are_cleared_may_be_filled_again),
      TEST(a_message_has_room_for_so_many_and_no_more));
