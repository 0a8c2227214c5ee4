/* Workers and the leases that they live under: what one does is done under its node's live lease
 * and bears the token, none lives on when that is over, and those end with it that it ends. */
#include "check/checker_leases.h"

#include "base/duration.h"

#include <inttypes.h>

/* ---- leases that end with their workers ---------------------------------------------------- */

/* A lease ends with its workers, in one step. */
static void judge_ending(struct checker *checker, const struct record *by)
{
    for (uint32_t slot = 0; slot < checker->setup.slots; slot++) {
        struct checker_lease *lease = checker_lease_find(checker, slot, by->node);
        if (!lease || !lease->ending)
            continue;
        lease->ending = false;
        checker_breach(checker, RULE_APART, by, NULL,
                       "workers of slot %" PRIu32 " on " PRInode
                       " ended with its lease, which lives on",
                       slot, NODE_SHOWN(by->node));
    }
    checker->leases->nodes[by->node].ending = 0;
}

void checker_lease_workers_settle(struct checker *checker, const struct record *record)
{
    const struct checker_lease_node *node = &checker->leases->nodes[record->node];
    if (!checker_is_of_step(checker, record, node->ending_t_ns, node->ending_clock_ns,
                            node->ending_step))
        judge_ending(checker, record);
}

/* ---- workers that outlive their lease ------------------------------------------------------ */

void checker_lease_note_over_from(struct checker *checker, const struct checker_lease *lease)
{
    struct checker_lease_node *node = &checker->leases->nodes[lease->node];
    if (lease->until_ns < node->over_from_ns)
        node->over_from_ns = lease->until_ns;
}

/* Of those whose lease is over by this record of their node, or at the end of the run; each lease
 * is named once. */
static void judge_over(struct checker *checker, const struct record *by,
                       bool is_late(const struct checker *, const struct record *, int64_t))
{
    struct checker_lease_node *node = &checker->leases->nodes[by->node];
    if (!is_late(checker, by, node->over_from_ns))
        return;
    node->over_from_ns = TIME_NEVER;
    for (uint32_t slot = 0; slot < checker->setup.slots; slot++) {
        struct checker_lease *lease = checker_lease_find(checker, slot, by->node);
        if (!lease || !lease->workers)
            continue;
        if (!is_late(checker, by, lease->until_ns)) {
            checker_lease_note_over_from(checker, lease);
            continue;
        }
        checker_breach(checker, RULE_LEASE_BEFORE_SERVE, by, NULL,
                       "%" PRIu64 " worker%s of slot %" PRIu32 " on " PRInode
                       " live%s on at %s, its lease was until %s",
                       lease->workers, lease->workers == 1 ? "" : "s", slot, NODE_SHOWN(by->node),
                       lease->workers == 1 ? "s" : "", duration_exact(by->clock_ns).text,
                       duration_exact(lease->until_ns).text);
        lease->workers = 0;
    }
}

void checker_lease_workers_judge_over(struct checker *checker, const struct record *record)
{
    judge_over(checker, record, checker_node_is_late);
}

void checker_lease_workers_end(struct checker *checker, const struct record *by)
{
    const struct checker_node *node = &checker->nodes[by->node];
    if (checker->leases->nodes[by->node].ending)
        judge_ending(checker, by);
    if (node->up && !node->frozen)
        judge_over(checker, by, checker_node_is_late_at_end);
}

/* ---- what workers do ----------------------------------------------------------------------- */

void checker_lease_worker_judge(struct checker *checker, const struct record *record,
                                const char *what)
{
    const struct checker_lease *own = checker_lease_of_id(checker, record);
    bool bears = record->kind == RECORD_LOAD || record->kind == RECORD_SERVE;
    struct token token = {record->epoch, record->number};
    if (!own)
        checker_breach(checker, RULE_LEASE_BEFORE_SERVE, record, &record->id,
                       PRIworker " %s, and its node has no lease of its slot",
                       WORKER_SHOWN(&record->id, record->node, record->worker), what);
    else if (record->clock_ns >= own->until_ns)
        checker_breach(checker, RULE_NO_SERVE_LATE, record, &record->id,
                       PRIworker " %s at %s, its node's lease was until %s",
                       WORKER_SHOWN(&record->id, record->node, record->worker), what,
                       duration_exact(record->clock_ns).text, duration_exact(own->until_ns).text);
    else if (bears && token_compare(&token, &own->token) != 0)
        checker_breach(checker, RULE_TOKEN_GROWS, record, &record->id,
                       PRIworker " %s with the token " PRItoken ", its lease has " PRItoken,
                       WORKER_SHOWN(&record->id, record->node, record->worker), what,
                       TOKEN_SHOWN(token), TOKEN_SHOWN(own->token));
}

static void note_ending(struct checker *checker, const struct record *record,
                        struct checker_lease *own)
{
    struct checker_lease_node *node = &checker->leases->nodes[record->node];
    node->ending += !own->ending;
    node->ending_t_ns = record->t_ns;
    node->ending_clock_ns = record->clock_ns;
    node->ending_step = record->step;
    own->ending = true;
}

void checker_lease_worker_count(struct checker *checker, const struct record *record)
{
    struct checker_lease *own = checker_lease_of_id(checker, record);
    if (own && record->kind == RECORD_LOST && record->code == DOWN_LEASE)
        note_ending(checker, record, own);
    if (own && record->kind == RECORD_START) {
        own->workers++;
        checker_lease_note_over_from(checker, own);
    } else if (own && own->workers)
        own->workers--;
}
