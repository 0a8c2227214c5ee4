#include "net/process/scenario_clients.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/random.h"
#include "net/process/node_process_host.h"

/* Those that are passed over in one round: each costs a draw. */
#define SKIP_MOST 65536u

/* Longer than a busy machine keeps a process waiting, as a rule. */
#define LATE_MOST_NS NS_PER_S

/* ---- clients ------------------------------------------------------------------------------- */

static void finish(struct node_process *process, struct scenario_client *client)
{
    process->clients_over += !client->over;
    client->over = true;
}

static void schedule(struct node_process *process, uint64_t index, int64_t at_ns)
{
    struct scenario_client *client = &process->clients[index];
    struct timer timer = {.at_ns = at_ns, .kind = TIMER_ASKS, .subject = index};
    if (at_ns >= client->until_ns || timer_queue_add(&process->timer_queue, timer))
        finish(process, client);
}

/* One order's clients as they are spread over the nodes. */
struct spread {
    struct node_process *process;
    const struct order *order;
    enum error error;
};

/* A process that was started again draws other ids than it did before. */
static enum error add_client(struct node_process *process, struct client client, int64_t until_ns)
{
    if (memory_reserve((void **)&process->clients, &process->clients_capacity,
                       process->clients_count + 1, sizeof *process->clients))
        return ERROR_MEMORY;
    uint64_t index = process->clients_count++;
    client.id_key = random_mix(client.id_key ^ process->setup.incarnation);
    client.gap_key = random_mix(client.gap_key ^ process->setup.incarnation);
    process->clients[index] = (struct scenario_client){.client = client, .until_ns = until_ns};
    schedule(process, index, process->now_ns);
    return OK;
}

/* Of a workload of sources one is at this node, at the most. */
static enum error add_source(struct node_process *process, struct client client,
                             const struct order *order)
{
    struct open_source source = {.due_ns = order->due_ns,
                                 .until_ns = order->until_ns,
                                 .place = order->tag,
                                 .client = client};
    source.client.gaps = order->gaps;
    source.client.ids = order->ids;
    return sources_add(&process->sources, &source);
}

static void add_own(void *context, node_id node, struct client client)
{
    struct spread *spread = context;
    struct node_process *process = spread->process;
    if (node != process->setup.node || spread->error)
        return;
    spread->error = client.mean_gap_ns ? add_source(process, client, spread->order)
                                       : add_client(process, client, spread->order->until_ns);
}

enum error scenario_clients_add(struct node_process *process, const struct order *order)
{
    if (memory_reserve((void **)&process->orders_of_clients, &process->orders_of_clients_capacity,
                       process->orders_of_clients_count + 1, sizeof *process->orders_of_clients))
        return ERROR_MEMORY;
    struct order_clients *clients = order_clients_new(order, process->cluster_file.nodes);
    if (!clients)
        return ERROR_TEXT;
    process->orders_of_clients[process->orders_of_clients_count++] = clients;
    struct spread spread = {.process = process, .order = order};
    workload_spread(&clients->workload, add_own, &spread);
    return spread.error;
}

void scenario_clients_ask(struct node_process *process, uint64_t index)
{
    struct scenario_client *client = &process->clients[index];
    if (process->now_ns >= client->until_ns) {
        finish(process, client);
        return;
    }
    if (!node_takes_requests(process->node))
        return; /* the next process goes on with it */
    struct text id = client_next_id(&client->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    event.as.request.timeout_ns = client->client.action->as.load.timeout_ns;
    node_process_step(process, &event);
}

void scenario_clients_answered(struct node_process *process, uint64_t cookie,
                               const struct answer *answer)
{
    uint64_t index = cookie & ~TAG_CLIENT;
    if ((cookie & TAG_SOURCE) == TAG_SOURCE)
        return;
    int64_t rest_ns = client_rest_ns(&process->clients[index].client,
                                     answer->outcome == OUTCOME_VALUE, answer->latency_ns);
    schedule(process, index, process->now_ns + rest_ns);
}

/* ---- sources ------------------------------------------------------------------------------- */

static void step_request(struct node_process *process, const struct source_request *request)
{
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &request->id;
    event.as.request.cookie = TAG_SOURCE;
    event.as.request.timeout_ns = request->timeout_ns;
    event.as.request.number = request->number;
    event.as.request.made_ns = request->made_ns;
    node_process_step(process, &event);
}

static void make(struct node_process *process)
{
    struct source_requests *made = &process->made;
    struct source_request *request = &made->all[(made->first + made->count++) % MADE_MOST];
    sources_take(&process->sources, request);
    node_process_made(process, request);
    process->gauges.sources_ns = request->made_ns;
}

void scenario_clients_make(struct node_process *process, int64_t now_ns)
{
    if (process->frozen || process->left || process->flushes || !process->started ||
        !process->briefed)
        return;
    while (process->made.count < MADE_MOST && sources_due_ns(&process->sources) <= now_ns)
        make(process);
    if (sources_due_ns(&process->sources) > now_ns)
        process->gauges.sources_ns = max_i64(process->gauges.sources_ns, now_ns);
}

/* Steps the node with the first of those that are made. */
static void step_made(struct node_process *process)
{
    struct source_requests *made = &process->made;
    const struct source_request *first = &made->all[made->first];
    struct source_request request = *first;
    if (text_is_large(&first->id) && text_bytes(&first->id) == first->digits)
        request.id = text_borrow(request.digits, text_size(&first->id));
    made->first = (made->first + 1) % MADE_MOST;
    made->count--;
    step_request(process, &request);
}

void scenario_clients_flush(struct node_process *process)
{
    process->flushes = true;
    while (process->made.count && !process->left)
        step_made(process);
    process->flushes = false;
}

static void skip_late(struct node_process *process, int64_t now_ns)
{
    int64_t late_ns = now_ns - LATE_MOST_NS;
    if (process->runs_ns < late_ns)
        process->gauges.not_made += sources_skip(&process->sources, late_ns, SKIP_MOST);
}

bool scenario_clients_run_sources(struct node_process *process)
{
    int64_t now_ns = monotonic_ns();
    if (process->left)
        return false;
    skip_late(process, now_ns);
    scenario_clients_make(process, now_ns);
    for (uint32_t i = process->made.count; i > 0 && !process->left; i--)
        step_made(process);
    return process->made.count || sources_due_ns(&process->sources) <= now_ns;
}

void scenario_clients_catch_up(struct node_process *process)
{
    int64_t until_ns = monotonic_ns();
    while (!process->left && (process->made.count || sources_due_ns(&process->sources) <= until_ns))
        scenario_clients_run_sources(process);
}

void scenario_clients_take_over(struct node_process *process, int64_t until_ns)
{
    struct source_request request;
    while (sources_due_ns(&process->sources) <= until_ns && !process->left) {
        sources_take(&process->sources, &request);
        request.number = node_number_request(process->node);
        step_request(process, &request);
    }
    process->gauges.sources_ns = max_i64(process->gauges.sources_ns, until_ns);
}

/* ---- the end ------------------------------------------------------------------------------- */

void scenario_clients_dismiss(struct node_process *process)
{
    for (size_t i = 0; i < process->clients_count; i++)
        process->clients[i].until_ns = 0;
    sources_close(&process->sources);
}

void scenario_clients_close(struct node_process *process)
{
    for (size_t i = 0; i < process->orders_of_clients_count; i++)
        order_clients_delete(process->orders_of_clients[i]);
    sources_close(&process->sources);
    memory_free(process->orders_of_clients);
    memory_free(process->clients);
}
