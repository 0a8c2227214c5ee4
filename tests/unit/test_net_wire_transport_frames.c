/* What a node makes of frames that no node sends: by a stranger, by a process of an earlier life,
 * by one that bears another's name, by a client; and of garbage. */
#include "net/wire/transport.h"

#include "base/random.h"
#include "net/wire/connection_monitor.h"
#include "net/wire/wire_client.h"

#include "support/net_mesh.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { N1, N2, N3 };

static struct mesh mesh;
static struct stray stray;

/* n1 alone, and a stray that bears this key, which may be one of the mesh that is made here. */
static void begin(const struct key_pair *keys)
{
    mesh_begin(&mesh, true);
    mesh_open(&mesh, N1, &mesh.cluster_file);
    transport_admit_clients(mesh.at[N1]);
    stray_open(&stray, &mesh, N1, keys);
}

static void end(void)
{
    stray_close(&stray);
    mesh_end(&mesh);
}

static unsigned count(enum arrival_kind kind)
{
    return mesh.heard[N1].count[kind];
}

static void is_welcomed(struct stray *by)
{
    struct wire_frame frame = {0};
    struct greeting greeting;
    CU_ASSERT_EQUAL_FATAL((int)stray_take(by, &mesh, &frame), FRAME_WELCOME);
    CU_ASSERT_EQUAL(wire_read_greeting(frame.bytes.text, frame.bytes.size, &greeting), OK);
    CU_ASSERT_EQUAL(greeting.node, N1);
    wire_frame_close(&frame);
}

