/* What a node wants of the rest of the world leaves it here: its records, its messages, and what
 * becomes of a request that came to its registry. And the share of its memory that their payloads
 * take. */
#include "node/handover.h"
#include "node/peers.h"
#include "node/request.h"

void node_record(struct node *node, struct record *record)
{
    record->node = node->config.self;
    record->clock_ns = node->now_ns;
    node->host->record(node->context, record);
}

/* Whoever does not hear the peer does not know which life it is in: then its heartbeat says to any
 * of them that there is a member. */
static bool is_meant_for_one_life(const struct message *message)
{
    return message->kind != MESSAGE_JOIN && message->kind != MESSAGE_LEAVE &&
           (message->kind != MESSAGE_HEARTBEAT || message->code & HEARTBEAT_HEARS);
}

/* Under leases an answer carries its token. Where there is no memory for that it is as if it were
 * lost. */
static OUT_OF_LINE bool seal(struct node *node, struct message *message)
{
    if (message->kind != MESSAGE_REPLY || message->code != OUTCOME_VALUE)
        return true;
    message->part |= REPLY_SEALED;
    return !seal_value(&node->sealed, &node->answer_token, &message->as.answer.value);
}

void node_send(struct node *node, node_id to, struct message *message)
{
    message->from = node->config.self;
    message->incarnation = node->config.incarnation;
    if (is_meant_for_one_life(message))
        message->meant = peers_tag(node, to);
    if (node->lease && !seal(node, message))
        return;
    node->host->send(node->context, to, message);
}

void node_answer(struct node *node, const struct caller *caller, enum outcome outcome,
                 uint64_t worker, struct text *value)
{
    if (caller->node == node->config.self) {
        request_answered_here(node, caller, outcome, worker, value);
        return;
    }
    struct message reply = {.kind = MESSAGE_REPLY,
                            .code = (uint8_t)outcome,
                            .part = caller->try,
                            .request = caller->request};
    if (outcome == OUTCOME_VALUE || outcome == OUTCOME_WORK_FAILED)
        reply.as.answer.value = *value;
    if (outcome == OUTCOME_VALUE)
        reply.as.answer.worker = worker;
    node_send(node, caller->node, &reply);
}

static void send_moved(struct node *node, const struct caller *caller, node_id owner, uint8_t code)
{
    struct message reply = {
        .kind = MESSAGE_REPLY, .code = code, .part = caller->try, .request = caller->request};
    reply.as.answer.worker = owner;
    node_send(node, caller->node, &reply);
}

void node_pass_on(struct node *node, const struct caller *caller, const struct asked *asked,
                  node_id owner)
{
    if (caller->hops >= HANDOVER_HOPS) {
        node_answer(node, caller, OUTCOME_OVERLOADED, 0, NULL); /* which says nothing of leaving */
        return;
    }
    if (caller->node == node->config.self)
        request_passed_on(node, caller, owner);
    else
        send_moved(node, caller, owner, REPLY_PASSED);
    struct record handed = record_of(RECORD_HANDED);
    handed.request = caller->request;
    handed.id = asked->id;
    handed.code = caller->try;
    handed.peer = owner;
    node_record(node, &handed);
    handover_pass(node, caller, asked, owner);
}

void node_send_on(struct node *node, const struct caller *caller, node_id owner)
{
    if (caller->node == node->config.self) {
        request_sent_on_here(node, caller, owner);
        return;
    }
    send_moved(node, caller, owner, REPLY_MOVED);
}

/* ---- demands ------------------------------------------------------------------------------- */

enum error node_keep_demand(struct node *node, struct text *to, const struct text *demand)
{
    uint32_t size = text_size(demand);
    if (!size)
        return OK;
    if (node->payload_bytes + size > PAYLOADS_MAX)
        return ERROR_FULL;
    if (text_copy(to, demand))
        return ERROR_MEMORY;
    node->payload_bytes += size;
    return OK;
}

void node_drop_demand(struct node *node, struct text *demand)
{
    node->payload_bytes -= text_size(demand);
    text_clear(demand);
}
