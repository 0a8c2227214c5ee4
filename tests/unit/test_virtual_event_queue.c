/* The order of events, and which node is next. */
#include "base/random.h"
#include "support/suite.h"
#include "virtual/event_queue.h"
#include "virtual/tournament.h"

static struct envelope message_at(int64_t at_ns, uint16_t step, node_id from, uint64_t number)
{
    struct envelope envelope = {.at_ns = at_ns};
    envelope.as.message =
        (struct message){.kind = MESSAGE_HEARTBEAT, .step = step, .from = from, .number = number};
    return envelope;
}

static struct envelope local_at(int64_t at_ns, uint16_t step, uint64_t number)
{
    struct envelope envelope = {.at_ns = at_ns};
    envelope.as.local = (struct local_event){.kind = LOCAL_CLIENT, .step = step, .number = number};
    return envelope;
}

static struct envelope pop(struct event_queue *queue)
{
    struct envelope first;
    event_queue_pop(queue, &first);
    return first;
}

static void events_come_by_time_step_class_source_and_number(void)
{
    struct envelope in[] = {
        message_at(5, 0, 0, 1), message_at(7, 0, 0, 2), message_at(7, 0, 0, 3),
        message_at(7, 0, 1, 1), local_at(7, 0, 1),      message_at(7, 1, 0, 1),
        local_at(7, 1, 2),      local_at(8, 0, 1),
    };
    enum { COUNT = sizeof in / sizeof *in };
    for (uint32_t turn = 0; turn < COUNT; turn++) { /* whatever the order of insertion */
        struct event_queue queue = {.lively = 0};

        for (uint32_t i = 0; i < COUNT; i++)
            CU_ASSERT_EQUAL(event_queue_push(&queue, &in[(i * 3 + turn) % COUNT]), OK);
        CU_ASSERT_EQUAL(event_queue_messages(&queue), 5);
        CU_ASSERT_EQUAL(queue.lively, 3);
        for (uint32_t i = 0; i < COUNT; i++) {
            struct envelope out = pop(&queue);
            CU_ASSERT_EQUAL(memcmp(&out, &in[i], sizeof out), 0);
        }
        CU_ASSERT_EQUAL(event_queue_first_ns(&queue), TIME_NEVER);
        event_queue_close(&queue);
    }
}

static void random_times_come_out_sorted(void)
{
    struct event_queue queue = {.lively = 0};

    int64_t last = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        int64_t at = last + (int64_t)random_below(random_draw(1, i), 1000);
        struct envelope envelope = message_at(at, 0, 0, i);
        CU_ASSERT_EQUAL(event_queue_push(&queue, &envelope), OK);
        if (i % 3 == 2) {
            struct envelope out = pop(&queue);
            CU_ASSERT_TRUE(out.at_ns >= last);
            last = out.at_ns;
        }
    }
    while (queue.count) {
        struct envelope out = pop(&queue);
        CU_ASSERT_TRUE(out.at_ns >= last);
        last = out.at_ns;
    }
    event_queue_close(&queue);
}

static bool from_odd(void *context, const struct envelope *envelope)
{
    (void)context;
    return envelope->as.message.from % 2;
}

static void count_up(void *context, struct envelope *envelope)
{
    (void)envelope;
    ++*(int *)context;
}

static void remove_takes_out_what_is_picked_and_leaves_the_rest_in_order(void)
{
    struct event_queue queue = {.lively = 0};
    int removed = 0;

    for (uint32_t i = 0; i < 100; i++) {
        struct envelope envelope = message_at(100 - i, 0, i, i);
        CU_ASSERT_EQUAL(event_queue_push(&queue, &envelope), OK);
    }
    CU_ASSERT_EQUAL(event_queue_remove(&queue, from_odd, count_up, &removed), OK);
    CU_ASSERT_EQUAL(removed, 50);
    CU_ASSERT_EQUAL(event_queue_messages(&queue), 50);
    for (uint32_t i = 100; i-- > 0;)
        if (i % 2 == 0)
            CU_ASSERT_EQUAL(pop(&queue).as.message.from, i);
    event_queue_close(&queue);
}

static void tournament_agrees_with_a_search(void)
{
    for (uint32_t nodes = 1; nodes < 70; nodes += 4) {
        struct tournament tournament;
        int64_t times[70];
        node_id found[70];
        CU_ASSERT_EQUAL(tournament_init(&tournament, nodes), OK);
        CU_ASSERT_EQUAL(tournament_first_ns(&tournament), TIME_NEVER);
        for (uint32_t i = 0; i < nodes; i++)
            times[i] = TIME_NEVER;
        for (uint64_t turn = 0; turn < 300; turn++) {
            node_id node = (node_id)random_below(random_draw(nodes, turn), nodes);
            times[node] = (int64_t)random_below(random_draw(nodes + 100, turn), 50);
            tournament_set(&tournament, node, times[node]);
            uint32_t count = tournament_before(&tournament, 25, found), at = 0;
            int64_t least = TIME_NEVER;
            for (uint32_t i = 0; i < nodes; i++) {
                least = times[i] < least ? times[i] : least;
                if (times[i] < 25)
                    CU_ASSERT_TRUE(at < count && found[at++] == i);
            }
            CU_ASSERT_EQUAL(at, count);
            CU_ASSERT_EQUAL(tournament_first_ns(&tournament), least);
        }
        tournament_close(&tournament);
    }
}

SUITE(virtual_event_queue, TEST(events_come_by_time_step_class_source_and_number),
      TEST(random_times_come_out_sorted),
      TEST(remove_takes_out_what_is_picked_and_leaves_the_rest_in_order),
      TEST(tournament_agrees_with_a_search));
