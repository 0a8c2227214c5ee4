/* Orders come back from their bytes as they were, and nothing else is one. */
#include "net/process/order.h"

#include "base/random.h"
#include "node/id.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define NODES 40u

static struct string_builder bytes;
static struct order got;

/* Writes the order and reads it back. */
static void there_and_back(struct order order)
{
    string_builder_close(&bytes);
    order_write(&bytes, &order);
    CU_ASSERT_TRUE_FATAL(order_read(&got, bytes.text, bytes.size, NODES));
    CU_ASSERT_EQUAL(got.kind, order.kind);
}

static void an_order_comes_back_as_it_was(void)
{
    there_and_back((struct order){.kind = ORDER_CONNECT});
    there_and_back((struct order){.kind = ORDER_REQUEST,
                                  .tag = TAG_NONE,
                                  .timeout_ns = 5,
                                  .made_ns = 6,
                                  .number = 7,
                                  .id = text_borrow("an-id-of-some-length", 20)});
    CU_ASSERT_EQUAL(got.tag, TAG_NONE);
    CU_ASSERT_TRUE(got.timeout_ns == 5 && got.made_ns == 6 && got.number == 7);
    CU_ASSERT_EQUAL(text_size(&got.id), 20);
    there_and_back((struct order){.kind = ORDER_CUT, .peer = NODES - 1, .out = true});
    CU_ASSERT_TRUE(got.peer == NODES - 1 && got.out && !got.in);
    there_and_back((struct order){.kind = ORDER_FORGET, .peer = NODES - 1});
    CU_ASSERT_EQUAL(got.peer, NODES - 1);
    there_and_back((struct order){.kind = ORDER_LEVEL, .level = TRACE_WORKERS});
    CU_ASSERT_EQUAL(got.level, TRACE_WORKERS);
    there_and_back((struct order){.kind = ORDER_SYNC, .sync = UINT64_MAX});
    CU_ASSERT_EQUAL(got.sync, UINT64_MAX);
    there_and_back((struct order){.kind = ORDER_FREEZE});
    there_and_back((struct order){.kind = ORDER_BRIEFED});
    there_and_back((struct order){.kind = ORDER_THAW, .until_ns = TIME_NEVER});
    CU_ASSERT_EQUAL(got.until_ns, TIME_NEVER);
    string_builder_close(&bytes);
}

static bool reads(const char *data, size_t size)
{
    return order_read(&got, data, size, NODES);
}

/* Reads an order of this kind with these bytes behind it, which stay until the next call. */
static bool reads_kind(uint8_t kind, const char *rest, size_t size)
{
    static char data[64];
    data[0] = (char)kind;
    memcpy(data + 1, rest, size);
    return reads(data, size + 1);
}

static void bytes_that_are_no_order_are_refused(void)
{
    CU_ASSERT_TRUE(reads_kind(ORDER_CONNECT, "", 0));
    CU_ASSERT_FALSE(reads("", 0));
    CU_ASSERT_FALSE(reads_kind(ORDER_CONNECT, "\0", 1));       /* nothing stands behind it */
    CU_ASSERT_FALSE(reads_kind(ORDER_KINDS, "", 0));           /* no such kind */
    CU_ASSERT_FALSE(reads_kind(ORDER_REQUEST, "\1\0\0\0", 4)); /* a request without an id */
    CU_ASSERT_FALSE(reads_kind(ORDER_CUT, "\x28\1\1", 3));     /* a peer of 40 */
    CU_ASSERT_FALSE(reads_kind(ORDER_CUT, "\1\2\1", 3));       /* neither cut nor not */
    CU_ASSERT_FALSE(reads_kind(ORDER_FORGET, "\x28", 1));      /* likewise */
    CU_ASSERT_FALSE(reads_kind(ORDER_LEVEL, "\3", 1));         /* no such level */
}

/* ---- settings ------------------------------------------------------------------------------ */

static struct order_setting *setting_there_and_back(struct order order)
{
    there_and_back(order);
    CU_ASSERT_EQUAL(got.again, order.again);
    struct order_setting *setting = order_setting_new(&got);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setting);
    string_builder_close(&bytes);
    return setting;
}

