/* The records of many come out in the one order of a trace. */
#include "net/drive/causal_merge.h"

#include "base/random.h"
#include "support/net_told.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

enum { N1, N2, N3, NODES };

static struct told told;
static struct trace_repair trace_repair;
static struct causal_merge causal_merge;

static void begin(int64_t error_ns)
{
    told_forget(&told);
    CU_ASSERT_EQUAL_FATAL(trace_repair_init(&trace_repair, NODES, told_put, &told), OK);
    CU_ASSERT_EQUAL_FATAL(causal_merge_init(&causal_merge, NODES, error_ns, &trace_repair), OK);
}

static void end(void)
{
    CU_ASSERT_FALSE(causal_merge.failed || trace_repair.failed);
    causal_merge_close(&causal_merge);
    trace_repair_close(&trace_repair);
}

static void put(node_id node, struct record record)
{
    causal_merge_put(&causal_merge, node, &record);
}

static void happens(node_id node, int64_t t_ns)
{
    put(node, told_plain(t_ns, RECORD_FROZEN, node));
}

/* Runs after the nodes have told that nothing before these times is to come. */
static void run_until(int64_t n1_ns, int64_t n2_ns, int64_t n3_ns)
{
    causal_merge_watermark(&causal_merge, N1, n1_ns);
    causal_merge_watermark(&causal_merge, N2, n2_ns);
    causal_merge_watermark(&causal_merge, N3, n3_ns);
    causal_merge_run(&causal_merge);
}

static void run_out(void)
{
    run_until(TIME_NEVER, TIME_NEVER, TIME_NEVER);
    CU_ASSERT_EQUAL(causal_merge.waiting, 0);
}

static void records_come_out_by_time_and_among_equals_by_node(void)
{
    begin(0);
    happens(N3, 1);
    happens(N2, 2);
    happens(N2, 3);
    happens(N1, 2);
    happens(N1, 4);
    happens(N3, 2);
    run_out();
    told_expect(&told, "1 n3 frozen\n2 n1 frozen\n2 n2 frozen\n2 n3 frozen\n3 n2 frozen\n"
                       "4 n1 frozen\n");
    end();
}

static void a_record_waits_until_no_earlier_one_can_come(void)
{
    begin(0);
    happens(N1, 10);
    run_until(0, 11, 10);
    told_expect(&told, "");
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), 10);
    run_until(0, 11, 11);
    told_expect(&told, "10 n1 frozen\n");
    end();
}

static void a_watermark_never_goes_back(void)
{
    begin(0);
    run_until(0, 20, 20);
    run_until(0, 5, 5);
    happens(N1, 10);
    causal_merge_run(&causal_merge);
    told_expect(&told, "10 n1 frozen\n");
    end();
}

static void all_before_the_least_bound_is_done(void)
{
    begin(0);
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), 0);
    run_until(30, 20, 10);
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), 10);
    happens(N3, 25); /* of which nothing before can come now */
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), 20);
    run_until(30, 30, 30);
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), 30);
    run_out();
    CU_ASSERT_EQUAL(causal_merge_done_ns(&causal_merge), TIME_NEVER);
    end();
}

/* ---- messages ------------------------------------------------------------------------------ */

static void a_receipt_waits_for_its_send_within_twice_the_error(void)
{
    begin(5);
    put(N2, told_recv(10, N1, N2, 1));
    run_until(20, 100, 100); /* it can still come at 20 */
    told_expect(&told, "");
    put(N1, told_send(20, N1, N2, 1));
    causal_merge_run(&causal_merge);
    told_expect(&told, "20 n1 send 1 n2\n20 n2 recv 1 n1\n");
    end();
}

static void and_no_longer(void)
{
    begin(5);
    put(N2, told_recv(10, N1, N2, 1));
    run_until(21, 100, 100);
    told_expect(&told, "10 n2 recv 1 n1\n");
    put(N1, told_send(21, N1, N2, 1));
    run_out();
    told_expect(&told, "21 n1 send 1 n2\n");
    end();
}

static void a_receipt_passes_a_send_that_comes_too_late(void)
{
    begin(5);
    put(N2, told_recv(10, N1, N2, 1));
    put(N1, told_send(21, N1, N2, 1));
    run_out();
    told_expect(&told, "10 n2 recv 1 n1\n21 n1 send 1 n2\n");
    end();
}

static void a_drop_waits_as_a_receipt_does(void)
{
    begin(5);
    put(N2, told_drop(10, N1, N2, 1, DROP_CUT)); /* on its way in */
    run_until(20, 100, 100);
    told_expect(&told, "");
    put(N1, told_send(20, N1, N2, 1));
    causal_merge_run(&causal_merge);
    told_expect(&told, "20 n1 send 1 n2\n20 n1 drop 1 n2 cut\n");
    end();
}

/* A cluster that ran before: n1's request 1 is not known, so neither is n3's reply, message 3. Were
 * it waited for, n1 and n3 would wait for each other, and message 4 came before it was sent. */
