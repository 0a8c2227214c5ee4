#include "core/id.h"
#include "net/serve_inner.h"

#include <errno.h>
#include <sys/socket.h>

/* One datagram's room: an order, its text, and a NUL. */
struct datagram {
    struct order order;
    char text[ORDER_TEXT_MAX + 1];
};

static void request(struct serve *serve, const struct order *order, const char *text)
{
    struct text id = text_borrow(text, order->text_size);
    struct event event = {.kind = EVENT_REQUEST};
    if (!id_valid(text, order->text_size) || (order->tag & (TAG_CLIENT | COOKIE_GUEST)))
        return;
    event.as.request.id = &id;
    event.as.request.cookie = order->tag;
    serve_step(serve, &event);
}

/* From now on so much is recorded, beginning with what is there now. */
static void set_level(struct serve *serve, uint32_t level)
{
    if (level > TRACE_OFF)
        return;
    serve->level = (enum trace_level)level;
    memset(&serve->desk->report.tally, 0, sizeof serve->desk->report.tally); /* counted anew */
    if (serve->level == TRACE_OFF || !serve->started)
        return;
    struct record up = record_of(RECORD_UP);
    up.node = serve->birth.node;
    up.epoch = serve->birth.incarnation;
    serve_plain_step(serve, EVENT_TIMER);
    serve_record(serve, &up);
    node_describe(serve->node);
}

static void carry_out(struct serve *serve, const struct order *order, const char *text)
{
    switch (order->kind) {
    case ORDER_CONNECT:
        serve_plain_step(serve, EVENT_CONNECT);
        break;
    case ORDER_LEAVE:
        serve_leave(serve);
        break;
    case ORDER_REQUEST:
        request(serve, order, text);
        break;
    case ORDER_CLIENTS:
        crowd_add(serve, order, text);
        break;
    case ORDER_CUT:
        if (order->peer < serve->hosts.nodes)
            transport_cut(serve->transport, order->peer, order->out, order->in);
        break;
    case ORDER_LOAD:
        serve->load = order->law;
        break;
    case ORDER_WORK:
        serve->work = order->law;
        break;
    case ORDER_LOAD_FAIL:
        serve->load_fail_ppb = order->ppb;
        break;
    case ORDER_LEVEL:
        set_level(serve, order->level);
        break;
    case ORDER_DISMISS:
        crowd_dismiss(serve);
        break;
    case ORDER_SYNC:
        serve->gauges.synced = order->count;
        break;
    default:
        break;
    }
}

bool serve_obey(struct serve *serve)
{
    static struct datagram datagram;
    while (serve->started && !serve->left) {
        ssize_t size = recv(serve->orders, &datagram, sizeof datagram - 1, MSG_DONTWAIT);
        if (size == 0)
            return false;
        if (size < 0)
            return errno == EAGAIN || errno == EINTR;
        const struct order *order = &datagram.order;
        if ((size_t)size < sizeof *order || order->text_size != (size_t)size - sizeof *order)
            continue;
        datagram.text[order->text_size] = '\0';
        carry_out(serve, order, datagram.text);
    }
    return true;
}
