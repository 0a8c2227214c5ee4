#include "node/handover.h"

#include "base/number.h"
#include "node/id.h"
#include "node/parcel.h"
#include "node/request.h"
#include "node/seen.h"
#include "node/worker.h"

#define PASTS 4u /* views before the present one that are remembered */

/* What is under way between this node and another one. */
struct neighbour {
    /* As the old owner of what is the other one's. */
    struct text give;     /* the last GIVE with workers, until a TAKE says that it came */
    uint64_t serial;      /* its */
    uint32_t give_life;   /* the incarnation that it is for */
    bool offers;          /* there is something, and no TAKE came since */
    bool asks;            /* its last TAKE could not be answered in whole */
    int64_t offer_ns;     /* when it is offered again … */
    int64_t offer_end_ns; /* … and no longer */
    int64_t give_end_ns;  /* until then its TAKE is waited for */
    /* As the new owner. */
    uint64_t got; /* the serial of the last GIVE whose workers are here … */
    uint32_t got_life;
    uint32_t whole; /* 1 + the epoch of the view by which its last GIVE was whole; 0: none was */
    bool offered;   /* it has something, which is not here */
    bool takes;     /* a whole GIVE is waited for */
    int64_t take_ns;
    int64_t take_end_ns;
    bool differs; /* its requests were held in vain: its view is another one than this node's */
};

/* A view that was this node's until lately. */
struct past {
    struct view view; /* bits == NULL: none yet */
    int64_t end_ns;
};

/* An id for which requests are held, or whose worker is known to come. */
struct awaited {
    struct text id;
    struct list requests; /* struct pending */
    uint32_t count;
    uint32_t slot;
    node_id from;   /* NODE_NONE: this node's view is to follow that of a caller */
    uint32_t whole; /* neighbour.whole as of the GIVE that said it will come; 0: none did */
    uint64_t give;  /* likewise: the number of that GIVE */
    int64_t end_ns; /* of the wait for the view */
};

struct handover {
    struct view last; /* the view that pasts were last brought up to; of no epoch */
    uint32_t epoch;
    bool changed; /* in this step: what is held is to be looked at */
    struct past pasts[PASTS];
    uint32_t next_past;
    struct neighbour *neighbours; /* by node; made when first needed */
    struct pool_map awaited;
    uint64_t serials;
    uint64_t gives;
    int64_t due_ns;
};

/* ---- making and closing -------------------------------------------------------------------- */

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
    handover->epoch = UINT32_MAX;
    handover->due_ns = TIME_NEVER;
    node->handover = handover;
    return OK;
}

void handover_close(struct node *node)
{
    struct handover *handover = node->handover;
    if (!handover)
        return;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++)
        text_clear(&handover->neighbours[peer].give);
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
    for (uint32_t i = 0; i < PASTS; i++)
        if (handover->pasts[i].view.bits)
            view_close(&handover->pasts[i].view);
    view_close(&handover->last);
    memory_free(handover->neighbours);
    memory_free(handover);
    node->handover = NULL;
}

/* NULL when there is no memory: then nothing moves. */
static struct neighbour *neighbour_of(struct node *node, node_id peer)
{
    struct handover *handover = node->handover;
    if (!handover->neighbours)
        handover->neighbours = memory_zeroed(node->config.nodes * sizeof *handover->neighbours);
    return handover->neighbours ? &handover->neighbours[peer] : NULL;
}

static void due_at(struct node *node, int64_t at_ns)
{
    node->handover->due_ns = min_i64(node->handover->due_ns, at_ns);
}

/* ---- views --------------------------------------------------------------------------------- */

static uint64_t view_hash(const struct view *view)
{
    uint64_t hash = view->count;
    for (uint32_t i = 0; i < bits_words(view->nodes); i++)
        hash = random_mix(hash ^ view->bits[i]);
    return hash;
}

static node_id owner_by(const struct node *node, const struct view *view, const struct text *id)
{
    return route_owner(node->config.router, view, node->config.self, id);
}

static void copy_view(struct view *to, const struct view *from)
{
    memcpy(to->bits, from->bits, bits_words(from->nodes) * sizeof *from->bits);
    to->count = from->count;
}

