/* What the model has to tell of a moment: states, views, totals, and what came next. */
#ifndef VIZ_MODEL_PICTURE_H
#define VIZ_MODEL_PICTURE_H

#include "viz/model/model.h"

/* Of a node at t_ns, what happened at t_ns included. */
enum node_state picture_state(const struct model *model, node_id node, int64_t t_ns);

/* The view that it had then, or NULL. A node that is down has none. */
const struct view_change *picture_view(const struct model *model, node_id node, int64_t t_ns);
bool picture_view_has(const struct model *model, const struct view_change *view, node_id node);

/* Whether a cut or partition strikes it at t_ns. */
bool picture_is_cut(const struct model *model, node_id node, int64_t t_ns);

/* How many moments of each class the run had up to t_ns, included. */
struct picture_counts {
    uint64_t of[MOMENT_CLASSES];
};
struct picture_counts picture_counts(const struct model *model, int64_t t_ns);

static inline uint64_t picture_live(const struct picture_counts *counts)
{
    return counts->of[MOMENT_STARTED] - counts->of[MOMENT_EXPIRED] - counts->of[MOMENT_LOST];
}

/* Marks of this kind from t0_ns to before t1_ns. */
uint64_t picture_marks(const struct model *model, enum mark_kind kind, int64_t t0_ns,
                       int64_t t1_ns);

/* Live workers of one node. */
uint64_t picture_workers(const struct model *model, node_id node, int64_t t_ns);

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
uint32_t latency_class(int64_t latency_ns);
int64_t latency_least(uint32_t class);

/* The first mark at or after t_ns; the count of marks if there is none. */
uint32_t picture_mark(const struct model *model, int64_t t_ns);

/* The first bar of the row that ends after t_ns (or has no end yet); row->count if there is none.
 */
size_t row_find_worker(const struct model *model, const struct row *row, int64_t t_ns);
size_t row_find_request(const struct model *model, const struct row *row, int64_t t_ns);

/* The first bar at or after place `from` that starts at or after t_ns. */
size_t row_from_worker(const struct model *model, const struct row *row, size_t from, int64_t t_ns);
size_t row_from_request(const struct model *model, const struct row *row, size_t from,
                        int64_t t_ns);

/* The first tick at or after place `from` that is at or after t_ns. */
size_t row_tick(const struct row *row, size_t from, int64_t t_ns);

#endif
