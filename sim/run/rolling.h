/* What comes next in a rolling restart: each node in turn leaves, is gone for the pause, and joins;
 * the next one's turn comes when all have it back. It ends where one is no member ten times
 * `suspect` after its join. It decides; the executor applies and records. */
#ifndef RUN_ROLLING_H
#define RUN_ROLLING_H

#include "run/action_queue.h"
#include "run/operations.h"

struct rolling_step {
    enum { ROLLING_OVER, ROLLING_WAIT, ROLLING_APPLY, ROLLING_STALLED } kind;
    int64_t wait_ns;         /* WAIT: look again after so long */
    enum action_kind action; /* APPLY: LEAVE or JOIN, to … */
    node_id node;            /* … this node; STALLED: it does not become a member again, and the
                                others stay as they are */
};

/* Moves *queued on to what is returned, which is to be done before the next call. A node that
 * another fault was applied to meanwhile is passed over. */
struct rolling_step rolling_next(const struct cluster_operations *operations, const void *cluster,
                                 uint32_t nodes, int64_t suspect_ns, struct queued_action *queued,
                                 int64_t now_ns);

/* Whether a node has left and is not yet back. */
static inline bool rolling_is_under_way(const struct queued_action *queued)
{
    return queued->stage != 0;
}

#endif
