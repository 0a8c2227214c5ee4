/* What waits for which worker, and in which order it may leave. */
#include "check/checker_parts.h"

#include "node/id.h"

#include <inttypes.h>

/* ---- entries ------------------------------------------------------------------------------- */

static void fresh_remove(struct checker_node *node, struct checker_entry *entry)
{
    if (entry->previous_fresh)
        entry->previous_fresh->next_fresh = entry->next_fresh;
    else if (node->fresh == entry)
        node->fresh = entry->next_fresh;
    else if (node->held == entry)
        node->held = entry->next_fresh;
    if (entry->next_fresh)
        entry->next_fresh->previous_fresh = entry->previous_fresh;
    entry->next_fresh = NULL;
    entry->previous_fresh = NULL;
    entry->fresh = false;
}

static void add_first(struct checker_entry **list, struct checker_entry *entry)
{
    entry->next_fresh = *list;
    if (*list)
        (*list)->previous_fresh = entry;
    *list = entry;
}

void checker_entry_remove(struct checker *checker, struct checker_entry *entry)
{
    struct checker_place *place = entry->place;
    struct checker_entry **of_request = &entry->request->entries;
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        place->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        place->last = entry->previous;
    while (*of_request != entry)
        of_request = &(*of_request)->next_of_request;
    *of_request = entry->next_of_request;
    place->count--;
    checker->nodes[place->node].entries--;
    checker->handed -= entry->handed;
    place->required -= !entry->excused && !entry->held;
    fresh_remove(&checker->nodes[place->node], entry);
    pool_give(&checker->entries, entry->slot);
}

/* Nobody waits for the entry any more. If its turn may be another entry's, nobody knows whether it
 * has left. */
static void excuse(struct checker_entry *entry)
{
    entry->place->required -= !entry->excused && !entry->held;
    entry->excused = true;
    if (entry->in_turn && entry->previous)
        entry->doubtful = true;
}

void checker_entry_excuse(struct checker *checker, struct checker_entry *entry)
{
    struct checker_place *place = entry->place;
    if (entry->in_turn) {
        excuse(entry);
        return;
    }
    checker_entry_remove(checker, entry);
    checker_place_release(checker, place);
}

/* Removes the entry, and its request if that was kept for this entry alone. */
static void entry_end(struct checker *checker, struct checker_entry *entry)
{
    struct checker_request *request = entry->request;
    checker_entry_remove(checker, entry);
    checker_request_release(checker, request);
}

void checker_place_clear(struct checker *checker, struct checker_place *place)
{
    for (struct checker_entry *entry = place->first, *next; entry; entry = next) {
        next = entry->next;
        if (!entry->handed)
            entry_end(checker, entry);
    }
}

/* Whether a record has to say how the entry leaves. */
static bool is_required(struct checker_entry *entry, int64_t clock_ns)
{
    if (entry->due_ns <= clock_ns && !entry->held)
        excuse(entry);
    return !entry->excused && !entry->held;
}

static bool has_left(const struct checker_entry *entry)
{
    return entry->excused && !entry->in_turn && !entry->doubtful;
}

struct checker_entry *checker_place_first_required(struct checker *checker,
                                                   struct checker_place *place, int64_t clock_ns)
{
    for (struct checker_entry *entry = place->first, *next; entry; entry = next) {
        if (is_required(entry, clock_ns))
            return entry;
        next = entry->next;
        if (has_left(entry))
            entry_end(checker, entry);
    }
    return NULL;
}

struct checker_entry *checker_place_first_waiting(const struct checker_place *place)
{
    struct checker_entry *entry = place->first;
    while (entry && entry->held)
        entry = entry->next;
    return entry;
}

/* Removes all entries that have left, wherever in the mailbox. Notes until when another walk would
 * find none. */
static void forget_overdue(struct checker *checker, struct checker_place *place, int64_t clock_ns)
{
    if (clock_ns < place->quiet_until_ns)
        return;
    place->quiet_until_ns = TIME_NEVER;
    for (struct checker_entry *entry = place->first, *next; entry; entry = next) {
        next = entry->next;
        if (is_required(entry, clock_ns) && entry->due_ns < place->quiet_until_ns)
            place->quiet_until_ns = entry->due_ns;
        else if (has_left(entry))
            entry_end(checker, entry);
    }
}

const struct checker_entry *checker_place_passed_over(struct checker_entry *entry, int64_t clock_ns)
{
    const struct checker_entry *passed = NULL;
    for (struct checker_entry *older = entry->place->first; older != entry; older = older->next) {
        if (!passed && is_required(older, clock_ns))
            passed = older;
        older->doubtful = false; /* if it had been there, it would have been served */
        older->in_turn = false;
    }
    for (struct checker_entry *later = entry->next; later && later->in_turn; later = later->next)
        later->in_turn = false; /* the turn was not theirs */
    return passed;
}

