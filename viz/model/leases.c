/* Leases: how many slots each node holds, from LEASE records. Renewals change nothing here.
 *
 * A lease ends at its end, but its holder says so when it runs again: what a frozen node had is put
 * right when it thaws. */
#include "viz/model/model_internal.h"

#include "base/memory.h"
#include "base/number.h"
#include "viz/model/search.h"

static bool lease_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct lease_change *)array)[place].t_ns < t_ns;
}

/* The change at t_ns, made if there is none yet; what follows it is little, mostly nothing. */
static enum error change_at(struct lane *lane, int64_t t_ns, size_t *place)
{
    size_t at = lane->leases_count;
    while (at && lane->leases[at - 1].t_ns > t_ns)
        at--;
    if (at && lane->leases[at - 1].t_ns == t_ns) {
        *place = at - 1;
        return OK;
    }
    enum error error = memory_reserve((void **)&lane->leases, &lane->leases_capacity,
                                      lane->leases_count + 1, sizeof *lane->leases);
    if (error)
        return error;
    memmove(lane->leases + at + 1, lane->leases + at,
            (lane->leases_count - at) * sizeof *lane->leases);
    lane->leases[at] = (struct lease_change){t_ns, at ? lane->leases[at - 1].held : 0, 0};
    lane->leases_count++;
    *place = at;
    return OK;
}

static enum error begin_lease(struct model *model, struct lane *lane)
{
    size_t place;
    enum error error = change_at(lane, model->last_ns, &place);
    if (!error)
        lane->leases[place].held++;
    return error;
}

static enum error end_lease(struct lane *lane, int64_t t_ns, bool lost)
{
    size_t place;
    enum error error = change_at(lane, t_ns, &place);
    if (error)
        return error;
    lane->leases[place].lost += lost;
    for (; place < lane->leases_count; place++)
        if (lane->leases[place].held)
            lane->leases[place].held--;
    return OK;
}

enum error model_add_lease(struct model *model, const struct record *record)
{
    if (record->node >= model->nodes)
        return OK;
    struct lane *lane = &model->lanes[record->node];
    /* On a clock that goes a little otherwise than time does: it is near enough for a picture. */
    int64_t until_ns = model->last_ns + (record->amount - record->clock_ns);
    switch ((enum lease_how)record->code) {
    case LEASE_WON:
    case LEASE_HELD:
        lane->leased_ns = max_i64(lane->leased_ns, until_ns);
        return begin_lease(model, lane);
    case LEASE_RENEWED:
        lane->leased_ns = max_i64(lane->leased_ns, until_ns);
        return OK;
    case LEASE_RELEASED:
        return end_lease(lane, model->last_ns, false);
    case LEASE_LOST:
        return end_lease(lane, min_i64(until_ns, model->last_ns), true);
    case LEASE_HOWS_COUNT:
        break;
    }
    return OK;
}

enum error leases_end(struct model *model, struct lane *lane)
{
    size_t place;
    if (!lane->leases_count || !lane->leases[lane->leases_count - 1].held)
        return OK;
    enum error error = change_at(lane, model->last_ns, &place);
    if (!error)
        lane->leases[place].held = 0;
    return error;
}

struct lease_change picture_leases(const struct model *model, node_id node, int64_t t_ns)
{
    const struct lane *lane = &model->lanes[node];
    size_t count = search_time(lane->leases, 0, lane->leases_count, t_ns + 1, lease_before);
    if (!count || (count == lane->leases_count && t_ns >= lane->leased_ns))
        return (struct lease_change){t_ns, 0, 0};
    return lane->leases[count - 1];
}

size_t picture_lease(const struct model *model, node_id node, size_t from, int64_t t_ns)
{
    const struct lane *lane = &model->lanes[node];
    return search_time(lane->leases, from, lane->leases_count, t_ns, lease_before);
}
