/* Who holds which slot's lease, in real time, by the LEASE records alone: no code of the node's is
 * used. A lease is over when its owner's clock shows its `until`, whether or not the owner has got
 * round to saying so. What that clock shows when another node wins the slot is known, if clocks are
 * not exact, only when the owner's next record has come: until then the lease is contested. */
#include "check/checker_parts.h"

#include "base/duration.h"
#include "base/memory.h"
#include "node/ballot.h"
#include "node/id.h"
#include "trace/fault.h"

#include <inttypes.h>

/* A lease that its owner has not said to be over. */
struct checker_lease {
    struct list_link of_slot;
    struct list_link contested; /* in its owner's list, while it is */
    int64_t until_ns;           /* on the owner's clock */
    int64_t contested_t_ns;
    struct token token;
    uint64_t slot_number;
    uint64_t workers; /* that live under it */
    node_id node;
    node_id contested_by;
    uint32_t slot;
    bool ending; /* a worker has ended with it, so it has to end, too */
};

struct checker_lease_slot {
    struct list leases; /* struct checker_lease */
    struct token token; /* the highest one so far */
    node_id node;       /* of that one */
};

struct checker_lease_node {
    struct list contested;
    int64_t silent_until_ns; /* on its clock */
    int64_t over_from_ns;    /* on its clock: no lease with workers is over before */
    int64_t ending_t_ns;     /* the step in which those end that are `ending` */
    int64_t ending_clock_ns;
    uint32_t ending; /* so many */
    uint16_t ending_step;
    bool clock_is_set; /* since its last record */
};

struct checker_leases {
    struct checker_lease_slot *slots;
    struct checker_lease_node *nodes;
    struct pool_map leases; /* struct checker_lease, by slot and node */
    int64_t quarantine_ns;
};

#define PRItoken        "(%" PRIu32 ", %" PRIu64 ")"
#define TOKEN_SHOWN(at) (at).epoch, (at).counter

static uint64_t lease_hash(uint64_t slot, node_id node)
{
    return random_mix(slot << 32 | node);
}

struct lease_key {
    uint64_t slot;
    node_id node;
};

static inline bool is_lease(const void *object, const void *key)
{
    const struct checker_lease *lease = object;
    const struct lease_key *wanted = key;
    return lease->slot_number == wanted->slot && lease->node == wanted->node;
}

static struct checker_lease *find(struct checker *checker, uint64_t slot, node_id node)
{
    struct lease_key key = {slot, node};
    return pool_map_find(&checker->leases->leases, lease_hash(slot, node), is_lease, &key);
}

static struct checker_lease *find_by_id(struct checker *checker, const struct record *record)
{
    return find(checker, id_slot(&record->id, checker->setup.slots), record->node);
}

static void forget(struct checker *checker, struct checker_lease *lease)
{
    list_remove(&lease->of_slot);
    if (list_linked(&lease->contested))
        list_remove(&lease->contested);
    checker->leases->nodes[lease->node].ending -= lease->ending;
    pool_map_remove(&checker->leases->leases, lease_hash(lease->slot_number, lease->node),
                    lease->slot);
}

static struct checker_lease *add(struct checker *checker, const struct record *record)
{
    uint32_t slot;
    struct checker_leases *leases = checker->leases;
    struct checker_lease *lease =
        pool_map_add(&leases->leases, lease_hash(record->number, record->node), &slot);
    if (!lease) {
        checker_give_up(checker);
        return NULL;
    }
    lease->slot = slot;
    lease->slot_number = record->number;
    lease->node = record->node;
    list_add_last(&leases->slots[record->number].leases, &lease->of_slot);
    return lease;
}

/* ---- one at a time ------------------------------------------------------------------------- */

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

/* Another node wins the slot: is this lease surely over, surely not, or is that to be seen? */
static void contest(struct checker *checker, struct checker_lease *lease,
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

/* A lease ends with its workers, in one step. */
static void judge_ending(struct checker *checker, const struct record *by)
{
    for (uint32_t slot = 0; slot < checker->setup.slots; slot++) {
        struct checker_lease *lease = find(checker, slot, by->node);
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

void checker_leases_settle(struct checker *checker, const struct record *record)
{
    struct checker_lease_node *node = &checker->leases->nodes[record->node];
    if (node->ending && !checker_is_of_step(checker, record, node->ending_t_ns,
                                            node->ending_clock_ns, node->ending_step))
        judge_ending(checker, record);
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

/* ---- workers that outlive their lease ------------------------------------------------------ */

static void note_over_from(struct checker *checker, const struct checker_lease *lease)
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
        struct checker_lease *lease = find(checker, slot, by->node);
        if (!lease || !lease->workers)
            continue;
        if (!is_late(checker, by, lease->until_ns)) {
            note_over_from(checker, lease);
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

void checker_leases_end(struct checker *checker, const struct record *by)
{
    if (!checker->leases)
        return;
    struct checker_lease_node *node = &checker->leases->nodes[by->node];
    if (node->ending)
        judge_ending(checker, by);
    list_each (link, &node->contested)
        judge_contested_at_end(checker, by, container_of(link, struct checker_lease, contested));
    if (checker->nodes[by->node].up && !checker->nodes[by->node].frozen)
        judge_over(checker, by, checker_node_is_late_at_end);
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
            contest(checker, lease, record);
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
    note_over_from(checker, own);
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

/* ---- workers ------------------------------------------------------------------------------- */

/* What a worker does is done under a live lease, and bears its token. */
static void judge_worker(struct checker *checker, const struct record *record, const char *what)
{
    const struct checker_lease *own = find_by_id(checker, record);
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

static void count_worker(struct checker *checker, const struct record *record)
{
    struct checker_lease *own = find_by_id(checker, record);
    if (own && record->kind == RECORD_LOST && record->code == DOWN_LEASE)
        note_ending(checker, record, own);
    if (own && record->kind == RECORD_START) {
        own->workers++;
        note_over_from(checker, own);
    } else if (own && own->workers)
        own->workers--;
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
        struct checker_lease *lease = find(checker, slot, node);
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
    struct checker_lease *own;
    judge_over(checker, record, checker_node_is_late);
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
        must(record->number < checker->setup.slots);
        own = find(checker, record->number, record->node);
        if (record->code == LEASE_RELEASED || record->code == LEASE_LOST)
            take_over(checker, record, own);
        else
            take_held(checker, record, own);
        break;
    case RECORD_START:
        judge_worker(checker, record, "starts");
        count_worker(checker, record);
        break;
    case RECORD_LOAD:
        judge_worker(checker, record, "loads");
        break;
    case RECORD_VALUE:
        judge_worker(checker, record, "makes a value");
        break;
    case RECORD_SERVE:
        judge_worker(checker, record, "answers");
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        count_worker(checker, record);
        break;
    default:
        break;
    }
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
    const struct checker_lease *own = find(checker, id_slot(id, checker->setup.slots), node);
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
    pool_map_init(&leases->leases, sizeof(struct checker_lease));
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
    pool_map_close(&checker->leases->leases);
    memory_free(checker->leases->slots);
    memory_free(checker->leases->nodes);
    memory_free(checker->leases);
}
