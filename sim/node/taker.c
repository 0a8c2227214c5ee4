#include "node/taker.h"

#include "base/number.h"
#include "node/giver.h"
#include "node/id.h"
#include "node/newcomer.h"
#include "node/parcel.h"
#include "node/worker.h"

void taker_ask(struct node *node, node_id peer, struct neighbour *neighbour)
{
    struct string_builder bytes = {0};
    if (neighbour->got_life != node->members[peer].incarnation) {
        neighbour->got_life = node->members[peer].incarnation;
        neighbour->got = neighbour->names = 0;
    }
    parcel_put_take(&bytes, &(struct parcel_take){.got = neighbour->got,
                                                  .stamp_ns = (uint64_t)node->now_ns,
                                                  .view = handover_view_hash(&node->view),
                                                  .knows = neighbour->names > 0});
    struct text text = handover_text(&bytes);
    if (text_size(&text))
        handover_send(node, peer, PARCEL_TAKE, &text);
    text_clear(&text);
    neighbour->asked_ns = node->now_ns;
    neighbour->take_ns = node_ran_ns(node) + node->config.heartbeat_ns;
    if (neighbour->takes)
        neighbour->take_ns = min_i64(neighbour->take_ns, neighbour->take_end_ns);
    handover_due_at(node, neighbour->take_ns);
}

/* The views that made it ask count for as long. */
static void go_on_asking(struct node *node, struct neighbour *neighbour)
{
    neighbour->take_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    handover_prolong_pasts(node);
}

void taker_ask_anew(struct node *node, node_id peer, struct neighbour *neighbour)
{
    go_on_asking(node, neighbour);
    taker_ask(node, peer, neighbour);
}

static void start_taking(struct node *node, node_id peer)
{
    struct neighbour *neighbour = handover_neighbour(node, peer);
    if (neighbour && neighbour->takes && neighbour->asked_ns < node->handover->stirred_ns)
        taker_ask(node, peer, neighbour); /* what is under way says too little */
    if (!neighbour || neighbour->takes)
        return;
    neighbour->takes = true;
    taker_ask_anew(node, peer, neighbour);
}

/* ---- who is held --------------------------------------------------------------------------- */

static inline bool is_id(const void *object, const void *id)
{
    return text_equal(&((const struct awaited *)object)->id, id);
}

static struct awaited *awaited_find(const struct node *node, const struct text *id)
{
    const struct pool_map *awaited = &node->handover->awaited;
    return awaited->pool.count ? pool_map_find(awaited, id_key(id), is_id, id) : NULL;
}

static struct awaited *awaited_add(struct node *node, const struct text *id)
{
    uint32_t slot;
    struct awaited *awaited = pool_map_add(&node->handover->awaited, id_key(id), &slot);
    if (!awaited)
        return NULL;
    awaited->slot = slot;
    awaited->from = awaited->back_from = NODE_NONE;
    if (!text_copy(&awaited->id, id))
        return awaited;
    pool_map_remove(&node->handover->awaited, id_key(id), slot);
    return NULL;
}

static void awaited_remove(struct node *node, struct awaited *awaited)
{
    uint64_t key = id_key(&awaited->id);
    list_remove(&awaited->in_fresh);
    text_clear(&awaited->id);
    pool_map_remove(&node->handover->awaited, key, awaited->slot);
}

bool taker_awaits(const struct node *node, const struct text *id)
{
    return awaited_find(node, id) != NULL;
}

/* Its worker was said to come, by the view that holds, and its old owner lives. */
static bool is_to_come(const struct node *node, const struct awaited *awaited)
{
    return awaited->names && awaited->names == node->handover->neighbours[awaited->from].names &&
           node->members[awaited->from].heard;
}

void taker_keep_to_come(struct node *node)
{
    struct handover *handover = node->handover;
    int64_t end_ns = node_ran_ns(node) + node->config.suspect_ns;
    pool_map_each (const struct awaited, awaited, &handover->awaited) {
        if (!is_to_come(node, awaited))
            continue;
        struct neighbour *neighbour = &handover->neighbours[awaited->from];
        neighbour->owes = true;
        neighbour->owes_ns = node->now_ns;
        handover->awaited_end_ns = handover->unknown_end_ns = end_ns;
    }
}

