#include "net/drive/trace_repair.h"

#include "base/memory.h"
#include "base/random.h"

/* ---- tracking ------------------------------------------------------------------------------ */

static struct tracked *find(const struct tracking *tracking, uint64_t number)
{
    struct probe probe = table_probe(&tracking->by_number, random_mix(number));
    for (uint32_t slot; (slot = table_next(&tracking->by_number, &probe)) != TABLE_NONE;) {
        struct tracked *tracked = pool_at(&tracking->pool, slot);
        if (tracked->number == number)
            return tracked;
    }
    return NULL;
}

static struct tracked *add(struct trace_repair *trace_repair, struct tracking *tracking,
                           uint64_t number, node_id node, const struct text *id)
{
    uint32_t slot = pool_take(&tracking->pool);
    if (slot == POOL_NONE) {
        trace_repair->failed = true;
        return NULL;
    }
    struct tracked *tracked = pool_at(&tracking->pool, slot);
    if (text_copy(&tracked->id, id) ||
        table_insert(&tracking->by_number, random_mix(number), slot)) {
        text_clear(&tracked->id);
        pool_give(&tracking->pool, slot);
        trace_repair->failed = true;
        return NULL;
    }
    struct tracked_list *list = &tracking->at[node];
    tracked->number = number;
    tracked->slot = slot;
    tracked->node = node;
    tracked->previous = list->last;
    if (list->last)
        list->last->next = tracked;
    else
        list->first = tracked;
    list->last = tracked;
    return tracked;
}

static void drop(struct tracking *tracking, struct tracked *tracked)
{
    struct tracked_list *list = &tracking->at[tracked->node];
    if (tracked->previous)
        tracked->previous->next = tracked->next;
    else
        list->first = tracked->next;
    if (tracked->next)
        tracked->next->previous = tracked->previous;
    else
        list->last = tracked->previous;
    table_remove(&tracking->by_number, random_mix(tracked->number), tracked->slot);
    text_clear(&tracked->id);
    pool_give(&tracking->pool, tracked->slot);
}

static void drop_number(struct tracking *tracking, uint64_t number)
{
    struct tracked *tracked = find(tracking, number);
    if (tracked)
        drop(tracking, tracked);
}

static enum error tracking_init(struct tracking *tracking, uint32_t nodes)
{
    pool_init(&tracking->pool, sizeof(struct tracked));
    table_init(&tracking->by_number);
    tracking->at = memory_zeroed(nodes * sizeof *tracking->at);
    return tracking->at ? OK : ERROR_MEMORY;
}

static void tracking_close(struct tracking *tracking, uint32_t nodes)
{
    for (uint32_t node = 0; tracking->at && node < nodes; node++)
        while (tracking->at[node].first)
            drop(tracking, tracking->at[node].first);
    pool_close(&tracking->pool);
    table_close(&tracking->by_number);
    memory_free(tracking->at);
}

enum error trace_repair_init(struct trace_repair *trace_repair, uint32_t nodes,
                             void (*put)(void *context, const struct record *record), void *context)
{
    *trace_repair = (struct trace_repair){.nodes = nodes, .put = put, .context = context};
    pool_init(&trace_repair->off, sizeof(uint64_t));
    trace_repair->incarnations = memory_zeroed(nodes * sizeof *trace_repair->incarnations);
    enum error workers = tracking_init(&trace_repair->workers, nodes);
    enum error requests = tracking_init(&trace_repair->requests, nodes);
    enum error messages = tracking_init(&trace_repair->messages, nodes);
    if (trace_repair->incarnations && !workers && !requests && !messages)
        return OK;
    trace_repair_close(trace_repair);
    return ERROR_MEMORY;
}

void trace_repair_close(struct trace_repair *trace_repair)
{
    tracking_close(&trace_repair->workers, trace_repair->nodes);
    tracking_close(&trace_repair->requests, trace_repair->nodes);
    tracking_close(&trace_repair->messages, trace_repair->nodes);
    pool_close(&trace_repair->off);
    table_close(&trace_repair->written_off);
    memory_free(trace_repair->incarnations);
    memory_free(trace_repair->known);
}

/* ---- messages that arrive nowhere ---------------------------------------------------------- */