static void greet(struct stray *by, node_id node)
{
    struct greeting greeting = stray_greeting(&mesh, node);
    stray_hello(by, &greeting);
    is_welcomed(by);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static int await_handshake(void)
{
    int event = 0, wanted = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    MESH_UNTIL(&mesh,
               (event = event & wanted ? event : connection_monitor_next(stray.monitor, NULL)) &
                   wanted);
    return event;
}

static void a_stranger_s_key_is_refused(void)
{
    struct key_pair stranger;
    struct failure failure;
    must(!keys_generate(&stranger, &failure));
    begin(&stranger);
    CU_ASSERT_EQUAL(await_handshake(), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    end();
    begin(&mesh.keys[N2]);
    CU_ASSERT_EQUAL(await_handshake(), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    end();
}

static void authentication_knows_who_has_a_key(void)
{
    char name[64];
    uint8_t nobody[KEY_SIZE] = {0};
    mesh_begin(&mesh, true);
    struct authentication authentication = {.cluster_file = &mesh.cluster_file};
    CU_ASSERT_STRING_EQUAL(authentication_name_of(&authentication, mesh.keys[N3].public_key, name),
                           "n3");
    CU_ASSERT_STRING_EQUAL(authentication_name_of(&authentication, mesh.client.public_key, name),
                           "me");
    CU_ASSERT_PTR_NULL(authentication_name_of(&authentication, nobody, name));
    authentication.scope = AUTHENTICATION_DRIVERS;
    CU_ASSERT_PTR_NULL(authentication_name_of(&authentication, mesh.keys[N3].public_key, name));
    CU_ASSERT_PTR_NULL(authentication_name_of(&authentication, mesh.client.public_key, name));
    mesh_end(&mesh);
}

static void nobody_greets_by_a_name_that_is_not_of_its_key(void)
{
    begin(&mesh.keys[N2]);
    struct greeting greeting = stray_greeting(&mesh, N3);
    stray_hello(&stray, &greeting);
    greet(&stray, N2); /* this is what the first answer is to */
    end();
    begin(&mesh.client);
    greeting = stray_greeting(&mesh, N2);
    stray_hello(&stray, &greeting);
    greet(&stray, NODE_NONE);
    end();
}

/* ---- greetings ----------------------------------------------------------------------------- */

static void another_version_is_refused_with_words(void)
{
    struct wire_frame frame = {0};
    begin(&mesh.keys[N2]);
    struct greeting greeting = stray_greeting(&mesh, N2);
    must(!wire_write_greeting(&frame, FRAME_HELLO, &greeting));
    frame.bytes.text[1]++;
    stray_send(&stray, &frame);
    char words[64];
    snprintf(words, sizeof words, "speaks version %u of the protocol, not %u", CODEC_VERSION,
             CODEC_VERSION + 1);
    stray_is_refused(&stray, &mesh, REFUSAL_LASTING, words);
    CU_ASSERT_EQUAL(transport_counts(mesh.at[N1]).refused, 1);
    CU_ASSERT_EQUAL(transport_counts(mesh.at[N1]).malformed, 0);
    wire_frame_close(&frame);
    end();
}

static void a_client_of_another_cluster_is_refused_with_words(void)
{
    begin(&mesh.client);
    struct greeting greeting = stray_greeting(&mesh, NODE_NONE);
    memcpy(greeting.cluster, "store", 6);
    stray_hello(&stray, &greeting);
    stray_is_refused(&stray, &mesh, REFUSAL_LASTING, "this is cluster 'shop', not 'store'");
    end();
}

static void a_name_whose_process_lives_is_in_use(void)
{
    mesh_begin(&mesh, true);
    cluster_file_close(&mesh.cluster_file);
    mesh_hosts(&mesh, "shop", "suspect 1000s\n", &mesh.cluster_file);
    mesh_open_all(&mesh, 2);
    stray_open(&stray, &mesh, N1, &mesh.keys[N2]);
    struct greeting greeting = stray_greeting(&mesh, N2);
    stray_hello(&stray, &greeting);
    stray_is_refused(&stray, &mesh, REFUSAL_IN_USE, "used by another process");
    mesh.now_ns += mesh.cluster_file.settings.suspect_ns; /* n2 was not heard for so long */
    greet(&stray, N2);
    end();
}

static void a_node_s_own_name_is_in_use(void)
{
    begin(&mesh.keys[N1]);
    struct greeting greeting = stray_greeting(&mesh, N1);
    stray_hello(&stray, &greeting);
    stray_is_refused(&stray, &mesh, REFUSAL_IN_USE, "used by another process");
    end();
}

/* Answers a frame as a node does to whose knowledge the name lives. True if there was one. */
static bool refuse_one(void)
{
    char route[16], hello[256];
    struct wire_frame frame = {0};
    int size = zmq_recv(stray.socket, route, sizeof route, ZMQ_DONTWAIT);
    if (size < 0)
        return false;
    must(zmq_recv(stray.socket, hello, sizeof hello, 0) >= 0);
    must(!wire_write_refusal(&frame, REFUSAL_IN_USE, "its name is used") &&
         zmq_send(stray.socket, route, (size_t)size, ZMQ_SNDMORE) >= 0 &&
         zmq_send(stray.socket, frame.bytes.text, frame.bytes.size, 0) >= 0);
    wire_frame_close(&frame);
    return true;
}

/* Time is skipped only while n1 waits to try again: each of its connections has all it takes. */
static void a_name_is_in_use_when_peers_report_it_for_two_seconds(void)
{
    int64_t first_ns = 0;
    mesh_begin(&mesh, true);
    stray_listen(&stray, &mesh, N2);
    mesh_open(&mesh, N1, &mesh.cluster_file);
    int64_t end_ns = mesh_patience_ns();
    while (!count(ARRIVAL_IN_USE) && mesh_rest(&mesh, end_ns)) {
        if (refuse_one() && !first_ns)
            first_ns = mesh.now_ns;
        if (connection_monitor_next(stray.monitor, NULL) == ZMQ_EVENT_DISCONNECTED)
            mesh.now_ns += NS_PER_S / 4;
    }
    CU_ASSERT_EQUAL(count(ARRIVAL_IN_USE), 1);
    CU_ASSERT_EQUAL(mesh.heard[N1].peer, N2);
    CU_ASSERT_TRUE(first_ns && mesh.now_ns - first_ns >= 2 * NS_PER_S);
    end();
}

/* ---- messages ------------------------------------------------------------------------------ */

static void say(struct stray *by, struct batch batch, uint64_t number)
{
    stray_heartbeats(by, &batch, &number, 1);
}

static void check_heard(unsigned messages, uint64_t last_number)
{
    MESH_UNTIL(&mesh, mesh.heard[N1].last_number == last_number);
    CU_ASSERT_EQUAL(count(ARRIVAL_MESSAGE), messages);
    CU_ASSERT_EQUAL(mesh.heard[N1].disordered, 0);
}

static void messages_of_another_life_or_by_another_name_are_ignored(void)
{
    const struct batch good = {.from = N2, .incarnation = 1, .to = 1};
    struct batch bad[] = {good, good, good, good, good, good};
    bad[0].incarnation = 2;
    bad[1].incarnation = 0;
    bad[2].to = 2;
    bad[3].from = N3;
    bad[4].from = N1;
    bad[5].from = NODE_NONE;
    begin(&mesh.keys[N2]);
    say(&stray, good, 2); /* not greeted yet */
    greet(&stray, N2);
    for (int i = 0; i < 6; i++)
        say(&stray, bad[i], 5);
    say(&stray, good, 8);
    check_heard(1, 8);
    end();
}

static void a_message_is_taken_once_and_in_order(void)
{
    const struct batch batch = {.from = N2, .incarnation = 1, .to = 1};
    begin(&mesh.keys[N2]);
    greet(&stray, N2);
    stray_heartbeats(&stray, &batch, (const uint64_t[]){2, 8, 8, 5, 11}, 5);
    check_heard(3, 11);
    say(&stray, batch, 11);
    say(&stray, batch, 2);
    say(&stray, batch, 14);
    check_heard(4, 14);
    end();
}

static void only_the_connection_that_greeted_last_counts(void)
{
    const struct batch batch = {.from = N2, .incarnation = 1, .to = 1};
    struct stray other;
    begin(&mesh.keys[N2]);
    greet(&stray, N2);
    say(&stray, batch, 2);
    check_heard(1, 2);
    stray_open(&other, &mesh, N1, &mesh.keys[N2]);
    say(&other, batch, 5); /* has not greeted */
    greet(&other, N2);
    say(&stray, batch, 8);
    struct greeting wrong = stray_greeting(&mesh, NODE_NONE);
    stray_hello(&stray, &wrong); /* its answer comes after what was said before */
    is_welcomed(&stray);
    CU_ASSERT_EQUAL(count(ARRIVAL_MESSAGE), 1);
    say(&other, batch, 11);
    check_heard(2, 11);
    stray_close(&other);
    end();
}

/* The process has given up its first connection; what it had sent by it is read last. */
static void a_greeting_by_an_older_connection_comes_too_late(void)
{
    const struct batch batch = {.from = N2, .incarnation = 1, .to = 1};
    struct stray newer;
    begin(&mesh.keys[N2]);
    stray_open(&newer, &mesh, N1, &mesh.keys[N2]);
    struct greeting greeting = stray_greeting(&mesh, N2);
    greeting.connection = 1;
    stray_hello(&newer, &greeting);
    is_welcomed(&newer);
    greeting.connection = 0;
    stray_hello(&stray, &greeting);
    struct greeting client = stray_greeting(&mesh, NODE_NONE);
    memcpy(client.cluster, "store", 6);
    stray_hello(&stray, &client); /* its answer is the first, and comes after both were read */
    stray_is_refused(&stray, &mesh, REFUSAL_LASTING, "this is cluster 'shop', not 'store'");
    say(&stray, batch, 2);
    say(&newer, batch, 5);
    check_heard(1, 5);
    stray_close(&newer);
    end();
}

static void what_follows_a_malformed_message_is_not_believed(void)
{
    const struct batch batch = {.from = N2, .incarnation = 1, .to = 1};
    begin(&mesh.keys[N2]);
    greet(&stray, N2);
    stray_heartbeats(&stray, &batch, (const uint64_t[]){2, 3, 5}, 3); /* 3 is of n3 */
    say(&stray, batch, 8);
    check_heard(2, 8);
    end();
}

static void garbage_is_ignored(void)
{
    const struct batch batch = {.from = N2, .incarnation = 1, .to = 1};
    uint64_t key = random_mix(99), draw = 0;
    begin(&mesh.keys[N2]);
    greet(&stray, N2);
    for (int i = 0; i < 500; i++) {
        unsigned char bytes[64];
        size_t size = (size_t)random_below(random_draw(key, draw++), sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (unsigned char)random_draw(key, draw++);
        if (i % 2 && size > 1) { /* with the head of a frame that is no greeting */
            bytes[0] = (unsigned char)(3 + bytes[0] % 4);
            bytes[1] = CODEC_VERSION;
        }
        must(zmq_send(stray.socket, bytes, size, i % 7 ? 0 : ZMQ_SNDMORE) >= 0);
        mesh_step(&mesh);
    }
    must(zmq_send(stray.socket, "", 0, 0) >= 0);
    say(&stray, batch, 2);
    check_heard(1, 2);
    CU_ASSERT_TRUE(transport_counts(mesh.at[N1]).malformed > 400);
    end();
}

static void a_frame_that_is_too_long_ends_its_connection(void)
{
    static unsigned char bytes[WIRE_FRAME_MAX + 1];
    int event = 0;
    begin(&mesh.keys[N2]);
    greet(&stray, N2);
    must(zmq_send(stray.socket, bytes, sizeof bytes, 0) >= 0);
    MESH_UNTIL(&mesh, (event = event == ZMQ_EVENT_DISCONNECTED
                                   ? event
                                   : connection_monitor_next(stray.monitor, NULL)) ==
                          ZMQ_EVENT_DISCONNECTED);
    CU_ASSERT_EQUAL(count(ARRIVAL_MESSAGE), 0);
    end();
}

/* ---- clients -------------------------------------------------------------------------------- */

static void ask(const char *id, uint64_t cookie)
{
    struct wire_frame frame = {0};
    struct wire_request asked = {.cookie = cookie, .id = text_borrow(id, strlen(id))};
    must(!wire_write_request(&frame, &asked));
    stray_send(&stray, &frame);
    wire_frame_close(&frame);
}

static void is_answered(uint64_t cookie, enum outcome outcome, const char *value)
{
    struct wire_frame frame = {0};
    struct wire_answer answer;
    struct text expected = text_borrow(value, strlen(value));
    CU_ASSERT_EQUAL_FATAL((int)stray_take(&stray, &mesh, &frame), FRAME_ANSWER);
    CU_ASSERT_EQUAL_FATAL(wire_read_answer(frame.bytes.text, frame.bytes.size, &answer), OK);
    CU_ASSERT_EQUAL(answer.cookie, cookie);
    CU_ASSERT_EQUAL(answer.outcome, outcome);
    CU_ASSERT_TRUE(text_equal(&answer.value, &expected));
    wire_frame_close(&frame);
}

static void a_client_is_refused_while_the_node_starts(void)
{
    struct wire_frame frame = {0};
    mesh_begin(&mesh, true);
    mesh_open(&mesh, N1, &mesh.cluster_file);
    stray_open(&stray, &mesh, N1, &mesh.client);
    struct greeting greeting = stray_greeting(&mesh, NODE_NONE);
    stray_hello(&stray, &greeting);
    CU_ASSERT_EQUAL((int)stray_take(&stray, &mesh, &frame), FRAME_REFUSAL);
    wire_frame_close(&frame);
    transport_admit_clients(mesh.at[N1]);
    greet(&stray, NODE_NONE);
    end();
}

static void a_client_asks_and_is_answered(void)
{
    begin(&mesh.client);
    ask("before-it-greeted", 1);
    struct wire_frame frame = {0};
    CU_ASSERT_EQUAL((int)stray_take(&stray, &mesh, &frame), FRAME_REFUSAL);
    wire_frame_close(&frame);
    greet(&stray, NODE_NONE);
    ask("17", 7);
    MESH_UNTIL(&mesh, count(ARRIVAL_REQUEST) == 1);
    CU_ASSERT_STRING_EQUAL(mesh.heard[N1].id, "17");
    struct wire_answer answer = {.cookie = mesh.heard[N1].client.cookie,
                                 .outcome = OUTCOME_VALUE,
                                 .value = text_borrow("the value of seventeen", 22)};
    transport_answer(mesh.at[N1], mesh.heard[N1].client, &answer);
    is_answered(7, OUTCOME_VALUE, "the value of seventeen");
    end();
}

static void a_client_has_so_many_requests_open_at_the_most(void)
{
    begin(&mesh.client);
    greet(&stray, NODE_NONE);
    for (unsigned i = 0; i < WIRE_CLIENT_REQUESTS_MAX; i++) {
        ask("1", i);
        if (i % 50 == 0)
            mesh_step(&mesh);
    }
    MESH_UNTIL(&mesh, count(ARRIVAL_REQUEST) == WIRE_CLIENT_REQUESTS_MAX);
    ask("1", 5000);
    is_answered(5000, OUTCOME_OVERLOADED, "");
    struct wire_answer answer = {.cookie = 3, .outcome = OUTCOME_TIMEOUT};
    transport_answer(mesh.at[N1], mesh.heard[N1].client, &answer);
    is_answered(3, OUTCOME_TIMEOUT, "");
    ask("1", 5001); /* one has ended, so one more may be made */
    MESH_UNTIL(&mesh, count(ARRIVAL_REQUEST) == WIRE_CLIENT_REQUESTS_MAX + 1);
    end();
}

/* It takes nothing, and is owed more than ZeroMQ is given: all of it comes in the end, once. */
static void a_client_gets_long_answers_as_it_takes_them(void)
{
    static char bytes[WIRE_VALUE_MAX];
    struct text value;
    must(!text_set(&value, bytes, sizeof bytes));
    begin(&mesh.client);
    greet(&stray, NODE_NONE);
    for (unsigned i = 0; i < WIRE_CLIENT_REQUESTS_MAX; i++) {
        ask("1", i);
        MESH_UNTIL(&mesh, count(ARRIVAL_REQUEST) == i + 1);
        struct wire_answer answer = {.cookie = i, .outcome = OUTCOME_VALUE, .value = value};
        transport_answer(mesh.at[N1], mesh.heard[N1].client, &answer);
    }
    struct wire_frame frame = {0};
    struct wire_answer answer = {0};
    for (unsigned i = 0; i < WIRE_CLIENT_REQUESTS_MAX; i++) {
        CU_ASSERT_EQUAL_FATAL((int)stray_take(&stray, &mesh, &frame), FRAME_ANSWER);
        CU_ASSERT_EQUAL_FATAL(wire_read_answer(frame.bytes.text, frame.bytes.size, &answer), OK);
        CU_ASSERT_EQUAL(answer.cookie, i);
        CU_ASSERT_EQUAL(text_size(&answer.value), sizeof bytes);
    }
    wire_frame_close(&frame);
    text_clear(&value);
    end();
}

static void a_client_that_has_gone_gets_no_answer(void)
{
    begin(&mesh.client);
    greet(&stray, NODE_NONE);
    ask("1", 1);
    MESH_UNTIL(&mesh, count(ARRIVAL_REQUEST) == 1);
    struct wire_client_ref gone = mesh.heard[N1].client;
    struct wire_answer answer = {.cookie = 1, .outcome = OUTCOME_TIMEOUT};
    for (unsigned i = 0; i < WIRE_CLIENTS_MAX; i++) /* it keeps its place, and pushes nobody out */
        greet(&stray, NODE_NONE);
    transport_answer(mesh.at[N1], gone, &answer);
    is_answered(1, OUTCOME_TIMEOUT, "");
    stray_close(&stray);
    mesh_step(&mesh);
    transport_answer(mesh.at[N1], gone, &answer);
    stray_open(&stray, &mesh, N1, &mesh.client);
    end();
}

static struct failure client_failure;
static unsigned ended[OUTCOMES_COUNT];

static void count_ended(void *context, const struct wire_answer *answer)
{
    (void)context;
    ended[answer->outcome]++;
}

/* Ids 1 and 2. */
static enum wire_client_next one_of_two(void *context, char id[ID_SIZE_MAX + 1])
{
    unsigned *given = context;
    if (*given == 2)
        return WIRE_CLIENT_NONE;
    snprintf(id, ID_SIZE_MAX + 1, "%u", ++*given);
    return WIRE_CLIENT_ID;
}

static void *ask_two(void *wanted)
{
    unsigned given = 0;
    struct wire_client_setup setup = {.cluster_file = &mesh.cluster_file,
                                      .next = one_of_two,
                                      .take = count_ended,
                                      .context = &given};
    CU_ASSERT_EQUAL(wire_client_ask(&setup, &client_failure), *(const enum error *)wanted);
    return NULL;
}

/* Takes the next frame of the client's, and sends it this one. */
static void answer_with(const struct wire_frame *frame)
{
    char client[64], bytes[256];
    int size = zmq_recv(stray.socket, client, sizeof client, 0);
    must(size > 0 && zmq_recv(stray.socket, bytes, sizeof bytes, 0) > 0);
    must(zmq_send(stray.socket, client, (size_t)size, ZMQ_SNDMORE) == size);
    stray_send(&stray, frame);
}

/* n1, which is a stray, has welcomed the client. */
static void welcome_client(pthread_t *client, enum error *wanted)
{
    struct wire_frame frame = {0};
    memset(ended, 0, sizeof ended);
    mesh_begin(&mesh, false);
    mesh.cluster_file.settings.timeout_ns = 1000 * NS_PER_S; /* it does not wait for that */
    stray_listen(&stray, &mesh, N1);
    struct greeting own = stray_greeting(&mesh, N1);
    must(!pthread_create(client, NULL, ask_two, wanted));
    must(!wire_write_greeting(&frame, FRAME_WELCOME, &own));
    answer_with(&frame);
    wire_frame_close(&frame);
}

static void a_client_that_is_refused_later_is_told_why(void)
{
    pthread_t client;
    struct wire_frame frame = {0};
    enum error wanted = ERROR_IO;
    welcome_client(&client, &wanted);
    must(!wire_write_refusal(&frame, REFUSAL_LASTING, "who are you?"));
    answer_with(&frame);
    pthread_join(client, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(client_failure.text, "refuses: who are you?"));
    CU_ASSERT_EQUAL(ended[OUTCOME_TIMEOUT], 2);
    wire_frame_close(&frame);
    stray_close(&stray);
    mesh_end(&mesh);
}

static void what_a_node_was_asked_that_goes_away_is_lost_with_it_at_once(void)
{
    pthread_t client;
    struct wire_frame frame = {0};
    struct wire_answer answer = {.cookie = 1, .outcome = OUTCOME_LOAD_FAILED};
    enum error wanted = OK;
    welcome_client(&client, &wanted);
    must(!wire_write_answer(&frame, &answer));
    answer_with(&frame);
    stray_close(&stray);
    pthread_join(client, NULL);
    CU_ASSERT_EQUAL(ended[OUTCOME_LOAD_FAILED], 1);
    CU_ASSERT_EQUAL(ended[OUTCOME_CALLER_LOST], 1);
    wire_frame_close(&frame);
    mesh_end(&mesh);
}

SUITE(net_transport_frames, TEST(a_stranger_s_key_is_refused),
      TEST(authentication_knows_who_has_a_key),
      TEST(nobody_greets_by_a_name_that_is_not_of_its_key),
      TEST(another_version_is_refused_with_words),
      TEST(a_client_of_another_cluster_is_refused_with_words),
      TEST(a_name_whose_process_lives_is_in_use), TEST(a_node_s_own_name_is_in_use),
      TEST(a_name_is_in_use_when_peers_report_it_for_two_seconds),
      TEST(messages_of_another_life_or_by_another_name_are_ignored),
      TEST(a_message_is_taken_once_and_in_order),
      TEST(only_the_connection_that_greeted_last_counts),
      TEST(a_greeting_by_an_older_connection_comes_too_late),
      TEST(what_follows_a_malformed_message_is_not_believed), TEST(garbage_is_ignored),
      TEST(a_frame_that_is_too_long_ends_its_connection),
      TEST(a_client_is_refused_while_the_node_starts), TEST(a_client_asks_and_is_answered),
      TEST(a_client_has_so_many_requests_open_at_the_most),
      TEST(a_client_gets_long_answers_as_it_takes_them),
      TEST(a_client_that_is_refused_later_is_told_why),
      TEST(what_a_node_was_asked_that_goes_away_is_lost_with_it_at_once),
      TEST(a_client_that_has_gone_gets_no_answer));
