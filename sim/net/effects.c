#include "core/id.h"
#include "core/random.h"
#include "net/serve_inner.h"

#include <stdio.h>

/* ---- records ------------------------------------------------------------------------------- */

/* What the ring does not get is counted here, so that the numbers of a run are whole. */
void serve_record(struct serve *serve, struct record *record)
{
    record->t_ns = record->clock_ns = serve->now_ns;
    if (trace_keeps(serve->level, (enum record_kind)record->kind))
        desk_write(&serve->writer, record);
    else
        tally_take(&serve->desk->report.tally, record);
}

static void on_record(void *context, struct record *record)
{
    struct serve *serve = context;
    serve->gauges.received += record->kind == RECORD_RECV;
    serve->gauges.dropped +=
        record->kind == RECORD_DROP; /* the node's own: a message that came late */
    serve_record(serve, record);
}

uint64_t serve_draw(struct serve *serve)
{
    return random_draw(serve->seed, serve->draws++);
}

/* ---- messages ------------------------------------------------------------------------------ */

static void record_carried(struct serve *serve, enum record_kind kind, node_id to,
                           const struct message *message, enum drop_why why)
{
    if (serve->level != TRACE_ALL && kind == RECORD_SEND) {
        serve->desk->report.tally.totals.sent++;
        return;
    }
    struct record record = record_of(kind);
    record.node = message->from;
    record.peer = to;
    record.number = message->number;
    record.message = message->kind;
    record.request = message->request;
    record.code = (uint8_t)why;
    if (kind == RECORD_SEND && message->kind == MESSAGE_REQUEST)
        record.id = message->as.ask.id;
    serve_record(serve, &record);
}

void serve_dropped(struct serve *serve, const struct message *message, node_id to,
                   enum drop_why why)
{
    serve->gauges.dropped++;
    record_carried(serve, RECORD_DROP, to, message, why);
}

static void on_send(void *context, node_id to, const struct message *message)
{
    struct serve *serve = context;
    struct message carried = *message;
    enum drop_why why;
    carried.number = serve->gauges.next_message;
    serve->gauges.next_message += serve->hosts.nodes;
    serve->gauges.sent++;
    if (transport_is_ripe(serve->transport, to))
        serve_publish(serve);
    record_carried(serve, RECORD_SEND, to, &carried, 0);
    if (!transport_send(serve->transport, to, &carried, &why))
        serve_dropped(serve, &carried, to, why);
    message_clear(&carried);
}

/* ---- loads and turns ----------------------------------------------------------------------- */

static void add_later(struct serve *serve, struct later later)
{
    if (!later_add(&serve->laters, later))
        return;
    text_clear(&later.text);
    serve->failed = true;
    serve->why = "out of memory";
}

static void draw_value(struct serve *serve, struct text *value)
{
    char room[VALUE_SIZE];
    struct text made = value_made(serve_draw(serve), serve->birth.node, room);
    if (text_copy(value, &made))
        memset(value, 0, sizeof *value);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct serve *serve = context;
    int64_t now_ns = serve->now_ns, until_ns = now_ns + serve->hosts.settings.ttl_ns;
    struct later later = {
        .at_ns = now_ns, .kind = LATER_LOADED, .slot = worker.slot, .subject = worker.number};
    if (serve->loader && !loader_start(serve->loader, worker, id, now_ns, until_ns))
        return;
    if (!serve->loader) {
        uint32_t fail_ppb = serve->load_fail_ppb;
        later.code = !fail_ppb || !random_chance(serve_draw(serve), fail_ppb);
        later.at_ns += law_draw(&serve->load, serve_draw(serve));
        if (later.code)
            draw_value(serve, &later.text);
    }
    add_later(serve, later);
}

static bool on_work(void *context, struct worker_ref worker)
{
    struct serve *serve = context;
    if (serve->work.kind == LAW_CONSTANT && serve->work.least_ns == 0)
        return false;
    int64_t takes_ns = law_draw(&serve->work, serve_draw(serve));
    if (takes_ns == 0)
        return false;
    add_later(serve, (struct later){.at_ns = serve->now_ns + takes_ns,
                                    .kind = LATER_WORKED,
                                    .slot = worker.slot,
                                    .subject = worker.number});
    return true;
}

void serve_run_later(struct serve *serve, const struct later *later)
{
    struct worker_ref worker = {later->slot, later->subject};
    struct text value = later->text;
    struct event event = {.kind = EVENT_WORKED};
    if (later->kind == LATER_ASKS) {
        crowd_asks(serve, later->subject, later->at_ns);
        return;
    }
    if (later->kind == LATER_LOADED) {
        event.kind = EVENT_LOADED;
        event.as.load.worker = worker;
        event.as.load.loaded = later->code;
        event.as.load.value = &value;
    } else {
        event.as.worker = worker;
    }
    serve_step(serve, &event);
}

/* ---- ends of requests ---------------------------------------------------------------------- */

static void answer_guest(struct serve *serve, uint32_t slot, const struct answer *answer)
{
    struct guest_ref guest = *(const struct guest_ref *)pool_at(&serve->asked, slot);
    pool_give(&serve->asked, slot);
    struct guest_answer told = {.cookie = guest.cookie,
                                .outcome = (uint8_t)answer->outcome,
                                .from = answer->from,
                                .worker = answer->worker,
                                .latency_ns = answer->latency_ns};
    if (answer->outcome == OUTCOME_VALUE)
        told.value = *answer->value;
    serve_commit(serve); /* as with all that leaves */
    transport_answer(serve->transport, guest, &told);
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    struct serve *serve = context;
    if (cookie & TAG_CLIENT)
        crowd_answered(serve, cookie & ~TAG_CLIENT, answer);
    else if (cookie & COOKIE_GUEST)
        answer_guest(serve, (uint32_t)cookie, answer);
}

static void on_left(void *context)
{
    struct serve *serve = context;
    serve->left = true;
}

const struct node_host serve_effects = {
    .send = on_send,
    .load = on_load,
    .work = on_work,
    .done = on_done,
    .left = on_left,
    .record = on_record,
};
