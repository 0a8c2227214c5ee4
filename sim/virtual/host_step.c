#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "node/id.h"
#include "virtual/host_internal.h"

#include <stdio.h>

void host_note(struct host *host, enum error error)
{
    if (error)
        host->error = error;
}

/* Where in time something stands that happens at at_ns: if that is now, one causal step on. */
static void set_place(const struct host *host, int64_t at_ns, int64_t *to_ns, uint16_t *to_step)
{
    *to_ns = at_ns;
    *to_step = at_ns == host->now_ns ? (uint16_t)(host->step + 1) : 0;
}

/* ---- records ------------------------------------------------------------------------------- */

/* An action waits for messages like this one. */
static void note_seen(struct host *host, const struct record *recv)
{
    enum error error = memory_reserve((void **)&host->seen, &host->seen_capacity,
                                      host->seen_count + 1, sizeof *host->seen);
    host_note(host, error);
    if (!error)
        host->seen[host->seen_count++] = (struct seen_message){recv->message, recv->peer};
}

/* A record that has its node and clock. */
static void record(void *context, struct record *record)
{
    struct host *host = context;
    record->t_ns = host->now_ns;
    record->step = host->step;
    if (record->node != host->id)
        record->clock_ns = host->now_ns; /* another node's message, dropped here */
    tally_take(host->tally, record);
    if (record->kind == RECORD_RECV && host->around->awaited >> record->message & 1)
        note_seen(host, record);
    if (!trace_keeps(host_settings(host)->trace, (enum record_kind)record->kind))
        return;
    hash_add(&host->hash, record);
    if (host->screen)
        host_note(host, screen_take(host->screen, record));
    else if (host->around->is_alone)
        trace_merge_give(host->around->trace_merge, record);
    else
        host_note(host, record_stream_add(&(*host->around->streams)[host->id], record));
}

void host_record(struct host *host, struct record *made)
{
    made->node = host->id;
    made->clock_ns = clock_at(&host->clock, host->now_ns);
    record(host, made);
}

/* A SEND or DROP. */
static void record_message(struct host *host, enum record_kind kind, node_id to,
                           const struct message *message, enum drop_why why)
{
    struct record made;
    record_init(&made, kind);
    record_set_message(&made, message);
    made.node = message->from;
    made.peer = to;
    made.clock_ns = clock_at(&host->clock, host->now_ns);
    if (kind == RECORD_DROP)
        made.code = (uint8_t)why;
    if (kind == RECORD_SEND && message->kind == MESSAGE_REQUEST)
        made.id = message->as.ask.id;
    record(host, &made);
}

/* ---- what is under way --------------------------------------------------------------------- */

/* Adds an event of the node's own, delay_ns from now. Its text is taken. */
static void push(struct host *host, struct local_event local, int64_t delay_ns)
{
    struct envelope envelope;
    memset(&envelope, 0, sizeof envelope);
    envelope.as.local = local;
    set_place(host, host->now_ns + delay_ns, &envelope.at_ns, &envelope.as.local.step);
    envelope.as.local.from = host->id;
    envelope.as.local.number = host->next_local++;
    enum error error = event_queue_push(&host->queue, &envelope);
    if (error)
        envelope_clear(&envelope);
    host_note(host, error);
}

/* Whether what is to be posted is not to be sent: asked now and then. */
static bool must_not_post(const struct host *host)
{
    if (host->outbox_count % CHECK_MEMORY_EVERY == CHECK_MEMORY_EVERY - 1)
        surroundings_check_memory(host->around);
    return host_must_stop(host);
}

void host_post(struct host *host, node_id to, struct envelope *envelope, int64_t arrival_ns)
{
    must(arrival_ns >= host->around->window_end_ns);
    if (host->outbox_count % ASK_EVERY == ASK_EVERY - 1 && must_not_post(host)) {
        envelope_clear(envelope);
        return;
    }
    set_place(host, arrival_ns, &envelope->at_ns, &envelope->as.message.step);
    enum error error = memory_reserve((void **)&host->outbox, &host->outbox_capacity,
                                      host->outbox_count + 1, sizeof *host->outbox);
    host_note(host, error);
    if (error)
        envelope_clear(envelope);
    else
        host->outbox[host->outbox_count++] = (struct sent){.to = to, .envelope = *envelope};
}

