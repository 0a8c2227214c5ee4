/* Workers that move: what one was on its old node it must be on the new one.
 *
 * Between its end there and its start here it is nobody's, and nothing answers for it. Here it has
 * the value that it had, no more of its life than was left of it less the time on the way, and
 * where it came from it does not come back. */
#include "check/checker_parts.h"

#include "base/duration.h"
#include "base/number.h"

#include <inttypes.h>

/* A worker that has left its node and has not come to another one; most are there soon, and some
 * never come. */
struct checker_move {
    uint64_t number;
    int64_t rest_ns; /* of its life when it left */
    int64_t t_ns;    /* when that was */
    struct fingerprint value;
    struct worker_origin origin;
    struct worker_line line;
    uint32_t slot;
    node_id to;
    bool has_value;
    bool failed;
};

/* So many moves, and so many requests that were passed on, are kept before the first sweep of those
 * that are over; it takes out so many at a go. */
#define KEPT_LEAST 256u
#define SWEPT_MOST 256u

void checker_moves_init(struct checker *checker)
{
    pool_map_init(&checker->moves, sizeof(struct checker_move));
    checker->moves_kept = checker->handed_kept = KEPT_LEAST;
}

void checker_moves_close(struct checker *checker)
{
    pool_map_close(&checker->moves);
}

/* ---- what never comes ---------------------------------------------------------------------- */

/* What was lost on its way comes no more once its life is over on the slowest clock. */
static bool is_over(const struct checker_move *move, int64_t t_ns)
{
    return (t_ns - move->t_ns - NS_PER_S) / 2 > max_i64(move->rest_ns, 0);
}

static void sweep_moves(struct checker *checker, int64_t t_ns)
{
    struct checker_move *over[SWEPT_MOST];
    uint32_t count;
    do {
        count = 0;
        pool_map_each (struct checker_move, move, &checker->moves)
            if (count < SWEPT_MOST && is_over(move, t_ns))
                over[count++] = move;
        for (uint32_t i = 0; i < count; i++) {
            checker_members_release(checker, over[i]->origin.members);
            pool_map_remove(&checker->moves, hash_map_number(over[i]->number), over[i]->slot);
        }
    } while (count == SWEPT_MOST);
    checker->moves_kept = (uint32_t)max_i64(KEPT_LEAST, 2 * (int64_t)checker->moves.pool.count);
}

/* Ended at its caller, with its time over, and on its way to others alone: perhaps lost. */
static bool is_left_over(const struct checker *checker, const struct checker_request *request)
{
    if (request->open || request->messages ||
        checker->nodes[request->caller].seen_clock_ns - NS_PER_S < request->deadline_ns)
        return false;
    const struct checker_entry *entry = request->entries;
    while (entry && entry->handed)
        entry = entry->next_of_request;
    return !entry;
}

/* From then on it is one that was passed on when it was forgotten. */
static void forget(struct checker *checker, struct checker_request *request)
{
    checker->handed_unknown++;
    for (struct checker_entry *entry; (entry = request->entries);) {
        struct checker_place *place = entry->place;
        checker_entry_remove(checker, entry);
        checker_place_release(checker, place);
    }
    checker_request_release(checker, request);
}

static void sweep_handed(struct checker *checker)
{
    struct checker_request *over[SWEPT_MOST];
    uint32_t count;
    do {
        count = 0;
        pool_map_each (struct checker_request, request, &checker->requests)
            if (count < SWEPT_MOST && request->handed && is_left_over(checker, request))
                over[count++] = request;
        for (uint32_t i = 0; i < count; i++)
            forget(checker, over[i]);
    } while (count == SWEPT_MOST);
    checker->handed_kept = (uint32_t)max_i64(KEPT_LEAST, 2 * (int64_t)checker->handed);
}

/* ---- leaving ------------------------------------------------------------------------------- */

/* Of its life. What it last answered may be on no record: then a whole one, at the most. */
static int64_t rest_ns_of(const struct checker *checker, const struct record *record,
                          const struct checker_worker *worker)
{
    int64_t rest_ns = checker_worker_end_ns(worker) - record->clock_ns;
    return checker_knows_life(checker) ? rest_ns : max_i64(rest_ns, checker->setup.ttl_ns);
}

static void note(struct checker *checker, const struct record *record,
                 const struct checker_worker *worker)
{
    uint32_t slot;
    if (checker->moves.pool.count >= checker->moves_kept)
        sweep_moves(checker, record->t_ns);
    struct checker_move *move =
        pool_map_add(&checker->moves, hash_map_number(record->worker), &slot);
    if (!move) {
        checker_give_up(checker);
        return;
    }
    move->slot = slot;
    move->number = record->worker;
    move->rest_ns = rest_ns_of(checker, record, worker);
    move->t_ns = record->t_ns;
    move->to = record->peer;
    move->value = worker->value;
    move->has_value = worker->has_value;
    move->failed = worker->failed;
    move->line = worker->line;
    move->origin = worker->origin; /* but it is there by this node's view */
    move->origin.caller = record->node;
    move->origin.try = 1;
    move->origin.why = WHY_FIRST;
    move->origin.members = checker->nodes[record->node].members;
    if (move->origin.members)
        checker_members_use(move->origin.members);
}

