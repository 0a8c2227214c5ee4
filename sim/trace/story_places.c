#include "trace/story_places.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "node/id.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS_SHOWN 6u

/* `mark` of a worker in the replay. */
enum { WORKER_WAITS, WORKER_LOADS, WORKER_TAKES_TURNS, WORKER_HAS_FAILED };

void story_places_init(struct story_places *places, const struct story_places_setup *setup,
                       const node_id *nodes, uint32_t count)
{
    *places = (struct story_places){.setup = *setup, .holder = NODE_NONE, .until_ns = -1};
    if (setup->slots)
        places->slot = id_slot(setup->id, setup->slots);
    for (; places->count < count && places->count < PLACES_MOST; places->count++) {
        struct story_place *place = &places->places[places->count];
        place->node = nodes[places->count];
        place->failed_ns = -1;
        if (setup->slots && (place->heard_ns = memory_zeroed(setup->nodes * sizeof(int64_t))))
            for (node_id node = 0; node < setup->nodes; node++)
                place->heard_ns[node] = -1;
    }
}

void story_places_close(struct story_places *places)
{
    for (uint32_t i = 0; i < places->count; i++) {
        memory_free(places->places[i].waiters);
        memory_free(places->places[i].heard_ns);
    }
}

static struct story_place *place_at(const struct story_places *places, node_id node)
{
    for (uint32_t i = 0; i < places->count; i++)
        if (places->places[i].node == node)
            return (struct story_place *)&places->places[i];
    return NULL;
}

/* ---- what waits ---------------------------------------------------------------------------- */

static void remove_waiter(struct story_place *place, uint32_t at)
{
    place->waiters_count--;
    memmove(place->waiters + at, place->waiters + at + 1,
            (place->waiters_count - at) * sizeof *place->waiters);
}

static void leaves(struct story_place *place, uint64_t request)
{
    for (uint32_t i = place ? place->waiters_count : 0; i-- > 0;)
        if (place->waiters[i].request == request)
            remove_waiter(place, i);
}

/* Those whose time is over wait no more; the one in its turn has its turn. */
static void forget_overdue(struct story_place *place, int64_t clock_ns)
{
    for (uint32_t i = place->waiters_count; i-- > 1;)
        if (place->waiters[i].deadline_ns <= clock_ns)
            remove_waiter(place, i);
}

/* A request comes to the node: it still has what its caller would wait when it was sent. */
static void comes(struct story_places *places, const struct replay *replay,
                  const struct record *record, int64_t budget_ns)
{
    struct story_place *place = place_at(places, record->node);
    const struct replay_request *request = replay_find_request(replay, record->request);
    const struct text *id = places->setup.id;
    if (!place || !request)
        return;
    bool of_id = text_equal(&request->id, id);
    bool of_slot =
        places->setup.slots && id_slot(&request->id, places->setup.slots) == places->slot;
    if (!of_id && !of_slot)
        return;
    forget_overdue(place, record->clock_ns);
    leaves(place, record->request);
    if (memory_reserve((void **)&place->waiters, &place->waiters_capacity, place->waiters_count + 1,
                       sizeof *place->waiters))
        return;
    place->waiters[place->waiters_count++] =
        (struct story_waiter){.request = record->request,
                              .came_ns = record->t_ns,
                              .deadline_ns = record->clock_ns + budget_ns,
                              .of_id = of_id};
}

static void message_comes(struct story_places *places, const struct replay *replay,
                          const struct record *record)
{
    struct story_place *place = place_at(places, record->node);
    const struct replay_message *message = replay_find_message(replay, record->number);
    const struct replay_request *request = replay_find_request(replay, record->request);
    if (place && place->heard_ns && record->peer < places->setup.nodes)
        place->heard_ns[record->peer] = record->t_ns;
    if (record->message != MESSAGE_REQUEST || !message || !request)
        return;
    /* Clocks run alike, as near as matters here. */
    int64_t sent_ns = request->clock_ns + message->sent_ns - request->made_ns;
    comes(places, replay, record, request->deadline_ns - sent_ns);
}

