#include "trace/parting.h"

#include "base/memory.h"
#include "base/random.h"
#include "node/id.h"

#include <stdlib.h>

/* ---- identities ---------------------------------------------------------------------------- */

/* A word that is known by a key: how often something happened, or what a number stands for. */
struct known_word {
    uint64_t key;
    uint64_t word;
};

/* What identities and groups are of. */
enum identity_kind { OF_REQUEST = RECORD_KINDS, OF_WORKER, OF_NUMBERED_REQUEST, OF_OUTCOME };

static uint64_t mix(uint64_t a, uint64_t b)
{
    return random_mix(a ^ random_mix(b));
}

static uint64_t *word_of(struct run_events *events, uint64_t key)
{
    uint32_t slot;
    struct known_word *known = pool_map_find_number(&events->known, struct known_word, key, key);
    if (!known && (known = pool_map_add(&events->known, hash_map_number(key), &slot)))
        known->key = key;
    events->no_memory |= !known;
    return known ? &known->word : &events->unknown;
}

/* Gives the number its meaning: the next of those which have this in common. */
static uint64_t begin(struct run_events *events, enum identity_kind kind, uint64_t number,
                      uint64_t in_common)
{
    uint64_t count = ++*word_of(events, in_common);
    return *word_of(events, mix(kind, number)) = mix(in_common, count);
}

static uint64_t meaning(struct run_events *events, enum identity_kind kind, uint64_t number)
{
    return *word_of(events, mix(kind, number));
}

/* ---- events -------------------------------------------------------------------------------- */

static void add(struct run_events *events, const struct record *record, struct run_event event)
{
    if (memory_reserve((void **)&events->events, &events->capacity, events->count + 1,
                       sizeof *events->events)) {
        events->no_memory = true;
        return;
    }
    event.t_ns = record->t_ns;
    event.record = events->records;
    events->events[events->count++] = event;
}

static uint64_t at_node(const struct record *record, enum identity_kind kind)
{
    return mix(mix(kind, record->node), id_hash(&record->id));
}

static void take_node(struct run_events *events, const struct record *record)
{
    bool is_view = record->kind == RECORD_VIEW;
    add(events, record,
        (struct run_event){.group = mix(record->kind, record->node),
                           .content = is_view ? id_hash(&record->value) : record->code,
                           .level = is_view ? PARTING_OF_VIEWS : PARTING_OF_EVENTS});
}

static uint64_t token(uint32_t epoch, uint64_t counter)
{
    return mix(epoch, counter);
}

/* Leases are renewed whatever happens: what is said of one counts only where all else is the same,
 * and so do its times. */
static void take_lease(struct run_events *events, const struct record *record)
{
    uint64_t times = mix((uint64_t)record->t_ns, (uint64_t)record->amount);
    add(events, record,
        (struct run_event){.group = mix(mix(RECORD_LEASE, record->node), record->number),
                           .content =
                               mix(mix(token(record->epoch, record->worker), times), record->code),
                           .level = PARTING_OF_LEASES});
}

/* The token that a LOAD or SERVE about this subject happens under, if any. */
static void take_token(struct run_events *events, const struct record *record, uint64_t subject)
{
    if (record->number)
        add(events, record,
            (struct run_event){.group = mix(mix(subject, RECORD_LEASE), record->node),
                               .content = token(record->epoch, record->number),
                               .subject = subject,
                               .level = PARTING_OF_LEASES});
}

/* Known by what it does: its line moves with those before it. */
static void take_fault(struct run_events *events, const struct record *record)
{
    uint64_t what = mix(mix(record->kind, record->code), record->number);
    add(events, record,
        (struct run_event){.group = mix(what, id_hash(&record->id)),
                           .content = mix(id_hash(&record->value), 0)});
}

static void take_message(struct run_events *events, const struct record *record)
{
    bool arrives = record->kind == RECORD_RECV;
    node_id from = arrives ? record->peer : record->node;
    node_id to = arrives ? record->node : record->peer;
    if (record->message != MESSAGE_REQUEST && record->message != MESSAGE_REPLY)
        return;
    uint64_t request = meaning(events, OF_REQUEST, record->request);
    uint64_t link = mix(from, to);
    add(events, record,
        (struct run_event){.group = mix(mix(request, record->message), link),
                           .content = mix(record->kind, arrives ? 0 : record->code),
                           .subject = request});
}

