#include "net/process/node_process_host.h"

#include "base/random.h"
#include "base/varint.h"
#include "net/process/scenario_clients.h"

#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Longer values are not recorded whole; so much of them is, with room for what follows it. */
#define RECORD_VALUE_MAX   4096u
#define RECORD_VALUE_SHOWN 64u
#define RECORD_SHOWN_SIZE  128u

/* Bytes of latencies in a record. */
#define LATENCIES_MOST 4000u

/* ---- records ------------------------------------------------------------------------------- */

/* A long value is recorded by its beginning, its size and its hash: whoever compares values finds
 * the same, and a thousand answers with a mebibyte each are no gibibyte of records. */
static void shorten_value(struct record *record, char room[RECORD_SHOWN_SIZE])
{
    const char *bytes = text_bytes(&record->value);
    uint32_t size = text_size(&record->value);
    if (size <= RECORD_VALUE_MAX)
        return;
    memcpy(room, bytes, RECORD_VALUE_SHOWN);
    int more = snprintf(room + RECORD_VALUE_SHOWN, RECORD_SHOWN_SIZE - RECORD_VALUE_SHOWN,
                        "... (%u bytes, XXH3 %016llx)", size,
                        (unsigned long long)XXH3_64bits(bytes, size));
    record->value = text_borrow(room, RECORD_VALUE_SHOWN + (size_t)more);
}

void node_process_record_latencies(struct node_process *process)
{
    struct string_builder *latencies = &process->latencies;
    struct record record = record_of(RECORD_REPLY);
    if (!latencies->size)
        return;
    record.t_ns = record.clock_ns = process->now_ns;
    record.node = record.peer = process->setup.node;
    record.value = text_borrow(latencies->text, (uint32_t)latencies->size);
    latencies->size = 0;
    shared_ring_write(&process->writer, &record);
}

/* What the ring does not get is counted here, so that the numbers of a run are whole. */
static void count(struct node_process *process, const struct record *record)
{
    tally_take(&process->gauges.tally, record);
    if (record->kind != RECORD_REPLY || process->level != TRACE_WORKERS)
        return;
    varint_put(&process->latencies, (uint64_t)record->amount);
    if (process->latencies.size > LATENCIES_MOST)
        node_process_record_latencies(process);
}

static void record_at(struct node_process *process, struct record *record, int64_t at_ns)
{
    char room[RECORD_SHOWN_SIZE];
    record->t_ns = record->clock_ns = at_ns;
    shorten_value(record, room);
    if (trace_keeps(process->level, (enum record_kind)record->kind))
        shared_ring_write(&process->writer, record);
    else
        count(process, record);
}

void node_process_record(struct node_process *process, struct record *record)
{
    record_at(process, record, process->now_ns);
}

static void on_record(void *context, struct record *record)
{
    struct node_process *process = context;
    process->gauges.received += record->kind == RECORD_RECV;
    /* The node's own: a message that came late. */
    process->gauges.dropped += record->kind == RECORD_DROP;
    node_process_record(process, record);
}

/* 64 bits that nobody can foretell. */
static uint64_t draw(struct node_process *process)
{
    return random_draw(process->seed, process->draws++);
}

/* ---- messages ------------------------------------------------------------------------------ */

static void record_carried(struct node_process *process, enum record_kind kind, node_id to,
                           const struct message *message, enum drop_why why)
{
    if (process->level != TRACE_ALL && kind == RECORD_SEND)
        return;
    struct record record = record_of(kind);
    record_set_message(&record, message);
    record.node = message->from;
    record.peer = to;
    if (kind == RECORD_DROP)
        record.code = (uint8_t)why;
    if (kind == RECORD_SEND && message->kind == MESSAGE_REQUEST)
        record.id = message_id(message);
    node_process_record(process, &record);
}

void node_process_dropped(struct node_process *process, const struct message *message, node_id to,
                          enum drop_why why)
{
    process->gauges.dropped++;
    record_carried(process, RECORD_DROP, to, message, why);
}

