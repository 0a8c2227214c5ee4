/* The screen when there is no memory: it says so, and leaves nothing behind. */
#include "check/screen.h"
#include "support/memory_fail.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define REQUESTS 9u /* more than anything has room for at first */

static struct plan plan;
static struct checker_setup setup = {.nodes = 2,
                                     .route = ROUTE_RENDEZVOUS,
                                     .views_static = true,
                                     .ttl_ns = NS_PER_S,
                                     .timeout_ns = NS_PER_S,
                                     .mailbox = 8,
                                     .all = true,
                                     .plan = &plan};

static void emit(void *context, const struct record *record)
{
    (void)context;
    (void)record;
}

static enum error take(struct screen *screen, struct record record, const char *id)
{
    record.node = 0;
    record.id = text_borrow(id, strlen(id));
    enum error error = screen_take(screen_node(screen, 0), &record);
    screen_gather(screen_node(screen, 0), screen);
    return error ? error : screen_merge(screen);
}

/* A request of the node's own, which it routes; where it is the owner, it starts a worker. */
static enum error ask(struct screen *screen, uint64_t number, const char *id, node_id owner,
                      uint64_t *worker)
{
    struct record made = record_of(RECORD_REQUEST), routed = record_of(RECORD_ROUTE);
    struct record started = record_of(RECORD_START);
    made.request = routed.request = number;
    made.amount = NS_PER_S;
    routed.peer = owner;
    routed.code = 1;
    started.worker = *worker;
    enum error error = take(screen, made, id);
    if (!error)
        error = take(screen, routed, id);
    if (error || owner != 0)
        return error;
    *worker += setup.nodes;
    return take(screen, started, id);
}

/* A request of the other node comes. */
static enum error come(struct screen *screen, uint64_t number, const char *id)
{
    struct record record = record_of(RECORD_RECV);
    record.number = record.request = number;
    record.message = MESSAGE_REQUEST;
    record.code = 1;
    record.peer = 1;
    return take(screen, record, id);
}

static enum error take_all(struct screen *screen, const struct router *router,
                           const struct view *everyone)
{
    enum error error = take(screen, record_of(RECORD_UP), "");
    uint64_t worker = 1;
    for (uint32_t i = 0; i < REQUESTS && !error; i++) {
        char name[32];
        snprintf(name, sizeof name, "an id of many bytes %u", i);
        struct text id = text_borrow(name, strlen(name));
        error = ask(screen, 1 + 2 * i, name, route_owner(router, everyone, 0, &id), &worker);
        do /* others ask the owner */
            name[0]++;
        while (route_owner(router, everyone, 0, &id) != 0);
        if (!error)
            error = come(screen, 2 + 2 * i, name);
    }
    return error;
}

static bool survives(long nth, const struct router *router, const struct view *everyone)
{
    struct checker *checker = checker_new(&setup, emit, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checker);
    memory_fail_at(nth, true);
    struct screen *screen = screen_new(&setup, checker);
    enum error error = screen ? take_all(screen, router, everyone) : ERROR_MEMORY;
    bool over = memory_fail_calls() < nth;
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(error || checker_failed(checker), !over);
    if (over) {
        CU_ASSERT_FALSE(screen_suspects(screen_node(screen, 0)) || screen_suspects_all(screen));
    }
    screen_delete(screen);
    checker_delete(checker);
    return over;
}

static void try_without_memory(void)
{
    struct router router;
    struct view everyone;
    CU_ASSERT_EQUAL_FATAL(router_init(&router, setup.route, setup.nodes), OK);
    CU_ASSERT_EQUAL_FATAL(view_init(&everyone, setup.nodes), OK);
    view_fill(&everyone);
    long before = memory_fail_blocks();
    for (long nth = 1; !survives(nth, &router, &everyone); nth++)
        CU_ASSERT_TRUE_FATAL(nth < 1000);
    CU_ASSERT_EQUAL(memory_fail_blocks(), before);
    router_close(&router);
    view_close(&everyone);
}

static void the_screen_without_memory_says_so(void)
{
    plan = (struct plan){0};
    try_without_memory();
}

static void likewise_where_there_are_faults(void)
{
    static struct action request = {.kind = ACTION_REQUEST};
    plan = (struct plan){.settings = {.loss_ppb = 1}, .actions = &request, .actions_count = 1};
    try_without_memory();
}

SUITE(check_screen_without_memory, TEST(the_screen_without_memory_says_so),
      TEST(likewise_where_there_are_faults));
