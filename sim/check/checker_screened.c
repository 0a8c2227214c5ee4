/* The checker of a run that is screened: it judges by the functions that it has for any run what
 * concerns several nodes, and no request or message. The screen's nodes have judged the rest, also
 * each worker's life. */
#include "check/checker_parts.h"

#include "base/memory.h"
#include "base/search.h"

/* ---- views --------------------------------------------------------------------------------- */

static void add_view(struct checker *checker, const struct screened *event)
{
    struct checker_node *node = &checker->nodes[event->record.node];
    if (checker->setup.views_static || checker->failed)
        return;
    if (memory_reserve((void **)&node->views, &node->views_capacity, node->views_count + 1,
                       sizeof *node->views)) {
        checker_give_up(checker);
        return;
    }
    node->views[node->views_count++] = (struct routed_view){event->message, node->members};
    checker_members_use(node->members);
}

static bool is_earlier(const void *views, size_t place, uint64_t message)
{
    return ((const struct routed_view *)views)[place].message < message;
}

/* The view in which the node sent the message. */
static struct member_set *sent_in(const struct checker_node *node, uint64_t message)
{
    size_t next = search_first(node->views, 0, node->views_count, message + 1, is_earlier);
    return next ? node->views[next - 1].members : NULL;
}

/* The view by which the START's request was routed. */
static struct member_set *routed_in(const struct checker *checker, const struct screened *event)
{
    const struct checker_node *caller = &checker->nodes[event->caller];
    if (checker->setup.views_static)
        return caller->members;
    if (event->caller != event->record.node)
        return sent_in(caller, event->from);
    return event->from ? caller->views[event->from - 1].members : NULL;
}

/* ---- workers ------------------------------------------------------------------------------- */

static void take_start(struct checker *checker, const struct screened *event)
{
    const struct checker_node *node = &checker->nodes[event->record.node];
    struct worker_origin origin = {.request = event->request,
                                   .members = routed_in(checker, event),
                                   .caller = event->caller,
                                   .owner = event->owner,
                                   .try = event->try,
                                   .why = event->why};
    if (event->hands_on && node->handing_since_ns >= 0) {
        origin.handed_by = node->handing_worker;
        origin.handed_since_ns = node->handing_since_ns;
    }
    checker_worker_started(checker, &event->record, &origin);
}

static void take_expire(struct checker *checker, const struct screened *event)
{
    const struct checker_worker *worker = checker_worker_find(checker, event->record.worker);
    if (worker && event->hands_on)
        checker_worker_hands_on(&checker->nodes[event->record.node], worker);
    checker_take_expire(checker, &event->record);
}

/* ---- all of it ----------------------------------------------------------------------------- */

void checker_take_screened(struct checker *checker, const struct screened *event)
{
    const struct record *record = &event->record;
    if (checker->failed)
        return;
    switch (record->kind) {
    case RECORD_START:
        take_start(checker, event);
        return;
    case RECORD_EXPIRE:
        take_expire(checker, event);
        return;
    case RECORD_LOST:
        checker_take_lost(checker, record);
        return;
    case RECORD_UP:
        checker_take_up(checker, record);
        return;
    case RECORD_DOWN:
        checker_take_down(checker, record);
        return;
    case RECORD_FROZEN:
    case RECORD_THAWED:
        checker_take_frozen(checker, record);
        return;
    case RECORD_VIEW:
        checker_take_view(checker, record);
        add_view(checker, event);
        return;
    default:
        must(record->kind == RECORD_RECV);
        checker_absence_heard(checker, record);
    }
}

void checker_end_screened(struct checker *checker, int64_t t_ns, const struct under_way *under_way)
{
    if (checker->failed)
        return;
    checker_absences_end(checker, t_ns);
    checker_compare(checker, t_ns, "workers live", checker->workers.pool.count, under_way->workers);
}

bool checker_has_absences(const struct checker *checker)
{
    return checker->absences.pool.count > 0;
}

bool checker_is_down(const struct checker *checker, node_id node)
{
    return bits_has(checker->down, node);
}
