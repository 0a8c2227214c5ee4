/* What travels between processes comes back as it was, and of what doesn't, nothing is believed. */
#include "net/wire/wire.h"
#include "node/entries.h"
#include "node/parcel.h"

#include "base/random.h"
#include "support/net_frames.h"
#include "support/suite.h"

#include <string.h>

/* Of three nodes n2 sends to n1: its numbers are 2, 5, 8, …, those of n1 1, 4, 7, … */
enum { NODES = 3, SLOTS = FRAMES_SLOTS, SELF = 0, FROM = 1 };

static char long_id[] = "an-id-of-more-than-fifteen-bytes-\xc3\xa4";

static struct text text_of(const char *words)
{
    return text_borrow(words, strlen(words));
}

static struct greeting some_greeting(void)
{
    return (struct greeting){.cluster = "shop",
                             .settings = UINT64_C(0x0123456789abcdef),
                             .instance = UINT64_C(0xfedcba9876543210),
                             .incarnation = 7,
                             .node = FROM,
                             .connection = 3};
}

static const struct batch some_batch = {.from = FROM, .incarnation = 7, .to = 9};

static struct message plain(enum message_kind kind, uint8_t code)
{
    return (struct message){.kind = (uint8_t)kind,
                            .code = code,
                            .from = FROM,
                            .incarnation = 7,
                            .meant = 3,
                            .number = 5};
}

static struct message request(const char *id)
{
    struct message message = plain(MESSAGE_REQUEST, 1);
    message.part = PART_UNKNOWN;
    message.request = 8;
    message.as.ask.budget_ns = NS_PER_S;
    message.as.ask.id = text_of(id);
    return message;
}

static struct message reply(enum outcome outcome, const char *value)
{
    struct message message = plain(MESSAGE_REPLY, (uint8_t)outcome);
    message.request = 4;
    message.part = 2;
    if (outcome == OUTCOME_VALUE)
        message.as.answer.worker = 11;
    message.as.answer.value = text_of(value);
    return message;
}

/* A request with a payload: it is, as sent, the id, a NUL, and the payload. */
static struct message demand(const char *id, const char *payload)
{
    static char rooms[4][128];
    static int next;
    char *room = rooms[next++ % 4];
    struct message message = request(id);
    size_t size = strlen(id) + 1 + strlen(payload);
    snprintf(room, sizeof rooms[0], "%s%c%s", id, 0, payload);
    message.code = 2 | REQUEST_PAYLOAD;
    message.as.ask.id = text_borrow(room, size);
    return message;
}

static void check_message_equal(const struct message *a, const struct message *b)
{
    CU_ASSERT_EQUAL(a->kind, b->kind);
    CU_ASSERT_EQUAL(a->code, b->code);
    CU_ASSERT_EQUAL(a->from, b->from);
    CU_ASSERT_EQUAL(a->incarnation, b->incarnation);
    CU_ASSERT_EQUAL(a->meant, b->meant);
    CU_ASSERT_EQUAL(a->part, b->part);
    CU_ASSERT_EQUAL(a->number, b->number);
    CU_ASSERT_EQUAL(a->request, b->request);
    CU_ASSERT_EQUAL(a->as.ask.budget_ns, b->as.ask.budget_ns); /* of an answer: the worker */
    CU_ASSERT_TRUE(text_equal(&a->as.ask.id, &b->as.ask.id));
    CU_ASSERT_TRUE(a->kind != MESSAGE_HEARTBEAT || a->as.floor == b->as.floor);
}

static struct message heartbeat(uint8_t code)
{
    struct message message = plain(MESSAGE_HEARTBEAT, code);
    message.as.floor = 11;
    return message;
}

static struct message welcome(uint8_t code)
{
    struct message message = plain(MESSAGE_WELCOME, code);
    message.as.members = text_of("\5");
    return message;
}

static struct message lease(uint8_t code, const char *entries, size_t size)
{
    struct message message = plain(MESSAGE_LEASE, code);
    message.as.entries = text_borrow(entries, size);
    return message;
}

/* ACCEPT of slot 5 by the ballot (1, n2, 7), with a token; and ACCEPTED, the answer to one of n1's.
 */
static const char entry_asked[] = {ENTRY_ACCEPT, 5, 1, 1, 7, 0, 3, 4, 0};
static const char entry_answered[] = {ENTRY_ACCEPTED, 5, 1, 0, 7, 0, 3, 4, 0};

