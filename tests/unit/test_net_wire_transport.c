/* Transports that greet each other, and what comes of what is sent. */
#define XXH_INLINE_ALL
#include "net/wire/transport.h"

#include "base/monotonic.h"
#include "node/parcel.h"
#include "support/net_mesh.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { N1, N2, N3 };

static struct mesh mesh;

/* Numbers of n1's: 1, 4, 7, … */
static struct message heartbeat(uint64_t number)
{
    return (struct message){.kind = MESSAGE_HEARTBEAT, .number = number};
}

static bool send(node_id from, node_id to, struct message message, enum drop_why expected)
{
    enum drop_why why = DROPS_COUNT;
    bool sent = transport_send(mesh.at[from], to, &message, &why);
    CU_ASSERT_TRUE(sent || why == expected);
    return sent;
}

static unsigned count(node_id node, enum arrival_kind kind)
{
    return mesh.heard[node].count[kind];
}

/* The node's next arrival, while no other node does anything. */
static void await_arrival(node_id node, struct arrival *arrival)
{
    int64_t end_ns = mesh_patience_ns();
    while (!mesh_take(&mesh, node, arrival) && mesh_has_patience(end_ns))
        ;
}

static void three_nodes_greet_each_other(void)
{
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 3);
    for (node_id node = 0; node < 3; node++) {
        CU_ASSERT_EQUAL(count(node, ARRIVAL_FOUND), 2);
        CU_ASSERT_EQUAL(count(node, ARRIVAL_LOST), 0);
    }
    mesh_end(&mesh);
}

static void messages_come_together_and_in_order_after_a_flush(void)
{
    struct arrival arrival;
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    for (uint64_t i = 0; i < 100; i++)
        CU_ASSERT_TRUE(send(N1, N2, heartbeat(1 + 3 * i), DROPS_COUNT));
    transport_flush(mesh.at[N1]);
    await_arrival(N2, &arrival);
    for (uint64_t i = 0; i < 100; i++) { /* all there as soon as one is */
        CU_ASSERT_EQUAL(arrival.kind, ARRIVAL_MESSAGE);
        CU_ASSERT_EQUAL(arrival.message.number, 1 + 3 * i);
        CU_ASSERT_EQUAL(transport_take(mesh.at[N2], mesh.now_ns, &arrival), i < 99);
    }
    mesh_end(&mesh);
}

static void the_longest_value_arrives(void)
{
    char *bytes = malloc(WIRE_VALUE_MAX);
    must(bytes != NULL);
    for (size_t i = 0; i < WIRE_VALUE_MAX; i++)
        bytes[i] = (char)(i * 7);
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    struct message reply = {.kind = MESSAGE_REPLY, .part = 1, .number = 1, .request = 2};
    reply.as.answer.worker = 1;
    reply.as.answer.value = text_borrow(bytes, WIRE_VALUE_MAX);
    CU_ASSERT_TRUE(send(N1, N2, reply, DROPS_COUNT));
    CU_ASSERT_FALSE(transport_is_ripe(mesh.at[N1], N2, &reply)); /* the same again is short */
    reply.as.answer.worker = 4;
    CU_ASSERT_TRUE(transport_is_ripe(mesh.at[N1], N2, &reply));
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 1);
    CU_ASSERT_FALSE(transport_is_ripe(mesh.at[N1], N2, &reply));
    CU_ASSERT_EQUAL(mesh.heard[N2].last.from, N1);
    CU_ASSERT_EQUAL(mesh.heard[N2].last.incarnation, 1);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_size, WIRE_VALUE_MAX);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_hash, XXH3_64bits(bytes, WIRE_VALUE_MAX));
    mesh_end(&mesh);
    free(bytes);
}

