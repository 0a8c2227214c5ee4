#include "base/number.h"
#include "virtual/host_internal.h"

/* The first of the queue, or NULL if the node's timer comes before it. That is never while the node
 * is down or frozen. */
static inline const struct envelope *next_envelope(const struct host *host)
{
    const struct envelope *first = event_queue_first(&host->queue);
    if (!first || host->timer_ns < first->at_ns)
        return NULL;
    return host->timer_ns > first->at_ns || host->timer_step > first->as.message.step ? first
                                                                                      : NULL;
}

int64_t host_next_ns(const struct host *host)
{
    return min_i64(host->timer_ns, event_queue_first_ns(&host->queue));
}

uint16_t host_next_step(const struct host *host)
{
    const struct envelope *next = next_envelope(host);
    return next ? next->as.message.step : host->timer_step;
}

void host_run_event(struct host *host, struct envelope *envelope)
{
    if (host->frozen)
        host_hold(host, envelope);
    else
        host_take(host, envelope);
}

static inline void run_next(struct host *host, bool timer)
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
    struct envelope envelope;
    event_queue_pop(&host->queue, &envelope);
    host_run_event(host, &envelope);
}

void host_run(struct host *host, int64_t end_ns, uint16_t step_most)
{
    for (uint32_t i = 0; !host->error && (i % ASK_EVERY || !host_must_stop(host)); i++) {
        const struct envelope *next = next_envelope(host);
        int64_t next_ns = next ? next->at_ns : host->timer_ns;
        uint16_t step = next ? next->as.message.step : host->timer_step;
        if (next_ns >= end_ns || step > step_most)
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