static bool carries_text(enum outcome outcome)
{
    return outcome == OUTCOME_VALUE || outcome == OUTCOME_WORK_FAILED;
}

/* One of each kind, and of what its kind may carry. */
#define SOME_MESSAGES (20 + PARCEL_KINDS + OUTCOMES_COUNT - 4)
static void some_messages(struct message messages[SOME_MESSAGES])
{
    struct message list[SOME_MESSAGES] = {
        plain(MESSAGE_JOIN, 0),
        plain(MESSAGE_JOIN, 1),
        heartbeat(0),
        heartbeat(HEARTBEAT_HEARS | HEARTBEAT_JOINING),
        plain(MESSAGE_LEAVE, 0),
        plain(MESSAGE_LEAVE_ACK, 0),
        welcome(0),
        welcome(WELCOME_ASKS | WELCOME_CHANGED),
        lease(LEASE_ASKS, entry_asked, sizeof entry_asked),
        lease(LEASE_ANSWERS, entry_answered, sizeof entry_answered),
        request("1"),
        request(long_id),
        demand("1", "x"),
        demand(long_id, "a payload of some length"),
        reply(OUTCOME_VALUE, ""),
        reply(OUTCOME_VALUE, "v"),
        reply(OUTCOME_VALUE, long_id),
        reply(OUTCOME_WORK_FAILED, "exit status 3\nno such one\n"),
        reply((enum outcome)REPLY_MOVED, ""),
        reply((enum outcome)REPLY_PASSED, "")};
    size_t count = 20;
    for (int kind = 0; kind < PARCEL_KINDS; kind++)
        list[count++] = plain(MESSAGE_HAND_OVER, (uint8_t)kind);
    for (int outcome = 0; outcome < OUTCOMES_COUNT; outcome++)
        if (outcome_is_replied((enum outcome)outcome) && !carries_text((enum outcome)outcome))
            list[count++] = reply((enum outcome)outcome, "");
    must(count == SOME_MESSAGES);
    memcpy(messages, list, sizeof list);
}

/* ---- there and back ------------------------------------------------------------------------ */

static void a_greeting_comes_back_as_it_was(void)
{
    struct wire_frame frame = {0};
    struct greeting sent = some_greeting(), got;
    unsigned version = 0;
    for (int kind = FRAME_HELLO; kind <= FRAME_WELCOME; kind++) {
        CU_ASSERT_EQUAL_FATAL(wire_write_greeting(&frame, (enum wire_frame_kind)kind, &sent), OK);
        CU_ASSERT_EQUAL((int)wire_kind(frame.bytes.text, frame.bytes.size, &version), kind);
        CU_ASSERT_EQUAL_FATAL(wire_read_greeting(frame.bytes.text, frame.bytes.size, &got), OK);
        CU_ASSERT_STRING_EQUAL(got.cluster, sent.cluster);
        CU_ASSERT_EQUAL(got.settings, sent.settings);
        CU_ASSERT_EQUAL(got.instance, sent.instance);
        CU_ASSERT_EQUAL(got.incarnation, sent.incarnation);
        CU_ASSERT_EQUAL(got.node, sent.node);
        CU_ASSERT_EQUAL(got.connection, sent.connection);
    }
    memset(sent.cluster, 'c', WIRE_NAME_MAX);
    sent.node = NODE_NONE;
    sent.incarnation = 0;
    CU_ASSERT_EQUAL_FATAL(wire_write_greeting(&frame, FRAME_HELLO, &sent), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_greeting(frame.bytes.text, frame.bytes.size, &got), OK);
    CU_ASSERT_STRING_EQUAL(got.cluster, sent.cluster);
    CU_ASSERT_EQUAL(got.node, NODE_NONE);
    wire_frame_close(&frame);
}

