#include "node/handover.h"

#include "base/number.h"
#include "node/giver.h"
#include "node/newcomer.h"
#include "node/parcel.h"
#include "node/request.h"
#include "node/seen.h"
#include "node/taker.h"
#include "node/worker.h"

enum error handover_init(struct node *node)
{
    if (!node->config.hand_over || !node->members)
        return OK;
    struct handover *handover = memory_zeroed(sizeof *handover);
    if (!handover || view_init(&handover->last, node->config.nodes)) {
        memory_free(handover);
        return ERROR_MEMORY;
    }
    pool_map_init(&handover->awaited, sizeof(struct awaited));
    pool_map_init(&handover->newcomers, sizeof(struct newcomer));
    handover->epoch = UINT32_MAX;
    handover->gave_ns = handover->strayed_ns = handover->stirred_ns = INT64_MIN;
    handover->due_ns = handover->loads_end_ns = TIME_NEVER;
    node->handover = handover;
    return OK;
}

void handover_close(struct node *node)
{
    struct handover *handover = node->handover;
    if (!handover)
        return;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++)
        giver_forget_peer(&handover->neighbours[peer]);
    pool_map_each (struct awaited, awaited, &handover->awaited) {
        for (struct list_link *link; (link = list_first(&awaited->requests));) {
            struct pending *pending = container_of(link, struct pending, in_mailbox);
            list_remove(link);
            text_clear(&pending->id);
            node_drop_demand(node, &pending->demand);
        }
        text_clear(&awaited->id);
    }
    pool_map_close(&handover->awaited);
    newcomers_drop_all(node);
    pool_map_close(&handover->newcomers);
    for (uint32_t i = 0; i < PASTS; i++)
        if (handover->pasts[i].view.bits)
            view_close(&handover->pasts[i].view);
    view_close(&handover->last);
    memory_free(handover->neighbours);
    memory_free(handover);
    node->handover = NULL;
}

void handover_welcomed(struct node *node, const struct message *welcome)
{
    if (welcome->code & WELCOME_CHANGED)
        node->handover->unknown_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    struct view before;
    if (view_init(&before, node->config.nodes))
        return;
    view_add_bits(&before, text_bytes(&welcome->as.members), text_size(&welcome->as.members));
    view_add(&before, welcome->from);
    view_remove(&before, node->config.self);
    handover_remember(node, &before); /* with those of whom this node knows that they leave */
    view_close(&before);
}

/* What waits for the leases that others are to have now goes there. */
static void pass_slots_on(struct node *node)
{
    for (uint32_t i = 0; i < node->config.slots; i++) {
        struct lease_slot *slot = lease_slot_at(node, i);
        if (lease_is_own(node, slot))
            continue;
        worker_pass_for_lease(node, slot);
        giver_has_newcomers(node, slot);
    }
}

void handover_follow_view(struct node *node)
{
    struct handover *handover = node->handover;
    if (handover->epoch == node->view.epoch || !node->view.count)
        return;
    taker_keep_to_come(node);
    handover->epoch = node->view.epoch;
    handover->epoch_ns = node->now_ns;
    handover->strayed_ns = max_i64(handover->strayed_ns, handover->gave_ns);
    handover->gave_ns = INT64_MIN;
    handover->changed = true;
    if (handover->last.count && !handover->alone)
        handover_remember(node, &handover->last);
    handover->alone = node->phase == PHASE_ALONE;
    if (handover->last.count)
        giver_mark_workers(node, &handover->last);
    handover_copy_view(&handover->last, &node->view);
    if (node->lease)
        pass_slots_on(node);
    newcomers_follow_view(node);
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++) {
        struct neighbour *neighbour = &handover->neighbours[peer];
        neighbour->told_ns = 0;
        neighbour->differs = false;
        neighbour->names = 0;
        giver_forget_names(neighbour);
        if (neighbour->takes)
            taker_ask_anew(node, peer, neighbour);
    }
    if (handover->neighbours)
        giver_answer_askers(node);
}

