/* What the model knows of a moment or a span of time: states, views, totals, latencies, and what
 * comes next. */
#ifndef VIZ_MODEL_PICTURE_H
#define VIZ_MODEL_PICTURE_H

#include "viz/model/model.h"

/* The node's state at t_ns, what happened at t_ns included. */
enum node_state picture_state(const struct model *model, node_id node, int64_t t_ns);

/* The view that the node had then, or NULL: a node that is down or has left has none. Valid until
 * the next record. */
const struct view_change *picture_view(const struct model *model, node_id node, int64_t t_ns);
bool picture_view_has(const struct model *model, const struct view_change *view, node_id node);

/* Whether a cut or a partition concerns the node at t_ns. */
bool picture_is_cut(const struct model *model, node_id node, int64_t t_ns);

/* How many events of each class the run had up to t_ns, included. */
struct picture_counts {
    uint32_t of[HISTORY_CLASSES];
};
struct picture_counts picture_counts(const struct model *model, int64_t t_ns);

/* Of counts by class: the workers that began, at all, and those that were live then. */
static inline uint32_t picture_begun(const uint32_t *counts)
{
    return counts[HISTORY_STARTED] + counts[HISTORY_CAME];
}

static inline uint32_t picture_live(const uint32_t *counts)
{
    return picture_begun(counts) - counts[HISTORY_EXPIRED] - counts[HISTORY_LOST] -
           counts[HISTORY_UNLEASED] - counts[HISTORY_MOVED];
}

/* Live workers of one node. */
uint64_t picture_workers(const struct model *model, node_id node, int64_t t_ns);

/* How many leases the node holds at t_ns, since when, and how many it lost then. */
struct lease_change picture_leases(const struct model *model, node_id node, int64_t t_ns);

/* The first place at or after `from` of the lane's leases that is at or after t_ns; its count if
 * there is none. */
size_t picture_lease(const struct model *model, node_id node, size_t from, int64_t t_ns);

/* Marks of this kind from t0_ns to before t1_ns. */
uint64_t picture_marks(const struct model *model, enum mark_kind kind, int64_t t0_ns,
                       int64_t t1_ns);

/* The first mark at or after t_ns; the count of marks if there is none. */
uint32_t picture_mark(const struct model *model, int64_t t_ns);

/* Likewise, of the marks of one row: its first place at or after t_ns, or the row's count. */
uint32_t picture_mark_in(const struct model *model, enum mark_row row, int64_t t_ns);

/* When the thing began, and at which node: NODE_NONE if at none. Of a duplicate, where the second
 * worker is. False: it is no thing of a time. */
bool picture_place(const struct model *model, struct thing thing, struct span *span, node_id *node);

/* The next time after t_ns, or the last before it, at which something happened but a heartbeat;
 * TIME_NEVER: at none. */
int64_t picture_next(const struct model *model, int64_t t_ns);
int64_t picture_previous(const struct model *model, int64_t t_ns);

/* Latencies of what was answered from t0_ns to before t1_ns. Class c holds from latency_least(c) to
 * below latency_least(c + 1); the first holds all below, the last all above. */
struct picture_latencies {
    uint32_t counts[LATENCY_CLASSES];
    uint64_t total;
};
struct picture_latencies picture_latencies(const struct model *model, int64_t t0_ns, int64_t t1_ns);

/* The latency that `ppm` millionths of those did not exceed, exactly; at least the upper end of its
 * class if there is no memory. 0 if there are none. */
int64_t picture_latency(const struct model *model, int64_t t0_ns, int64_t t1_ns, uint32_t ppm);

uint32_t latency_class(int64_t latency_ns);
int64_t latency_least(uint32_t class);

#endif