void checker_take_moved(struct checker *checker, const struct record *record)
{
    struct checker_worker *worker = checker_worker_find(checker, record->worker);
    if (!worker || worker->place->node != record->node) {
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       PRIworker " moves and does not live there",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
        return;
    }
    struct checker_place *place = worker->place;
    const struct checker_entry *waits =
        checker_place_first_required(checker, place, record->clock_ns);
    if (waits)
        checker_breach(checker, RULE_NOTHING_LOST, record, &record->id,
                       PRIworker " moves while request %" PRIu64 " waits",
                       WORKER_SHOWN(&record->id, record->node, record->worker),
                       waits->request->number);
    note(checker, record, worker);
    checker_place_end_turn(checker, place);
    checker_worker_remove(checker, worker, record->t_ns);
    checker_place_release(checker, place);
}

/* What waited for it, or for one that moved before, goes on at the other node. The caller was told
 * before, if it is another one: then nothing waits here any more. */
void checker_take_handed(struct checker *checker, const struct record *record)
{
    struct checker_request *request = checker_request_find(checker, record->request);
    if (record->peer == record->node)
        checker_breach(checker, RULE_APART, record, &record->id,
                       PRInode " passes request %" PRIu64 " on to itself", NODE_SHOWN(record->node),
                       record->request);
    checker->handed_unknown += !request;
    if (!request)
        return;
    struct checker_entry *entry = checker_request_entry_at(request, record->node, record->code);
    if (request->caller == record->node && !entry && request->open && record->code == 1 &&
        !request->handed)
        checker_breach(checker, RULE_NOTHING_LOST, record, &record->id,
                       PRInode " hands request %" PRIu64 " on, which does not wait there",
                       NODE_SHOWN(record->node), record->request);
    if (entry) {
        struct checker_place *place = entry->place;
        checker_entry_remove(checker, entry);
        checker_place_release(checker, place);
    }
    request->handed = request->id->handed = true;
    struct member_set **members = &request->members[record->code == 2];
    checker_members_release(checker, *members);
    *members = checker->nodes[record->node].members;
    if (*members)
        checker_members_use(*members);
    if (record->peer < checker->setup.nodes)
        checker_place_expect(checker, record, record->peer, request);
    if (checker->handed >= checker->handed_kept)
        sweep_handed(checker);
}

/* ---- coming -------------------------------------------------------------------------------- */

/* What is left of its life at the most; clocks may run fast or slow by so much of what went by. */
static int64_t rest_most_ns(const struct checker *checker, const struct record *start,
                            const struct checker_move *move)
{
    int64_t way_ns = start->t_ns - move->t_ns;
    int64_t off_ns = checker->setup.clocks_exact ? 0 : way_ns / 10;
    return move->rest_ns - way_ns + off_ns + checker->setup.error_ns;
}

static void judge(struct checker *checker, const struct record *start,
                  const struct checker_move *move)
{
    if (start->amount > rest_most_ns(checker, start, move))
        checker_breach(checker, RULE_TTL, start, &start->id,
                       PRIworker " comes to " PRInode
                                 " to live for %s, but at the most %s were left",
                       WORKER_SHOWN(&start->id, start->peer, start->number),
                       NODE_SHOWN(start->node), duration_exact(start->amount).text,
                       duration_exact(rest_most_ns(checker, start, move)).text);
}

/* One that was passed on from where it moved to is here by this node's view, not by that of the one
 * which gave it away. */
static void follow_own_view(struct checker *checker, struct checker_worker *worker, node_id node)
{
    struct member_set *members = checker->nodes[node].members;
    if (members)
        checker_members_use(members);
    checker_members_release(checker, worker->origin.members);
    worker->origin.caller = node;
    worker->origin.members = members;
}

void checker_worker_came(struct checker *checker, const struct record *start,
                         struct checker_worker *worker)
{
    struct checker_move *move =
        pool_map_find_number(&checker->moves, struct checker_move, number, start->number);
    worker->moved = worker->loads = true;
    worker->ttl_ns = start->amount;
    worker->jittered = !checker_knows_life(checker); /* it may have been used since */
    if (!move) {
        checker_breach(checker, RULE_APART, start, &start->id,
                       PRIworker " comes to " PRInode ", but has not moved, or came before",
                       WORKER_SHOWN(&start->id, start->peer, start->number),
                       NODE_SHOWN(start->node));
        return;
    }
    judge(checker, start, move);
    worker->origin = move->origin;
    if (start->node != move->to)
        follow_own_view(checker, worker, start->node);
    worker->line = move->line;
    worker->came_with_value = move->has_value;
    worker->came_failed = move->failed;
    worker->value = move->value;
    pool_map_remove(&checker->moves, hash_map_number(move->number), move->slot);
}

void checker_worker_shows(struct checker *checker, const struct record *record,
                          struct checker_worker *worker)
{
    bool made = record->kind == RECORD_VALUE;
    struct fingerprint value = fingerprint_of(&record->value);
    bool same = made ? worker->came_with_value && fingerprint_equal(worker->value, value)
                     : worker->came_failed;
    if (!same && (worker->came_with_value || worker->came_failed))
        checker_breach(checker, RULE_ONE_VALUE, record, &record->id,
                       PRIworker " is not what it was before it moved",
                       WORKER_SHOWN(&record->id, record->node, record->worker));
}
