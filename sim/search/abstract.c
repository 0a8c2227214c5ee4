#include "search/abstract.h"

#include "base/bits.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "node/id.h"
#include "run/estimate.h"

#include <string.h>

/* So many windows has a run: more would make its states different ones of no interest. */
#define WINDOWS 300

/* Of a life: a worker that has no more of it is about to expire. */
#define NEAR_SHARE 20

/* The lines `sometimes each` of the plan: false if there is no memory. */
static bool keep_each(struct plan *each, const struct plan *plan)
{
    *each = (struct plan){.settings = plan->settings};
    each->expectations = memory_zeroed((plan->expectations_count + 1) * sizeof *each->expectations);
    for (size_t i = 0; i < plan->expectations_count && each->expectations; i++)
        if (plan->expectations[i].each)
            each->expectations[each->expectations_count++] = plan->expectations[i];
    return each->expectations != NULL;
}

enum error abstract_init(struct abstract *abstract, const struct plan *plan)
{
    int64_t end_ns = estimate_end_ns(plan);
    *abstract = (struct abstract){.plan = plan};
    bool has_each = keep_each(&abstract->each, plan);
    abstract->window_ns = max_i64(min_i64(end_ns / WINDOWS, NS_PER_S / 10), NS_PER_MS);
    abstract->nodes = memory_zeroed(plan->settings.nodes * sizeof *abstract->nodes);
    abstract->visits = memory_zeroed(ABSTRACT_STATES_MOST * sizeof *abstract->visits);
    return abstract->nodes && abstract->visits && has_each ? OK : ERROR_MEMORY;
}

void abstract_close(struct abstract *abstract)
{
    memory_free(abstract->nodes);
    memory_free(abstract->visits);
    memory_free(abstract->each.expectations);
    expectations_delete(abstract->watch);
    *abstract = (struct abstract){0};
}

/* ---- the state ----------------------------------------------------------------------------- */

/* None, one, more: a field behind those that are there. */
static void put_count(uint64_t *state, uint32_t count)
{
    *state = *state << 2 | min_u32(count, 2);
}

static uint32_t nodes_seen(const struct abstract *abstract)
{
    return min_u32(abstract->plan->settings.nodes, ABSTRACT_NODES_MOST);
}

/* Different views of the nodes that are up and have one. */
static uint32_t count_views(const struct abstract *abstract)
{
    uint32_t views = 0;
    for (uint32_t i = 0; i < nodes_seen(abstract); i++) {
        bool is_new = abstract->nodes[i].view != 0;
        for (uint32_t j = 0; j < i && is_new; j++)
            is_new = abstract->nodes[j].view != abstract->nodes[i].view;
        views += is_new;
    }
    return views;
}

/* Whether some view has a node that is down, or lacks one that is up. */
static bool some_view_is_wrong(const struct abstract *abstract)
{
    uint64_t up = 0, mask = (UINT64_C(1) << nodes_seen(abstract)) - 1;
    for (uint32_t i = 0; i < nodes_seen(abstract); i++)
        up |= (uint64_t)abstract->nodes[i].is_up << i;
    for (uint32_t i = 0; i < nodes_seen(abstract); i++)
        if (abstract->nodes[i].view && (abstract->nodes[i].view & mask) != up)
            return true;
    return false;
}

static uint64_t membership_of(const struct abstract *abstract)
{
    uint32_t down = 0, frozen = 0, joining = 0, restarts = 0;
    uint64_t state = 0;
    for (uint32_t i = 0; i < nodes_seen(abstract); i++) {
        const struct abstract_node *node = &abstract->nodes[i];
        down += !node->is_up;
        frozen += node->is_frozen;
        joining += node->is_up && !node->view;
        restarts = max_u32(restarts, node->restarts);
    }
    put_count(&state, down);
    put_count(&state, frozen);
    put_count(&state, joining);
    put_count(&state, count_views(abstract));
    put_count(&state, some_view_is_wrong(abstract));
    return state << 2 | min_u32(restarts, 3);
}

