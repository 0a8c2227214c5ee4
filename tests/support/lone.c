#include "support/lone.h"

#include "base/number.h"
#include "node/parcel.h"

#include "support/suite.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static void say(struct lone *lone, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(lone->log + lone->size, sizeof lone->log - lone->size, format, arguments);
    va_end(arguments);
    must(size >= 0 && lone->size + (size_t)size < sizeof lone->log);
    lone->size += (size_t)size;
}

static const char *text_of(const struct text *text, char *buffer)
{
    memcpy(buffer, text_bytes(text), text_size(text));
    buffer[text_size(text)] = 0;
    return buffer;
}

static unsigned long long number(uint64_t n)
{
    return n;
}

static void say_members(struct lone *lone, const struct text *bits)
{
    struct record view = {.value = *bits};
    for (node_id node = 0; node < lone->config.nodes; node++)
        if (record_view_has(&view, node))
            say(lone, " n%u", node + 1);
}

static void say_entries(struct lone *lone, const struct text *entries)
{
    static const char *const names[ENTRY_KINDS] = {"prepare", "accept",   "release",
                                                   "promise", "accepted", "refused"};
    struct entries_reader reader =
        entries_reader_over(entries, lone->config.nodes, lone->config.slots);
    const struct entry *entry = &reader.entry;
    while (entries_next(&reader)) {
        say(lone, " %s %llu", names[entry->kind], number(entry->ballot.round));
        if (entry->other.round)
            say(lone, " of %llu", number(entry->other.round));
    }
}

/* The beginning of it. */
static struct text short_payload(const struct text *demand)
{
    struct text payload = demand_payload(demand);
    return text_borrow(text_bytes(&payload), min_size(text_size(&payload), 20));
}

static void say_asked(struct lone *lone, const struct message *message)
{
    struct text id = message_id(message), payload;
    char shown[128];
    say(lone, " r%llu %s", number(message->request), text_of(&id, shown));
    if (!(message->code & REQUEST_PAYLOAD))
        return;
    payload = short_payload(&message->as.ask.id);
    say(lone, "+%s", text_of(&payload, shown));
}

static void say_give(struct lone *lone, const struct text *parcel)
{
    static const char *const extents[] = {" part", "", " whole"};
    struct byte_reader reader;
    struct parcel_give give;
    struct parcel_worker worker;
    char id[128];
    must(parcel_get_give(parcel, &reader, &give));
    say(lone, " give%s", extents[give.extent]);
    while (parcel_next(&reader, &worker))
        if (worker.number)
            say(lone, ", %s w%llu%s for %lldms", text_of(&worker.id, id), number(worker.number),
                worker.failed ? " failed" : "", (long long)worker.rest_ns / NS_PER_MS);
        else
            say(lone, ", %s %s", text_of(&worker.id, id), worker.to_come ? "later" : "ended");
}

static void say_parcel(struct lone *lone, const struct message *message)
{
    static const char *const names[PARCEL_KINDS] = {"offer", "take", "give",
                                                    "ready", "pass", "gone"};
    struct parcel_take take;
    struct parcel_pass pass;
    char id[128];
    if (message->code == PARCEL_GIVE)
        say_give(lone, &message->as.parcel);
    else
        say(lone, " %s", names[message->code]);
    if (message->code == PARCEL_TAKE && parcel_get_take(&message->as.parcel, &take))
        say(lone, " got %llu at %lldms", number(take.got), (long long)take.stamp_ns / NS_PER_MS);
    if (message->code == PARCEL_PASS &&
        parcel_get_pass(&message->as.parcel, lone->config.nodes, &pass))
        say(lone, " r%llu of n%u %s", number(pass.request), pass.caller + 1,
            text_of(&pass.asked, id));
}

static void say_outcome(struct lone *lone, const struct message *reply)
{
    if (reply->code < OUTCOMES_COUNT)
        say(lone, " %s", outcome_name((enum outcome)reply->code));
    else
        say(lone, reply->code == REPLY_MOVED ? " ask n%llu" : " is at n%llu",
            number(reply->as.answer.worker + 1));
}

