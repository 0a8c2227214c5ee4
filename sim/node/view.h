/* A view: the members that one node believes up, itself included, in the cluster's order.
 *
 * A set of bits, so that ten thousand nodes can each have one. The epoch counts its changes; it is
 * the node's own and says nothing of another node's view. */
#ifndef NODE_VIEW_H
#define NODE_VIEW_H

#include "base/bits.h"

struct view {
    uint32_t nodes; /* of the cluster; members are 0..nodes-1 */
    uint32_t count; /* members */
    uint32_t epoch;
    uint64_t *bits;
};

/* An empty view of a cluster of `nodes`, at epoch 0. ERROR_MEMORY: nothing to close. */
enum error view_init(struct view *view, uint32_t nodes);
void view_close(struct view *view);

static inline bool view_has(const struct view *view, node_id node)
{
    return bits_has(view->bits, node);
}

/* Take a node in or out. True, and the epoch is one more, if that changed the view. */
bool view_add(struct view *view, node_id node);
bool view_remove(struct view *view, node_id node);

/* None; one change. */
void view_clear(struct view *view);

/* All nodes; one change. */
void view_fill(struct view *view);

/* Makes the members those of the bits of a VIEW record (see record.h); one change. */
void view_from_bits(struct view *view, const char *bytes, uint32_t size);

/* Takes in all of them; one change. */
void view_add_bits(struct view *view, const char *bytes, uint32_t size);

/* For view_member: in a view that not all nodes are in. */
node_id view_find_member(const struct view *view, uint32_t rank);

/* Member number `rank` in the cluster's order; rank < count. */
static inline node_id view_member(const struct view *view, uint32_t rank)
{
    must(rank < view->count);
    return view->count == view->nodes ? rank : view_find_member(view, rank);
}

/* Whether both have the same members; epochs don't matter. */
bool view_equal(const struct view *a, const struct view *b);

#endif
