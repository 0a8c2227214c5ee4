#include "check/checker_parts.h"

#include "base/bits.h"
#include "base/memory.h"

#include <inttypes.h>

static struct checker_message *find(const struct checker *checker, uint64_t number)
{
    return pool_map_find_number(&checker->messages, struct checker_message, number, number);
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

struct checker_link_key {
    node_id from;
    node_id to;
    uint32_t starts;
};

static inline bool is_link(const void *object, const void *key)
{
    const struct checker_link *link = object;
    const struct checker_link_key *wanted = key;
    return link->from == wanted->from && link->to == wanted->to && link->starts == wanted->starts;
}

static struct checker_link *add_link(struct checker *checker, const struct checker_link_key *key)
{
    uint32_t slot;
    struct checker_link *link = pool_map_add(&checker->links, link_hash(key->from, key->to), &slot);
    if (!link) {
        checker_give_up(checker);
        return NULL;
    }
    link->slot = slot;
    link->from = key->from;
    link->to = key->to;
    link->starts = key->starts;
    return link;
}

static void join_link(struct checker *checker, struct checker_message *message)
{
    struct checker_link_key key = {message->from, message->to,
                                   starts_that_part(checker, message->from, message->to)};
    struct checker_link *link =
        pool_map_find(&checker->links, link_hash(key.from, key.to), is_link, &key);
    if (!link)
        link = add_link(checker, &key);
    message->link = link;
    if (link)
        link->messages++;
}

/* A link on which nothing is under way can bring nothing out of order, and is forgotten. */
static void leave_link(struct checker *checker, struct checker_link *link)
{
    if (--link->messages)
        return;
    pool_map_remove(&checker->links, link_hash(link->from, link->to), link->slot);
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

/* ---- lives --------------------------------------------------------------------------------- */

/* Never 0. */
static uint16_t life_of(const struct checker_node *node)
{
    return (uint16_t)(node->starts % UINT16_MAX + 1);
}

/* A trace of a cluster that ran before it does not show what was heard before. */
static bool is_known(const struct checker *checker, const struct checker_node *from, uint16_t life)
{
    return life || (checker->setup.real_links && from->starts > 1);
}

/* The message's receiver, at the record, hears the life that sent it. */
static void hear(struct checker *checker, const struct record *record,
                 const struct checker_message *message)
{
    struct checker_node *node = &checker->nodes[record->node];
    if (checker->setup.views_static)
        return;
    if (!node->lives)
        node->lives = memory_zeroed(checker->setup.nodes * sizeof *node->lives);
    if (!node->lives) {
        checker_give_up(checker);
        return;
    }
    uint16_t *life = &node->lives[message->from];
    if (*life == message->life)
        return;
    bool left = node->leaving && bits_has(node->leaving, message->from);
    if (left)
        bits_remove(node->leaving, message->from);
    if (is_known(checker, &checker->nodes[message->from], *life)) {
        node->renewed_left = left;
        node->renewed = message->from;
        node->renewed_t_ns = record->t_ns;
        node->renewed_clock_ns = record->clock_ns;
        node->renewed_step = record->step;
    }
    *life = message->life;
}

/* ---- sent ---------------------------------------------------------------------------------- */

static struct checker_message *add(struct checker *checker, const struct record *record)
{
    uint32_t slot;
    struct checker_message *message =
        pool_map_add(&checker->messages, hash_map_number(record->number), &slot);
    if (!message) {
        checker_give_up(checker);
        return NULL;
    }
    message->number = record->number;
    message->slot = slot;
    message->from = record->node;
    message->to = record->peer;
    message->kind = record->message;
    message->life = life_of(&checker->nodes[record->node]);
    message->budget_ns = checker->setup.timeout_ns;
    return message;
}

static void judge_forwarding(struct checker *checker, const struct record *record,
                             struct checker_request *request)
{
    if (!request || request->caller != record->node)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " forwards request %" PRIu64 ", which was made elsewhere",
                       NODE_SHOWN(record->node), record->request);
    else if (request->tried != record->peer)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " sends request %" PRIu64 " to " PRInode
                               ", which it is not routed to",
                       NODE_SHOWN(record->node), record->request, NODE_SHOWN(record->peer));
    else if (request->sent++ && !request->disordered)
        checker_breach(checker, RULE_ONE_HOP, record, &record->id,
                       PRInode " sends request %" PRIu64 " a second time", NODE_SHOWN(record->node),
                       record->request);
}

/* Whether the REPLY tells its caller that its sender leaves: one that does refuses what comes. The
 * trace has no outcomes of answers, so that what it refuses for another reason counts as well. */
static bool tells_of_leaving(const struct checker *checker, const struct record *record)
{
    return checker->nodes[record->node].leaves && !checker->fulfils;
}

