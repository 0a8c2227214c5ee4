#include "scenario/settings.h"

#include <string.h>

static const char *const routes[] = {
#define X(name, text) text,
    ROUTES(X)
#undef X
        NULL};
static const char *const expiries[] = {"start", "idle", NULL};
static const char *const fallbacks[] = {
    [FALLBACK_NONE] = "none", [FALLBACK_LOCAL] = "local", [FALLBACK_OWNER] = "owner", NULL};
static const char *const switches[] = {"off", "on", NULL};
static const char *const memberships[] = {"heartbeat", "static", NULL};
static const char *const ownerships[] = {"view", "lease", NULL};
static const char *const traces[] = {
    [TRACE_ALL] = "all", [TRACE_WORKERS] = "workers", [TRACE_OFF] = "off", NULL};

#define AT(field)          .offset = offsetof(struct settings, field)
#define LATER(kind)        .later = true, .action = ACTION_##kind
#define A_COUNT(n)         .type = VALUE_COUNT, .most = (n)
#define ONE_OF(kind, list) .type = VALUE_##kind, .words = (list)
#define A_DURATION         .type = VALUE_DURATION
#define A_SHARE            .type = VALUE_SHARE
#define A_DISTRIBUTION     .type = VALUE_DISTRIBUTION

/* In the order in which a trace's head has them. */
const struct setting settings_table[SETTINGS_COUNT] = {
    [SETTING_NODES] = {"nodes", A_COUNT(NODES_MAX), AT(nodes), .form = "nodes 3",
                       .means = "how many nodes there are, 1..100000"},
    [SETTING_SEED] = {"seed", .type = VALUE_SEED, AT(seed), LATER(SEED), .form = "seed 7 [for 2s]",
                      .means = "all draws depend on it, 0..2^64-1"},
    [SETTING_TTL] = {"ttl", .type = VALUE_LIFE, AT(ttl_ns), .form = "ttl 5s [jitter 10%]",
                     .means = "how long a worker lives; with a jitter, each life is drawn from the "
                              "ttl less up to this share of it",
                     .agreed = true},
    [SETTING_ROUTE] = {"route", ONE_OF(ROUTE, routes), AT(route), .form = "route modulo",
                       .means = "which member owns an id", .agreed = true},
    [SETTING_EXPIRE] = {"expire", ONE_OF(SWITCH, expiries), AT(expire_idle), .form = "expire start",
                        .means =
                            "whether the ttl counts from a worker's start, or from its last answer",
                        .agreed = true},
    [SETTING_FALLBACK] =
        {"fallback", ONE_OF(FALLBACK, fallbacks), AT(fallback), .form = "fallback local",
         .means = "where a request tries again that was not answered, or whose owner is lost",
         .agreed = true},
    [SETTING_TIMEOUT] = {"timeout", A_DURATION, AT(timeout_ns), .form = "timeout 1s",
                         .means = "a request's deadline", .agreed = true},
    [SETTING_RETRY] = {"retry", A_DURATION, AT(retry_ns), .form = "retry 400ms",
                       .means = "how long a request waits for an answer before the fallback",
                       .agreed = true},
    [SETTING_FAIL_TTL] = {"fail-ttl", A_DURATION, AT(fail_ttl_ns), .form = "fail-ttl 1s",
                          .means = "how long a failed load is remembered", .unset = "the ttl",
                          .agreed = true},
    [SETTING_MAILBOX] = {"mailbox", A_COUNT(1000000), AT(mailbox), .form = "mailbox 1024",
                         .means = "requests that can wait for one worker, 1..1000000",
                         .agreed = true},
    [SETTING_HELD] = {"held", A_COUNT(10000000), AT(held), .form = "held 100000",
                      .means = "requests that a node can hold while it joins, or until their "
                               "workers have moved to it, 1..10000000",
                      .agreed = true},
    [SETTING_LOAD_AT_ONCE] =
        {"load-at-once", A_COUNT(1000000), AT(load_at_once), .form = "load-at-once 64",
         .means = "loads that run on one node at one time, 1..1000000; further ones queue",
         .unset = "no bound"},
    [SETTING_LIMIT] = {"limit", .type = VALUE_MEMORY, AT(memory_limit), .form = "limit memory 8G",
                       .means = "a run that needs more memory ends in order, with status 4",
                       .unset = "half the machine's"},
    [SETTING_LOAD] = {"load", A_DISTRIBUTION, AT(load), LATER(LOAD), .of_workers = true,
                      .form = "load 20ms..80ms [on n2] [id 7] [for 2s]",
                      .means = "how long a worker needs to make its value"},
    [SETTING_LOAD_FAIL] = {"load-fail", A_SHARE, AT(load_fail_ppb), LATER(LOAD_FAIL),
                           .of_workers = true, .form = "load-fail 1% [on n2] [id 7] [for 2s]",
                           .means = "the share of loads that fail"},
    [SETTING_WORK] = {"work", A_DISTRIBUTION, AT(work), LATER(WORK), .of_workers = true,
                      .form = "work 1ms..3ms [on n2] [id 7] [for 2s]",
                      .means = "how long a worker needs for each request"},
    [SETTING_LATENCY] = {"latency", A_DISTRIBUTION, AT(latency), LATER(LATENCY), .of_links = true,
                         .form = "latency [n1 -> n2] 1ms..5ms [for 2s]",
                         .means = "how long a message is under way"},
    [SETTING_LOSS] = {"loss", A_SHARE, AT(loss_ppb), LATER(LOSS), .of_links = true,
                      .form = "loss [n1 <-> n3] 0.1% [for 2s]",
                      .means = "the share of messages that are lost"},
    [SETTING_DUPLICATE] = {"duplicate", A_SHARE, AT(duplicate_ppb), LATER(DUPLICATE),
                           .of_links = true, .form = "duplicate [n1 <-> n3] 0.1% [for 2s]",
                           .means = "the share of messages that arrive twice"},
    [SETTING_REORDER] = {"reorder", ONE_OF(SWITCH, switches), AT(reorder), LATER(REORDER),
                         .of_links = true, .form = "reorder [n1 <-> n3] on [for 2s]",
                         .means = "whether a message can overtake another one of its link"},
    [SETTING_TIES] = {"ties", ONE_OF(SWITCH, switches), AT(ties), .form = "ties on",
                      .means = "whether the seed orders what happens at one instant at a node"},
    [SETTING_HEARTBEAT] = {"heartbeat", A_DURATION, AT(heartbeat_ns), .form = "heartbeat 200ms",
                           .means = "how often a node tells each other one that it is there",
                           .agreed = true},
    [SETTING_SUSPECT] = {"suspect", A_DURATION, AT(suspect_ns), .form = "suspect 1s",
                         .means = "a node that was silent for so long is no member any more",
                         .agreed = true},
    [SETTING_CLOCK] = {"clock", .type = VALUE_CLOCK, LATER(CLOCK),
                       .form = "clock n2 +200ppm [for 2s], clock n3 +15ms",
                       .means = "a node's clock runs fast or slow, or jumps forward",
                       .unset = "exact"},
    [SETTING_MEMBERSHIP] =
        {"membership", ONE_OF(SWITCH, memberships), AT(membership_static),
         .form = "membership static",
         .means = "how views are kept; static: every node's view is always all nodes"},
    [SETTING_OWNERSHIP] =
        {"ownership", ONE_OF(SWITCH, ownerships), AT(leases), .form = "ownership lease",
         .means = "whether a node owns an id by its view alone, or by a lease of a majority",
         .agreed = true},
    [SETTING_LEASE] = {"lease", A_DURATION, AT(lease_ns), .form = "lease 2s",
                       .means = "how long a lease is its owner's, unless it is renewed",
                       .agreed = true},
    [SETTING_DRIFT] = {"drift", .type = VALUE_DRIFT, AT(drift_ppm), .form = "drift 200ppm",
                       .means = "by how much a clock's rate may be off: leases allow for it",
                       .agreed = true},
    [SETTING_SLOTS] = {"slots", A_COUNT(65536), AT(slots), .form = "slots 256",
                       .means = "into so many slots ids are hashed, each with a lease, 1..65536",
                       .agreed = true},
    [SETTING_HAND_OVER] = {"hand-over", ONE_OF(SWITCH, switches), AT(hand_over),
                           .form = "hand-over on",
                           .means = "whether a worker moves to the new owner when its id's owner "
                                    "changes and the old one is alive",
                           .agreed = true},
    [SETTING_ABSENT] = {"absent", .type = VALUE_NODES, AT(absent), .form = "absent n4,n5",
                        .means = "nodes that do not run at the start", .unset = "none"},
    [SETTING_END] =
        {"end", A_DURATION, AT(end_ns), .form = "end 30s",
         .means = "when the run ends; without it, when nothing is left to happen but heartbeats",
         .unset = "none"},
    [SETTING_TRACE] = {"trace", ONE_OF(TRACE, traces), AT(trace), .form = "trace workers",
                       .means = "what is recorded: all; workers: no single messages and requests; "
                                "off: nothing, so nothing is judged"},
};

