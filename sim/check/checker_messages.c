#include "check/checker_state.h"

#include <inttypes.h>

static struct checker_message *find(const struct checker *checker, uint64_t number)
{
    struct probe probe = table_probe(&checker->by_message, random_mix(number));
    for (uint32_t slot; (slot = table_next(&checker->by_message, &probe)) != TABLE_NONE;) {
        struct checker_message *carried = pool_at(&checker->messages, slot);
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
static uint32_t starts_that_part(const struct checker *checker, node_id from, node_id to)
{
    return checker->setup.late_ns ? checker->nodes[from].starts + checker->nodes[to].starts : 0;
}

static struct checker_link *find_link(const struct checker *checker, node_id from, node_id to,
                                      uint32_t starts)
{
    struct probe probe = table_probe(&checker->by_link, link_hash(from, to));
    for (uint32_t slot; (slot = table_next(&checker->by_link, &probe)) != TABLE_NONE;) {
        struct checker_link *link = pool_at(&checker->links, slot);
        if (link->from == from && link->to == to && link->starts == starts)
            return link;
    }
    return NULL;
}

static struct checker_link *add_link(struct checker *checker, node_id from, node_id to,
                                     uint32_t starts)
{
    uint32_t slot = pool_take(&checker->links);
    if (slot == POOL_NONE || table_insert(&checker->by_link, link_hash(from, to), slot)) {
        if (slot != POOL_NONE)
            pool_give(&checker->links, slot);
        checker_give_up(checker);
        return NULL;
    }
    struct checker_link *link = pool_at(&checker->links, slot);
    link->slot = slot;
    link->from = from;
    link->to = to;
    link->starts = starts;
    return link;
}

static void join_link(struct checker *checker, struct checker_message *carried)
{
    uint32_t starts = starts_that_part(checker, carried->from, carried->to);
    struct checker_link *link = find_link(checker, carried->from, carried->to, starts);
    if (!link)
        link = add_link(checker, carried->from, carried->to, starts);
    carried->link = link;
    if (link)
        link->messages++;
}

/* A link on which nothing is under way can bring nothing out of order, and is forgotten. */
static void leave_link(struct checker *checker, struct checker_link *link)
{
    if (--link->messages)
        return;
    table_remove(&checker->by_link, link_hash(link->from, link->to), link->slot);
    pool_give(&checker->links, link->slot);
}

/* Requests come in the order in which they were made, so that one mailbox in order is enough to
 * have each caller's served in the order sent. */
static void judge_order(struct checker *checker, const struct record *record,
                        struct checker_link *link, const struct checker_request *request)
{
    if (request->number < link->newest)
        checker_breach(checker, RULE_IN_ORDER, record, &request->id->id,
                       "request %" PRIu64 " comes from " PRInode " to " PRInode
                       " after request %" PRIu64 ", which was sent later",
                       request->number, NODE_SHOWN(link->from), NODE_SHOWN(link->to), link->newest);
    else
        link->newest = request->number;
}

/* ---- sent ---------------------------------------------------------------------------------- */

static struct checker_message *add(struct checker *checker, const struct record *record)
{
    uint32_t slot = pool_take(&checker->messages);
    if (slot == POOL_NONE || table_insert(&checker->by_message, random_mix(record->number), slot)) {
        if (slot != POOL_NONE)
            pool_give(&checker->messages, slot);
        checker_give_up(checker);
        return NULL;
    }
    struct checker_message *carried = pool_at(&checker->messages, slot);
    carried->number = record->number;
    carried->slot = slot;
    carried->from = record->node;
    carried->to = record->peer;
    carried->kind = record->message;
    return carried;
}

static void judge_forwarding(struct checker *checker, const struct record *record,
                             struct checker_request *request)
{
    if (!request || request->caller != record->node)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " forwards request %" PRIu64 ", which was made elsewhere",
                       NODE_SHOWN(record->node), record->request);
    else if (request->owner != record->peer)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " sends request %" PRIu64 " to " PRInode
                               ", which it is not routed to",
                       NODE_SHOWN(record->node), record->request, NODE_SHOWN(record->peer));
    else if (request->sent++ && checker->setup.ordered)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " sends request %" PRIu64 " a second time", NODE_SHOWN(record->node),
                       record->request);
}

