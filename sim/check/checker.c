#include "check/checker_parts.h"

#include "base/bits.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- breaches ------------------------------------------------------------------------------ */

void checker_breach(struct checker *checker, enum rule rule, const struct record *by,
                    const struct text *id, const char *format, ...)
{
    char text[512];
    if (checker->violations[rule]++ >= CHECKER_NOTED_MAX)
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
    violation.line = rule == RULE_ONE_WORKER ? checker->setup.one_worker_line : 0;
    if (id)
        violation.id = *id;
    violation.value = text_borrow(text, strlen(text));
    checker->emit(checker->context, &violation);
}

void checker_spare(struct checker *checker)
{
    checker->began = true;
}

void checker_give_up(struct checker *checker)
{
    checker->failed = true;
}

bool checker_failed(const struct checker *checker)
{
    return checker->failed;
}

uint64_t checker_violations_of(const struct checker *checker, enum rule rule)
{
    return checker->violations[rule];
}

uint64_t checker_violations(const struct checker *checker)
{
    uint64_t sum = 0;
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sum += checker->violations[rule];
    return sum;
}

/* Records of workers alone show how many there are, where, and how long they live; but under
 * `expire idle` a life's end depends on requests. */
bool checker_judges(const struct checker *checker, enum rule rule)
{
    if (!checker->began)
        return false;
    if (rule_is_of_leases(rule) && !checker->setup.slots)
        return true; /* there is nothing by which it could be broken */
    switch (rule) {
    case RULE_ONE_WORKER_A_NODE:
    case RULE_ONE_LOAD:
    case RULE_CONSERVATION:
    case RULE_APART:
    case RULE_ONE_WORKER:
    case RULE_ONE_LEASE:
    case RULE_LEASE_BEFORE_SERVE:
    case RULE_TOKEN_GROWS:
        return true;
    case RULE_TTL:
        return checker_knows_life(checker);
    default:
        return checker->setup.all;
    }
}

void checker_fill_summary(const struct checker *checker, struct summary *summary)
{
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        summary->broken[rule] = checker_violations_of(checker, rule);
        summary->judged[rule] = checker_judges(checker, rule);
    }
    summary->left_out[RULE_IN_ORDER] = checker->disordered;
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++)
        summary->causes[cause] = checker_duplicates_by(checker, cause);
}

/* ---- records ------------------------------------------------------------------------------- */

/* Records that are not what their node did then and there: a DROP bears the name of the node that
 * sent the message, the others are the run's. */
#define NOT_NODES_OWN                                                                              \
    (1u << RECORD_DROP | 1u << RECORD_FAULT | 1u << RECORD_SET | 1u << RECORD_EXPECT |             \
     1u << RECORD_VIOLATION | 1u << RECORD_DUPLICATE)

/* Judged where the trace has every record of the run. */
static checker_judge *const judges_of_all[RECORD_KINDS] = {
    [RECORD_SET] = checker_take_set,       [RECORD_VIEW] = checker_take_view,
    [RECORD_SEND] = checker_take_send,     [RECORD_RECV] = checker_take_recv,
    [RECORD_DROP] = checker_take_drop,     [RECORD_REQUEST] = checker_take_request,
    [RECORD_ROUTE] = checker_take_route,   [RECORD_SERVE] = checker_take_serve,
    [RECORD_REPLY] = checker_take_reply,   [RECORD_FAIL] = checker_take_fail,
    [RECORD_HANDED] = checker_take_handed,
};

/* … and in any case. */
static checker_judge *const judges[RECORD_KINDS] = {
    [RECORD_UP] = checker_take_up,         [RECORD_DOWN] = checker_take_down,
    [RECORD_FROZEN] = checker_take_frozen, [RECORD_THAWED] = checker_take_frozen,
    [RECORD_START] = checker_take_start,   [RECORD_LOAD] = checker_take_load,
    [RECORD_VALUE] = checker_take_value,   [RECORD_LOAD_FAILED] = checker_take_value,
    [RECORD_EXPIRE] = checker_take_expire, [RECORD_LOST] = checker_take_lost,
    [RECORD_MOVED] = checker_take_moved,
};

static void judge_nothing(struct checker *checker, const struct record *record)
{
    (void)checker;
    (void)record;
}

static void init_judges(struct checker *checker)
{
    for (int kind = 0; kind < RECORD_KINDS; kind++) {
        checker->judges[kind] = judges[kind] ? judges[kind] : judge_nothing;
        if (checker->setup.all && judges_of_all[kind])
            checker->judges[kind] = judges_of_all[kind];
    }
}