static void remember(struct node *node, const struct view *view)
{
    struct handover *handover = node->handover;
    struct past *past = &handover->pasts[handover->next_past];
    if (!past->view.bits && view_init(&past->view, node->config.nodes)) {
        past->view.bits = NULL;
        return;
    }
    copy_view(&past->view, view);
    past->end_ns = node->now_ns + node->config.suspect_ns;
    handover->next_past = (handover->next_past + 1) % PASTS;
}

static bool is_recent(const struct node *node, const struct past *past)
{
    return past->view.bits && past->view.count && node->now_ns < past->end_ns;
}

static bool was_own(const struct node *node, const struct text *id)
{
    for (uint32_t i = 0; i < PASTS; i++) {
        const struct past *past = &node->handover->pasts[i];
        if (is_recent(node, past) && owner_by(node, &past->view, id) == node->config.self)
            return true;
    }
    return false;
}

static bool is_settled(const struct node *node, node_id peer)
{
    const struct neighbour *neighbours = node->handover->neighbours;
    return !node->members[peer].heard ||
           (neighbours && neighbours[peer].whole == node->handover->epoch + 1);
}

/* Two changes at a time: others may have seen them in another order, and in views that were never
 * this node's. Then any member may have what comes here. */
static bool changes_overlap(const struct node *node)
{
    uint32_t recent = 0;
    for (uint32_t i = 0; i < PASTS; i++)
        recent += is_recent(node, &node->handover->pasts[i]);
    return recent > 1;
}

static node_id first_unsettled(const struct node *node)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self && !is_settled(node, peer))
            return peer;
    return NODE_NONE;
}

/* Who may have the worker of an id that is this node's; NODE_NONE: nobody. */
static node_id former_owner(const struct node *node, const struct text *id)
{
    bool moves = false;
    for (uint32_t i = 0; i < PASTS; i++) {
        const struct past *past = &node->handover->pasts[i];
        if (!is_recent(node, past))
            continue;
        node_id owner = owner_by(node, &past->view, id);
        moves |= owner != node->config.self;
        if (owner != node->config.self && !is_settled(node, owner))
            return owner;
    }
    return moves && changes_overlap(node) ? first_unsettled(node) : NODE_NONE;
}

void handover_welcomed(struct node *node)
{
    if (!view_remove(&node->view, node->config.self))
        return;
    remember(node, &node->view);
    view_add(&node->view, node->config.self);
}

/* ---- messages ------------------------------------------------------------------------------ */

static void send(struct node *node, node_id peer, enum parcel_kind kind, const struct text *text)
{
    struct message message = {.kind = MESSAGE_HAND_OVER, .code = (uint8_t)kind};
    if (!text_copy(&message.as.parcel, text))
        node_send(node, peer, &message);
}

/* Where there is no memory for it, it is as if it were lost. */
static struct text text_of(struct string_builder *bytes)
{
    struct text text = {0};
    if (!bytes->failed && text_set(&text, bytes->text ? bytes->text : "", bytes->size))
        text = (struct text){0};
    string_builder_close(bytes);
    return text;
}

static void send_take(struct node *node, node_id peer, struct neighbour *neighbour)
{
    struct string_builder bytes = {0};
    if (neighbour->got_life != node->members[peer].incarnation) {
        neighbour->got_life = node->members[peer].incarnation;
        neighbour->got = 0;
    }
    parcel_put_take(&bytes, &(struct parcel_take){.got = neighbour->got,
                                                  .stamp_ns = (uint64_t)node->now_ns,
                                                  .view = view_hash(&node->view)});
    struct text text = text_of(&bytes);
    if (text_size(&text))
        send(node, peer, PARCEL_TAKE, &text);
    text_clear(&text);
    neighbour->take_ns = node->now_ns + node->config.heartbeat_ns;
    due_at(node, neighbour->take_ns);
}

static void start_taking(struct node *node, node_id peer)
{
    struct neighbour *neighbour = neighbour_of(node, peer);
    if (!neighbour || neighbour->takes)
        return;
    neighbour->takes = true;
    neighbour->take_end_ns = node->now_ns + node->config.suspect_ns;
    send_take(node, peer, neighbour);
}

