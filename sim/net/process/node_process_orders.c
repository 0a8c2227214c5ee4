#include "net/process/node_process.h"

#include "net/process/node_process_clients.h"
#include "net/process/node_process_host.h"

#include <errno.h>
#include <sys/socket.h>

static void request(struct node_process *process, const struct order *order)
{
    struct event event = {.kind = EVENT_REQUEST};
    if (order->tag & (TAG_CLIENT | COOKIE_WIRE_CLIENT))
        return;
    event.as.request.id = &order->id;
    event.as.request.cookie = order->tag;
    event.as.request.timeout_ns = order->timeout_ns;
    node_process_step(process, &event);
}

/* From now on so much is recorded, beginning with what is there now. */
static void set_level(struct node_process *process, enum trace_level level)
{
    process->level = level;
    memset(&process->ring->report.tally, 0, sizeof process->ring->report.tally); /* counted anew */
    if (process->level == TRACE_OFF || !process->started)
        return;
    struct record up = record_of(RECORD_UP);
    up.node = process->setup.node;
    up.epoch = process->setup.incarnation;
    node_process_plain_step(process, EVENT_TIMER);
    node_process_record(process, &up);
    node_describe(process->node);
}

static enum error carry_out(struct node_process *process, const struct order *order)
{
    switch (order->kind) {
    case ORDER_CONNECT:
        node_process_plain_step(process, EVENT_CONNECT);
        break;
    case ORDER_LEAVE:
        node_process_leave(process);
        break;
    case ORDER_REQUEST:
        request(process, order);
        break;
    case ORDER_CLIENTS:
        return node_clients_add(process, order);
    case ORDER_CUT:
        transport_cut(process->transport, order->peer, order->out, order->in);
        break;
    case ORDER_LOAD:
        process->load = order->distribution;
        break;
    case ORDER_WORK:
        process->work = order->distribution;
        break;
    case ORDER_LOAD_FAIL:
        process->load_fail_ppb = order->ppb;
        break;
    case ORDER_LEVEL:
        set_level(process, order->level);
        break;
    case ORDER_DISMISS:
        node_clients_dismiss(process);
        break;
    case ORDER_SYNC:
        process->gauges.synced = order->sync;
        break;
    case ORDER_KINDS:
        break;
    }
    return OK;
}

bool node_process_take_orders(struct node_process *process)
{
    static unsigned char bytes[ORDER_SIZE_MAX + 1];
    while (process->started && !process->left && !process->failure.error) {
        struct order order;
        ssize_t size = recv(process->orders, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size == 0)
            return false;
        if (size < 0)
            return errno == EAGAIN || errno == EINTR;
        enum error error = ERROR_TEXT;
        if (order_read(&order, bytes, (size_t)size, process->cluster_file.nodes))
            error = carry_out(process, &order);
        if (error == ERROR_MEMORY)
            failure_memory(&process->failure);
        else if (error)
            failure_set(&process->failure, error, "an order of its driver can't be read");
    }
    return true;
}
