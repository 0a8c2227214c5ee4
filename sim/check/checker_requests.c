#include "check/checker_parts.h"

#include "base/bits.h"
#include "base/duration.h"
#include "base/number.h"
#include "node/id.h"

#include <inttypes.h>
#include <stdio.h>

struct checker_request *checker_request_find(struct checker *checker, uint64_t number)
{
    if (checker->recent && checker->recent->number == number)
        return checker->recent;
    struct checker_request *request =
        pool_map_find_number(&checker->requests, struct checker_request, number, number);
    if (request)
        checker->recent = request;
    return request;
}

/* The request if it is open and the record's node is its caller. */
static struct checker_request *find_own(struct checker *checker, const struct record *record)
{
    struct checker_request *request = checker_request_find(checker, record->request);
    return request && request->open && request->caller == record->node ? request : NULL;
}

struct checker_entry *checker_request_entry_at(const struct checker_request *request, node_id node,
                                               uint8_t try)
{
    struct checker_entry *oldest = NULL;
    for (struct checker_entry *entry = request->entries; entry; entry = entry->next_of_request)
        if (entry->place->node == node && (!try || entry->try == try))
            oldest = entry;
    return oldest;
}

/* ---- making and ending --------------------------------------------------------------------- */

static struct checker_request *add(struct checker *checker, const struct record *record)
{
    uint32_t slot;
    struct checker_id *id = checker_id_of(checker, &record->id);
    if (!id)
        return NULL;
    struct checker_request *request =
        pool_map_add(&checker->requests, hash_map_number(record->request), &slot);
    if (!request) {
        checker_id_release(checker, id);
        checker_give_up(checker);
        return NULL;
    }
    request->slot = slot;
    request->number = record->request;
    request->id = id;
    checker->recent = request;
    return request;
}

static void open_add(struct checker *checker, struct checker_request *request)
{
    request->open = true;
    list_add_first(&checker->nodes[request->caller].requests, &request->of_caller);
    checker->open++;
}

static void open_remove(struct checker *checker, struct checker_request *request)
{
    list_remove(&request->of_caller);
    request->open = false;
    checker->open--;
}

void checker_request_release(struct checker *checker, struct checker_request *request)
{
    if (request->open || request->messages || request->entries)
        return;
    if (checker->recent == request)
        checker->recent = NULL;
    for (int i = 0; i < 2; i++)
        checker_members_release(checker, request->members[i]);
    checker_id_release(checker, request->id);
    pool_map_remove(&checker->requests, hash_map_number(request->number), request->slot);
}

/* The request has ended at its caller: its entry there leaves, unless it is in its turn. */
void checker_request_abandon(struct checker *checker, struct checker_request *request)
{
    open_remove(checker, request);
    struct checker_entry *entry = checker_request_entry_at(request, request->caller, 0);
    if (entry)
        checker_entry_excuse(checker, entry);
    checker_request_release(checker, request);
}

void checker_take_request(struct checker *checker, const struct record *record)
{
    if (checker_request_find(checker, record->request)) {
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "request %" PRIu64 " is made at " PRInode " though it was made before",
                       record->request, NODE_SHOWN(record->node));
        return;
    }
    struct checker_request *request = add(checker, record);
    if (!request)
        return;
    __builtin_prefetch(request->id->recent); /* where it will wait; see checker_take_send */
    request->caller = record->node;
    request->made_ns = record->clock_ns;
    request->deadline_ns = request->due_ns = record->amount;
    if (checker->setup.late_ns) /* the node may have come to it after its deadline */
        request->due_ns = max_i64(request->due_ns, checker->nodes[record->node].latest_clock_ns);
    request->owner = request->tried = NODE_NONE;
    open_add(checker, request);
    if (record->amount <= record->clock_ns) /* its own timeout may be any */
        checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                       "request %" PRIu64 " has no time for its answer", record->request);
    if (record->gap_ns)
        checker_source_made(checker, record);
}

/* ---- routing ------------------------------------------------------------------------------- */

static node_id owner_in_view(const struct checker *checker, const struct view *view, node_id asking,
                             const struct text *id)
{
    return route_preferred(&checker->router, view, asking, id, checker->setup.slots);
}