/* An answer to what waits here, or what was just served. A link that duplicates may repeat it. */
static void judge_answering(struct checker *checker, const struct record *record,
                            struct checker_request *request)
{
    struct checker_entry *entry = request ? checker_request_entry_at(request, record->node) : NULL;
    if (checker->paid)
        return;
    if (entry) {
        struct checker_place *place = entry->place;
        checker_entry_remove(checker, entry);
        checker_place_release(checker, place);
    } else if (checker->setup.ordered) {
        checker_breach(checker, RULE_ONE_OUTCOME, record, request ? &request->id->id : &record->id,
                       PRInode " answers request %" PRIu64 ", which waits for no answer from it",
                       NODE_SHOWN(record->node), record->request);
    }
}

void checker_take_send(struct checker *checker, const struct record *record)
{
    if (find(checker, record->number)) {
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " is sent by " PRInode " while it is under way",
                       record->number, NODE_SHOWN(record->node));
        return;
    }
    struct checker_message *carried = add(checker, record);
    if (!carried || !record->request)
        return;
    struct checker_request *request = checker_request_find(checker, record->request);
    carried->request = request;
    if (request) {
        request->messages++;
        if (request->id->recent)
            __builtin_prefetch(request->id->recent->worker);
    }
    if (record->message == MESSAGE_REQUEST && checker->setup.ordered)
        join_link(checker, carried);
    if (record->message == MESSAGE_REQUEST)
        judge_forwarding(checker, record, request);
    else if (record->message == MESSAGE_REPLY)
        judge_answering(checker, record, request);
}

/* ---- come ---------------------------------------------------------------------------------- */

static void take_request(struct checker *checker, const struct record *record,
                         const struct checker_message *carried)
{
    struct checker_request *request = carried->request;
    if (request && carried->link)
        judge_order(checker, record, carried->link, request);
    if (request)
        checker_place_enter(checker, record, request, record->clock_ns + checker->setup.timeout_ns,
                            1);
}

static void take_reply(struct checker *checker, const struct record *record,
                       const struct checker_request *request)
{
    if (!request || !request->open || request->caller != record->node)
        checker_breach(checker, RULE_ONE_OUTCOME, record, request ? &request->id->id : &record->id,
                       PRInode " takes an answer to request %" PRIu64 ", which is not open there",
                       NODE_SHOWN(record->node), record->request);
}

/* The message of the record, if it is under way as the record says; else a breach is told. */
static struct checker_message *arriving(struct checker *checker, const struct record *record,
                                        node_id from, node_id to)
{
    struct checker_message *carried = find(checker, record->number);
    const char *word = record->kind == RECORD_RECV ? "delivered" : "dropped";
    if (!carried)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " from " PRInode " to " PRInode
                       " is %s though it is not under way",
                       record->number, NODE_SHOWN(from), NODE_SHOWN(to), word);
    else if (carried->from != from || carried->to != to || carried->kind != record->message)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " is %s from " PRInode " to " PRInode " as %s, but was"
                       " sent from " PRInode " to " PRInode " as %s",
                       record->number, word, NODE_SHOWN(from), NODE_SHOWN(to),
                       message_name(record->message), NODE_SHOWN(carried->from),
                       NODE_SHOWN(carried->to), message_name(carried->kind));
    return carried;
}

static void end(struct checker *checker, struct checker_message *carried)
{
    struct checker_request *request = carried->request;
    if (carried->link)
        leave_link(checker, carried->link);
    table_remove(&checker->by_message, random_mix(carried->number), carried->slot);
    pool_give(&checker->messages, carried->slot);
    if (request) {
        request->messages--;
        checker_request_release(checker, request);
    }
}

void checker_take_recv(struct checker *checker, const struct record *record)
{
    const struct checker_node *node = &checker->nodes[record->node];
    struct checker_message *carried = arriving(checker, record, record->peer, record->node);
    if (!node->up || node->frozen)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " is delivered to " PRInode ", which %s", record->number,
                       NODE_SHOWN(record->node), node->up ? "is frozen" : "does not run");
    if (!carried)
        return;
    if (carried->kind == MESSAGE_REQUEST)
        take_request(checker, record, carried);
    else if (carried->kind == MESSAGE_REPLY)
        take_reply(checker, record, carried->request);
    end(checker, carried);
}

void checker_take_drop(struct checker *checker, const struct record *record)
{
    struct checker_message *carried = arriving(checker, record, record->node, record->peer);
    if (carried)
        end(checker, carried);
}
