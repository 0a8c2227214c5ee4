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

static void tokens_of_a_slot_compare_as_their_texts(void)
{
    static const struct token tokens[] = {
        {0, 1}, {0, 9}, {0, 10}, {1, 1}, {1, UINT64_C(1) << 40}, {16, 1}, {UINT32_MAX, 1}};
    char room[TOKEN_TEXT_SIZE], last[TOKEN_TEXT_SIZE] = "";
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        for (node_id node = 0; node < 1000; node += 333) {
            CU_ASSERT(strcmp(last, token_text(&tokens[i], node, room)) < 0);
            CU_ASSERT_EQUAL(strlen(room), TOKEN_TEXT_SIZE - 1);
            memcpy(last, room, sizeof last);
        }
    CU_ASSERT_STRING_EQUAL(token_text(&(struct token){1, 7}, 1, room),
                           "00000001-0000000000000007-0002");
}

SUITE(node_ballot, TEST(entries_come_back_as_they_went), TEST(an_entry_that_is_cut_off_is_none),
      TEST(a_slot_or_node_that_is_not_there_is_not_sound),
      TEST(ballots_go_by_round_then_node_then_incarnation), TEST(tokens_go_by_epoch_then_counter),
      TEST(tokens_of_a_slot_compare_as_their_texts));