static void a_peer_that_closes_is_lost_and_found_in_its_next_life(void)
{
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(1), DROPS_COUNT));
    mesh_close(&mesh, N2);
    MESH_UNTIL(&mesh, count(N1, ARRIVAL_LOST) == 1);
    CU_ASSERT_EQUAL(mesh.heard[N1].peer, N2);
    CU_ASSERT_EQUAL(mesh.heard[N1].incarnation, 1);
    CU_ASSERT_FALSE(send(N1, N2, heartbeat(4), DROP_DOWN));
    CU_ASSERT_EQUAL(transport_greeted(mesh.at[N1]), 0);
    mesh_open(&mesh, N2, &mesh.cluster_file);
    MESH_UNTIL(&mesh, transport_greeted(mesh.at[N1]) == 1 && transport_greeted(mesh.at[N2]) == 1);
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_FOUND), 2);
    CU_ASSERT_EQUAL(mesh.heard[N1].incarnation, 2);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(7), DROPS_COUNT));
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 1);
    CU_ASSERT_EQUAL(mesh.heard[N2].last_number, 7);
    mesh_end(&mesh);
}

static void that_a_forgotten_peer_closes_is_not_noticed(void)
{
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(1), DROPS_COUNT));
    transport_forget(mesh.at[N1], N2, mesh.now_ns);
    CU_ASSERT_FALSE(send(N1, N2, heartbeat(4), DROP_DOWN));
    mesh_close(&mesh, N2);
    mesh_open(&mesh, N2, &mesh.cluster_file);
    MESH_UNTIL(&mesh, transport_greeted(mesh.at[N1]) == 1 && transport_greeted(mesh.at[N2]) == 1);
    CU_ASSERT_EQUAL(mesh.heard[N1].dropped[DROP_DOWN], 1); /* what had not left */
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_LOST), 0);
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_FOUND), 2);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(7), DROPS_COUNT));
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 1);
    mesh_end(&mesh);
}

static void what_waits_for_a_peer_that_is_lost_comes_back(void)
{
    struct arrival arrival = {.kind = ARRIVAL_FOUND};
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    for (uint64_t i = 0; i < 5; i++)
        CU_ASSERT_TRUE(send(N1, N2, heartbeat(1 + 3 * i), DROPS_COUNT));
    mesh_close(&mesh, N2);
    await_arrival(N1, &arrival); /* nothing is flushed meanwhile */
    CU_ASSERT_EQUAL(arrival.kind, ARRIVAL_LOST);
    MESH_UNTIL(&mesh, mesh.heard[N1].dropped[DROP_DOWN] == 5);
    mesh_end(&mesh);
}

static void cuts_drop_what_goes_out_and_what_comes_in(void)
{
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    transport_cut(mesh.at[N1], N2, true, false);
    CU_ASSERT_FALSE(send(N1, N2, heartbeat(1), DROP_CUT));
    CU_ASSERT_TRUE(send(N2, N1, heartbeat(2), DROPS_COUNT));
    MESH_UNTIL(&mesh, count(N1, ARRIVAL_MESSAGE) == 1);
    transport_cut(mesh.at[N1], N2, false, true);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(4), DROPS_COUNT));
    CU_ASSERT_TRUE(send(N2, N1, heartbeat(5), DROPS_COUNT));
    MESH_UNTIL(&mesh, mesh.heard[N1].cut == 1 && count(N2, ARRIVAL_MESSAGE) == 1);
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_MESSAGE), 1);
    transport_cut(mesh.at[N1], N2, false, false);
    CU_ASSERT_TRUE(send(N2, N1, heartbeat(8), DROPS_COUNT));
    MESH_UNTIL(&mesh, count(N1, ARRIVAL_MESSAGE) == 2);
    CU_ASSERT_EQUAL(mesh.heard[N1].last_number, 8);
    mesh_end(&mesh);
}

/* ---- room ---------------------------------------------------------------------------------- */

static struct message reply_with(uint64_t number, const struct text *value)
{
    struct message reply = {.kind = MESSAGE_REPLY, .part = 1, .number = number, .request = 2};
    reply.as.answer.worker = 1 + 3 * number; /* each its own, so each is written */
    reply.as.answer.value = *value;
    return reply;
}

