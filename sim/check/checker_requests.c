#include "base/duration.h"
#include "check/checker_state.h"

#include "trace/timeline.h"

#include <inttypes.h>

struct check_request *request_find(struct checker *check, uint64_t number)
{
    if (check->recent && check->recent->number == number)
        return check->recent;
    struct probe probe = table_probe(&check->by_request, random_mix(number));
    for (uint32_t slot; (slot = table_next(&check->by_request, &probe)) != TABLE_NONE;) {
        struct check_request *request = pool_at(&check->requests, slot);
        if (request->number != number)
            continue;
        check->recent = request;
        return request;
    }
    return NULL;
}

/* The request if it is open and the record's node is its caller. */
static struct check_request *find_own(struct checker *check, const struct record *record)
{
    struct check_request *request = request_find(check, record->request);
    return request && request->open && request->caller == record->node ? request : NULL;
}

struct entry *request_entry_at(const struct check_request *request, node_id node)
{
    struct entry *oldest = NULL;
    for (struct entry *entry = request->entries; entry; entry = entry->next_of_request)
        if (entry->place->node == node)
            oldest = entry;
    return oldest;
}

/* ---- making and ending --------------------------------------------------------------------- */

static struct check_request *add(struct checker *check, const struct record *record)
{
    uint64_t hash = random_mix(record->request);
    struct check_id *id = id_of(check, &record->id);
    if (!id)
        return NULL;
    uint32_t slot = pool_take(&check->requests);
    if (slot == POOL_NONE || table_insert(&check->by_request, hash, slot)) {
        if (slot != POOL_NONE)
            pool_give(&check->requests, slot);
        id_release(check, id);
        check_give_up(check);
        return NULL;
    }
    struct check_request *request = pool_at(&check->requests, slot);
    request->slot = slot;
    request->number = record->request;
    request->id = id;
    check->recent = request;
    return request;
}

static void open_add(struct checker *check, struct check_request *request)
{
    struct check_node *node = &check->nodes[request->caller];
    request->open = true;
    request->next = node->requests;
    if (node->requests)
        node->requests->previous = request;
    node->requests = request;
    check->open++;
}

static void open_remove(struct checker *check, struct check_request *request)
{
    if (request->previous)
        request->previous->next = request->next;
    else
        check->nodes[request->caller].requests = request->next;
    if (request->next)
        request->next->previous = request->previous;
    request->open = false;
    check->open--;
}

void request_release(struct checker *check, struct check_request *request)
{
    if (request->open || request->messages || request->entries)
        return;
    if (check->recent == request)
        check->recent = NULL;
    table_remove(&check->by_request, random_mix(request->number), request->slot);
    members_release(check, request->members);
    id_release(check, request->id);
    pool_give(&check->requests, request->slot);
}

/* Over at its caller: it waits there no longer, unless it is in its turn. */
void request_abandon(struct checker *check, struct check_request *request)
{
    open_remove(check, request);
    struct entry *entry = request_entry_at(request, request->caller);
    if (entry)
        entry_excuse(check, entry);
    request_release(check, request);
}

void check_request(struct checker *check, const struct record *record)
{
    if (request_find(check, record->request)) {
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "request %" PRIu64 " is made at " PRInode " though it was made before",
                     record->request, NODE_SHOWN(record->node));
        return;
    }
    struct check_request *request = add(check, record);
    if (!request)
        return;
    __builtin_prefetch(request->id->recent); /* where it will wait; see check_send */
    request->caller = record->node;
    request->deadline_ns = record->amount;
    request->owner = NODE_NONE;
    open_add(check, request);
    if (record->amount - record->clock_ns != check->setup.timeout_ns)
        check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                     "request %" PRIu64 " has %s for its answer, not %s", record->request,
                     duration_exact(record->amount - record->clock_ns).text,
                     duration_exact(check->setup.timeout_ns).text);
}

/* ---- routing ------------------------------------------------------------------------------- */

/* The owner in the set, found anew only when the id was last looked up in another one. */
static node_id owner_in(const struct checker *check, const struct check_request *request,
                        const struct member_set *members)
{
    struct check_id *id = request->id;
    if (check->setup.route == ROUTE_SELF_FIRST)
        return route_owner(&check->router, &members->view, request->caller, &id->id);
    if (id->owner_serial != members->serial) {
        id->owner = route_owner(&check->router, &members->view, request->caller, &id->id);
        id->owner_serial = members->serial;
    }
    return id->owner;
}

static void judge_owner(struct checker *check, const struct record *record,
                        const struct check_request *request)
{
    const struct member_set *members = request->members;
    if (!members || !view_has(&members->view, request->caller)) {
        check_breach(check, RULE_ONE_OWNER, record, &request->id->id,
                     PRInode " routes request %" PRIu64 " without a view that has itself",
                     NODE_SHOWN(record->node), request->number);
        return;
    }
    node_id owner = owner_in(check, request, members);
    if (owner != record->peer)
        check_breach(check, RULE_ONE_OWNER, record, &request->id->id,
                     PRInode " routes request %" PRIu64 " to " PRInode
                             ", but in its view %s the owner is " PRInode,
                     NODE_SHOWN(record->node), request->number, NODE_SHOWN(record->peer),
                     members_text(&members->view).text, NODE_SHOWN(owner));
}

static void route_first(struct checker *check, const struct record *record,
                        struct check_request *request)
{
    if (request->routed) {
        check_breach(check, RULE_ONE_HOP, record, &request->id->id,
                     PRInode " routes request %" PRIu64 " a second time", NODE_SHOWN(record->node),
                     request->number);
        return;
    }
    request->routed = true;
    request->owner = record->peer;
    request->members = check->nodes[record->node].members;
    members_use(request->members);
    judge_owner(check, record, request);
    if (record->peer == record->node)
        place_enter(check, record, request, request->deadline_ns, 1);
}

