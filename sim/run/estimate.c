#include "run/estimate.h"

#include "base/duration.h"
#include "base/number.h"

#include <stdio.h>

#define MOST UINT64_C(1000000000000000000)

/* Of a pair of nodes, each of which knows the other: the memory of a message each way while it is
 * under way, of what is recorded of it, and of what the one knows of the other. Measured with 1000
 * and 3000 nodes. */
#define PAIR_BYTES 440u

/* A request that is open, with its messages and what is recorded of them. */
#define REQUEST_BYTES 600u

/* From here on it is dear: some minutes on one core; so many starts of workers for one request. */
#define MESSAGES_DEAR UINT64_C(100000000)
#define STARTS_DEAR   UINT64_C(100000)

static uint64_t bounded(double count)
{
    return count >= (double)MOST ? MOST : count <= 0 ? 0 : (uint64_t)count;
}

static int64_t earlier_end(const struct plan *plan, int64_t t_ns)
{
    return min_i64(t_ns, plan->settings.end_ns);
}

int64_t estimate_end_ns(const struct plan *plan)
{
    int64_t last_ns = 0;
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        int64_t until_ns = action->period_ns ? action->until_ns : action->at_ns + action->for_ns;
        if (action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS)
            until_ns = action->as.load.until_ns;
        if (action->kind == ACTION_CHAOS)
            until_ns = action->as.chaos.until_ns;
        if (until_ns < TIME_NEVER)
            last_ns = max_i64(last_ns, until_ns);
    }
    return plan->settings.end_ns < TIME_NEVER ? plan->settings.end_ns : last_ns;
}

static bool is_connected(const struct plan *plan)
{
    for (size_t i = 0; i < plan->actions_count; i++) {
        enum action_kind kind = plan->actions[i].kind;
        if (kind == ACTION_CONNECT || kind == ACTION_JOIN || kind == ACTION_ROLLING)
            return true;
    }
    return false;
}

bool estimate_unconnected(const struct plan *plan)
{
    bool asks = false;
    for (size_t i = 0; i < plan->actions_count; i++) {
        enum action_kind kind = plan->actions[i].kind;
        asks |= kind == ACTION_REQUEST || kind == ACTION_CLIENTS || kind == ACTION_REQUESTS;
    }
    return asks && plan->settings.nodes > 1 && !plan->settings.membership_static &&
           !is_connected(plan);
}

/* Requests in a second of open load; of a ramp, in its middle. */
static double rate_of(const struct action *action)
{
    double rate = (double)action->as.load.per_1000_s / 1000;
    double last = (double)action->as.load.to_per_1000_s / 1000;
    return action->as.load.to_per_1000_s ? (rate + last) / 2 : rate;
}

static double requests_of(const struct plan *plan, const struct action *action)
{
    if (action->kind == ACTION_REQUESTS) {
        int64_t until_ns = earlier_end(plan, action->as.load.until_ns);
        return until_ns <= action->at_ns
                   ? 0
                   : rate_of(action) * (double)(until_ns - action->at_ns) / NS_PER_S;
    }
    if (action->kind != ACTION_REQUEST)
        return 0;
    const struct node_list *from = &action->as.request.from;
    double once = (double)action->as.request.count * (from->count ? from->count : 1);
    int64_t until_ns = earlier_end(plan, action->until_ns);
    if (!action->period_ns || until_ns <= action->at_ns)
        return once;
    return once * (1 + (double)(until_ns - action->at_ns) / (double)action->period_ns);
}

/* The requests of all open load that are open at one time, if each takes the way there and back. */
static double open_at_once(const struct plan *plan, const struct action *action)
{
    if (action->kind != ACTION_REQUESTS)
        return 0;
    int64_t way_ns =
        2 * distribution_least(&plan->settings.latency) + distribution_least(&plan->settings.work);
    return rate_of(action) * (double)min_i64(way_ns, plan->settings.timeout_ns) / NS_PER_S;
}

struct estimate estimate_run(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    double pairs = (double)settings->nodes * (settings->nodes - 1), requests = 0, open = 0;
    int64_t load_ns = distribution_least(&settings->load);
    struct estimate estimate = {0};
    if (settings->membership_static || !is_connected(plan))
        pairs = 0;
    for (size_t i = 0; i < plan->actions_count; i++) {
        requests += requests_of(plan, &plan->actions[i]);
        open += open_at_once(plan, &plan->actions[i]);
    }
    double beats = 2 + (double)estimate_end_ns(plan) / (double)settings->heartbeat_ns;
    estimate.heartbeats = bounded(pairs * beats);
    estimate.requests = bounded(requests);
    if (load_ns >= settings->ttl_ns)
        estimate.starts = (uint64_t)(settings->timeout_ns / settings->ttl_ns);
    estimate.bytes = bounded(pairs * PAIR_BYTES + open * REQUEST_BYTES);
    return estimate;
}

/* ---- words --------------------------------------------------------------------------------- */

/* "1.8 billion". */
static const char *shown(uint64_t count, char text[32])
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e15, "10^15"}, {1e12, "10^12"}, {1e9, "billion"}, {1e6, "million"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        double share = (double)count / units[i].unit;
        if (share < 1)
            continue;
        snprintf(text, 32, units[i].unit > 1e12 ? "%.1f * %s" : "%.1f %s", share, units[i].name);
        return text;
    }
    snprintf(text, 32, "%llu", (unsigned long long)count);
    return text;
}

bool estimate_warn(const struct plan *plan, uint64_t memory_limit, char text[ESTIMATE_TEXT_SIZE])
{
    const struct settings *settings = &plan->settings;
    struct estimate estimate = estimate_run(plan);
    char count[32], memory[48] = "";
    if (estimate.bytes > memory_limit / 2)
        snprintf(memory, sizeof memory, " and %.1f GB of memory",
                 (double)estimate.bytes / (double)(1u << 30));
    bool beats = estimate.heartbeats / 2 >= estimate.requests;
    if (estimate.starts >= STARTS_DEAR && plan->actions_count)
        snprintf(text, ESTIMATE_TEXT_SIZE,
                 "'ttl %s' is not above the load: a worker expires before it is ready and starts "
                 "again, some %s times for a request; a longer ttl or a shorter timeout needs less",
                 duration_plain(settings->ttl_ns).text, shown(estimate.starts, count));
    else if (beats && (estimate.heartbeats >= MESSAGES_DEAR || *memory))
        snprintf(text, ESTIMATE_TEXT_SIZE,
                 "%u nodes that hear from each other every %s take about %s messages%s; fewer "
                 "nodes, a longer heartbeat, an earlier end or 'membership static' need less",
                 settings->nodes, duration_plain(settings->heartbeat_ns).text,
                 shown(estimate.heartbeats, count), memory);
    else if (estimate.requests >= MESSAGES_DEAR / 4 || *memory)
        snprintf(text, ESTIMATE_TEXT_SIZE,
                 "its load is about %s requests%s; a lower rate or an earlier 'until' needs less",
                 shown(estimate.requests, count), memory);
    else
        return false;
    return true;
}