static void send_offer(struct node *node, node_id peer, struct neighbour *neighbour)
{
    struct text none = {0};
    neighbour->offer_ns = node->now_ns + node->config.heartbeat_ns;
    due_at(node, neighbour->offer_ns);
    send(node, peer, PARCEL_OFFER, &none);
}

static void offer(struct node *node, node_id peer)
{
    struct neighbour *neighbour = neighbour_of(node, peer);
    if (!neighbour || neighbour->offers || text_size(&neighbour->give))
        return;
    neighbour->offers = true;
    neighbour->offer_end_ns = node->now_ns + node->config.suspect_ns;
    send_offer(node, peer, neighbour);
}

/* ---- the old owner ------------------------------------------------------------------------- */

static bool is_idle(const struct worker *worker)
{
    return !worker->mailbox_count &&
           (worker->state == WORKER_READY || worker->state == WORKER_FAILED);
}

void handover_idle(struct node *node, const struct worker *worker)
{
    if (worker->moves && is_idle(worker))
        offer(node, node_owner(node, &worker->id));
}

static void set_moves(struct node *node, struct worker *worker, bool moves)
{
    node->moving += moves;
    node->moving -= worker->moves;
    worker->moves = moves;
}

/* Marks the workers that are another node's from now on; `before`: the view until now. */
static void mark_workers(struct node *node, const struct view *before)
{
    for (uint32_t slot = 0; slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker)
            continue;
        bool own = node_owner(node, &worker->id) == node->config.self;
        bool moves = worker->moves || owner_by(node, before, &worker->id) == node->config.self;
        set_moves(node, worker, moves && !own);
        if (worker->moves)
            worker_pass_waiting(node, worker);
    }
}

/* Whether workers are on their way here, perhaps to go on from here at once, or to another node. */
static bool is_in_between(const struct node *node)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        const struct neighbour *neighbour = &node->handover->neighbours[peer];
        if (neighbour->offered || text_size(&neighbour->give))
            return true;
    }
    return false;
}

/* Those that could not be answered in whole are to ask again. */
static void answer_askers(struct node *node)
{
    if (is_in_between(node))
        return;
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        struct neighbour *neighbour = &node->handover->neighbours[peer];
        if (neighbour->asks && node->members[peer].heard)
            send(node, peer, PARCEL_READY, &(struct text){0});
        neighbour->asks = false;
    }
}

static void follow_view(struct node *node)
{
    struct handover *handover = node->handover;
    if (handover->epoch == node->view.epoch || !node->view.count)
        return;
    handover->epoch = node->view.epoch;
    handover->changed = true;
    if (handover->last.count > 1) /* of one that was alone nobody else had the view */
        remember(node, &handover->last);
    if (handover->last.count)
        mark_workers(node, &handover->last);
    copy_view(&handover->last, &node->view);
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++) {
        struct neighbour *neighbour = &handover->neighbours[peer];
        neighbour->differs = false;
        if (neighbour->takes)
            send_take(node, peer, neighbour);
    }
    if (handover->neighbours)
        answer_askers(node);
}

/* Ends the worker here, and writes it down. */
static void move_out(struct node *node, struct worker *worker, node_id peer,
                     struct string_builder *bytes)
{
    parcel_put_worker(
        bytes, &(struct parcel_worker){.id = worker->id,
                                       .value = worker->value,
                                       .number = worker->number,
                                       .rest_ns = (uint64_t)(worker->life.at_ns - node->now_ns),
                                       .failed = worker->state == WORKER_FAILED});
    registry_moved(node, worker, peer);
    registry_end(node, worker);
}

/* Puts the idle workers that are the peer's into the bytes, as far as they go; how many. */
static uint32_t put_idle(struct node *node, node_id peer, struct string_builder *bytes, bool *all)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; node->moving && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (!worker || !worker->moves || !is_idle(worker) || node_owner(node, &worker->id) != peer)
            continue;
        size_t size = text_size(&worker->id) + text_size(&worker->value) + 32;
        if ((bytes->size && bytes->size + size > GIVE_MOST) || bytes->failed) {
            *all = false;
            break;
        }
        move_out(node, worker, peer, bytes);
        count++;
    }
    return count;
}