static uint32_t find_off(const struct trace_repair *trace_repair, uint64_t number)
{
    struct probe probe = table_probe(&trace_repair->written_off, random_mix(number));
    for (uint32_t slot; (slot = table_next(&trace_repair->written_off, &probe)) != TABLE_NONE;)
        if (*(const uint64_t *)pool_at(&trace_repair->off, slot) == number)
            return slot;
    return TABLE_NONE;
}

static void write_off(struct trace_repair *trace_repair, uint64_t number)
{
    uint32_t slot = pool_take(&trace_repair->off);
    if (slot == POOL_NONE || table_insert(&trace_repair->written_off, random_mix(number), slot)) {
        trace_repair->failed = true;
        return;
    }
    *(uint64_t *)pool_at(&trace_repair->off, slot) = number;
}

bool trace_repair_has_sent(const struct trace_repair *trace_repair, uint64_t number)
{
    if (trace_repair->known &&
        number < trace_repair->known[number_owner(number, trace_repair->nodes)].message)
        return true;
    return find(&trace_repair->messages, number) || find_off(trace_repair, number) != TABLE_NONE;
}

static void drop_message(struct trace_repair *trace_repair, struct tracked *message,
                         const struct record *by)
{
    struct record record = record_of(RECORD_DROP);
    record.t_ns = record.clock_ns = by->t_ns;
    record.node = message->from;
    record.peer = message->node;
    record.number = message->number;
    record.message = message->kind;
    record.request = message->request;
    record.code = DROP_DOWN;
    write_off(trace_repair, message->number);
    drop(&trace_repair->messages, message);
    trace_repair->put(trace_repair->context, &record);
}

/* What was under way to a node that went down. */
static void drop_under_way(struct trace_repair *trace_repair, const struct record *by)
{
    for (struct tracked *message; (message = trace_repair->messages.at[by->node].first);)
        drop_message(trace_repair, message, by);
}

/* What was sent while the node was down went to the process before, or to this one, which hears
 * before it is up. */
static void doubt_under_way(struct trace_repair *trace_repair, node_id node)
{
    struct tracked *message = trace_repair->messages.at[node].first;
    for (; message; message = message->next)
        message->doubtful = true;
}

/* A peer's messages come in the order in which they were sent: what is doubtful and was sent before
 * one that has come went to the process before. Those are the first of the list. */
static void settle_doubts(struct trace_repair *trace_repair, const struct record *arrival,
                          node_id from, node_id to)
{
    struct tracked *next, *message = trace_repair->messages.at[to].first;
    for (; message && message->doubtful; message = next) {
        next = message->next;
        if (message->from == from && message->number < arrival->number)
            drop_message(trace_repair, message, arrival);
    }
}

/* ---- records ------------------------------------------------------------------------------- */

static void lose(struct trace_repair *trace_repair, struct tracking *tracking, struct record record)
{
    for (struct tracked *tracked; (tracked = tracking->at[record.node].first);) {
        record.id = tracked->id;
        record.worker = record.kind == RECORD_LOST ? tracked->number : 0;
        record.request = record.kind == RECORD_FAIL ? tracked->number : 0;
        trace_repair->put(trace_repair->context, &record);
        drop(tracking, tracked);
    }
}

static void take_down(struct trace_repair *trace_repair, const struct record *record)
{
    struct record last = record_of(RECORD_LOST);
    last.t_ns = record->t_ns;
    last.clock_ns = record->clock_ns;
    last.node = record->node;
    lose(trace_repair, &trace_repair->workers, last);
    last.kind = RECORD_FAIL;
    last.code = OUTCOME_CALLER_LOST;
    lose(trace_repair, &trace_repair->requests, last);
    trace_repair->put(trace_repair->context, record);
    drop_under_way(trace_repair, record);
}

static void take_up(struct trace_repair *trace_repair, const struct record *record)
{
    if (trace_repair->incarnations[record->node] != record->epoch)
        doubt_under_way(trace_repair, record->node);
    trace_repair->incarnations[record->node] = record->epoch;
    trace_repair->put(trace_repair->context, record);
}

