/* The clients at this node. Load is made where it is asked for, so the network carries what it
 * would carry anyway, and no driver stands between. */
#include "net/process/node_process_clients.h"
#include "base/memory.h"
#include "base/random.h"
#include "scenario/parse.h"

#include <stdio.h>

static void finish(struct node_process *node_process, struct visitor *visitor)
{
    node_process->visitors_over += !visitor->over;
    visitor->over = true;
}

static void schedule(struct node_process *node_process, uint64_t index, int64_t at_ns)
{
    struct visitor *visitor = &node_process->visitors[index];
    struct timer later = {.at_ns = at_ns, .kind = TIMER_ASKS, .subject = index};
    if (later.at_ns >= visitor->until_ns || timer_queue_add(&node_process->timer_queue, later))
        finish(node_process, visitor);
}

struct taking {
    struct node_process *node_process;
    int64_t until_ns;
};

/* Of all clients of a workload the node takes its own. */
static void take_own(void *context, node_id node, struct client client)
{
    const struct taking *taking = context;
    struct node_process *node_process = taking->node_process;
    if (node != node_process->setup.node ||
        memory_reserve((void **)&node_process->visitors, &node_process->visitors_capacity,
                       node_process->visitors_count + 1, sizeof *node_process->visitors))
        return;
    uint64_t index = node_process->visitors_count++;
    struct visitor *visitor = &node_process->visitors[index];
    client.id_key = random_mix(client.id_key ^ node_process->setup.incarnation);
    client.gap_key = random_mix(client.gap_key ^ node_process->setup.incarnation);
    *visitor = (struct visitor){.client = client, .until_ns = taking->until_ns};
    schedule(node_process, index,
             node_process->now_ns +
                 (client.mean_gap_ns ? client_next_gap_ns(&visitor->client) : 0));
}

/* The statement as it stands in the scenario: `clients 16 from each ids 1..100 until 20s`. */
void client_group_add(struct node_process *node_process, const struct order *order,
                      const char *statement)
{
    char *text = NULL, *diagnostics = NULL;
    size_t size = strlen(statement) + 64;
    struct plan plan;
    if (memory_reserve((void **)&node_process->plans, &node_process->plans_capacity,
                       node_process->plans_count + 1, sizeof *node_process->plans) ||
        !(text = memory_resize(NULL, size)))
        return;
    int used = snprintf(text, size, "nodes %u\n%s\n", node_process->cluster_file.nodes, statement);
    enum error error = parse_scenario(&plan, "order", text, (size_t)used, NULL, 0, &diagnostics);
    memory_free(text);
    if (error == ERROR_TEXT)
        memory_free(diagnostics);
    if (error)
        return;
    const struct action *action = plan.actions;
    bool fits = plan.actions_count == 1 && plan.replies_count == 0 &&
                (action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS);
    if (!fits) {
        plan_close(&plan);
        return;
    }
    node_process->plans[node_process->plans_count++] = plan;
    struct workload workload = {.action = action,
                                .seed = order->first,
                                .key = order->key,
                                .nodes = node_process->cluster_file.nodes};
    struct taking taking = {node_process, order->until_ns};
    workload_spread(&workload, take_own, &taking);
}

/* An open source goes on from when this one was due, not from when its turn came: a busy node is
 * asked no more seldom. */
void client_group_asks(struct node_process *node_process, uint64_t index, int64_t due_ns)
{
    struct visitor *visitor = &node_process->visitors[index];
    if (node_process->now_ns >= visitor->until_ns) {
        finish(node_process, visitor);
        return;
    }
    struct text id = client_next_id(&visitor->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    if (visitor->client.mean_gap_ns)
        schedule(node_process, index, due_ns + client_next_gap_ns(&visitor->client));
    node_process_step(node_process, &event);
}

void client_group_answered(struct node_process *node_process, uint64_t index,
                           const struct answer *answer)
{
    const struct client *client = &node_process->visitors[index].client;
    int64_t think_ns = client->action->as.load.think_ns;
    if (client->mean_gap_ns)
        return;
    schedule(node_process, index,
             node_process->now_ns + client_rest_ns(think_ns, answer->latency_ns));
}

/* What was asked is still answered. */
void client_group_dismiss(struct node_process *node_process)
{
    for (size_t i = 0; i < node_process->visitors_count; i++)
        node_process->visitors[i].until_ns = 0;
}

void client_group_close(struct node_process *node_process)
{
    for (size_t i = 0; i < node_process->plans_count; i++)
        plan_close(&node_process->plans[i]);
    memory_free(node_process->plans);
    memory_free(node_process->visitors);
}
