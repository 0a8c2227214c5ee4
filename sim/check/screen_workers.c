/* What a node holds, starts and serves. */
#include "check/screen_state.h"

#include "base/memory.h"
#include "node/id.h"

/* ---- places ---------------------------------------------------------------------------------- */

static inline bool is_of_id(const void *places, uint32_t slot, const void *id)
{
    return text_equal(&((const struct screen_place *)places)[slot].id, id);
}

static uint64_t hash_of(const struct text *id)
{
    struct fingerprint print = fingerprint_of(id);
    return screen_fold(print.words[0], print.words[1]);
}

static struct screen_place *look_up(struct screen_node *node, const struct text *id)
{
    uint32_t slot = hash_map_find(&node->by_id, hash_of(id), is_of_id, node->places, id);
    if (slot == HASH_MAP_NONE)
        return NULL;
    node->recent = slot + 1;
    return &node->places[slot];
}

/* The id's place, or NULL. */
static inline struct screen_place *find(struct screen_node *node, const struct text *id)
{
    bool again = node->recent && text_equal(&node->places[node->recent - 1].id, id);
    return again ? &node->places[node->recent - 1] : look_up(node, id);
}

/* The place, if `worker` lives there, or NULL. */
static struct screen_place *find_worker(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find(node, &record->id);
    return place && place->worker == record->worker && record->worker ? place : NULL;
}

static struct screen_place *add(struct screen_node *node, const struct text *id)
{
    uint32_t index = node->free_place ? node->free_place - 1 : (uint32_t)node->places_count;
    if (!node->free_place && memory_reserve((void **)&node->places, &node->places_capacity,
                                            node->places_count + 1, sizeof *node->places)) {
        node->error = ERROR_MEMORY;
        return NULL;
    }
    struct screen_place *place = &node->places[index];
    uint32_t next_free = node->free_place ? place->next_free : 0;
    *place = (struct screen_place){0};
    node->error = text_copy(&place->id, id);
    if (!node->error)
        node->error = hash_map_add(&node->by_id, hash_of(id), index);
    if (node->error) {
        text_clear(&place->id);
        return NULL;
    }
    uint32_t slots = node->screen->setup.slots;
    place->slot = slots ? id_slot(id, slots) : 0;
    node->places_count += !node->free_place;
    node->free_place = next_free;
    node->recent = index + 1;
    return place;
}

static void release(struct screen_node *node, struct screen_place *place)
{
    if (place->worker || place->first)
        return;
    uint32_t index = (uint32_t)(place - node->places);
    hash_map_remove(&node->by_id, hash_of(&place->id), index);
    text_clear(&place->id);
    node->recent = 0;
    place->next_free = node->free_place;
    node->free_place = index + 1;
}

/* ---- mailboxes ------------------------------------------------------------------------------- */

static struct screen_entry *entry_new(struct screen_node *node)
{
    if (node->free_entry) {
        struct screen_entry *entry = &node->entries[node->free_entry - 1];
        node->free_entry = entry->next;
        return entry;
    }
    if (memory_reserve((void **)&node->entries, &node->entries_capacity, node->entries_count + 1,
                       sizeof *node->entries)) {
        node->error = ERROR_MEMORY;
        return NULL;
    }
    return &node->entries[node->entries_count++];
}

static void append(struct screen_node *node, struct screen_place *place, struct screen_entry *entry)
{
    uint32_t at = (uint32_t)(entry - node->entries) + 1;
    if (place->last)
        node->entries[place->last - 1].next = at;
    else
        place->first = at;
    place->last = at;
    place->count++;
}

static void remove_first(struct screen_node *node, struct screen_place *place)
{
    uint32_t at = place->first;
    struct screen_entry *entry = &node->entries[at - 1];
    place->first = entry->next;
    if (!place->first)
        place->last = 0;
    place->count--;
    entry->next = node->free_entry;
    node->free_entry = at;
}

bool screen_enter(struct screen_node *node, const struct record *record, const struct text *id,
                  const struct screen_entry *made)
{
    struct screen_place *place = find(node, id);
    if (!place && !node->screen->checker && screen_owner(node, id) != node->self)
        return false;
    if (!place)
        place = add(node, id);
    struct screen_entry *entry = place ? entry_new(node) : NULL;
    if (!entry)
        return true;
    *entry = *made;
    entry->request = record->request;
    entry->came_ns = record->t_ns;
    append(node, place, entry);
    place->fresh_ns = record->t_ns;
    place->fresh_step = record->step;
    if (place->count > node->screen->setup.mailbox + 1) /* those that wait, and one in its turn */
        return false;
    if (place->worker)
        return true;
    node->error = memory_reserve((void **)&node->fresh, &node->fresh_capacity,
                                 node->fresh_count + 1, sizeof *node->fresh);
    if (!node->error)
        node->fresh[node->fresh_count++] = (uint32_t)(place - node->places);
    return true;
}

