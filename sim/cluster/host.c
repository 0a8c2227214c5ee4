#include "cluster/host.h"

#include "core/memory.h"
#include "core/random.h"

#include <stdio.h>

static const struct settings *settings_of(const struct host *host)
{
    return &host->around->plan->settings;
}

static void note(struct host *host, enum error error)
{
    if (error)
        host->error = error;
}

/* ---- records ------------------------------------------------------------------------------- */

static bool is_of_single_messages(enum record_kind kind)
{
    switch (kind) {
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
    case RECORD_REQUEST:
    case RECORD_ROUTE:
    case RECORD_SERVE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        return true;
    default:
        return false;
    }
}

static bool keeps(enum trace_level level, enum record_kind kind)
{
    return level == TRACE_ALL || (level == TRACE_WORKERS && !is_of_single_messages(kind));
}

/* Texts of a record are borrowed; the stream outlives them and keeps copies. */
static void own_text(struct host *host, struct text *text)
{
    if (!text_is_large(text))
        return;
    struct text borrowed = *text;
    note(host, text_copy(text, &borrowed));
}

static void on_record(void *context, struct record *record)
{
    struct host *host = context;
    record->t_ns = host->now_ns;
    record->step = host->step;
    if (record->node != host->id)
        record->clock_ns = host->now_ns; /* another node's message, dropped here */
    tally_take(host->tally, record);
    if (!keeps(settings_of(host)->trace, (enum record_kind)record->kind))
        return;
    if (host->records_count == host->records_capacity) {
        enum error error = memory_reserve((void **)&host->records, &host->records_capacity,
                                          host->records_count + 1, sizeof *host->records);
        note(host, error);
        if (error)
            return;
    }
    struct record *kept = &host->records[host->records_count++];
    *kept = *record;
    own_text(host, &kept->id);
    own_text(host, &kept->value);
}

static void record_here(struct host *host, struct record record)
{
    record.node = host->id;
    record.clock_ns = clock_at(&host->clock, host->now_ns);
    on_record(host, &record);
}

/* ---- events of its own --------------------------------------------------------------------- */

/* Puts the place in time of something that happens `delay_ns` from now. */
static void place(const struct host *host, int64_t at_ns, int64_t *to_ns, uint16_t *to_step)
{
    *to_ns = at_ns;
    *to_step = at_ns == host->now_ns ? (uint16_t)(host->step + 1) : 0;
}

static void push_local(struct host *host, struct local local, int64_t delay_ns)
{
    struct envelope envelope;
    memset(&envelope, 0, sizeof envelope);
    envelope.as.local = local;
    place(host, host->now_ns + delay_ns, &envelope.at_ns, &envelope.as.local.step);
    envelope.as.local.from = host->id;
    envelope.as.local.number = host->next_local++;
    enum error error = queue_push(&host->queue, &envelope);
    if (error)
        envelope_clear(&envelope);
    note(host, error);
}

/* ---- effects of the node ------------------------------------------------------------------- */

static void record_carried(struct host *host, enum record_kind kind, node_id to,
                           const struct message *message, enum drop_why why)
{
    struct record record = record_of(kind);
    record.node = message->from;
    record.peer = to;
    record.clock_ns = clock_at(&host->clock, host->now_ns);
    record.number = message->number;
    record.message = message->kind;
    record.request = message->request;
    record.code = (uint8_t)why;
    if (kind == RECORD_SEND && message->kind == MESSAGE_REQUEST)
        record.id = message->as.ask.id;
    on_record(host, &record);
}

/* Puts what is under way into the outbox, or frees it when there is no memory. */
static void post(struct host *host, node_id to, struct envelope *envelope, int64_t arrival_ns)
{
    must(arrival_ns >= host->around->window_end_ns);
    place(host, arrival_ns, &envelope->at_ns, &envelope->as.message.step);
    enum error error = memory_reserve((void **)&host->outbox, &host->outbox_capacity,
                                      host->outbox_count + 1, sizeof *host->outbox);
    note(host, error);
    if (error)
        envelope_clear(envelope);
    else
        host->outbox[host->outbox_count++] = (struct sent){.to = to, .envelope = *envelope};
}

static void number_message(struct host *host, struct message *message)
{
    message->number = host->next_message;
    host->next_message += settings_of(host)->nodes;
}

