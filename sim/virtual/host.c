#include "base/memory.h"
#include "virtual/host_internal.h"

void host_init(struct host *host, struct surroundings *around, node_id id, struct tally *tally)
{
    *host = (struct host){.id = id, .around = around, .tally = tally, .timer_ns = TIME_NEVER};
    host->next_request = id + 1;
    host->next_worker = id + 1;
    host->next_message = id + 1;
    host->next_local = 1;
    clock_init(&host->clock);
    queue_init(&host->queue);
    links_init(&host->links);
}

void host_close(struct host *host)
{
    if (host->node)
        node_delete(host->node);
    queue_close(&host->queue);
    links_close(&host->links);
    for (size_t i = 0; i < host->held_count; i++)
        envelope_clear(&host->held[i]);
    for (size_t i = 0; i < host->outbox_count; i++)
        envelope_clear(&host->outbox[i].envelope);
    memory_free(host->held);
    memory_free(host->outbox);
    memory_free(host->clients);
}

bool host_busy(const struct host *host)
{
    if (host->frozen)
        return false;
    return host->queue.lively ||
           (host->node && (node_workers(host->node) || node_requests(host->node)));
}

void host_count_under_way(const struct host *host, struct under_way *under_way)
{
    under_way->messages += host->queue.messages + host->held_messages;
    under_way->requests += host->node ? node_requests(host->node) : 0;
    under_way->workers += host->node ? node_workers(host->node) : 0;
}

void host_add_client(struct host *host, int64_t t_ns, uint16_t step, struct client client)
{
    host_at(host, t_ns, step);
    enum error error = memory_reserve((void **)&host->clients, &host->clients_capacity,
                                      host->clients_count + 1, sizeof *host->clients);
    host_note(host, error);
    if (error)
        return;
    size_t index = host->clients_count++;
    host->clients[index] = (struct host_client){.client = client};
    int64_t first_ns = client.mean_gap_ns ? client_next_gap_ns(&host->clients[index].client) : 0;
    host_schedule_client(host, index, first_ns);
}

void host_set_clock(struct host *host, int64_t t_ns, uint16_t step, const struct action *action)
{
    host_at(host, t_ns, step);
    if (action->as.clock.is_rate)
        clock_set_rate(&host->clock, t_ns, action->as.clock.rate_ppm);
    else if (action->initial)
        clock_begin(&host->clock, action->as.clock.offset_ns);
    else
        clock_set_offset(&host->clock, t_ns, action->as.clock.offset_ns);
    if (host->node)
        host_set_timer(host);
}

static bool is_cut(void *context, const struct envelope *envelope)
{
    const struct host *host = context;
    bool notice =
        envelope->as.local.kind == LOCAL_PEER_LOST || envelope->as.local.kind == LOCAL_PEER_FOUND;
    if (envelope_is_local(envelope) && !notice)
        return false;
    return cuts_find(host->around->network.cuts, envelope->as.message.from, host->id) != NULL;
}

static void take_cut(void *context, struct envelope *envelope)
{
    struct host *host = context;
    struct cut *cut = cuts_find(host->around->network.cuts, envelope->as.message.from, host->id);
    atomic_store_explicit(cut->has_effect, true, memory_order_relaxed);
    if (envelope_is_local(envelope))
        envelope_clear(envelope);
    else
        host_drop(host, envelope, DROP_CUT);
}

void host_strike(struct host *host, int64_t t_ns, uint16_t step)
{
    host_at(host, t_ns, step);
    host_note(host, queue_strike(&host->queue, is_cut, take_cut, host));
}
