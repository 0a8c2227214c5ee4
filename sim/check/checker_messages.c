#include "check/checker_state.h"

#include <inttypes.h>

static struct carried *find(const struct checker *check, uint64_t number)
{
    struct probe probe = table_probe(&check->by_message, random_mix(number));
    for (uint32_t slot; (slot = table_next(&check->by_message, &probe)) != TABLE_NONE;) {
        struct carried *carried = pool_at(&check->messages, slot);
        if (carried->number == number)
            return carried;
    }
    return NULL;
}

/* ---- order --------------------------------------------------------------------------------- */

static uint64_t link_hash(node_id from, node_id to)
{
    return random_mix((uint64_t)from << 32 | to);
}

/* A real link is a connection. Over the new one of a node that started again a message may pass one
 * that comes over the old one. */
static uint32_t starts_that_part(const struct checker *check, node_id from, node_id to)
{
    return check->setup.late_ns ? check->nodes[from].starts + check->nodes[to].starts : 0;
}

static struct check_link *find_link(const struct checker *check, node_id from, node_id to,
                                    uint32_t starts)
{
    struct probe probe = table_probe(&check->by_link, link_hash(from, to));
    for (uint32_t slot; (slot = table_next(&check->by_link, &probe)) != TABLE_NONE;) {
        struct check_link *link = pool_at(&check->links, slot);
        if (link->from == from && link->to == to && link->starts == starts)
            return link;
    }
    return NULL;
}

static struct check_link *add_link(struct checker *check, node_id from, node_id to, uint32_t starts)
{
    uint32_t slot = pool_take(&check->links);
    if (slot == POOL_NONE || table_insert(&check->by_link, link_hash(from, to), slot)) {
        if (slot != POOL_NONE)
            pool_give(&check->links, slot);
        check_give_up(check);
        return NULL;
    }
    struct check_link *link = pool_at(&check->links, slot);
    link->slot = slot;
    link->from = from;
    link->to = to;
    link->starts = starts;
    return link;
}

static void join_link(struct checker *check, struct carried *carried)
{
    uint32_t starts = starts_that_part(check, carried->from, carried->to);
    struct check_link *link = find_link(check, carried->from, carried->to, starts);
    if (!link)
        link = add_link(check, carried->from, carried->to, starts);
    carried->link = link;
    if (link)
        link->messages++;
}

/* A link on which nothing is under way can bring nothing out of order, and is forgotten. */
static void leave_link(struct checker *check, struct check_link *link)
{
    if (--link->messages)
        return;
    table_remove(&check->by_link, link_hash(link->from, link->to), link->slot);
    pool_give(&check->links, link->slot);
}

/* Requests come in the order in which they were made, so that one mailbox in order is enough to
 * have each caller's served in the order sent. */
static void judge_order(struct checker *check, const struct record *record, struct check_link *link,
                        const struct check_request *request)
{
    if (request->number < link->newest)
        check_breach(check, RULE_IN_ORDER, record, &request->id->id,
                     "request %" PRIu64 " comes from " PRInode " to " PRInode
                     " after request %" PRIu64 ", which was sent later",
                     request->number, NODE_SHOWN(link->from), NODE_SHOWN(link->to), link->newest);
    else
        link->newest = request->number;
}

/* ---- sent ---------------------------------------------------------------------------------- */

static struct carried *add(struct checker *check, const struct record *record)
{
    uint32_t slot = pool_take(&check->messages);
    if (slot == POOL_NONE || table_insert(&check->by_message, random_mix(record->number), slot)) {
        if (slot != POOL_NONE)
            pool_give(&check->messages, slot);
        check_give_up(check);
        return NULL;
    }
    struct carried *carried = pool_at(&check->messages, slot);
    carried->number = record->number;
    carried->slot = slot;
    carried->from = record->node;
    carried->to = record->peer;
    carried->kind = record->message;
    return carried;
}

static void judge_forwarding(struct checker *check, const struct record *record,
                             struct check_request *request)
{
    if (!request || request->caller != record->node)
        check_breach(check, RULE_ONE_HOP, record, &record->id,
                     PRInode " forwards request %" PRIu64 ", which was made elsewhere",
                     NODE_SHOWN(record->node), record->request);
    else if (request->owner != record->peer)
        check_breach(check, RULE_ONE_HOP, record, &record->id,
                     PRInode " sends request %" PRIu64 " to " PRInode ", which it is not routed to",
                     NODE_SHOWN(record->node), record->request, NODE_SHOWN(record->peer));
    else if (request->sent++ && check->setup.ordered)
        check_breach(check, RULE_ONE_HOP, record, &record->id,
                     PRInode " sends request %" PRIu64 " a second time", NODE_SHOWN(record->node),
                     record->request);
}