static void the_reply_to_a_request_that_is_not_known_is_not_waited_for(void)
{
    begin(5);
    trace_repair_ignore(&trace_repair, N1, 7, 1);
    trace_repair_ignore(&trace_repair, N2, 2, 2);
    trace_repair_ignore(&trace_repair, N3, 3, 3);
    struct record send = told_send(10, N3, N1, 3), recv = told_recv(12, N3, N1, 3);
    send.request = recv.request = 1;
    put(N3, send);
    put(N3, told_recv(11, N1, N3, 4));
    put(N1, recv);
    put(N1, told_send(13, N1, N3, 4));
    run_out();
    told_expect(&told, "13 n1 send 4 n3\n13 n3 recv 4 n1\n");
    end();
}

static void what_did_not_fit_waits_for_nothing(void)
{
    begin(5);
    put(N2, told_drop(10, N1, N2, 1, DROP_FULL));
    run_until(11, 100, 100);
    told_expect(&told, "10 n1 drop 1 n2 full\n");
    end();
}

static void time_never_runs_back(void)
{
    begin(5);
    put(N1, told_send(20, N1, N2, 1));
    put(N2, told_recv(10, N1, N2, 1));
    happens(N2, 12);
    happens(N3, 11);
    happens(N3, 21);
    run_out();
    told_expect(&told, "20 n1 send 1 n2\n20 n2 recv 1 n1\n20 n3 frozen\n20 n2 frozen\n"
                       "21 n3 frozen\n");
    end();
}

static void a_chain_of_messages_comes_out_in_its_order(void)
{
    begin(10);
    put(N1, told_send(18, N1, N2, 1));
    put(N2, told_recv(12, N1, N2, 1));
    put(N2, told_send(12, N2, N3, 2));
    put(N3, told_recv(5, N2, N3, 2));
    run_out();
    told_expect(&told, "18 n1 send 1 n2\n18 n2 recv 1 n1\n18 n2 send 2 n3\n18 n3 recv 2 n2\n");
    end();
}

/* No order is right: what matters is that both come out. */
static void records_that_wait_for_each_other_come_out(void)
{
    begin(10);
    put(N1, told_recv(1, N2, N1, 2));
    put(N1, told_send(2, N1, N2, 1));
    put(N2, told_recv(1, N1, N2, 1));
    put(N2, told_send(2, N2, N1, 2));
    run_out();
    CU_ASSERT_EQUAL(told.count, 4);
    end();
}

static void a_record_is_copied_with_its_texts(void)
{
    char *id = strdup("an-id-of-more-than-fifteen-bytes");
    begin(0);
    put(N1, told_worker(1, RECORD_START, N1, 1, id));
    memset(id, 'x', strlen(id));
    free(id);
    run_out();
    told_expect(&told, "1 n1 start w1 an-id-of-more-than-fifteen-bytes\n");
    put(N1, told_worker(2, RECORD_EXPIRE, N1, 1, "what is left is freed by causal_merge_close"));
    end();
}

/* ---- any order of coming in ---------------------------------------------------------------- */

#define EVENTS 160

/* What happened, as each node tells it, and how much of that has been put. */
struct story {
    struct record records[NODES][EVENTS];
    size_t count[NODES];
    size_t put[NODES];
    uint64_t key;
    uint64_t draws;
    int64_t error_ns;
};

static uint64_t draw(struct story *story, uint64_t bound)
{
    return random_below(random_draw(story->key, story->draws++), bound);
}

static void tell(struct story *story, node_id node, struct record record)
{
    story->records[node][story->count[node]++] = record;
}

/* Messages take their time; each clock is off by the error at the most; of some messages the SEND
 * is never told. */
static void make_story(struct story *story, bool lossy)
{
    int64_t off_ns[NODES], t_ns = 100;
    struct record under_way[EVENTS];
    size_t sent = 0;
    for (node_id node = 0; node < NODES; node++)
        off_ns[node] = (int64_t)draw(story, 2 * (uint64_t)story->error_ns + 1) - story->error_ns;
    for (uint64_t i = 1; i <= EVENTS; i++) {
        node_id node = (node_id)draw(story, NODES);
        node_id peer = (node + 1 + (node_id)draw(story, NODES - 1)) % NODES;
        uint64_t what = draw(story, 5);
        t_ns += (int64_t)draw(story, 4);
        if (what == 0) {
            tell(story, node, told_plain(t_ns + off_ns[node], RECORD_FROZEN, node));
        } else if (what <= 2 || sent == 0) {
            under_way[sent++] = told_send(t_ns + off_ns[node], node, peer, i);
            if (!lossy || draw(story, 4))
                tell(story, node, under_way[sent - 1]);
        } else {
            size_t which = (size_t)draw(story, sent);
            struct record send = under_way[which];
            int64_t at_ns = t_ns + off_ns[send.peer];
            under_way[which] = under_way[--sent];
            tell(story, send.peer,
                 what == 3 ? told_recv(at_ns, send.node, send.peer, send.number)
                           : told_drop(at_ns, send.node, send.peer, send.number, DROP_CUT));
        }
    }
}

