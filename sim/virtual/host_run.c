#include "base/memory.h"
#include "virtual/host_internal.h"

static void client_asks(struct host *host, uint64_t index)
{
    struct host_client *entry = &host->clients[index];
    struct text id = client_next_id(&entry->client);
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &id;
    event.as.request.cookie = TAG_CLIENT | index;
    host_step(host, &event);
}

static void run_client(struct host *host, const struct local *local)
{
    struct host_client *entry = &host->clients[local->subject];
    bool open = local->kind == LOCAL_ARRIVAL;
    if (open)
        host_schedule_client(host, local->subject, client_next_gap_ns(&entry->client));
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
    record.amount = clock_at(&host->clock, host->now_ns) + host_settings(host)->timeout_ns;
    host_record_here(host, record);
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_CALLER_LOST;
    record.number = 0;
    record.amount = 0;
    host_record_here(host, record);
    host->next_request += host_settings(host)->nodes;
}

static void run_request(struct host *host, struct local *local)
{
    if (host->node) {
        struct event event = {.kind = EVENT_REQUEST};
        event.as.request.id = &local->text;
        event.as.request.cookie = local->subject;
        host_step(host, &event);
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
    host_step(host, &event);
}

static void run_envelope(struct host *host, struct envelope *envelope)
{
    if (envelope_is_local(envelope)) {
        run_local(host, &envelope->as.local);
    } else if (!host->node) {
        host_drop(host, envelope, DROP_DOWN);
    } else {
        struct event event = {.kind = EVENT_MESSAGE};
        event.as.message = &envelope->as.message;
        host_step(host, &event);
        message_clear(&envelope->as.message);
    }
}

/* The node stands still: what comes waits, so much of it at most. */
static void hold(struct host *host, struct envelope *envelope)
{
    bool message = !envelope_is_local(envelope);
    if (message && host->held_messages == INBOX_MAX) {
        host_drop(host, envelope, DROP_FULL);
        return;
    }
    enum error error = memory_reserve((void **)&host->held, &host->held_capacity,
                                      host->held_count + 1, sizeof *host->held);
    host_note(host, error);
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
        host_step(host, &event);
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
            host->livelock = true;
            return;
        }
        host->now_ns = next_ns;
        host->step = step;
        run_next(host);
    }
}

bool host_freeze(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || host->frozen)
        return false;
    host_at(host, t_ns, step);
    host_record_here(host, record_of(RECORD_FROZEN));
    host->frozen = true;
    return true;
}

bool host_thaw(struct host *host, int64_t t_ns, uint16_t step)
{
    if (!host->node || !host->frozen)
        return false;
    host_at(host, t_ns, step);
    host_record_here(host, record_of(RECORD_THAWED));
    host->frozen = false;
    struct event event = {.kind = EVENT_TIMER}; /* first, what fell due meanwhile */
    host_step(host, &event);
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

void host_request(struct host *host, int64_t t_ns, uint16_t step, const struct text *id,
                  uint64_t tag)
{
    host_at(host, t_ns, step);
    struct envelope envelope = {.at_ns = t_ns};
    struct local local = {.kind = LOCAL_REQUEST, .step = step, .subject = tag};
    enum error error = text_copy(&local.text, id);
    host_note(host, error);
    if (error)
        return;
    envelope.as.local = local;
    if (host->frozen)
        hold(host, &envelope);
    else
        run_envelope(host, &envelope);
}