static void is_routed(struct story_places *places, const struct replay *replay,
                      const struct record *record)
{
    const struct replay_request *request = replay_find_request(replay, record->request);
    if (request && record->peer == record->node)
        comes(places, replay, record, request->deadline_ns - record->clock_ns);
}

/* ---- the worker, and the lease ------------------------------------------------------------- */

static void worker_is(const struct replay *replay, const struct record *record, uint32_t mark)
{
    struct replay_worker *worker = replay_find_worker(replay, record->worker);
    if (worker)
        worker->mark = mark;
}

static void load_ends(struct story_places *places, const struct replay *replay,
                      const struct record *record)
{
    struct story_place *place = place_at(places, record->node);
    bool loaded = record->kind == RECORD_VALUE;
    worker_is(replay, record, loaded ? WORKER_TAKES_TURNS : WORKER_HAS_FAILED);
    if (!place || !text_equal(&record->id, places->setup.id))
        return;
    place->ready_ns = record->t_ns;
    place->failed_ns = loaded ? -1 : record->t_ns;
}

static void serves(struct story_places *places, const struct record *record)
{
    struct story_place *place = place_at(places, record->node);
    leaves(place, record->request);
    if (place && text_equal(&record->id, places->setup.id))
        place->ready_ns = record->t_ns;
}

static void lease_is(struct story_places *places, const struct record *record)
{
    bool has =
        record->code == LEASE_WON || record->code == LEASE_RENEWED || record->code == LEASE_HELD;
    struct byte_reader rest;
    struct record one;
    for (bool more = record_first_slot(record, &one, &rest); more;
         more = record_next_slot(&one, &rest)) {
        if (one.number != places->slot)
            continue;
        if (has) {
            places->holder = record->node;
            places->until_ns = record->t_ns + record->amount - record->clock_ns;
        } else if (places->holder == record->node) {
            places->until_ns = record->t_ns;
        }
    }
}

void story_places_take(struct story_places *places, struct replay *replay,
                       const struct record *record)
{
    struct story_place *place;
    switch (record->kind) {
    case RECORD_RECV:
        message_comes(places, replay, record);
        break;
    case RECORD_ROUTE:
        is_routed(places, replay, record);
        break;
    case RECORD_SEND: /* a refusal, or an answer that has gone already */
        if (record->message == MESSAGE_REPLY)
            leaves(place_at(places, record->node), record->request);
        break;
    case RECORD_HANDED:
    case RECORD_REPLY:
    case RECORD_FAIL: /* of one's own request; another's is over by its deadline */
        leaves(place_at(places, record->node), record->request);
        break;
    case RECORD_LOAD:
        worker_is(replay, record, WORKER_LOADS);
        break;
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
        load_ends(places, replay, record);
        break;
    case RECORD_SERVE:
        serves(places, record);
        break;
    case RECORD_LEASE:
        lease_is(places, record);
        break;
    case RECORD_DOWN:
        if ((place = place_at(places, record->node)))
            place->waiters_count = 0;
        break;
    default:
        break;
    }
}

/* ---- in words ------------------------------------------------------------------------------ */

/* How many came before the request that wait for the id's worker, or for the lease. */
static uint32_t count_before(const struct story_places *places, const struct story_place *place,
                             bool of_id)
{
    uint32_t count = 0;
    for (uint32_t i = 0; place && i < place->waiters_count; i++) {
        if (place->waiters[i].request == places->setup.request)
            break;
        count += !of_id || place->waiters[i].of_id;
    }
    return count;
}

static uint32_t count_loads(const struct replay *replay, node_id node)
{
    uint32_t count = 0;
    list_each (link, &replay->nodes[node].workers)
        count += replay_worker_of(link)->mark == WORKER_LOADS;
    return count;
}