bool setting_is_written(const struct settings *settings, enum setting_id id)
{
    switch (id) {
    case SETTING_CLOCK:
        return false;
    case SETTING_END:
        return settings->end_ns != TIME_NEVER;
    case SETTING_FAIL_TTL:
        return settings->fail_ttl_ns != 0;
    case SETTING_LOAD_AT_ONCE:
        return settings->load_at_once != 0;
    case SETTING_LIMIT:
        return settings->memory_limit != 0;
    case SETTING_ABSENT:
        return settings->absent.count != 0;
    case SETTING_OWNERSHIP:
    case SETTING_LEASE:
    case SETTING_DRIFT:
    case SETTING_SLOTS:
        return settings->leases;
    case SETTING_HAND_OVER:
        return settings->hand_over;
    default:
        return true;
    }
}

static size_t value_size(enum value_type type)
{
    static const size_t sizes[] = {
        [VALUE_COUNT] = sizeof(uint32_t),
        [VALUE_SEED] = sizeof(uint64_t),
        [VALUE_DURATION] = sizeof(int64_t),
        [VALUE_LIFE] = sizeof(int64_t),
        [VALUE_MEMORY] = sizeof(uint64_t),
        [VALUE_NODES] = sizeof(struct node_list),
        [VALUE_SHARE] = sizeof(uint32_t),
        [VALUE_DRIFT] = sizeof(uint32_t),
        [VALUE_DISTRIBUTION] = sizeof(struct distribution),
        [VALUE_SWITCH] = sizeof(bool),
        [VALUE_ROUTE] = sizeof(enum route),
        [VALUE_FALLBACK] = sizeof(enum fallback),
        [VALUE_TRACE] = sizeof(enum trace_level),
        [VALUE_CLOCK] = 0,
    };
    return sizes[type];
}

void setting_copy(struct settings *to, const struct settings *from, enum setting_id id)
{
    const struct setting *setting = &settings_table[id];
    memcpy((char *)to + setting->offset, (const char *)from + setting->offset,
           value_size(setting->type));
    if (setting->type == VALUE_LIFE)
        to->ttl_jitter_ppb = from->ttl_jitter_ppb;
}

struct settings settings_default(void)
{
    return (struct settings){
        .nodes = 3,
        .seed = 1,
        .ttl_ns = 5 * NS_PER_S,
        .route = ROUTE_MODULO,
        .fallback = FALLBACK_LOCAL,
        .timeout_ns = NS_PER_S,
        .retry_ns = 400 * NS_PER_MS,
        .mailbox = 1024,
        .held = 100000,
        .load = distribution_constant(0),
        .work = distribution_constant(0),
        .latency = distribution_constant(NS_PER_MS),
        .heartbeat_ns = 200 * NS_PER_MS,
        .suspect_ns = NS_PER_S,
        .lease_ns = 2 * NS_PER_S,
        .drift_ppm = 200,
        .slots = 256,
        .end_ns = TIME_NEVER,
        .trace = TRACE_ALL,
    };
}
