#include "check/checker_state.h"

#include "node/id.h"

#include <inttypes.h>

/* ---- ids ----------------------------------------------------------------------------------- */

static struct check_id *find_id(const struct checker *check, const struct text *id, uint64_t hash)
{
    struct probe probe = table_probe(&check->by_id, hash);
    for (uint32_t slot; (slot = table_next(&check->by_id, &probe)) != TABLE_NONE;) {
        struct check_id *found = pool_at(&check->ids, slot);
        if (text_equal(&found->id, id))
            return found;
    }
    return NULL;
}

static struct check_id *add_id(struct checker *check, const struct text *id, uint64_t hash)
{
    uint32_t slot = pool_take(&check->ids);
    if (slot == POOL_NONE)
        return NULL;
    struct check_id *added = pool_at(&check->ids, slot);
    if (text_copy(&added->id, id))
        goto give_slot;
    if (table_insert(&check->by_id, hash, slot))
        goto clear_text;
    added->slot = slot;
    return added;
clear_text:
    text_clear(&added->id);
give_slot:
    pool_give(&check->ids, slot);
    return NULL;
}

struct check_id *id_of(struct checker *check, const struct text *id)
{
    uint64_t hash = id_hash(id);
    struct check_id *found = find_id(check, id, hash);
    if (!found)
        found = add_id(check, id, hash);
    if (found)
        found->uses++;
    else
        check_give_up(check);
    return found;
}

void id_release(struct checker *check, struct check_id *id)
{
    if (--id->uses)
        return;
    table_remove(&check->by_id, id_hash(&id->id), id->slot);
    text_clear(&id->id);
    pool_give(&check->ids, id->slot);
}

/* ---- places -------------------------------------------------------------------------------- */

static uint64_t place_hash(const struct check_id *id, node_id node)
{
    return random_mix((uint64_t)id->slot << 32 | node);
}

static struct place *find_place(const struct checker *check, const struct check_id *id,
                                node_id node, uint64_t hash)
{
    struct probe probe = table_probe(&check->by_place, hash);
    for (uint32_t slot; (slot = table_next(&check->by_place, &probe)) != TABLE_NONE;) {
        struct place *place = pool_at(&check->places, slot);
        if (place->id == id && place->node == node)
            return place;
    }
    return NULL;
}

static struct place *add_place(struct checker *check, struct check_id *id, node_id node,
                               uint64_t hash)
{
    uint32_t slot = pool_take(&check->places);
    if (slot == POOL_NONE || table_insert(&check->by_place, hash, slot)) {
        if (slot != POOL_NONE)
            pool_give(&check->places, slot);
        check_give_up(check);
        return NULL;
    }
    struct place *place = pool_at(&check->places, slot);
    place->slot = slot;
    place->id = id;
    place->node = node;
    place->quiet_until_ns = INT64_MIN;
    id->uses++;
    return place;
}

struct place *place_of(struct checker *check, struct check_id *id, node_id node)
{
    if (id->recent && id->recent->node == node)
        return id->recent;
    uint64_t hash = place_hash(id, node);
    struct place *place = find_place(check, id, node, hash);
    if (!place)
        place = add_place(check, id, node, hash);
    if (place)
        id->recent = place;
    return place;
}

void place_release(struct checker *check, struct place *place)
{
    if (place->worker || place->first)
        return;
    if (place->id->recent == place)
        place->id->recent = NULL;
    table_remove(&check->by_place, place_hash(place->id, place->node), place->slot);
    id_release(check, place->id);
    pool_give(&check->places, place->slot);
}

/* ---- entries ------------------------------------------------------------------------------- */

static void fresh_remove(struct check_node *node, struct entry *entry)
{
    if (entry->previous_fresh)
        entry->previous_fresh->next_fresh = entry->next_fresh;
    else if (node->fresh == entry)
        node->fresh = entry->next_fresh;
    if (entry->next_fresh)
        entry->next_fresh->previous_fresh = entry->previous_fresh;
    entry->next_fresh = NULL;
    entry->previous_fresh = NULL;
}