void host_drop(struct host *host, struct envelope *envelope, enum drop_why why)
{
    record_message(host, RECORD_DROP, host->id, &envelope->as.message, why);
    envelope_clear(envelope);
}

static void hold(struct host *host, const struct held_event *held)
{
    bool message = !envelope_is_local(&held->envelope);
    enum error error = memory_reserve((void **)&host->held, &host->held_capacity,
                                      host->held_count + 1, sizeof *host->held);
    host_note(host, error);
    if (error) {
        struct envelope envelope = held->envelope;
        envelope_clear(&envelope);
        return;
    }
    host->held[host->held_count++] = *held;
    host->held_messages += message;
    host->held_requests += !message && held->envelope.as.local.kind == LOCAL_REQUEST;
}

/* ---- what the node wants ------------------------------------------------------------------- */

static void number_message(struct host *host, struct message *message)
{
    message->number = host->next_message;
    host->next_message += host_settings(host)->nodes;
}

/* The link has doubled a message: the second one has its own number. */
static void post_second(struct host *host, node_id to, const struct message *first,
                        int64_t arrival_ns)
{
    struct envelope envelope;
    enum error error = message_copy(&envelope.as.message, first);
    host_note(host, error);
    if (error)
        return;
    number_message(host, &envelope.as.message);
    record_message(host, RECORD_SEND, to, &envelope.as.message, 0);
    host_post(host, to, &envelope, arrival_ns);
}

static void send(void *context, node_id to, const struct message *message)
{
    struct host *host = context;
    struct envelope envelope = {.as.message = *message};
    struct message *carried = &envelope.as.message;
    struct transit transit;
    number_message(host, carried);
    record_message(host, RECORD_SEND, to, carried, 0);
    enum error error =
        link_send(&host->around->network, &host->links, host->id, to, host->now_ns, &transit);
    host_note(host, error);
    if (error || transit.dropped) {
        if (!error)
            record_message(host, RECORD_DROP, to, carried, transit.why);
        message_clear(carried);
        return;
    }
    if (transit.doubled)
        post_second(host, to, carried, transit.second_ns);
    host_post(host, to, &envelope, transit.arrival_ns);
}

/* Draws of one node are keyed by the time, and by what tells them apart at one instant: so they
 * stay as they are when another request or fault is taken out of the run. */
static uint64_t draw(const struct host *host, enum purpose purpose, uint64_t which)
{
    uint64_t key = random_key(host->around->seed, purpose, host->id);
    return random_draw(random_mix(key ^ which), (uint64_t)host->now_ns);
}

/* What a setting of workers is for an id here. */
static const struct setting_value *setting(const struct host *host, enum action_kind kind,
                                           const struct text *id)
{
    return changes_at_node(host->around->changes, kind, host->id, id);
}

static void load(void *context, struct worker_ref worker, const struct text *id)
{
    struct host *host = context;
    char room[VALUE_SIZE];
    uint64_t which = id_hash(id);
    struct text made = value_made(draw(host, PURPOSE_VALUE, which), host->id, room);
    struct local_event local = {.kind = LOCAL_LOADED,
                                .slot = worker.slot,
                                .subject = worker.number,
                                .incarnation = host->incarnation};
    uint32_t fail_ppb = setting(host, ACTION_LOAD_FAIL, id)->ppb;
    local.code = !fail_ppb || !random_chance(draw(host, PURPOSE_LOAD_FAIL, which), fail_ppb);
    if (local.code)
        host_note(host, text_copy(&local.text, &made));
    int64_t takes_ns = distribution_draw(&setting(host, ACTION_LOAD, id)->distribution,
                                         draw(host, PURPOSE_LOAD, which));
    push(host, local, takes_ns);
}

/* The number of this turn among those that begin at this instant. */
static uint64_t turn_of_instant(struct host *host)
{
    host->works = host->worked_ns == host->now_ns ? host->works + 1 : 0;
    host->worked_ns = host->now_ns;
    return host->works;
}

