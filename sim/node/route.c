#include "node/route.h"

#include "base/heap.h"
#include "base/random.h"
#include "base/search.h"
#include "node/id.h"

/* 128 points a member put the fullest of 10 members at about 1.16 times the mean. */
#define POINTS_PER_NODE 128u

struct ring_point {
    uint64_t at;
    node_id node;
};

const char *route_name(enum route route)
{
    static const char *const names[] = {
#define X(name, text) text,
        ROUTES(X)
#undef X
    };
    return names[route];
}

static inline bool point_after(const void *left, const void *right)
{
    const struct ring_point *a = left, *b = right;
    return a->at != b->at ? a->at > b->at : a->node > b->node;
}

enum error router_init(struct router *router, enum route route, uint32_t nodes)
{
    *router = (struct router){.route = route};
    if (route != ROUTE_RING)
        return OK;
    uint32_t points = nodes * POINTS_PER_NODE;
    router->ring = memory_zeroed(points * sizeof *router->ring);
    if (!router->ring)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < points; i++)
        router->ring[i] =
            (struct ring_point){.at = random_mix(random_mix(i)), .node = i / POINTS_PER_NODE};
    heap_sort(router->ring, points, sizeof *router->ring, point_after);
    router->points = points;
    return OK;
}

void router_close(struct router *router)
{
    memory_free(router->ring);
    router->ring = NULL;
}

static uint64_t number_or_hash(const struct text *id)
{
    uint64_t number;
    return id_number(id, &number) ? number : id_hash(id);
}

static node_id owner_by_modulo(const struct view *view, const struct text *id)
{
    return view_member(view, (uint32_t)(number_or_hash(id) % view->count));
}

static OUT_OF_LINE node_id owner_by_rendezvous(const struct view *view, const struct text *id)
{
    uint64_t hash = id_hash(id), highest = 0;
    node_id owner = NODE_NONE;
    for (uint32_t i = 0; i * 64 < view->nodes; i++) {
        for (uint64_t word = view->bits[i]; word; word &= word - 1) {
            node_id node = i * 64 + (uint32_t)__builtin_ctzll(word);
            uint64_t weight = random_mix(hash ^ random_mix(node));
            if (owner == NODE_NONE || weight > highest) {
                highest = weight;
                owner = node;
            }
        }
    }
    return owner;
}

static bool is_before(const void *ring, size_t place, uint64_t hash)
{
    return ((const struct ring_point *)ring)[place].at < hash;
}

/* The first point at or after the id's hash whose node is a member, round the end of the ring. */
static OUT_OF_LINE node_id owner_by_ring(const struct router *router, const struct view *view,
                                         const struct text *id)
{
    size_t first = search_first(router->ring, 0, router->points, id_hash(id), is_before);
    for (uint32_t i = 0; i < router->points; i++) {
        node_id node = router->ring[(first + i) % router->points].node;
        if (view_has(view, node))
            return node;
    }
    return NODE_NONE;
}

/* Lamping and Veach's algorithm draws a float of (0, 1] a jump; here the quotient is formed in
 * integers, so that every machine gets the same one. */
static OUT_OF_LINE node_id owner_by_jump(const struct view *view, const struct text *id)
{
    uint64_t key = id_hash(id), bucket = 0, jump = 0;
    while (jump < view->count) {
        bucket = jump;
        key = key * UINT64_C(2862933555777941757) + 1;
        jump = ((bucket + 1) << 31) / ((key >> 33) + 1);
    }
    return view_member(view, (uint32_t)bucket);
}

static OUT_OF_LINE node_id owner_by_self_first(const struct view *view, node_id asking,
                                               const struct text *id)
{
    uint32_t rank = (uint32_t)(number_or_hash(id) % view->count);
    if (!view_has(view, asking)) /* it is leaving */
        return view_member(view, rank);
    if (rank == 0)
        return asking;
    node_id node = view_member(view, rank - 1);
    return node < asking ? node : view_member(view, rank);
}

node_id route_owner(const struct router *router, const struct view *view, node_id asking,
                    const struct text *id)
{
    must(view->count > 0);
    switch (router->route) {
    case ROUTE_MODULO:
        return owner_by_modulo(view, id);
    case ROUTE_RENDEZVOUS:
        return owner_by_rendezvous(view, id);
    case ROUTE_RING:
        return owner_by_ring(router, view, id);
    case ROUTE_JUMP:
        return owner_by_jump(view, id);
    case ROUTE_SELF_FIRST:
        return owner_by_self_first(view, asking, id);
    default:
        must(false && "a known route");
    }
}

OUT_OF_LINE node_id route_preferred(const struct router *router, const struct view *view,
                                    node_id asking, const struct text *id, uint32_t slots)
{
    struct text slot = slots ? text_of_number(id_slot(id, slots)) : *id;
    return route_owner(router, view, asking, &slot);
}
