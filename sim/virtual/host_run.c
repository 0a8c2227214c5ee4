#include "base/number.h"
#include "virtual/host_internal.h"

/* The first of the queue, or NULL if the node's timer comes before it. */
static const struct envelope *next_envelope(const struct host *host)
{
    const struct envelope *first = event_queue_first(&host->queue);
    if (!host->node || host->frozen)
        return first;
    if (!first || host->timer_ns != first->at_ns)
        return !first || host->timer_ns < first->at_ns ? NULL : first;
    return host->timer_step <= first->as.message.step ? NULL : first;
}

static uint16_t step_of(const struct host *host, const struct envelope *next)
{
    return next ? next->as.message.step : host->timer_step;
}

int64_t host_next_ns(const struct host *host)
{
    int64_t first_ns = event_queue_first_ns(&host->queue);
    return host->node && !host->frozen ? min_i64(host->timer_ns, first_ns) : first_ns;
}

uint16_t host_next_step(const struct host *host)
{
    return step_of(host, next_envelope(host));
}

void host_run_event(struct host *host, struct envelope *envelope)
{
    if (host->frozen)
        host_hold(host, envelope);
    else
        host_take(host, envelope);
}

static void run_next(struct host *host, bool timer)
{
    if (timer) {
        struct event event = {.kind = EVENT_TIMER};
        host_step(host, &event);
        return;
    }
    if (host_settings(host)->ties) {
        host_run_tied(host);
        return;
    }
    struct envelope envelope = event_queue_pop(&host->queue);
    host_run_event(host, &envelope);
}

void host_run(struct host *host, int64_t end_ns, uint16_t step_most)
{
    for (int64_t next_ns; (next_ns = host_next_ns(host)) < end_ns && !host->error;) {
        if (host_must_stop(host))
            return;
        const struct envelope *next = next_envelope(host);
        uint16_t step = step_of(host, next);
        if (step > step_most)
            return;
        if (step >= STEPS_MAX) {
            host->livelock = true;
            return;
        }
        host->now_ns = next_ns;
        host->step = step;
        run_next(host, !next);
    }
}
