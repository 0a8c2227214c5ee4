/* What an agent and its driver say to each other. */
#include "net/process/agent_state.h"

#include "base/monotonic.h"

#include <stdio.h>
#include <string.h>

/* After so many frames signals and the node have their turn. */
#define FRAMES_A_ROUND 256

/* Requests that a driver may have made for a node that was down. */
#define TAKEN_MAX (1u << 20)

/* ---- frames to the driver ------------------------------------------------------------------ */

/* Sends the frame, and what follows it. */
static void send_frame(struct agent *agent, uint32_t route, struct string_builder *frame,
                       struct iovec more)
{
    struct iovec parts[] = {{frame->text, frame->size}, more};
    if (frame->failed)
        agent_log_warning(agent, "there is no memory for a frame to its driver");
    else
        listener_send(&agent->listener, route, parts, 2);
    string_builder_close(frame);
}

static void refuse(struct agent *agent, uint32_t route, const char *reason)
{
    struct string_builder frame = {0};
    agent_begin_frame(&frame, AGENT_REFUSE, monotonic_ns());
    codec_put_words(&frame, reason);
    send_frame(agent, route, &frame, (struct iovec){0});
}

static void answer_poll(struct agent *agent, int64_t polled_ns)
{
    struct supervisor *supervisor = &agent->supervisor;
    struct string_builder frame = {0};
    if (record_queue_size(&agent->records) < AGENT_BATCH)
        supervisor_poll(supervisor, AGENT_BATCH);
    struct record_piece piece = {.last_ns = agent->sent_ns};
    record_queue_take(&agent->records, AGENT_BATCH, &piece);
    agent->sent_ns = piece.last_ns;
    bool all = record_queue_size(&agent->records) == 0;
    struct agent_status status = {
        .polled_ns = polled_ns,
        .faults = agent->faults,
        .state = supervisor->state,
        .starting = atomic_load(&supervisor->ring->report.state) != SHARED_RING_READY,
        .was_member = supervisor->was_member,
        .halted = supervisor->halted,
        .incarnation = supervisor->incarnation,
        .records = piece.records,
        .watermark_ns = all ? supervisor_watermark_ns(supervisor) : piece.last_ns,
        .gauges = shared_ring_gauges(supervisor->ring)};
    agent_begin_frame(&frame, AGENT_STATUS, monotonic_ns());
    agent_status_write(&frame, &status);
    send_frame(agent, agent->driver, &frame, (struct iovec){(void *)piece.bytes, piece.size});
}

static void welcome(struct agent *agent, uint32_t route, const struct agent_greeting *own)
{
    struct string_builder frame = {0};
    agent->driven = true;
    agent->too_slow = false;
    agent->faults = 0;
    agent->driver = route;
    agent->heard_ns = monotonic_ns();
    agent_begin_frame(&frame, AGENT_WELCOME, monotonic_ns());
    agent_greeting_write(&frame, own);
    send_frame(agent, route, &frame, (struct iovec){0});
}

void agent_let_driver_go(struct agent *agent, const char *why)
{
    refuse(agent, agent->driver, why);
    agent_restore(agent);
}

/* ---- frames from the driver ---------------------------------------------------------------- */

static void greet(struct agent *agent, uint32_t route, const struct agent_greeting *greeting)
{
    const struct cluster_file *file = agent->setup->cluster_file;
    struct agent_greeting own = {.settings = cluster_file_hash(file)};
    snprintf(own.cluster, sizeof own.cluster, "%s", file->name);
    agent_clock_id(own.clock_id);
    if (strcmp(greeting->cluster, own.cluster) != 0)
        refuse(agent, route, "it is of another cluster");
    else if (greeting->settings != own.settings)
        refuse(agent, route, "its cluster file says something else than the driver's");
    else if (agent->driven)
        refuse(agent, route, "another driver drives it");
    else
        welcome(agent, route, &own);
}