/* ---- where requests go --------------------------------------------------------------------- */

enum place handover_place(struct node *node, const struct caller *caller, const struct text *id,
                          node_id *owner)
{
    handover_follow_view(node);
    if (node->phase == PHASE_LEAVING && caller->hops) {
        *owner = node_owner(node, id);
        return *owner == node->config.self ? PLACE_HERE : PLACE_ELSEWHERE;
    }
    if (node->phase != PHASE_MEMBER)
        return PLACE_HERE;
    const struct worker *worker = registry_find(node, id);
    *owner = node_owner(node, id);
    if (taker_awaits(node, id))
        return PLACE_HELD;
    if (*owner == node->config.self)
        return worker || handover_former_owner(node, id) == NODE_NONE ? PLACE_HERE : PLACE_HELD;
    if (worker && worker->moves && caller->hops > HANDOVER_QUICK)
        return PLACE_HERE; /* it has come back to the one worker that there is */
    if (caller->node == node->config.self)
        return caller->moved ? PLACE_HELD : PLACE_HERE;
    if (worker ? worker->moves : handover_was_own(node, id))
        return caller->back && !worker ? PLACE_HELD : PLACE_ELSEWHERE;
    if (worker)
        return PLACE_HERE;
    const struct neighbour *neighbour = handover_neighbour(node, caller->node);
    return !neighbour || neighbour->differs ? PLACE_HERE : PLACE_HELD;
}

void handover_leave(struct node *node)
{
    node->handover->loads_end_ns = node_ran_ns(node) + node->config.timeout_ns;
    handover_due_at(node, node->handover->loads_end_ns);
    handover_follow_view(node);
    taker_give_up_all(node);
}

void handover_pass(struct node *node, const struct caller *caller, const struct asked *asked,
                   node_id owner)
{
    struct string_builder bytes = {0};
    bool payload = text_size(&asked->demand) > 0;
    parcel_put_pass(&bytes, &(struct parcel_pass){.payload = payload,
                                                  .asked = payload ? asked->demand : asked->id,
                                                  .caller = caller->node,
                                                  .try = caller->try,
                                                  .hops = (uint8_t)(caller->hops + 1),
                                                  .request = caller->request,
                                                  .budget_ns = (uint64_t)max_i64(
                                                      caller->deadline_ns - node->now_ns, 0)});
    struct text text = handover_text(&bytes);
    if (text_size(&text))
        handover_send(node, owner, PARCEL_PASS, &text);
    text_clear(&text);
}

static void take_pass(struct node *node, const struct message *message)
{
    struct parcel_pass pass;
    if (!parcel_get_pass(&message->as.parcel, node->config.nodes, &pass))
        return;
    struct asked asked = {.id = pass.asked};
    if (pass.payload)
        asked = (struct asked){.id = demand_id(&pass.asked), .demand = pass.asked};
    struct caller caller = {.node = pass.caller,
                            .try = pass.try,
                            .moved = pass.caller == node->config.self,
                            .hops = pass.hops,
                            .back = pass.hops > HANDOVER_QUICK ||
                                    node_owner(node, &asked.id) == message->from,
                            .request = pass.request,
                            .deadline_ns = node->now_ns + (int64_t)pass.budget_ns};
    if (node->config.repeats && seen_before(node, &caller))
        return;
    bool unknown = node->config.repeats && seen_add(node, &caller);
    if (caller.moved) /* by the request's state a copy is known, too */
        request_passed_here(node, &caller);
    else if (unknown)
        node_answer(node, &caller, OUTCOME_OVERLOADED, 0, NULL);
    else if (node->phase == PHASE_LEAVING && !node->view.count)
        node_answer(node, &caller, OUTCOME_STOPPING, 0, NULL);
    else if (node->phase == PHASE_JOINING)
        worker_hold(node, &caller, &asked);
    else
        worker_accept(node, &caller, &asked);
}

/* ---- what comes, and what is due ----------------------------------------------------------- */