static void take_request(struct run_events *events, const struct record *record)
{
    struct run_event event = {0};
    if (record->kind == RECORD_REQUEST) {
        event.group = at_node(record, OF_REQUEST);
        event.subject = begin(events, OF_REQUEST, record->request, event.group);
        event.begins = true;
        add(events, record, event);
        return;
    }
    event.subject = meaning(events, OF_REQUEST, record->request);
    switch (record->kind) {
    case RECORD_ROUTE:
        event.group = mix(mix(event.subject, RECORD_ROUTE), record->code);
        event.content = mix(record->peer, record->why);
        break;
    case RECORD_SERVE:
        event.group = mix(mix(event.subject, RECORD_SERVE), record->node);
        event.content = meaning(events, OF_WORKER, record->worker);
        take_token(events, record, event.subject);
        break;
    default:
        event.group = mix(event.subject, OF_OUTCOME);
        event.content = mix(record->kind, record->kind == RECORD_FAIL
                                              ? record->code
                                              : meaning(events, OF_WORKER, record->worker));
        break;
    }
    add(events, record, event);
}

static void take_worker(struct run_events *events, const struct record *record)
{
    if (record->kind == RECORD_LOAD) {
        take_token(events, record, meaning(events, OF_WORKER, record->worker));
        return;
    }
    struct run_event event = {.content = record->code};
    if (record->kind == RECORD_START) {
        event.group = at_node(record, OF_WORKER);
        event.subject = begin(events, OF_WORKER, record->worker, event.group);
        event.begins = true;
    } else {
        event.subject = meaning(events, OF_WORKER, record->worker);
        event.group = mix(event.subject, record->kind);
    }
    if (record->kind == RECORD_VALUE) {
        event.content = id_hash(&record->value);
        event.level = PARTING_OF_VALUES;
    }
    add(events, record, event);
}

static void take(struct reader *reader, const struct record *record)
{
    struct run_events *events = container_of(reader, struct run_events, reader);
    switch (record_family(record->kind)) {
    case RECORD_OF_NODE:
        take_node(events, record);
        break;
    case RECORD_OF_FAULT:
        take_fault(events, record);
        break;
    case RECORD_OF_MESSAGE:
        if (record->kind != RECORD_SEND) /* it is known by its fate */
            take_message(events, record);
        break;
    case RECORD_OF_REQUEST:
        take_request(events, record);
        break;
    case RECORD_OF_LEASE:
        take_lease(events, record);
        break;
    case RECORD_OF_WORKER:
        take_worker(events, record);
        break;
    case RECORD_OF_JUDGEMENT:
        break;
    }
    events->records++;
}

void run_events_init(struct run_events *events)
{
    *events = (struct run_events){.reader = {.take = take}};
    pool_map_init(&events->known, sizeof(struct known_word));
}

void run_events_close(struct run_events *events)
{
    pool_map_close(&events->known);
    memory_free(events->events);
    *events = (struct run_events){0};
}

/* ---- comparing ----------------------------------------------------------------------------- */

/* The first difference so far, as seen from run `side` if `only` is not 0: then one that concerns
 * this subject, and has an event there. */
struct comparer {
    enum parting_level level;
    const struct run_event *first[2];
    uint64_t only;
    uint32_t side;
};

static bool is_before(const struct run_event *a, const struct run_event *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->record < b->record;
}

static const struct run_event *earlier(const struct run_event *a, const struct run_event *b)
{
    return !b || (a && is_before(a, b)) ? a : b;
}

static void note(struct comparer *comparer, enum parting_level level, const struct run_event *a,
                 const struct run_event *b)
{
    const struct run_event *pair[] = {a, b}, *event = earlier(a, b);
    const struct run_event *best = earlier(comparer->first[0], comparer->first[1]);
    if (comparer->only) {
        event = pair[comparer->side];
        best = comparer->first[comparer->side];
        if (!event || event->subject != comparer->only)
            return;
    }
    if (level > comparer->level || (level == comparer->level && best && !is_before(event, best)))
        return;
    comparer->level = level;
    comparer->first[0] = a;
    comparer->first[1] = b;
}

