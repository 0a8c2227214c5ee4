#include "node/giver.h"

#include "base/number.h"
#include "node/newcomer.h"
#include "node/parcel.h"
#include "node/worker.h"

static void send_offer(struct node *node, node_id peer, struct neighbour *neighbour)
{
    struct text body = neighbour->carries ? text_borrow("+", 1) : (struct text){0};
    neighbour->offer_ns = node_ran_ns(node) + node->config.heartbeat_ns;
    handover_due_at(node, neighbour->offer_ns);
    handover_send(node, peer, PARCEL_OFFER, &body);
}

void giver_has(struct node *node, node_id peer)
{
    if (peer == NODE_NONE || peer == node->config.self)
        return;
    struct neighbour *neighbour = handover_neighbour(node, peer);
    if (!neighbour || neighbour->offers)
        return;
    neighbour->offers = true;
    neighbour->offer_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    send_offer(node, peer, neighbour);
}

void giver_carries(struct node *node, node_id peer)
{
    struct neighbour *neighbour = peer != NODE_NONE ? handover_neighbour(node, peer) : NULL;
    if (!neighbour || peer == node->config.self)
        return;
    neighbour->offers = neighbour->offers && neighbour->carries;
    neighbour->carries = true;
    giver_has(node, peer);
}

void giver_has_newcomers(struct node *node, const struct lease_slot *slot)
{
    if (!list_empty(&slot->newcomers))
        giver_carries(node, slot->preferred);
}

static bool is_idle(const struct worker *worker)
{
    return !worker->mailbox_count &&
           (worker->state == WORKER_READY || worker->state == WORKER_FAILED);
}

void giver_idle(struct node *node, const struct worker *worker)
{
    if (worker->came && is_idle(worker))
        giver_carries(node, node_owner(node, &worker->id));
    else if (worker->moves && is_idle(worker))
        giver_has(node, node_owner(node, &worker->id));
}

void giver_mark_workers(struct node *node, const struct view *before)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker)
            continue;
        bool own = node_owner(node, &worker->id) == node->config.self;
        bool moves = worker->moves || worker->came ||
                     handover_owner_by(node, before, &worker->id) == node->config.self;
        worker->came = worker->came && !own;
        worker->named = false;
        registry_set_moves(node, worker, moves && !own);
        if (!worker->moves)
            continue;
        /* Busy or not: a load may take longer than a view counts as lately. */
        node_id owner = worker->state != WORKER_QUEUED ? node_owner(node, &worker->id) : NODE_NONE;
        worker_pass_waiting(node, worker);
        giver_has(node, owner);
    }
}

/* By the view of both, those that came here are the peer's. */
static void mark_those_that_came(struct node *node, node_id peer)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker || !worker->came || worker->moves || node_owner(node, &worker->id) != peer)
            continue;
        registry_set_moves(node, worker, true);
        worker_pass_waiting(node, worker);
    }
}

/* Whether workers are on their way here, perhaps to go on from here at once, or, by an earlier
 * view, to another node. By this view what is on its way is nobody's but that one's. */
static bool is_in_between(const struct node *node)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        const struct neighbour *neighbour = &node->handover->neighbours[peer];
        if (neighbour->offered || (text_size(&neighbour->give) && neighbour->give_moves &&
                                   neighbour->give_epoch != node->handover->epoch))
            return true;
    }
    return false;
}

void giver_answer_askers(struct node *node)
{
    if (is_in_between(node))
        return;
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        struct neighbour *neighbour = &node->handover->neighbours[peer];
        if (neighbour->asks && node->members[peer].heard)
            handover_send(node, peer, PARCEL_READY, &(struct text){0});
        neighbour->asks = false;
    }
}

/* Ends the worker here, and writes it down. */
static void move_out(struct node *node, struct worker *worker, node_id peer,
                     struct string_builder *bytes)
{
    parcel_put_worker(
        bytes, &(struct parcel_worker){.id = worker->id,
                                       .value = worker->value,
                                       .number = worker->number,
                                       .token = node_token(node, &worker->id),
                                       .rest_ns = (uint64_t)(worker->life.at_ns - node->now_ns),
                                       .failed = worker->state == WORKER_FAILED});
    registry_moved(node, worker, peer);
    worker->named = false;
    registry_end(node, worker);
}

