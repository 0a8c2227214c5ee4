#include "base/memory.h"
#include "base/random.h"
#include "node/id.h"
#include "virtual/host_internal.h"

#include <stdio.h>

void host_note(struct host *host, enum error error)
{
    if (error)
        host->error = error;
}

void host_record(struct host *host, struct record *record)
{
    record->t_ns = host->now_ns;
    record->step = host->step;
    if (record->node != host->id)
        record->clock_ns = host->now_ns; /* another node's message, dropped here */
    tally_take(host->tally, record);
    if (trace_keeps(host_settings(host)->trace, (enum record_kind)record->kind))
        host_note(host,
                  stream_add(trace_merge_stream(host->around->trace_merge, host->id), record));
}

void host_record_here(struct host *host, struct record record)
{
    record.node = host->id;
    record.clock_ns = clock_at(&host->clock, host->now_ns);
    host_record(host, &record);
}

/* The place in time of something that happens at at_ns: if that is now, one causal step on. */
void host_place(const struct host *host, int64_t at_ns, int64_t *to_ns, uint16_t *to_step)
{
    *to_ns = at_ns;
    *to_step = at_ns == host->now_ns ? (uint16_t)(host->step + 1) : 0;
}

void host_push(struct host *host, struct local local, int64_t delay_ns)
{
    struct envelope envelope;
    memset(&envelope, 0, sizeof envelope);
    envelope.as.local = local;
    host_place(host, host->now_ns + delay_ns, &envelope.at_ns, &envelope.as.local.step);
    envelope.as.local.from = host->id;
    envelope.as.local.number = host->next_local++;
    enum error error = queue_push(&host->queue, &envelope);
    if (error)
        envelope_clear(&envelope);
    host_note(host, error);
}

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
    host_record(host, &record);
}

/* Puts what is under way into the outbox, or frees it when there is no memory. */
void host_post(struct host *host, node_id to, struct envelope *envelope, int64_t arrival_ns)
{
    must(arrival_ns >= host->around->window_end_ns);
    host_place(host, arrival_ns, &envelope->at_ns, &envelope->as.message.step);
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
    record_carried(host, RECORD_DROP, host->id, &envelope->as.message, why);
    envelope_clear(envelope);
}

static void number_message(struct host *host, struct message *message)
{
    message->number = host->next_message;
    host->next_message += host_settings(host)->nodes;
}

/* The link made a second one of a message: one of its own, that follows the first. */
static void post_second(struct host *host, node_id to, const struct message *first,
                        int64_t arrival_ns)
{
    struct envelope envelope;
    enum error error = message_copy(&envelope.as.message, first);
    host_note(host, error);
    if (error)
        return;
    number_message(host, &envelope.as.message);
    record_carried(host, RECORD_SEND, to, &envelope.as.message, 0);
    host_post(host, to, &envelope, arrival_ns);
}

static void on_send(void *context, node_id to, const struct message *message)
{
    struct host *host = context;
    struct envelope envelope = {.as.message = *message};
    struct message *carried = &envelope.as.message;
    struct transit transit;
    number_message(host, carried);
    record_carried(host, RECORD_SEND, to, carried, 0);
    enum error error =
        link_send(&host->around->network, &host->links, host->id, to, host->now_ns, &transit);
    host_note(host, error);
    if (error || transit.dropped) {
        if (!error)
            record_carried(host, RECORD_DROP, to, carried, transit.why);
        message_clear(carried);
        return;
    }
    if (transit.doubled)
        post_second(host, to, carried, transit.second_ns);
    host_post(host, to, &envelope, transit.arrival_ns);
}

/* Draws of one node are keyed by the time, and by what else tells them apart at one instant: so
 * they stay as they are when another request or fault is taken out of the run. */
static uint64_t draw(const struct host *host, enum purpose purpose, uint64_t which)
{
    uint64_t key = random_key(host_settings(host)->seed, purpose, host->id);
    return random_draw(random_mix(key ^ which), (uint64_t)host->now_ns);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct host *host = context;
    char room[VALUE_SIZE];
    uint64_t which = id_hash(id);
    struct text made = value_made(draw(host, PURPOSE_VALUE, which), host->id, room);
    struct local local = {.kind = LOCAL_LOADED,
                          .slot = worker.slot,
                          .subject = worker.number,
                          .life = host->incarnation};
    uint32_t fail_ppb = host->around->load_fail_ppb;
    local.code = !fail_ppb || !random_chance(draw(host, PURPOSE_LOAD_FAIL, which), fail_ppb);
    if (local.code)
        host_note(host, text_copy(&local.text, &made));
    int64_t takes_ns = distribution_draw(&host->around->load, draw(host, PURPOSE_LOAD, which));
    host_push(host, local, takes_ns);
}

/* Which turn of this instant it is. */
static uint64_t turn_of_instant(struct host *host)
{
    host->works = host->worked_ns == host->now_ns ? host->works + 1 : 0;
    host->worked_ns = host->now_ns;
    return host->works;
}

static bool on_work(void *context, struct worker_ref worker)
{
    struct host *host = context;
    const struct distribution *distribution = &host->around->work;
    if (distribution->kind == DISTRIBUTION_CONSTANT && distribution->least_ns == 0)
        return false;
    int64_t takes_ns =
        distribution_draw(distribution, draw(host, PURPOSE_WORK, turn_of_instant(host)));
    if (takes_ns == 0)
        return false;
    host_push(host,
              (struct local){.kind = LOCAL_WORKED,
                             .slot = worker.slot,
                             .subject = worker.number,
                             .life = host->incarnation},
              takes_ns);
    return true;
}

void host_schedule_client(struct host *host, uint64_t index, int64_t delay_ns)
{
    const struct client *client = &host->clients[index].client;
    if (host->now_ns + delay_ns >= client->action->as.load.until_ns)
        return;
    enum local_kind kind = client->mean_gap_ns ? LOCAL_ARRIVAL : LOCAL_CLIENT;
    host_push(host, (struct local){.kind = (uint8_t)kind, .subject = index}, delay_ns);
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    struct host *host = context;
    if (!(cookie & TAG_CLIENT))
        return;
    uint64_t index = cookie & ~TAG_CLIENT;
    const struct client *client = &host->clients[index].client;
    int64_t think_ns = client->action->as.load.think_ns;
    if (!client->mean_gap_ns)
        host_schedule_client(host, index, client_rest_ns(think_ns, answer->latency_ns));
}

static void on_record(void *context, struct record *record)
{
    host_record(context, record);
}

static void on_left(void *context)
{
    struct host *host = context;
    host->leaves = true;
}

const struct node_host host_effects = {
    .send = on_send,
    .load = on_load,
    .work = on_work,
    .done = on_done,
    .left = on_left,
    .record = on_record,
};