/* The live worker that is the next to end, if that is soon. */
static const struct abstract_worker *near_end(struct abstract *abstract)
{
    int64_t near_ns = max_i64(abstract->window_ns, abstract->plan->settings.ttl_ns / NEAR_SHARE);
    while (abstract->order_first != abstract->order_last) {
        const struct abstract_worker *worker =
            &abstract->workers[abstract->order[abstract->order_first % ABSTRACT_WORKERS_MOST]];
        if (worker->number && worker->ends_ns >= abstract->until_ns)
            return worker->ends_ns - abstract->until_ns <= near_ns ? worker : NULL;
        abstract->order_first++;
    }
    return NULL;
}

static uint64_t fields_of(struct abstract *abstract)
{
    uint32_t stale = 0, held_joining = 0, held_frozen = 0;
    if (abstract->views_changed)
        abstract->membership = membership_of(abstract);
    abstract->views_changed = false;
    for (uint32_t i = 0; i < nodes_seen(abstract); i++) {
        const struct abstract_node *node = &abstract->nodes[i];
        stale += node->stale;
        held_joining += node->is_up && !node->view ? node->held : 0;
        held_frozen += node->is_frozen ? node->under_way : 0;
    }
    uint64_t state = abstract->membership;
    const struct abstract_worker *near = near_end(abstract);
    put_count(&state, stale > 0);
    put_count(&state, held_joining);
    put_count(&state, held_frozen > 0);
    put_count(&state, abstract->retries);
    put_count(&state, abstract->elsewhere > 0);
    put_count(&state, abstract->loading > 1);
    put_count(&state, abstract->doubles > 0);
    put_count(&state, abstract->leaving > 0);
    put_count(&state, !near ? 0 : near->is_loading ? 2 : 1);
    return state << 2 * ABSTRACT_LEASE_FIELDS |
           abstract_leases_state(&abstract->leases, abstract->until_ns);
}

/* ---- its features -------------------------------------------------------------------------- */

/* What a node sees of the others. */
enum sight { SIGHT_DOWN, SIGHT_JOINING, SIGHT_ALONE, SIGHT_SOME, SIGHT_ALL };

static enum sight sight_of(const struct abstract *abstract, uint32_t node)
{
    uint32_t nodes = min_u32(abstract->plan->settings.nodes, 64);
    uint64_t view = abstract->nodes[node].view;
    if (!abstract->nodes[node].is_up)
        return SIGHT_DOWN;
    if (!view)
        return SIGHT_JOINING;
    if (view == UINT64_MAX >> (64 - nodes))
        return SIGHT_ALL;
    return view == UINT64_C(1) << node ? SIGHT_ALONE : SIGHT_SOME;
}

static uint32_t situation_of(const struct abstract *abstract, uint32_t node)
{
    uint32_t lives = min_u32(abstract->nodes[node].restarts, 3);
    return lives << 4 | (uint32_t)abstract->nodes[node].is_frozen << 3 |
           (uint32_t)sight_of(abstract, node);
}

static void put_features(const struct abstract *abstract, uint64_t fields, uint64_t each,
                         uint64_t *features)
{
    for (uint32_t field = 0; field < ABSTRACT_FIELDS; field++)
        bits_add(features, 4 * field + (uint32_t)(fields >> 2 * field & 3));
    for (uint32_t node = 0; node < nodes_seen(abstract); node++)
        bits_add(features, ABSTRACT_FIRST_SITUATION + situation_of(abstract, node));
    if (each)
        bits_add(features, ABSTRACT_FIRST_HASH + (uint32_t)(random_mix(each) % ABSTRACT_HASHES));
}

/* The window is over: notes its state, if the run had none like it. t_ns: of the first record
 * behind it */