static void see(struct checker_node *node, const struct record *record)
{
    if (node->seen_t_ns != record->t_ns) {
        node->before_t_ns = node->seen_t_ns;
        node->before_clock_ns = node->seen_clock_ns;
    }
    node->seen_t_ns = record->t_ns;
    node->seen_clock_ns = record->clock_ns;
    node->latest_clock_ns = max_i64(node->latest_clock_ns, record->clock_ns);
}

/* Whether the record is of the step that brought what is fresh at its node. */
static bool is_of_fresh_step(const struct checker *checker, const struct checker_node *node,
                             const struct record *record)
{
    return checker_is_of_step(checker, record, node->fresh_t_ns, node->fresh_clock_ns,
                              node->fresh_step);
}

/* What the node's records before this one asked for. */
static void look_back(struct checker *checker, struct checker_node *node,
                      const struct record *record)
{
    if (node->obligations)
        checker_node_collect(checker, node, record);
    if (node->fresh && !is_of_fresh_step(checker, node, record))
        checker_places_settle(checker, node, record);
}

static void take_of_the_run(struct checker *checker, const struct record *record)
{
    checker->judges[record->kind](checker, record);
    if (checker->leases && record->kind == RECORD_SET)
        checker_leases_take_set(checker, record);
}

/* Called for every record of a run, so that it keeps little in hand from one call to the next. */
void checker_take(struct checker *checker, const struct record *record)
{
    if (checker->failed)
        return;
    checker->began = true;
    if (checker->setup.error_ns)
        checker_duplicates_settle(checker, record->t_ns);
    if (NOT_NODES_OWN >> record->kind & 1) {
        take_of_the_run(checker, record);
        return;
    }
    must(record->node < checker->setup.nodes);
    struct checker_node *node = &checker->nodes[record->node];
    if (checker->leases)
        checker_leases_settle(checker, record);
    see(node, record);
    checker->fulfils = false;
    if (node->obligations || node->fresh)
        look_back(checker, node, record);
    if (checker->leases)
        checker_leases_take(checker, record);
    checker->judges[record->kind](checker, record);
}

/* ---- making and closing -------------------------------------------------------------------- */

static void init_tables(struct checker *checker)
{
    pool_map_init(&checker->sets, sizeof(struct member_set));
    pool_map_init(&checker->ids, sizeof(struct checker_id));
    pool_map_init(&checker->places, sizeof(struct checker_place));
    pool_init(&checker->entries, sizeof(struct checker_entry));
    pool_map_init(&checker->requests, sizeof(struct checker_request));
    pool_map_init(&checker->messages, sizeof(struct checker_message));
    pool_map_init(&checker->workers, sizeof(struct checker_worker));
    pool_map_init(&checker->links, sizeof(struct checker_link));
    pool_map_init(&checker->sources, sizeof(struct checker_source));
    pool_map_init(&checker->absences, sizeof(struct checker_absence));
    pool_map_init(&checker->doubles, sizeof(struct checker_double));
    checker_moves_init(checker);
}

static void init_nodes(struct checker *checker)
{
    for (uint32_t i = 0; i < checker->setup.nodes; i++) {
        checker->nodes[i].frozen_ns = checker->setup.late_ns ? INT64_MIN / 2 : TIME_NEVER;
        checker->nodes[i].thawed_ns = TIME_NEVER;
        checker->nodes[i].renewed = NODE_NONE;
        bits_add(checker->down, i);
    }
}

/* Where views are static all nodes have one and the same. */
static enum error init_members(struct checker *checker)
{
    if (!checker->setup.views_static)
        return OK;
    view_fill(&checker->scratch);
    for (uint32_t i = 0; i < checker->setup.nodes; i++) {
        checker->nodes[i].members = checker_members_of(checker, &checker->scratch);
        if (!checker->nodes[i].members)
            return ERROR_MEMORY;
    }
    return OK;
}

struct checker *checker_new(const struct checker_setup *setup,
                            void (*emit)(void *context, const struct record *record), void *context)
{
    struct checker *checker = memory_zeroed(sizeof *checker);
    if (!checker)
        return NULL;
    init_tables(checker);
    checker->setup = *setup;
    checker->emit = emit;
    checker->context = context;
    checker->several_last_ns = -1;
    checker->nodes = memory_zeroed(setup->nodes * sizeof *checker->nodes);
    checker->down = bits_new(setup->nodes);
    if (!checker->nodes || !checker->down || view_init(&checker->scratch, setup->nodes) ||
        router_init(&checker->router, setup->route, setup->nodes) || init_members(checker) ||
        checker_duplicates_init(checker) || checker_links_init(checker) ||
        checker_leases_init(checker)) {
        checker_delete(checker);
        return NULL;
    }
    init_nodes(checker);
    init_judges(checker);
    return checker;
}

