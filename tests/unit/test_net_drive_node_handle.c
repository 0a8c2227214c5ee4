/* A node of another host, as its driver sees it: by an agent that only answers. */
#include "net/drive/node_handle.h"

#include "base/monotonic.h"
#include "support/loopback.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define PORT        17411
#define PATIENCE_MS 100000 /* a busy machine takes its time, and valgrind */

static struct cluster_file_node host = {.port = PORT};
static struct cluster_file cluster_file = {.name = "test", .nodes = 1, .node = &host};
static void *context;
static atomic_uint polls;
static bool other_version;

static void answer(void *router, zmq_msg_t *route, struct string_builder *frame)
{
    must(!frame->failed);
    zmq_msg_send(route, router, ZMQ_SNDMORE);
    zmq_send(router, frame->text, frame->size, 0);
    string_builder_close(frame);
}

static void welcome(void *router, zmq_msg_t *route)
{
    struct agent_greeting greeting = {.settings = cluster_file_hash(&cluster_file)};
    struct string_builder frame = {0};
    agent_clock_id(greeting.clock_id);
    agent_begin_frame(&frame, AGENT_WELCOME, monotonic_ns());
    agent_greeting_write(&frame, &greeting);
    if (other_version)
        frame.text[1]++;
    answer(router, route, &frame);
}

/* Its watermark is the number of polls; 7 requests were counted. */
static void answer_poll(void *router, zmq_msg_t *route, int64_t polled_ns)
{
    struct agent_status status = {.polled_ns = polled_ns, .state = SUPERVISOR_UP};
    struct string_builder frame = {0};
    status.gauges.counts = true;
    status.gauges.tally.totals.requests = 7;
    status.watermark_ns = ++polls;
    agent_begin_frame(&frame, AGENT_STATUS, monotonic_ns());
    agent_status_write(&frame, &status);
    answer(router, route, &frame);
}

static void *run_agent(void *router)
{
    for (bool over = false; !over;) {
        unsigned version;
        int64_t clock_ns;
        zmq_msg_t route, frame;
        zmq_msg_init(&route);
        zmq_msg_init(&frame);
        over = zmq_msg_recv(&route, router, 0) < 0 || zmq_msg_recv(&frame, router, 0) < 0;
        struct byte_reader reader = byte_reader_over(zmq_msg_data(&frame), zmq_msg_size(&frame));
        enum agent_kind kind = agent_frame_kind(&reader, &version, &clock_ns);
        over = over || kind == AGENT_BYE || (kind == AGENT_HELLO && other_version);
        if (kind == AGENT_HELLO)
            welcome(router, &route);
        else if (kind == AGENT_POLL)
            answer_poll(router, &route, clock_ns);
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

static pthread_t agent;
static struct node_handle handle;

/* Polls until the agent has answered a poll that was sent from now on, or until patience ends. */
static bool goes_on(void)
{
    int64_t next = (int64_t)polls + 1, until_ns = monotonic_ns() + PATIENCE_MS * NS_PER_MS;
    while (handle.watermark_ns < next && monotonic_ns() < until_ns && !handle.failure.error)
        node_handle_poll(&handle, SIZE_MAX);
    return handle.watermark_ns >= next;
}

static enum error open_handle(void)
{
    char endpoint[96];
    struct supervisor_setup setup = {.cluster_file = &cluster_file, .take = take};
    loopback_draw(host.address);
    context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host.address, PORT + 1);
    zmq_setsockopt(router, ZMQ_RCVTIMEO, &(int){PATIENCE_MS}, sizeof(int));
    CU_ASSERT_EQUAL_FATAL(zmq_bind(router, endpoint), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&agent, NULL, run_agent, router), 0);
    return node_handle_open_remote(&handle, &setup, context);
}

static void end(void)
{
    pthread_join(agent, NULL);
    zmq_ctx_term(context);
}

static void what_a_node_counts_comes_with_what_it_records(void)
{
    CU_ASSERT_EQUAL_FATAL(open_handle(), OK);
    CU_ASSERT_TRUE(goes_on());
    CU_ASSERT_EQUAL(handle.gauges.tally.totals.requests, 7);
    CU_ASSERT_EQUAL(handle.failure.error, OK);
    node_handle_close(&handle);
    end();
}

static void an_agent_of_another_version_is_refused_with_both_numbers(void)
{
    other_version = true;
    CU_ASSERT_EQUAL(open_handle(), ERROR_IO);
    char words[64];
    snprintf(words, sizeof words, "speaks version %u of the protocol, not %u", CODEC_VERSION + 1,
             CODEC_VERSION);
    CU_ASSERT_PTR_NOT_NULL(strstr(handle.failure.text, words));
    end();
}

/* Of every frame, each piece of its beginning, and each byte changed. */
static void a_frame_of_an_agent_is_whole_and_within_its_bounds(void)
{
    struct agent_status status = {.state = SUPERVISOR_FROZEN, .incarnation = UINT32_MAX}, back;
    struct agent_fault fault = {.kind = AGENT_FAULT_START, .flag = true}, fault_back;
    struct agent_greeting greeting = {.cluster = "shop", .clock_id = "a b"}, greeting_back;
    struct string_builder frames[3] = {0};
    agent_status_write(&frames[0], &status);
    agent_fault_put(&frames[1], &fault);
    agent_greeting_write(&frames[2], &greeting);
    for (int i = 0; i < 3; i++)
        for (size_t size = 0; size <= frames[i].size; size++) {
            struct byte_reader reader = byte_reader_over(frames[i].text, size);
            if (i == 0)
                agent_status_read(&reader, &back);
            else if (i == 1)
                agent_fault_get(&reader, &fault_back);
            else
                agent_greeting_read(&reader, &greeting_back);
            CU_ASSERT_EQUAL(byte_reader_done(&reader), size == frames[i].size);
        }
    frames[2].text[sizeof greeting.settings + 1] = 0; /* in the name of the cluster */
    struct byte_reader reader = byte_reader_over(frames[2].text, frames[2].size);
    agent_greeting_read(&reader, &greeting_back);
    CU_ASSERT_FALSE(byte_reader_done(&reader));
    for (int i = 0; i < 3; i++)
        string_builder_close(&frames[i]);
}

SUITE(net_drive_node_handle, TEST(what_a_node_counts_comes_with_what_it_records),
      TEST(an_agent_of_another_version_is_refused_with_both_numbers),
      TEST(a_frame_of_an_agent_is_whole_and_within_its_bounds));