/* The link made a second one of a message: one of its own, that follows the first. */
static void post_second(struct host *host, node_id to, const struct message *first,
                        int64_t arrival_ns)
{
    struct envelope envelope;
    enum error error = message_copy(&envelope.as.message, first);
    note(host, error);
    if (error)
        return;
    number_message(host, &envelope.as.message);
    record_carried(host, RECORD_SEND, to, &envelope.as.message, 0);
    post(host, to, &envelope, arrival_ns);
}

static void on_send(void *context, node_id to, const struct message *message)
{
    struct host *host = context;
    struct envelope envelope = {.as.message = *message};
    struct message *carried = &envelope.as.message;
    struct fate fate;
    number_message(host, carried);
    record_carried(host, RECORD_SEND, to, carried, 0);
    enum error error =
        link_send(&host->around->network, &host->links, host->id, to, host->now_ns, &fate);
    note(host, error);
    if (error || fate.dropped) {
        if (!error)
            record_carried(host, RECORD_DROP, to, carried, fate.why);
        message_clear(carried);
        return;
    }
    if (fate.doubled)
        post_second(host, to, carried, fate.second_ns);
    post(host, to, &envelope, fate.arrival_ns);
}

static uint64_t draw(const struct host *host, enum purpose purpose, uint64_t counter)
{
    return random_draw(random_key(settings_of(host)->seed, purpose, host->id), counter);
}

/* The value that a load makes by default: a random 1..1000 with the name of its maker. */
static struct text value_made(const struct host *host, char bytes[32])
{
    unsigned number = (unsigned)random_below(draw(host, PURPOSE_VALUE, host->loads), 1000) + 1;
    int size = snprintf(bytes, 32, "%u from n%u", number, (unsigned)host->id + 1);
    return text_borrow(bytes, (size_t)size);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct host *host = context;
    char bytes[32];
    (void)id;
    struct text made = value_made(host, bytes);
    struct local local = {.kind = LOCAL_LOADED,
                          .slot = worker.slot,
                          .subject = worker.number,
                          .life = host->incarnation};
    uint32_t fail_ppb = host->around->load_fail_ppb;
    local.code = !fail_ppb || !random_chance(draw(host, PURPOSE_LOAD_FAIL, host->loads), fail_ppb);
    if (local.code)
        note(host, text_copy(&local.text, &made));
    int64_t takes_ns = law_draw(&host->around->load, draw(host, PURPOSE_LOAD, host->loads));
    host->loads++;
    push_local(host, local, takes_ns);
}

static bool on_work(void *context, struct worker_ref worker)
{
    struct host *host = context;
    const struct law *law = &host->around->work;
    if (law->kind == LAW_CONSTANT && law->least_ns == 0)
        return false;
    int64_t takes_ns = law_draw(law, draw(host, PURPOSE_WORK, host->works++));
    if (takes_ns == 0)
        return false;
    push_local(host,
               (struct local){.kind = LOCAL_WORKED,
                              .slot = worker.slot,
                              .subject = worker.number,
                              .life = host->incarnation},
               takes_ns);
    return true;
}

static void schedule_client(struct host *host, uint64_t index, int64_t delay_ns)
{
    const struct client *client = &host->clients[index].client;
    if (host->now_ns + delay_ns >= client->action->as.load.until_ns)
        return;
    enum local_kind kind = client->mean_gap_ns ? LOCAL_ARRIVAL : LOCAL_CLIENT;
    push_local(host, (struct local){.kind = (uint8_t)kind, .subject = index}, delay_ns);
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    struct host *host = context;
    (void)answer;
    if (!(cookie & TAG_CLIENT))
        return;
    uint64_t index = cookie & ~TAG_CLIENT;
    const struct client *client = &host->clients[index].client;
    if (!client->mean_gap_ns)
        schedule_client(host, index, client->action->as.load.think_ns);
}

static void on_left(void *context)
{
    struct host *host = context;
    host->leaves = true;
}

static const struct node_host effects = {
    .send = on_send,
    .load = on_load,
    .work = on_work,
    .done = on_done,
    .left = on_left,
    .record = on_record,
};

/* ---- up and down --------------------------------------------------------------------------- */