/* Gives the turn to the first entry; if that may have left, to the next one as well. */
static void mark_turn(struct checker_place *place)
{
    for (struct checker_entry *entry = place->first; entry; entry = entry->next) {
        if (entry->held)
            continue;
        entry->in_turn = true;
        if (!entry->doubtful)
            return;
    }
}

void checker_place_begin_turn(struct checker *checker, struct checker_place *place,
                              int64_t clock_ns)
{
    checker_place_first_required(checker, place, clock_ns);
    mark_turn(place);
}

void checker_place_end_turn(struct checker *checker, struct checker_place *place)
{
    for (struct checker_entry *entry = place->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->held)
            continue;
        if (!entry->in_turn)
            break;
        entry->in_turn = false;
        if (has_left(entry))
            entry_end(checker, entry);
    }
}

static struct checker_entry *entry_new(struct checker *checker, struct checker_place *place,
                                       struct checker_request *request)
{
    uint32_t slot = pool_take(&checker->entries);
    if (slot == POOL_NONE) {
        checker_give_up(checker);
        return NULL;
    }
    struct checker_entry *entry = pool_at(&checker->entries, slot);
    entry->slot = slot;
    entry->place = place;
    entry->request = request;
    entry->next_of_request = request->entries;
    request->entries = entry;
    entry->previous = place->last;
    if (place->last)
        place->last->next = entry;
    else
        place->first = entry;
    place->last = entry;
    place->count++;
    place->required++;
    checker->nodes[place->node].entries++;
    return entry;
}

void checker_entry_freshen(struct checker_node *node, struct checker_entry *entry,
                           const struct record *record)
{
    fresh_remove(node, entry);
    node->fresh_t_ns = record->t_ns;
    node->fresh_clock_ns = record->clock_ns;
    node->fresh_step = record->step;
    add_first(&node->fresh, entry);
    entry->fresh = true;
}

/* The caller's node may refuse its own second try without a record while the first try can still
 * give a value. */
static bool may_be_silent(const struct checker_request *request, node_id node, uint8_t try)
{
    return try == 2 && node == request->caller;
}

bool checker_entry_may_be_silent(const struct checker_entry *entry)
{
    return may_be_silent(entry->request, entry->place->node, entry->try);
}

void checker_places_take_held(struct checker_node *node, const struct record *record, uint64_t slot,
                              uint32_t slots)
{
    for (struct checker_entry *entry = node->held, *next; entry; entry = next) {
        next = entry->next_fresh;
        if (slots && id_slot(&entry->place->id->id, slots) != slot)
            continue;
        entry->held = false;
        entry->place->required += !entry->excused;
        if (entry->due_ns < entry->place->quiet_until_ns)
            entry->place->quiet_until_ns = entry->due_ns;
        if (slots && checker_entry_may_be_silent(entry)) {
            entry->doubtful = true; /* it may have been refused while it waited for the lease */
            excuse(entry);
        }
        checker_entry_freshen(node, entry, record);
    }
}

void checker_place_take_held(struct checker *checker, struct checker_place *place,
                             const struct record *record)
{
    for (struct checker_entry *entry = place->first; entry; entry = entry->next) {
        if (!entry->held || entry->handed)
            continue;
        entry->held = false;
        place->required += !entry->excused;
        if (entry->due_ns < place->quiet_until_ns)
            place->quiet_until_ns = entry->due_ns;
        if (checker_entry_may_be_silent(entry)) {
            entry->doubtful = true; /* it may have been refused while it was held */
            excuse(entry);
        }
        checker_entry_freshen(&checker->nodes[place->node], entry, record);
    }
}

void checker_place_hold(struct checker *checker, struct checker_place *place)
{
    struct checker_node *node = &checker->nodes[place->node];
    checker_place_end_turn(checker, place);
    for (struct checker_entry *entry = place->first, *next; entry; entry = next) {
        next = entry->next;
        if (has_left(entry)) {
            entry_end(checker, entry);
            continue;
        }
        if (entry->held)
            continue;
        fresh_remove(node, entry);
        place->required -= !entry->excused;
        entry->held = true;
        add_first(&node->held, entry);
    }
}

/* Whether it has no view yet. */
static bool joins(const struct checker_node *node)
{
    return node->members && !node->members->view.count;
}

/* Whether its node may hold too many, until it has a view or workers have moved there, as far as
 * the records tell. */
static bool may_hold_no_more(const struct checker *checker, const struct checker_place *place)
{
    const struct checker_node *node = &checker->nodes[place->node];
    return (checker->setup.hand_over || joins(node)) && node->entries >= checker->setup.held;
}