/* The owner in the set, found anew only when the id was last looked up in another one. */
static node_id owner_in(const struct checker *checker, const struct checker_request *request,
                        const struct member_set *members)
{
    struct checker_id *id = request->id;
    if (checker->setup.route == ROUTE_SELF_FIRST)
        return owner_in_view(checker, &members->view, request->caller, &id->id);
    if (id->owner_serial != members->serial) {
        id->owner = owner_in_view(checker, &members->view, request->caller, &id->id);
        id->owner_serial = members->serial;
    }
    return id->owner;
}

void checker_request_named(const struct checker *checker, const struct record *refusal,
                           struct checker_request *request)
{
    const struct member_set *members = checker->nodes[refusal->node].members;
    request->named = members && members->view.count
                         ? owner_in_view(checker, &members->view, refusal->node, &request->id->id)
                         : NODE_NONE;
}

static void judge_owner(struct checker *checker, const struct record *record,
                        const struct checker_request *request)
{
    struct member_set *members = request->members[request->tries - 1];
    bool leaves = checker->nodes[request->caller].leaves;
    if (!members || (!leaves && !view_has(&members->view, request->caller))) {
        checker_breach(checker, RULE_ONE_OWNER, record, &request->id->id,
                       PRInode " routes request %" PRIu64 " without a view that has itself",
                       NODE_SHOWN(record->node), request->number);
        return;
    }
    node_id owner = owner_in(checker, request, members);
    if (owner != record->peer)
        checker_breach(checker, RULE_ONE_OWNER, record, &request->id->id,
                       PRInode " routes request %" PRIu64 " to " PRInode
                               ", but in its view %s the owner is " PRInode,
                       NODE_SHOWN(record->node), request->number, NODE_SHOWN(record->peer),
                       checker_members_text(members), NODE_SHOWN(owner));
}

/* Its last try is routed in the caller's present view. */
static void use_members(const struct checker *checker, const struct record *record,
                        struct checker_request *request)
{
    struct member_set **members = &request->members[request->tries - 1];
    if (*members)
        return; /* tried once too often */
    *members = checker->nodes[record->node].members;
    checker_members_use(*members);
}

static void route_first(struct checker *checker, const struct record *record,
                        struct checker_request *request)
{
    if (request->tries) {
        checker_breach(checker, RULE_ONE_HOP, record, &request->id->id,
                       PRInode " routes request %" PRIu64 " a second time",
                       NODE_SHOWN(record->node), request->number);
        return;
    }
    request->tries = 1;
    request->routed_ns = record->clock_ns;
    request->owner = request->tried = record->peer;
    use_members(checker, record, request);
    judge_owner(checker, record, request);
    if (record->peer == record->node)
        checker_place_enter(checker, record, request, request->deadline_ns, 1);
}

/* Whether the further try is to be at the owner in the caller's present view. Where views are
 * static one that a leaving node has refused is tried as the fallback wants it. */
static bool goes_to_owner(const struct checker *checker, const struct record *record)
{
    bool refused = record->why == WHY_REFUSED && !checker->setup.views_static;
    return refused || checker->setup.fallback_owner;
}

/* Whether the caller has just heard another life of the owner than it knew: then the owner has lost
 * the request, and need not have been out of the view. */
static bool hears_of_a_restart(const struct checker *checker, const struct record *record,
                               const struct checker_node *caller, node_id owner)
{
    return caller->renewed == owner &&
           checker_is_of_step(checker, record, caller->renewed_t_ns, caller->renewed_clock_ns,
                              caller->renewed_step);
}

/* Whether it waited on its caller's own node, for a lease or a worker that moves, and that node
 * leaves. */
static bool leaves_what_waits(const struct checker *checker, const struct checker_request *request)
{
    bool held = checker->setup.slots || checker->setup.hand_over;
    return held && (request->owner == request->caller || request->handed) &&
           checker->nodes[request->caller].leaves;
}

/* Why the reason for the further try can't be true; NULL: it can. An owner that is out of reach is
 * lost at once, and where views are static it stays in them. */