/* Linked where there are real networks: whatever a node sends has to come through one. */
void frames_check_sent(const struct message *sent, node_id to, uint32_t nodes, uint32_t slots)
    __attribute__((weak));

static void on_send(void *context, node_id to, const struct message *message)
{
    struct lone *lone = context;
    struct message own = *message;
    if (frames_check_sent)
        frames_check_sent(message, to, lone->config.nodes, lone->config.slots);
    say(context, "> n%u %s", to + 1, message_name((enum message_kind)message->kind));
    if (message->kind == MESSAGE_REQUEST)
        say_asked(context, message);
    if (message->kind == MESSAGE_REPLY)
        say(context, " r%llu", number(message->request));
    if (message->kind == MESSAGE_REPLY)
        say_outcome(context, message);
    if (message->kind == MESSAGE_HEARTBEAT || (message->kind == MESSAGE_JOIN && message->code))
        say(context, " %u", message->code);
    if (message->kind == MESSAGE_REQUEST && message_try(message) == 2)
        say(context, " try 2");
    if (message->kind == MESSAGE_REPLY && message->part == 2)
        say(context, " try 2");
    if (message->kind == MESSAGE_WELCOME)
        say_members(context, &message->as.members);
    if (message->kind == MESSAGE_LEASE)
        say_entries(context, &message->as.entries);
    if (message->kind == MESSAGE_HAND_OVER) {
        say_parcel(context, message);
        lone->handed_bytes += text_size(&message->as.parcel);
    }
    lone->sent = *message; /* its texts are gone */
    say(context, "\n");
    message_clear(&own);
}

static void on_load(void *context, struct worker_ref worker, const struct text *id)
{
    struct lone *lone = context;
    (void)id;
    lone->loading = worker;
    say(lone, "load w%llu\n", number(worker.number));
}

static bool on_work(void *context, struct worker_ref worker, const struct turn *turn)
{
    struct lone *lone = context;
    struct text payload = short_payload(turn->demand);
    char shown[128];
    if (!lone->works)
        return false;
    lone->working = worker;
    say(lone, "work w%llu%s%s\n", number(worker.number), text_size(&payload) ? " " : "",
        text_of(&payload, shown));
    return true;
}

/* Of an end that is on record, nothing is said unless a turn is broken off by it. */
static void on_end(void *context, struct worker_ref worker)
{
    struct lone *lone = context;
    if (lone->config.turns_answer)
        say(lone, "end w%llu\n", number(worker.number));
}

static void on_done(void *context, uint64_t cookie, const struct answer *answer)
{
    char value[128];
    say(context, "done %llu %s%s%s\n", number(cookie), outcome_name(answer->outcome),
        answer->value ? " " : "", answer->value ? text_of(answer->value, value) : "");
}

static void on_left(void *context)
{
    say(context, "left\n");
}

static void say_view(struct lone *lone, const struct record *record)
{
    say(lone, "view");
    say_members(lone, &record->value);
    if (record->amount)
        say(lone, text_size(&record->value) && text_bytes(&record->value)[0] ? " alone" : " still");
    say(lone, "\n");
}

static void on_record(void *context, struct record *record)
{
    struct lone *lone = context;
    char id[128], value[128];
    if (record->kind == RECORD_VIEW) {
        say_view(lone, record);
        return;
    }
    say(lone, "%s", record_name((enum record_kind)record->kind));
    if (record->request)
        say(lone, " r%llu", number(record->request));
    if (text_size(&record->id) && record->kind != RECORD_RECV)
        say(lone, " %s", text_of(&record->id, id));
    if (record->kind == RECORD_ROUTE)
        say(lone, " n%u try %u", record->peer + 1, record->code);
    if (record->kind == RECORD_ROUTE && record->why != WHY_FIRST)
        say(lone, " %s", route_why_name((enum route_why)record->why));
    if (record->worker)
        say(lone, " w%llu", number(record->worker));
    if (record->kind == RECORD_LEASE && text_size(&record->value))
        say(lone, " and %u more", text_size(&record->value));
    else if (text_size(&record->value))
        say(lone, " %s", text_of(&record->value, value));
    if (record->kind == RECORD_FAIL)
        say(lone, " %s", outcome_name((enum outcome)record->code));
    if (record->kind == RECORD_DROP)
        say(lone, " %s", drop_name((enum drop_why)record->code));
    if (record->kind == RECORD_MOVED || record->kind == RECORD_HANDED)
        say(lone, " to n%u", record->peer + 1);
    if (record->kind == RECORD_START && record->code == START_MOVED)
        say(lone, " was w%llu for %lldms", number(record->number),
            (long long)(record->amount / NS_PER_MS));
    if (record->kind == RECORD_LEASE)
        say(lone, " %s until %lldms", lease_how_name((enum lease_how)record->code),
            (long long)(record->amount / NS_PER_MS));
    say(lone, "\n");
}