static void a_refusal_comes_back_cut_and_without_what_steers_a_terminal(void)
{
    struct wire_frame frame = {0};
    char why[256], endless[400];
    enum refusal refusal = REFUSAL_LASTING;
    CU_ASSERT_EQUAL_FATAL(wire_write_refusal(&frame, REFUSAL_STARTING, "no\n\x1b[2J\x7f!"), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_refusal(frame.bytes.text, frame.bytes.size, &refusal, why), OK);
    CU_ASSERT_EQUAL(refusal, REFUSAL_STARTING);
    CU_ASSERT_STRING_EQUAL(why, "no??[2J?!");
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    CU_ASSERT_EQUAL_FATAL(wire_write_refusal(&frame, REFUSAL_LASTING, endless), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_refusal(frame.bytes.text, frame.bytes.size, &refusal, why), OK);
    CU_ASSERT_EQUAL(refusal, REFUSAL_LASTING);
    CU_ASSERT_EQUAL(strlen(why), 255);
    wire_frame_close(&frame);
}

/* One message, as it is written, is none that may be sent. */
static void check_refused(struct message message)
{
    struct wire_frame frame = {0};
    struct batch batch = {.from = FROM, .incarnation = 7, .to = 9}, got;
    struct wire_cursor cursor;
    struct message read;
    CU_ASSERT_EQUAL_FATAL(wire_write_batch(&frame, &batch), OK);
    CU_ASSERT_EQUAL_FATAL(wire_write_message(&frame, &message), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_batch(frame.bytes.text, frame.bytes.size, &got, &cursor), OK);
    CU_ASSERT_EQUAL(wire_read_message(&cursor, &got, NODES, 0, SELF, &read), ERROR_TEXT);
    wire_frame_close(&frame);
}

static void a_demand_is_an_id_and_a_payload(void)
{
    check_refused(demand("", "x")); /* no id */
    check_refused(demand("1", "")); /* no payload */
    check_refused(demand("a\nb", "x"));
    struct message message = demand("1", "x");
    message.as.ask.id = text_of("no NUL");
    check_refused(message);
    message = demand("1", "x");
    message.code = REQUEST_PAYLOAD; /* no try */
    check_refused(message);
    message.code = 3 | REQUEST_PAYLOAD;
    check_refused(message);
    message = request("1");
    message.code = 2 * REQUEST_PAYLOAD | 1;
    check_refused(message);
}

static void why_a_turn_failed_is_short(void)
{
    char *endless = calloc(1, WIRE_WHY_MAX + 1);
    struct message message = reply(OUTCOME_WORK_FAILED, "");
    message.as.answer.value = text_borrow(endless, WIRE_WHY_MAX + 1);
    check_refused(message);
    free(endless);
}

static void a_client_s_request_and_its_answer_come_back(void)
{
    struct wire_frame frame = {0};
    struct wire_request asked = {.cookie = UINT64_MAX, .id = text_of(long_id)}, ask;
    CU_ASSERT_EQUAL_FATAL(wire_write_request(&frame, &asked), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_request(frame.bytes.text, frame.bytes.size, &ask), OK);
    CU_ASSERT_EQUAL(ask.cookie, asked.cookie);
    CU_ASSERT_TRUE(text_equal(&ask.id, &asked.id));
    CU_ASSERT_EQUAL(text_size(&ask.payload), 0);
    asked.payload = text_borrow("a\0b", 3);
    CU_ASSERT_EQUAL_FATAL(wire_write_request(&frame, &asked), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_request(frame.bytes.text, frame.bytes.size, &ask), OK);
    CU_ASSERT_TRUE(text_equal(&ask.payload, &asked.payload));

    struct wire_answer sent = {7, OUTCOME_VALUE, 2, 12, 5 * NS_PER_MS, text_of(long_id), {3, 4}},
                       got;
    CU_ASSERT_EQUAL_FATAL(wire_write_answer(&frame, &sent), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_answer(frame.bytes.text, frame.bytes.size, &got), OK);
    CU_ASSERT_EQUAL(got.cookie, sent.cookie);
    CU_ASSERT_EQUAL(got.outcome, sent.outcome);
    CU_ASSERT_EQUAL(got.from, sent.from);
    CU_ASSERT_EQUAL(got.worker, sent.worker);
    CU_ASSERT_EQUAL(got.latency_ns, sent.latency_ns);
    CU_ASSERT_EQUAL(token_compare(&got.token, &sent.token), 0);
    CU_ASSERT_TRUE(text_equal(&got.value, &sent.value));
    wire_frame_close(&frame);
}

