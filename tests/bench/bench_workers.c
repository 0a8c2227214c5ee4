/* Measures what a live worker with a small value takes: fills one node with a million.
 *
 *     bench_workers [WORKERS]
 *
 * Prints the bytes a worker, and nanoseconds for its start, its load and its first answer. */
#include "node/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The last worker that asked for its value. */
static struct worker_ref loading;

static void carry(void *context, node_id to, const struct message *message)
{
    (void)context, (void)to, (void)message;
}

static void load(void *context, struct worker_ref worker, const struct text *id)
{
    (void)context, (void)id;
    loading = worker;
}

static bool work(void *context, struct worker_ref worker, const struct turn *turn)
{
    (void)context, (void)worker, (void)turn;
    return false;
}

static void done(void *context, uint64_t cookie, const struct answer *answer)
{
    (void)cookie;
    *(uint64_t *)context += answer->outcome == OUTCOME_VALUE;
}

static void left(void *context)
{
    (void)context;
}

static void record(void *context, struct record *record)
{
    (void)context, (void)record;
}

static struct node *lone_node(struct router *router, uint32_t workers, uint64_t *answered)
{
    static const struct node_host host = {
        .send = carry, .load = load, .work = work, .done = done, .left = left, .record = record};
    static uint64_t one = 1;
    static const struct view everyone = {.nodes = 1, .count = 1, .epoch = 1, .bits = &one};
    struct node_config config = {.nodes = 1,
                                 .router = router,
                                 .everyone = &everyone,
                                 .ttl_ns = 5 * NS_PER_S,
                                 .timeout_ns = NS_PER_S,
                                 .retry_ns = 400 * NS_PER_MS,
                                 .heartbeat_ns = 200 * NS_PER_MS,
                                 .suspect_ns = NS_PER_S,
                                 .mailbox = 1024,
                                 .workers_max = workers,
                                 .incarnation = 1,
                                 .next_request = 1,
                                 .next_worker = 1};
    must(router_init(router, ROUTE_MODULO, 1) == OK);
    struct node *node = node_new(&config, &host, answered);
    must(node != NULL);
    node_step(node, &(struct event){.kind = EVENT_START});
    return node;
}

static void ask(struct node *node, uint32_t number)
{
    char digits[12];
    int size = snprintf(digits, sizeof digits, "%" PRIu32, number);
    struct text id = text_borrow(digits, (size_t)size), value = text_borrow("500 from n1", 11);
    node_step(node,
              &(struct event){.kind = EVENT_REQUEST, .as.request = {.id = &id, .cookie = number}});
    node_step(node, &(struct event){.kind = EVENT_LOADED, .as.load = {loading, true, &value}});
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int main(int argc, char **argv)
{
    uint32_t workers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    uint64_t answered = 0;
    struct router router;
    struct node *node = lone_node(&router, workers, &answered);
    int64_t begun_ns = now_ns();
    for (uint32_t number = 0; number < workers; number++)
        ask(node, number);
    int64_t took_ns = now_ns() - begun_ns;
    must(answered == workers && node_workers(node) == workers);
    printf("%.1f %" PRId64 "\n", (double)node_worker_bytes(node) / workers, took_ns / workers);
    node_delete(node);
    router_close(&router);
    return 0;
}