static void look_soon(struct node *node, struct awaited *awaited)
{
    if (!list_linked(&awaited->in_fresh))
        list_add_last(&node->handover->fresh, &awaited->in_fresh);
}

bool taker_hold(struct node *node, struct pending *pending)
{
    struct awaited *awaited = awaited_find(node, &pending->id);
    if (!awaited) {
        awaited = awaited_add(node, &pending->id);
        if (!awaited)
            return false;
    }
    if (!awaited->count)
        awaited->end_ns = node_ran_ns(node) + node->config.heartbeat_ns;
    if (awaited->count >= node->config.mailbox)
        return false;
    pending_hold(node, pending, &awaited->requests, WAITS_FOR_WORKER);
    pending->held_ns = node_ran_ns(node);
    awaited->count++;
    if (pending->caller.back)
        awaited->back_from = node_owner(node, &pending->id);
    look_soon(node, awaited);
    return true;
}

void taker_let_go(struct node *node, struct pending *pending)
{
    struct awaited *awaited = awaited_find(node, &pending->id);
    pending_let_go(node, pending);
    if (--awaited->count == 0 && !is_to_come(node, awaited))
        awaited_remove(node, awaited);
}

/* Whether nothing is known yet; what is to come is asked for. */
static bool is_held(struct node *node, struct awaited *awaited)
{
    if (registry_find(node, &awaited->id) || (node->lease && !lease_reaches_majority(node)))
        return false;
    if (is_to_come(node, awaited)) {
        if (awaited->count) /* it may have ended there */
            start_taking(node, awaited->from);
        return true;
    }
    awaited->names = 0;
    node_id owner = node_owner(node, &awaited->id);
    if (owner != node->config.self) {
        bool passes = handover_was_own(node, &awaited->id) && awaited->back_from != owner;
        if (passes || !awaited->count)
            return false;
        handover_due_at(node, awaited->end_ns);
        return node_ran_ns(node) < awaited->end_ns;
    }
    awaited->from = handover_former_owner(node, &awaited->id);
    if (awaited->from == NODE_NONE || !awaited->count)
        return false;
    start_taking(node, awaited->from);
    bool any = handover_changes_overlap(node);
    for (node_id peer = 0; any && peer < node->config.nodes; peer++)
        if (peer != node->config.self && !handover_is_settled(node, peer))
            start_taking(node, peer);
    return true;
}

/* Whether the request came after its caller had been told: one that came within a heartbeat may
 * have been on its way. */
static bool knew_better(const struct node *node, const struct neighbour *caller,
                        const struct pending *pending)
{
    return caller->told_ns && pending->held_ns >= caller->told_ns + node->config.heartbeat_ns;
}

/* Nothing is held any more. An id that is another's, and was never this node's, is asked for by one
 * whose view is another: it is told whom to ask, or its further try is passed on there. If it asks
 * again after it was told, and this node's view has not changed, the two differ for good, as where
 * a link between others is cut: this node serves it, and lets its caller's next requests not wait.
 */
static void end_wait(struct node *node, const struct awaited *awaited, struct pending *pending)
{
    const struct worker *worker = registry_find(node, &awaited->id);
    node_id owner = node_owner(node, &awaited->id), from = pending->caller.node;
    struct neighbour *neighbour = handover_neighbour(node, from);
    bool first = pending->caller.try == 1 && !pending->caller.hops && from != node->config.self;
    if (owner == node->config.self || (worker && !worker->moves)) {
        worker_take_over(node, pending);
    } else if (worker || handover_was_own(node, &awaited->id)) {
        worker_pass_on(node, pending, &awaited->id, owner);
    } else if (first && neighbour) {
        if (!neighbour->told_ns)
            neighbour->told_ns = node_ran_ns(node);
        worker_send_on(node, pending, owner);
    } else if (neighbour && !knew_better(node, neighbour, pending)) {
        worker_pass_on(node, pending, &awaited->id, owner);
    } else {
        if (neighbour)
            neighbour->differs = true;
        worker_take_over(node, pending);
    }
}