/* Whether nobody may wait for the entry any more at t_ns; and whether that is certain. */
static bool may_be_over(const struct screen_entry *entry, int64_t t_ns)
{
    return entry->excused || entry->due_ns <= t_ns;
}

static bool is_over(const struct screen_node *node, const struct screen_entry *entry, int64_t t_ns)
{
    return entry->excused ||
           entry->due_ns <= t_ns - (entry->rough ? node->screen->due_error_ns : 0);
}

/* Those in front leave that have left without a word. */
static void forget_overdue(struct screen_node *node, struct screen_place *place, int64_t t_ns)
{
    while (place->first && is_over(node, &node->entries[place->first - 1], t_ns))
        remove_first(node, place);
}

/* The place's worker is ready for the turn of the first that is wanted. */
static void begin_turn(struct screen_node *node, struct screen_place *place,
                       const struct record *record)
{
    place->turn_ns = record->t_ns;
    forget_overdue(node, place, record->t_ns);
}

/* One in its turn is left to the end of that. */
void screen_excuse(struct screen_node *node, const struct text *id, uint64_t request)
{
    struct screen_place *place = find(node, id);
    uint32_t *link = place ? &place->first : NULL, before = 0;
    while (link && *link && node->entries[*link - 1].request != request) {
        before = *link;
        link = &node->entries[before - 1].next;
    }
    if (!link || !*link)
        return;
    uint32_t at = *link;
    struct screen_entry *entry = &node->entries[at - 1];
    if (!before && place->worker && place->has_value) {
        entry->excused = true;
        return;
    }
    *link = entry->next;
    if (place->last == at)
        place->last = before;
    place->count--;
    entry->next = node->free_entry;
    node->free_entry = at;
    release(node, place);
}

void screen_freshen(struct screen_node *node, const struct record *record)
{
    for (size_t i = 0; i < node->fresh_count; i++) {
        node->places[node->fresh[i]].fresh_ns = record->t_ns;
        node->places[node->fresh[i]].fresh_step = record->step;
    }
}

void screen_empty(struct screen_node *node)
{
    for (size_t i = 0; i < node->places_count; i++) {
        struct screen_place *place = &node->places[i];
        bool used = place->first || place->worker;
        while (place->first)
            remove_first(node, place);
        if (used)
            release(node, place);
    }
    node->fresh_count = 0;
}

bool screen_settle(struct screen_node *node)
{
    bool holds = true;
    if (screen_view(node)->count == 0)
        return true; /* it joins */
    for (size_t i = 0; i < node->fresh_count; i++) {
        struct screen_place *place = &node->places[node->fresh[i]];
        if (!place->count || place->worker)
            continue;
        forget_overdue(node, place, place->fresh_ns);
        holds &= !place->count;
        release(node, place);
    }
    node->fresh_count = 0;
    return holds;
}

/* ---- lives ----------------------------------------------------------------------------------- */

/* One starts for a request that came in this step, or for those that waited for the one before; and
 * none where the node has no view. */
static bool has_cause(const struct screen_node *node, const struct screen_place *place,
                      const struct record *record, bool handed_on)
{
    return place->count && screen_view(node)->count &&
           (handed_on || (place->fresh_ns == record->t_ns && place->fresh_step == record->step));
}

/* Whether it is certain for which of those that wait one starts: where the node had no view, the
 * first may be over by now, and when the checker forgets it depends on what else has come. */
static bool has_clear_cause(const struct screen_node *node, const struct screen_place *place,
                            int64_t t_ns)
{
    return !may_be_over(&node->entries[place->first - 1], t_ns);
}

/* For the checker: by checker_place_fresh the node's own further try is what it starts for. */
static void log_start(struct screen_node *node, const struct screen_place *place,
                      const struct record *record, bool handed_on)
{
    const struct screen_entry *entry = &node->entries[place->first - 1];
    const struct screen_entry *last = &node->entries[place->last - 1];
    if (!handed_on && !last->foreign && last->try == 2)
        entry = last;
    struct screened event = {.request = entry->request,
                             .caller = entry->foreign
                                           ? number_owner(entry->request, node->screen->setup.nodes)
                                           : node->self,
                             .owner = entry->owner,
                             .from = entry->from,
                             .try = entry->try,
                             .why = entry->try == 2 ? entry->why : WHY_FIRST,
                             .hands_on = handed_on};
    event.record = *record;
    screen_log(node, event);
}

bool screen_take_start(struct screen_node *node, const struct record *record)
{
    const struct checker_setup *setup = &node->screen->setup;
    struct screen_place *place = find(node, &record->id);
    bool handed_on = place && node->handing == (uint32_t)(place - node->places) + 1;
    node->handing = 0;
    if (!place || place->worker || !(node->screen->checker || node->sees_all) ||
        record->code != START_FRESH || record->worker != node->next_worker ||
        !screen_is_leased(node, place->slot, record) || !has_cause(node, place, record, handed_on))
        return false;
    if (node->screen->checker && !has_clear_cause(node, place, record->t_ns))
        return false;
    if (node->screen->checker)
        log_start(node, place, record, handed_on);
    node->next_worker += setup->nodes;
    node->workers++;
    place->worker = record->worker;
    place->life_ns = place->turn_ns = record->t_ns;
    place->ttl_ns = setup->loads_queue ? TIME_NEVER : setup->ttl_ns;
    place->loads = place->has_value = false;
    return true;
}

