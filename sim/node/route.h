/* Which member owns an id: a pure function of the view, so that nodes with equal views agree
 * without a message. (All but self-first, which shows what happens when they don't agree.) */
#ifndef NODE_ROUTE_H
#define NODE_ROUTE_H

#include "base/text.h"
#include "node/view.h"

#define ROUTES(X)                                                                                  \
    X(MODULO, "modulo")         /* member number `id mod members`; other ids are hashed first */   \
    X(RENDEZVOUS, "rendezvous") /* the member with the highest hash of (member, id) */             \
    X(RING, "ring")             /* consistent-hash ring, 128 points a member */                    \
    X(JUMP, "jump")             /* jump consistent hash: Lamping, Veach, arXiv:1406.2294 */        \
    X(SELF_FIRST, "self-first") /* modulo over [asking node, the others in order] */

enum route {
#define X(name, text) ROUTE_##name,
    ROUTES(X)
#undef X
        ROUTES_COUNT
};

/* What is needed to choose an owner, besides the view: for `ring` the points of all nodes of the
 * cluster, made once and shared, since points of nodes that are no members are stepped over. */
struct router {
    enum route route;
    uint32_t points; /* 0 unless route is ring */
    struct ring_point *ring;
};

/* ERROR_MEMORY: nothing to close. */
enum error router_init(struct router *router, enum route route, uint32_t nodes);
void router_close(struct router *router);

/* The member that owns `id` in this view when `asking` asks (which matters under self-first alone).
 * The view has a member at least, and under self-first `asking` is one; equal views give equal
 * owners. */
node_id route_owner(const struct router *router, const struct view *view, node_id asking,
                    const struct text *id);

/* Likewise in a cluster whose ids have so many slots, each with a lease: the one that prefers the
 * id's slot, which is routed as its number is. 0: there are no leases. */
node_id route_preferred(const struct router *router, const struct view *view, node_id asking,
                        const struct text *id, uint32_t slots);

/* "modulo", … */
const char *route_name(enum route route);

#endif