/* False: they are too many to name. */
static bool put_busy(const struct node *node, node_id peer, struct string_builder *bytes)
{
    for (uint32_t slot = 0; node->moving && slot < node->workers.used; slot++) {
        struct worker *worker = registry_at(node, slot);
        if (worker && worker->moves && node_owner(node, &worker->id) == peer)
            parcel_put_worker(bytes, &(struct parcel_worker){.id = worker->id});
    }
    return bytes->size <= BUSY_MOST;
}

static void send_give(struct node *node, node_id peer, struct neighbour *neighbour)
{
    neighbour->give_end_ns = node->now_ns + node->config.suspect_ns;
    due_at(node, neighbour->give_end_ns);
    send(node, peer, PARCEL_GIVE, &neighbour->give);
}

static void give(struct node *node, node_id peer, struct neighbour *neighbour,
                 const struct parcel_take *take)
{
    struct handover *handover = node->handover;
    struct string_builder workers = {0}, busy = {0}, bytes = {0};
    bool all = true, has_none = !node->view.count;
    bool same = has_none || take->view == view_hash(&node->view);
    bool any = put_idle(node, peer, &workers, &all) > 0;
    struct parcel_give head = {.serial = any ? ++handover->serials : 0,
                               .stamp_ns = take->stamp_ns,
                               .view = take->view,
                               .extent = all ? PARCEL_ALL : PARCEL_PART};
    if (all && same && !is_in_between(node) && put_busy(node, peer, &busy))
        head.extent = PARCEL_WHOLE;
    parcel_put_give(&bytes, &head);
    string_builder_add_bytes(&bytes, workers.size ? workers.text : "", workers.size);
    if (head.extent == PARCEL_WHOLE)
        string_builder_add_bytes(&bytes, busy.size ? busy.text : "", busy.size);
    bytes.failed |= workers.failed || busy.failed;
    string_builder_close(&workers);
    string_builder_close(&busy);
    neighbour->asks = head.extent != PARCEL_WHOLE;
    neighbour->give = text_of(&bytes);
    neighbour->serial = head.serial;
    neighbour->give_life = node->members[peer].incarnation;
    if (text_size(&neighbour->give))
        send_give(node, peer, neighbour);
    if (!any)
        text_clear(&neighbour->give);
}

static void take_take(struct node *node, const struct message *message)
{
    struct parcel_take take;
    node_id peer = message->from;
    struct neighbour *neighbour = neighbour_of(node, peer);
    if (!neighbour || !parcel_get_take(&message->as.parcel, &take))
        return;
    neighbour->offers = false;
    if (take.got >= neighbour->serial || neighbour->give_life != message->incarnation)
        text_clear(&neighbour->give);
    if (text_size(&neighbour->give))
        send_give(node, peer, neighbour);
    else
        give(node, peer, neighbour, &take);
    answer_askers(node);
}

bool handover_keeps(const struct node *node)
{
    const struct handover *handover = node->handover;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++) {
        const struct neighbour *neighbour = &handover->neighbours[peer];
        if (neighbour->offers || text_size(&neighbour->give))
            return true;
    }
    return false;
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
    struct text text = text_of(&bytes);
    if (text_size(&text))
        send(node, owner, PARCEL_PASS, &text);
    text_clear(&text);
}

/* ---- the new owner ------------------------------------------------------------------------- */

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
    awaited->from = NODE_NONE;
    if (!text_copy(&awaited->id, id))
        return awaited;
    pool_map_remove(&node->handover->awaited, id_key(id), slot);
    return NULL;
}

static void awaited_remove(struct node *node, struct awaited *awaited)
{
    uint64_t key = id_key(&awaited->id);
    text_clear(&awaited->id);
    pool_map_remove(&node->handover->awaited, key, awaited->slot);
}

/* Its worker was said to come, by the view that holds, and its old owner lives. */
static bool is_to_come(const struct node *node, const struct awaited *awaited)
{
    return awaited->whole == node->handover->epoch + 1 && node->members[awaited->from].heard;
}

