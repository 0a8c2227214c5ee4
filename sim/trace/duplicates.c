/* Why an id has a second live worker, and for how long ids have.
 *
 * A worker was started for a request that a caller routed in its own view, or tried again on its
 * own node, or that was handed on to it. So of two workers of one id either one was started by a
 * retry; or it took over from one that was a second worker already; or their callers' views
 * differed; or the route itself depends on the caller. Nothing else may give an id a second worker.
 */
#include "trace/check_state.h"

#include "trace/text.h"

#include <inttypes.h>
#include <stdio.h>

struct reason {
    enum cause cause; /* CAUSES_COUNT: none */
    char text[320];
};

static void by_retry(struct reason *reason, const struct live *worker)
{
    const struct origin *origin = &worker->origin;
    reason->cause = CAUSE_RETRY;
    snprintf(reason->text, sizeof reason->text,
             PRInode " tried again on its own after no answer from " PRInode " (req %" PRIu64 ")",
             NODE_SHOWN(origin->caller), NODE_SHOWN(origin->owner), origin->request);
}

static void by_handing_on(struct reason *reason, const struct live *worker)
{
    reason->cause = CAUSE_HANDED_ON;
    snprintf(reason->text, sizeof reason->text,
             "handed on by the one before it, a duplicate since %s",
             duration_text(worker->origin.handed_since_ns).text);
}

static void by_view(struct reason *reason, const struct live *worker, const struct live *other)
{
    reason->cause = CAUSE_VIEW;
    snprintf(reason->text, sizeof reason->text,
             PRInode "'s view %s makes " PRInode " the owner; " PRInode "'s was started under %s",
             NODE_SHOWN(worker->origin.caller), members_text(&worker->origin.members->view).text,
             NODE_SHOWN(worker->place->node), NODE_SHOWN(other->place->node),
             members_text(&other->origin.members->view).text);
}

static void by_route(struct reason *reason, const struct live *worker)
{
    reason->cause = CAUSE_ROUTE;
    snprintf(reason->text, sizeof reason->text, "self-first: " PRInode " puts itself first",
             NODE_SHOWN(worker->origin.caller));
}

/* Why `worker` started though `other` lived. */
static struct reason reason_of(const struct check *check, const struct live *worker,
                               const struct live *other)
{
    struct reason reason = {.cause = CAUSES_COUNT};
    const struct origin *mine = &worker->origin, *its = &other->origin;
    if (worker->place == other->place)
        snprintf(reason.text, sizeof reason.text, "both are on one node");
    else if (mine->handed_by)
        by_handing_on(&reason, worker);
    else if (mine->try == 2)
        by_retry(&reason, worker);
    else if (its->try == 2)
        by_retry(&reason, other);
    else if (!mine->request || !its->request)
        snprintf(reason.text, sizeof reason.text, "the trace does not tell why");
    else if (mine->members != its->members && mine->members && its->members)
        by_view(&reason, worker, other);
    else if (check->setup.route == ROUTE_SELF_FIRST && mine->caller != its->caller)
        by_route(&reason, worker);
    else
        snprintf(reason.text, sizeof reason.text,
                 "request %" PRIu64 " of " PRInode " and request %" PRIu64 " of " PRInode
                 " were routed in equal views",
                 mine->request, NODE_SHOWN(mine->caller), its->request, NODE_SHOWN(its->caller));
    return reason;
}

static void tell(struct check *check, const struct live *worker, const struct live *other,
                 const struct reason *reason, const struct record *record)
{
    struct record duplicate = record_of(RECORD_DUPLICATE);
    duplicate.t_ns = record->t_ns;
    duplicate.clock_ns = record->clock_ns;
    duplicate.step = record->step;
    duplicate.node = worker->place->node;
    duplicate.id = record->id;
    duplicate.worker = worker->number;
    duplicate.peer = other->place->node;
    duplicate.number = other->number;
    duplicate.value = text_borrow(reason->text, strlen(reason->text));
    check->emit(check->context, &duplicate);
}

