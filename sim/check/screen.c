#include "check/screen_state.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/seal.h"

/* ---- what can be screened -------------------------------------------------------------------- */

static bool is_fault(enum action_kind kind)
{
    switch (kind) {
    case ACTION_CRASH:
    case ACTION_RESTART:
    case ACTION_FREEZE:
    case ACTION_THAW:
    case ACTION_JOIN:
    case ACTION_CUT:
    case ACTION_PARTITION:
    case ACTION_HEAL:
    case ACTION_LOSS:
    case ACTION_CHAOS:
        return true;
    default:
        return false;
    }
}

static bool suits(enum action_kind kind)
{
    switch (kind) {
    case ACTION_CONNECT:
    case ACTION_REQUEST:
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
    case ACTION_LOAD:
    case ACTION_WORK:
    case ACTION_LATENCY:
    case ACTION_SEED:
        return true;
    default:
        return is_fault(kind);
    }
}

/* Whether the plan makes something happen by which views may differ. */
static bool has_faults(const struct plan *plan)
{
    for (size_t i = 0; i < plan->actions_count; i++)
        if (is_fault(plan->actions[i].kind))
            return true;
    return plan->settings.loss_ppb > 0 || plan->settings.absent.count > 0;
}

bool screen_suits(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (!suits(action->kind) || (action->kind == ACTION_CHAOS && !suits(action->as.chaos.kind)))
            return false;
    }
    return settings->trace == TRACE_ALL && settings->route != ROUTE_SELF_FIRST &&
           !(settings->leases && has_faults(plan)) && !settings->hand_over &&
           !settings->duplicate_ppb && !settings->reorder && !settings->load_fail_ppb;
}

/* ---- records --------------------------------------------------------------------------------- */

static bool log_plain(struct screen_node *node, const struct record *record)
{
    if (node->screen->checker)
        screen_log(node, (struct screened){.record = *record, .message = node->next_message});
    return true;
}

static bool take_view(struct screen_node *node, const struct record *record)
{
    uint32_t nodes = node->screen->setup.nodes, other = 0;
    if (!node->screen->checker) {
        while (other < nodes && record_view_has(record, other))
            other++;
        node->sees_all = other == nodes;
        return true;
    }
    if (node->screen->setup.views_static)
        return true;
    view_from_bits(&node->view, text_bytes(&record->value), text_size(&record->value));
    node->views++;
    if (node->view.count)
        screen_freshen(node, record);
    return log_plain(node, record);
}

static screen_judge take_down, take_frozen, take_thawed;

/* Of all others the screen knows nothing: they make a run suspect. */
static screen_judge *const judges_up[RECORD_KINDS] = {
    [RECORD_VIEW] = take_view,
    [RECORD_SEND] = screen_take_send,
    [RECORD_RECV] = screen_take_recv,
    [RECORD_REQUEST] = screen_take_request,
    [RECORD_ROUTE] = screen_take_route,
    [RECORD_START] = screen_take_start,
    [RECORD_LOAD] = screen_take_load,
    [RECORD_VALUE] = screen_take_value,
    [RECORD_SERVE] = screen_take_serve,
    [RECORD_REPLY] = screen_take_reply,
    [RECORD_EXPIRE] = screen_take_expire,
    [RECORD_LEASE] = screen_take_lease,
    [RECORD_FAIL] = screen_take_fail,
    [RECORD_LOST] = screen_take_lost,
    [RECORD_DOWN] = take_down,
    [RECORD_FROZEN] = take_frozen,
};

static screen_judge *const judges_frozen[RECORD_KINDS] = {
    [RECORD_REQUEST] = screen_take_request, [RECORD_FAIL] = screen_take_fail,
    [RECORD_LOST] = screen_take_lost,       [RECORD_DOWN] = take_down,
    [RECORD_THAWED] = take_thawed,
};

/* A node that has not started, or is down, makes requests all the same, which fail at once. */
static screen_judge take_up;
static screen_judge *const judges_down[RECORD_KINDS] = {
    [RECORD_UP] = take_up,
    [RECORD_REQUEST] = screen_take_request,
    [RECORD_FAIL] = screen_take_fail,
};

/* ---- who runs -------------------------------------------------------------------------------- */

static bool take_up(struct screen_node *node, const struct record *record)
{
    node->judges = judges_up;
    node->up = true;
    node->frozen_ns = node->thawed_ns = TIME_NEVER;
    node->renewed = NODE_NONE;
    if (node->lives)
        memset(node->lives, 0, node->screen->setup.nodes * sizeof *node->lives);
    return log_plain(node, record);
}

static bool take_down(struct screen_node *node, const struct record *record)
{
    if (!node->screen->checker || record->code != DOWN_CRASH || node->workers || node->open)
        return false;
    screen_empty(node);
    node->judges = judges_down;
    node->up = node->goes = false;
    node->frozen_ns = record->t_ns;
    node->thawed_ns = TIME_NEVER;
    return log_plain(node, record);
}