static bool has_room(const struct string_builder *bytes, const struct text *id,
                     const struct text *value)
{
    size_t size = text_size(id) + text_size(value) + 48;
    return !bytes->failed && (!bytes->size || bytes->size + size <= GIVE_MOST);
}

static void move_on(struct node *node, struct newcomer *newcomer, struct string_builder *bytes)
{
    parcel_put_worker(
        bytes, &(struct parcel_worker){.id = newcomer->id,
                                       .value = newcomer->value,
                                       .number = newcomer->from.number,
                                       .token = newcomer->token,
                                       .rest_ns = (uint64_t)(newcomer->end_ns - node->now_ns),
                                       .failed = newcomer->failed});
    newcomer_drop(node, newcomer);
}

/* Puts the newcomers that are the peer's now into the bytes, as far as they go; how many. By
 * another view they rest for a heartbeat first: this node's own may follow, and they may go to and
 * fro. Under leases they don't go by another view. */
static uint32_t put_newcomers(struct node *node, node_id peer, bool same,
                              struct string_builder *bytes, bool *all)
{
    uint32_t count = 0;
    for (uint32_t i = 0; node->handover->newcomers.pool.count && i < newcomers_lists(node); i++)
        list_each (link, newcomers_list(node, i)) {
            struct newcomer *newcomer = newcomer_for(node, link, peer);
            if (!newcomer)
                continue;
            bool rests = !same && (node->lease || node_ran_ns(node) < newcomer->rested_ns);
            if (rests || !has_room(bytes, &newcomer->id, &newcomer->value)) {
                *all = false;
                continue;
            }
            move_on(node, newcomer, bytes);
            count++;
        }
    return count;
}

/* Puts the idle workers that are the peer's into the bytes, as far as they go; how many. Under
 * leases none goes to a peer with another view: it would send back what is not its own by that. */
static uint32_t put_idle(struct node *node, node_id peer, bool same, struct string_builder *bytes,
                         bool *all)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; node->moving && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker || !worker->moves || !is_idle(worker) || node_owner(node, &worker->id) != peer)
            continue;
        if ((node->lease && !same) || !has_room(bytes, &worker->id, &worker->value)) {
            *all = false;
            break;
        }
        move_out(node, worker, peer, bytes);
        count++;
    }
    return count;
}

/* ---- names --------------------------------------------------------------------------------- */

void giver_forget_names(struct neighbour *neighbour)
{
    string_builder_close(&neighbour->withdrawn);
    neighbour->names_lost = true;
    if (!neighbour->give_moves)
        text_clear(&neighbour->give);
}

void giver_forget_peer(struct neighbour *neighbour)
{
    text_clear(&neighbour->give);
    giver_forget_names(neighbour);
}

void giver_withdraw(struct node *node, struct worker *worker)
{
    node_id peer = node_owner(node, &worker->id);
    worker->named = false;
    if (!node->handover || peer == NODE_NONE || peer == node->config.self)
        return; /* the node is closed; or its view has just changed */
    struct neighbour *neighbour = &node->handover->neighbours[peer];
    if (neighbour->names_lost)
        return; /* all are named anew */
    parcel_put_worker(&neighbour->withdrawn, &(struct parcel_worker){.id = worker->id});
    neighbour->names_lost =
        neighbour->withdrawn.failed || neighbour->withdrawn.size > NAMES_MOST / 2;
}

/* None of those of the peer's counts as named any more. */
static void name_anew(struct node *node, node_id peer, struct neighbour *neighbour)
{
    string_builder_close(&neighbour->withdrawn);
    for (uint32_t slot = 0; node->moving && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (worker && worker->named && node_owner(node, &worker->id) == peer)
            worker->named = false;
    }
}

/* Names those of the peer's that are busy, and have not been named, as far as they go. */
static bool put_names(struct node *node, node_id peer, struct neighbour *neighbour,
                      struct string_builder *bytes)
{
    string_builder_add_bytes(bytes, neighbour->withdrawn.size ? neighbour->withdrawn.text : "",
                             neighbour->withdrawn.size);
    string_builder_close(&neighbour->withdrawn);
    for (uint32_t slot = 0; node->moving && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker || !worker->moves || worker->named || node_owner(node, &worker->id) != peer)
            continue;
        if (bytes->size > NAMES_MOST - ID_SIZE_MAX - 2 * VARINT_SIZE_MAX)
            return false;
        parcel_put_worker(bytes, &(struct parcel_worker){.id = worker->id, .to_come = true});
        worker->named = true;
    }
    return true;
}