static void messages_of_all_kinds_come_back_in_order(void)
{
    struct wire_frame frame = {0};
    struct message sent[SOME_MESSAGES], got;
    struct batch batch;
    struct wire_cursor cursor;
    some_messages(sent);
    CU_ASSERT_EQUAL_FATAL(wire_write_batch(&frame, &some_batch), OK);
    for (int i = 0; i < SOME_MESSAGES; i++)
        CU_ASSERT_EQUAL_FATAL(wire_write_message(&frame, &sent[i]), OK);
    CU_ASSERT_EQUAL_FATAL(wire_read_batch(frame.bytes.text, frame.bytes.size, &batch, &cursor), OK);
    CU_ASSERT_EQUAL(batch.from, some_batch.from);
    CU_ASSERT_EQUAL(batch.incarnation, some_batch.incarnation);
    CU_ASSERT_EQUAL(batch.to, some_batch.to);
    for (int i = 0; i < SOME_MESSAGES; i++) {
        CU_ASSERT_FALSE_FATAL(wire_at_end(&cursor));
        CU_ASSERT_EQUAL_FATAL(wire_read_message(&cursor, &batch, NODES, SLOTS, SELF, &got), OK);
        check_message_equal(&got, &sent[i]);
    }
    CU_ASSERT_TRUE(wire_at_end(&cursor));
    wire_frame_close(&frame);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static enum error read_one(const struct message *message, const struct batch *batch, node_id self)
{
    struct wire_frame frame = {0};
    must(!wire_write_batch(&frame, batch) && !wire_write_message(&frame, message));
    enum error error = frames_read(frame.bytes.text, frame.bytes.size, NODES, self);
    wire_frame_close(&frame);
    return error;
}

static enum error read_from_n2(struct message message)
{
    return read_one(&message, &some_batch, SELF);
}

static void a_message_whose_numbers_are_not_its_sender_s_is_malformed(void)
{
    struct message message = request("1");
    CU_ASSERT_EQUAL(read_from_n2(message), OK);
    for (uint64_t number = 0; number <= 6; number++) {
        bool own = number % NODES == FROM + 1;
        message = request("1");
        message.number = number;
        CU_ASSERT_EQUAL(read_from_n2(message), own ? OK : ERROR_TEXT);
        message = request("1");
        message.request = number;
        CU_ASSERT_EQUAL(read_from_n2(message), own ? OK : ERROR_TEXT);
        message = reply(OUTCOME_VALUE, "v");
        message.as.answer.worker = number;
        CU_ASSERT_EQUAL(read_from_n2(message), own ? OK : ERROR_TEXT);
        message = reply(OUTCOME_TIMEOUT, ""); /* to a request of the reader's own */
        message.request = number;
        CU_ASSERT_EQUAL(read_from_n2(message), number % NODES == SELF + 1 ? OK : ERROR_TEXT);
    }
}

static void what_a_kind_does_not_carry_is_malformed(void)
{
    for (int kind = 0; kind < 256; kind++)
        for (int code = 0; code < 256; code++) {
            struct message message = plain((enum message_kind)kind, (uint8_t)code);
            bool plain_one = kind == MESSAGE_LEAVE || kind == MESSAGE_LEAVE_ACK;
            bool good = (kind == MESSAGE_HEARTBEAT && code <= 3) ||
                        (kind == MESSAGE_JOIN && code <= 1) || (plain_one && code == 0) ||
                        (kind == MESSAGE_HAND_OVER && code < PARCEL_KINDS);
            CU_ASSERT_EQUAL(read_from_n2(message), good ? OK : ERROR_TEXT);
        }
    struct message message = plain(MESSAGE_JOIN, 0);
    message.request = 5;
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
    message.request = 0;
    message.part = 1;
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
    message = heartbeat(0);
    message.as.floor = 4; /* a number of the reader's own */
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
    message = welcome(0);
    message.as.members = text_of("12");
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
}

static void entries_of_leases_are_whole_and_of_one_sort(void)
{
    char both[sizeof entry_asked + sizeof entry_answered], slot[sizeof entry_asked];
    memcpy(both, entry_asked, sizeof entry_asked);
    memcpy(both + sizeof entry_asked, entry_answered, sizeof entry_answered);
    memcpy(slot, entry_asked, sizeof entry_asked);
    slot[1] = SLOTS;
    CU_ASSERT_EQUAL(read_from_n2(lease(LEASE_ASKS, entry_asked, sizeof entry_asked)), OK);
    CU_ASSERT_EQUAL(read_from_n2(lease(LEASE_ASKS, both, sizeof both)), ERROR_TEXT);
    CU_ASSERT_EQUAL(read_from_n2(lease(LEASE_ASKS, slot, sizeof slot)), ERROR_TEXT);
    for (size_t size = 0; size < sizeof entry_asked; size++)
        CU_ASSERT_EQUAL(read_from_n2(lease(LEASE_ASKS, entry_asked, size)), ERROR_TEXT);
    for (int code = 0; code < 256; code++) {
        CU_ASSERT_EQUAL(read_from_n2(lease((uint8_t)code, entry_asked, sizeof entry_asked)),
                        code == LEASE_ASKS ? OK : ERROR_TEXT);
        CU_ASSERT_EQUAL(read_from_n2(lease((uint8_t)code, entry_answered, sizeof entry_answered)),
                        code == LEASE_ANSWERS ? OK : ERROR_TEXT);
    }
}

static void a_lease_is_malformed_where_there_are_none(void)
{
    struct wire_frame frame = {0};
    struct wire_cursor cursor;
    struct batch batch;
    struct message sent = lease(LEASE_ASKS, entry_asked, sizeof entry_asked), got;
    must(!wire_write_batch(&frame, &some_batch) && !wire_write_message(&frame, &sent));
    must(!wire_read_batch(frame.bytes.text, frame.bytes.size, &batch, &cursor));
    CU_ASSERT_EQUAL(wire_read_message(&cursor, &batch, NODES, 0, SELF, &got), ERROR_TEXT);
    wire_frame_close(&frame);
}

static void an_answer_is_sealed_with_a_token_or_not_at_all(void)
{
    struct message message = reply(OUTCOME_VALUE, "\003\004v"); /* epoch 3, counter 4 */
    message.part |= REPLY_SEALED;
    CU_ASSERT_EQUAL(read_from_n2(message), OK);
    message.as.answer.value = text_of("\003\204"); /* its counter goes on */
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
    message = reply(OUTCOME_TIMEOUT, "");
    message.part |= REPLY_SEALED;
    CU_ASSERT_EQUAL(read_from_n2(message), ERROR_TEXT);
}

static void a_request_has_two_tries_at_the_most(void)
{
    for (int try = 0; try < 256; try++) {
        struct message message = request("1");
        message.code = (uint8_t)try;
        CU_ASSERT_EQUAL(read_from_n2(message), try == 1 || try == 2 ? OK : ERROR_TEXT);
        message = reply(OUTCOME_TIMEOUT, "");
        message.part = (uint16_t)try;
        CU_ASSERT_EQUAL(read_from_n2(message), try == 1 || try == 2 ? OK : ERROR_TEXT);
    }
}

static void an_outcome_that_no_reply_has_is_malformed(void)
{
    for (int outcome = 0; outcome < 256; outcome++) {
        bool may = outcome <= REPLY_PASSED && outcome != OUTCOME_CALLER_LOST &&
                   outcome != OUTCOME_UNREACHABLE;
        CU_ASSERT_EQUAL(read_from_n2(reply((enum outcome)outcome, "v")), may ? OK : ERROR_TEXT);
        struct wire_frame frame = {0};
        struct wire_answer answer = {.outcome = (uint8_t)outcome};
        must(!wire_write_answer(&frame, &answer));
        CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF),
                        outcome < OUTCOMES_COUNT ? OK : ERROR_TEXT);
        wire_frame_close(&frame);
    }
}