static bool work(void *context, struct worker_ref worker, const struct turn *turn)
{
    struct host *host = context;
    const struct distribution *distribution = &setting(host, ACTION_WORK, turn->id)->distribution;
    if (distribution->kind == DISTRIBUTION_CONSTANT && distribution->least_ns == 0)
        return false;
    int64_t takes_ns =
        distribution_draw(distribution, draw(host, PURPOSE_WORK, turn_of_instant(host)));
    if (takes_ns == 0)
        return false;
    push(host,
         (struct local_event){.kind = LOCAL_WORKED,
                              .slot = worker.slot,
                              .subject = worker.number,
                              .incarnation = host->incarnation},
         takes_ns);
    return true;
}

bool host_schedule_client(struct host *host, uint64_t index, int64_t delay_ns)
{
    const struct client *client = &host->clients[index].client;
    if (delay_ns >= client->action->as.load.until_ns - host->now_ns)
        return false;
    enum local_kind kind = client->mean_gap_ns ? LOCAL_ARRIVAL : LOCAL_CLIENT;
    host->clients_due++;
    push(host, (struct local_event){.kind = (uint8_t)kind, .subject = index}, delay_ns);
    return true;
}

/* A request with this tag has ended. */
static void note_end(struct host *host, uint64_t tag, bool answered, int64_t latency_ns)
{
    if (!(tag & TAG_CLIENT))
        return;
    uint64_t index = tag & ~TAG_CLIENT;
    struct client *client = &host->clients[index].client;
    if (!client->mean_gap_ns)
        host_schedule_client(host, index, client_rest_ns(client, answered, latency_ns));
}

static void done(void *context, uint64_t cookie, const struct answer *answer)
{
    note_end(context, cookie, answer->outcome == OUTCOME_VALUE, answer->latency_ns);
}

static void left(void *context)
{
    struct host *host = context;
    host->has_left = true;
}

const struct node_host host_node_host = {
    .send = send, .load = load, .work = work, .done = done, .left = left, .record = record};

/* ---- steps --------------------------------------------------------------------------------- */

static inline void set_timer(struct host *host)
{
    int64_t wake_ns = clock_when(&host->clock, node_wake_ns(host->node));
    set_place(host, max_i64(wake_ns, host->now_ns), &host->timer_ns, &host->timer_step);
}

void host_set_timer(struct host *host)
{
    if (host->node && !host->frozen)
        set_timer(host);
}

void host_step(struct host *host, struct event *event)
{
    event->now_ns = clock_at(&host->clock, host->now_ns);
    host->events++;
    node_step(host->node, event);
    if (host->has_left)
        host_go_down(host, DOWN_LEAVE, false);
    else
        set_timer(host);
}

/* ---- requests ------------------------------------------------------------------------------ */

static void record_made(struct host *host, uint64_t number, const struct made_request *request)
{
    int64_t timeout_ns =
        request->timeout_ns ? request->timeout_ns : host_settings(host)->timeout_ns;
    struct record made;
    record_init(&made, RECORD_REQUEST);
    made.request = number;
    made.id = *request->id;
    made.number = request->tag;
    made.amount = clock_at(&host->clock, host->now_ns) + timeout_ns;
    made.gap_ns = request->gap_ns;
    host_record(host, &made);
}

/* It ends, since the node is down. */
static void record_lost(struct host *host, uint64_t number, const struct text *id)
{
    struct record failed = record_of(RECORD_FAIL);
    failed.request = number;
    failed.id = *id;
    failed.code = OUTCOME_CALLER_LOST;
    host_record(host, &failed);
}

static void hold_request(struct host *host, uint64_t number, const struct made_request *request)
{
    struct held_event held = {.request = number,
                              .made_ns = clock_at(&host->clock, host->now_ns),
                              .timeout_ns = request->timeout_ns};
    held.envelope.as.local = (struct local_event){.kind = LOCAL_REQUEST, .subject = request->tag};
    enum error error = text_copy(&held.envelope.as.local.text, request->id);
    host_note(host, error);
    if (!error)
        hold(host, &held);
}