static const struct node_host host = {
    .send = on_send,
    .load = on_load,
    .work = on_work,
    .end = on_end,
    .done = on_done,
    .left = on_left,
    .record = on_record,
};

void lone_init(struct lone *lone)
{
    *lone = (struct lone){0};
    lone->config = (struct node_config){
        .self = 0,
        .nodes = 3,
        .router = &lone->router,
        .everyone = &lone->everyone,
        .fallback = FALLBACK_LOCAL,
        .ttl_ns = 5 * NS_PER_S,
        .timeout_ns = NS_PER_S,
        .retry_ns = 400 * NS_PER_MS,
        .heartbeat_ns = 200 * NS_PER_MS,
        .suspect_ns = NS_PER_S,
        .mailbox = 2,
        .held = 2,
        .workers_max = 1000,
        .incarnation = 1,
        .next_request = 1,
        .next_worker = 1,
    };
}

void lone_start(struct lone *lone)
{
    must(view_init(&lone->everyone, lone->config.nodes) == OK);
    view_fill(&lone->everyone);
    must(router_init(&lone->router, ROUTE_MODULO, lone->config.nodes) == OK);
    lone->node = node_new(&lone->config, &host, lone);
    must(lone->node);
    lone_event(lone, lone->now_ns, EVENT_START, 0);
}

void lone_close(struct lone *lone)
{
    node_delete(lone->node);
    router_close(&lone->router);
    view_close(&lone->everyone);
}

static void step(struct lone *lone, int64_t at_ns, struct event event)
{
    lone->now_ns = at_ns;
    event.now_ns = at_ns;
    node_step(lone->node, &event);
}

void lone_event(struct lone *lone, int64_t at_ns, enum event_kind kind, node_id peer)
{
    struct event event = {.kind = kind};
    if (kind == EVENT_PEER_LOST || kind == EVENT_PEER_FOUND) {
        event.as.peer.id = peer;
        event.as.peer.incarnation = 1;
    }
    step(lone, at_ns, event);
}

void lone_found(struct lone *lone, int64_t at_ns, node_id peer, uint32_t incarnation)
{
    struct event event = {.kind = EVENT_PEER_FOUND};
    event.as.peer.id = peer;
    event.as.peer.incarnation = incarnation;
    step(lone, at_ns, event);
}

void lone_timer(struct lone *lone, int64_t at_ns)
{
    lone_event(lone, at_ns, EVENT_TIMER, 0);
}

void lone_ask(struct lone *lone, int64_t at_ns, const char *id, uint64_t cookie)
{
    lone_ask_within(lone, at_ns, id, cookie, 0);
}

void lone_ask_within(struct lone *lone, int64_t at_ns, const char *id, uint64_t cookie,
                     int64_t timeout_ns)
{
    struct text text = text_borrow(id, strlen(id));
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &text;
    event.as.request.cookie = cookie;
    event.as.request.timeout_ns = timeout_ns;
    step(lone, at_ns, event);
}

void lone_ask_late(struct lone *lone, int64_t at_ns, const char *id, uint64_t number,
                   int64_t made_ns)
{
    struct text text = text_borrow(id, strlen(id));
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &text;
    event.as.request.number = number;
    event.as.request.made_ns = made_ns;
    step(lone, at_ns, event);
}

void lone_receive(struct lone *lone, int64_t at_ns, struct message message)
{
    struct event event = {.kind = EVENT_MESSAGE};
    message.number = ++lone->messages;
    event.as.message = &message;
    step(lone, at_ns, event);
    message_clear(&message);
}