static void apply_fault(struct agent *agent, const struct agent_fault *fault)
{
    switch (fault->kind) {
    case AGENT_FAULT_CRASH:
        supervisor_crash(&agent->supervisor, fault->flag);
        break;
    case AGENT_FAULT_FREEZE:
        supervisor_freeze(&agent->supervisor);
        break;
    case AGENT_FAULT_THAW:
        supervisor_thaw(&agent->supervisor, fault->until_ns);
        break;
    case AGENT_FAULT_START:
        if (agent->supervisor.state != SUPERVISOR_DOWN)
            break;
        for (uint64_t i = 0; i < fault->taken && i < TAKEN_MAX; i++)
            supervisor_take_number(&agent->supervisor, agent->setup->cluster_file->nodes);
        agent->supervisor.setup.awaits_brief = true;
        agent_start_node(agent, fault->flag);
        break;
    case AGENT_FAULT_KINDS:
        break;
    }
    agent->faults = fault->number;
}

static void pass_order(struct agent *agent, const unsigned char *bytes, size_t size)
{
    struct order order;
    if (!order_read(&order, bytes, size, agent->setup->cluster_file->nodes)) {
        agent_log_warning(agent, "its driver sends an order that can't be read");
        agent_let_driver_go(agent, "an order can't be read");
        return;
    }
    if (order.kind == ORDER_CUT)
        agent->cut[order.peer] = order.out || order.in;
    if (order.kind == ORDER_LEVEL)
        atomic_store(&agent->supervisor.ring->level, (int)order.level);
    if (supervisor_send(&agent->supervisor, bytes, size) ||
        agent->supervisor.state == SUPERVISOR_DOWN)
        return;
    agent_log_warning(agent, "it takes no more orders: its driver is let go");
    agent_let_driver_go(agent, "its node takes no more orders: it stands still for too long");
}

/* False: it is no sound frame. */
static bool take_driver_frame(struct agent *agent, enum agent_kind kind, int64_t clock_ns,
                              struct byte_reader *reader)
{
    struct agent_fault fault;
    agent->heard_ns = monotonic_ns();
    switch (kind) {
    case AGENT_ORDER:
        pass_order(agent, reader->at, (size_t)(reader->end - reader->at));
        return true;
    case AGENT_FAULT:
        agent_fault_get(reader, &fault);
        if (byte_reader_done(reader))
            apply_fault(agent, &fault);
        break;
    case AGENT_POLL:
        answer_poll(agent, clock_ns);
        break;
    case AGENT_BYE:
        agent_restore(agent);
        break;
    default:
        return false;
    }
    return byte_reader_done(reader);
}

/* False: it is no sound frame, or from somebody who has not greeted. */
static bool take_frame(struct agent *agent, uint32_t route, struct byte_reader *reader)
{
    struct agent_greeting greeting;
    char reason[AGENT_REASON_SIZE];
    unsigned version;
    int64_t clock_ns;
    enum agent_kind kind = agent_frame_kind(reader, &version, &clock_ns);
    if (kind == AGENT_KINDS) {
        codec_version_reason(reason, sizeof reason, CODEC_VERSION, version);
        refuse(agent, route, reason);
        return false;
    }
    if (kind == AGENT_HELLO) {
        agent_greeting_read(reader, &greeting);
        if (byte_reader_done(reader))
            greet(agent, route, &greeting);
        return byte_reader_done(reader);
    }
    if (agent->driven && route == agent->driver)
        return take_driver_frame(agent, kind, clock_ns, reader);
    if (kind == AGENT_POLL)
        refuse(agent, route, "it is not driven by this one any more");
    return false;
}

void agent_receive(struct agent *agent)
{
    zmq_msg_t frame;
    uint32_t route;
    zmq_msg_init(&frame);
    for (int count = 0;
         count < FRAMES_A_ROUND && listener_receive(&agent->listener, &route, &frame); count++) {
        struct byte_reader reader = byte_reader_over(zmq_msg_data(&frame), zmq_msg_size(&frame));
        agent->malformed += !take_frame(agent, route, &reader);
    }
    zmq_msg_close(&frame);
}