static void look_at(struct node *node, struct awaited *awaited)
{
    list_remove(&awaited->in_fresh);
    if (is_held(node, awaited))
        return;
    for (struct list_link *link; (link = list_first(&awaited->requests));) {
        struct pending *pending = container_of(link, struct pending, in_mailbox);
        pending_let_go(node, pending);
        end_wait(node, awaited, pending);
    }
    awaited_remove(node, awaited);
}

void taker_look_at_fresh(struct node *node)
{
    for (struct list_link *link; (link = list_first(&node->handover->fresh));)
        look_at(node, container_of(link, struct awaited, in_fresh));
}

void taker_look_at_all(struct node *node)
{
    struct handover *handover = node->handover;
    for (uint32_t slot = 0; slot < handover->awaited.pool.used; slot++) {
        struct awaited *awaited = pool_at(&handover->awaited.pool, slot);
        if (text_size(&awaited->id))
            look_at(node, awaited);
    }
}

void taker_give_up_all(struct node *node)
{
    struct handover *handover = node->handover;
    for (uint32_t slot = 0; slot < handover->awaited.pool.used; slot++) {
        struct awaited *awaited = pool_at(&handover->awaited.pool, slot);
        if (!text_size(&awaited->id))
            continue;
        node_id owner = node_owner(node, &awaited->id);
        for (struct list_link *link; (link = list_first(&awaited->requests));) {
            struct pending *pending = container_of(link, struct pending, in_mailbox);
            pending_let_go(node, pending);
            if (owner == NODE_NONE || owner == node->config.self)
                worker_refuse(node, pending, OUTCOME_STOPPING);
            else
                worker_pass_on(node, pending, &awaited->id, owner);
        }
        awaited_remove(node, awaited);
    }
}

/* ---- what comes ---------------------------------------------------------------------------- */

void taker_waits_no_more(struct node *node, const struct text *id)
{
    struct awaited *awaited = awaited_find(node, id);
    if (!awaited)
        return;
    awaited->names = 0;
    look_soon(node, awaited);
}

static void take_worker(struct node *node, const struct parcel_worker *parcel, int64_t stamp_ns)
{
    int64_t rest_ns = min_i64((int64_t)parcel->rest_ns, node->config.ttl_ns);
    if (parcel->failed && node->config.fail_ttl_ns)
        rest_ns = min_i64((int64_t)parcel->rest_ns, node->config.fail_ttl_ns);
    node_id was = number_owner(parcel->number, node->config.nodes);
    taker_waits_no_more(node, &parcel->id);
    newcomer_take(node, &(struct newcomer){.id = parcel->id,
                                           .value = parcel->value,
                                           .from = {was, parcel->number},
                                           .token = parcel->token,
                                           .end_ns = stamp_ns + rest_ns,
                                           .failed = parcel->failed});
}

static void note_to_come(struct node *node, node_id from, const struct text *id)
{
    struct awaited *awaited = awaited_find(node, id);
    if (!awaited)
        awaited = awaited_add(node, id);
    if (!awaited)
        return;
    awaited->from = from;
    awaited->names = node->handover->neighbours[from].names;
}

static bool awaits_from(const struct node *node, node_id peer)
{
    pool_map_each (const struct awaited, awaited, &node->handover->awaited)
        if (awaited->from == peer && awaited->count)
            return true;
    return false;
}

/* Names count by the view that both have: what was named by another one is to be named anew. */
static void take_workers(struct node *node, node_id from, struct byte_reader *reader,
                         const struct parcel_give *give, bool answers)
{
    struct neighbour *neighbour = handover_neighbour(node, from);
    struct parcel_worker parcel;
    int64_t stamp_ns = min_i64((int64_t)give->stamp_ns, node->now_ns);
    bool fresh = give->serial > neighbour->got;
    if (answers && !give->adds && (fresh || !neighbour->names))
        neighbour->names = ++node->handover->names;
    else if (fresh && !answers)
        neighbour->names = 0;
    while (fresh && parcel_next(reader, &parcel)) {
        if (parcel.number)
            take_worker(node, &parcel, stamp_ns);
        else if (neighbour->names && parcel.to_come)
            note_to_come(node, from, &parcel.id);
        else if (neighbour->names)
            taker_waits_no_more(node, &parcel.id);
    }
    if (fresh)
        neighbour->got = give->serial;
}