/* Tells all others, over the links, that connections to this node broke or can be made again. */
static void notify_all(struct host *host, enum local_kind kind)
{
    for (node_id peer = 0; peer < settings_of(host)->nodes; peer++) {
        struct fate fate = {.dropped = true};
        if (peer == host->id)
            continue;
        note(host, link_notify(&host->around->network, &host->links, host->id, peer, host->now_ns,
                               &fate));
        if (fate.dropped)
            continue;
        struct envelope envelope;
        memset(&envelope, 0, sizeof envelope);
        envelope.as.local = (struct local){.kind = (uint8_t)kind,
                                           .from = host->id,
                                           .number = host->next_local++,
                                           .subject = host->id,
                                           .slot = host->incarnation};
        post(host, peer, &envelope, fate.arrival_ns);
    }
}

static void take_dropped(struct host *host, struct envelope *envelope, enum drop_why why)
{
    record_carried(host, RECORD_DROP, host->id, &envelope->as.message, why);
    envelope_clear(envelope);
}

static void take_down(void *context, struct envelope *envelope)
{
    take_dropped(context, envelope, DROP_DOWN);
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
            push_local(host, envelope->as.local, 0);
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
    record_here(host, record);
    drop_held(host);
    note(host, queue_strike(&host->queue, is_message, take_down, host));
    notify_all(host, LOCAL_PEER_LOST);
}

static void set_timer(struct host *host)
{
    int64_t wake_ns = clock_when(&host->clock, node_wake_ns(host->node));
    if (wake_ns < host->now_ns)
        wake_ns = host->now_ns;
    place(host, wake_ns, &host->timer_ns, &host->timer_step);
}

static void step_node(struct host *host, struct event *event)
{
    event->now_ns = clock_at(&host->clock, host->now_ns);
    host->events++;
    node_step(host->node, event);
    if (host->leaves)
        go_down(host, DOWN_LEAVE);
    else
        set_timer(host);
}

static struct node_config config_of(const struct host *host, bool joins)
{
    const struct settings *settings = settings_of(host);
    return (struct node_config){
        .self = host->id,
        .nodes = settings->nodes,
        .router = &host->around->router,
        .membership_static = settings->membership_static,
        .joined = joins,
        .expire_idle = settings->expire_idle,
        .fallback_local = settings->fallback_local,
        .repeats = host->around->network.repeats,
        .ttl_ns = settings->ttl_ns,
        .timeout_ns = settings->timeout_ns,
        .retry_ns = settings->retry_ns,
        .heartbeat_ns = settings->heartbeat_ns,
        .suspect_ns = settings->suspect_ns,
        .mailbox = settings->mailbox,
        .workers_max = WORKERS_MAX,
        .incarnation = host->incarnation,
        .next_request = host->next_request,
        .next_worker = host->next_worker,
    };
}

/* ---- running ------------------------------------------------------------------------------- */