static const char *false_cause(const struct checker *checker, const struct record *record,
                               const struct checker_request *request)
{
    const struct checker_node *caller = &checker->nodes[record->node];
    bool renewed = hears_of_a_restart(checker, record, caller, request->owner);
    bool told = (caller->leaving && bits_has(caller->leaving, request->owner)) ||
                (renewed && caller->renewed_left);
    bool seen = !renewed && caller->members && view_has(&caller->members->view, request->owner);
    switch (record->why) {
    case WHY_RETRY:
        return record->clock_ns - request->routed_ns < checker->setup.retry_ns
                   ? "it has waited for less than that"
                   : NULL;
    case WHY_LEFT:
        return told || request->handed ? NULL : "the owner has not said that it leaves";
    case WHY_LOST:
        return seen && !request->handed && !checker->setup.views_static ? "the owner is in its view"
                                                                        : NULL;
    case WHY_MOVED:
        return record->peer == request->named || request->owner == request->caller ||
                       (caller->members && caller->members->view.count &&
                        record->peer == owner_in(checker, request, caller->members))
                   ? NULL
                   : "no owner of before has named that node";
    case WHY_REFUSED:
        return request->replied || leaves_what_waits(checker, request) ? NULL
                                                                       : "no answer has come";
    default:
        return "a further try needs one";
    }
}

static void judge_why(struct checker *checker, const struct record *record,
                      const struct checker_request *request)
{
    const char *why = false_cause(checker, record, request);
    if (why)
        checker_breach(checker, RULE_TRUE_CAUSE, record, &request->id->id,
                       PRInode " tries request %" PRIu64 " again by reason of '%s': %s",
                       NODE_SHOWN(record->node), request->number,
                       record->why < WHYS_COUNT ? route_why_name(record->why) : "?", why);
}

static void route_again(struct checker *checker, const struct record *record,
                        struct checker_request *request)
{
    if (request->tries == 1)
        judge_why(checker, record, request);
    bool moved = record->why == WHY_MOVED;
    bool passed_on =
        leaves_what_waits(checker, request) || (moved && request->owner == request->caller);
    bool first =
        request->tries == 1 && (request->owner != record->node || passed_on || request->handed);
    struct checker_entry *waits =
        passed_on ? checker_request_entry_at(request, record->node, 1) : NULL;
    if (waits)
        checker_entry_excuse(checker, waits);
    if (checker->setup.no_fallback && record->why != WHY_REFUSED && !moved)
        checker_breach(checker, RULE_ONE_HOP, record, &request->id->id,
                       PRInode " tries request %" PRIu64 " again though there is no fallback",
                       NODE_SHOWN(record->node), request->number);
    request->tries = 2;
    request->tried = record->peer;
    request->why = record->why;
    request->sent = 0;
    if (moved) {
        use_members(checker, record, request);
    } else if (goes_to_owner(checker, record)) {
        use_members(checker, record, request);
        judge_owner(checker, record, request);
    } else if (record->peer != record->node) {
        checker_breach(checker, RULE_ONE_OWNER, record, &request->id->id,
                       PRInode " tries request %" PRIu64 " again on " PRInode
                               ", not on its own node",
                       NODE_SHOWN(record->node), request->number, NODE_SHOWN(record->peer));
    }
    if (!first)
        checker_breach(checker, RULE_ONE_HOP, record, &request->id->id,
                       PRInode " tries request %" PRIu64 " once more than it may",
                       NODE_SHOWN(record->node), request->number);
    else if (record->peer == record->node)
        checker_place_enter(checker, record, request, request->deadline_ns, 2);
}

void checker_take_route(struct checker *checker, const struct record *record)
{
    struct checker_request *request = find_own(checker, record);
    if (!request)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " routes request %" PRIu64 ", which is not open there",
                       NODE_SHOWN(record->node), record->request);
    else if (record->code == 1)
        route_first(checker, record, request);
    else
        route_again(checker, record, request);
}

/* ---- outcomes ------------------------------------------------------------------------------ */

static const struct checker_answer *served_by(const struct checker_request *request,
                                              uint64_t worker)
{
    for (uint32_t i = 0; i < SERVED_MAX; i++)
        if (request->served[i].worker == worker && !request->served[i].failed)
            return &request->served[i];
    return NULL;
}

static bool had_failing_turn(const struct checker_request *request)
{
    for (uint32_t i = 0; i < SERVED_MAX; i++)
        if (request->served[i].failed)
            return true;
    return false;
}

static void not_open(struct checker *checker, const struct record *record)
{
    checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                   "request %" PRIu64 " ends at " PRInode ", where it is not open", record->request,
                   NODE_SHOWN(record->node));
}

