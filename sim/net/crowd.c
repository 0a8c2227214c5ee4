/* The clients at this node. Load is made where it is asked for, so the network carries what it
 * would carry anyway, and no driver stands between. */
#include "core/memory.h"
#include "net/serve_inner.h"
#include "scenario/parse.h"

#include <stdio.h>

static void finish(struct serve *serve, struct visitor *visitor)
{
    serve->visitors_over += !visitor->over;
    visitor->over = true;
}

static void schedule(struct serve *serve, uint64_t index, int64_t at_ns)
{
    struct visitor *visitor = &serve->visitors[index];
    struct later later = {.at_ns = at_ns, .kind = LATER_ASKS, .subject = index};
    if (later.at_ns >= visitor->until_ns || later_add(&serve->laters, later))
        finish(serve, visitor);
}

static void add_visitor(struct serve *serve, const struct order *order, const struct action *action,
                        uint64_t number)
{
    if (memory_reserve((void **)&serve->visitors, &serve->visitors_capacity,
                       serve->visitors_count + 1, sizeof *serve->visitors))
        return;
    bool open = action->kind == ACTION_REQUESTS;
    uint64_t index = serve->visitors_count++;
    struct visitor *visitor = &serve->visitors[index];
    visitor->client = open ? client_open(action, serve->seed, order->key, number, order->nodes)
                           : client_closed(action, serve->seed, order->key, number);
    visitor->until_ns = order->until_ns;
    visitor->over = false;
    schedule(serve, index, serve->now_ns + (open ? client_next_gap_ns(&visitor->client) : 0));
}

/* The statement as it stands in the scenario: `clients 16 from each ids 1..100 until 20s`. */
void crowd_add(struct serve *serve, const struct order *order, const char *statement)
{
    char *text = NULL, *complaints = NULL;
    size_t size = strlen(statement) + 64;
    struct plan plan;
    if (memory_reserve((void **)&serve->plans, &serve->plans_capacity, serve->plans_count + 1,
                       sizeof *serve->plans) ||
        !(text = memory_resize(NULL, size)))
        return;
    int used = snprintf(text, size, "nodes %u\n%s\n", serve->hosts.nodes, statement);
    enum error error = parse_scenario(&plan, "order", text, (size_t)used, NULL, 0, &complaints);
    memory_free(text);
    if (error == ERROR_TEXT)
        memory_free(complaints);
    if (error)
        return;
    const struct action *action = plan.actions;
    bool fits =
        plan.actions_count == 1 && plan.replies_count == 0 &&
        (action->kind == ACTION_CLIENTS || (action->kind == ACTION_REQUESTS && order->nodes > 0)) &&
        order->count <= UINT32_MAX;
    if (!fits) {
        plan_close(&plan);
        return;
    }
    serve->plans[serve->plans_count++] = plan;
    for (uint64_t i = 0; i < order->count; i++)
        add_visitor(serve, order, action, order->first + i);
}

/* An open source goes on from when this one was due, not from when its turn came: a busy node is
 * asked no more seldom. */
void crowd_asks(struct serve *serve, uint64_t index, int64_t due_ns)
{
    struct visitor *visitor = &serve->visitors[index];
    if (serve->now_ns >= visitor->until_ns) {
        finish(serve, visitor);
        return;
    }
    struct text id = client_next_id(&visitor->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    if (visitor->client.mean_gap_ns)
        schedule(serve, index, due_ns + client_next_gap_ns(&visitor->client));
    serve_step(serve, &event);
}

void crowd_answered(struct serve *serve, uint64_t index, const struct answer *answer)
{
    const struct client *client = &serve->visitors[index].client;
    int64_t think_ns = client->action->as.load.think_ns;
    if (client->mean_gap_ns)
        return;
    schedule(serve, index, serve->now_ns + client_rest_ns(think_ns, answer->latency_ns));
}

/* What was asked is still answered. */
void crowd_dismiss(struct serve *serve)
{
    for (size_t i = 0; i < serve->visitors_count; i++)
        serve->visitors[i].until_ns = 0;
}

void crowd_close(struct serve *serve)
{
    for (size_t i = 0; i < serve->plans_count; i++)
        plan_close(&serve->plans[i]);
    memory_free(serve->plans);
    memory_free(serve->visitors);
}
