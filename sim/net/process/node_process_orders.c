#include "net/process/node_process.h"

#include "base/monotonic.h"
#include "base/number.h"
#include "net/process/node_process_host.h"
#include "net/process/scenario_clients.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

/* An order takes longer only where its process starts, or stands still. */
#define ORDER_NS (50 * NS_PER_MS)

/* It waits since it was made, but for the time that an order takes. One that was made while the
 * process was frozen is on record. */
static void request(struct node_process *process, const struct order *order)
{
    struct event event = {.kind = EVENT_REQUEST};
    int64_t now_ns = monotonic_ns(), made_ns = min_i64(order->made_ns, now_ns);
    if (now_ns - made_ns < ORDER_NS && !order->number)
        made_ns = max_i64(made_ns, process->now_ns);
    if (order->tag & (TAG_CLIENT | COOKIE_WIRE_CLIENT))
        return;
    scenario_clients_flush(process);
    if (process->left)
        return;
    event.as.request.id = &order->id;
    event.as.request.cookie = order->tag;
    event.as.request.timeout_ns = order->timeout_ns;
    event.as.request.made_ns = made_ns;
    struct source_request made = {
        .id = order->id, .tag = order->tag, .made_ns = made_ns, .timeout_ns = order->timeout_ns};
    if (order->number)
        made.number = node_number_request(process->node);
    else
        node_process_made(process, &made);
    event.as.request.number = made.number;
    if (order->number && made.number != order->number)
        failure_set(&process->failure, ERROR_IO, "its driver numbers requests otherwise");
    node_process_step(process, &event);
}

/* From now on so much is recorded, beginning with what is there now. */
static void set_level(struct node_process *process, enum trace_level level)
{
    if (level != TRACE_OFF && process->started)
        node_process_plain_step(process, EVENT_TIMER); /* what is over now is not described */
    process->level = level;
    process->gauges.tally = (struct tally){0}; /* counted anew */
    process->latencies.size = 0;
    if (process->level == TRACE_OFF || !process->started)
        return;
    struct record up = record_of(RECORD_UP);
    up.node = process->setup.node;
    up.epoch = process->setup.incarnation;
    node_process_record(process, &up);
    node_describe(process->node);
}

/* One order after the other makes up a setting, the first to be looked at first. */
static enum error set(struct order_setting **first, const struct order *order)
{
    struct order_setting *setting = order_setting_new(order);
    if (!setting)
        return ERROR_TEXT;
    if (order->again) {
        order_setting_delete(*first);
        *first = NULL;
    }
    while (*first)
        first = &(*first)->next;
    *first = setting;
    return OK;
}

/* Stops the process where nothing is half done: all that is due is made, and all that was made is
 * visible, so the driver can go on from there until the process goes on. It does not stop if its
 * parent has lost patience, and stops it where it is. */
static void stop(struct node_process *process)
{
    int wanted = STOP_WANTED;
    if (!atomic_compare_exchange_strong(&process->ring->stop, &wanted, STOP_BEGUN))
        return;
    node_expect_requests(process->node, true);
    scenario_clients_catch_up(process);
    node_process_publish(process);
    process->frozen = true;
    raise(SIGSTOP);
}

/* What a leaving node holds ends by its deadline, and its peers acknowledge, or are suspected. */
static int64_t leave_within_ns(const struct node_process *process)
{
    const struct settings *settings = &process->cluster_file.settings;
    return settings->timeout_ns + settings->suspect_ns;
}

static enum error carry_out(struct node_process *process, const struct order *order)
{
    switch (order->kind) {
    case ORDER_CONNECT:
        node_process_plain_step(process, EVENT_CONNECT);
        break;
    case ORDER_LEAVE:
        node_process_leave(process, leave_within_ns(process));
        break;
    case ORDER_REQUEST:
        request(process, order);
        break;
    case ORDER_CLIENTS:
        return scenario_clients_add(process, order);
    case ORDER_CUT:
        transport_cut(process->transport, order->peer, order->out, order->in);
        break;
    case ORDER_FORGET:
        transport_forget(process->transport, order->peer, monotonic_ns());
        break;
    case ORDER_LOAD:
        return set(&process->loads, order);
    case ORDER_WORK:
        return set(&process->works, order);
    case ORDER_LOAD_FAIL:
        return set(&process->load_fails, order);
    case ORDER_LEVEL:
        set_level(process, order->level);
        break;
    case ORDER_DISMISS:
        scenario_clients_dismiss(process);
        break;
    case ORDER_BRIEFED:
        process->briefed = true;
        break;
    case ORDER_SYNC:
        process->gauges.synced = order->sync;
        break;
    case ORDER_FREEZE:
        stop(process);
        break;
    case ORDER_GREET: /* see node_process_await_greet */
    case ORDER_THAW:  /* the process was stopped where it was: nothing was made in its stead */
    case ORDER_KINDS:
        break;
    }
    return OK;
}

/* Of a process that is stopped in an orderly way, until ORDER_THAW. */
static enum error carry_out_frozen(struct node_process *process, const struct order *order)
{
    if (order->kind == ORDER_REQUEST && order->number)
        scenario_clients_take_over(process, order->made_ns);
    if (order->kind != ORDER_THAW)
        return carry_out(process, order);
    scenario_clients_take_over(process, order->until_ns);
    process->frozen = false;
    process->runs_ns = monotonic_ns();
    node_expect_requests(process->node, false);
    node_process_plain_step(process, EVENT_TIMER); /* it may leave now */
    return OK;
}

bool node_process_await_greet(struct node_process *process)
{
    unsigned char bytes[16];
    struct order order;
    ssize_t size = TEMP_FAILURE_RETRY(recv(process->orders, bytes, sizeof bytes, 0));
    return size > 0 && order_read(&order, bytes, (size_t)size, process->cluster_file.nodes) &&
           order.kind == ORDER_GREET;
}

/* While the process is frozen an order is waited for: its ORDER_THAW has been sent. */
bool node_process_take_orders(struct node_process *process)
{
    static unsigned char bytes[ORDER_SIZE_MAX + 1];
    while ((process->started || node_process_awaits_brief(process)) && !process->left &&
           !process->failure.error) {
        struct order order;
        ssize_t size =
            recv(process->orders, bytes, sizeof bytes, process->frozen ? 0 : MSG_DONTWAIT);
        if (size == 0)
            return false;
        if (size < 0 && process->frozen && errno == EINTR)
            continue;
        if (size < 0)
            return errno == EAGAIN || errno == EINTR;
        enum error error = ERROR_TEXT;
        if (order_read(&order, bytes, (size_t)size, process->cluster_file.nodes))
            error =
                process->frozen ? carry_out_frozen(process, &order) : carry_out(process, &order);
        if (error == ERROR_MEMORY)
            failure_memory(&process->failure);
        else if (error)
            failure_set(&process->failure, error, "an order of its driver can't be read");
    }
    return true;
}