static void a_budget_is_at_least_nothing_and_below_never(void)
{
    static const int64_t budgets_ns[] = {INT64_MIN, -1, 0, TIME_NEVER - 1, TIME_NEVER, INT64_MAX};
    for (int i = 0; i < 6; i++) {
        struct message message = request("1");
        message.as.ask.budget_ns = budgets_ns[i];
        CU_ASSERT_EQUAL(read_from_n2(message), i == 2 || i == 3 ? OK : ERROR_TEXT);
    }
}

static enum error read_ask_of(struct text id)
{
    struct wire_frame frame = {0};
    struct wire_request ask = {.cookie = 1, .id = id};
    must(!wire_write_request(&frame, &ask));
    enum error error = frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF);
    wire_frame_close(&frame);
    return error;
}

static void an_id_that_is_none_is_malformed(void)
{
    char bytes[65];
    memset(bytes, 'i', sizeof bytes);
    struct text ids[] = {text_borrow(bytes, 63), text_borrow(bytes, 64), text_of(""),
                         text_of("a\tb"),        text_of("\xff"),        text_borrow("a\0b", 3)};
    for (int i = 0; i < 6; i++) {
        struct message message = request("");
        message.as.ask.id = ids[i];
        CU_ASSERT_EQUAL(read_from_n2(message), i == 0 ? OK : ERROR_TEXT);
        CU_ASSERT_EQUAL(read_ask_of(ids[i]), i == 0 ? OK : ERROR_TEXT);
    }
}