static struct message parcel_with(uint64_t number, const struct text *bytes)
{
    struct message parcel = {.kind = MESSAGE_HAND_OVER, .code = PARCEL_PASS, .number = number};
    parcel.as.parcel = *bytes;
    return parcel;
}

/* n2 takes nothing; its transport, to be put back. */
static struct transport *take_n2_away(void)
{
    struct transport *n2 = mesh.at[N2];
    mesh.at[N2] = NULL;
    return n2;
}

static struct text mebibyte(char fill)
{
    static char bytes[WIRE_VALUE_MAX];
    struct text text;
    memset(bytes, fill, sizeof bytes);
    must(!text_set(&text, bytes, sizeof bytes));
    return text;
}

/* So long a peer may take nothing: two seconds later the kernel gives the connection up. */
#define TAKES_NOTHING_NS (3 * NS_PER_S)

/* Values of their own: a peer that takes nothing is owed what ZeroMQ holds on both sides, the
 * kernel between, and what may wait here. What exceeds that is dropped, and the rest arrives in
 * order. */
static void is_bounded(struct message (*message_with)(uint64_t number, const struct text *text))
{
    unsigned sent = 0, refused = 0, whys[DROPS_COUNT + 1] = {0};
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    int64_t begun_ns = monotonic_ns();
    for (uint64_t i = 0; i < 200 && refused < 5; i++) {
        struct text value = mebibyte((char)i);
        struct message message = message_with(1 + 3 * i, &value);
        enum drop_why why = DROPS_COUNT;
        bool took = transport_send(mesh.at[N1], N2, &message, &why);
        sent += took;
        refused += !took;
        whys[why] += !took;
        text_clear(&value);
        mesh_step(&mesh);
    }
    mesh.at[N2] = n2;
    if (monotonic_ns() - begun_ns > TAKES_NOTHING_NS) { /* on a machine that is too busy */
        mesh_end(&mesh);
        return;
    }
    CU_ASSERT_EQUAL(refused, 5);
    CU_ASSERT_EQUAL(whys[DROP_FULL], 5);
    CU_ASSERT_TRUE(sent > (PEER_WAITING_MAX >> 20) - 2);
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == sent);
    CU_ASSERT_EQUAL(mesh.heard[N1].count[ARRIVAL_DROPPED], 0);
    CU_ASSERT_EQUAL(mesh.heard[N2].disordered, 0);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_size, WIRE_VALUE_MAX);
    mesh_end(&mesh);
}

static void what_a_peer_that_takes_nothing_is_owed_is_bounded(void)
{
    is_bounded(reply_with);
    is_bounded(parcel_with);
}

/* In copies of their own they would be more than twice PEER_WAITING_MAX. */
#define MANY 200u

static void one_value_for_many_waits_once(void)
{
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    struct text value = mebibyte('v');
    for (uint64_t i = 0; i < MANY; i++) {
        struct message reply = reply_with(1 + 3 * i, &value);
        reply.as.answer.worker = 1;
        CU_ASSERT_TRUE(send(N1, N2, reply, DROPS_COUNT));
        if (i % 20 == 0)
            mesh_step(&mesh);
    }
    text_clear(&value);
    mesh.at[N2] = n2;
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == MANY);
    CU_ASSERT_EQUAL(mesh.heard[N2].disordered, 0);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_size, WIRE_VALUE_MAX);
    mesh_end(&mesh);
}

/* Fills what ZeroMQ and the kernel take. Then `more` replies that wait. */
static uint64_t fill(uint64_t more)
{
    struct text value = mebibyte('f');
    uint64_t number = 1;
    for (; number < 1 + 3 * (40 + more); number += 3) {
        CU_ASSERT_TRUE(send(N1, N2, reply_with(number, &value), DROPS_COUNT));
        mesh_step(&mesh);
    }
    text_clear(&value);
    return number;
}