static void step_request(struct host *host, uint64_t number, const struct made_request *request)
{
    struct event event = {.kind = EVENT_REQUEST,
                          .as.request = {.id = request->id,
                                         .cookie = request->tag,
                                         .timeout_ns = request->timeout_ns,
                                         .number = number,
                                         .made_ns = clock_at(&host->clock, host->now_ns)}};
    host_step(host, &event);
}

void host_ask(struct host *host, const struct made_request *request)
{
    uint64_t number = host->node ? node_number_request(host->node) : host->next_request;
    record_made(host, number, request);
    if (host->frozen) {
        hold_request(host, number, request);
    } else if (host->node) {
        step_request(host, number, request);
    } else {
        record_lost(host, number, request->id);
        host->next_request += host_settings(host)->nodes;
    }
}

static void run_client(struct host *host, const struct local_event *local)
{
    struct host_client *entry = &host->clients[local->subject];
    int64_t gap_ns = 0; /* of a closed loop */
    host->clients_due--;
    if (local->kind == LOCAL_ARRIVAL) {
        gap_ns = client_next_gap_ns(&entry->client, host->now_ns);
        if (!host_schedule_client(host, local->subject, gap_ns))
            gap_ns = TIME_NEVER;
    } else if (!host->node || !node_takes_requests(host->node)) {
        entry->parked = true;
        return;
    }
    struct text id = client_next_id(&entry->client);
    host_ask(host, &(struct made_request){.id = &id,
                                          .tag = TAG_CLIENT | local->subject,
                                          .timeout_ns = entry->client.action->as.load.timeout_ns,
                                          .gap_ns = gap_ns});
}

/* ---- events -------------------------------------------------------------------------------- */

/* What concerns the node: it is void if the node is down or another incarnation. */
static void run_node_event(struct host *host, struct local_event *local)
{
    if (!host->node || (local->incarnation && local->incarnation != host->incarnation)) {
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
    host_step(host, &event);
}

static void run_message(struct host *host, struct envelope *envelope)
{
    if (!host->node) {
        host_drop(host, envelope, DROP_DOWN);
        return;
    }
    struct event event = {.kind = EVENT_MESSAGE, .as.message = &envelope->as.message};
    host_step(host, &event);
    message_clear(&envelope->as.message);
}

static bool is_client(const struct envelope *envelope)
{
    const struct local_event *local = &envelope->as.local;
    return envelope_is_local(envelope) &&
           (local->kind == LOCAL_CLIENT || local->kind == LOCAL_ARRIVAL);
}

void host_take(struct host *host, struct envelope *envelope)
{
    struct local_event *local = &envelope->as.local;
    if (!envelope_is_local(envelope))
        run_message(host, envelope);
    else if (is_client(envelope))
        run_client(host, local);
    else
        run_node_event(host, local);
}

void host_hold(struct host *host, struct envelope *envelope)
{
    if (is_client(envelope))
        run_client(host, &envelope->as.local);
    else if (!envelope_is_local(envelope) && host->held_messages == INBOX_MAX)
        host_drop(host, envelope, DROP_FULL);
    else
        hold(host, &(struct held_event){.envelope = *envelope});
}

void host_take_held(struct host *host, struct held_event *held)
{
    struct local_event *local = &held->envelope.as.local;
    if (!envelope_is_local(&held->envelope) || local->kind != LOCAL_REQUEST) {
        host_take(host, &held->envelope);
        return;
    }
    struct event event = {.kind = EVENT_REQUEST,
                          .as.request = {.id = &local->text,
                                         .cookie = local->subject,
                                         .timeout_ns = held->timeout_ns,
                                         .number = held->request,
                                         .made_ns = held->made_ns}};
    host_step(host, &event);
    text_clear(&local->text);
}

void host_lose_held(struct host *host, struct held_event *held)
{
    struct local_event *local = &held->envelope.as.local;
    if (!envelope_is_local(&held->envelope)) {
        host_drop(host, &held->envelope, DROP_DOWN);
        return;
    }
    if (local->kind == LOCAL_REQUEST) {
        record_lost(host, held->request, &local->text);
        note_end(host, local->subject, false, clock_at(&host->clock, host->now_ns) - held->made_ns);
    }
    envelope_clear(&held->envelope);
}