static bool take_frozen(struct screen_node *node, const struct record *record)
{
    if (!node->screen->checker)
        return false;
    node->judges = judges_frozen;
    node->frozen_ns = record->t_ns;
    node->thawed_ns = TIME_NEVER;
    return log_plain(node, record);
}

static bool take_thawed(struct screen_node *node, const struct record *record)
{
    node->judges = judges_up;
    node->thawed_ns = record->t_ns;
    return log_plain(node, record);
}

/* ---- each record ----------------------------------------------------------------------------- */

static bool belongs_to_a_crash(const struct record *record)
{
    return record->kind == RECORD_LOST || record->kind == RECORD_DOWN ||
           (record->kind == RECORD_FAIL && record->code == OUTCOME_CALLER_LOST);
}

/* An answer that was served leaves with the next record; a worker that had requests waiting is
 * followed by another one at once; a node that has begun to crash does nothing else. */
static bool pays(const struct screen_node *node, const struct record *record)
{
    bool answers = record->kind == RECORD_REPLY ||
                   (record->kind == RECORD_SEND && record->message == MESSAGE_REPLY);
    if (node->owed.request && !(answers && record->request == node->owed.request))
        return false;
    if (node->goes && !belongs_to_a_crash(record))
        return false;
    return !node->handing || (record->kind == RECORD_START &&
                              text_equal(&record->id, &node->places[node->handing - 1].id));
}

static bool begin_step(struct screen_node *node, const struct record *record)
{
    bool later =
        record->t_ns > node->t_ns || (record->t_ns == node->t_ns && record->step > node->step);
    node->t_ns = record->t_ns;
    node->step = record->step;
    if (record->t_ns >= node->leased_until_ns && !screen_leases_last(node, record->t_ns))
        return false;
    return later && (!node->fresh_count || screen_settle(node));
}

/* It is another node's, or the link's. */
static bool take_drop(struct screen_node *node, const struct record *record)
{
    return record->kind == RECORD_DROP && node->screen->checker && log_plain(node, record);
}

static inline bool is_sound(struct screen_node *node, const struct record *record)
{
    screen_judge *judge = node->judges[record->kind];
    if (!judge || record->node != node->self || record->clock_ns != record->t_ns)
        return take_drop(node, record);
    if ((record->t_ns != node->t_ns || record->step != node->step) && !begin_step(node, record))
        return false;
    if ((node->owed.request | node->handing | node->goes) && !pays(node, record))
        return false;
    return judge(node, record);
}

enum error screen_take(struct screen_node *node, const struct record *record)
{
    if (!node->suspect && !is_sound(node, record))
        node->suspect = true;
    return node->error;
}

bool screen_suspects(const struct screen_node *node)
{
    return node->suspect;
}

struct screen_node *screen_node(struct screen *screen, node_id node)
{
    return &screen->nodes[node];
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool workers_are_in_time(const struct screen_node *node, int64_t t_ns)
{
    for (size_t i = 0; i < node->places_count; i++) {
        const struct screen_place *place = &node->places[i];
        if (place->worker && place->ttl_ns != TIME_NEVER && t_ns > place->life_ns + place->ttl_ns)
            return false;
    }
    return true;
}

static bool sources_are_in_time(const struct screen_node *node, int64_t t_ns)
{
    for (size_t i = 0; i < node->sources_count; i++)
        if (node->sources[i].due_ns < t_ns)
            return false;
    return true;
}

static bool ends_well(struct screen_node *node, int64_t t_ns)
{
    if (node->suspect || node->owed.request || node->handing || node->goes ||
        !screen_settle(node) || !sources_are_in_time(node, t_ns))
        return false;
    if (node->judges != judges_up)
        return node->screen->checker;
    return screen_requests_are_well(node, t_ns) && workers_are_in_time(node, t_ns) &&
           screen_leases_last(node, t_ns);
}

bool screen_holds(const struct screen *screen, int64_t t_ns, const struct under_way *under_way)
{
    struct under_way sum = {0};
    if (screen->checker)
        checker_end_screened(screen->checker, t_ns, under_way);
    if (screen->suspect || (screen->checker && checker_violations(screen->checker)))
        return false;
    for (node_id i = 0; i < screen->setup.nodes; i++) {
        struct screen_node *node = &screen->nodes[i];
        if (!ends_well(node, t_ns))
            return false;
        sum.messages += node->messages;
        sum.messages_sum += node->messages_sum;
        sum.answers_sum += node->answers_sum;
        sum.requests += node->open;
        sum.workers += node->workers;
    }
    return sum.messages == under_way->messages && sum.messages_sum == under_way->messages_sum &&
           sum.answers_sum == under_way->answers_sum && sum.requests == under_way->requests &&
           sum.workers == under_way->workers;
}

void screen_add_under_way(struct under_way *under_way, const struct message *message, node_id to)
{
    struct record record = record_of(RECORD_RECV);
    record_set_message(&record, message);
    if (message->kind == MESSAGE_REQUEST)
        record.id = message->as.ask.id;
    under_way->messages_sum += screen_message_digest(&record, message->from, to);
    if (message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE) {
        struct text value = seal_value_of(message);
        under_way->answers_sum += screen_answer_digest(message->request, message->as.answer.worker,
                                                       message->from, fingerprint_of(&value));
    }
}

/* ---- making ---------------------------------------------------------------------------------- */

static void note_timeout(struct screen *screen, int64_t *most_ns, int64_t timeout_ns)
{
    if (timeout_ns == 0)
        timeout_ns = screen->setup.timeout_ns;
    screen->timeout_least_ns = min_i64(screen->timeout_least_ns, timeout_ns);
    *most_ns = max_i64(*most_ns, timeout_ns);
}

static void note_timeouts(struct screen *screen)
{
    const struct plan *plan = screen->setup.plan;
    int64_t most_ns = 0;
    screen->timeout_least_ns = TIME_NEVER;
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind == ACTION_REQUEST)
            note_timeout(screen, &most_ns, action->as.request.timeout_ns);
        else if (action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS)
            note_timeout(screen, &most_ns, action->as.load.timeout_ns);
    }
    screen->due_error_ns = max_i64(most_ns - screen->timeout_least_ns, 0);
}