static void what_waits_longer_than_its_deadline_is_dropped_as_full(void)
{
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    fill(5);
    mesh_step(&mesh);
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_DROPPED), 0);
    mesh.now_ns += mesh.cluster_file.settings.timeout_ns + NS_PER_S;
    mesh.at[N2] = n2;
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) + count(N1, ARRIVAL_DROPPED) == 45);
    CU_ASSERT_TRUE(mesh.heard[N1].dropped[DROP_FULL] > 0);
    CU_ASSERT_TRUE(count(N2, ARRIVAL_MESSAGE) > 0);
    mesh_end(&mesh);
}

static void a_heartbeat_passes_what_waits(void)
{
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    uint64_t number = fill(20);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(number), DROPS_COUNT));
    mesh.at[N2] = n2;
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 61);
    CU_ASSERT_TRUE(mesh.heard[N2].disordered > 0);
    CU_ASSERT_EQUAL(mesh.heard[N2].last.kind, MESSAGE_REPLY);
    mesh_end(&mesh);
}

/* The receiver leaves: it goes when it has heard that no request is on its way. */
static void a_leave_ack_passes_nothing_that_waits(void)
{
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    struct message ack = {.kind = MESSAGE_LEAVE_ACK, .number = fill(20)};
    CU_ASSERT_TRUE(send(N1, N2, ack, DROPS_COUNT));
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(ack.number + 3), DROPS_COUNT));
    mesh.at[N2] = n2;
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 62);
    CU_ASSERT_EQUAL(mesh.heard[N2].last.kind, MESSAGE_LEAVE_ACK);
    mesh_end(&mesh);
}

static void what_waits_for_room_comes_back_when_the_peer_is_lost(void)
{
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = take_n2_away();
    fill(5);
    transport_close(n2, 0);
    MESH_UNTIL(&mesh, mesh.heard[N1].dropped[DROP_DOWN] >= 5);
    mesh_end(&mesh);
}

/* ---- who does not belong together ---------------------------------------------------------- */

/* Both try again and again; each is logged when the pause grows. */
static void check_differs(const char *name, const char *lines, const char *words)
{
    struct cluster_file other;
    mesh_begin(&mesh, true);
    mesh_hosts(&mesh, name, lines, &other);
    mesh_listen();
    mesh_open(&mesh, N1, &mesh.cluster_file);
    mesh_open(&mesh, N2, &other);
    MESH_UNTIL(&mesh, mesh_said("refuses this node") >= 2 && mesh_said("was refused") == 2);
    for (int tries = 0; tries < 200; tries++) {
        mesh.now_ns += NS_PER_S / 10;
        mesh_rest(&mesh, 0);
    }
    CU_ASSERT_TRUE(mesh_said("refuses this node") >= 2 && mesh_said("refuses this node") <= 8);
    CU_ASSERT_EQUAL(mesh_said("was refused"), 2);
    CU_ASSERT_EQUAL(mesh_said(words), 2 + mesh_said("refuses this node"));
    /* A try on a slow machine may have found nobody: the next one does. */
    MESH_UNTIL(&mesh, transport_refused_for(mesh.at[N1]) != NULL);
    mesh_unlisten();
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_FOUND) + count(N2, ARRIVAL_FOUND), 0);
    mesh_end(&mesh);
    cluster_file_close(&other);
}

static void another_cluster_is_refused_with_words(void)
{
    check_differs("store", "", "this is cluster '");
}

static void other_settings_are_refused_with_words(void)
{
    check_differs("shop", "ttl 77s\n", "nodes, keys or settings differ");
}

static void an_address_that_is_taken_is_not_opened(void)
{
    struct failure failure;
    mesh_begin(&mesh, true);
    mesh_open(&mesh, N1, &mesh.cluster_file);
    struct transport_setup setup = {.cluster_file = &mesh.cluster_file,
                                    .keys = &mesh.keys[N1],
                                    .incarnation = 1,
                                    .instance = 9};
    CU_ASSERT_PTR_NULL(transport_open(&setup, &failure));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "is this node running already?"));
    mesh_end(&mesh);
}