/* Whether the mailbox may be full, as far as the records tell. */
static bool may_be_full(struct checker *checker, struct checker_place *place, int64_t clock_ns)
{
    if (place->count >= checker->setup.mailbox)
        forget_overdue(checker, place, clock_ns);
    return place->count >= checker->setup.mailbox;
}

void checker_place_enter(struct checker *checker, const struct record *record,
                         struct checker_request *request, int64_t due_ns, uint8_t try)
{
    struct checker_place *place = checker_place_of(checker, request->id, record->node);
    if (!place)
        return;
    bool silent = may_be_silent(request, record->node, try);
    if (silent && place->worker && place->worker->failed)
        return; /* refused at once, with or without a word */
    checker_place_first_required(checker, place, record->clock_ns);
    bool doubtful = silent && (may_hold_no_more(checker, place) ||
                               may_be_full(checker, place, record->clock_ns));
    struct checker_entry *entry = entry_new(checker, place, request);
    if (!entry)
        return;
    entry->due_ns = due_ns;
    entry->came_ns = checker_turn_time_ns(checker, record);
    entry->try = try;
    entry->doubtful = doubtful;
    if (doubtful)
        excuse(entry);
    if (due_ns < place->quiet_until_ns)
        place->quiet_until_ns = due_ns;
    struct checker_node *node = &checker->nodes[record->node];
    if (joins(node) ||
        checker_lease_is_missing(checker, &place->id->id, record->node, record->clock_ns)) {
        entry->held = true;
        place->required -= !entry->excused;
        add_first(&node->held, entry);
        return;
    }
    checker_entry_freshen(node, entry, record);
    if (place->worker && checker_worker_may_be_ready(place->worker))
        mark_turn(place);
}

void checker_place_expect(struct checker *checker, const struct record *record, node_id node,
                          struct checker_request *request)
{
    struct checker_place *place = checker_place_of(checker, request->id, node);
    struct checker_entry *entry = place ? entry_new(checker, place, request) : NULL;
    if (!entry)
        return;
    entry->due_ns = TIME_NEVER;
    entry->came_ns = checker_turn_time_ns(checker, record);
    entry->try = record->code;
    entry->held = entry->handed = true;
    checker->handed++;
    place->required--;
}

const struct checker_entry *checker_place_handed(const struct checker_place *place)
{
    const struct checker_entry *entry = place->first;
    while (entry && !entry->handed)
        entry = entry->next;
    return entry;
}

const struct checker_entry *checker_place_fresh(const struct checker_node *node,
                                                const struct checker_place *place)
{
    const struct checker_entry *entry = node->fresh ? place->first : NULL;
    if (entry && place->last->fresh && checker_entry_may_be_silent(place->last))
        return place->last;
    while (entry && !entry->fresh)
        entry = entry->next;
    return entry;
}

/* ---- what came must wait for somebody ------------------------------------------------------ */

static void refuse(struct checker *checker, struct checker_entry *entry, enum rule rule,
                   const struct record *record, const char *why)
{
    struct checker_place *place = entry->place;
    if (!checker_entry_may_be_silent(entry) && !entry->excused)
        checker_breach(checker, rule, record, &place->id->id,
                       "request %" PRIu64 " came to " PRInode ", was not answered, and %s",
                       entry->request->number, NODE_SHOWN(place->node), why);
    entry_end(checker, entry);
    checker_place_release(checker, place);
}

static void settle(struct checker *checker, struct checker_entry *entry, int64_t clock_ns,
                   const struct record *record)
{
    struct checker_place *place = entry->place;
    uint32_t room = checker->setup.mailbox + 1; /* those that wait and the one in its turn */
    bool required = is_required(entry, clock_ns);
    if (!place->worker && checker->setup.hand_over) {
        place->required -= !entry->excused;
        entry->held = true;
        add_first(&checker->nodes[place->node].held, entry);
    } else if (!place->worker)
        refuse(checker, entry, RULE_NOTHING_LOST, record, "has no worker to wait for");
    else if (place->worker->failed)
        refuse(checker, entry, RULE_NOTHING_LOST, record, "waits for a worker whose load failed");
    else if (required && place->required > room) {
        forget_overdue(checker, place, clock_ns);
        if (place->required > room)
            refuse(checker, entry, RULE_BOUNDS, record, "waits in a mailbox that is full");
    }
}

void checker_places_settle(struct checker *checker, struct checker_node *node,
                           const struct record *record)
{
    while (node->fresh) {
        struct checker_entry *entry = node->fresh;
        fresh_remove(node, entry);
        settle(checker, entry, node->fresh_clock_ns, record);
    }
}