static void on_send(void *context, node_id to, const struct message *message)
{
    struct node_process *process = context;
    struct message carried = *message;
    enum drop_why why;
    if (transport_is_ripe(process->transport, to, message))
        node_process_publish(process); /* it may be halted there: what is counted is recorded */
    carried.number = process->gauges.next_message;
    process->gauges.next_message += process->cluster_file.nodes;
    process->gauges.sent++;
    record_carried(process, RECORD_SEND, to, &carried, 0);
    if (!transport_send(process->transport, to, &carried, &why))
        node_process_dropped(process, &carried, to, why);
    message_clear(&carried);
}

/* ---- loads and turns ----------------------------------------------------------------------- */

static void add_timer(struct node_process *process, struct timer timer)
{
    if (!timer_queue_add(&process->timer_queue, timer))
        return;
    text_clear(&timer.text);
    failure_memory(&process->failure);
}

static void draw_value(struct node_process *process, struct text *value)
{
    char room[VALUE_SIZE];
    struct text made = value_made(draw(process), process->setup.node, room);
    if (text_copy(value, &made))
        memset(value, 0, sizeof *value);
}

static int64_t draw_time(struct node_process *process, const struct order_setting *first,
                         const struct text *id)
{
    const struct order_setting *setting = order_setting_of(first, id);
    bool none = !setting || (setting->distribution.kind == DISTRIBUTION_CONSTANT &&
                             setting->distribution.least_ns == 0);
    return none ? 0 : distribution_draw(&setting->distribution, draw(process));
}

/* Of the lease under which the worker lives; NULL: there are no leases. */
static const char *token_shown(const struct node_process *process, const struct text *id,
                               char room[TOKEN_TEXT_SIZE])
{
    if (!process->cluster_file.settings.leases)
        return NULL;
    struct token token = node_token(process->node, id);
    return token_text(&token, process->setup.node, room);
}

/* False: there is no memory for it. */
static bool start_load(struct node_process *process, struct worker_ref worker,
                       const struct text *id)
{
    char room[TOKEN_TEXT_SIZE];
    int64_t until_ns = process->now_ns + process->cluster_file.settings.ttl_ns;
    struct loader_task task = {.worker = worker,
                               .id = id,
                               .until_ns = until_ns,
                               .ends_ns = until_ns,
                               .token = token_shown(process, id, room)};
    return !node_process_keep(process) || !loader_start(process->loader, &task, process->now_ns);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct node_process *process = context;
    struct timer timer = {.at_ns = process->now_ns,
                          .kind = TIMER_LOADED,
                          .slot = worker.slot,
                          .subject = worker.number};
    enum program_use use = process->cluster_file.use;
    if (use == PROGRAM_LOADS && start_load(process, worker, id))
        return;
    if (use > PROGRAM_LOADS) {
        timer.code = true; /* it has no value: its turns answer */
    } else if (use == PROGRAM_NONE) {
        const struct order_setting *fails = order_setting_of(process->load_fails, id);
        timer.code = !fails || !fails->ppb || !random_chance(draw(process), fails->ppb);
        timer.at_ns += draw_time(process, process->loads, id);
        if (timer.code)
            draw_value(process, &timer.text);
    }
    add_timer(process, timer);
}

static bool simulate_work(struct node_process *process, struct worker_ref worker,
                          const struct text *id)
{
    int64_t takes_ns = draw_time(process, process->works, id);
    if (takes_ns == 0)
        return false;
    add_timer(process, (struct timer){.at_ns = process->now_ns + takes_ns,
                                      .kind = TIMER_WORKED,
                                      .slot = worker.slot,
                                      .subject = worker.number});
    return true;
}

static bool on_work(void *context, struct worker_ref worker, const struct turn *turn)
{
    struct node_process *process = context;
    char room[TOKEN_TEXT_SIZE];
    if (process->cluster_file.use <= PROGRAM_LOADS)
        return simulate_work(process, worker, turn->id);
    if (!node_process_keep(process))
        return true;
    struct loader_task task = {.worker = worker,
                               .id = turn->id,
                               .until_ns = turn->deadline_ns,
                               .ends_ns = TIME_NEVER,
                               .demand = turn->demand,
                               .token = token_shown(process, turn->id, room),
                               .try = turn->try};
    if (loader_start(process->loader, &task, process->now_ns))
        add_timer(process, (struct timer){.at_ns = process->now_ns,
                                          .kind = TIMER_REFUSED,
                                          .slot = worker.slot,
                                          .subject = worker.number});
    return true;
}