bool screen_take_load(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find_worker(node, record);
    if (!place || place->loads || record->amount > node->screen->setup.ttl_ns ||
        record->amount < node->screen->ttl_least_ns || !screen_is_leased(node, place->slot, record))
        return false;
    place->loads = true;
    place->life_ns = record->t_ns;
    place->ttl_ns = record->amount;
    return true;
}

bool screen_take_value(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find_worker(node, record);
    if (!place || !place->loads || place->has_value || !screen_is_leased(node, place->slot, record))
        return false;
    place->has_value = true;
    place->value = fingerprint_of(&record->value);
    begin_turn(node, place, record);
    return true;
}

static inline int64_t end_ns(const struct screen_place *place)
{
    return place->ttl_ns == TIME_NEVER ? TIME_NEVER : place->life_ns + place->ttl_ns;
}

static void end_worker(struct screen_node *node, struct screen_place *place)
{
    place->worker = 0;
    node->workers--;
    release(node, place);
}

/* One whose load has not begun ends when nobody asks for it any more. */
static bool is_in_time(const struct screen_node *node, const struct screen_place *place,
                       int64_t t_ns)
{
    return place->ttl_ns == TIME_NEVER ||
           (t_ns >= end_ns(place) && !screen_is_late(node, end_ns(place), t_ns));
}

/* What it holds yet and is surely wanted has to be the next one's. */
bool screen_take_expire(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find_worker(node, record);
    if (!place || !is_in_time(node, place, record->t_ns))
        return false;
    forget_overdue(node, place, record->t_ns);
    if (node->screen->checker)
        screen_log(node, (struct screened){.record = *record, .hands_on = place->count > 0});
    if (place->count)
        node->handing = (uint32_t)(place - node->places) + 1;
    bool holds = !place->count || !may_be_over(&node->entries[place->first - 1], record->t_ns);
    end_worker(node, place);
    return holds;
}

/* Its node crashes, and with it goes what waits. */
bool screen_take_lost(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find_worker(node, record);
    if (!place || !node->screen->checker || record->code != DOWN_CRASH ||
        (place->ttl_ns != TIME_NEVER && screen_is_late(node, end_ns(place), record->t_ns)))
        return false;
    node->goes = true;
    screen_log(node, (struct screened){.record = *record});
    while (place->first)
        remove_first(node, place);
    end_worker(node, place);
    return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Those before it leave that have left without a word. Whether any did. */
static bool pass_over(struct screen_node *node, struct screen_place *place,
                      const struct record *record)
{
    bool any = false;
    for (const struct screen_entry *first; place->first; any = true) {
        first = &node->entries[place->first - 1];
        if ((first->request == record->request && first->try == record->code) ||
            !is_over(node, first, record->t_ns))
            break;
        remove_first(node, place);
    }
    return any;
}

/* Those that wait are served in turn, and when it fell due it was in its turn, if it did. */
static bool is_in_turn(struct screen_node *node, struct screen_place *place,
                       const struct record *record)
{
    bool passed = pass_over(node, place, record);
    if (!place->first)
        return false;
    const struct screen_entry *entry = &node->entries[place->first - 1];
    int64_t from_ns = entry->came_ns > place->turn_ns ? entry->came_ns : place->turn_ns;
    return entry->request == record->request && record->code == entry->try &&
           record->t_ns - from_ns >= node->screen->setup.work_least_ns &&
           (passed ? !may_be_over(entry, record->t_ns) : entry->due_ns > from_ns);
}

/* No simulated turn fails, or has a beginning of its own: see record_turn of node/worker.c. */
bool screen_take_serve(struct screen_node *node, const struct record *record)
{
    struct screen_place *place = find_worker(node, record);
    struct fingerprint value = fingerprint_of(&record->value);
    if (record->why != SERVE_ANSWERED || record->amount || !place || !place->has_value ||
        !fingerprint_equal(place->value, value) || record->t_ns >= end_ns(place) ||
        !screen_is_leased(node, place->slot, record) || !is_in_turn(node, place, record))
        return false;
    const struct screen_entry *entry = &node->entries[place->first - 1];
    if (entry->foreign || !entry->excused)
        node->owed = (struct screen_owed){.request = record->request,
                                          .worker = record->worker,
                                          .value = value,
                                          .foreign = entry->foreign};
    if (entry->foreign) {
        node->owed.digest =
            screen_answer_digest(record->request, record->worker, node->self, value);
        node->answers_sum += node->owed.digest;
    }
    if (node->screen->setup.expire_idle)
        place->life_ns = record->t_ns;
    remove_first(node, place);
    begin_turn(node, place, record);
    return true;
}
