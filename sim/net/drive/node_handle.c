#include "net/drive/node_handle.h"

#include "net/drive/remote.h"

#include <stdio.h>
#include <string.h>

/* ---- of this host -------------------------------------------------------------------------- */

static void copy(struct node_handle *node_handle)
{
    struct supervisor *supervisor = &node_handle->supervisor;
    const char *failed = supervisor_failure(supervisor);
    node_handle->state = supervisor->state;
    node_handle->starting = atomic_load(&supervisor->ring->report.state) == SHARED_RING_STARTING;
    node_handle->incarnation = supervisor->incarnation;
    node_handle->was_member = supervisor->was_member;
    node_handle->gauges = shared_ring_gauges(supervisor->ring);
    node_handle->watermark_ns = supervisor_watermark_ns(supervisor);
    if (supervisor->broken)
        failed = "what it recorded can't be read: its memory is broken";
    snprintf(node_handle->why, sizeof node_handle->why, "%.255s", failed ? failed : "");
}

enum error node_handle_open_here(struct node_handle *node_handle,
                                 const struct supervisor_setup *setup)
{
    *node_handle =
        (struct node_handle){.node = setup->node, .take = setup->take, .context = setup->context};
    if (supervisor_init(&node_handle->supervisor, setup))
        return ERROR_IO;
    enum error error = supervisor_start(&node_handle->supervisor, false, 0);
    copy(node_handle);
    return error;
}

/* ---- of another host ----------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    struct node_handle *node_handle = context;
    node_handle->take(node_handle->context, node_handle->node, record);
}

enum error node_handle_open_there(struct node_handle *node_handle,
                                  const struct supervisor_setup *setup, void *zmq_context)
{
    *node_handle =
        (struct node_handle){.node = setup->node, .take = setup->take, .context = setup->context};
    struct remote_setup remote = {.context = zmq_context,
                                  .cluster_file = setup->cluster_file,
                                  .keys = setup->keys,
                                  .node = setup->node};
    node_handle->remote = remote_open(&remote, node_handle->why);
    if (!node_handle->remote)
        return ERROR_IO;
    node_handle->why[0] = '\0';
    node_handle->state = SUPERVISOR_UP;
    node_handle->offset_ns = remote_offset_ns(node_handle->remote, &node_handle->error_ns);
    return OK;
}

static bool look_there(struct node_handle *node_handle)
{
    struct agent_status seen;
    enum error error;
    if (!remote_look(node_handle->remote, &seen, take, node_handle, &error, node_handle->why))
        return false;
    node_handle->offset_ns = remote_offset_ns(node_handle->remote, &node_handle->error_ns);
    if (error || !remote_is_settled(node_handle->remote, &seen))
        return !error && seen.records;
    node_handle->state = (enum supervisor_state)seen.state;
    node_handle->starting = seen.starting;
    node_handle->incarnation = seen.incarnation;
    node_handle->was_member = seen.was_member;
    node_handle->gauges = seen.gauges;
    node_handle->watermark_ns = seen.watermark_ns;
    return seen.records;
}

/* The agent does it later; until it says so the state is what it will be. */
static bool strike_there(struct node_handle *node_handle, struct agent_fault strike,
                         enum supervisor_state then)
{
    if (!remote_strike(node_handle->remote, strike))
        return false;
    node_handle->state = then;
    return true;
}

/* ---- of either ----------------------------------------------------------------------------- */

void node_handle_close(struct node_handle *node_handle)
{
    if (node_handle->remote)
        remote_close(node_handle->remote);
    else if (node_handle->supervisor.ring)
        supervisor_close(&node_handle->supervisor);
    node_handle->remote = NULL;
}

bool node_handle_look(struct node_handle *node_handle, size_t most)
{
    if (node_handle->remote)
        return look_there(node_handle);
    bool any = supervisor_poll(&node_handle->supervisor, most);
    copy(node_handle);
    return any;
}

bool node_handle_start(struct node_handle *node_handle, bool joins)
{
    if (node_handle->state != SUPERVISOR_DOWN)
        return false;
    if (node_handle->remote) {
        struct agent_fault strike = {
            .kind = AGENT_FAULT_START, .joins = joins, .taken = node_handle->taken};
        node_handle->starting = true;
        node_handle->taken = 0;
        return strike_there(node_handle, strike, SUPERVISOR_UP);
    }
    bool started = !supervisor_start(&node_handle->supervisor, joins, 0);
    copy(node_handle);
    return started;
}

bool node_handle_crash(struct node_handle *node_handle)
{
    if (node_handle->state == SUPERVISOR_DOWN)
        return false;
    if (node_handle->remote)
        return strike_there(node_handle, (struct agent_fault){.kind = AGENT_FAULT_CRASH},
                            SUPERVISOR_DOWN);
    bool crashed = supervisor_crash(&node_handle->supervisor);
    copy(node_handle);
    return crashed;
}

bool node_handle_freeze(struct node_handle *node_handle)
{
    if (node_handle->state != SUPERVISOR_UP)
        return false;
    if (node_handle->remote)
        return strike_there(node_handle, (struct agent_fault){.kind = AGENT_FAULT_FREEZE},
                            SUPERVISOR_FROZEN);
    bool frozen = supervisor_freeze(&node_handle->supervisor);
    copy(node_handle);
    return frozen;
}

bool node_handle_thaw(struct node_handle *node_handle)
{
    if (node_handle->state != SUPERVISOR_FROZEN)
        return false;
    if (node_handle->remote)
        return strike_there(node_handle, (struct agent_fault){.kind = AGENT_FAULT_THAW},
                            SUPERVISOR_UP);
    bool thawed = supervisor_thaw(&node_handle->supervisor);
    copy(node_handle);
    return thawed;
}

bool node_handle_send(struct node_handle *handle, const struct order *order)
{
    struct string_builder bytes = {0};
    bool sent = false;
    order_write(&bytes, order);
    if (!bytes.failed && handle->state != SUPERVISOR_DOWN)
        sent = handle->remote ? remote_send_order(handle->remote, bytes.text, bytes.size)
                              : supervisor_send(&handle->supervisor, bytes.text, bytes.size);
    string_builder_close(&bytes);
    return sent;
}

void node_handle_halt(struct node_handle *node_handle)
{
    if (node_handle->remote)
        return;
    supervisor_halt(&node_handle->supervisor);
    copy(node_handle);
}

uint64_t node_handle_take_number(struct node_handle *node_handle, uint32_t nodes)
{
    if (!node_handle->remote) {
        uint64_t number = supervisor_take_number(&node_handle->supervisor, nodes);
        copy(node_handle);
        return number;
    }
    return node_handle->gauges.next_request + nodes * node_handle->taken++;
}

const struct tally *node_handle_tally(struct node_handle *node_handle)
{
    if (!node_handle->remote)
        return &node_handle->supervisor.ring->report.tally;
    char why[sizeof node_handle->why] = "";
    if (remote_tally(node_handle->remote, &node_handle->tally, why))
        memcpy(node_handle->why, why, sizeof why);
    return &node_handle->tally;
}