static void past_deadline(struct checker *checker, const struct record *record,
                          const struct checker_request *request)
{
    checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                   "request %" PRIu64 " ends at %s on the clock of " PRInode
                   ", its deadline was %s",
                   request->number, duration_exact(record->clock_ns).text, NODE_SHOWN(record->node),
                   duration_exact(request->deadline_ns).text);
}

static void judge_answer(struct checker *checker, const struct record *record,
                         const struct checker_request *request)
{
    const struct checker_answer *served = served_by(request, record->worker);
    if (!record->worker || !served || served->node != record->peer)
        checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                       "request %" PRIu64 " is answered by " PRIworker ", which did not serve it",
                       request->number, WORKER_SHOWN(&record->id, record->peer, record->worker));
    else if (!fingerprint_equal(served->value, fingerprint_of(&record->value)))
        checker_breach(checker, RULE_ONE_VALUE, record, &record->id,
                       "request %" PRIu64 " is answered with another value than " PRIworker " gave",
                       request->number, WORKER_SHOWN(&record->id, record->peer, record->worker));
}

/* The latency in the record, against the node's own clock. */
static void judge_latency(struct checker *checker, const struct record *record,
                          const struct checker_request *request)
{
    int64_t took_ns = record->clock_ns - request->made_ns;
    if (record->amount != took_ns)
        checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                       "request %" PRIu64 " is said to have taken %s, it took %s", request->number,
                       duration_exact(record->amount).text, duration_exact(took_ns).text);
}

void checker_take_reply(struct checker *checker, const struct record *record)
{
    struct checker_request *request = find_own(checker, record);
    if (!request) {
        not_open(checker, record);
        return;
    }
    if (record->clock_ns >= request->deadline_ns)
        past_deadline(checker, record, request);
    judge_answer(checker, record, request);
    judge_latency(checker, record, request);
    checker_request_abandon(checker, request);
}

static bool says_that_none_ran(uint8_t outcome)
{
    return outcome != OUTCOME_VALUE && outcome != OUTCOME_TIMEOUT &&
           outcome != OUTCOME_OWNER_LOST && outcome != OUTCOME_CALLER_LOST &&
           outcome != OUTCOME_WORK_FAILED;
}

static void judge_timeout(struct checker *checker, const struct record *record,
                          const struct checker_request *request)
{
    if (record->clock_ns < request->deadline_ns)
        checker_breach(checker, RULE_ONE_OUTCOME, record, &record->id,
                       "request %" PRIu64 " times out at %s on the clock of " PRInode
                       ", before its deadline at %s",
                       request->number, duration_exact(record->clock_ns).text,
                       NODE_SHOWN(record->node), duration_exact(request->deadline_ns).text);
    else if (checker_node_is_late(checker, record, request->due_ns))
        past_deadline(checker, record, request);
}

void checker_take_fail(struct checker *checker, const struct record *record)
{
    struct checker_request *request = find_own(checker, record);
    if (!request) {
        not_open(checker, record);
        return;
    }
    if (record->code == OUTCOME_TIMEOUT)
        judge_timeout(checker, record, request);
    else if (record->code != OUTCOME_CALLER_LOST && record->clock_ns >= request->deadline_ns)
        past_deadline(checker, record, request);
    struct checker_node *node = &checker->nodes[record->node];
    if (record->code == OUTCOME_CALLER_LOST && node->up) {
        node->obligations |= OBLIGATION_CRASH;
        node->lost_caller = request->number;
    }
    request->refused = says_that_none_ran(record->code);
    if (record->code == OUTCOME_WORK_FAILED && checker->setup.all && !had_failing_turn(request))
        checker_breach(checker, RULE_HONEST_ERRORS, record, &record->id,
                       "request %" PRIu64 " fails with %s though no turn failed for it",
                       request->number, outcome_name(record->code));
    if (request->refused && request->served[0].worker)
        checker_breach(
            checker, RULE_HONEST_ERRORS, record, &record->id,
            "request %" PRIu64 " fails with %s though " PRIworker " served it", request->number,
            outcome_name(record->code),
            WORKER_SHOWN(&request->id->id, request->served[0].node, request->served[0].worker));
    checker_request_abandon(checker, request);
}
