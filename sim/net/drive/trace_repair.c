#include "net/drive/trace_repair.h"

#include "base/memory.h"
#include "net/wire/wire.h"

struct written_off {
    uint64_t number;
    uint32_t slot;
};

enum error trace_repair_init(struct trace_repair *repair, uint32_t nodes,
                             void (*put)(void *context, const struct record *record), void *context)
{
    *repair = (struct trace_repair){.nodes = nodes, .put = put, .context = context};
    pool_map_init(&repair->written_off, sizeof(struct written_off));
    return replay_init(&repair->replay,
                       &(struct replay_setup){.nodes = nodes,
                                              .parts = REPLAY_VIEWS | REPLAY_WORKERS |
                                                       REPLAY_REQUESTS | REPLAY_MESSAGES});
}

void trace_repair_close(struct trace_repair *repair)
{
    replay_close(&repair->replay);
    pool_map_close(&repair->written_off);
    memory_free(repair->known);
}

struct under_way trace_repair_under_way(const struct trace_repair *repair)
{
    return replay_under_way(&repair->replay);
}

uint64_t trace_repair_written_off(const struct trace_repair *repair)
{
    return repair->written_off.pool.count;
}

static void put(struct trace_repair *repair, const struct record *record)
{
    repair->put(repair->context, record);
}

/* The record goes out after it has taken effect here. */
static void pass_on(struct trace_repair *repair, const struct record *record)
{
    if (replay_take(&repair->replay, record))
        repair->failed = true;
    put(repair, record);
}

/* ---- messages that arrive nowhere ---------------------------------------------------------- */

static struct written_off *find_written_off(const struct trace_repair *repair, uint64_t number)
{
    return pool_map_find_number(&repair->written_off, struct written_off, number, number);
}

static void write_off(struct trace_repair *repair, uint64_t number)
{
    uint32_t slot;
    struct written_off *off = pool_map_add(&repair->written_off, hash_map_number(number), &slot);
    if (off)
        *off = (struct written_off){.number = number, .slot = slot};
    else
        repair->failed = true;
}

/* The repair wrote this message's DROP already: a second one by its receiver does not count. */
static bool was_written_off(struct trace_repair *repair, const struct record *record)
{
    struct written_off *off =
        record->kind == RECORD_DROP ? find_written_off(repair, record->number) : NULL;
    if (!off)
        return false;
    pool_map_remove(&repair->written_off, hash_map_number(off->number), off->slot);
    return true;
}

static bool is_of_message(const struct record *record)
{
    return record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
           record->kind == RECORD_DROP;
}

static bool is_known(const struct trace_repair *repair, const struct record *record)
{
    uint64_t request = record->request, message = record->number;
    if (request && request < repair->known[number_owner(request, repair->nodes)].request)
        return false;
    return !is_of_message(record) ||
           message >= repair->known[number_owner(message, repair->nodes)].message;
}

bool trace_repair_has_sent(const struct trace_repair *repair, const struct record *record)
{
    if (repair->known && !is_known(repair, record))
        return true;
    return replay_find_message(&repair->replay, record->number) ||
           find_written_off(repair, record->number);
}

static void drop_message(struct trace_repair *repair, const struct replay_message *message,
                         const struct record *by)
{
    struct record record = record_of(RECORD_DROP);
    record.t_ns = record.clock_ns = by->t_ns;
    record.node = message->from;
    record.peer = message->to;
    record.number = message->number;
    record.message = message->kind;
    record.request = message->request;
    record.code = DROP_DOWN;
    write_off(repair, message->number);
    pass_on(repair, &record);
}

static void drop_all_to(struct trace_repair *repair, const struct record *down)
{
    list_each (link, &repair->replay.nodes[down->node].messages)
        drop_message(repair, replay_message_of(link), down);
}

/* What was sent while the node was down went to the process before, or to this one, which hears
 * before it is up: such messages are marked. */
