/* Who holds which slot's lease, in real time, by the LEASE records alone: no code of the node's is
 * used. A lease is over when its owner's clock shows its `until`, whether or not the owner has got
 * round to saying so. */
#include "check/checker_leases.h"

#include "base/duration.h"
#include "base/memory.h"
#include "node/entries.h"
#include "node/id.h"
#include "trace/fault.h"

#include <inttypes.h>

struct checker_lease *checker_lease_find(const struct checker *checker, uint64_t slot, node_id node)
{
    list_each (link, &checker->leases->slots[slot].leases) {
        struct checker_lease *lease = container_of(link, struct checker_lease, of_slot);
        if (lease->node == node)
            return lease;
    }
    return NULL;
}

struct checker_lease *checker_lease_of_id(const struct checker *checker,
                                          const struct record *record)
{
    return checker_lease_find(checker, id_slot(&record->id, checker->setup.slots), record->node);
}

static void forget(struct checker *checker, struct checker_lease *lease)
{
    list_remove(&lease->of_slot);
    if (list_linked(&lease->contested))
        list_remove(&lease->contested);
    checker->leases->nodes[lease->node].ending -= lease->ending;
    pool_give(&checker->leases->leases, lease->slot);
}

static struct checker_lease *add(struct checker *checker, const struct record *record)
{
    struct checker_leases *leases = checker->leases;
    uint32_t slot = pool_take(&leases->leases);
    if (slot == POOL_NONE) {
        checker_give_up(checker);
        return NULL;
    }
    struct checker_lease *lease = pool_at(&leases->leases, slot);
    lease->slot = slot;
    lease->slot_number = record->number;
    lease->node = record->node;
    list_add_last(&leases->slots[record->number].leases, &lease->of_slot);
    return lease;
}

/* ---- leases -------------------------------------------------------------------------------- */

/* Before a run on a cluster that ran before, records of different nodes have no order in time. */
static bool has_no_order(const struct checker *checker, const struct record *record)
{
    return checker->setup.real_links && record->t_ns == 0;
}

static void judge_token(struct checker *checker, const struct record *record)
{
    struct checker_lease_slot *slot = &checker->leases->slots[record->number];
    struct token token = {record->epoch, record->worker};
    int order = token_compare(&token, &slot->token);
    if (order < 0 || (order == 0 && (token.counter == 0 || record->node <= slot->node)))
        checker_breach(checker, RULE_TOKEN_GROWS, record, NULL,
                       PRInode " wins the lease of slot %" PRIu64 " with the token " PRItoken
                               ", after " PRItoken " of " PRInode,
                       NODE_SHOWN(record->node), record->number, TOKEN_SHOWN(token),
                       TOKEN_SHOWN(slot->token), NODE_SHOWN(slot->node));
    slot->token = token;
    slot->node = record->node;
}

/* Of a lease from before, or about then: tokens grow from here on. */
static void note_token(struct checker *checker, const struct record *record)
{
    struct checker_lease_slot *slot = &checker->leases->slots[record->number];
    struct token token = {record->epoch, record->worker};
    int order = token_compare(&token, &slot->token);
    if (order < 0 || (order == 0 && record->node < slot->node))
        return;
    slot->token = token;
    slot->node = record->node;
}

/* A holder renews: what it wins anew it has lost or released before, with its workers. */
static void judge_anew(struct checker *checker, const struct record *record,
                       const struct checker_lease *own)
{
    bool held = record->clock_ns < own->until_ns;
    checker_breach(checker, held ? RULE_TOKEN_GROWS : RULE_LEASE_BEFORE_SERVE, record, NULL,
                   PRInode " wins the lease of slot %" PRIu64 " while it %s", NODE_SHOWN(own->node),
                   own->slot_number, held ? "holds it" : "has not ended the one before");
}

