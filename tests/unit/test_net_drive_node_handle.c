/* A node of another host, as its driver sees it: by an agent that only answers. */
#include "net/drive/node_handle.h"

#include "base/monotonic.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define PORT 17411

static struct cluster_file_node host = {.address = "127.83.7.1", .port = PORT};
static struct cluster_file cluster_file = {.name = "test", .nodes = 1, .node = &host};
static void *context;
static atomic_uint polls;

static void answer(void *router, zmq_msg_t *route, enum agent_kind kind, const void *body,
                   size_t size, const void *more, size_t more_size)
{
    static unsigned char
        frame[sizeof(struct agent_head) + sizeof(struct agent_status) + sizeof(struct tally)];
    struct agent_head head = {
        .kind = (uint8_t)kind, .version = AGENT_VERSION, .clock_ns = monotonic_ns()};
    must(sizeof head + size + more_size <= sizeof frame);
    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, body, size);
    if (more_size)
        memcpy(frame + sizeof head + size, more, more_size);
    zmq_msg_send(route, router, ZMQ_SNDMORE);
    zmq_send(router, frame, sizeof head + size + more_size, 0);
}

/* Its watermark is the number of polls; 7 requests were made. */
static void answer_poll(void *router, zmq_msg_t *route, const struct agent_head *head,
                        const struct agent_poll *poll)
{
    static struct tally tally;
    struct agent_status status = {
        .polled_ns = head->clock_ns, .state = SUPERVISOR_UP, .has_tally = poll->wants_tally};
    tally.totals.requests = 7;
    unsigned count = ++polls;
    if (!poll->wants_tally)
        status.watermark_ns = count;
    answer(router, route, AGENT_STATUS, &status, sizeof status, &tally,
           poll->wants_tally ? sizeof tally : 0);
}

static void *run_agent(void *router)
{
    for (bool over = false; !over;) {
        struct agent_greeting greeting = {.settings = cluster_file_hash(&cluster_file),
                                          .layout = AGENT_LAYOUT};
        struct agent_head head;
        struct agent_poll poll = {0};
        zmq_msg_t route, frame;
        zmq_msg_init(&route);
        zmq_msg_init(&frame);
        zmq_msg_recv(&route, router, 0);
        zmq_msg_recv(&frame, router, 0);
        const unsigned char *bytes = zmq_msg_data(&frame);
        memcpy(&head, bytes, sizeof head);
        over = head.kind == AGENT_BYE;
        if (head.kind == AGENT_HELLO) {
            agent_clock_id(greeting.clock_id);
            answer(router, &route, AGENT_WELCOME, &greeting, sizeof greeting, NULL, 0);
        } else if (head.kind == AGENT_POLL) {
            memcpy(&poll, bytes + sizeof head, sizeof poll);
            answer_poll(router, &route, &head, &poll);
        }
        zmq_msg_close(&route);
        zmq_msg_close(&frame);
    }
    zmq_close(router);
    return NULL;
}

static void take(void *unused, node_id node, const struct record *record)
{
    (void)unused, (void)node, (void)record;
}

/* Polls until the agent has answered a poll that was sent from now on, or 5 s long. */
static bool goes_on(struct node_handle *handle)
{
    int64_t next = (int64_t)polls + 1, until_ns = monotonic_ns() + 5 * NS_PER_S;
    while (handle->watermark_ns < next && monotonic_ns() < until_ns && !handle->failure.error)
        node_handle_poll(handle, SIZE_MAX);
    return handle->watermark_ns >= next;
}

static void after_a_tally_the_node_is_polled_as_before(void)
{
    char endpoint[96];
    pthread_t agent;
    struct node_handle handle;
    struct supervisor_setup setup = {.cluster_file = &cluster_file, .take = take};
    context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host.address, PORT + 1);
    CU_ASSERT_EQUAL_FATAL(zmq_bind(router, endpoint), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&agent, NULL, run_agent, router), 0);
    CU_ASSERT_EQUAL_FATAL(node_handle_open_remote(&handle, &setup, context), OK);
    CU_ASSERT_TRUE(goes_on(&handle));
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(node_handle_tally(&handle)->totals.requests, 7);
        CU_ASSERT_EQUAL(handle.failure.error, OK);
        CU_ASSERT_TRUE(goes_on(&handle));
    }
    node_handle_close(&handle);
    pthread_join(agent, NULL);
    zmq_ctx_term(context);
}

SUITE(net_drive_node_handle, TEST(after_a_tally_the_node_is_polled_as_before));
