#include "net/drive/node_handle.h"

#include "base/monotonic.h"
#include "net/drive/remote.h"

/* ---- of this host -------------------------------------------------------------------------- */

static void copy(struct node_handle *handle)
{
    struct supervisor *supervisor = &handle->supervisor;
    const char *failed = supervisor_failure(supervisor);
    handle->state = supervisor->state;
    int state = atomic_load(&supervisor->ring->report.state);
    handle->starting = state == SHARED_RING_STARTING || state == SHARED_RING_LISTENS;
    handle->listens = state != SHARED_RING_STARTING;
    handle->incarnation = supervisor->incarnation;
    handle->was_member = supervisor->was_member;
    handle->halted = supervisor->halted;
    handle->settled = true;
    handle->gauges = shared_ring_gauges(supervisor->ring);
    handle->watermark_ns = supervisor_watermark_ns(supervisor);
    if (supervisor->broken)
        failed = "what it recorded can't be read: its memory is broken";
    if (supervisor->stood_still)
        failed = "its process was stopped by another hand (SIGSTOP): what it did can't be judged";
    handle->failure = (struct failure){0};
    if (failed)
        failure_set(&handle->failure, ERROR_IO, "%s", failed);
}

enum error node_handle_open_local(struct node_handle *handle, const struct supervisor_setup *setup,
                                  bool absent)
{
    *handle =
        (struct node_handle){.node = setup->node, .take = setup->take, .context = setup->context};
    if (supervisor_init(&handle->supervisor, setup))
        return ERROR_IO;
    enum error error = absent ? OK : supervisor_start(&handle->supervisor, false, 0);
    copy(handle);
    return error;
}

/* ---- of another host ----------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    struct node_handle *handle = context;
    handle->take(handle->context, handle->node, record);
}

enum error node_handle_open_remote(struct node_handle *handle, const struct supervisor_setup *setup,
                                   void *zmq_context)
{
    *handle =
        (struct node_handle){.node = setup->node, .take = setup->take, .context = setup->context};
    struct remote_setup remote = {.context = zmq_context,
                                  .cluster_file = setup->cluster_file,
                                  .keys = setup->keys,
                                  .node = setup->node};
    handle->remote = remote_open(&remote, &handle->failure);
    if (!handle->remote)
        return ERROR_IO;
    handle->state = SUPERVISOR_UP;
    handle->offset_ns = remote_offset_ns(handle->remote, &handle->error_ns);
    return OK;
}

/* Of a status from before the agent applied the last fault only the records count. */
static bool poll_remote(struct node_handle *handle)
{
    struct agent_status status;
    if (!remote_poll(handle->remote, &status, take, handle, &handle->failure))
        return false;
    handle->offset_ns = remote_offset_ns(handle->remote, &handle->error_ns);
    if (handle->failure.error)
        return false;
    handle->settled = remote_is_settled(handle->remote, &status);
    if (!handle->settled)
        return status.records;
    handle->state = status.state;
    handle->starting = status.starting;
    handle->incarnation = status.incarnation;
    handle->was_member = status.was_member;
    handle->halted = status.halted;
    handle->gauges = status.gauges;
    handle->watermark_ns = status.watermark_ns;
    return status.records;
}

/* The agent applies the fault later. Until it reports that, the handle has the state to come. */
static bool send_fault(struct node_handle *handle, struct agent_fault fault,
                       enum supervisor_state then)
{
    if (!remote_send_fault(handle->remote, fault))
        return false;
    handle->state = then;
    handle->settled = false;
    return true;
}

/* ---- of either ----------------------------------------------------------------------------- */

void node_handle_close(struct node_handle *handle)
{
    if (handle->remote)
        remote_close(handle->remote);
    else if (handle->supervisor.ring)
        supervisor_close(&handle->supervisor);
    handle->remote = NULL;
}

bool node_handle_poll(struct node_handle *handle, size_t most)
{
    if (handle->remote)
        return poll_remote(handle);
    bool any = supervisor_poll(&handle->supervisor, most);
    copy(handle);
    return any;
}

bool node_handle_start(struct node_handle *handle, bool joins)
{
    if (handle->state != SUPERVISOR_DOWN)
        return false;
    handle->silent = false;
    if (handle->remote) {
        struct agent_fault fault = {
            .kind = AGENT_FAULT_START, .flag = joins, .taken = handle->taken};
        handle->starting = true;
        handle->taken = 0;
        return send_fault(handle, fault, SUPERVISOR_UP);
    }
    handle->supervisor.setup.awaits_brief = true;
    bool started = !supervisor_start(&handle->supervisor, joins, 0);
    copy(handle);
    return started;
}

bool node_handle_crash(struct node_handle *handle, bool silently)
{
    struct agent_fault fault = {.kind = AGENT_FAULT_CRASH, .flag = silently};
    if (handle->state == SUPERVISOR_DOWN)
        return false;
    handle->silent = silently;
    if (handle->remote)
        return send_fault(handle, fault, SUPERVISOR_DOWN);
    bool crashed = supervisor_crash(&handle->supervisor, silently);
    copy(handle);
    return crashed;
}

bool node_handle_freeze(struct node_handle *handle)
{
    if (handle->state != SUPERVISOR_UP)
        return false;
    if (handle->remote)
        return send_fault(handle, (struct agent_fault){.kind = AGENT_FAULT_FREEZE},
                          SUPERVISOR_FROZEN);
    bool frozen = supervisor_freeze(&handle->supervisor);
    copy(handle);
    return frozen;
}

bool node_handle_thaw(struct node_handle *handle, int64_t until_ns)
{
    struct agent_fault fault = {.kind = AGENT_FAULT_THAW, .until_ns = until_ns};
    if (handle->state != SUPERVISOR_FROZEN)
        return false;
    if (handle->remote)
        return send_fault(handle, fault, SUPERVISOR_UP);
    bool thawed = supervisor_thaw(&handle->supervisor, until_ns);
    copy(handle);
    return thawed;
}

bool node_handle_send(struct node_handle *handle, const struct order *order)
{
    struct string_builder bytes = {0};
    if (handle->state == SUPERVISOR_DOWN)
        return false;
    if (handle->remote)
        return remote_send_order(handle->remote, order);
    order_write(&bytes, order);
    bool sent = !bytes.failed && supervisor_send(&handle->supervisor, bytes.text, bytes.size);
    string_builder_close(&bytes);
    return sent;
}

void node_handle_halt(struct node_handle *handle)
{
    if (handle->remote)
        return;
    supervisor_halt(&handle->supervisor);
    copy(handle);
}

uint64_t node_handle_take_number(struct node_handle *handle, uint32_t nodes)
{
    if (handle->remote)
        return handle->gauges.next_request + nodes * handle->taken++;
    uint64_t number = supervisor_take_number(&handle->supervisor, nodes);
    copy(handle);
    return number;
}
