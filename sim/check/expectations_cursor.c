#include "base/random.h"
#include "check/expectations_state.h"
#include "node/id.h"

static uint64_t place_hash(const struct text *id, node_id node)
{
    return id_hash(id) ^ random_mix(node);
}

static uint32_t find_living(const struct expect *expect, const struct text *id, node_id node)
{
    struct probe probe = table_probe(&expect->by_place, place_hash(id, node));
    for (uint32_t slot; (slot = table_next(&expect->by_place, &probe)) != TABLE_NONE;) {
        const struct living *living = pool_at(&expect->workers, slot);
        if (living->node == node && text_equal(&living->id, id))
            return slot;
    }
    return TABLE_NONE;
}

void cursor_take_start(struct expect *expect, const struct record *record)
{
    uint32_t slot = pool_take(&expect->workers);
    struct living *living = slot == POOL_NONE ? NULL : pool_at(&expect->workers, slot);
    if (!living || text_copy(&living->id, &record->id)) {
        expect->failed = true;
        return;
    }
    if (table_insert(&expect->by_place, place_hash(&record->id, record->node), slot)) {
        text_clear(&living->id);
        expect->failed = true;
        return;
    }
    living->node = record->node;
    expect->alive[record->node]++;
    expect->alive_in_all++;
}

void cursor_take_gone(struct expect *expect, const struct record *record)
{
    uint32_t slot = find_living(expect, &record->id, record->node);
    if (slot == TABLE_NONE)
        return; /* the checker says so */
    struct living *living = pool_at(&expect->workers, slot);
    table_remove(&expect->by_place, place_hash(&record->id, record->node), slot);
    text_clear(&living->id);
    pool_give(&expect->workers, slot);
    expect->alive[record->node]--;
    expect->alive_in_all--;
}

struct verdict cursor_judge_workers(const struct expect *expect, const struct expectation *e)
{
    uint64_t count = e->node == NODE_NONE ? expect->alive_in_all : expect->alive[e->node];
    return count == e->count ? verdict_held()
                             : verdict_missed("there are %llu", (unsigned long long)count);
}

struct verdict cursor_judge_worker(const struct expect *expect, const struct expectation *e)
{
    bool wanted = e->kind == EXPECT_WORKER;
    for (node_id node = 0; node < expect->plan->settings.nodes; node++) {
        if (e->node != NODE_NONE && e->node != node)
            continue;
        if (find_living(expect, &e->id, node) == TABLE_NONE)
            continue;
        return wanted ? verdict_held()
                      : verdict_missed("there is one on n%u", expect_name_of(node));
    }
    return wanted ? verdict_missed("there is none") : verdict_held();
}

struct verdict cursor_judge_members(const struct expect *expect, const struct expectation *e)
{
    const struct view *view = &expect->views[e->node];
    if (!expect->up[e->node])
        return verdict_missed("n%u is down", expect_name_of(e->node));
    for (uint32_t i = 0; i < e->members.count; i++)
        if (!view_has(view, e->members.nodes[i]))
            return verdict_missed("n%u does not have n%u", expect_name_of(e->node),
                                  expect_name_of(e->members.nodes[i]));
    return view->count == e->members.count
               ? verdict_held()
               : verdict_missed("n%u has %u members", expect_name_of(e->node), view->count);
}

struct verdict cursor_judge_owner(const struct expect *expect, const struct expectation *e)
{
    uint32_t asked = 0;
    for (node_id node = 0; node < expect->plan->settings.nodes; node++) {
        if (!expect->up[node])
            continue;
        node_id owner = route_owner(&expect->router, &expect->views[node], node, &e->id);
        if (owner != e->node)
            return verdict_missed("n%u takes n%u for it", expect_name_of(node),
                                  expect_name_of(owner));
        asked++;
    }
    return asked ? verdict_held() : verdict_missed("no node is up");
}

static void take_up(struct expect *expect, const struct record *record)
{
    struct view *view = &expect->views[record->node];
    expect->up[record->node] = true;
    if (expect->plan->settings.membership_static)
        view_fill(view);
    else
        view_from_bits(view, "", 0);
}

void cursor_take_view(struct expect *expect, const struct record *record)
{
    if (record->kind == RECORD_UP)
        take_up(expect, record);
    else if (record->kind == RECORD_DOWN)
        expect->up[record->node] = false;
    else
        view_from_bits(&expect->views[record->node], text_bytes(&record->value),
                       text_size(&record->value));
}
