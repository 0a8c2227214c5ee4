/* One lease at a time, in true time: whether a lease is over by its owner's clock when another node
 * wins the slot. What that clock shows then is known, if clocks are not exact, only when the
 * owner's next record has come: until then the lease is contested. */
#include "check/checker_leases.h"

#include "base/duration.h"
#include "node/id.h"

#include <inttypes.h>

static void breach_one_lease(struct checker *checker, const struct record *by,
                             const struct checker_lease *lease, node_id winner, int64_t t_ns)
{
    checker_breach(checker, RULE_ONE_LEASE, by, NULL,
                   PRInode " wins the lease of slot %" PRIu64 " at %s, while " PRInode
                           " holds it until %s on its clock",
                   NODE_SHOWN(winner), lease->slot_number, duration_exact(t_ns).text,
                   NODE_SHOWN(lease->node), duration_exact(lease->until_ns).text);
}

/* What the owner's clock shows at t_ns, or, if clocks are not exact, about shows: it may have been
 * set since the owner's last record. */
static int64_t clock_at(const struct checker *checker, const struct checker_node *owner,
                        int64_t t_ns)
{
    if (checker->setup.clocks_exact)
        return t_ns;
    int64_t since_ns = t_ns - owner->seen_t_ns, span_ns = owner->seen_t_ns - owner->before_t_ns;
    if (span_ns > 0) {
        __int128 moved_ns = owner->seen_clock_ns - owner->before_clock_ns;
        since_ns = (int64_t)(moved_ns * since_ns / span_ns);
    }
    return owner->seen_clock_ns + since_ns;
}

/* The lease is over: its owner's workers can do no more, even if it stands still and can't end
 * them. */
static void retire_workers(struct checker *checker, const struct checker_lease *lease, int64_t t_ns)
{
    list_each (link, &checker->nodes[lease->node].workers) {
        struct checker_worker *worker = container_of(link, struct checker_worker, of_node);
        const struct text *id = &worker->place->id->id;
        if (id_slot(id, checker->setup.slots) == lease->slot_number)
            checker_worker_retire(checker, worker, t_ns);
    }
}

void checker_lease_contest(struct checker *checker, struct checker_lease *lease,
                           const struct record *winner)
{
    const struct checker_node *owner = &checker->nodes[lease->node];
    bool exact = checker->setup.clocks_exact || owner->seen_t_ns == winner->t_ns;
    bool held = clock_at(checker, owner, winner->t_ns) + checker->setup.error_ns < lease->until_ns;
    if (!held)
        retire_workers(checker, lease, winner->t_ns);
    if (exact && held)
        breach_one_lease(checker, winner, lease, winner->node, winner->t_ns);
    if (exact || owner->seen_clock_ns >= lease->until_ns || list_linked(&lease->contested))
        return;
    lease->contested_t_ns = winner->t_ns;
    lease->contested_by = winner->node;
    list_add_last(&checker->leases->nodes[lease->node].contested, &lease->contested);
}

/* What the owner's clock showed when the lease was contested: at the most what this record shows;
 * or, if its rate was the same since its record before, what lies between the two. */
static bool was_held(const struct checker *checker, const struct checker_lease *lease,
                     const struct record *record)
{
    const struct checker_node *owner = &checker->nodes[lease->node];
    const struct checker_lease_node *node = &checker->leases->nodes[lease->node];
    __int128 passed_ns = record->t_ns - owner->seen_t_ns;
    __int128 moved_ns = record->clock_ns - owner->seen_clock_ns;
    if (record->clock_ns < lease->until_ns)
        return true;
    if (!checker->setup.clocks_smooth || node->clock_is_set || passed_ns <= 0)
        return false;
    int64_t since_ns = (int64_t)(moved_ns * (lease->contested_t_ns - owner->seen_t_ns) / passed_ns);
    return owner->seen_clock_ns + since_ns < lease->until_ns - 2;
}

void checker_lease_contests_settle(struct checker *checker, const struct record *record)
{
    struct checker_lease_node *node = &checker->leases->nodes[record->node];
    list_each (link, &node->contested) {
        struct checker_lease *lease = container_of(link, struct checker_lease, contested);
        list_remove(link);
        if (was_held(checker, lease, record))
            breach_one_lease(checker, record, lease, lease->contested_by, lease->contested_t_ns);
    }
    node->clock_is_set = false;
}

/* The owner has no further record. A rate that never changes tells its clock, to what is lost in
 * rounding. */
static void judge_contested_at_end(struct checker *checker, const struct record *by,
                                   const struct checker_lease *lease)
{
    const struct checker_node *owner = &checker->nodes[lease->node];
    int64_t span_ns = owner->seen_t_ns - owner->before_t_ns;
    int64_t since_ns = lease->contested_t_ns - owner->seen_t_ns;
    if (!checker->setup.clocks_smooth || span_ns <= 0)
        return;
    if (clock_at(checker, owner, lease->contested_t_ns) <
        lease->until_ns - 2 * (since_ns / span_ns + 2))
        breach_one_lease(checker, by, lease, lease->contested_by, lease->contested_t_ns);
}

void checker_lease_contests_end(struct checker *checker, const struct record *by)
{
    list_each (link, &checker->leases->nodes[by->node].contested)
        judge_contested_at_end(checker, by, container_of(link, struct checker_lease, contested));
}
