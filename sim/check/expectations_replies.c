/* Expectations on named replies. Each is judged when the last of its replies is in.
 *
 * What is counted is not replies for each expectation, but replies for each range of them that
 * expectations name: those of a name, or one of them. So `expect a ok` costs the same for each of
 * 100,000 replies, and each reply takes the one step a range round it, of which there are two. */
#include "check/expectations_state.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/random.h"

#include <stdlib.h>

/* ---- workers that moved -------------------------------------------------------------------- */

/* What one is that came from another node. */
struct moved_worker {
    uint64_t number;
    uint64_t first; /* the number of the worker that it was when it started */
    uint32_t slot;
};

/* The number of the worker that this one was at first. */
static uint64_t first_of(const struct expectations *expectations, uint64_t number)
{
    const struct moved_worker *moved =
        pool_map_find_number(&expectations->moved, struct moved_worker, number, number);
    return moved ? moved->first : number;
}

void expectations_take_moved(struct expectations *expectations, const struct record *start)
{
    uint32_t slot;
    struct moved_worker *moved =
        pool_map_add(&expectations->moved, hash_map_number(start->worker), &slot);
    expectations->failed |= !moved;
    if (!moved)
        return;
    moved->slot = slot;
    moved->number = start->worker;
    moved->first = first_of(expectations, start->number);
}

/* ---- verdicts ------------------------------------------------------------------------------ */

static const char *reply_name(const struct expectations *expectations, uint32_t reply)
{
    return expectations->plan->replies[reply].name;
}

static struct verdict judge_ok(const struct expectations *expectations, uint32_t at)
{
    const struct named_reply *reply = &expectations->replies[at];
    return reply->outcome == OUTCOME_VALUE
               ? verdict_held()
               : verdict_failed("%s failed: %s", reply_name(expectations, at),
                                outcome_name(reply->outcome));
}

static struct verdict judge_fails(const struct expectations *expectations,
                                  const struct expectation *e, uint32_t at)
{
    const struct named_reply *reply = &expectations->replies[at];
    const char *name = reply_name(expectations, at);
    if (reply->outcome == OUTCOME_VALUE)
        return verdict_failed("%s was answered from n%u", name, node_shown(reply->from));
    if (e->outcome != OUTCOME_VALUE && reply->outcome != e->outcome)
        return verdict_failed("%s failed: %s", name, outcome_name(reply->outcome));
    if (e->bound_ns && reply->latency_ns > e->bound_ns)
        return verdict_failed("%s took %s to fail", name, duration_exact(reply->latency_ns).text);
    return verdict_held();
}

/* Whether one worker answered both, or two did, as the expectation has it. Both are ok. */
static struct verdict judge_pair(const struct expectations *expectations,
                                 const struct expectation *e, uint32_t i)
{
    const struct named_reply *reply = &expectations->replies[e->reply + i];
    const struct named_reply *other = &expectations->replies[e->other + i];
    bool same = first_of(expectations, reply->worker) == first_of(expectations, other->worker);
    if (same == (e->kind == EXPECT_REPLY_SAME))
        return verdict_held();
    return verdict_failed("worker #%llu of n%u answered %s, worker #%llu of n%u answered %s",
                          (unsigned long long)reply->worker, node_shown(reply->from),
                          reply_name(expectations, e->reply + i), (unsigned long long)other->worker,
                          node_shown(other->from), reply_name(expectations, e->other + i));
}

static struct verdict judge_reply(const struct expectations *expectations,
                                  const struct expectation *e, uint32_t i)
{
    const struct named_reply *reply = &expectations->replies[e->reply + i];
    const char *name = reply_name(expectations, e->reply + i);
    if (e->kind == EXPECT_REPLY_FAILS)
        return judge_fails(expectations, e, e->reply + i);
    struct verdict ok = judge_ok(expectations, e->reply + i);
    if (ok.kind != VERDICT_HELD || e->kind == EXPECT_REPLY_OK)
        return ok;
    if (e->kind == EXPECT_REPLY_FROM || e->kind == EXPECT_REPLY_NOT_FROM)
        return (reply->from == e->node) == (e->kind == EXPECT_REPLY_FROM)
                   ? verdict_held()
                   : verdict_failed("%s came from n%u", name, node_shown(reply->from));
    if (e->kind == EXPECT_REPLY_WITHIN)
        return reply->latency_ns <= e->bound_ns
                   ? verdict_held()
                   : verdict_failed("%s took %s", name, duration_exact(reply->latency_ns).text);
    struct verdict other_ok = judge_ok(expectations, e->other + i);
    return other_ok.kind != VERDICT_HELD ? other_ok : judge_pair(expectations, e, i);
}

static void judge(struct expectations *expectations, uint32_t index, const struct record *last)
{
    const struct expectation *e = &expectations->plan->expectations[index];
    struct verdict verdict = verdict_held();
    expectations->judged[index] = true;
    for (uint32_t i = 0; i < e->replies && verdict.kind == VERDICT_HELD; i++)
        verdict = judge_reply(expectations, e, i);
    expectations_pronounce(expectations, index, last->t_ns, last->step, &verdict);
}

/* ---- ranges -------------------------------------------------------------------------------- */

static bool compares_replies(const struct expectation *e)
{
    return e->kind == EXPECT_REPLY_SAME || e->kind == EXPECT_REPLY_OTHER;
}

const char *expectations_first_open(const struct expectations *expectations,
                                    const struct expectation *e)
{
    for (uint32_t i = 0; i < e->replies; i++) {
        if (!expectations->replies[e->reply + i].ended)
            return reply_name(expectations, e->reply + i);
        if (compares_replies(e) && !expectations->replies[e->other + i].ended)
            return reply_name(expectations, e->other + i);
    }
    must(false && "a reply is out");
}