static void take_won(struct checker *checker, const struct record *record,
                     struct checker_lease *own)
{
    if (own)
        judge_anew(checker, record, own);
    list_each (link, &checker->leases->slots[record->number].leases) {
        struct checker_lease *lease = container_of(link, struct checker_lease, of_slot);
        if (lease != own && !has_no_order(checker, record))
            checker_lease_contest(checker, lease, record);
    }
    if (!has_no_order(checker, record))
        judge_token(checker, record);
    else
        note_token(checker, record);
    checker_places_take_held(&checker->nodes[record->node], record, record->number,
                             checker->setup.slots);
}

static void judge_renewal(struct checker *checker, const struct record *record,
                          const struct checker_lease *own)
{
    struct token token = {record->epoch, record->worker};
    if (!own || record->clock_ns >= own->until_ns)
        checker_breach(checker, RULE_ONE_LEASE, record, NULL,
                       PRInode " renews the lease of slot %" PRIu64 ", which it does not hold",
                       NODE_SHOWN(record->node), record->number);
    else if (token_compare(&token, &own->token) != 0)
        checker_breach(checker, RULE_TOKEN_GROWS, record, NULL,
                       PRInode " renews the lease of slot %" PRIu64 " with the token " PRItoken
                               ", not " PRItoken,
                       NODE_SHOWN(record->node), record->number, TOKEN_SHOWN(token),
                       TOKEN_SHOWN(own->token));
}

static void take_held(struct checker *checker, const struct record *record,
                      struct checker_lease *own)
{
    if (record->code == LEASE_WON)
        take_won(checker, record, own);
    else if (record->code == LEASE_HELD)
        note_token(checker, record);
    else
        judge_renewal(checker, record, own);
    if (record->amount - record->clock_ns > checker->setup.lease_ns)
        checker_breach(checker, RULE_ONE_LEASE, record, NULL,
                       PRInode " takes the lease of slot %" PRIu64 " for %s",
                       NODE_SHOWN(record->node), record->number,
                       duration_exact(record->amount - record->clock_ns).text);
    if (!own)
        own = add(checker, record);
    if (!own)
        return;
    own->until_ns = record->amount;
    checker_lease_note_over_from(checker, own);
    own->token = (struct token){record->epoch, record->worker};
}

static void take_over(struct checker *checker, const struct record *record,
                      struct checker_lease *own)
{
    if (!own)
        checker_breach(checker, RULE_ONE_LEASE, record, NULL,
                       PRInode " has lost or released the lease of slot %" PRIu64
                               ", which it did not hold",
                       NODE_SHOWN(record->node), record->number);
    else if (own->workers)
        checker_breach(checker, RULE_LEASE_BEFORE_SERVE, record, NULL,
                       "%" PRIu64 " workers of slot %" PRIu64 " on " PRInode
                       " live on when its lease ends",
                       own->workers, record->number, NODE_SHOWN(record->node));
    if (own)
        forget(checker, own);
}