void entry_remove(struct checker *check, struct entry *entry)
{
    struct place *place = entry->place;
    struct entry **of_request = &entry->request->entries;
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
    place->required -= !entry->excused;
    fresh_remove(&check->nodes[place->node], entry);
    pool_give(&check->entries, entry->slot);
}

/* Nobody waits for it any more. One whose turn may be another's may have left. */
static void excuse(struct entry *entry)
{
    entry->place->required -= !entry->excused;
    entry->excused = true;
    if (entry->in_turn && entry->previous)
        entry->doubtful = true;
}

void entry_excuse(struct checker *check, struct entry *entry)
{
    struct place *place = entry->place;
    if (entry->in_turn) {
        excuse(entry);
        return;
    }
    entry_remove(check, entry);
    place_release(check, place);
}

/* It leaves, and its request with it if that was kept for it alone. */
static void entry_end(struct checker *check, struct entry *entry)
{
    struct check_request *request = entry->request;
    entry_remove(check, entry);
    request_release(check, request);
}

void place_clear(struct checker *check, struct place *place)
{
    while (place->first)
        entry_end(check, place->first);
}

/* Whether it may not leave without a word. */
static bool is_required(struct entry *entry, int64_t clock_ns)
{
    if (entry->due_ns <= clock_ns)
        excuse(entry);
    return !entry->excused;
}

static bool has_left(const struct entry *entry)
{
    return entry->excused && !entry->in_turn && !entry->doubtful;
}

struct entry *place_first_required(struct checker *check, struct place *place, int64_t clock_ns)
{
    for (struct entry *entry = place->first, *next; entry; entry = next) {
        if (is_required(entry, clock_ns))
            return entry;
        next = entry->next;
        if (has_left(entry))
            entry_end(check, entry);
    }
    return NULL;
}

/* Forgets all that has left, wherever in the mailbox; after a walk in vain none is made before one
 * can find anything. */
static void forget_overdue(struct checker *check, struct place *place, int64_t clock_ns)
{
    if (clock_ns < place->quiet_until_ns)
        return;
    place->quiet_until_ns = TIME_NEVER;
    for (struct entry *entry = place->first, *next; entry; entry = next) {
        next = entry->next;
        if (is_required(entry, clock_ns) && entry->due_ns < place->quiet_until_ns)
            place->quiet_until_ns = entry->due_ns;
        else if (has_left(entry))
            entry_end(check, entry);
    }
}

const struct entry *place_passed_over(struct entry *entry, int64_t clock_ns)
{
    const struct entry *passed = NULL;
    for (struct entry *older = entry->place->first; older != entry; older = older->next) {
        if (!passed && is_required(older, clock_ns))
            passed = older;
        older->doubtful = false; /* if it had been there, it would have been served */
        older->in_turn = false;
    }
    for (struct entry *later = entry->next; later && later->in_turn; later = later->next)
        later->in_turn = false; /* the turn was not theirs */
    return passed;
}

/* A doubtful one may not be there, and then the turn is the next one's. */
static void mark_turn(struct place *place)
{
    for (struct entry *entry = place->first; entry; entry = entry->next) {
        entry->in_turn = true;
        if (!entry->doubtful)
            return;
    }
}

void place_begin_turn(struct checker *check, struct place *place, int64_t clock_ns)
{
    place_first_required(check, place, clock_ns);
    mark_turn(place);
}

void place_end_turn(struct checker *check, struct place *place)
{
    for (struct entry *entry = place->first, *next; entry && entry->in_turn; entry = next) {
        next = entry->next;
        entry->in_turn = false;
        if (has_left(entry))
            entry_end(check, entry);
    }
}