static void visit(struct abstract *abstract, int64_t t_ns)
{
    uint64_t each = abstract->watch ? expectations_each_hash(abstract->watch, t_ns) : 0;
    uint64_t fields = fields_of(abstract), state = random_mix(random_mix(fields) + each) | 1;
    uint32_t at = (uint32_t)state % (2 * ABSTRACT_STATES_MOST);
    abstract->is_changed = false;
    while (abstract->seen[at] && abstract->seen[at] != state)
        at = (at + 1) % (2 * ABSTRACT_STATES_MOST);
    if (abstract->seen[at] || abstract->visits_count == ABSTRACT_STATES_MOST)
        return;
    abstract->seen[at] = state;
    struct abstract_visit *visit = &abstract->visits[abstract->visits_count++];
    *visit = (struct abstract_visit){.state = state, .at_ns = abstract->until_ns};
    put_features(abstract, fields, each, visit->features);
}

/* ---- messages and requests ----------------------------------------------------------------- */

static uint32_t less(uint32_t count)
{
    return count ? count - 1 : 0;
}

static void take_message(struct abstract *abstract, const struct record *record)
{
    bool is_reply = record->message == MESSAGE_REPLY, begins = record->kind == RECORD_SEND;
    node_id from = record->kind == RECORD_RECV ? record->peer : record->node;
    struct abstract_node *sender = &abstract->nodes[from];
    if (record->message == MESSAGE_LEASE) {
        abstract_leases_take(&abstract->leases, record);
        abstract->is_changed = true;
    } else if (record->message == MESSAGE_LEAVE) {
        abstract->leaving = begins ? abstract->leaving + 1 : less(abstract->leaving);
    }
    if (record->message != MESSAGE_REQUEST && !is_reply)
        return;
    abstract->is_changed = true;
    sender->under_way = begins ? sender->under_way + 1 : less(sender->under_way);
    sender->stale = begins ? sender->stale : less(sender->stale);
    if (record->kind == RECORD_RECV && !is_reply)
        abstract->nodes[record->node].held++;
    else if (begins && is_reply)
        sender->held = less(sender->held);
}

static void take_route(struct abstract *abstract, const struct record *record)
{
    if (record->code != 2)
        return;
    bool elsewhere = record->peer != record->node;
    abstract->tries[record->request % ABSTRACT_TRIES_MOST] =
        (struct abstract_try){.request = record->request, .elsewhere = elsewhere};
    abstract->retries++;
    abstract->elsewhere += elsewhere;
    abstract->is_changed = true;
}

static void take_end(struct abstract *abstract, const struct record *record)
{
    struct abstract_try *try = &abstract->tries[record->request % ABSTRACT_TRIES_MOST];
    abstract->is_changed = true;
    if (try->request != record->request)
        return;
    abstract->retries = less(abstract->retries);
    if (try->elsewhere)
        abstract->elsewhere = less(abstract->elsewhere);
    try->request = 0;
}

static void take_request(struct abstract *abstract, const struct record *record)
{
    if (record->kind == RECORD_ROUTE)
        take_route(abstract, record);
    else if (record->kind == RECORD_REPLY || record->kind == RECORD_FAIL)
        take_end(abstract, record);
}

/* ---- workers ------------------------------------------------------------------------------- */

static struct abstract_worker *worker_at(struct abstract *abstract, uint64_t number)
{
    return &abstract->workers[number % ABSTRACT_WORKERS_MOST];
}

static void end_worker(struct abstract *abstract, struct abstract_worker *worker)
{
    uint16_t *of_id = &abstract->of_id[worker->id % ABSTRACT_WORKERS_MOST];
    if (!worker->number)
        return;
    abstract->loading -= worker->is_loading;
    abstract->doubles -= (*of_id)-- == 2;
    worker->number = 0;
}

static void start_worker(struct abstract *abstract, const struct record *record)
{
    struct abstract_worker *worker = worker_at(abstract, record->worker);
    end_worker(abstract, worker); /* one that it has forgotten */
    *worker = (struct abstract_worker){.number = record->worker,
                                       .id = id_hash(&record->id),
                                       .ends_ns = TIME_NEVER,
                                       .node = record->node};
    abstract->doubles += ++abstract->of_id[worker->id % ABSTRACT_WORKERS_MOST] == 2;
}