static void take_lease(struct checker *checker, const struct record *record)
{
    must(record->number < checker->setup.slots);
    struct checker_lease *own = checker_lease_find(checker, record->number, record->node);
    if (record->code == LEASE_RELEASED || record->code == LEASE_LOST)
        take_over(checker, record, own);
    else
        take_held(checker, record, own);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void take_up(struct checker *checker, const struct record *record)
{
    bool restarts = checker->nodes[record->node].starts > 0;
    checker->leases->nodes[record->node].silent_until_ns =
        restarts ? record->clock_ns + checker->leases->quarantine_ns : INT64_MIN;
}

/* What a node held is over when it is down. */
static void take_down(struct checker *checker, node_id node)
{
    for (uint32_t slot = 0; slot < checker->setup.slots; slot++) {
        struct checker_lease *lease = checker_lease_find(checker, slot, node);
        if (lease)
            forget(checker, lease);
    }
}

static void take_send(struct checker *checker, const struct record *record)
{
    int64_t until_ns = checker->leases->nodes[record->node].silent_until_ns;
    if (record->message == MESSAGE_LEASE && record->code & LEASE_ANSWERS &&
        record->clock_ns < until_ns)
        checker_breach(checker, RULE_QUARANTINE, record, NULL,
                       PRInode " answers about leases at %s, it is to be silent until %s",
                       NODE_SHOWN(record->node), duration_exact(record->clock_ns).text,
                       duration_exact(until_ns).text);
}

void checker_leases_take(struct checker *checker, const struct record *record)
{
    struct record one;
    struct byte_reader rest;
    if (record->clock_ns > checker->leases->nodes[record->node].over_from_ns)
        checker_lease_workers_judge_over(checker, record);
    switch (record->kind) {
    case RECORD_UP:
        take_up(checker, record);
        break;
    case RECORD_DOWN:
        take_down(checker, record->node);
        break;
    case RECORD_SEND:
        take_send(checker, record);
        break;
    case RECORD_LEASE:
        for (bool more = record_first_slot(record, &one, &rest); more;
             more = record_next_slot(&one, &rest))
            take_lease(checker, &one);
        break;
    case RECORD_START:
        checker_lease_worker_judge(checker, record, "starts");
        checker_lease_worker_count(checker, record);
        break;
    case RECORD_LOAD:
        checker_lease_worker_judge(checker, record, "loads");
        break;
    case RECORD_VALUE:
        checker_lease_worker_judge(checker, record, "makes a value");
        break;
    case RECORD_SERVE:
        checker_lease_worker_judge(checker, record, "answers");
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        checker_lease_worker_count(checker, record);
        break;
    default:
        break;
    }
}

void checker_leases_settle(struct checker *checker, const struct record *record)
{
    const struct checker_lease_node *node = &checker->leases->nodes[record->node];
    if (node->ending)
        checker_lease_workers_settle(checker, record);
    if (node->clock_is_set || !list_empty(&node->contested))
        checker_lease_contests_settle(checker, record);
}

void checker_leases_end(struct checker *checker, const struct record *by)
{
    if (!checker->leases)
        return;
    checker_lease_workers_end(checker, by);
    checker_lease_contests_end(checker, by);
}

void checker_leases_take_set(struct checker *checker, const struct record *record)
{
    struct fault set;
    if (!fault_read(record, checker->setup.nodes, &set) || set.set != SET_CLOCK)
        return;
    for (node_id node = 0; node < checker->setup.nodes; node++)
        checker->leases->nodes[node].clock_is_set = true;
}

bool checker_lease_is_missing(struct checker *checker, const struct text *id, node_id node,
                              int64_t clock_ns)
{
    if (!checker->leases)
        return false;
    const struct checker_lease *own =
        checker_lease_find(checker, id_slot(id, checker->setup.slots), node);
    return !own || clock_ns >= own->until_ns;
}

/* ---- making and closing -------------------------------------------------------------------- */

enum error checker_leases_init(struct checker *checker)
{
    const struct checker_setup *setup = &checker->setup;
    if (!setup->slots)
        return OK;
    struct checker_leases *leases = memory_zeroed(sizeof *leases);
    checker->leases = leases;
    if (!leases)
        return ERROR_MEMORY;
    pool_init(&leases->leases, sizeof(struct checker_lease));
    leases->slots = memory_zeroed(setup->slots * sizeof *leases->slots);
    leases->nodes = memory_zeroed(setup->nodes * sizeof *leases->nodes);
    if (!leases->slots || !leases->nodes)
        return ERROR_MEMORY;
    for (node_id node = 0; node < setup->nodes; node++)
        leases->nodes[node] =
            (struct checker_lease_node){.silent_until_ns = INT64_MIN, .over_from_ns = TIME_NEVER};
    /* The longest that a lease can last, which the slowest clock measured, on the fastest one. */
    __int128 fast = 1000000 + (int64_t)setup->drift_ppm, slow = 1000000 - (int64_t)setup->drift_ppm;
    leases->quarantine_ns = (int64_t)((setup->lease_ns * fast + slow - 1) / slow);
    return OK;
}

void checker_leases_close(struct checker *checker)
{
    if (!checker->leases)
        return;
    pool_close(&checker->leases->leases);
    memory_free(checker->leases->slots);
    memory_free(checker->leases->nodes);
    memory_free(checker->leases);
}
