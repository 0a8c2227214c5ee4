/* A node without memory: each allocation of a full life fails in turn, once and for good. It must
 * not crash nor leak, and every request must end once: what can't be kept is shed as overloaded,
 * or, where the answer itself was lost, runs into its deadline. */
#include "node/node.h"
#include "node/parcel.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#define S       NS_PER_S
#define MS      NS_PER_MS
#define ID_LONG "an-id-that-is-longer-than-fifteen-bytes-"

struct trial {
    struct node *node;
    struct worker_ref loads[64];
    uint32_t loads_count;
    struct worker_ref works[64];
    uint32_t works_count;
    uint32_t made;
    uint32_t ended[64]; /* by cookie */
    uint32_t values;
    uint32_t starts; /* less ends */
};

static void on_send(void *context, node_id to, const struct message *message)
{
    struct message own = *message;
    (void)context;
    (void)to;
    message_clear(&own);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct trial *trial = context;
    (void)id;
    trial->loads[trial->loads_count++ % 64] = worker;
}

static bool on_work(void *context, struct worker_ref worker, const struct turn *turn)
{
    struct trial *trial = context;
    (void)turn;
    trial->works[trial->works_count++ % 64] = worker;
    return true;
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    struct trial *trial = context;
    trial->ended[cookie]++;
    trial->values += answer->outcome == OUTCOME_VALUE;
}

static void on_left(void *context)
{
    (void)context;
}

static void on_record(void *context, struct record *record)
{
    struct trial *trial = context;
    trial->starts += record->kind == RECORD_START;
    trial->starts -= record->kind == RECORD_EXPIRE || record->kind == RECORD_LOST;
}

static const struct node_host host = {.send = on_send,
                                      .load = on_load,
                                      .work = on_work,
                                      .done = on_done,
                                      .left = on_left,
                                      .record = on_record};

static void step(struct trial *trial, int64_t at_ns, struct event event)
{
    event.now_ns = at_ns;
    node_step(trial->node, &event);
}

static void plain(struct trial *trial, int64_t at_ns, enum event_kind kind)
{
    step(trial, at_ns, (struct event){.kind = kind});
}

static void ask(struct trial *trial, int64_t at_ns, const char *id)
{
    struct text text = text_borrow(id, strlen(id));
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &text;
    event.as.request.cookie = trial->made++;
    step(trial, at_ns, event);
}

static void receive(struct trial *trial, int64_t at_ns, enum message_kind kind, uint64_t request,
                    const char *text)
{
    struct message message = {
        .kind = (uint8_t)kind, .from = 1, .incarnation = 1, .code = 0, .request = request};
    if (kind == MESSAGE_HEARTBEAT)
        message.code = 1;
    if (kind == MESSAGE_WELCOME)
        message.as.members = text_borrow(text, 1);
    if (kind == MESSAGE_REQUEST) {
        message.code = 1;
        message.as.ask.id = text_borrow(text, strlen(text));
        message.as.ask.budget_ns = S;
    }
    if (kind == MESSAGE_REPLY)
        message.part = 1;
    if (kind == MESSAGE_REPLY)
        message.as.answer.value = text_borrow(text, strlen(text));
    struct event event = {.kind = EVENT_MESSAGE};
    event.as.message = &message;
    step(trial, at_ns, event);
}

static void load_all(struct trial *trial, int64_t at_ns)
{
    for (; trial->loads_count; trial->loads_count--) {
        struct text value;
        struct event event = {.kind = EVENT_LOADED};
        event.as.load.worker = trial->loads[trial->loads_count - 1];
        event.as.load.loaded = text_set(&value, ID_LONG, strlen(ID_LONG)) == OK;
        event.as.load.value = &value;
        step(trial, at_ns, event);
    }
}

static void work_all(struct trial *trial, int64_t at_ns)
{
    while (trial->works_count) {
        struct event event = {.kind = EVENT_WORKED};
        event.as.worker = trial->works[--trial->works_count];
        step(trial, at_ns, event);
    }
}

static void live(struct trial *trial)
{
    static const char *const ids[] = {"0", "1", "2", ID_LONG "a", ID_LONG "b", ID_LONG "c"};
    plain(trial, 0, EVENT_START);
    plain(trial, 0, EVENT_CONNECT);
    receive(trial, 0, MESSAGE_REQUEST, 999, ID_LONG); /* it waits for the view */
    receive(trial, 0, MESSAGE_WELCOME, 0, "\2");
    for (int i = 0; i < 6; i++)
        ask(trial, MS, ids[i]);
    for (int i = 0; i < 6; i++)
        receive(trial, 2 * MS, MESSAGE_REQUEST, 1000 + (uint64_t)i, ids[i]);
    load_all(trial, 10 * MS);
    work_all(trial, 20 * MS);
    receive(trial, 30 * MS, MESSAGE_REPLY, 4, ID_LONG);
    plain(trial, 450 * MS, EVENT_TIMER);
    load_all(trial, 460 * MS);
    work_all(trial, 470 * MS);
    plain(trial, 1500 * MS, EVENT_TIMER);
    for (int i = 0; i < 6; i++)
        ask(trial, 4900 * MS, ids[i]);
    plain(trial, 5100 * MS, EVENT_TIMER);
    load_all(trial, 5200 * MS);
    work_all(trial, 5300 * MS);
    plain(trial, 5400 * MS, EVENT_LEAVE);
    plain(trial, 7 * S, EVENT_TIMER);
}