static void compare_pair(struct comparer *comparer, const struct run_event *a,
                         const struct run_event *b)
{
    if (a->content != b->content)
        note(comparer, a->level, a, b);
    else if (a->t_ns != b->t_ns && a->subject)
        note(comparer, PARTING_OF_TIMES, a, b);
}

static bool is_next_nearer(const struct run_event *event, const struct run_event *other)
{
    return llabs(event[1].t_ns - other->t_ns) < llabs(event->t_ns - other->t_ns);
}

/* Of as many the first belongs to the first, and so on. Where one run has more, its times say which
 * of them the other lacks. */
static void compare_groups(struct comparer *comparer, const struct run_event *a, size_t a_count,
                           const struct run_event *b, size_t b_count)
{
    while (a_count || b_count) {
        bool skip_a = !b_count || (a_count > b_count && is_next_nearer(a, b));
        bool skip_b = !skip_a && (!a_count || (b_count > a_count && is_next_nearer(b, a)));
        if (skip_a)
            note(comparer, a->level, a, NULL);
        else if (skip_b)
            note(comparer, b->level, NULL, b);
        else
            compare_pair(comparer, a, b);
        a_count -= !skip_b;
        b_count -= !skip_a;
        a = a_count ? a + !skip_b : NULL;
        b = b_count ? b + !skip_a : NULL;
    }
}

static size_t group_size(const struct run_event *event, size_t left)
{
    size_t size = 0;
    while (size < left && event[size].group == event->group)
        size++;
    return size;
}

/* Both are sorted. */
static void compare_all(struct comparer *comparer, const struct run_events *a,
                        const struct run_events *b)
{
    for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
        const struct run_event *of_a = i < a->count ? &a->events[i] : NULL;
        const struct run_event *of_b = j < b->count ? &b->events[j] : NULL;
        bool has_a = of_a && (!of_b || of_a->group <= of_b->group);
        bool has_b = of_b && (!of_a || of_b->group <= of_a->group);
        size_t a_count = has_a ? group_size(of_a, a->count - i) : 0;
        size_t b_count = has_b ? group_size(of_b, b->count - j) : 0;
        compare_groups(comparer, of_a, a_count, of_b, b_count);
        i += a_count;
        j += b_count;
    }
}

static int by_group(const void *a, const void *b)
{
    const struct run_event *one = a, *other = b;
    if (one->group != other->group)
        return one->group < other->group ? -1 : 1;
    return one->record < other->record ? -1 : one->record > other->record;
}

/* What happens in run `side` to the subject of the event instead, or last. One that does not begin
 * there has no counterpart: those of its number are others. */
static uint64_t instead(const struct run_events *a, const struct run_events *b,
                        const struct run_event *event, uint32_t side)
{
    uint64_t subject = event->begins ? 0 : event->subject;
    const struct run_events *run = side ? b : a;
    struct comparer comparer = {.level = PARTING_NONE, .only = subject, .side = side};
    const struct run_event *last = NULL;
    if (!subject)
        return NO_RECORD;
    compare_all(&comparer, a, b);
    if (comparer.first[side])
        return comparer.first[side]->record;
    for (size_t i = 0; i < run->count; i++)
        if (run->events[i].subject == subject && (!last || run->events[i].record > last->record))
            last = &run->events[i];
    return last ? last->record : NO_RECORD;
}

struct parting run_events_compare(struct run_events *a, struct run_events *b)
{
    struct comparer comparer = {.level = PARTING_NONE};
    struct run_events *runs[] = {a, b};
    for (uint32_t side = 0; side < 2; side++)
        if (runs[side]->count)
            qsort(runs[side]->events, runs[side]->count, sizeof *runs[side]->events, by_group);
    compare_all(&comparer, a, b);
    struct parting parting = {.level = comparer.level, .record = {NO_RECORD, NO_RECORD}};
    for (uint32_t side = 0; side < 2 && comparer.level != PARTING_NONE; side++) {
        const struct run_event *event = comparer.first[side], *other = comparer.first[!side];
        parting.happens[side] = event != NULL;
        parting.record[side] = event ? event->record : instead(a, b, other, side);
    }
    return parting;
}