/* ---- waiting ------------------------------------------------------------------------------- */

/* Until a message comes, a descriptor can be read, or it is time. All peers being greeted, nothing
 * else wakes it. */
static void waiting_ends_with_what_it_waits_for(void)
{
    int pipes[2];
    must(pipe(pipes) == 0);
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 3);
    int64_t end_ns = mesh_patience_ns();
    while (mesh_step(&mesh) && mesh_has_patience(end_ns))
        ;
    transport_wait(mesh.at[N2], mesh.now_ns, mesh.now_ns + 5 * NS_PER_MS, pipes, 1);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(1), DROPS_COUNT));
    transport_flush(mesh.at[N1]);
    struct arrival arrival = {.kind = ARRIVAL_LOST};
    while (!transport_take(mesh.at[N2], mesh.now_ns, &arrival) && mesh_has_patience(end_ns))
        transport_wait(mesh.at[N2], mesh.now_ns, mesh.now_ns + NS_PER_S, pipes, 1);
    CU_ASSERT_EQUAL(arrival.kind, ARRIVAL_MESSAGE);
    CU_ASSERT_FALSE(transport_take(mesh.at[N2], mesh.now_ns, &arrival));
    must(write(pipes[1], "", 1) == 1);
    CU_ASSERT_TRUE(
        transport_wait(mesh.at[N2], mesh.now_ns, mesh.now_ns + 1000 * NS_PER_S, pipes, 1));
    mesh_end(&mesh);
    close(pipes[0]);
    close(pipes[1]);
}

/* A hundred messages are more than a first frame holds, and less than another. */
static void the_first_frame_after_a_wait_is_short(void)
{
    struct message message = heartbeat(1);
    mesh_begin(&mesh, true);
    mesh_open_all(&mesh, 2);
    int64_t end_ns = mesh_patience_ns();
    while (mesh_step(&mesh) && mesh_has_patience(end_ns))
        ;
    transport_wait(mesh.at[N1], mesh.now_ns, mesh.now_ns + NS_PER_MS, NULL, 0);
    for (int frame = 0; frame < 2; frame++) {
        for (int i = 0; i < 100; i++, message.number += 3)
            CU_ASSERT_TRUE(send(N1, N2, message, DROPS_COUNT));
        while (frame == 0 && !transport_has_first(mesh.at[N1]) && mesh_has_patience(end_ns)) {
            nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL); /* what is under way goes */
            CU_ASSERT_TRUE(send(N1, N2, heartbeat(message.number += 3), DROPS_COUNT));
        }
        CU_ASSERT_EQUAL(transport_has_first(mesh.at[N1]), frame == 0);
        transport_flush(mesh.at[N1]);
    }
    mesh_end(&mesh);
}

SUITE(net_transport, TEST(three_nodes_greet_each_other),
      TEST(messages_come_together_and_in_order_after_a_flush), TEST(the_longest_value_arrives),
      TEST(a_peer_that_closes_is_lost_and_found_in_its_next_life),
      TEST(that_a_forgotten_peer_closes_is_not_noticed),
      TEST(what_waits_for_a_peer_that_is_lost_comes_back),
      TEST(cuts_drop_what_goes_out_and_what_comes_in),
      TEST(what_a_peer_that_takes_nothing_is_owed_is_bounded), TEST(one_value_for_many_waits_once),
      TEST(what_waits_longer_than_its_deadline_is_dropped_as_full),
      TEST(a_heartbeat_passes_what_waits), TEST(a_leave_ack_passes_nothing_that_waits),
      TEST(what_waits_for_room_comes_back_when_the_peer_is_lost),
      TEST(another_cluster_is_refused_with_words), TEST(other_settings_are_refused_with_words),
      TEST(an_address_that_is_taken_is_not_opened), TEST(waiting_ends_with_what_it_waits_for),
      TEST(the_first_frame_after_a_wait_is_short));