static void client_asks(struct host *host, uint64_t index)
{
    struct host_client *entry = &host->clients[index];
    struct text id = client_next_id(&entry->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    step_node(host, &event);
}

static void run_client(struct host *host, const struct local *local)
{
    struct host_client *entry = &host->clients[local->subject];
    bool open = local->kind == LOCAL_ARRIVAL;
    if (open)
        schedule_client(host, local->subject, client_next_gap_ns(&entry->client));
    if (host->node)
        client_asks(host, local->subject);
    else if (!open)
        entry->parked = true;
}

/* Nobody is there to make the request: it is on record as made and ended. */
static void request_on_nobody(struct host *host, const struct text *id, uint64_t tag)
{
    struct record record = record_of(RECORD_REQUEST);
    record.request = host->next_request;
    record.id = *id;
    record.number = tag;
    record.amount = clock_at(&host->clock, host->now_ns) + settings_of(host)->timeout_ns;
    record_here(host, record);
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_CALLER_LOST;
    record.number = 0;
    record.amount = 0;
    record_here(host, record);
    host->next_request += settings_of(host)->nodes;
}

static void run_request(struct host *host, struct local *local)
{
    if (host->node) {
        struct event event = {.kind = EVENT_REQUEST};
        event.as.request.id = &local->text;
        event.as.request.cookie = local->subject;
        step_node(host, &event);
    } else {
        request_on_nobody(host, &local->text, local->subject);
    }
    text_clear(&local->text);
}

static void run_local(struct host *host, struct local *local)
{
    if (local->kind == LOCAL_CLIENT || local->kind == LOCAL_ARRIVAL) {
        run_client(host, local);
        return;
    }
    if (local->kind == LOCAL_REQUEST) {
        run_request(host, local);
        return;
    }
    if (!host->node || (local->life && local->life != host->incarnation)) {
        text_clear(&local->text);
        return;
    }
    struct event event = {.kind = EVENT_TIMER};
    struct worker_ref worker = {local->slot, local->subject};
    if (local->kind == LOCAL_LOADED) {
        event.kind = EVENT_LOADED;
        event.as.load.worker = worker;
        event.as.load.loaded = local->code;
        event.as.load.value = &local->text;
    } else if (local->kind == LOCAL_WORKED) {
        event.kind = EVENT_WORKED;
        event.as.worker = worker;
    } else {
        event.kind = local->kind == LOCAL_PEER_LOST ? EVENT_PEER_LOST : EVENT_PEER_FOUND;
        event.as.peer.id = (node_id)local->subject;
        event.as.peer.incarnation = local->slot;
    }
    step_node(host, &event);
}

static void run_envelope(struct host *host, struct envelope *envelope)
{
    if (envelope_is_local(envelope)) {
        run_local(host, &envelope->as.local);
    } else if (!host->node) {
        take_dropped(host, envelope, DROP_DOWN);
    } else {
        struct event event = {.kind = EVENT_MESSAGE};
        event.as.message = &envelope->as.message;
        step_node(host, &event);
        message_clear(&envelope->as.message);
    }
}

/* The node stands still: what comes waits, so much of it at most. */
static void hold(struct host *host, struct envelope *envelope)
{
    bool message = !envelope_is_local(envelope);
    if (message && host->held_messages == INBOX_MAX) {
        take_dropped(host, envelope, DROP_FULL);
        return;
    }
    enum error error = memory_reserve((void **)&host->held, &host->held_capacity,
                                      host->held_count + 1, sizeof *host->held);
    note(host, error);
    if (error) {
        envelope_clear(envelope);
        return;
    }
    host->held[host->held_count++] = *envelope;
    host->held_messages += message;
}

static bool timer_is_next(const struct host *host)
{
    if (!host->node || host->frozen)
        return false;
    const struct envelope *first = queue_first(&host->queue);
    if (!first || host->timer_ns != first->at_ns)
        return !first || host->timer_ns < first->at_ns;
    return host->timer_step <= first->as.message.step;
}

int64_t host_next_ns(const struct host *host)
{
    int64_t first_ns = queue_first_ns(&host->queue);
    bool timed = host->node && !host->frozen && host->timer_ns < first_ns;
    return timed ? host->timer_ns : first_ns;
}

uint16_t host_next_step(const struct host *host)
{
    return timer_is_next(host) ? host->timer_step : queue_first(&host->queue)->as.message.step;
}

static void run_next(struct host *host)
{
    if (timer_is_next(host)) {
        struct event event = {.kind = EVENT_TIMER};
        step_node(host, &event);
        return;
    }
    struct envelope envelope = queue_pop(&host->queue);
    if (host->frozen)
        hold(host, &envelope);
    else
        run_envelope(host, &envelope);
}

void host_run(struct host *host, int64_t end_ns, uint16_t step_most)
{
    for (int64_t next_ns; (next_ns = host_next_ns(host)) < end_ns && !host->error;) {
        uint16_t step = host_next_step(host);
        if (step > step_most)
            return;
        if (step >= STEPS_MAX) {
            host->circles = true;
            return;
        }
        host->now_ns = next_ns;
        host->step = step;
        run_next(host);
    }
}

/* ---- between windows ----------------------------------------------------------------------- */

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
    host_clear_records(host);
    memory_free(host->held);
    memory_free(host->outbox);
    memory_free(host->records);
    memory_free(host->clients);
}

void host_clear_records(struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        text_clear(&host->records[i].id);
        text_clear(&host->records[i].value);
    }
    host->records_count = 0;
}

bool host_busy(const struct host *host)
{
    if (host->frozen)
        return false;
    return host->queue.lively ||
           (host->node && (node_workers(host->node) || node_requests(host->node)));
}

uint64_t host_messages_under_way(const struct host *host)
{
    return host->queue.messages + host->held_messages;
}

static void at(struct host *host, int64_t t_ns, uint16_t step)
{
    host->now_ns = t_ns;
    host->step = step;
}

static void resume_clients(struct host *host)
{
    for (size_t i = 0; i < host->clients_count; i++) {
        if (host->clients[i].parked)
            schedule_client(host, i, 0);
        host->clients[i].parked = false;
    }
}