static void a_value_is_a_mebibyte_at_the_most(void)
{
    char *bytes = malloc(WIRE_VALUE_MAX + 1);
    must(bytes != NULL);
    memset(bytes, 'v', WIRE_VALUE_MAX + 1);
    for (uint32_t over = 0; over <= 1; over++) {
        enum error expected = over ? ERROR_TEXT : OK;
        struct text value = text_borrow(bytes, WIRE_VALUE_MAX + over);
        struct message message = reply(OUTCOME_VALUE, "");
        message.as.answer.value = value;
        CU_ASSERT_EQUAL(read_from_n2(message), expected);
        struct wire_frame frame = {0};
        struct wire_answer answer = {.outcome = OUTCOME_VALUE, .value = value};
        must(!wire_write_answer(&frame, &answer));
        CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF), expected);
        wire_frame_close(&frame);
    }
    free(bytes);
}

static size_t frame_of(struct wire_frame *frame, const struct message *messages, size_t count)
{
    struct batch batch = {.from = messages[0].from, .incarnation = 1, .to = 1};
    must(!wire_write_batch(frame, &batch));
    for (size_t i = 0; i < count; i++)
        must(!wire_write_message(frame, &messages[i]));
    return frame->bytes.size;
}

static void a_value_that_follows_itself_is_written_once(void)
{
    char bytes[2000];
    memset(bytes, 'v', sizeof bytes);
    struct message both[2] = {reply(OUTCOME_VALUE, ""), reply(OUTCOME_VALUE, "")};
    both[0].as.answer.value = both[1].as.answer.value = text_borrow(bytes, sizeof bytes);
    both[1].number += NODES;
    struct wire_frame frame = {0};
    size_t one = frame_of(&frame, both, 1), two = frame_of(&frame, both, 2);
    CU_ASSERT_TRUE(two < one + 100);
    CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF), OK);
    both[1].as.answer.worker += NODES; /* another worker's */
    CU_ASSERT_TRUE(frame_of(&frame, both, 2) > one + sizeof bytes);
    CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF), OK);
    wire_frame_close(&frame);
}

static void the_value_before_is_none_where_there_was_none(void)
{
    char bytes[2000];
    memset(bytes, 'v', sizeof bytes);
    struct message message = reply(OUTCOME_VALUE, "");
    message.as.answer.value = text_borrow(bytes, sizeof bytes);
    struct wire_frame frame = {0};
    frame_of(&frame, &message, 1);
    size_t at = frame.bytes.size - sizeof bytes - 2; /* where its size is, of two bytes */
    frame.bytes.text[at] = 0;
    CU_ASSERT_EQUAL(frames_read(frame.bytes.text, at + 1, NODES, SELF), ERROR_TEXT);
    wire_frame_close(&frame);
}

static enum error read_hello(struct greeting greeting)
{
    struct wire_frame frame = {0};
    must(!wire_write_greeting(&frame, FRAME_HELLO, &greeting));
    enum error error = frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF);
    wire_frame_close(&frame);
    return error;
}

static void a_client_has_no_incarnation_and_a_node_has_one(void)
{
    struct greeting greeting = some_greeting();
    greeting.incarnation = 0;
    CU_ASSERT_EQUAL(read_hello(greeting), ERROR_TEXT);
    greeting.node = NODE_NONE;
    CU_ASSERT_EQUAL(read_hello(greeting), OK);
    greeting.incarnation = 1;
    CU_ASSERT_EQUAL(read_hello(greeting), ERROR_TEXT);
}

static void a_cluster_s_name_that_is_none_is_malformed(void)
{
    static const char *const names[] = {"shop", "", "a b", "\x1b[2Jshop", "sh\x7fop", "\xff"};
    for (int i = 0; i < 6; i++) {
        struct greeting greeting = some_greeting();
        memset(greeting.cluster, 0, sizeof greeting.cluster);
        memcpy(greeting.cluster, names[i], strlen(names[i]));
        CU_ASSERT_EQUAL(read_hello(greeting), i == 0 ? OK : ERROR_TEXT);
    }
}

