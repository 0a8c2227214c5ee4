#include "check/screen_state.h"

#include "base/memory.h"
#include "node/seal.h"

/* ---- what can be screened -------------------------------------------------------------------- */

static bool suits(const struct action *action)
{
    switch (action->kind) {
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
        return false;
    }
}

bool screen_suits(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    for (size_t i = 0; i < plan->actions_count; i++)
        if (!suits(&plan->actions[i]))
            return false;
    return settings->trace == TRACE_ALL && settings->route != ROUTE_SELF_FIRST &&
           !settings->loss_ppb && !settings->duplicate_ppb && !settings->reorder &&
           !settings->load_fail_ppb && !settings->absent.count;
}

/* ---- records --------------------------------------------------------------------------------- */

static bool take_view(struct screen_node *node, const struct record *record)
{
    uint32_t nodes = node->screen->setup.nodes, other = 0;
    while (other < nodes && record_view_has(record, other))
        other++;
    node->sees_all = other == nodes;
    return true;
}

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
};

static bool take_up(struct screen_node *node, const struct record *record)
{
    (void)record;
    node->judges = judges_up;
    return true;
}

/* Of a node that has not started. */
static screen_judge *const judges_down[RECORD_KINDS] = {[RECORD_UP] = take_up};

/* An answer that was served leaves with the next record; a worker that had requests waiting is
 * followed by another one at once. */
static bool pays(const struct screen_node *node, const struct record *record)
{
    bool answers = record->kind == RECORD_REPLY ||
                   (record->kind == RECORD_SEND && record->message == MESSAGE_REPLY);
    if (node->owed.request && !(answers && record->request == node->owed.request))
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

static inline bool is_sound(struct screen_node *node, const struct record *record)
{
    screen_judge *judge = node->judges[record->kind];
    if (!judge || record->node != node->self || record->clock_ns != record->t_ns)
        return false;
    if ((record->t_ns != node->t_ns || record->step != node->step) && !begin_step(node, record))
        return false;
    if ((node->owed.request | node->handing) && !pays(node, record))
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
    return node->judges == judges_up && !node->suspect && !node->owed.request && !node->handing &&
           screen_settle(node) && screen_requests_are_well(node, t_ns) &&
           workers_are_in_time(node, t_ns) && screen_leases_last(node, t_ns) &&
           sources_are_in_time(node, t_ns);
}

bool screen_holds(const struct screen *screen, int64_t t_ns, const struct under_way *under_way)
{
    struct under_way sum = {0};
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

struct screen *screen_new(const struct checker_setup *setup)
{
    struct screen *screen = memory_zeroed(sizeof *screen);
    if (!screen)
        return NULL;
    screen->setup = *setup;
    screen->inverse = UINT64_MAX / setup->nodes + 1;
    screen->ttl_least_ns =
        setup->ttl_ns - (int64_t)((double)setup->ttl_ns * setup->ttl_jitter_ppb / 1e9) - 1;
    screen->nodes = memory_zeroed(setup->nodes * sizeof *screen->nodes);
    if (setup->slots)
        screen->leases = memory_zeroed(setup->nodes * setup->slots * sizeof *screen->leases);
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
                                                .next_message = i + 1,
                                                .next_worker = i + 1};
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
}

void screen_delete(struct screen *screen)
{
    if (!screen)
        return;
    for (node_id i = 0; screen->nodes && i < screen->setup.nodes; i++)
        close_node(&screen->nodes[i]);
    router_close(&screen->router);
    view_close(&screen->everyone);
    memory_free(screen->leases);
    memory_free(screen->nodes);
    memory_free(screen);
}