/* One worker too many on one node is another rule's breach. */
static void judge_reason(struct check *check, const struct live *worker, const struct live *other,
                         const struct reason *reason, const struct record *record)
{
    if (reason->cause != CAUSES_COUNT || !check->setup.all || worker->place == other->place)
        return;
    check_breach(check, RULE_CAUSE, record, &record->id,
                 "worker %" PRIu64 " started on " PRInode " while worker %" PRIu64
                 " lives on " PRInode ", and nothing explains it: %s",
                 worker->number, NODE_SHOWN(worker->place->node), other->number,
                 NODE_SHOWN(other->place->node), reason->text);
}

static void judge_one_worker(struct check *check, const struct live *worker,
                             const struct live *other, const struct reason *reason,
                             const struct record *record)
{
    if (check->setup.one_worker)
        check_breach(check, RULE_ONE_WORKER, record, &record->id,
                     "worker %" PRIu64 " on " PRInode " and worker %" PRIu64 " on " PRInode
                     " live at once: %s",
                     other->number, NODE_SHOWN(other->place->node), worker->number,
                     NODE_SHOWN(worker->place->node), reason->text);
}

static const struct live *oldest_other(const struct live *worker)
{
    const struct live *other = worker->next_of_id;
    while (other->next_of_id)
        other = other->next_of_id;
    return other;
}

static void note_several(struct check *check, struct live *worker, const struct record *record)
{
    struct check_id *id = worker->place->id;
    worker->duplicate_since_ns =
        worker->origin.handed_by ? worker->origin.handed_since_ns : record->t_ns;
    check->duplicates++;
    if (id->live > 2)
        return;
    id->several_since_ns = record->t_ns;
    check->several_since_sum += (uint64_t)record->t_ns;
    check->several_ids++;
}

/* The last started stands first among the id's workers, so the others follow it. */
void duplicates_started(struct check *check, struct live *worker, const struct record *record)
{
    if (worker->place->id->live < 2)
        return;
    note_several(check, worker, record);
    const struct live *oldest = oldest_other(worker);
    struct reason reason = reason_of(check, worker, oldest);
    if (reason.cause != CAUSES_COUNT)
        check->causes[reason.cause]++;
    tell(check, worker, oldest, &reason, record);
    judge_one_worker(check, worker, oldest, &reason, record);
    judge_reason(check, worker, oldest, &reason, record);
    bool by_itself = worker->origin.handed_by || worker->origin.try == 2;
    for (const struct live *other = worker->next_of_id; other != oldest && !by_itself;
         other = other->next_of_id) {
        reason = reason_of(check, worker, other);
        judge_reason(check, worker, other, &reason, record);
    }
}

void duplicates_ended(struct check *check, const struct live *worker, int64_t t_ns)
{
    const struct check_id *id = worker->place->id;
    if (id->live != 2)
        return;
    check->several_ids--;
    check->several_since_sum -= (uint64_t)id->several_since_ns;
    check->several_ns += t_ns - id->several_since_ns;
    check->several_last_ns = t_ns;
}

/* ---- what is asked of it ------------------------------------------------------------------- */

uint64_t check_duplicates(const struct check *check)
{
    return check->duplicates;
}

uint64_t check_duplicates_by(const struct check *check, enum cause cause)
{
    return check->causes[cause];
}

int64_t check_duplicate_ns(const struct check *check, int64_t now_ns)
{
    uint64_t open_ns = check->several_ids * (uint64_t)now_ns - check->several_since_sum;
    return check->several_ns + (int64_t)open_ns;
}

uint64_t check_duplicate_ids(const struct check *check)
{
    return check->several_ids;
}

int64_t check_last_duplicate_ns(const struct check *check, int64_t now_ns)
{
    return check->several_ids ? now_ns : check->several_last_ns;
}