/* ---- frames of which something is missing or another --------------------------------------- */

#define SOME_FRAMES 6
static void some_frames(struct wire_frame frames[SOME_FRAMES])
{
    struct greeting greeting = some_greeting();
    struct wire_request ask = {.cookie = 4, .id = text_of(long_id)};
    struct wire_answer answer = {7, OUTCOME_VALUE, 2, 12, 5 * NS_PER_MS, text_of(long_id), {3, 4}};
    struct message messages[SOME_MESSAGES];
    some_messages(messages);
    memset(frames, 0, SOME_FRAMES * sizeof *frames);
    must(!wire_write_greeting(&frames[0], FRAME_HELLO, &greeting) &&
         !wire_write_greeting(&frames[1], FRAME_WELCOME, &greeting) &&
         !wire_write_refusal(&frames[2], REFUSAL_IN_USE, "why not") &&
         !wire_write_request(&frames[3], &ask) && !wire_write_answer(&frames[4], &answer) &&
         !wire_write_batch(&frames[5], &some_batch));
    for (int i = 0; i < SOME_MESSAGES; i++)
        must(!wire_write_message(&frames[5], &messages[i]));
}

static void close_frames(struct wire_frame frames[SOME_FRAMES])
{
    for (int i = 0; i < SOME_FRAMES; i++)
        wire_frame_close(&frames[i]);
}

static void a_frame_without_its_end_or_with_more_is_malformed(void)
{
    struct wire_frame frames[SOME_FRAMES];
    some_frames(frames);
    for (int i = 0; i < SOME_FRAMES - 1; i++) {
        struct wire_frame *frame = &frames[i];
        CU_ASSERT_EQUAL(frames_read(frame->bytes.text, frame->bytes.size, NODES, SELF), OK);
        for (size_t size = 0; size < frame->bytes.size; size++)
            CU_ASSERT_EQUAL(frames_read(frame->bytes.text, size, NODES, SELF), ERROR_TEXT);
        unsigned char more[256] = {0};
        memcpy(more, frame->bytes.text, frame->bytes.size);
        CU_ASSERT_EQUAL(frames_read(more, frame->bytes.size + 1, NODES, SELF), ERROR_TEXT);
    }
    close_frames(frames);
}

static void messages_end_where_one_ends(void)
{
    struct wire_frame frame = {0};
    struct message messages[SOME_MESSAGES];
    some_messages(messages);
    must(!wire_write_batch(&frame, &some_batch));
    CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF), OK);
    for (size_t size = 0; size < frame.bytes.size; size++)
        CU_ASSERT_EQUAL(frames_read(frame.bytes.text, size, NODES, SELF), ERROR_TEXT);
    for (int i = 0; i < SOME_MESSAGES; i++) {
        size_t begin = frame.bytes.size;
        must(!wire_write_message(&frame, &messages[i]));
        CU_ASSERT_EQUAL(frames_read(frame.bytes.text, frame.bytes.size, NODES, SELF), OK);
        for (size_t size = begin + 1; size < frame.bytes.size; size++)
            CU_ASSERT_EQUAL(frames_read(frame.bytes.text, size, NODES, SELF), ERROR_TEXT);
    }
    wire_frame_close(&frame);
}

/* frames_read aborts where something unsound is believed. */
static void a_changed_byte_makes_a_sound_frame_or_a_malformed_one(void)
{
    struct wire_frame frames[SOME_FRAMES];
    unsigned refused = 0, taken = 0;
    some_frames(frames);
    for (int i = 0; i < SOME_FRAMES; i++)
        for (size_t at = 0; at < frames[i].bytes.size; at++) {
            unsigned char *byte = (unsigned char *)&frames[i].bytes.text[at], was = *byte;
            const unsigned char others[] = {0,
                                            1,
                                            0x7f,
                                            0x80,
                                            0xff,
                                            (unsigned char)(was + 1),
                                            (unsigned char)(was - 1),
                                            (unsigned char)(was ^ 0x20)};
            for (size_t k = 0; k < sizeof others; k++) {
                *byte = others[k];
                if (frames_read(frames[i].bytes.text, frames[i].bytes.size, NODES, SELF))
                    refused++;
                else
                    taken++;
            }
            *byte = was;
        }
    CU_ASSERT_TRUE(refused > 500 && taken > 500);
    close_frames(frames);
}