/* ---- the model: all is known, and it is searched for what is next */

struct model {
    const struct story *story;
    size_t at[NODES];
    bool sent[EVENTS + 1];
};

static const struct record *model_head(const struct model *model, node_id node)
{
    bool more = model->at[node] < model->story->count[node];
    return more ? &model->story->records[node][model->at[node]] : NULL;
}

static node_id model_next(const struct model *model)
{
    node_id next = NODE_NONE;
    for (node_id node = 0; node < NODES; node++)
        if (model_head(model, node) &&
            (next == NODE_NONE || model_head(model, node)->t_ns < model_head(model, next)->t_ns))
            next = node;
    for (int depth = 0; next != NODE_NONE && depth <= NODES; depth++) {
        const struct record *head = model_head(model, next);
        node_id sender = head->kind == RECORD_RECV ? head->peer : head->node;
        if ((head->kind != RECORD_RECV && head->kind != RECORD_DROP) || model->sent[head->number])
            return next;
        const struct record *before = model_head(model, sender);
        if (!before || before->t_ns > head->t_ns + 2 * model->story->error_ns)
            return next;
        next = sender;
    }
    return next;
}

static void run_model(const struct story *story, struct told *expected)
{
    struct model model = {.story = story};
    int64_t last_ns = 0;
    told_forget(expected);
    for (node_id node; (node = model_next(&model)) != NODE_NONE; model.at[node]++) {
        struct record record = *model_head(&model, node);
        model.sent[record.number] |= record.kind == RECORD_SEND;
        record.t_ns = last_ns = record.t_ns > last_ns ? record.t_ns : last_ns;
        told_put(expected, &record);
    }
}

/* Every message of a story without losses is sent before it arrives, and time never runs back. */
static void check_causes(const struct told *lines)
{
    bool sent[EVENTS + 1] = {false};
    long long last_ns = 0, t_ns;
    for (const char *line = lines->log; *line; line = strchr(line, '\n') + 1) {
        unsigned number;
        CU_ASSERT_TRUE(sscanf(line, "%lld", &t_ns) == 1 && t_ns >= last_ns);
        last_ns = t_ns;
        if (sscanf(line, "%*s %*s send %u", &number) == 1)
            sent[number] = true;
        else if (sscanf(line, "%*s %*s recv %u", &number) == 1 ||
                 sscanf(line, "%*s %*s drop %u", &number) == 1)
            CU_ASSERT_TRUE(sent[number]);
    }
}

/* Puts, watermarks and runs as they come, and then the rest. */
static void causal_merge_story(struct story *story)
{
    memset(story->put, 0, sizeof story->put);
    for (size_t left = 1; left;) {
        node_id node = (node_id)draw(story, NODES);
        size_t *at = &story->put[node], some = (size_t)draw(story, 12);
        for (; some && *at < story->count[node]; some--)
            put(node, story->records[node][(*at)++]);
        if (*at < story->count[node])
            causal_merge_watermark(&causal_merge, node,
                                   story->records[node][*at].t_ns - (int64_t)draw(story, 3));
        else
            causal_merge_watermark(&causal_merge, node, TIME_NEVER);
        if (draw(story, 2))
            causal_merge_run(&causal_merge);
        left = 0;
        for (node = 0; node < NODES; node++)
            left += story->count[node] - story->put[node];
    }
    run_out();
}

static void any_order_of_coming_in_gives_the_one_order(void)
{
    static struct told expected;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct story story = {.key = random_mix(seed), .error_ns = (int64_t)(seed % 4) * 3};
        make_story(&story, seed % 3 == 0);
        run_model(&story, &expected);
        if (seed % 3)
            check_causes(&expected);
        for (int interleaving = 0; interleaving < 5; interleaving++) {
            begin(story.error_ns);
            causal_merge_story(&story);
            told_expect(&told, expected.log);
            end();
        }
    }
}

SUITE(net_causal_merge, TEST(records_come_out_by_time_and_among_equals_by_node),
      TEST(a_record_waits_until_no_earlier_one_can_come), TEST(a_watermark_never_goes_back),
      TEST(all_before_the_least_bound_is_done),
      TEST(a_receipt_waits_for_its_send_within_twice_the_error), TEST(and_no_longer),
      TEST(a_receipt_passes_a_send_that_comes_too_late), TEST(a_drop_waits_as_a_receipt_does),
      TEST(the_reply_to_a_request_that_is_not_known_is_not_waited_for),
      TEST(what_did_not_fit_waits_for_nothing), TEST(time_never_runs_back),
      TEST(a_chain_of_messages_comes_out_in_its_order),
      TEST(records_that_wait_for_each_other_come_out), TEST(a_record_is_copied_with_its_texts),
      TEST(any_order_of_coming_in_gives_the_one_order));
