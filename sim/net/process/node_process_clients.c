#include "net/process/node_process_clients.h"

#include "base/memory.h"
#include "base/random.h"

static void finish(struct node_process *process, struct node_client *client)
{
    process->clients_over += !client->over;
    client->over = true;
}

static void schedule(struct node_process *process, uint64_t index, int64_t at_ns)
{
    struct node_client *client = &process->clients[index];
    struct timer timer = {.at_ns = at_ns, .kind = TIMER_ASKS, .subject = index};
    if (at_ns >= client->until_ns || timer_queue_add(&process->timer_queue, timer))
        finish(process, client);
}

/* One order's clients as they are spread over the nodes. */
struct spread {
    struct node_process *process;
    int64_t until_ns;
    enum error error;
};

/* A process that was started again draws other ids and times than it did before. */
static void add_own(void *context, node_id node, struct client client)
{
    struct spread *spread = context;
    struct node_process *process = spread->process;
    if (node != process->setup.node || spread->error)
        return;
    spread->error = memory_reserve((void **)&process->clients, &process->clients_capacity,
                                   process->clients_count + 1, sizeof *process->clients);
    if (spread->error)
        return;
    uint64_t index = process->clients_count++;
    struct node_client *own = &process->clients[index];
    client.id_key = random_mix(client.id_key ^ process->setup.incarnation);
    client.gap_key = random_mix(client.gap_key ^ process->setup.incarnation);
    *own = (struct node_client){.client = client, .until_ns = spread->until_ns};
    int64_t first_ns = client.mean_gap_ns ? client_next_gap_ns(&own->client, process->now_ns) : 0;
    schedule(process, index, process->now_ns + first_ns);
}

enum error node_clients_add(struct node_process *process, const struct order *order)
{
    if (memory_reserve((void **)&process->orders_of_clients, &process->orders_of_clients_capacity,
                       process->orders_of_clients_count + 1, sizeof *process->orders_of_clients))
        return ERROR_MEMORY;
    struct order_clients *clients = order_clients_new(order, process->cluster_file.nodes);
    if (!clients)
        return ERROR_TEXT;
    process->orders_of_clients[process->orders_of_clients_count++] = clients;
    struct spread spread = {.process = process, .until_ns = order->until_ns};
    workload_spread(&clients->workload, add_own, &spread);
    return spread.error;
}

/* An open source goes on from when this one was due, not from when its turn came: a busy node is
 * asked no more seldom. */
void node_clients_ask(struct node_process *process, uint64_t index, int64_t due_ns)
{
    struct node_client *client = &process->clients[index];
    if (process->now_ns >= client->until_ns) {
        finish(process, client);
        return;
    }
    struct text id = client_next_id(&client->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    event.as.request.timeout_ns = client->client.action->as.load.timeout_ns;
    if (client->client.mean_gap_ns)
        schedule(process, index, due_ns + client_next_gap_ns(&client->client, due_ns));
    node_process_step(process, &event);
}

void node_clients_answered(struct node_process *process, uint64_t index,
                           const struct answer *answer)
{
    struct client *client = &process->clients[index].client;
    if (client->mean_gap_ns)
        return;
    bool answered = answer->outcome == OUTCOME_VALUE;
    schedule(process, index,
             process->now_ns + client_rest_ns(client, answered, answer->latency_ns));
}

void node_clients_dismiss(struct node_process *process)
{
    for (size_t i = 0; i < process->clients_count; i++)
        process->clients[i].until_ns = 0;
}

void node_clients_close(struct node_process *process)
{
    for (size_t i = 0; i < process->orders_of_clients_count; i++)
        order_clients_delete(process->orders_of_clients[i]);
    memory_free(process->orders_of_clients);
    memory_free(process->clients);
}