bool host_start(struct host *host, int64_t t_ns, uint16_t step, bool joins)
{
    if (host->node)
        return false;
    at(host, t_ns, step);
    host->incarnation++;
    struct node_config config = config_of(host, joins || host->rejoins);
    host->node = node_new(&config, &effects, host);
    if (!host->node) {
        note(host, ERROR_MEMORY);
        return false;
    }
    struct record record = record_of(RECORD_UP);
    record.epoch = host->incarnation;
    record_here(host, record);
    struct event event = {.kind = EVENT_START};
    step_node(host, &event);
    if (settings_of(host)->membership_static && host->incarnation > 1)
        notify_all(host, LOCAL_PEER_FOUND);
    resume_clients(host);
    return true;
}

bool host_crash(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node)
        return false;
    at(host, t_ns, step);
    go_down(host, DOWN_CRASH);
    return true;
}

static void plain_event(struct host *host, enum event_kind kind)
{
    struct event event = {.kind = kind};
    step_node(host, &event);
}

bool host_leave(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    at(host, t_ns, step);
    plain_event(host, EVENT_LEAVE);
    return true;
}

bool host_freeze(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    at(host, t_ns, step);
    record_here(host, record_of(RECORD_FROZEN));
    host->frozen = true;
    return true;
}

bool host_thaw(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || !host->frozen)
        return false;
    at(host, t_ns, step);
    record_here(host, record_of(RECORD_THAWED));
    host->frozen = false;
    set_timer(host);
    size_t count = host->held_count;
    struct envelope *held = host->held;
    host->held = NULL;
    host->held_count = host->held_capacity = 0;
    host->held_messages = 0;
    for (size_t i = 0; i < count; i++)
        run_envelope(host, &held[i]);
    memory_free(held);
    return true;
}

void host_connect(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return;
    at(host, t_ns, step);
    plain_event(host, EVENT_CONNECT);
}

void host_request(struct host *host, int64_t t_ns, uint16_t step, const struct text *id,
                  uint64_t tag)
{
    at(host, t_ns, step);
    struct envelope envelope = {.at_ns = t_ns};
    struct local local = {.kind = LOCAL_REQUEST, .step = step, .subject = tag};
    enum error error = text_copy(&local.text, id);
    note(host, error);
    if (error)
        return;
    envelope.as.local = local;
    if (host->frozen)
        hold(host, &envelope);
    else
        run_envelope(host, &envelope);
}

void host_add_client(struct host *host, int64_t t_ns, uint16_t step, struct client client)
{
    at(host, t_ns, step);
    enum error error = memory_reserve((void **)&host->clients, &host->clients_capacity,
                                      host->clients_count + 1, sizeof *host->clients);
    note(host, error);
    if (error)
        return;
    size_t index = host->clients_count++;
    host->clients[index] = (struct host_client){.client = client};
    int64_t first_ns = client.mean_gap_ns ? client_next_gap_ns(&host->clients[index].client) : 0;
    schedule_client(host, index, first_ns);
}

void host_set_clock(struct host *host, int64_t t_ns, uint16_t step, const struct action *action)
{
    at(host, t_ns, step);
    if (action->as.clock.is_rate)
        clock_set_rate(&host->clock, t_ns, action->as.clock.rate_ppm);
    else
        clock_set_offset(&host->clock, t_ns, action->as.clock.offset_ns);
    if (host->node)
        set_timer(host);
}

static bool is_cut(void *context, const struct envelope *envelope)
{
    const struct host *host = context;
    bool notice =
        envelope->as.local.kind == LOCAL_PEER_LOST || envelope->as.local.kind == LOCAL_PEER_FOUND;
    if (envelope_is_local(envelope) && !notice)
        return false;
    return link_cut(&host->around->network, envelope->as.message.from, host->id) != NULL;
}

static void take_cut(void *context, struct envelope *envelope)
{
    struct host *host = context;
    struct cut *cut = link_cut(&host->around->network, envelope->as.message.from, host->id);
    atomic_store_explicit(cut->touched, true, memory_order_relaxed);
    if (envelope_is_local(envelope))
        envelope_clear(envelope);
    else
        take_dropped(host, envelope, DROP_CUT);
}

void host_strike(struct host *host, int64_t t_ns, uint16_t step)
{
    at(host, t_ns, step);
    note(host, queue_strike(&host->queue, is_cut, take_cut, host));
}