static void a_setting_comes_back_as_it_was(void)
{
    int64_t sorted_ns[] = {3, 3, 1000, DISTRIBUTION_MOST_NS};
    struct empirical empirical = {.file = "f", .count = 4, .sorted_ns = sorted_ns};
    struct order_setting *setting =
        setting_there_and_back((struct order){.kind = ORDER_WORK,
                                              .again = true,
                                              .distribution = {.kind = DISTRIBUTION_LOGNORMAL,
                                                               .least_ns = 1,
                                                               .scale_ns = DISTRIBUTION_MOST_NS,
                                                               .sigma_ppm = 500000}});
    CU_ASSERT_TRUE(setting->distribution.kind == DISTRIBUTION_LOGNORMAL &&
                   setting->distribution.scale_ns == DISTRIBUTION_MOST_NS &&
                   setting->distribution.sigma_ppm == 500000);
    order_setting_delete(setting);
    setting = setting_there_and_back((struct order){.kind = ORDER_LOAD_FAIL, .ppb = 1000000000});
    CU_ASSERT_EQUAL(setting->ppb, 1000000000);
    order_setting_delete(setting);
    setting =
        setting_there_and_back((struct order){.kind = ORDER_LOAD,
                                              .distribution = {.kind = DISTRIBUTION_EMPIRICAL,
                                                               .least_ns = 3,
                                                               .most_ns = DISTRIBUTION_MOST_NS,
                                                               .empirical = &empirical}});
    for (uint64_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(distribution_draw(&setting->distribution, i << 62), sorted_ns[i]);
    order_setting_delete(setting);
}

static uint32_t ppb_of(const struct order_setting *first, const char *name)
{
    struct text id = text_borrow(name, strlen(name));
    return order_setting_of(first, &id)->ppb;
}

static void the_first_setting_that_has_the_id_holds(void)
{
    struct text names[] = {text_borrow("a", 1), text_borrow("b", 1)};
    struct order_setting *named = setting_there_and_back(
        (struct order){.kind = ORDER_LOAD_FAIL, .set_ids = {.count = 2, .texts = names}, .ppb = 1});
    struct order_setting *range = setting_there_and_back(
        (struct order){.kind = ORDER_LOAD_FAIL, .set_ids = {.first = 7, .count = 3}, .ppb = 2});
    struct order_setting *all =
        setting_there_and_back((struct order){.kind = ORDER_LOAD_FAIL, .ppb = 3});
    named->next = range;
    range->next = all;
    CU_ASSERT_EQUAL(ppb_of(named, "a"), 1);
    CU_ASSERT_EQUAL(ppb_of(named, "b"), 1);
    CU_ASSERT_EQUAL(ppb_of(named, "c"), 3);
    CU_ASSERT_EQUAL(ppb_of(named, "6"), 3);
    CU_ASSERT_EQUAL(ppb_of(named, "7"), 2);
    CU_ASSERT_EQUAL(ppb_of(named, "9"), 2);
    CU_ASSERT_EQUAL(ppb_of(named, "10"), 3);
    order_setting_delete(named);
    CU_ASSERT_PTR_NULL(order_setting_of(NULL, &names[0]));
}

static void a_setting_that_is_cut_short_or_garbled_is_refused(void)
{
    int64_t sorted_ns[] = {3, 4};
    struct empirical empirical = {.file = "f", .count = 2, .sorted_ns = sorted_ns};
    there_and_back((struct order){
        .kind = ORDER_LOAD,
        .set_ids = {.count = 1, .texts = (struct text[]){text_borrow("id", 2)}},
        .distribution = {
            .kind = DISTRIBUTION_EMPIRICAL, .least_ns = 3, .most_ns = 4, .empirical = &empirical}});
    for (size_t size = 0; size < bytes.size; size++) {
        if (!reads(bytes.text, size))
            continue;
        CU_ASSERT_EQUAL_FATAL(got.kind, ORDER_LOAD);
        CU_ASSERT_PTR_NULL(order_setting_new(&got));
    }
    string_builder_close(&bytes);
    CU_ASSERT_TRUE(reads_kind(ORDER_LOAD, "\1\0\0\0\1\5\4\0\0", 9));
    CU_ASSERT_PTR_NULL(order_setting_new(&got)); /* uniform of 5 to 4 */
    CU_ASSERT_TRUE(reads_kind(ORDER_LOAD, "\1\0\0\0\4\5\4\0\0\0", 10));
    CU_ASSERT_PTR_NULL(order_setting_new(&got)); /* no durations */
}

/* ---- clients ------------------------------------------------------------------------------- */

/* Which ids a workload's clients ask for, and at which nodes, as a number. */
static uint64_t clients_hash;

static void mix_client(void *context, node_id node, struct client client)
{
    (void)context;
    clients_hash = random_mix(clients_hash ^ node ^ (uint64_t)client.mean_gap_ns << 8);
    clients_hash = random_mix(clients_hash ^ (uint64_t)(client.from_ns + client.span_ns));
    for (int i = 0; i < 20; i++) {
        struct text id = client_next_id(&client);
        clients_hash = random_mix(clients_hash ^ id_hash(&id));
    }
}

static uint64_t hash_of(const struct workload *workload)
{
    clients_hash = 1;
    workload_spread(workload, mix_client, NULL);
    return clients_hash;
}

/* The clients of a line are the same ones at a node as in the plan. Returns the order's size. */
static size_t check_clients(const char *text)
{
    struct plan plan = parsed(text);
    struct workload workload = {.action = &plan.actions[0],
                                .from = plan.actions[0].as.load.from,
                                .seed = 7,
                                .key = UINT64_MAX - 5,
                                .from_ns = 12,
                                .nodes = NODES};
    int64_t until_ns = plan.actions[0].as.load.until_ns;
    there_and_back(
        (struct order){.kind = ORDER_CLIENTS, .workload = &workload, .until_ns = until_ns});
    CU_ASSERT_EQUAL(got.until_ns, until_ns);
    struct order_clients *clients = order_clients_new(&got, NODES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(clients);
    CU_ASSERT_EQUAL(hash_of(&clients->workload), hash_of(&workload));
    CU_ASSERT_EQUAL(clients->action.as.load.think_ns, plan.actions[0].as.load.think_ns);
    CU_ASSERT_EQUAL(clients->action.as.load.timeout_ns, plan.actions[0].as.load.timeout_ns);
    CU_ASSERT_EQUAL(clients->action.as.load.retries, plan.actions[0].as.load.retries);
    CU_ASSERT_EQUAL(clients->action.as.load.backoff_least_ns,
                    plan.actions[0].as.load.backoff_least_ns);
    CU_ASSERT_EQUAL(clients->action.as.load.backoff_most_ns,
                    plan.actions[0].as.load.backoff_most_ns);
    order_clients_delete(clients);
    plan_close(&plan);
    return bytes.size;
}

static void the_clients_of_an_order_ask_for_the_same_ids_at_the_same_nodes(void)
{
    check_clients("nodes 40\nend 5s\nclients 4 from each ids 1..10\n");
    check_clients("nodes 40\nclients 50 from any ids 1..100000 zipf 1.1 until 9s think 5ms\n");
    check_clients("nodes 40\nclients 3 from n1,n3,n40 ids a,b,7,8,9,007,0 until 9s\n");
    check_clients(
        "nodes 40\nrequests 5000/s from any ids 18446744073709551614..18446744073709551615 "
        "until 9s\n");
    check_clients("nodes 40\nat 2s requests 100/s..300/s from any ids 1..9 until 9s timeout 5ms\n");
    check_clients("nodes 40\nclients 2 from n7 ids 1..9 until 9s retry 3 backoff 50ms..2s\n");
    check_clients("nodes 40\nrequests 0.5/s from n2 ids x,an-id-that-is-rather-long "
                  "zipf 0.8 until 9s\n");
    string_builder_close(&bytes);
}

static void an_order_of_the_longest_line_fits(void)
{
    static char text[70000];
    size_t used = (size_t)sprintf(text, "nodes 40\nclients 1 from n1 until 9s ids 1");
    for (unsigned i = 0; used < 65000; i += 2)
        used += (size_t)sprintf(text + used, ",%u", i % 90);
    strcpy(text + used, "\n");
    CU_ASSERT_TRUE(check_clients(text) <= ORDER_SIZE_MAX);
    string_builder_close(&bytes);
}

static void clients_that_are_cut_short_or_garbled_are_refused_or_sound(void)
{
    check_clients("nodes 40\nclients 2 from n1,n3 ids a,b,7,8,9 zipf 1.1 until 9s\n");
    for (size_t size = 0; size < bytes.size; size++) {
        if (!reads(bytes.text, size))
            continue;
        CU_ASSERT_EQUAL_FATAL(got.kind, ORDER_CLIENTS);
        CU_ASSERT_PTR_NULL(order_clients_new(&got, NODES));
    }
    uint64_t draw = 1;
    for (int i = 0; i < 5000; i++) {
        char *copy = malloc(bytes.size); /* so that a sanitizer sees its end */
        memcpy(copy, bytes.text, bytes.size);
        for (int flips = 0; flips < 2; flips++) {
            draw = random_mix(draw);
            copy[draw % bytes.size] = (char)(draw >> 32);
        }
        struct order_clients *clients = NULL;
        if (reads(copy, bytes.size) && got.kind == ORDER_CLIENTS)
            clients = order_clients_new(&got, NODES);
        if (clients && clients->action.as.load.clients < 1000)
            hash_of(&clients->workload);
        if (clients)
            order_clients_delete(clients);
        free(copy);
    }
    string_builder_close(&bytes);
}

SUITE(net_process_order, TEST(an_order_comes_back_as_it_was),
      TEST(bytes_that_are_no_order_are_refused), TEST(a_setting_comes_back_as_it_was),
      TEST(the_first_setting_that_has_the_id_holds),
      TEST(a_setting_that_is_cut_short_or_garbled_is_refused),
      TEST(the_clients_of_an_order_ask_for_the_same_ids_at_the_same_nodes),
      TEST(an_order_of_the_longest_line_fits),
      TEST(clients_that_are_cut_short_or_garbled_are_refused_or_sound));