static void mark_all_to(struct trace_repair *repair, node_id node)
{
    list_each (link, &repair->replay.nodes[node].messages)
        replay_message_of(link)->mark = true;
}

/* A peer's messages come in the order in which they were sent, those that may wait among themselves
 * and others too (net/wire/peer.h). A marked one that was sent before one that has come
 * went to the process before. Marked ones are the first of the list. */
static void drop_overtaken(struct trace_repair *repair, const struct record *arrival)
{
    list_each (link, &repair->replay.nodes[arrival->node].messages) {
        const struct replay_message *message = replay_message_of(link);
        if (!message->mark)
            return;
        if (message->from == arrival->peer && message->number < arrival->number &&
            wire_may_wait(message->kind) == wire_may_wait(arrival->message))
            drop_message(repair, message, arrival);
    }
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* The record goes out before its object ends: its id is the object's. */
static void end_by(struct trace_repair *repair, const struct record *record)
{
    put(repair, record);
    replay_take(&repair->replay, record);
}

static void take_down(struct trace_repair *repair, const struct record *record)
{
    struct replay_node *node = &repair->replay.nodes[record->node];
    struct record last = record_of(RECORD_LOST);
    last.t_ns = record->t_ns;
    last.clock_ns = record->clock_ns;
    last.node = record->node;
    list_each (link, &node->workers) {
        const struct replay_worker *worker = replay_worker_of(link);
        last.id = worker->id;
        last.worker = worker->number;
        end_by(repair, &last);
    }
    last.kind = RECORD_FAIL;
    last.code = OUTCOME_CALLER_LOST;
    last.worker = 0;
    list_each (link, &node->requests) {
        const struct replay_request *request = replay_request_of(link);
        last.id = request->id;
        last.request = request->number;
        end_by(repair, &last);
    }
    pass_on(repair, record);
    drop_all_to(repair, record);
}

static void take_up(struct trace_repair *repair, const struct record *record)
{
    if (repair->replay.nodes[record->node].incarnation != record->epoch)
        mark_all_to(repair, record->node);
    pass_on(repair, record);
}

/* ---- what began before --------------------------------------------------------------------- */

void trace_repair_ignore(struct trace_repair *repair, node_id node, uint64_t request,
                         uint64_t message)
{
    if (!repair->known)
        repair->known = memory_zeroed(repair->nodes * sizeof *repair->known);
    if (repair->known)
        repair->known[node] = (struct known_from){.request = request, .message = message};
    else
        repair->failed = true;
}

/* Whether the record is to be given on; one that is may be changed. */
static bool admit(struct trace_repair *repair, struct record *record)
{
    if (record->node == NODE_NONE)
        return true;
    struct known_from *known = &repair->known[record->node];
    bool begun = record->t_ns > 0;
    if (!begun && record->kind == RECORD_REQUEST)
        known->request = record->request + repair->nodes;
    if (!begun && record->kind == RECORD_SEND)
        known->message = record->number + repair->nodes;
    bool of_requests = record->request || is_of_message(record);
    if (of_requests && (!begun || !is_known(repair, record))) {
        known->unknown_ns = record->clock_ns;
        return false;
    }
    if (record->kind == RECORD_START && record->code == START_FRESH &&
        (!begun || known->unknown_ns == record->clock_ns))
        record->code = START_FOUND;
    return true;
}

/* ---- the next ------------------------------------------------------------------------------ */

void trace_repair_take(struct trace_repair *repair, const struct record *next)
{
    struct record record = *next;
    if (repair->known && !admit(repair, &record))
        return;
    switch (record.kind) {
    case RECORD_UP:
        take_up(repair, &record);
        return;
    case RECORD_DOWN:
        take_down(repair, &record);
        return;
    case RECORD_RECV:
        drop_overtaken(repair, &record);
        break;
    case RECORD_DROP:
        if (was_written_off(repair, &record))
            return;
        break;
    default:
        break;
    }
    pass_on(repair, &record);
}
