#include "scenario/plan.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/number.h"
#include "node/id.h"

#include <string.h>

/* Of one node; requests for more are refused. */
#define WORKERS_MAX (1u << 24)

bool action_is_of_links(enum action_kind kind)
{
    return kind == ACTION_LATENCY || kind == ACTION_LOSS || kind == ACTION_DUPLICATE ||
           kind == ACTION_REORDER;
}

enum action_group action_group(enum action_kind kind)
{
    static const enum action_group groups[ACTIONS_COUNT] = {
#define X(name, group) [ACTION_##name] = (group),
        ACTIONS(X)
#undef X
    };
    return groups[kind];
}

enum expectation_scope expectation_scope(enum expectation_kind kind)
{
    static const enum expectation_scope scopes[EXPECTATIONS_COUNT] = {
#define X(name, scope) [EXPECT_##name] = (scope),
        EXPECTATIONS(X)
#undef X
    };
    return scopes[kind];
}

int plan_compare_texts(const struct text *a, const struct text *b)
{
    uint32_t size = min_u32(text_size(a), text_size(b));
    int order = memcmp(text_bytes(a), text_bytes(b), size);
    return order ? order : (text_size(a) > text_size(b)) - (text_size(a) < text_size(b));
}

static bool texts_have(const struct text *texts, uint64_t count, const struct text *id)
{
    uint64_t low = 0;
    while (low < count) {
        uint64_t middle = low + (count - low) / 2;
        int order = plan_compare_texts(&texts[middle], id);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return false;
}

bool id_set_has(const struct id_set *set, const struct text *id)
{
    uint64_t number;
    if (set->count == 0)
        return true;
    if (set->texts)
        return texts_have(set->texts, set->count, id);
    bool leading_zero = text_size(id) > 1 && text_bytes(id)[0] == '0';
    return !leading_zero && id_number(id, &number) && number >= set->first &&
           number - set->first < set->count;
}

struct node_config plan_node_config(const struct settings *settings)
{
    return (struct node_config){
        .nodes = settings->nodes,
        .hand_over = settings->hand_over && settings->route != ROUTE_SELF_FIRST,
        .expire_idle = settings->expire_idle,
        .fallback = settings->fallback,
        .slots = settings->leases ? settings->slots : 0,
        .lease_ns = settings->lease_ns,
        .drift_ppm = settings->drift_ppm,
        .ttl_jitter_ppb = settings->ttl_jitter_ppb,
        .jitter_key = settings->seed,
        .fail_ttl_ns = settings->fail_ttl_ns,
        .load_at_once = settings->load_at_once,
        .ttl_ns = settings->ttl_ns,
        .timeout_ns = settings->timeout_ns,
        .retry_ns = settings->retry_ns,
        .heartbeat_ns = settings->heartbeat_ns,
        .suspect_ns = settings->suspect_ns,
        .mailbox = settings->mailbox,
        .held = settings->held,
        .workers_max = WORKERS_MAX,
    };
}

void plan_close(struct plan *plan)
{
    for (size_t i = 0; i < plan->zipfs_count; i++)
        zipf_delete(plan->zipfs[i].zipf);
    memory_free(plan->zipfs);
    memory_free(plan->actions);
    memory_free(plan->expectations);
    memory_free(plan->replies);
    arena_delete(plan->arena);
    memset(plan, 0, sizeof *plan);
}