/* A member may have gone with workers, or have given some away, unknown to this node: members are
 * asked again. */
static void may_be_elsewhere(struct node *node)
{
    struct handover *handover = node->handover;
    handover->unknown_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    handover->stirred_ns = node->now_ns;
    handover->changed = true;
}

static void has_gone(struct node *node, const struct text *given)
{
    handover_note_named(node, given);
    may_be_elsewhere(node);
}

void handover_take(struct node *node, const struct message *message)
{
    node_id peer = message->from;
    handover_follow_view(node);
    if (message->code == PARCEL_PASS)
        take_pass(node, message);
    else if (message->code == PARCEL_TAKE)
        giver_asked(node, message);
    else if (node->phase != PHASE_MEMBER && node->phase != PHASE_LEAVING)
        return;
    else if (message->code == PARCEL_GIVE)
        taker_given(node, message);
    else if (message->code == PARCEL_GONE)
        has_gone(node, &message->as.parcel);
    else if (message->code == PARCEL_READY)
        taker_ready(node, peer);
    else if (message->code == PARCEL_OFFER && node->phase == PHASE_MEMBER)
        taker_offered(node, peer, &message->as.parcel);
}

uint16_t handover_view_tag(struct node *node)
{
    struct handover *handover = node->handover;
    if (!node->view.count)
        return 0;
    if (handover->tag_epoch != node->view.epoch + 1) {
        handover->tag_epoch = node->view.epoch + 1;
        handover->tag = message_tag((uint32_t)handover_view_hash(&node->view));
    }
    return handover->tag;
}

void handover_hear(struct node *node, const struct message *heartbeat)
{
    struct neighbour *neighbours = node->handover->neighbours;
    if (!neighbours || !heartbeat->part || heartbeat->part != handover_view_tag(node))
        return;
    neighbours[heartbeat->from].told_ns = 0;
    neighbours[heartbeat->from].differs = false;
}

void handover_let_in(struct node *node)
{
    node->handover->changed = true;
}

void handover_lost(struct node *node, node_id peer)
{
    struct handover *handover = node->handover;
    handover->changed = true;
    /* another member may have what it gave away; or it left before this node knew it */
    if (node->members[peer].left || node->members[peer].hearsay)
        may_be_elsewhere(node);
    if (!handover->neighbours)
        return;
    struct neighbour *neighbour = &handover->neighbours[peer];
    giver_forget_peer(neighbour);
    neighbour->names = 0;
    if (node->members[peer].incarnation >= neighbour->named_life)
        neighbour->named_ns = 0;
    neighbour->offers = neighbour->asks = neighbour->takes = false;
    neighbour->offered = neighbour->owes = false;
}

void handover_run_due(struct node *node)
{
    struct handover *handover = node->handover;
    if (node_ran_ns(node) < handover->due_ns)
        return;
    handover->due_ns = TIME_NEVER;
    handover->changed = true;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++) {
        giver_run_due(node, peer, &handover->neighbours[peer]);
        taker_run_due(node, peer, &handover->neighbours[peer]);
    }
    if (node_ran_ns(node) >= handover->loads_end_ns)
        worker_drop_loads(node);
    else if (handover->loads_end_ns != TIME_NEVER)
        handover_due_at(node, handover->loads_end_ns);
}

int64_t handover_wake_ns(const struct node *node)
{
    int64_t due_ns = node->handover->due_ns;
    return due_ns == TIME_NEVER ? TIME_NEVER : due_ns + node->paused_ns;
}

bool handover_has_more(const struct node *node)
{
    const struct handover *handover = node->handover;
    return (handover->changed || !list_empty(&handover->fresh)) && !node_is_joining(node);
}

void handover_end_step(struct node *node)
{
    struct handover *handover = node->handover;
    handover_follow_view(node);
    if (!handover_has_more(node))
        return;
    bool all = handover->changed;
    handover->changed = false;
    if (all && handover->awaited.pool.count)
        taker_look_at_all(node);
    taker_look_at_fresh(node);
}