/* An answer to what waits here, or what was just served. A link that duplicates may repeat it. */
static void judge_answering(struct checker *check, const struct record *record,
                            struct check_request *request)
{
    struct entry *entry = request ? request_entry_at(request, record->node) : NULL;
    if (check->paid)
        return;
    if (entry) {
        struct place *place = entry->place;
        entry_remove(check, entry);
        place_release(check, place);
    } else if (check->setup.ordered) {
        check_breach(check, RULE_ONE_OUTCOME, record, request ? &request->id->id : &record->id,
                     PRInode " answers request %" PRIu64 ", which waits for no answer from it",
                     NODE_SHOWN(record->node), record->request);
    }
}

void check_send(struct checker *check, const struct record *record)
{
    if (find(check, record->number)) {
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "message %" PRIu64 " is sent by " PRInode " while it is under way",
                     record->number, NODE_SHOWN(record->node));
        return;
    }
    struct carried *carried = add(check, record);
    if (!carried || !record->request)
        return;
    struct check_request *request = request_find(check, record->request);
    carried->request = request;
    if (request) {
        request->messages++;
        if (request->id->recent)
            __builtin_prefetch(request->id->recent->worker);
    }
    if (record->message == MESSAGE_REQUEST && check->setup.ordered)
        join_link(check, carried);
    if (record->message == MESSAGE_REQUEST)
        judge_forwarding(check, record, request);
    else if (record->message == MESSAGE_REPLY)
        judge_answering(check, record, request);
}

/* ---- come ---------------------------------------------------------------------------------- */

static void take_request(struct checker *check, const struct record *record,
                         const struct carried *carried)
{
    struct check_request *request = carried->request;
    if (request && carried->link)
        judge_order(check, record, carried->link, request);
    if (request)
        place_enter(check, record, request, record->clock_ns + check->setup.timeout_ns, 1);
}

static void take_reply(struct checker *check, const struct record *record,
                       const struct check_request *request)
{
    if (!request || !request->open || request->caller != record->node)
        check_breach(check, RULE_ONE_OUTCOME, record, request ? &request->id->id : &record->id,
                     PRInode " takes an answer to request %" PRIu64 ", which is not open there",
                     NODE_SHOWN(record->node), record->request);
}

/* The message of the record, if it is under way as the record says; else a breach is told. */
static struct carried *arriving(struct checker *check, const struct record *record, node_id from,
                                node_id to)
{
    struct carried *carried = find(check, record->number);
    const char *word = record->kind == RECORD_RECV ? "delivered" : "dropped";
    if (!carried)
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "message %" PRIu64 " from " PRInode " to " PRInode
                     " is %s though it is not under way",
                     record->number, NODE_SHOWN(from), NODE_SHOWN(to), word);
    else if (carried->from != from || carried->to != to || carried->kind != record->message)
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "message %" PRIu64 " is %s from " PRInode " to " PRInode " as %s, but was"
                     " sent from " PRInode " to " PRInode " as %s",
                     record->number, word, NODE_SHOWN(from), NODE_SHOWN(to),
                     message_name(record->message), NODE_SHOWN(carried->from),
                     NODE_SHOWN(carried->to), message_name(carried->kind));
    return carried;
}

static void end(struct checker *check, struct carried *carried)
{
    struct check_request *request = carried->request;
    if (carried->link)
        leave_link(check, carried->link);
    table_remove(&check->by_message, random_mix(carried->number), carried->slot);
    pool_give(&check->messages, carried->slot);
    if (request) {
        request->messages--;
        request_release(check, request);
    }
}

void check_recv(struct checker *check, const struct record *record)
{
    const struct check_node *node = &check->nodes[record->node];
    struct carried *carried = arriving(check, record, record->peer, record->node);
    if (!node->up || node->frozen)
        check_breach(check, RULE_CONSERVATION, record, &record->id,
                     "message %" PRIu64 " is delivered to " PRInode ", which %s", record->number,
                     NODE_SHOWN(record->node), node->up ? "is frozen" : "does not run");
    if (!carried)
        return;
    if (carried->kind == MESSAGE_REQUEST)
        take_request(check, record, carried);
    else if (carried->kind == MESSAGE_REPLY)
        take_reply(check, record, carried->request);
    end(check, carried);
}

void check_drop(struct checker *check, const struct record *record)
{
    struct carried *carried = arriving(check, record, record->node, record->peer);
    if (carried)
        end(check, carried);
}
