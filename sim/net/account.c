#include "net/account.h"

#include "core/memory.h"
#include "core/random.h"

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

static struct tracked *add(struct account *account, struct tracking *tracking, uint64_t number,
                           node_id node, const struct text *id)
{
    uint32_t slot = pool_take(&tracking->pool);
    if (slot == POOL_NONE) {
        account->failed = true;
        return NULL;
    }
    struct tracked *tracked = pool_at(&tracking->pool, slot);
    if (text_copy(&tracked->id, id) ||
        table_insert(&tracking->by_number, random_mix(number), slot)) {
        text_clear(&tracked->id);
        pool_give(&tracking->pool, slot);
        account->failed = true;
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

enum error account_init(struct account *account, uint32_t nodes,
                        void (*put)(void *context, const struct record *record), void *context)
{
    *account = (struct account){.nodes = nodes, .put = put, .context = context};
    pool_init(&account->off, sizeof(uint64_t));
    account->incarnations = memory_zeroed(nodes * sizeof *account->incarnations);
    enum error workers = tracking_init(&account->workers, nodes);
    enum error requests = tracking_init(&account->requests, nodes);
    enum error messages = tracking_init(&account->messages, nodes);
    if (account->incarnations && !workers && !requests && !messages)
        return OK;
    account_close(account);
    return ERROR_MEMORY;
}

void account_close(struct account *account)
{
    tracking_close(&account->workers, account->nodes);
    tracking_close(&account->requests, account->nodes);
    tracking_close(&account->messages, account->nodes);
    pool_close(&account->off);
    table_close(&account->written_off);
    memory_free(account->incarnations);
    memory_free(account->known);
}

/* ---- messages that arrive nowhere ---------------------------------------------------------- */

static uint32_t find_off(const struct account *account, uint64_t number)
{
    struct probe probe = table_probe(&account->written_off, random_mix(number));
    for (uint32_t slot; (slot = table_next(&account->written_off, &probe)) != TABLE_NONE;)
        if (*(const uint64_t *)pool_at(&account->off, slot) == number)
            return slot;
    return TABLE_NONE;
}

static void write_off(struct account *account, uint64_t number)
{
    uint32_t slot = pool_take(&account->off);
    if (slot == POOL_NONE || table_insert(&account->written_off, random_mix(number), slot)) {
        account->failed = true;
        return;
    }
    *(uint64_t *)pool_at(&account->off, slot) = number;
}

bool account_has_sent(const struct account *account, uint64_t number)
{
    if (account->known && number < account->known[number_owner(number, account->nodes)].message)
        return true;
    return find(&account->messages, number) || find_off(account, number) != TABLE_NONE;
}

static void drop_message(struct account *account, struct tracked *message, const struct record *by)
{
    struct record record = record_of(RECORD_DROP);
    record.t_ns = record.clock_ns = by->t_ns;
    record.node = message->from;
    record.peer = message->node;
    record.number = message->number;
    record.message = message->kind;
    record.request = message->request;
    record.code = DROP_DOWN;
    write_off(account, message->number);
    drop(&account->messages, message);
    account->put(account->context, &record);
}

/* What was under way to a node that went down. */
static void drop_under_way(struct account *account, const struct record *by)
{
    for (struct tracked *message; (message = account->messages.at[by->node].first);)
        drop_message(account, message, by);
}

/* What was sent while the node was down went to the process before, or to this one, which hears
 * before it is up. */
static void doubt_under_way(struct account *account, node_id node)
{
    struct tracked *message = account->messages.at[node].first;
    for (; message; message = message->next)
        message->doubtful = true;
}

/* A peer's messages come in the order in which they were sent: what is doubtful and was sent before
 * one that has come went to the process before. Those are the first of the list. */
static void settle_doubts(struct account *account, const struct record *arrival, node_id from,
                          node_id to)
{
    struct tracked *next, *message = account->messages.at[to].first;
    for (; message && message->doubtful; message = next) {
        next = message->next;
        if (message->from == from && message->number < arrival->number)
            drop_message(account, message, arrival);
    }
}

/* ---- records ------------------------------------------------------------------------------- */

static void lose(struct account *account, struct tracking *tracking, struct record record)
{
    for (struct tracked *tracked; (tracked = tracking->at[record.node].first);) {
        record.id = tracked->id;
        record.worker = record.kind == RECORD_LOST ? tracked->number : 0;
        record.request = record.kind == RECORD_FAIL ? tracked->number : 0;
        account->put(account->context, &record);
        drop(tracking, tracked);
    }
}

static void take_down(struct account *account, const struct record *record)
{
    struct record last = record_of(RECORD_LOST);
    last.t_ns = record->t_ns;
    last.clock_ns = record->clock_ns;
    last.node = record->node;
    lose(account, &account->workers, last);
    last.kind = RECORD_FAIL;
    last.code = OUTCOME_CALLER_LOST;
    lose(account, &account->requests, last);
    account->put(account->context, record);
    drop_under_way(account, record);
}

static void take_up(struct account *account, const struct record *record)
{
    if (account->incarnations[record->node] != record->epoch)
        doubt_under_way(account, record->node);
    account->incarnations[record->node] = record->epoch;
    account->put(account->context, record);
}

static void take_send(struct account *account, const struct record *record)
{
    struct text none = text_borrow("", 0);
    struct tracked *message = add(account, &account->messages, record->number, record->peer, &none);
    if (!message)
        return;
    message->from = record->node;
    message->kind = record->message;
    message->request = record->request;
}

/* Its end was told here before: that a node tells of it too is no second one. */
static bool was_written_off(struct account *account, const struct record *record)
{
    uint32_t slot = record->kind == RECORD_DROP ? find_off(account, record->number) : TABLE_NONE;
    if (slot == TABLE_NONE)
        return false;
    table_remove(&account->written_off, random_mix(record->number), slot);
    pool_give(&account->off, slot);
    return true;
}

/* ---- what began before --------------------------------------------------------------------- */

void account_ignore(struct account *account, node_id node, uint64_t request, uint64_t message)
{
    if (!account->known)
        account->known = memory_zeroed(account->nodes * sizeof *account->known);
    if (account->known)
        account->known[node] = (struct known){.request = request, .message = message};
    else
        account->failed = true;
}

struct under_way account_under_way(const struct account *account)
{
    return (struct under_way){.messages = account->messages.pool.count,
                              .requests = account->requests.pool.count,
                              .workers = account->workers.pool.count};
}

static bool is_known(const struct account *account, const struct record *record)
{
    bool carried =
        record->kind == RECORD_SEND || record->kind == RECORD_RECV || record->kind == RECORD_DROP;
    if (record->request &&
        record->request < account->known[number_owner(record->request, account->nodes)].request)
        return false;
    return !carried ||
           record->number >= account->known[number_owner(record->number, account->nodes)].message;
}

static bool is_of_requests(const struct record *record)
{
    return record->request || record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
           record->kind == RECORD_DROP;
}

/* Whether the record is to be given on; one that is may be changed. */
static bool passes(struct account *account, struct record *record)
{
    if (record->node == NODE_NONE)
        return true;
    struct known *known = &account->known[record->node];
    bool begun = record->t_ns > 0;
    if (!begun && record->kind == RECORD_REQUEST)
        known->request = record->request + account->nodes;
    if (!begun && record->kind == RECORD_SEND)
        known->message = record->number + account->nodes;
    if (is_of_requests(record) && (!begun || !is_known(account, record))) {
        known->unknown_ns = record->clock_ns;
        return false;
    }
    if (record->kind == RECORD_START && record->code == START_FRESH &&
        (!begun || known->unknown_ns == record->clock_ns))
        record->code = START_FOUND;
    return true;
}

/* ---- the next ------------------------------------------------------------------------------ */

void account_take(struct account *account, const struct record *next)
{
    struct record copy = *next;
    const struct record *record = &copy;
    if (account->known && !passes(account, &copy))
        return;
    switch (record->kind) {
    case RECORD_UP:
        take_up(account, record);
        return;
    case RECORD_DOWN:
        take_down(account, record);
        return;
    case RECORD_SEND:
        take_send(account, record);
        break;
    case RECORD_RECV:
    case RECORD_DROP:
        if (was_written_off(account, record))
            return;
        if (record->kind == RECORD_RECV)
            settle_doubts(account, record, record->peer, record->node);
        drop_number(&account->messages, record->number);
        break;
    case RECORD_REQUEST:
        add(account, &account->requests, record->request, record->node, &record->id);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        drop_number(&account->requests, record->request);
        break;
    case RECORD_START:
        add(account, &account->workers, record->worker, record->node, &record->id);
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
        drop_number(&account->workers, record->worker);
        break;
    default:
        break;
    }
    account->put(account->context, record);
}