static void route_again(struct checker *check, const struct record *record,
                        struct check_request *request)
{
    bool first = !request->tried_here && request->routed && request->owner != record->node;
    if (check->setup.no_fallback)
        check_breach(check, RULE_ONE_HOP, record, &request->id->id,
                     PRInode " tries request %" PRIu64 " again though there is no fallback",
                     NODE_SHOWN(record->node), request->number);
    if (record->peer != record->node)
        check_breach(check, RULE_ONE_OWNER, record, &request->id->id,
                     PRInode " tries request %" PRIu64 " again on " PRInode ", not on its own node",
                     NODE_SHOWN(record->node), request->number, NODE_SHOWN(record->peer));
    else if (!first)
        check_breach(check, RULE_ONE_HOP, record, &request->id->id,
                     PRInode " tries request %" PRIu64 " on its own node a second time",
                     NODE_SHOWN(record->node), request->number);
    else
        place_enter(check, record, request, request->deadline_ns, 2);
    request->tried_here = true;
}

void check_route(struct checker *check, const struct record *record)
{
    struct check_request *request = find_own(check, record);
    if (!request)
        check_breach(check, RULE_ONE_HOP, record, &record->id,
                     PRInode " routes request %" PRIu64 ", which is not open there",
                     NODE_SHOWN(record->node), record->request);
    else if (record->code == 1)
        route_first(check, record, request);
    else
        route_again(check, record, request);
}

/* ---- outcomes ------------------------------------------------------------------------------ */

static const struct served *served_by(const struct check_request *request, uint64_t worker)
{
    for (uint32_t i = 0; i < SERVED_MAX; i++)
        if (request->served[i].worker == worker)
            return &request->served[i];
    return NULL;
}

static void not_open(struct checker *check, const struct record *record)
{
    check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                 "request %" PRIu64 " ends at " PRInode ", where it is not open", record->request,
                 NODE_SHOWN(record->node));
}

static void past_deadline(struct checker *check, const struct record *record,
                          const struct check_request *request)
{
    check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                 "request %" PRIu64 " ends at %s on the clock of " PRInode ", its deadline was %s",
                 request->number, duration_exact(record->clock_ns).text, NODE_SHOWN(record->node),
                 duration_exact(request->deadline_ns).text);
}

static void judge_answer(struct checker *check, const struct record *record,
                         const struct check_request *request)
{
    const struct served *served = served_by(request, record->worker);
    if (!record->worker || !served || served->node != record->peer)
        check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                     "request %" PRIu64 " is answered by worker %" PRIu64 " on " PRInode
                     ", which did not serve it",
                     request->number, record->worker, NODE_SHOWN(record->peer));
    else if (!print_equal(served->value, print_of(&record->value)))
        check_breach(check, RULE_ONE_VALUE, record, &record->id,
                     "request %" PRIu64 " is answered with another value than worker %" PRIu64
                     " gave",
                     request->number, record->worker);
}

/* Of what it tells of itself, against its own clock. */
static void judge_latency(struct checker *check, const struct record *record,
                          const struct check_request *request)
{
    int64_t took_ns = record->clock_ns - (request->deadline_ns - check->setup.timeout_ns);
    if (record->amount != took_ns)
        check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                     "request %" PRIu64 " is said to have taken %s, it took %s", request->number,
                     duration_exact(record->amount).text, duration_exact(took_ns).text);
}

void check_reply(struct checker *check, const struct record *record)
{
    struct check_request *request = find_own(check, record);
    if (!request) {
        not_open(check, record);
        return;
    }
    if (record->clock_ns >= request->deadline_ns)
        past_deadline(check, record, request);
    judge_answer(check, record, request);
    judge_latency(check, record, request);
    request_abandon(check, request);
}

static bool says_that_none_ran(uint8_t outcome)
{
    return outcome != OUTCOME_VALUE && outcome != OUTCOME_TIMEOUT && outcome != OUTCOME_CALLER_LOST;
}

static void judge_timeout(struct checker *check, const struct record *record,
                          const struct check_request *request)
{
    if (record->clock_ns < request->deadline_ns)
        check_breach(check, RULE_ONE_OUTCOME, record, &record->id,
                     "request %" PRIu64 " times out at %s on the clock of " PRInode
                     ", before its deadline at %s",
                     request->number, duration_exact(record->clock_ns).text,
                     NODE_SHOWN(record->node), duration_exact(request->deadline_ns).text);
    else if (node_is_late(check, record, request->deadline_ns))
        past_deadline(check, record, request);
}

void check_fail(struct checker *check, const struct record *record)
{
    struct check_request *request = find_own(check, record);
    if (!request) {
        not_open(check, record);
        return;
    }
    if (record->code == OUTCOME_TIMEOUT)
        judge_timeout(check, record, request);
    else if (record->code != OUTCOME_CALLER_LOST && record->clock_ns >= request->deadline_ns)
        past_deadline(check, record, request);
    struct check_node *node = &check->nodes[record->node];
    if (record->code == OUTCOME_CALLER_LOST && node->up) {
        node->owes |= OWES_CRASH;
        node->lost_caller = request->number;
    }
    request->refused = says_that_none_ran(record->code);
    if (request->refused && request->served[0].worker)
        check_breach(check, RULE_HONEST_ERRORS, record, &record->id,
                     "request %" PRIu64 " fails with %s though worker %" PRIu64 " served it",
                     request->number, outcome_name(record->code), request->served[0].worker);
    request_abandon(check, request);
}
