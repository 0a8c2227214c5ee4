#include "trace/recall.h"

#include "base/random.h"

void recall_init(struct recall *recall)
{
    pool_init(&recall->requests, sizeof(struct asked));
    pool_init(&recall->workers, sizeof(struct lived));
    table_init(&recall->by_request);
    table_init(&recall->by_worker);
}

void recall_close(struct recall *recall)
{
    for (uint32_t i = 0; recall->by_request.cells && i <= recall->by_request.mask; i++) {
        uint32_t next_slot = recall->by_request.cells[i].next_slot;
        if (next_slot)
            text_clear(&((struct asked *)pool_at(&recall->requests, next_slot - 1))->id);
    }
    pool_close(&recall->requests);
    pool_close(&recall->workers);
    table_close(&recall->by_request);
    table_close(&recall->by_worker);
}

/* ---- requests ------------------------------------------------------------------------------ */

static struct asked *find_request(const struct recall *recall, uint64_t number)
{
    struct probe probe = table_probe(&recall->by_request, random_mix(number));
    for (uint32_t slot; (slot = table_next(&recall->by_request, &probe)) != TABLE_NONE;) {
        struct asked *asked = pool_at(&recall->requests, slot);
        if (asked->number == number)
            return asked;
    }
    return NULL;
}

const struct asked *recall_request(const struct recall *recall, uint64_t number)
{
    return find_request(recall, number);
}

static void add_request(struct recall *recall, const struct record *record)
{
    uint32_t slot = pool_take(&recall->requests);
    if (slot == POOL_NONE)
        return;
    struct asked *asked = pool_at(&recall->requests, slot);
    if (text_copy(&asked->id, &record->id) ||
        table_insert(&recall->by_request, random_mix(record->request), slot)) {
        text_clear(&asked->id);
        pool_give(&recall->requests, slot);
        return;
    }
    asked->slot = slot;
    asked->number = record->request;
    asked->t_ns = record->t_ns;
    asked->clock_ns = record->clock_ns;
    asked->owner = NODE_NONE;
    asked->open = true;
}

static void forget_if_over(struct recall *recall, struct asked *asked)
{
    if (asked->open || asked->messages)
        return;
    table_remove(&recall->by_request, random_mix(asked->number), asked->slot);
    text_clear(&asked->id);
    pool_give(&recall->requests, asked->slot);
}

static void take_request(struct recall *recall, const struct record *record)
{
    struct asked *asked = find_request(recall, record->request);
    if (!asked)
        return;
    switch (record->kind) {
    case RECORD_ROUTE:
        if (record->code == 1)
            asked->owner = record->peer;
        break;
    case RECORD_SEND:
        asked->messages++;
        break;
    case RECORD_RECV:
        asked->refused |= record->message == MESSAGE_REPLY;
        /* fall through */
    case RECORD_DROP:
        asked->messages -= asked->messages > 0;
        break;
    default: /* its end */
        asked->open = false;
        break;
    }
    forget_if_over(recall, asked);
}

/* ---- workers ------------------------------------------------------------------------------- */

static struct lived *find_worker(const struct recall *recall, uint64_t number)
{
    struct probe probe = table_probe(&recall->by_worker, random_mix(number));
    for (uint32_t slot; (slot = table_next(&recall->by_worker, &probe)) != TABLE_NONE;) {
        struct lived *lived = pool_at(&recall->workers, slot);
        if (lived->number == number)
            return lived;
    }
    return NULL;
}

const struct lived *recall_worker(const struct recall *recall, uint64_t number)
{
    return find_worker(recall, number);
}

static void add_worker(struct recall *recall, const struct record *record)
{
    uint32_t slot = pool_take(&recall->workers);
    if (slot == POOL_NONE)
        return;
    struct lived *lived = pool_at(&recall->workers, slot);
    if (table_insert(&recall->by_worker, random_mix(record->worker), slot)) {
        pool_give(&recall->workers, slot);
        return;
    }
    lived->slot = slot;
    lived->number = record->worker;
    lived->clock_ns = record->clock_ns;
    if (record->code == START_FOUND)
        lived->clock_ns -= record->amount;
    lived->load_ns = record->t_ns;
}

static void take_worker(struct recall *recall, const struct record *record)
{
    struct lived *lived = find_worker(recall, record->worker);
    if (!lived)
        return;
    if (record->kind == RECORD_LOAD) {
        lived->load_ns = record->t_ns;
        return;
    }
    table_remove(&recall->by_worker, random_mix(lived->number), lived->slot);
    pool_give(&recall->workers, lived->slot);
}

/* ---- records ------------------------------------------------------------------------------- */

void recall_take(struct recall *recall, const struct record *record)
{
    switch (record->kind) {
    case RECORD_REQUEST:
        add_request(recall, record);
        break;
    case RECORD_ROUTE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        take_request(recall, record);
        break;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        if (record->request)
            take_request(recall, record);
        break;
    case RECORD_START:
        add_worker(recall, record);
        break;
    case RECORD_LOAD:
    case RECORD_EXPIRE:
    case RECORD_LOST:
        take_worker(recall, record);
        break;
    default:
        break;
    }
}