/* Outer ranges before inner ones. */
static int compare_ranges(const void *a, const void *b)
{
    const struct reply_range *one = a, *other = b;
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    return one->count == other->count ? 0 : one->count > other->count ? -1 : 1;
}

/* The last range that is not after one of `count` replies from `first` on; UINT32_MAX: there is
 * none. That is the range itself if it is there; and with a count of 0 the innermost of those that
 * begin at `first`, or the last before. */
static uint32_t last_range_at(const struct expectations *expectations, uint32_t first,
                              uint32_t count)
{
    uint32_t low = 0, high = expectations->ranges_count;
    struct reply_range key = {.first = first, .count = count};
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_ranges(&expectations->ranges[middle], &key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static bool range_has(const struct reply_range *range, uint32_t reply)
{
    return reply - range->first < range->count;
}

static void merge_equal_ranges(struct expectations *expectations)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < expectations->ranges_count; i++)
        if (!kept || compare_ranges(&expectations->ranges[kept - 1], &expectations->ranges[i]))
            expectations->ranges[kept++] = expectations->ranges[i];
    expectations->ranges_count = kept;
}

static void nest_ranges(struct expectations *expectations)
{
    for (uint32_t i = 0; i < expectations->ranges_count; i++) {
        struct reply_range *range = &expectations->ranges[i];
        uint32_t outer = i - 1;
        while (outer != UINT32_MAX && !range_has(&expectations->ranges[outer], range->first))
            outer = expectations->ranges[outer].outer;
        range->outer = outer;
        range->open = range->count;
    }
}

static void use_range(struct expectations *expectations, uint32_t user, uint32_t range,
                      uint32_t which)
{
    struct reply_user *entry = &expectations->users[user];
    entry->next[which] = expectations->range_users[range];
    expectations->range_users[range] = user * 2 + which;
}

static void add_user(struct expectations *expectations, uint32_t index)
{
    const struct expectation *e = &expectations->plan->expectations[index];
    uint32_t user = expectations->users_count++;
    struct reply_user *entry = &expectations->users[user];
    entry->expectation = index;
    entry->replies = last_range_at(expectations, e->reply, e->replies);
    entry->other = UINT32_MAX;
    use_range(expectations, user, entry->replies, 0);
    if (!compares_replies(e))
        return;
    entry->other = last_range_at(expectations, e->other, e->replies);
    if (entry->other != entry->replies)
        use_range(expectations, user, entry->other, 1);
}

static void add_ranges(struct expectations *expectations, const struct expectation *e)
{
    expectations->ranges[expectations->ranges_count++] =
        (struct reply_range){.first = e->reply, .count = e->replies};
    if (compares_replies(e))
        expectations->ranges[expectations->ranges_count++] =
            (struct reply_range){.first = e->other, .count = e->replies};
}

enum error expectations_replies_init(struct expectations *expectations)
{
    const struct plan *plan = expectations->plan;
    size_t most = plan->expectations_count + 1;
    pool_map_init(&expectations->moved, sizeof(struct moved_worker));
    expectations->replies =
        memory_zeroed((plan->replies_count + 1) * sizeof *expectations->replies);
    expectations->judged = memory_zeroed(most * sizeof *expectations->judged);
    expectations->ranges = memory_zeroed(2 * most * sizeof *expectations->ranges);
    expectations->range_users = memory_zeroed(2 * most * sizeof *expectations->range_users);
    expectations->users = memory_zeroed(most * sizeof *expectations->users);
    if (!expectations->replies || !expectations->judged || !expectations->ranges ||
        !expectations->range_users || !expectations->users)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < plan->expectations_count; i++)
        if (expectation_scope(plan->expectations[i].kind) == EXPECT_OF_REPLIES)
            add_ranges(expectations, &plan->expectations[i]);
    qsort(expectations->ranges, expectations->ranges_count, sizeof *expectations->ranges,
          compare_ranges);
    merge_equal_ranges(expectations);
    nest_ranges(expectations);
    for (uint32_t i = 0; i < expectations->ranges_count; i++)
        expectations->range_users[i] = UINT32_MAX;
    for (uint32_t i = (uint32_t)plan->expectations_count;
         i-- > 0;) /* the first becomes the first */
        if (expectation_scope(plan->expectations[i].kind) == EXPECT_OF_REPLIES)
            add_user(expectations, i);
    return OK;
}

void expectations_replies_close(struct expectations *expectations)
{
    memory_free(expectations->replies);
    memory_free(expectations->judged);
    memory_free(expectations->ranges);
    memory_free(expectations->range_users);
    memory_free(expectations->users);
    pool_map_close(&expectations->moved);
}

/* ---- replies ------------------------------------------------------------------------------- */

static bool is_in(const struct expectations *expectations, uint32_t range)
{
    return range == UINT32_MAX || !expectations->ranges[range].open;
}

static void judge_users(struct expectations *expectations, uint32_t range,
                        const struct record *record)
{
    for (uint32_t at = expectations->range_users[range]; at != UINT32_MAX;) {
        const struct reply_user *user = &expectations->users[at / 2];
        if (is_in(expectations, user->replies) && is_in(expectations, user->other) &&
            !expectations->judged[user->expectation])
            judge(expectations, user->expectation, record);
        at = user->next[at % 2];
    }
}

void expectations_reply_is_in(struct expectations *expectations, uint32_t reply,
                              const struct record *record)
{
    uint32_t range = last_range_at(expectations, reply, 0);
    for (; range != UINT32_MAX; range = expectations->ranges[range].outer)
        if (range_has(&expectations->ranges[range], reply) && !--expectations->ranges[range].open)
            judge_users(expectations, range, record);
}