/* What the sender says of others. */
static void note_others(struct node *node, const struct parcel_give *give)
{
    struct handover *handover = node->handover;
    handover_note_named(node, &give->leaving);
    if (give->mixed)
        handover->unknown_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    if (give->strayed_ns)
        handover->stirred_ns =
            max_i64(handover->stirred_ns, node->now_ns - (int64_t)(give->strayed_ns - 1));
}

void taker_given(struct node *node, const struct message *message)
{
    struct parcel_give give;
    struct byte_reader reader;
    struct neighbour *neighbour = handover_neighbour(node, message->from);
    if (neighbour && !neighbour->got_life) /* it was not known when it was asked */
        neighbour->got_life = message->incarnation;
    if (!neighbour || neighbour->got_life != message->incarnation ||
        !parcel_get_give(&message->as.parcel, &reader, &give))
        return; /* this life has not asked */
    bool older = neighbour->owes && (int64_t)give.stamp_ns < neighbour->owes_ns;
    bool answers = give.view == handover_view_hash(&node->view) &&
                   (int64_t)give.stamp_ns >= node->handover->epoch_ns;
    bool brings = give.serial > neighbour->got;
    neighbour->answered_ns = max_i64(neighbour->answered_ns, (int64_t)give.stamp_ns);
    note_others(node, &give);
    take_workers(node, message->from, &reader, &give, answers);
    bool whole = answers && give.extent == PARCEL_WHOLE && !older && neighbour->names;
    node->handover->changed = true;
    if (whole) {
        neighbour->whole = node->handover->epoch + 1;
        neighbour->whole_ns = (int64_t)give.stamp_ns;
        neighbour->owes = false;
        neighbour->takes = awaits_from(node, message->from);
    }
    if (answers || brings)
        go_on_asking(node, neighbour);
    if (give.extent != PARCEL_PART && neighbour->offered && !older) {
        neighbour->offered = false;
        giver_answer_askers(node);
    }
    if (brings || (older && neighbour->asked_ns < neighbour->owes_ns))
        taker_ask(node, message->from, neighbour);
}

void taker_ready(struct node *node, node_id peer)
{
    struct neighbour *neighbour = handover_neighbour(node, peer);
    if (neighbour && neighbour->takes)
        taker_ask(node, peer, neighbour);
}

void taker_offered(struct node *node, node_id peer, const struct text *offer)
{
    struct neighbour *neighbour = handover_neighbour(node, peer);
    if (!neighbour)
        return;
    neighbour->offered = true;
    if (text_size(offer) || neighbour->whole != node->handover->epoch + 1) {
        if (text_size(offer) || !neighbour->owes)
            neighbour->owes_ns = node->now_ns;
        neighbour->owes = true;
        neighbour->whole = 0;
    }
    if (!neighbour->takes)
        start_taking(node, peer);
    else if (neighbour->asked_ns <= neighbour->answered_ns)
        taker_ask(node, peer, neighbour); /* else the answer that is under way is a later one */
}

void taker_run_due(struct node *node, node_id peer, struct neighbour *neighbour)
{
    if (!neighbour->takes)
        return;
    if (node_ran_ns(node) >= neighbour->take_ns) {
        neighbour->takes = node_ran_ns(node) < neighbour->take_end_ns;
        if (neighbour->takes) {
            taker_ask(node, peer, neighbour);
        } else { /* what has not come by now does not come */
            neighbour->whole = node->handover->epoch + 1;
            neighbour->whole_ns = INT64_MAX;
            neighbour->offered = neighbour->owes = false;
            neighbour->names = 0;
        }
    }
    if (neighbour->takes)
        handover_due_at(node, neighbour->take_ns);
}
