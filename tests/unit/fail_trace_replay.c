/* A replay that runs out of memory says so, knows less and leaves nothing behind. */
#include "trace/replay.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#define ALL     (REPLAY_VIEWS | REPLAY_WORKERS | REPLAY_PLACES | REPLAY_REQUESTS | REPLAY_MESSAGES)
#define LONG_ID "an-id-of-more-than-fifteen-bytes"

static const enum record_kind kinds[] = {RECORD_UP,    RECORD_REQUEST, RECORD_SEND,  RECORD_START,
                                         RECORD_REPLY, RECORD_RECV,    RECORD_EXPIRE};

static struct record record_at(enum record_kind kind)
{
    struct record record = record_of(kind);
    record.node = 0;
    record.peer = 1;
    record.number = record.request = record.worker = 3;
    record.id = text_borrow(LONG_ID, strlen(LONG_ID));
    return record;
}

/* Whether all went well with allocation number `nth` failing. */
static bool survives(long nth)
{
    struct replay replay;
    struct replay_setup setup = {.nodes = 2, .parts = ALL};
    bool failed = true;
    memory_fail_at(nth, false);
    if (replay_init(&replay, &setup) == OK) {
        failed = false;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            struct record record = record_at(kinds[i]);
            enum error error = replay_take(&replay, &record);
            CU_ASSERT_TRUE(error == OK || error == ERROR_MEMORY);
            failed |= error != OK;
        }
        struct under_way under_way = replay_under_way(&replay);
        CU_ASSERT_EQUAL(under_way.workers + under_way.requests + under_way.messages, 0);
        replay_close(&replay);
    }
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    return !failed;
}

static void what_there_is_no_memory_for_is_unknown_and_its_end_counts_for_nothing(void)
{
    long nth = 1;
    while (!survives(nth))
        CU_ASSERT_TRUE_FATAL(nth++ < 100);
    CU_ASSERT_TRUE(nth > 10);
}

SUITE(trace_replay_memory,
      TEST(what_there_is_no_memory_for_is_unknown_and_its_end_counts_for_nothing));
