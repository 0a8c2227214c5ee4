#include "virtual/host_internal.h"

/* Tells all others, over the links, that connections to this node broke or can be made again. */
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
        envelope.as.local = (struct local){.kind = (uint8_t)kind,
                                           .from = host->id,
                                           .number = host->next_local++,
                                           .subject = host->id,
                                           .slot = host->incarnation};
        host_post(host, peer, &envelope, transit.arrival_ns);
    }
}

static void take_down(void *context, struct envelope *envelope)
{
    host_drop(context, envelope, DROP_DOWN);
}

static bool is_message(void *context, const struct envelope *envelope)
{
    (void)context;
    return !envelope_is_local(envelope);
}

/* Messages go with their node. The clients outlive it: what they wanted is asked of nobody. */
static void drop_held(struct host *host)
{
    for (size_t i = 0; i < host->held_count; i++) {
        struct envelope *envelope = &host->held[i];
        if (envelope_is_local(envelope))
            host_push(host, envelope->as.local, 0);
        else
            take_down(host, envelope);
    }
    host->held_count = 0;
    host->held_messages = 0;
}

static void go_down(struct host *host, enum down_how how)
{
    host->next_request = node_next_request(host->node);
    host->next_worker = node_next_worker(host->node);
    host->rejoins = how == DOWN_CRASH && node_joined(host->node);
    host->leaves = false;
    host->timer_ns = TIME_NEVER;
    node_lose(host->node, clock_at(&host->clock, host->now_ns));
    node_delete(host->node);
    host->node = NULL;
    host->frozen = false;
    struct record record = record_of(RECORD_DOWN);
    record.code = (uint8_t)how;
    host_record_here(host, record);
    drop_held(host);
    host_note(host, queue_strike(&host->queue, is_message, take_down, host));
    notify_all(host, LOCAL_PEER_LOST);
}

void host_set_timer(struct host *host)
{
    int64_t wake_ns = clock_when(&host->clock, node_wake_ns(host->node));
    if (wake_ns < host->now_ns)
        wake_ns = host->now_ns;
    host_place(host, wake_ns, &host->timer_ns, &host->timer_step);
}

void host_step(struct host *host, struct event *event)
{
    event->now_ns = clock_at(&host->clock, host->now_ns);
    host->events++;
    node_step(host->node, event);
    if (host->leaves)
        go_down(host, DOWN_LEAVE);
    else
        host_set_timer(host);
}

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

bool host_start(struct host *host, int64_t t_ns, uint16_t step, bool joins)
{
    if (host->node)
        return false;
    host_at(host, t_ns, step);
    host->incarnation++;
    struct node_config config = config_of(host, joins || host->rejoins);
    host->node = node_new(&config, &host_effects, host);
    if (!host->node) {
        host_note(host, ERROR_MEMORY);
        return false;
    }
    struct record record = record_of(RECORD_UP);
    record.epoch = host->incarnation;
    host_record_here(host, record);
    struct event event = {.kind = EVENT_START};
    host_step(host, &event);
    if (host_settings(host)->membership_static && host->incarnation > 1)
        notify_all(host, LOCAL_PEER_FOUND);
    resume_clients(host);
    return true;
}

void host_announce(struct host *host, int64_t t_ns, uint16_t step)
{
    host_at(host, t_ns, step);
    if (host->node)
        notify_all(host, LOCAL_PEER_FOUND);
}

bool host_crash(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node)
        return false;
    host_at(host, t_ns, step);
    go_down(host, DOWN_CRASH);
    return true;
}

static void plain_event(struct host *host, enum event_kind kind)
{
    struct event event = {.kind = kind};
    host_step(host, &event);
}

bool host_leave(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    host_at(host, t_ns, step);
    plain_event(host, EVENT_LEAVE);
    return true;
}

void host_connect(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return;
    host_at(host, t_ns, step);
    plain_event(host, EVENT_CONNECT);
}
