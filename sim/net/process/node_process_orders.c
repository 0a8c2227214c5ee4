#include "net/process/node_process_orders.h"

#include "net/process/node_process_clients.h"
#include "net/process/node_process_host.h"
#include "node/id.h"

#include <errno.h>
#include <sys/socket.h>

/* One datagram's room: an order, its text, and a NUL. */
struct datagram {
    struct order order;
    char text[ORDER_TEXT_MAX + 1];
};

static void request(struct node_process *node_process, const struct order *order, const char *text)
{
    struct text id = text_borrow(text, order->text_size);
    struct event event = {.kind = EVENT_REQUEST};
    if (!id_valid(text, order->text_size) || (order->tag & (TAG_CLIENT | COOKIE_WIRE_CLIENT)))
        return;
    event.as.request.id = &id;
    event.as.request.cookie = order->tag;
    node_process_step(node_process, &event);
}

/* From now on so much is recorded, beginning with what is there now. */
static void set_level(struct node_process *node_process, uint32_t level)
{
    if (level > TRACE_OFF)
        return;
    node_process->level = (enum trace_level)level;
    memset(&node_process->ring->report.tally, 0,
           sizeof node_process->ring->report.tally); /* counted anew */
    if (node_process->level == TRACE_OFF || !node_process->started)
        return;
    struct record up = record_of(RECORD_UP);
    up.node = node_process->setup.node;
    up.epoch = node_process->setup.incarnation;
    node_process_plain_step(node_process, EVENT_TIMER);
    node_process_record(node_process, &up);
    node_describe(node_process->node);
}

static void carry_out(struct node_process *node_process, const struct order *order,
                      const char *text)
{
    switch (order->kind) {
    case ORDER_CONNECT:
        node_process_plain_step(node_process, EVENT_CONNECT);
        break;
    case ORDER_LEAVE:
        node_process_leave(node_process);
        break;
    case ORDER_REQUEST:
        request(node_process, order, text);
        break;
    case ORDER_CLIENTS:
        client_group_add(node_process, order, text);
        break;
    case ORDER_CUT:
        if (order->peer < node_process->cluster_file.nodes)
            transport_cut(node_process->transport, order->peer, order->out, order->in);
        break;
    case ORDER_LOAD:
        node_process->load = order->distribution;
        break;
    case ORDER_WORK:
        node_process->work = order->distribution;
        break;
    case ORDER_LOAD_FAIL:
        node_process->load_fail_ppb = order->ppb;
        break;
    case ORDER_LEVEL:
        set_level(node_process, order->level);
        break;
    case ORDER_DISMISS:
        client_group_dismiss(node_process);
        break;
    case ORDER_SYNC:
        node_process->gauges.synced = order->count;
        break;
    default:
        break;
    }
}

bool node_process_take_orders(struct node_process *node_process)
{
    static struct datagram datagram;
    while (node_process->started && !node_process->left) {
        ssize_t size = recv(node_process->orders, &datagram, sizeof datagram - 1, MSG_DONTWAIT);
        if (size == 0)
            return false;
        if (size < 0)
            return errno == EAGAIN || errno == EINTR;
        const struct order *order = &datagram.order;
        if ((size_t)size < sizeof *order || order->text_size != (size_t)size - sizeof *order)
            continue;
        datagram.text[order->text_size] = '\0';
        carry_out(node_process, order, datagram.text);
    }
    return true;
}