enum place handover_place(struct node *node, const struct caller *caller, const struct text *id,
                          node_id *owner)
{
    follow_view(node);
    if (node->phase == PHASE_LEAVING && caller->hops) {
        *owner = node_owner(node, id);
        return *owner == node->config.self ? PLACE_HERE : PLACE_ELSEWHERE;
    }
    if (node->phase != PHASE_MEMBER)
        return PLACE_HERE;
    const struct worker *worker = registry_find(node, id);
    *owner = node_owner(node, id);
    if (awaited_find(node, id))
        return PLACE_HELD;
    if (*owner == node->config.self)
        return worker || former_owner(node, id) == NODE_NONE ? PLACE_HERE : PLACE_HELD;
    if (caller->node == node->config.self)
        return caller->moved ? PLACE_HELD : PLACE_HERE;
    if (worker ? worker->moves : was_own(node, id))
        return PLACE_ELSEWHERE;
    if (worker)
        return PLACE_HERE;
    const struct neighbour *neighbour = neighbour_of(node, caller->node);
    return !neighbour || neighbour->differs ? PLACE_HERE : PLACE_HELD;
}

bool handover_hold(struct node *node, struct pending *pending)
{
    struct awaited *awaited = awaited_find(node, &pending->id);
    if (!awaited) {
        awaited = awaited_add(node, &pending->id);
        if (!awaited)
            return false;
        awaited->end_ns = node->now_ns + node->config.heartbeat_ns;
        node->handover->changed = true;
    }
    if (awaited->count >= node->config.mailbox)
        return false;
    list_add_last(&awaited->requests, &pending->in_mailbox);
    awaited->count++;
    return true;
}

void handover_let_go(struct node *node, struct pending *pending)
{
    struct awaited *awaited = awaited_find(node, &pending->id);
    list_remove(&pending->in_mailbox);
    if (--awaited->count == 0 && !awaited->whole)
        awaited_remove(node, awaited);
}

/* Their requests were waited with in vain: their callers' views are others. */
static void note_callers(struct node *node, const struct awaited *awaited)
{
    list_each (link, &awaited->requests) {
        const struct pending *pending = container_of(link, struct pending, in_mailbox);
        struct neighbour *neighbour = neighbour_of(node, pending->caller.node);
        if (neighbour)
            neighbour->differs = true;
    }
}

/* Whether nothing is known yet; what is to come is asked for. */
static bool is_held(struct node *node, struct awaited *awaited, node_id owner)
{
    if (registry_find(node, &awaited->id))
        return false;
    if (is_to_come(node, awaited))
        return true;
    awaited->whole = 0;
    if (owner != node->config.self) {
        if (was_own(node, &awaited->id) || !awaited->count)
            return false;
        due_at(node, awaited->end_ns);
        if (node->now_ns < awaited->end_ns)
            return true;
        note_callers(node, awaited);
        return false;
    }
    awaited->from = former_owner(node, &awaited->id);
    if (awaited->from == NODE_NONE || !awaited->count)
        return false;
    start_taking(node, awaited->from);
    for (node_id peer = 0; changes_overlap(node) && peer < node->config.nodes; peer++)
        if (peer != node->config.self && !is_settled(node, peer))
            start_taking(node, peer);
    return true;
}

/* Ends the wait of those that it is over for. */
static void look_at_all(struct node *node)
{
    struct handover *handover = node->handover;
    for (uint32_t slot = 0; slot < handover->awaited.pool.used; slot++) {
        struct awaited *awaited = pool_at(&handover->awaited.pool, slot);
        if (!text_size(&awaited->id))
            continue;
        node_id owner = node_owner(node, &awaited->id);
        const struct worker *worker = registry_find(node, &awaited->id);
        bool here =
            owner == node->config.self || (worker ? !worker->moves : !was_own(node, &awaited->id));
        if (is_held(node, awaited, owner))
            continue;
        for (struct list_link *link; (link = list_first(&awaited->requests));) {
            struct pending *pending = container_of(link, struct pending, in_mailbox);
            list_remove(link);
            if (here)
                worker_take_over(node, pending);
            else
                worker_pass_on(node, pending, &awaited->id, owner);
        }
        awaited_remove(node, awaited);
    }
}

void handover_leave(struct node *node)
{
    struct handover *handover = node->handover;
    follow_view(node);
    for (uint32_t slot = 0; slot < handover->awaited.pool.used; slot++) {
        struct awaited *awaited = pool_at(&handover->awaited.pool, slot);
        if (!text_size(&awaited->id))
            continue;
        for (struct list_link *link; (link = list_first(&awaited->requests));) {
            list_remove(link);
            worker_refuse(node, container_of(link, struct pending, in_mailbox), OUTCOME_STOPPING);
        }
        awaited_remove(node, awaited);
    }
}