static void on_end(void *context, struct worker_ref worker)
{
    struct node_process *process = context;
    if (process->loader)
        loader_end(process->loader, worker);
}

void node_process_run_timer(struct node_process *process, const struct timer *timer)
{
    struct worker_ref worker = {timer->slot, timer->subject};
    struct text value = timer->text;
    struct event event = {.kind = EVENT_WORKED};
    switch ((enum timer_kind)timer->kind) {
    case TIMER_ASKS:
        scenario_clients_ask(process, timer->subject);
        return;
    case TIMER_LOADED:
        event.kind = EVENT_LOADED;
        event.as.load.worker = worker;
        event.as.load.loaded = timer->code;
        event.as.load.value = &value;
        break;
    case TIMER_WORKED:
        event.as.worker = worker;
        break;
    case TIMER_REFUSED:
        event.kind = EVENT_ANSWERED;
        event.as.turn.worker = worker;
        event.as.turn.outcome = OUTCOME_OVERLOADED;
        event.as.turn.value = &value;
        break;
    }
    node_process_step(process, &event);
}

/* ---- requests ------------------------------------------------------------------------------ */

void node_process_made(struct node_process *process, struct source_request *request)
{
    int64_t setting_ns = process->cluster_file.settings.timeout_ns;
    struct record record = record_of(RECORD_REQUEST);
    request->number = node_number_request(process->node);
    record.node = process->setup.node;
    record.request = request->number;
    record.id = request->id;
    record.number = request->tag;
    record.code = request->how;
    record.amount = request->made_ns + (request->timeout_ns ? request->timeout_ns : setting_ns);
    record.gap_ns = request->gap_ns;
    record_at(process, &record, request->made_ns);
}

void node_process_request(struct node_process *process, const struct arrival *arrival)
{
    struct pool *pending = &process->pending_requests;
    uint32_t slot = pending->count < PENDING_REQUESTS_MAX ? pool_take(pending) : POOL_NONE;
    struct event event = {.kind = EVENT_REQUEST};
    if (slot == POOL_NONE) {
        struct wire_answer answer = {.cookie = arrival->client.cookie,
                                     .outcome = OUTCOME_OVERLOADED};
        transport_answer(process->transport, arrival->client, &answer);
        return;
    }
    *(struct wire_client_ref *)pool_at(pending, slot) = arrival->client;
    event.as.request.id = &arrival->id;
    event.as.request.payload = &arrival->payload;
    event.as.request.cookie = COOKIE_WIRE_CLIENT | slot;
    node_process_step(process, &event);
}

static void answer_wire_client(struct node_process *process, uint32_t slot,
                               const struct answer *answer)
{
    struct wire_client_ref client =
        *(const struct wire_client_ref *)pool_at(&process->pending_requests, slot);
    pool_give(&process->pending_requests, slot);
    struct wire_answer reply = {.cookie = client.cookie,
                                .outcome = (uint8_t)answer->outcome,
                                .from = answer->from,
                                .worker = answer->worker,
                                .latency_ns = answer->latency_ns,
                                .token = answer->token};
    if (answer->outcome == OUTCOME_VALUE || answer->outcome == OUTCOME_WORK_FAILED)
        reply.value = *answer->value;
    bool kept = node_process_keep(process);
    node_process_commit(process); /* as before all that leaves */
    if (kept)
        transport_answer(process->transport, client, &reply);
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    struct node_process *process = context;
    if (cookie & TAG_CLIENT)
        scenario_clients_answered(process, cookie, answer);
    else if (cookie & COOKIE_WIRE_CLIENT)
        answer_wire_client(process, (uint32_t)cookie, answer);
}

static void on_left(void *context)
{
    struct node_process *process = context;
    process->left = true;
}

const struct node_host node_process_host = {
    .send = on_send,
    .load = on_load,
    .work = on_work,
    .end = on_end,
    .done = on_done,
    .left = on_left,
    .record = on_record,
};