static void take_worker(struct abstract *abstract, const struct record *record)
{
    struct abstract_worker *worker = worker_at(abstract, record->worker);
    abstract->is_changed = true;
    if (record->kind == RECORD_START) {
        start_worker(abstract, record);
        return;
    }
    if (worker->number != record->worker)
        return;
    if (record->kind == RECORD_LOAD) {
        worker->is_loading = true;
        worker->ends_ns = record->t_ns + record->amount;
        abstract->loading++;
        abstract->order[abstract->order_last++ % ABSTRACT_WORKERS_MOST] =
            (uint16_t)(record->worker % ABSTRACT_WORKERS_MOST);
        if (abstract->order_last - abstract->order_first > ABSTRACT_WORKERS_MOST)
            abstract->order_first++;
    } else if (record->kind == RECORD_VALUE || record->kind == RECORD_LOAD_FAILED) {
        abstract->loading -= worker->is_loading;
        worker->is_loading = false;
    } else {
        end_worker(abstract, worker);
    }
}

/* ---- nodes and links ----------------------------------------------------------------------- */

static void take_node(struct abstract *abstract, const struct record *record)
{
    struct abstract_node *node = &abstract->nodes[record->node];
    switch (record->kind) {
    case RECORD_UP:
        node->is_up = true;
        node->restarts = record->epoch - 1;
        break;
    case RECORD_DOWN:
        node->is_up = node->is_frozen = false;
        node->view = 0;
        node->held = 0;
        node->stale = node->under_way;
        break;
    case RECORD_VIEW:
        node->view = 0;
        for (node_id i = 0; i < min_u32(abstract->plan->settings.nodes, 64); i++)
            node->view |= (uint64_t)record_view_has(record, i) << i;
        break;
    default:
        node->is_frozen = record->kind == RECORD_FROZEN;
        break;
    }
    abstract->views_changed = abstract->is_changed = true;
    abstract_leases_take(&abstract->leases, record);
}

/* ---- the reader ---------------------------------------------------------------------------- */

static void take(struct reader *reader, const struct record *record)
{
    struct abstract *abstract = container_of(reader, struct abstract, reader);
    if (record->t_ns >= abstract->until_ns) {
        if (abstract->is_changed)
            visit(abstract, record->t_ns);
        abstract->until_ns = (record->t_ns / abstract->window_ns + 1) * abstract->window_ns;
    }
    if (abstract->watch && expectations_kinds(abstract->watch) >> record->kind & 1)
        expectations_take(abstract->watch, record);
    switch (record_family(record->kind)) {
    case RECORD_OF_NODE:
        take_node(abstract, record);
        break;
    case RECORD_OF_MESSAGE:
        take_message(abstract, record);
        break;
    case RECORD_OF_REQUEST:
        take_request(abstract, record);
        break;
    case RECORD_OF_WORKER:
        take_worker(abstract, record);
        break;
    case RECORD_OF_LEASE:
        abstract_leases_take(&abstract->leases, record);
        break;
    default:
        break;
    }
}

/* No verdict is made before the end of a run, and none is asked for. */
static void ignore(void *context, const struct record *record)
{
    (void)context, (void)record;
}

void abstract_begin(struct abstract *abstract)
{
    expectations_delete(abstract->watch);
    struct abstract fresh = {.reader = {.take = take},
                             .plan = abstract->plan,
                             .each = abstract->each,
                             .window_ns = abstract->window_ns,
                             .until_ns = abstract->window_ns,
                             .nodes = abstract->nodes,
                             .visits = abstract->visits};
    memset(abstract->nodes, 0, abstract->plan->settings.nodes * sizeof *abstract->nodes);
    *abstract = fresh;
    abstract_leases_begin(&abstract->leases, &abstract->plan->settings);
    if (abstract->each.expectations_count)
        abstract->watch = expectations_new(&abstract->each, ignore, NULL);
}