/* ---- answers ------------------------------------------------------------------------------- */

static void send_give(struct node *node, node_id peer, struct neighbour *neighbour)
{
    neighbour->give_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    handover_due_at(node, neighbour->give_end_ns);
    handover_send(node, peer, PARCEL_GIVE, &neighbour->give);
}

static void end_give(struct node *node, struct neighbour *neighbour)
{
    text_clear(&neighbour->give);
    if (neighbour->give_moves)
        handover_gave(node, neighbour->give_epoch);
}

/* What could not be given yet, under leases with its lease, is kept for `suspect` from the last one
 * that was. */
static void offer_the_rest(struct node *node, struct neighbour *neighbour, bool offered, bool any)
{
    if (!offered || any)
        neighbour->offer_end_ns = node_ran_ns(node) + node->config.suspect_ns;
    neighbour->offers = neighbour->carries = true;
    neighbour->offer_ns =
        min_i64(node_ran_ns(node) + node->config.heartbeat_ns, neighbour->offer_end_ns);
    handover_due_at(node, neighbour->offer_ns);
}

/* For so long, at the least, what came by an earlier view of this node's is where it is now; 0: as
 * long as it matters. */
static uint64_t strayed_ns(const struct node *node)
{
    int64_t last_ns = node->handover->strayed_ns, ran_ns = node_ran_ns(node);
    bool lately = last_ns != INT64_MIN && ran_ns - last_ns < node->config.suspect_ns;
    return lately ? (uint64_t)(ran_ns - last_ns) + 1 : 0;
}

static bool is_leaving(const struct node *node, node_id peer)
{
    return node->members[peer].heard && node->members[peer].left;
}

static bool was_given(const struct node *node, node_id peer)
{
    const struct neighbour *neighbour = &node->handover->neighbours[peer];
    return neighbour->given_ns && node_ran_ns(node) - neighbour->given_ns < node->config.suspect_ns;
}

static struct text lives_of_those(const struct node *node,
                                  bool (*is_one)(const struct node *node, node_id peer))
{
    struct string_builder bytes = {0};
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self && is_one(node, peer) &&
            bytes.size + 2 * VARINT_SIZE_MAX <= LIVES_MOST)
            parcel_put_life(&bytes, peer, node->members[peer].incarnation);
    return handover_text(&bytes);
}

void giver_goes(struct node *node)
{
    if (!node->handover->neighbours)
        return;
    struct text lives = lives_of_those(node, was_given);
    for (node_id peer = 0; text_size(&lives) && peer < node->config.nodes; peer++)
        if (peer != node->config.self && node->members[peer].heard)
            handover_send(node, peer, PARCEL_GONE, &lives);
    text_clear(&lives);
}

/* What others may know of workers that were this node's: they are to be asked, where the views of
 * lately were more than two, where some leave, or where something was to come from others. */
static void put_others(const struct node *node, struct parcel_give *head)
{
    head->leaving = lives_of_those(node, is_leaving);
    head->mixed = text_size(&head->leaving) || handover_changes_overlap(node) ||
                  node_ran_ns(node) < node->handover->awaited_end_ns;
    head->strayed_ns = strayed_ns(node);
}