static void take_send(struct trace_repair *trace_repair, const struct record *record)
{
    struct text none = text_borrow("", 0);
    struct tracked *message =
        add(trace_repair, &trace_repair->messages, record->number, record->peer, &none);
    if (!message)
        return;
    message->from = record->node;
    message->kind = record->message;
    message->request = record->request;
}

/* Its end was told here before: that a node tells of it too is no second one. */
static bool was_written_off(struct trace_repair *trace_repair, const struct record *record)
{
    uint32_t slot =
        record->kind == RECORD_DROP ? find_off(trace_repair, record->number) : TABLE_NONE;
    if (slot == TABLE_NONE)
        return false;
    table_remove(&trace_repair->written_off, random_mix(record->number), slot);
    pool_give(&trace_repair->off, slot);
    return true;
}

/* ---- what began before --------------------------------------------------------------------- */

void trace_repair_ignore(struct trace_repair *trace_repair, node_id node, uint64_t request,
                         uint64_t message)
{
    if (!trace_repair->known)
        trace_repair->known = memory_zeroed(trace_repair->nodes * sizeof *trace_repair->known);
    if (trace_repair->known)
        trace_repair->known[node] = (struct known){.request = request, .message = message};
    else
        trace_repair->failed = true;
}

struct under_way trace_repair_under_way(const struct trace_repair *trace_repair)
{
    return (struct under_way){.messages = trace_repair->messages.pool.count,
                              .requests = trace_repair->requests.pool.count,
                              .workers = trace_repair->workers.pool.count};
}

static bool is_known(const struct trace_repair *trace_repair, const struct record *record)
{
    bool carried =
        record->kind == RECORD_SEND || record->kind == RECORD_RECV || record->kind == RECORD_DROP;
    if (record->request &&
        record->request <
            trace_repair->known[number_owner(record->request, trace_repair->nodes)].request)
        return false;
    return !carried ||
           record->number >=
               trace_repair->known[number_owner(record->number, trace_repair->nodes)].message;
}

static bool is_of_requests(const struct record *record)
{
    return record->request || record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
           record->kind == RECORD_DROP;
}

/* Whether the record is to be given on; one that is may be changed. */
static bool passes(struct trace_repair *trace_repair, struct record *record)
{
    if (record->node == NODE_NONE)
        return true;
    struct known *known = &trace_repair->known[record->node];
    bool begun = record->t_ns > 0;
    if (!begun && record->kind == RECORD_REQUEST)
        known->request = record->request + trace_repair->nodes;
    if (!begun && record->kind == RECORD_SEND)
        known->message = record->number + trace_repair->nodes;
    if (is_of_requests(record) && (!begun || !is_known(trace_repair, record))) {
        known->unknown_ns = record->clock_ns;
        return false;
    }
    if (record->kind == RECORD_START && record->code == START_FRESH &&
        (!begun || known->unknown_ns == record->clock_ns))
        record->code = START_FOUND;
    return true;
}

/* ---- the next ------------------------------------------------------------------------------ */

void trace_repair_take(struct trace_repair *trace_repair, const struct record *next)
{
    struct record copy = *next;
    const struct record *record = &copy;
    if (trace_repair->known && !passes(trace_repair, &copy))
        return;
    switch (record->kind) {
    case RECORD_UP:
        take_up(trace_repair, record);
        return;
    case RECORD_DOWN:
        take_down(trace_repair, record);
        return;
    case RECORD_SEND:
        take_send(trace_repair, record);
        break;
    case RECORD_RECV:
    case RECORD_DROP:
        if (was_written_off(trace_repair, record))
            return;
        if (record->kind == RECORD_RECV)
            settle_doubts(trace_repair, record, record->peer, record->node);
        drop_number(&trace_repair->messages, record->number);
        break;
    case RECORD_REQUEST:
        add(trace_repair, &trace_repair->requests, record->request, record->node, &record->id);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        drop_number(&trace_repair->requests, record->request);
        break;
    case RECORD_START:
        add(trace_repair, &trace_repair->workers, record->worker, record->node, &record->id);
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
        drop_number(&trace_repair->workers, record->worker);
        break;
    default:
        break;
    }
    trace_repair->put(trace_repair->context, record);
}