static void end_load(struct lone *lone, int64_t at_ns, struct worker_ref worker, const char *value)
{
    struct text text = text_borrow("", 0);
    if (value)
        must(text_set(&text, value, strlen(value)) == OK);
    struct event event = {.kind = EVENT_LOADED};
    event.as.load.worker = worker;
    event.as.load.loaded = value != NULL;
    event.as.load.value = &text;
    step(lone, at_ns, event);
}

void lone_load(struct lone *lone, int64_t at_ns, struct worker_ref worker, const char *value)
{
    end_load(lone, at_ns, worker, value);
}

void lone_fail_load(struct lone *lone, int64_t at_ns, struct worker_ref worker)
{
    end_load(lone, at_ns, worker, NULL);
}

void lone_work(struct lone *lone, int64_t at_ns, struct worker_ref worker)
{
    struct event event = {.kind = EVENT_WORKED};
    event.as.worker = worker;
    step(lone, at_ns, event);
}

void lone_answer(struct lone *lone, int64_t at_ns, struct worker_ref worker, enum outcome outcome,
                 const char *value)
{
    struct text text;
    struct event event = {.kind = EVENT_ANSWERED};
    must(text_set(&text, value, strlen(value)) == OK);
    event.as.turn.worker = worker;
    event.as.turn.outcome = outcome;
    event.as.turn.value = &text;
    step(lone, at_ns, event);
}

void lone_ask_with(struct lone *lone, int64_t at_ns, const char *id, const char *payload,
                   uint64_t cookie)
{
    struct text text = text_borrow(id, strlen(id)), more = text_borrow(payload, strlen(payload));
    struct event event = {.kind = EVENT_REQUEST};
    event.as.request.id = &text;
    event.as.request.payload = &more;
    event.as.request.cookie = cookie;
    step(lone, at_ns, event);
}

struct message lone_plain(node_id from, uint32_t incarnation, enum message_kind kind, uint8_t code)
{
    return (struct message){
        .kind = (uint8_t)kind, .code = code, .from = from, .incarnation = incarnation};
}

struct message lone_request(node_id from, uint64_t request, const char *id, int64_t budget_ns)
{
    struct message message = lone_plain(from, 1, MESSAGE_REQUEST, 1);
    message.part = PART_UNKNOWN;
    message.request = request;
    message.as.ask.budget_ns = budget_ns;
    must(text_set(&message.as.ask.id, id, strlen(id)) == OK);
    return message;
}

struct message lone_reply(node_id from, uint64_t request, enum outcome outcome, const char *value)
{
    struct message message = lone_plain(from, 1, MESSAGE_REPLY, (uint8_t)outcome);
    message.request = request;
    message.part = 1;
    message.as.answer.worker = 99;
    must(text_set(&message.as.answer.value, value, strlen(value)) == OK);
    return message;
}

struct message lone_entry(node_id from, struct entry entry)
{
    bool asks = entry.kind <= ENTRY_RELEASE;
    struct message message = lone_plain(from, 1, MESSAGE_LEASE, asks ? LEASE_ASKS : LEASE_ANSWERS);
    struct entries entries = {0};
    struct string_builder bytes = {0};
    entries_add(&entries, &entry);
    entries_put(&entries, &bytes);
    must(text_set(&message.as.entries, bytes.text, bytes.size) == OK);
    string_builder_close(&bytes);
    entries_close(&entries);
    return message;
}

struct message lone_welcome(node_id from, const char *bits)
{
    struct message message = lone_plain(from, 1, MESSAGE_WELCOME, 0);
    must(text_set(&message.as.members, bits, 1) == OK);
    return message;
}

void lone_forget(struct lone *lone)
{
    lone->size = 0;
    lone->log[0] = 0;
}

void lone_expect(struct lone *lone, const char *log)
{
    if (strcmp(lone->log, log) != 0)
        fprintf(stderr, "\n--- wanted ---\n%s--- got ---\n%s", log, lone->log);
    CU_ASSERT_STRING_EQUAL(lone->log, log);
    lone_forget(lone);
}
