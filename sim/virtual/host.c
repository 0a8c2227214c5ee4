#include "base/memory.h"
#include "base/random.h"
#include "base/resident.h"
#include "virtual/host_internal.h"

void host_init(struct host *host, struct surroundings *around, node_id id, struct tally *tally)
{
    *host = (struct host){.id = id, .around = around, .tally = tally, .timer_ns = TIME_NEVER};
    host->next_request = id + 1;
    host->next_worker = id + 1;
    host->next_message = id + 1;
    host->next_local = 1;
    hash_init(&host->hash);
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
        envelope_clear(&host->held[i].envelope);
    for (size_t i = 0; i < host->outbox_count; i++)
        envelope_clear(&host->outbox[i].envelope);
    memory_free(host->held);
    memory_free(host->tied);
    memory_free(host->seen);
    memory_free(host->outbox);
    memory_free(host->clients);
}

void host_empty_outbox(struct host *host, size_t kept)
{
    host->outbox_count = 0;
    if (host->outbox_capacity <= kept)
        return;
    memory_free(host->outbox);
    host->outbox = NULL;
    host->outbox_capacity = 0;
}

void surroundings_check_memory(struct surroundings *around)
{
    if (resident_bytes() > around->memory_limit)
        atomic_store_explicit(&around->memory_is_short, true, memory_order_relaxed);
}

bool host_busy(const struct host *host)
{
    if (host->frozen)
        return host->clients_due; /* their requests are made, and wait */
    return host->queue.lively ||
           (host->node && (node_workers(host->node) || node_requests(host->node)));
}

struct count_under_way {
    struct under_way *sum;
    node_id to;
};

static bool add_digest(void *context, const struct envelope *envelope)
{
    const struct count_under_way *count = context;
    if (!envelope_is_local(envelope))
        screen_add_under_way(count->sum, &envelope->as.message, count->to);
    return false;
}

void host_count_under_way(const struct host *host, struct under_way *under_way)
{
    struct count_under_way count = {under_way, host->id};
    if (host->screen)
        event_queue_any(&host->queue, add_digest, &count);
    for (size_t i = 0; host->screen && i < host->held_count; i++)
        add_digest(&count, &host->held[i].envelope);
    under_way->messages += event_queue_messages(&host->queue) + host->held_messages;
    under_way->requests += host->held_requests;
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
    config.lease_epoch = host->lease_epoch;
    config.jitter_key = random_key(host->around->seed, PURPOSE_LIFE, host->id);
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

static void record_plain(struct host *host, enum record_kind kind)
{
    struct record record = record_of(kind);
    host_record(host, &record);
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
    host_record(host, &record);
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

/* Gives what was held to the caller, who frees it. */
static struct held_event *take_all_held(struct host *host, size_t *count)
{
    struct held_event *held = host->held;
    *count = host->held_count;
    host->held = NULL;
    host->held_count = host->held_capacity = 0;
    host->held_messages = host->held_requests = 0;
    return held;
}

/* Messages and requests end with their node. Its clients outlive it. */
static void lose_all_held(struct host *host)
{
    size_t count;
    struct held_event *held = take_all_held(host, &count);
    for (size_t i = 0; i < count; i++)
        host_lose_held(host, &held[i]);
    memory_free(held);
}

void host_go_down(struct host *host, enum down_how how, bool silently)
{
    host->next_request = node_next_request(host->node);
    host->next_worker = node_next_worker(host->node);
    host->lease_epoch = node_lease_epoch(host->node);
    host->rejoins = node_joined(host->node);
    host->has_left = false;
    host->timer_ns = TIME_NEVER;
    node_lose(host->node, clock_at(&host->clock, host->now_ns));
    lose_all_held(host);
    node_delete(host->node);
    host->node = NULL;
    host->frozen = false;
    struct record record = record_of(RECORD_DOWN);
    record.code = (uint8_t)how;
    host_record(host, &record);
    host_note(host, event_queue_remove(&host->queue, is_message, drop_down, host));
    if (!silently)
        notify_all(host, LOCAL_PEER_LOST);
}

bool host_crash(struct host *host, int64_t t_ns, uint16_t step, bool silently)
{
    if (!host->node)
        return false;
    set_time(host, t_ns, step);
    host_go_down(host, DOWN_CRASH, silently);
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
    if (!host->node || host->frozen || host_must_stop(host))
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
    record_plain(host, RECORD_FROZEN);
    host->frozen = true;
    host->timer_ns = TIME_NEVER;
    return true;
}

bool host_thaw(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || !host->frozen)
        return false;
    set_time(host, t_ns, step);
    record_plain(host, RECORD_THAWED);
    host->frozen = false;
    step_plain(host, EVENT_TIMER); /* first, what fell due meanwhile */
    size_t count;
    struct held_event *held = take_all_held(host, &count);
    for (size_t i = 0; i < count; i++)
        host_take_held(host, &held[i]);
    memory_free(held);
    return true;
}

/* ---- clients, clocks, links ---------------------------------------------------------------- */

void host_request(struct host *host, int64_t t_ns, uint16_t step,
                  const struct made_request *request)
{
    set_time(host, t_ns, step);
    host_ask(host, request);
}

void host_add_client(struct host *host, int64_t t_ns, uint16_t step, struct client client)
{
    set_time(host, t_ns, step);
    if (host_must_stop(host))
        return;
    enum error error = memory_reserve((void **)&host->clients, &host->clients_capacity,
                                      host->clients_count + 1, sizeof *host->clients);
    host_note(host, error);
    if (error)
        return;
    size_t index = host->clients_count++;
    host->clients[index] = (struct host_client){.client = client};
    if (index % CHECK_MEMORY_EVERY == CHECK_MEMORY_EVERY - 1)
        surroundings_check_memory(host->around);
    int64_t first_ns =
        client.mean_gap_ns ? client_next_gap_ns(&host->clients[index].client, t_ns) : 0;
    host_schedule_client(host, index, first_ns);
}

void host_jump_clock(struct host *host, int64_t t_ns, uint16_t step, int64_t by_ns)
{
    set_time(host, t_ns, step);
    clock_jump(&host->clock, t_ns, by_ns);
    host_set_timer(host);
}

void host_set_rate(struct host *host, int64_t t_ns, uint16_t step, int32_t rate_ppm)
{
    if (host->clock.rate_ppm == rate_ppm)
        return;
    set_time(host, t_ns, step);
    clock_set_rate(&host->clock, t_ns, rate_ppm);
    host_set_timer(host);
}

void host_set_seed(struct host *host)
{
    for (size_t i = 0; i < host->clients_count; i++)
        client_set_seed(&host->clients[i].client, host->around->seed);
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
    if (envelope_is_local(envelope)) { /* a notice is no message: to stop it is no effect */
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