/* The setting's number, or 0. */
static uint32_t setting_of(const struct story_places *places, const char *name)
{
    size_t size = strlen(name);
    for (const char *line = places->setup.settings; line && *line;) {
        if (strncmp(line, name, size) == 0 && line[size] == ' ')
            return (uint32_t)strtoul(line + size, NULL, 10);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return 0;
}

/* Whether the line is among the settings. */
static bool is_set(const struct story_places *places, const char *line)
{
    return places->setup.settings && strstr(places->setup.settings, line);
}

static void add_requests(struct string_builder *text, uint32_t count, const char *where)
{
    string_builder_print(text, "%u request%s %s", count, count == 1 ? " waits" : "s wait", where);
}

/* "n2 (down)" */
static void add_node(const struct replay *replay, node_id node, struct string_builder *text)
{
    const struct replay_node *at = &replay->nodes[node];
    string_builder_print(text, "n%u%s", node + 1,
                         !at->up      ? " (down)"
                         : at->frozen ? " (frozen)"
                                      : "");
}

static void add_lease(const struct story_places *places, const struct replay *replay, node_id node,
                      int64_t now_ns, struct string_builder *text)
{
    string_builder_print(text, "the lease of slot %u", places->slot);
    if (places->holder == NODE_NONE) {
        string_builder_add(text, ", which nobody has had yet");
    } else if (places->until_ns > now_ns) {
        string_builder_add(text, ", which ");
        add_node(replay, places->holder, text);
        string_builder_print(text, " has until %s", duration_exact(places->until_ns).text);
    } else if (places->holder == node) {
        string_builder_print(text, ", which it had until %s",
                             duration_exact(places->until_ns).text);
    } else {
        string_builder_print(text, ", which n%u had until %s", places->holder + 1,
                             duration_exact(places->until_ns).text);
    }
}

static bool has_lease(const struct story_places *places, node_id node, int64_t now_ns)
{
    return !places->setup.slots || (places->holder == node && places->until_ns > now_ns);
}

static bool is_joining(const struct replay *replay, node_id node)
{
    return replay->nodes[node].up && !replay->nodes[node].view.count;
}

/* Whose turn it is, if the worker is in one: the first that waits for it. */
static const struct story_waiter *in_turn(const struct story_place *place)
{
    for (uint32_t i = 0; i < place->waiters_count; i++)
        if (place->waiters[i].of_id)
            return &place->waiters[i];
    return NULL;
}

static void add_turn(const struct story_places *places, const struct story_place *place,
                     struct string_builder *text)
{
    const struct story_waiter *first = in_turn(place);
    if (first)
        string_builder_print(text,
                             first->request == places->setup.request
                                 ? "has had it in its turn since %s"
                                 : "has been in a turn since %s",
                             duration_exact(max_i64(first->came_ns, place->ready_ns)).text);
}

/* "worker 1 at n2 has been loading since 1.001s" */
static void add_state(const struct story_places *places, const struct replay *replay,
                      const struct replay_worker *worker, struct string_builder *text)
{
    const struct story_place *place = place_at(places, worker->node);
    const struct text *id = places->setup.id;
    string_builder_print(text, "worker %.*s at n%u ", (int)text_size(id), text_bytes(id),
                         worker->node + 1);
    if (worker->mark == WORKER_WAITS)
        string_builder_print(
            text, "waits for its load to begin, as 'load-at-once %u' has it: %u are under way",
            setting_of(places, "load-at-once"), count_loads(replay, worker->node));
    else if (worker->mark == WORKER_LOADS)
        string_builder_print(text, "has been loading since %s",
                             duration_exact(worker->load_ns).text);
    else if (worker->mark == WORKER_HAS_FAILED)
        string_builder_print(text, "could not load at %s, which is remembered",
                             duration_exact(place->failed_ns).text);
    else
        add_turn(places, place, text);
}

void story_places_wait(const struct story_places *places, const struct replay *replay, node_id node,
                       int64_t now_ns, struct string_builder *text)
{
    const struct story_place *place = place_at(places, node);
    const struct replay_worker *worker = replay_find_place(replay, places->setup.id, node);
    uint32_t before = count_before(places, place, true);
    bool turns = worker && worker->mark == WORKER_TAKES_TURNS;
    if (!place)
        return;
    if (is_joining(replay, node)) {
        string_builder_print(text, "n%u joins, and takes nothing up before it has a view",
                             node + 1);
    } else if (!has_lease(places, node, now_ns)) {
        string_builder_print(text, "n%u waits for ", node + 1);
        add_lease(places, replay, node, now_ns, text);
    } else if (worker && (!turns || in_turn(place))) {
        add_state(places, replay, worker, text);
        if (before > turns) {
            string_builder_add(text, ", and ");
            add_requests(text, before - turns, "before it");
        }
    }
}

/* Its mailbox, what waits for its lease, or what a node that joins holds, has as many as there may
 * be. */
static void add_overload(const struct story_places *places, const struct replay *replay,
                         node_id node, int64_t now_ns, struct string_builder *text)
{
    const struct story_place *place = place_at(places, node);
    const struct replay_worker *worker = replay_find_place(replay, places->setup.id, node);
    uint32_t mailbox = setting_of(places, "mailbox");
    bool leased = has_lease(places, node, now_ns);
    bool turns = leased && worker && worker->mark == WORKER_TAKES_TURNS;
    uint32_t count = count_before(places, place, leased);
    count -= turns && count;
    if (is_joining(replay, node)) {
        string_builder_print(text, "n%u joins, and holds no more requests than 'held %u' allows",
                             node + 1, setting_of(places, "held"));
    } else if (!mailbox || count < mailbox || (leased && !worker)) {
        string_builder_print(text, "n%u has no room for it", node + 1);
        if (is_set(places, "hand-over on"))
            string_builder_print(text,
                                 ": it holds as many for workers that move to it as 'held %u' "
                                 "allows, or a bound of its memory is reached",
                                 setting_of(places, "held"));
    } else if (leased) {
        add_state(places, replay, worker, text);
        string_builder_add(text, ", ");
        add_requests(text, count, "for it");
        string_builder_print(text, ", and 'mailbox %u' allows no more", mailbox);
    } else {
        add_requests(text, count, "at ");
        string_builder_print(text, "n%u for ", node + 1);
        add_lease(places, replay, node, now_ns, text);
        string_builder_print(text, ", and 'mailbox %u' allows no more", mailbox);
    }
}

/* How many would have to vote for it, and when it last heard those that it sees. */
static void add_votes(const struct story_places *places, const struct replay *replay, node_id node,
                      struct string_builder *text)
{
    const struct view *view = &replay->nodes[node].view;
    const struct story_place *place = place_at(places, node);
    uint32_t majority = places->setup.nodes / 2 + 1, shown = 0;
    string_builder_print(text, "a lease takes %u of %u nodes, and n%u ", majority,
                         places->setup.nodes, node + 1);
    if (view->count == 1) {
        string_builder_add(text, "sees itself alone");
        return;
    }
    string_builder_add(text, view->count < majority ? "sees fewer" : "has no answer of so many");
    for (uint32_t rank = 0; place->heard_ns && rank < view->count && shown < MEMBERS_SHOWN;
         rank++) {
        node_id other = view_member(view, rank);
        if (other == node || place->heard_ns[other] < 0)
            continue;
        string_builder_print(text, "%sn%u at %s", shown++ ? ", " : "; it last heard ", other + 1,
                             duration_exact(place->heard_ns[other]).text);
    }
}

void story_places_refusal(const struct story_places *places, const struct replay *replay,
                          node_id node, int64_t now_ns, enum outcome outcome,
                          struct string_builder *text)
{
    if (!place_at(places, node))
        return;
    switch (outcome) {
    case OUTCOME_OVERLOADED:
        add_overload(places, replay, node, now_ns, text);
        break;
    case OUTCOME_UNAVAILABLE:
        string_builder_print(text, "n%u does not have ", node + 1);
        add_lease(places, replay, node, now_ns, text);
        string_builder_add(text, "; ");
        add_votes(places, replay, node, text);
        break;
    case OUTCOME_STOPPING:
        string_builder_print(text, "n%u leaves, and takes no more requests%s", node + 1,
                             is_set(places, "hand-over on")
                                 ? ", or the id is another node's since a change of views"
                                 : "");
        break;
    case OUTCOME_OWNER_LOST:
        string_builder_print(text, "n%u has lost ", node + 1);
        add_lease(places, replay, node, now_ns, text);
        string_builder_add(text, ", in the request's turn: what that has done is unknown");
        break;
    default: /* of a load or a turn, its own lines tell */
        break;
    }
}