static void give(struct node *node, node_id peer, struct neighbour *neighbour,
                 const struct parcel_take *take)
{
    struct handover *handover = node->handover;
    struct string_builder workers = {0}, names = {0}, bytes = {0};
    bool offered = neighbour->offers;
    neighbour->offers = neighbour->carries = false;
    bool all = true, has_none = !node->view.count;
    bool same = has_none || take->view == handover_view_hash(&node->view);
    if (same)
        mark_those_that_came(node, peer);
    bool any = put_idle(node, peer, same, &workers, &all) > 0;
    any |= put_newcomers(node, peer, same, &workers, &all) > 0;
    struct parcel_give head = {.stamp_ns = take->stamp_ns,
                               .view = take->view,
                               .extent = all ? PARCEL_ALL : PARCEL_PART,
                               .adds = true};
    bool numbered = any;
    if (all && same && take->got >= neighbour->acked && !is_in_between(node)) {
        head.adds = take->knows && !neighbour->names_lost;
        numbered |= neighbour->names_lost;
        if (!head.adds)
            name_anew(node, peer, neighbour);
        head.extent = put_names(node, peer, neighbour, &names) ? PARCEL_WHOLE : PARCEL_PART;
        neighbour->names_lost = false;
    }
    numbered |= names.size > 0;
    if (numbered)
        head.serial = neighbour->serial = ++handover->serials;
    put_others(node, &head);
    parcel_put_give(&bytes, &head);
    text_clear(&head.leaving);
    string_builder_add_bytes(&bytes, workers.size ? workers.text : "", workers.size);
    string_builder_add_bytes(&bytes, names.size ? names.text : "", names.size);
    bytes.failed |= workers.failed || names.failed;
    string_builder_close(&workers);
    string_builder_close(&names);
    if ((node->lease || !same) && !all)
        offer_the_rest(node, neighbour, offered, any);
    neighbour->asks = head.extent != PARCEL_WHOLE;
    neighbour->give = handover_text(&bytes);
    neighbour->give_moves = any;
    neighbour->give_life = node->members[peer].incarnation;
    neighbour->give_epoch = handover->epoch;
    if (any)
        neighbour->given_ns = node_ran_ns(node);
    if (text_size(&neighbour->give))
        send_give(node, peer, neighbour);
    if (!numbered)
        text_clear(&neighbour->give);
}

void giver_asked(struct node *node, const struct message *message)
{
    struct parcel_take take;
    node_id peer = message->from;
    struct neighbour *neighbour = handover_neighbour(node, peer);
    if (!neighbour || !parcel_get_take(&message->as.parcel, &take))
        return;
    bool in_between = is_in_between(node);
    if (neighbour->give_life != message->incarnation)
        neighbour->acked = 0;
    if (text_size(&neighbour->give) &&
        (take.got >= neighbour->serial || neighbour->give_life != message->incarnation))
        end_give(node, neighbour);
    if (take.got > neighbour->acked)
        neighbour->acked = take.got;
    neighbour->names_lost |= neighbour->acked < neighbour->serial;
    if (text_size(&neighbour->give))
        send_give(node, peer, neighbour);
    else
        give(node, peer, neighbour, &take);
    if (in_between) /* else nobody was put off because of what was on its way here */
        giver_answer_askers(node);
}

/* Nobody takes what is the peer's: under leases it goes no further, so that the slot is free. */
static void keep_idle(struct node *node, node_id peer)
{
    for (uint32_t slot = 0; node->lease && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (worker && worker->moves && is_idle(worker) && node_owner(node, &worker->id) == peer)
            registry_set_moves(node, worker, false);
    }
    for (uint32_t i = 0; node->handover->newcomers.pool.count && i < newcomers_lists(node); i++)
        list_each (link, newcomers_list(node, i)) {
            struct newcomer *newcomer = newcomer_for(node, link, peer);
            if (newcomer)
                newcomer_drop(node, newcomer);
        }
}

bool giver_keeps(const struct node *node)
{
    const struct handover *handover = node->handover;
    if (node->moving && node->loads && node_ran_ns(node) < handover->loads_end_ns)
        return true;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++) {
        const struct neighbour *neighbour = &handover->neighbours[peer];
        if (neighbour->offers || (text_size(&neighbour->give) && neighbour->give_moves))
            return true;
    }
    return false;
}

void giver_run_due(struct node *node, node_id peer, struct neighbour *neighbour)
{
    if (neighbour->offers && node_ran_ns(node) >= neighbour->offer_ns) {
        neighbour->offers = node_ran_ns(node) < neighbour->offer_end_ns;
        if (neighbour->offers)
            send_offer(node, peer, neighbour);
        else
            keep_idle(node, peer);
    }
    if (text_size(&neighbour->give) && node_ran_ns(node) >= neighbour->give_end_ns) {
        end_give(node, neighbour);
        keep_idle(node, peer);
    }
    if (neighbour->offers)
        handover_due_at(node, neighbour->offer_ns);
    if (text_size(&neighbour->give))
        handover_due_at(node, neighbour->give_end_ns);
}