void checker_delete(struct checker *checker)
{
    if (!checker)
        return;
    checker_members_close(checker);
    checker_duplicates_close(checker);
    checker_links_close(checker);
    checker_leases_close(checker);
    pool_map_each (struct checker_id, id, &checker->ids)
        text_clear(&id->id);
    pool_map_close(&checker->ids);
    pool_map_close(&checker->places);
    pool_close(&checker->entries);
    pool_map_close(&checker->requests);
    pool_map_close(&checker->messages);
    pool_map_close(&checker->workers);
    checker_moves_close(checker);
    pool_map_close(&checker->links);
    pool_map_close(&checker->sources);
    pool_map_close(&checker->absences);
    memory_free(checker->down);
    router_close(&checker->router);
    view_close(&checker->scratch);
    for (uint32_t i = 0; checker->nodes && i < checker->setup.nodes; i++) {
        memory_free(checker->nodes[i].leaving);
        memory_free(checker->nodes[i].lives);
        memory_free(checker->nodes[i].views);
    }
    memory_free(checker->nodes);
    memory_free(checker);
}

/* ---- the end of the run -------------------------------------------------------------------- */

static void end_request(struct checker *checker, const struct checker_request *request,
                        const struct record *by)
{
    if (checker_node_is_late_at_end(checker, by, request->due_ns))
        checker_breach(checker, RULE_ONE_OUTCOME, by, &request->id->id,
                       "request %" PRIu64 " of " PRInode
                       " is open at the end, its deadline was %s on that node's clock",
                       request->number, NODE_SHOWN(by->node),
                       duration_exact(request->deadline_ns).text);
}

static void end_worker(struct checker *checker, const struct checker_worker *worker,
                       const struct record *by)
{
    int64_t end_ns = checker_worker_end_ns(worker);
    if (!worker->turns && checker_node_is_late_at_end(checker, by, end_ns))
        checker_breach(checker, RULE_TTL, by, &worker->place->id->id,
                       PRIworker " lives at the end, its life ended at %s",
                       WORKER_SHOWN(&worker->place->id->id, by->node, worker->number),
                       duration_exact(end_ns).text);
}

static void end_node(struct checker *checker, struct checker_node *node, const struct record *by)
{
    if (node->obligations)
        checker_node_collect(checker, node, by);
    checker_leases_end(checker, by);
    checker_places_settle(checker, node, by);
    if (!node->up || node->frozen)
        return;
    list_each (link, &node->requests)
        end_request(checker, container_of(link, struct checker_request, of_caller), by);
    if (!checker_judges(checker, RULE_TTL))
        return;
    list_each (link, &node->workers)
        end_worker(checker, container_of(link, struct checker_worker, of_node), by);
}

void checker_compare(struct checker *checker, int64_t t_ns, const char *what, uint64_t here,
                     uint64_t there)
{
    struct record by = record_of(RECORD_EXPECT);
    by.t_ns = t_ns;
    if (here != there)
        checker_breach(checker, RULE_CONSERVATION, &by, NULL,
                       "by the trace %" PRIu64 " %s at the end, by the cluster's count %" PRIu64,
                       here, what, there);
}

void checker_end(struct checker *checker, int64_t t_ns, const struct under_way *under_way)
{
    if (!checker->failed)
        checker_duplicates_settle(checker, t_ns);
    for (node_id id = 0; id < checker->setup.nodes && !checker->failed; id++) {
        struct checker_node *node = &checker->nodes[id];
        struct record by = record_of(RECORD_EXPECT); /* any kind that nothing waits for */
        by.t_ns = t_ns;
        by.node = id;
        by.clock_ns = checker_node_clock_at_end(checker, node, t_ns);
        end_node(checker, node, &by);
    }
    if (checker->failed || !checker->began)
        return;
    checker_compare(checker, t_ns, "workers live", checker->workers.pool.count, under_way->workers);
    if (!checker->setup.all)
        return;
    checker_sources_end(checker, t_ns);
    checker_absences_end(checker, t_ns);
    checker_compare(checker, t_ns, "messages are under way", checker->messages.pool.count,
                    under_way->messages);
    checker_compare(checker, t_ns, "requests are open", checker->open, under_way->requests);
}