static void several_changed_bytes_do_no_harm(void)
{
    struct wire_frame frames[SOME_FRAMES];
    uint64_t key = random_mix(4711), draw = 0;
    some_frames(frames);
    for (int i = 0; i < 20000; i++) {
        const struct wire_frame *frame =
            &frames[random_below(random_draw(key, draw++), SOME_FRAMES)];
        unsigned char bytes[2048];
        size_t size = (size_t)random_below(random_draw(key, draw++), frame->bytes.size + 1);
        must(frame->bytes.size <= sizeof bytes);
        memcpy(bytes, frame->bytes.text, frame->bytes.size);
        for (int changes = 0; changes < 3; changes++) {
            uint64_t bits = random_draw(key, draw++);
            bytes[random_below(bits, frame->bytes.size)] = (unsigned char)bits;
        }
        frames_read(bytes, i % 2 ? size : frame->bytes.size, NODES, SELF);
    }
    close_frames(frames);
}

static void a_frame_of_another_version_kind_or_size_is_known_by_its_head(void)
{
    unsigned version = 0;
    unsigned char head[2] = {FRAME_HELLO, CODEC_VERSION};
    CU_ASSERT_EQUAL((int)wire_kind(head, 2, &version), FRAME_HELLO);
    CU_ASSERT_EQUAL(version, CODEC_VERSION);
    CU_ASSERT_EQUAL((int)wire_kind(head, 1, &version), 0);
    CU_ASSERT_EQUAL((int)wire_kind(head, 0, &version), 0);
    CU_ASSERT_EQUAL((int)wire_kind(head, WIRE_FRAME_MAX, &version), FRAME_HELLO);
    CU_ASSERT_EQUAL((int)wire_kind(head, WIRE_FRAME_MAX + 1, &version), 0);
    for (unsigned kind = 0; kind < 256; kind++) {
        head[0] = (unsigned char)kind;
        head[1] = CODEC_VERSION;
        unsigned good = kind > 0 && kind < FRAME_KINDS ? kind : 0;
        CU_ASSERT_EQUAL((unsigned)wire_kind(head, 2, &version), good);
        head[1] = CODEC_VERSION + 1;
        CU_ASSERT_EQUAL((unsigned)wire_kind(head, 2, &version), good ? FRAME_KINDS : 0);
        CU_ASSERT_TRUE(!good || version == CODEC_VERSION + 1);
    }
}

SUITE(net_wire, TEST(a_greeting_comes_back_as_it_was),
      TEST(a_refusal_comes_back_cut_and_without_what_steers_a_terminal),
      TEST(a_client_s_request_and_its_answer_come_back), TEST(a_demand_is_an_id_and_a_payload),
      TEST(why_a_turn_failed_is_short), TEST(messages_of_all_kinds_come_back_in_order),
      TEST(a_message_whose_numbers_are_not_its_sender_s_is_malformed),
      TEST(what_a_kind_does_not_carry_is_malformed),
      TEST(entries_of_leases_are_whole_and_of_one_sort),
      TEST(a_lease_is_malformed_where_there_are_none),
      TEST(an_answer_is_sealed_with_a_token_or_not_at_all),
      TEST(a_request_has_two_tries_at_the_most), TEST(an_outcome_that_no_reply_has_is_malformed),
      TEST(a_budget_is_at_least_nothing_and_below_never), TEST(an_id_that_is_none_is_malformed),
      TEST(a_value_is_a_mebibyte_at_the_most), TEST(a_value_that_follows_itself_is_written_once),
      TEST(the_value_before_is_none_where_there_was_none),
      TEST(a_client_has_no_incarnation_and_a_node_has_one),
      TEST(a_cluster_s_name_that_is_none_is_malformed),
      TEST(a_frame_without_its_end_or_with_more_is_malformed), TEST(messages_end_where_one_ends),
      TEST(a_changed_byte_makes_a_sound_frame_or_a_malformed_one),
      TEST(several_changed_bytes_do_no_harm),
      TEST(a_frame_of_another_version_kind_or_size_is_known_by_its_head));
