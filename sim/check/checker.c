#include "base/duration.h"
#include "check/checker_state.h"

#include "base/memory.h"
#include "trace/timeline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- breaches ------------------------------------------------------------------------------ */

void check_breach(struct checker *check, enum rule rule, const struct record *by,
                  const struct text *id, const char *format, ...)
{
    char text[512];
    if (check->violations[rule]++ >= CHECK_NOTED_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct record violation = record_of(RECORD_VIOLATION);
    violation.t_ns = by->t_ns;
    violation.clock_ns = by->clock_ns;
    violation.step = by->step;
    violation.node = by->node;
    violation.code = (uint8_t)rule;
    violation.line = rule == RULE_ONE_WORKER ? check->setup.one_worker_line : 0;
    if (id)
        violation.id = *id;
    violation.value = text_borrow(text, strlen(text));
    check->emit(check->context, &violation);
}

void check_give_up(struct checker *check)
{
    check->failed = true;
}

bool check_failed(const struct checker *check)
{
    return check->failed;
}

uint64_t check_violations_of(const struct checker *check, enum rule rule)
{
    return check->violations[rule];
}

uint64_t check_violations(const struct checker *check)
{
    uint64_t sum = 0;
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sum += check->violations[rule];
    return sum;
}

/* Records of workers alone tell how many there are, where, and how long they live; but under
 * `expire idle` a life's end depends on requests. */
bool check_judges(const struct checker *check, enum rule rule)
{
    if (!check->began)
        return false;
    switch (rule) {
    case RULE_ONE_WORKER_A_NODE:
    case RULE_ONE_LOAD:
    case RULE_CONSERVATION:
    case RULE_APART:
    case RULE_ONE_WORKER:
        return true;
    case RULE_TTL:
        return check->setup.all || !check->setup.expire_idle;
    default:
        return check->setup.all;
    }
}

/* ---- making and closing -------------------------------------------------------------------- */

static void init_tables(struct checker *check)
{
    pool_init(&check->sets, sizeof(struct member_set));
    pool_init(&check->ids, sizeof(struct check_id));
    pool_init(&check->places, sizeof(struct place));
    pool_init(&check->entries, sizeof(struct entry));
    pool_init(&check->requests, sizeof(struct check_request));
    pool_init(&check->messages, sizeof(struct carried));
    pool_init(&check->workers, sizeof(struct live));
    pool_init(&check->links, sizeof(struct check_link));
}

static void init_nodes(struct checker *check)
{
    for (uint32_t i = 0; i < check->setup.nodes; i++) {
        check->nodes[i].frozen_ns = TIME_NEVER;
        check->nodes[i].thawed_ns = TIME_NEVER;
    }
}

/* Where views are static all nodes have one and the same. */
static enum error init_members(struct checker *check)
{
    if (!check->setup.views_static)
        return OK;
    view_fill(&check->scratch);
    for (uint32_t i = 0; i < check->setup.nodes; i++) {
        check->nodes[i].members = members_of(check, &check->scratch);
        if (!check->nodes[i].members)
            return ERROR_MEMORY;
    }
    return OK;
}

static void take(struct reader *reader, const struct record *record)
{
    check_take(container_of(reader, struct checker, reader), record);
}

struct checker *check_new(const struct check_setup *setup,
                          void (*emit)(void *context, const struct record *record), void *context)
{
    struct checker *check = memory_zeroed(sizeof *check);
    if (!check)
        return NULL;
    init_tables(check);
    check->reader.take = take;
    check->setup = *setup;
    check->emit = emit;
    check->context = context;
    check->several_last_ns = -1;
    check->nodes = memory_zeroed(setup->nodes * sizeof *check->nodes);
    if (!check->nodes || view_init(&check->scratch, setup->nodes) ||
        router_init(&check->router, setup->route, setup->nodes) || init_members(check)) {
        check_delete(check);
        return NULL;
    }
    init_nodes(check);
    return check;
}

static void close_ids(struct checker *check)
{
    for (uint32_t i = 0; check->by_id.cells && i <= check->by_id.mask; i++) {
        uint32_t next_slot = check->by_id.cells[i].next_slot;
        if (next_slot)
            text_clear(&((struct check_id *)pool_at(&check->ids, next_slot - 1))->id);
    }
    pool_close(&check->ids);
    table_close(&check->by_id);
}

void check_delete(struct checker *check)
{
    if (!check)
        return;
    members_close(check);
    close_ids(check);
    pool_close(&check->places);
    pool_close(&check->entries);
    pool_close(&check->requests);
    pool_close(&check->messages);
    pool_close(&check->workers);
    pool_close(&check->links);
    table_close(&check->by_place);
    table_close(&check->by_request);
    table_close(&check->by_message);
    table_close(&check->by_worker);
    table_close(&check->by_link);
    router_close(&check->router);
    view_close(&check->scratch);
    memory_free(check->nodes);
    memory_free(check);
}

/* ---- records ------------------------------------------------------------------------------- */

/* Whether the record tells what its node did then and there. The end of a message bears the name of
 * the node that sent it. */
static bool is_nodes_own(const struct record *record)
{
    switch (record->kind) {
    case RECORD_DROP:
    case RECORD_FAULT:
    case RECORD_EXPECT:
    case RECORD_VIOLATION:
    case RECORD_DUPLICATE:
        return false;
    default:
        return true;
    }
}

struct judge {
    void (*take)(struct checker *check, const struct record *record);
    bool all; /* needs every record of the run */
};

static const struct judge judges[RECORD_KINDS] = {
    [RECORD_UP] = {check_up, false},          [RECORD_DOWN] = {check_down, false},
    [RECORD_FROZEN] = {check_frozen, false},  [RECORD_THAWED] = {check_frozen, false},
    [RECORD_VIEW] = {check_view, true},       [RECORD_SEND] = {check_send, true},
    [RECORD_RECV] = {check_recv, true},       [RECORD_DROP] = {check_drop, true},
    [RECORD_REQUEST] = {check_request, true}, [RECORD_ROUTE] = {check_route, true},
    [RECORD_START] = {check_start, false},    [RECORD_LOAD] = {check_load, false},
    [RECORD_VALUE] = {check_value, false},    [RECORD_LOAD_FAILED] = {check_value, false},
    [RECORD_SERVE] = {check_serve, true},     [RECORD_REPLY] = {check_reply, true},
    [RECORD_FAIL] = {check_fail, true},       [RECORD_EXPIRE] = {check_expire, false},
    [RECORD_LOST] = {check_lost, false},
};

static void judge(struct checker *check, const struct record *record)
{
    const struct judge *one = &judges[record->kind];
    if (one->take && (check->setup.all || !one->all))
        one->take(check, record);
}

static void see(struct check_node *node, const struct record *record)
{
    if (node->seen_t_ns != record->t_ns) {
        node->before_t_ns = node->seen_t_ns;
        node->before_clock_ns = node->seen_clock_ns;
    }
    node->seen_t_ns = record->t_ns;
    node->seen_clock_ns = record->clock_ns;
}

/* Whether the record is of the step that brought what is fresh at its node. In the simulator a slow
 * clock shows the same at two instants, and one that is set differs within one. */
static bool is_of_fresh_step(const struct checker *check, const struct check_node *node,
                             const struct record *record)
{
    if (node->fresh_clock_ns != record->clock_ns)
        return false;
    bool told_by_clock = check->setup.error_ns > 0;
    return told_by_clock || (node->fresh_t_ns == record->t_ns && node->fresh_step == record->step);
}

void check_take(struct checker *check, const struct record *record)
{
    if (check->failed)
        return;
    check->began = true;
    if (check->suspects)
        duplicates_settle(check, record->t_ns);
    if (!is_nodes_own(record)) {
        judge(check, record);
        return;
    }
    must(record->node < check->setup.nodes);
    struct check_node *node = &check->nodes[record->node];
    see(node, record);
    check->paid = false;
    if (node->owes)
        node_collect(check, node, record);
    if (node->fresh && !is_of_fresh_step(check, node, record))
        places_settle(check, node, record);
    judge(check, record);
}

/* ---- the end of the run -------------------------------------------------------------------- */

static void end_node(struct checker *check, struct check_node *node, const struct record *by)
{
    if (node->owes)
        node_collect(check, node, by);
    places_settle(check, node, by);
    if (!node->up || node->frozen)
        return;
    for (const struct check_request *request = node->requests; request; request = request->next)
        if (node_is_late_at_end(check, by, request->deadline_ns))
            check_breach(check, RULE_ONE_OUTCOME, by, &request->id->id,
                         "request %" PRIu64 " of " PRInode
                         " is open at the end, its deadline was %s on that node's clock",
                         request->number, NODE_SHOWN(by->node),
                         duration_exact(request->deadline_ns).text);
    if (!check_judges(check, RULE_TTL))
        return;
    for (const struct live *worker = node->workers; worker; worker = worker->next_here)
        if (node_is_late_at_end(check, by, worker->life_ns + check->setup.ttl_ns))
            check_breach(check, RULE_TTL, by, &worker->place->id->id,
                         "worker %" PRIu64 " on " PRInode " lives at the end, its life ended at %s",
                         worker->number, NODE_SHOWN(by->node),
                         duration_exact(worker->life_ns + check->setup.ttl_ns).text);
}

static void compare(struct checker *check, int64_t t_ns, const char *what, uint64_t here,
                    uint64_t there)
{
    struct record by = record_of(RECORD_EXPECT);
    by.t_ns = t_ns;
    if (here != there)
        check_breach(check, RULE_CONSERVATION, &by, NULL,
                     "by the trace %" PRIu64 " %s at the end, by the cluster's count %" PRIu64,
                     here, what, there);
}

void check_end(struct checker *check, int64_t t_ns, const struct under_way *under_way)
{
    if (check->suspects && !check->failed)
        duplicates_settle(check, t_ns);
    for (node_id id = 0; id < check->setup.nodes && !check->failed; id++) {
        struct check_node *node = &check->nodes[id];
        struct record by = record_of(RECORD_EXPECT); /* any kind that nothing waits for */
        by.t_ns = t_ns;
        by.node = id;
        by.clock_ns = node_clock_at_end(check, node, t_ns);
        end_node(check, node, &by);
    }
    if (check->failed || !check->began)
        return;
    compare(check, t_ns, "workers live", check->workers.count, under_way->workers);
    if (!check->setup.all)
        return;
    compare(check, t_ns, "messages are under way", check->messages.count, under_way->messages);
    compare(check, t_ns, "requests are open", check->open, under_way->requests);
}