/* An answer to what waits here, or what was just served. A link that duplicates may repeat it. */
static void judge_answering(struct checker *checker, const struct record *record, bool ordered,
                            struct checker_request *request)
{
    struct checker_entry *entry =
        request ? checker_request_entry_at(request, record->node, record->code) : NULL;
    if (checker->fulfils)
        return;
    if (entry) {
        struct checker_place *place = entry->place;
        checker_entry_remove(checker, entry);
        checker_place_release(checker, place);
    } else if (request ? !request->disordered
                       : ordered && !checker->disordered && !checker->handed_unknown) {
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
    struct checker_message *message = add(checker, record);
    if (record->message == MESSAGE_LEAVE)
        checker->nodes[record->node].leaves = true;
    if (!message || !record->request)
        return;
    struct checker_request *request = checker_request_find(checker, record->request);
    message->request = request;
    if (request) {
        request->messages++;
        message->try = record->code ? record->code : request->tries;
        message->budget_ns = request->deadline_ns - record->clock_ns;
        if (request->id->recent)
            __builtin_prefetch(request->id->recent->worker);
    }
    bool ordered = checker_link_keeps_order(checker, record->node, record->peer);
    if (request)
        request->disordered |= !ordered;
    bool first = record->message == MESSAGE_REQUEST && message->try == 1;
    if (first && ordered)
        join_link(checker, message);
    else if (first)
        checker->disordered++;
    if (record->message == MESSAGE_REQUEST)
        judge_forwarding(checker, record, request);
    else if (record->message == MESSAGE_REPLY)
        judge_answering(checker, record, ordered, request);
    if (record->message == MESSAGE_REPLY && request && checker->setup.hand_over &&
        !checker->fulfils)
        checker_request_named(checker, record, request);
    message->stopping = record->message == MESSAGE_REPLY && tells_of_leaving(checker, record);
}

/* ---- come ---------------------------------------------------------------------------------- */

static void take_request(struct checker *checker, const struct record *record,
                         const struct checker_message *message)
{
    struct checker_request *request = message->request;
    if (request && message->link)
        judge_order(checker, record, message->link, request);
    if (request)
        checker_place_enter(checker, record, request, record->clock_ns + message->budget_ns,
                            message->try);
}

static void take_leave(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    if (!node->leaving)
        node->leaving = bits_new(checker->setup.nodes);
    if (node->leaving)
        bits_add(node->leaving, record->peer);
    else
        checker_give_up(checker);
}

static void take_reply(struct checker *checker, const struct record *record,
                       const struct checker_message *message)
{
    struct checker_request *request = message->request;
    if (!request || !request->open || request->caller != record->node) {
        checker_breach(checker, RULE_ONE_OUTCOME, record, request ? &request->id->id : &record->id,
                       PRInode " takes an answer to request %" PRIu64 ", which is not open there",
                       NODE_SHOWN(record->node), record->request);
        return;
    }
    request->replied = true;
    if (message->stopping)
        take_leave(checker, record);
}

/* The message of the record, or NULL if it is not under way. Judges whether it is under way as the
 * record has it. */
static struct checker_message *arriving(struct checker *checker, const struct record *record,
                                        node_id from, node_id to)
{
    struct checker_message *message = find(checker, record->number);
    const char *word = record->kind == RECORD_RECV ? "delivered" : "dropped";
    if (!message)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " from " PRInode " to " PRInode
                       " is %s though it is not under way",
                       record->number, NODE_SHOWN(from), NODE_SHOWN(to), word);
    else if (message->from != from || message->to != to || message->kind != record->message)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " is %s from " PRInode " to " PRInode " as %s, but was"
                       " sent from " PRInode " to " PRInode " as %s",
                       record->number, word, NODE_SHOWN(from), NODE_SHOWN(to),
                       message_name(record->message), NODE_SHOWN(message->from),
                       NODE_SHOWN(message->to), message_name(message->kind));
    return message;
}

static void end(struct checker *checker, struct checker_message *message)
{
    struct checker_request *request = message->request;
    if (message->link)
        leave_link(checker, message->link);
    pool_map_remove(&checker->messages, hash_map_number(message->number), message->slot);
    if (request) {
        request->messages--;
        checker_request_release(checker, request);
    }
}

void checker_take_recv(struct checker *checker, const struct record *record)
{
    struct checker_node *node = &checker->nodes[record->node];
    struct checker_message *message = arriving(checker, record, record->peer, record->node);
    if (!node->up || node->frozen)
        checker_breach(checker, RULE_CONSERVATION, record, &record->id,
                       "message %" PRIu64 " is delivered to " PRInode ", which %s", record->number,
                       NODE_SHOWN(record->node), node->up ? "is frozen" : "does not run");
    if (!message)
        return;
    hear(checker, record, message);
    if (checker->absences.pool.count)
        checker_absence_heard(checker, record);
    if (message->kind == MESSAGE_REQUEST)
        take_request(checker, record, message);
    else if (message->kind == MESSAGE_REPLY)
        take_reply(checker, record, message);
    else if (message->kind == MESSAGE_LEAVE)
        take_leave(checker, record);
    end(checker, message);
}

void checker_take_drop(struct checker *checker, const struct record *record)
{
    struct checker_message *message = arriving(checker, record, record->node, record->peer);
    if (message)
        end(checker, message);
}
