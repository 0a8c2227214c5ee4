#include "node/ballot.h"

#include "support/suite.h"

#include <string.h>

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

static void entries_come_back_as_they_went(void)
{
    struct entries entries = {0};
    struct entry second = {.kind = ENTRY_PROMISE, .ballot = {.round = 1}}, entry;
    entries_add(&entries, &example);
    entries_add(&entries, &second);
    const char *at = entries.bytes, *end = at + entries.size;
    CU_ASSERT(entries_next(&at, end, 3, 256, &entry) && same(&entry, &example));
    CU_ASSERT(entries_next(&at, end, 3, 256, &entry) && same(&entry, &second));
    CU_ASSERT_FALSE(entries_next(&at, end, 3, 256, &entry));
    entries_close(&entries);
}

static void an_entry_that_is_cut_off_is_none(void)
{
    struct entries entries = {0};
    struct entry entry;
    entries_add(&entries, &example);
    for (size_t size = 0; size < entries.size; size++) {
        const char *at = entries.bytes, *end = at + size;
        CU_ASSERT_FALSE(entries_next(&at, end, 3, 256, &entry));
        CU_ASSERT_PTR_EQUAL(at, end);
    }
    entries_close(&entries);
}

static void a_slot_or_node_that_is_not_there_is_not_sound(void)
{
    struct entries entries = {0};
    struct entry entry;
    entries_add(&entries, &example);
    const char *at = entries.bytes, *end = at + entries.size;
    CU_ASSERT_FALSE(entries_next(&at, end, 3, 200, &entry));
    at = entries.bytes;
    CU_ASSERT_FALSE(entries_next(&at, end, 2, 256, &entry));
    entries_close(&entries);
}

static void ballots_go_by_round_then_node_then_incarnation(void)
{
    struct ballot ballots[] = {{0}, {1, 0, 2}, {1, 1, 1}, {1, 1, 2}, {2, 0, 1}};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            CU_ASSERT_EQUAL(ballot_compare(&ballots[i], &ballots[j]), (i > j) - (i < j));
}

static void tokens_go_by_epoch_then_counter(void)
{
    struct token tokens[] = {{0, 0}, {0, 9}, {1, 0}, {1, 1}};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            CU_ASSERT_EQUAL(token_compare(&tokens[i], &tokens[j]), (i > j) - (i < j));
}

SUITE(node_ballot, TEST(entries_come_back_as_they_went), TEST(an_entry_that_is_cut_off_is_none),
      TEST(a_slot_or_node_that_is_not_there_is_not_sound),
      TEST(ballots_go_by_round_then_node_then_incarnation), TEST(tokens_go_by_epoch_then_counter));