static struct entry *entry_new(struct checker *check, struct place *place,
                               struct check_request *request)
{
    uint32_t slot = pool_take(&check->entries);
    if (slot == POOL_NONE) {
        check_give_up(check);
        return NULL;
    }
    struct entry *entry = pool_at(&check->entries, slot);
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
    return entry;
}

void entry_freshen(struct check_node *node, struct entry *entry, const struct record *record)
{
    fresh_remove(node, entry);
    node->fresh_t_ns = record->t_ns;
    node->fresh_clock_ns = record->clock_ns;
    node->fresh_step = record->step;
    entry->next_fresh = node->fresh;
    if (node->fresh)
        node->fresh->previous_fresh = entry;
    node->fresh = entry;
}

/* A second try may be refused without a word while the first one still has hope. */
static bool may_be_refused_silently(const struct entry *entry)
{
    return entry->try == 2;
}

/* Whether the mailbox may be full for all that is known. */
static bool may_be_full(struct checker *check, struct place *place, int64_t clock_ns)
{
    if (place->count >= check->setup.mailbox)
        forget_overdue(check, place, clock_ns);
    return place->count >= check->setup.mailbox;
}

void place_enter(struct checker *check, const struct record *record, struct check_request *request,
                 int64_t due_ns, uint8_t try)
{
    struct place *place = place_of(check, request->id, record->node);
    if (!place)
        return;
    if (try == 2 && place->worker && place->worker->failed)
        return; /* refused at once, with or without a word */
    place_first_required(check, place, record->clock_ns);
    bool doubtful = try == 2 && may_be_full(check, place, record->clock_ns);
    struct entry *entry = entry_new(check, place, request);
    if (!entry)
        return;
    entry->due_ns = due_ns;
    entry->came_ns = turn_time_ns(check, record);
    entry->try = try;
    entry->doubtful = doubtful;
    if (doubtful)
        excuse(entry);
    if (due_ns < place->quiet_until_ns)
        place->quiet_until_ns = due_ns;
    entry_freshen(&check->nodes[record->node], entry, record);
    if (place->worker && worker_may_be_ready(place->worker))
        mark_turn(place);
}

const struct entry *place_fresh(const struct check_node *node, const struct place *place)
{
    const struct entry *first = NULL;
    for (const struct entry *entry = node->fresh; entry; entry = entry->next_fresh)
        if (entry->place == place)
            first = entry;
    return first;
}

/* ---- what came must wait for somebody ------------------------------------------------------ */

static void refuse(struct checker *check, struct entry *entry, enum rule rule,
                   const struct record *record, const char *why)
{
    struct place *place = entry->place;
    if (!may_be_refused_silently(entry) && !entry->excused)
        check_breach(check, rule, record, &place->id->id,
                     "request %" PRIu64 " came to " PRInode ", was not answered, and %s",
                     entry->request->number, NODE_SHOWN(place->node), why);
    entry_end(check, entry);
    place_release(check, place);
}

static void settle(struct checker *check, struct entry *entry, int64_t clock_ns,
                   const struct record *record)
{
    struct place *place = entry->place;
    uint32_t room = check->setup.mailbox + 1; /* those that wait and the one in its turn */
    bool required = is_required(entry, clock_ns);
    if (!place->worker)
        refuse(check, entry, RULE_NOTHING_LOST, record, "has no worker to wait for");
    else if (place->worker->failed)
        refuse(check, entry, RULE_NOTHING_LOST, record, "waits for a worker whose load failed");
    else if (required && place->required > room) {
        forget_overdue(check, place, clock_ns);
        if (place->required > room)
            refuse(check, entry, RULE_BOUNDS, record, "waits in a mailbox that is full");
    }
}

void places_settle(struct checker *check, struct check_node *node, const struct record *record)
{
    while (node->fresh) {
        struct entry *entry = node->fresh;
        fresh_remove(node, entry);
        settle(check, entry, node->fresh_clock_ns, record);
    }
}
