/* Transports that greet each other, and what comes of what is sent. */
#include "net/wire/transport.h"

#include "base/monotonic.h"
#include "support/net_mesh.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    while (!mesh_take(&mesh, node, arrival) && monotonic_ns() < end_ns)
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

static uint32_t hash_of(const char *bytes, size_t size)
{
    uint32_t hash = 1;
    for (size_t i = 0; i < size; i++)
        hash = hash * 31 + (unsigned char)bytes[i];
    return hash;
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
    CU_ASSERT_TRUE(transport_is_ripe(mesh.at[N1], N2));
    CU_ASSERT_FALSE(send(N1, N2, heartbeat(4), DROP_FULL));
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 1);
    CU_ASSERT_FALSE(transport_is_ripe(mesh.at[N1], N2));
    CU_ASSERT_EQUAL(mesh.heard[N2].last.from, N1);
    CU_ASSERT_EQUAL(mesh.heard[N2].last.incarnation, 1);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_size, WIRE_VALUE_MAX);
    CU_ASSERT_EQUAL(mesh.heard[N2].text_hash, hash_of(bytes, WIRE_VALUE_MAX));
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
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(7), DROPS_COUNT));
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == 1);
    CU_ASSERT_EQUAL(mesh.heard[N2].last_number, 7);
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

/* Sends one frame, with one value, and takes it back if it can't leave. False: it came back. */
static bool leaves(uint64_t number)
{
    static char bytes[WIRE_BATCH];
    struct message reply = {.kind = MESSAGE_REPLY, .part = 1, .number = number, .request = 2};
    unsigned before = mesh.heard[N1].dropped[DROP_FULL];
    reply.as.answer.worker = 1;
    reply.as.answer.value = text_borrow(bytes, sizeof bytes);
    CU_ASSERT_TRUE(send(N1, N2, reply, DROPS_COUNT));
    mesh_step(&mesh); /* it is flushed, and comes back by the next step */
    mesh_rest(&mesh, 0);
    return mesh.heard[N1].dropped[DROP_FULL] == before;
}

/* What a peer that takes nothing can be owed is what ZeroMQ holds on both sides and the kernel
 * between. What there is room for right now depends on how fast that is filled, so it is bounded
 * as soon as many in a row come back. The rest arrives, in order. */
static void what_a_peer_that_takes_nothing_is_owed_is_bounded(void)
{
    unsigned sent = 0, left = 0, in_a_row = 0;
    mesh_begin(&mesh, false);
    mesh_open_all(&mesh, 2);
    struct transport *n2 = mesh.at[N2];
    mesh.at[N2] = NULL;
    for (; in_a_row < 20 && left < 1000; sent++) {
        bool one = leaves(1 + 3 * (uint64_t)sent);
        left += one;
        in_a_row = one ? 0 : in_a_row + 1;
    }
    CU_ASSERT_TRUE(left > PEER_FRAMES_MAX / 2 && left < 1000);
    CU_ASSERT_EQUAL(left + mesh.heard[N1].dropped[DROP_FULL], sent);
    mesh.at[N2] = n2;
    MESH_UNTIL(&mesh, count(N2, ARRIVAL_MESSAGE) == left);
    CU_ASSERT_EQUAL(mesh.heard[N2].disordered, 0);
    mesh_end(&mesh);
}

/* ---- who does not belong together ---------------------------------------------------------- */

/* Both try again and again; each is logged once. */
static void check_differs(const char *name, const char *lines, const char *words)
{
    struct cluster_file other;
    mesh_begin(&mesh, true);
    mesh_hosts(&mesh, name, lines, &other);
    mesh_listen();
    mesh_open(&mesh, N1, &mesh.cluster_file);
    mesh_open(&mesh, N2, &other);
    MESH_UNTIL(&mesh, mesh_said("refuses this node") == 2 && mesh_said("was refused") == 2);
    for (int tries = 0; tries < 200; tries++) {
        mesh.now_ns += NS_PER_S / 10;
        mesh_rest(&mesh, 0);
    }
    CU_ASSERT_EQUAL(mesh_said("refuses this node"), 2);
    CU_ASSERT_EQUAL(mesh_said("was refused"), 2);
    CU_ASSERT_EQUAL(mesh_said(words), 4);
    mesh_unlisten();
    CU_ASSERT_EQUAL(count(N1, ARRIVAL_FOUND) + count(N2, ARRIVAL_FOUND), 0);
    mesh_end(&mesh);
    cluster_file_close(&other);
}

static void another_cluster_is_refused_once_with_words(void)
{
    check_differs("store", "", "this is cluster '");
}

static void other_settings_are_refused_once_with_words(void)
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
    while (mesh_step(&mesh))
        ;
    int64_t never_ns = mesh.now_ns + 1000 * NS_PER_S;
    transport_wait(mesh.at[N2], mesh.now_ns, mesh.now_ns + 5 * NS_PER_MS, pipes, 1);
    CU_ASSERT_TRUE(send(N1, N2, heartbeat(1), DROPS_COUNT));
    transport_flush(mesh.at[N1]);
    struct arrival arrival;
    while (!transport_take(mesh.at[N2], mesh.now_ns, &arrival))
        transport_wait(mesh.at[N2], mesh.now_ns, never_ns, pipes, 1);
    CU_ASSERT_EQUAL(arrival.kind, ARRIVAL_MESSAGE);
    must(write(pipes[1], "", 1) == 1);
    transport_wait(mesh.at[N2], mesh.now_ns, never_ns, pipes, 1);
    mesh_end(&mesh);
    close(pipes[0]);
    close(pipes[1]);
}

SUITE(net_transport, TEST(three_nodes_greet_each_other),
      TEST(messages_come_together_and_in_order_after_a_flush), TEST(the_longest_value_arrives),
      TEST(a_peer_that_closes_is_lost_and_found_in_its_next_life),
      TEST(what_waits_for_a_peer_that_is_lost_comes_back),
      TEST(cuts_drop_what_goes_out_and_what_comes_in),
      TEST(what_a_peer_that_takes_nothing_is_owed_is_bounded),
      TEST(another_cluster_is_refused_once_with_words),
      TEST(other_settings_are_refused_once_with_words),
      TEST(an_address_that_is_taken_is_not_opened), TEST(waiting_ends_with_what_it_waits_for));
