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
    links_init(&host->links);
}

void host_close(struct host *host)
{
    if (host->node)
        node_delete(host->node);
    event_queue_close(&host->queue);
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

static void set_time(struct host *host, int64_t t_ns, uint16_t step)
{
    host->now_ns = t_ns;
    host->step = step;
}

/* Sends the notice to all others that connections to this node broke or can be made again. */
static void notify_all(struct host *host, enum local_kind kind)
{
    for (node_id peer = 0; peer < host_settings(host)->nodes; peer++) {
        struct transit transit = {.dropped = true};
        if (peer == host->id)
            continue;
        host_note(host, link_notify(&host->around->network, &host->links, host->id, peer,
                                    host->now_ns, &transit));
        if (transit.dropped)
            continue;
        struct envelope envelope;
        memset(&envelope, 0, sizeof envelope);
        envelope.as.local = (struct local_event){.kind = (uint8_t)kind,
                                                 .from = host->id,
                                                 .number = host->next_local++,
                                                 .subject = host->id,
                                                 .slot = host->incarnation};
        host_post(host, peer, &envelope, transit.arrival_ns);
    }
}

/* ---- up and down --------------------------------------------------------------------------- */

static struct node_config config_of(const struct host *host, bool joins)
{
    const struct settings *settings = host_settings(host);
    struct node_config config = plan_node_config(settings);
    config.self = host->id;
    config.router = &host->around->router;
    config.everyone = settings->membership_static ? &host->around->everyone : NULL;
    config.joined = joins;
    config.repeats = host->around->network.repeats;
    config.incarnation = host->incarnation;
    config.next_request = host->next_request;
    config.next_worker = host->next_worker;
    return config;
}

static void resume_clients(struct host *host)
{
    for (size_t i = 0; i < host->clients_count; i++) {
        if (host->clients[i].parked)
            host_schedule_client(host, i, 0);
        host->clients[i].parked = false;
    }
}

static void step_plain(struct host *host, enum event_kind kind)
{
    struct event event = {.kind = kind};
    host_step(host, &event);
}

bool host_start(struct host *host, int64_t t_ns, uint16_t step, bool joins)
{
    if (host->node)
        return false;
    set_time(host, t_ns, step);
    host->incarnation++;
    struct node_config config = config_of(host, joins || host->rejoins);
    host->node = node_new(&config, &host_node_host, host);
    if (!host->node) {
        host_note(host, ERROR_MEMORY);
        return false;
    }
    struct record record = record_of(RECORD_UP);
    record.epoch = host->incarnation;
    host_record(host, record);
    step_plain(host, EVENT_START);
    if (host_settings(host)->membership_static && host->incarnation > 1)
        notify_all(host, LOCAL_PEER_FOUND);
    resume_clients(host);
    return true;
}

static void drop_down(void *context, struct envelope *envelope)
{
    host_drop(context, envelope, DROP_DOWN);
}

static bool is_message(void *context, const struct envelope *envelope)
{
    (void)context;
    return !envelope_is_local(envelope);
}

/* Messages end with their node. Its clients outlive it: their requests end at once, as on a node
 * that is down. */
static void drop_held(struct host *host)
{
    for (size_t i = 0; i < host->held_count; i++) {
        struct envelope *envelope = &host->held[i];
        if (envelope_is_local(envelope))
            host_push(host, envelope->as.local, 0);
        else
            host_drop(host, envelope, DROP_DOWN);
    }
    host->held_count = 0;
    host->held_messages = 0;
}

void host_go_down(struct host *host, enum down_how how)
{
    host->next_request = node_next_request(host->node);
    host->next_worker = node_next_worker(host->node);
    host->rejoins = how == DOWN_CRASH && node_joined(host->node);
    host->has_left = false;
    host->timer_ns = TIME_NEVER;
    node_lose(host->node, clock_at(&host->clock, host->now_ns));
    node_delete(host->node);
    host->node = NULL;
    host->frozen = false;
    struct record record = record_of(RECORD_DOWN);
    record.code = (uint8_t)how;
    host_record(host, record);
    drop_held(host);
    host_note(host, event_queue_remove(&host->queue, is_message, drop_down, host));
    notify_all(host, LOCAL_PEER_LOST);
}

bool host_crash(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node)
        return false;
    set_time(host, t_ns, step);
    host_go_down(host, DOWN_CRASH);
    return true;
}

bool host_leave(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    set_time(host, t_ns, step);
    step_plain(host, EVENT_LEAVE);
    return true;
}

void host_connect(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return;
    set_time(host, t_ns, step);
    step_plain(host, EVENT_CONNECT);
}

void host_announce(struct host *host, int64_t t_ns, uint16_t step)
{
    set_time(host, t_ns, step);
    if (host->node)
        notify_all(host, LOCAL_PEER_FOUND);
}

bool host_freeze(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    set_time(host, t_ns, step);
    host_record(host, record_of(RECORD_FROZEN));
    host->frozen = true;
    return true;
}

bool host_thaw(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || !host->frozen)
        return false;
    set_time(host, t_ns, step);
    host_record(host, record_of(RECORD_THAWED));
    host->frozen = false;
    step_plain(host, EVENT_TIMER); /* first, what fell due meanwhile */
    size_t count = host->held_count;
    struct envelope *held = host->held;
    host->held = NULL;
    host->held_count = host->held_capacity = 0;
    host->held_messages = 0;
    for (size_t i = 0; i < count; i++)
        host_take(host, &held[i]);
    memory_free(held);
    return true;
}

/* ---- clients, clocks, links ---------------------------------------------------------------- */

void host_request(struct host *host, int64_t t_ns, uint16_t step, const struct text *id,
                  uint64_t tag)
{
    set_time(host, t_ns, step);
    if (!host->frozen) {
        host_ask(host, id, tag);
        return;
    }
    struct envelope envelope = {.at_ns = t_ns};
    envelope.as.local = (struct local_event){.kind = LOCAL_REQUEST, .step = step, .subject = tag};
    enum error error = text_copy(&envelope.as.local.text, id);
    host_note(host, error);
    if (!error)
        host_hold(host, &envelope);
}

void host_add_client(struct host *host, int64_t t_ns, uint16_t step, struct client client)
{
    set_time(host, t_ns, step);
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
    set_time(host, t_ns, step);
    if (action->as.clock.is_rate)
        clock_set_rate(&host->clock, t_ns, action->as.clock.rate_ppm);
    else
        clock_jump(&host->clock, t_ns, action->as.clock.jump_ns);
    if (host->node)
        host_set_timer(host);
}

/* The cut that stops what is under way to here, or NULL: the node's own events use no link, but
 * those that another node's host has sent. */
static struct cut *cut_of(const struct host *host, const struct envelope *envelope)
{
    const struct message *message = &envelope->as.message;
    if (envelope_is_local(envelope) && message->kind != LOCAL_PEER_LOST &&
        message->kind != LOCAL_PEER_FOUND)
        return NULL;
    return cuts_find(host->around->network.cuts, message->from, host->id);
}

static bool is_cut(void *context, const struct envelope *envelope)
{
    return cut_of(context, envelope) != NULL;
}

static void drop_cut(void *context, struct envelope *envelope)
{
    if (envelope_is_local(envelope)) {
        envelope_clear(envelope);
        return;
    }
    cut_note_effect(cut_of(context, envelope));
    host_drop(context, envelope, DROP_CUT);
}

void host_drop_cut(struct host *host, int64_t t_ns, uint16_t step)
{
    set_time(host, t_ns, step);
    host_note(host, event_queue_remove(&host->queue, is_cut, drop_cut, host));
}
