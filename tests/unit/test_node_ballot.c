#include "node/ballot.h"

#include "support/suite.h"

#include <string.h>

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

SUITE(node_ballot, TEST(ballots_go_by_round_then_node_then_incarnation),
      TEST(tokens_go_by_epoch_then_counter), TEST(tokens_of_a_slot_compare_as_their_texts));