/* The node is n1 of three. */
static struct node_config config_of(const struct router *router)
{
    return (struct node_config){
        .nodes = 3,
        .router = router,
        .ttl_ns = 5 * S,
        .timeout_ns = S,
        .retry_ns = 400 * MS,
        .heartbeat_ns = 2 * S, /* steps less late than that are no pause */
        .suspect_ns = 100 * S,
        .mailbox = 100,
        .held = 100,
        .workers_max = 100,
        .incarnation = 1,
        .next_request = 1,
        .next_worker = 1,
    };
}

/* One life with allocation `nth` failing. False: it had fewer than that. */
static bool survives(long nth, bool for_good, bool repeats, uint32_t *values)
{
    struct trial trial = {0};
    struct router router;
    CU_ASSERT_EQUAL(router_init(&router, ROUTE_MODULO, 3), OK);
    struct node_config config = config_of(&router);
    config.fallback = FALLBACK_LOCAL;
    config.repeats = repeats;
    memory_fail_at(nth, for_good);
    trial.node = node_new(&config, &host, &trial);
    if (trial.node) {
        live(&trial);
        for (uint32_t i = 0; i < trial.made; i++)
            CU_ASSERT_EQUAL(trial.ended[i], 1);
        CU_ASSERT_EQUAL(node_requests(trial.node), 0);
        CU_ASSERT_EQUAL(node_workers(trial.node), trial.starts);
        node_lose(trial.node, 8 * S);
        CU_ASSERT_EQUAL(trial.starts, 0);
        node_delete(trial.node);
    }
    *values = trial.values;
    bool reached = nth == 0 || memory_fail_calls() >= nth;
    memory_fail_at(0, false);
    router_close(&router);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    return reached;
}

/* Workers come by another view than this node's: those whose ids are n2's wait here. */
static void workers_come(struct trial *trial)
{
    static const char *const ids[] = {"1", ID_LONG "a", ID_LONG "b", ID_LONG "c", ID_LONG "d"};
    struct message message = {.kind = MESSAGE_HAND_OVER, .from = 1, .incarnation = 1};
    struct string_builder bytes = {0};
    message.code = PARCEL_GIVE;
    parcel_put_give(&bytes, &(struct parcel_give){.serial = 1, .extent = PARCEL_ALL});
    for (uint64_t i = 0; i < 5; i++)
        parcel_put_worker(&bytes, &(struct parcel_worker){.id = text_borrow(ids[i], strlen(ids[i])),
                                                          .value = text_borrow(ID_LONG, 40),
                                                          .number = 2 + 3 * i,
                                                          .rest_ns = S});
    if (!bytes.failed) {
        message.as.parcel = text_borrow(bytes.text, (uint32_t)bytes.size);
        struct event event = {.kind = EVENT_MESSAGE};
        event.as.message = &message;
        step(trial, MS, event);
    }
    string_builder_close(&bytes);
}

/* Allocation `nth` fails. False: there were fewer than that. */
static bool survives_newcomers(long nth)
{
    struct trial trial = {0};
    struct router router;
    CU_ASSERT_EQUAL(router_init(&router, ROUTE_MODULO, 3), OK);
    struct node_config config = config_of(&router);
    config.hand_over = true;
    trial.node = node_new(&config, &host, &trial);
    CU_ASSERT_PTR_NOT_NULL_FATAL(trial.node);
    plain(&trial, 0, EVENT_START);
    plain(&trial, 0, EVENT_CONNECT);
    receive(&trial, 0, MESSAGE_WELCOME, 0, "\2");
    memory_fail_at(nth, false);
    workers_come(&trial);
    bool reached = memory_fail_calls() >= nth;
    memory_fail_at(0, false);
    node_delete(trial.node);
    router_close(&router);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    return reached;
}

static void a_worker_that_comes_without_memory_goes_no_further(void)
{
    long nth = 1;
    while (survives_newcomers(nth))
        nth++;
    CU_ASSERT_TRUE(nth > 10);
}

static void every_allocation_of_a_life(bool for_good, bool repeats)
{
    uint32_t values;
    CU_ASSERT_TRUE(survives(0, false, repeats, &values));
    CU_ASSERT_EQUAL(values, 8); /* the others find their workers busy until their deadlines */
    long nth = 1;
    while (survives(nth, for_good, repeats, &values))
        nth++;
    CU_ASSERT_TRUE(nth > 20);
}

static void a_failed_allocation_costs_a_request_at_most(void)
{
    every_allocation_of_a_life(false, false);
    every_allocation_of_a_life(false, true);
}

static void a_node_without_memory_sheds_and_lives_on(void)
{
    every_allocation_of_a_life(true, false);
    every_allocation_of_a_life(true, true);
}

SUITE(node_node, TEST(a_failed_allocation_costs_a_request_at_most),
      TEST(a_node_without_memory_sheds_and_lives_on),
      TEST(a_worker_that_comes_without_memory_goes_no_further));