/* What came too late, or is here already, is dropped: it has ended where it was. */
static void move_in(struct node *node, node_id from, const struct parcel_worker *parcel,
                    int64_t stamp_ns)
{
    int64_t rest_ns = min_i64((int64_t)parcel->rest_ns, node->config.ttl_ns);
    if (parcel->failed && node->config.fail_ttl_ns)
        rest_ns = min_i64((int64_t)parcel->rest_ns, node->config.fail_ttl_ns);
    if (stamp_ns + rest_ns <= node->now_ns || registry_find(node, &parcel->id))
        return;
    struct worker *worker =
        registry_move_in(node, &parcel->id, parcel->failed ? NULL : &parcel->value,
                         stamp_ns + rest_ns, (struct moved_from){from, parcel->number});
    if (!worker || node_owner(node, &parcel->id) == node->config.self)
        return;
    set_moves(node, worker, node->phase == PHASE_LEAVING || was_own(node, &parcel->id));
    handover_idle(node, worker);
}

static void note_to_come(struct node *node, node_id from, const struct text *id)
{
    struct awaited *awaited = awaited_find(node, id);
    if (!awaited)
        awaited = awaited_add(node, id);
    if (!awaited)
        return;
    awaited->from = from;
    awaited->whole = node->handover->epoch + 1;
    awaited->give = node->handover->gives;
}

/* A whole GIVE names all that are to come: what an earlier one named and it does not, does not. */
static void forget_others(struct node *node, node_id from)
{
    pool_map_each (struct awaited, awaited, &node->handover->awaited)
        if (awaited->from == from && awaited->give != node->handover->gives)
            awaited->whole = 0;
}

static bool awaits_from(const struct node *node, node_id peer)
{
    pool_map_each (const struct awaited, awaited, &node->handover->awaited)
        if (awaited->from == peer && awaited->count)
            return true;
    return false;
}

static void take_workers(struct node *node, const struct message *message,
                         struct byte_reader *reader, const struct parcel_give *give, bool whole)
{
    struct neighbour *neighbour = neighbour_of(node, message->from);
    struct parcel_worker parcel;
    int64_t stamp_ns = min_i64((int64_t)give->stamp_ns, node->now_ns);
    bool fresh = give->serial > neighbour->got;
    while (parcel_next(reader, &parcel)) {
        if (!parcel.number && whole)
            note_to_come(node, message->from, &parcel.id);
        else if (parcel.number && fresh)
            move_in(node, message->from, &parcel, stamp_ns);
    }
    if (fresh)
        neighbour->got = give->serial;
}

static void take_give(struct node *node, const struct message *message)
{
    struct parcel_give give;
    struct byte_reader reader;
    struct neighbour *neighbour = neighbour_of(node, message->from);
    if (neighbour && !neighbour->got_life) /* it was not known when it was asked */
        neighbour->got_life = message->incarnation;
    if (!neighbour || neighbour->got_life != message->incarnation ||
        !parcel_get_give(&message->as.parcel, &reader, &give))
        return; /* this life has not asked */
    bool whole = give.extent == PARCEL_WHOLE && give.view == view_hash(&node->view);
    node->handover->gives++;
    take_workers(node, message, &reader, &give, whole);
    node->handover->changed = true;
    if (whole) {
        neighbour->whole = node->handover->epoch + 1;
        forget_others(node, message->from);
        neighbour->takes = awaits_from(node, message->from);
        neighbour->take_end_ns = node->now_ns + node->config.suspect_ns;
    }
    if (give.extent != PARCEL_PART && neighbour->offered) {
        neighbour->offered = false;
        answer_askers(node);
    }
    if (give.serial)
        send_take(node, message->from, neighbour);
}

static void take_offer(struct node *node, node_id peer)
{
    struct neighbour *neighbour = neighbour_of(node, peer);
    if (!neighbour)
        return;
    neighbour->offered = true;
    neighbour->whole = 0;
    if (neighbour->takes)
        send_take(node, peer, neighbour);
    else
        start_taking(node, peer);
}