/* What is needed where there are faults. */
static enum error follow_faults(struct screen *screen, struct checker *checker)
{
    uint32_t nodes = screen->setup.nodes;
    screen->checker = checker;
    screen->gathered = memory_zeroed(nodes * sizeof *screen->gathered);
    if (!screen->gathered)
        return ERROR_MEMORY;
    for (node_id i = 0; i < nodes && !screen->setup.views_static; i++)
        if (view_init(&screen->nodes[i].view, nodes))
            return ERROR_MEMORY;
    note_timeouts(screen);
    return OK;
}

struct screen *screen_new(const struct checker_setup *setup, struct checker *checker)
{
    struct screen *screen = memory_zeroed(sizeof *screen);
    if (!screen)
        return NULL;
    pool_map_init(&screen->told, sizeof(struct screen_told));
    screen->setup = *setup;
    screen->inverse = UINT64_MAX / setup->nodes + 1;
    screen->ttl_least_ns =
        setup->ttl_ns - (int64_t)((double)setup->ttl_ns * setup->ttl_jitter_ppb / 1e9) - 1;
    screen->nodes = memory_zeroed(setup->nodes * sizeof *screen->nodes);
    if (setup->slots)
        screen->leases =
            memory_zeroed((size_t)setup->nodes * setup->slots * sizeof *screen->leases);
    if (!screen->nodes || (setup->slots && !screen->leases) ||
        view_init(&screen->everyone, setup->nodes) ||
        router_init(&screen->router, setup->route, setup->nodes)) {
        screen_delete(screen);
        return NULL;
    }
    view_fill(&screen->everyone);
    for (node_id i = 0; i < setup->nodes; i++)
        screen->nodes[i] = (struct screen_node){.screen = screen,
                                                .self = i,
                                                .judges = judges_down,
                                                .sees_all = setup->views_static,
                                                .t_ns = -1,
                                                .leased_until_ns = TIME_NEVER,
                                                .frozen_ns = TIME_NEVER,
                                                .thawed_ns = TIME_NEVER,
                                                .renewed = NODE_NONE,
                                                .next_message = i + 1,
                                                .next_worker = i + 1};
    if (has_faults(setup->plan) && follow_faults(screen, checker)) {
        screen_delete(screen);
        return NULL;
    }
    return screen;
}

static void close_node(struct screen_node *node)
{
    for (uint64_t i = node->requests_over; i < node->requests_made; i++)
        text_clear(&node->requests[i & (node->requests_capacity - 1)].id);
    for (size_t i = 0; i < node->places_count; i++)
        text_clear(&node->places[i].id);
    hash_map_close(&node->by_id);
    memory_free(node->requests);
    memory_free(node->places);
    memory_free(node->entries);
    memory_free(node->fresh);
    number_map_close(&node->newest);
    memory_free(node->sources);
    view_close(&node->view);
    for (size_t i = 0; i < node->log_count; i++)
        screened_clear(&node->log[i]);
    memory_free(node->log);
    memory_free(node->sent);
    memory_free(node->lives);
    memory_free(node->lived);
}

void screen_delete(struct screen *screen)
{
    if (!screen)
        return;
    for (node_id i = 0; screen->nodes && i < screen->setup.nodes; i++)
        close_node(&screen->nodes[i]);
    router_close(&screen->router);
    view_close(&screen->everyone);
    memory_free(screen->gathered);
    heap_close(&screen->cursors);
    pool_map_close(&screen->told);
    memory_free(screen->leases);
    memory_free(screen->nodes);
    memory_free(screen);
}