static void take_pass(struct node *node, const struct message *message)
{
    struct parcel_pass pass;
    if (!parcel_get_pass(&message->as.parcel, node->config.nodes, &pass))
        return;
    struct message as_request = {.from = pass.caller, .code = pass.try, .request = pass.request};
    struct caller caller = {.node = pass.caller,
                            .try = pass.try,
                            .moved = pass.caller == node->config.self,
                            .hops = pass.hops,
                            .request = pass.request,
                            .deadline_ns = node->now_ns + (int64_t)pass.budget_ns};
    if (node->config.repeats && (seen_before(node, &as_request) || seen_add(node, &as_request)))
        return;
    struct asked asked = {.id = pass.asked};
    if (pass.payload)
        asked = (struct asked){.id = demand_id(&pass.asked), .demand = pass.asked};
    if (caller.moved)
        request_passed_here(node, &caller);
    else if (node->phase == PHASE_LEAVING && !node->view.count)
        node_answer(node, &caller, OUTCOME_STOPPING, 0, NULL);
    else if (node->phase == PHASE_JOINING)
        worker_hold(node, &caller, &asked);
    else
        worker_accept(node, &caller, &asked);
}

void handover_take(struct node *node, const struct message *message)
{
    node_id peer = message->from;
    follow_view(node);
    if (message->code == PARCEL_PASS)
        take_pass(node, message);
    else if (message->code == PARCEL_TAKE)
        take_take(node, message);
    else if (node->phase != PHASE_MEMBER && node->phase != PHASE_LEAVING)
        return;
    else if (message->code == PARCEL_GIVE)
        take_give(node, message);
    else if (message->code == PARCEL_READY && neighbour_of(node, peer) &&
             neighbour_of(node, peer)->takes)
        send_take(node, peer, neighbour_of(node, peer));
    else if (message->code == PARCEL_OFFER && node->phase == PHASE_MEMBER)
        take_offer(node, peer);
}

void handover_lost(struct node *node, node_id peer)
{
    struct handover *handover = node->handover;
    handover->changed = true;
    if (!handover->neighbours)
        return;
    struct neighbour *neighbour = &handover->neighbours[peer];
    text_clear(&neighbour->give);
    neighbour->offers = neighbour->asks = neighbour->takes = neighbour->offered = false;
}

/* ---- what is due --------------------------------------------------------------------------- */

static void run_neighbour(struct node *node, node_id peer, struct neighbour *neighbour)
{
    if (neighbour->offers && node->now_ns >= neighbour->offer_ns) {
        neighbour->offers = node->now_ns < neighbour->offer_end_ns;
        if (neighbour->offers)
            send_offer(node, peer, neighbour);
    }
    if (text_size(&neighbour->give) && node->now_ns >= neighbour->give_end_ns)
        text_clear(&neighbour->give);
    if (neighbour->takes && node->now_ns >= neighbour->take_ns) {
        neighbour->takes = node->now_ns < neighbour->take_end_ns;
        if (neighbour->takes)
            send_take(node, peer, neighbour);
        if (!neighbour->takes) { /* what has not come by now does not come */
            neighbour->whole = node->handover->epoch + 1;
            neighbour->offered = false;
        }
    }
    if (neighbour->offers)
        due_at(node, neighbour->offer_ns);
    if (text_size(&neighbour->give))
        due_at(node, neighbour->give_end_ns);
    if (neighbour->takes)
        due_at(node, neighbour->take_ns);
}

void handover_run_due(struct node *node)
{
    struct handover *handover = node->handover;
    if (node->now_ns < handover->due_ns)
        return;
    handover->due_ns = TIME_NEVER;
    handover->changed = true;
    for (node_id peer = 0; handover->neighbours && peer < node->config.nodes; peer++)
        run_neighbour(node, peer, &handover->neighbours[peer]);
}

int64_t handover_wake_ns(const struct node *node)
{
    return node->handover->due_ns;
}

void handover_end_step(struct node *node)
{
    struct handover *handover = node->handover;
    follow_view(node);
    if (!handover->changed || node_is_joining(node))
        return;
    handover->changed = false;
    if (handover->awaited.pool.count)
        look_at_all(node);
}
