#include "check/judge.h"

#include "base/memory.h"
#include "check/verdict.h"

struct judge {
    const struct plan *plan;
    struct reader **readers;
    size_t readers_count;
    struct checker *checker;
    struct screen *screen; /* has the nodes' records instead of the checker; NULL: there is none */
    struct expectations *expectations;
    uint32_t kinds_read;     /* bits: of which records are given to the readers, … */
    uint32_t kinds_checked;  /* … to the checker, … */
    uint32_t kinds_expected; /* … and to the expectations */
    uint32_t kinds_hashed;   /* here */
    uint32_t kinds_shared;   /* those that anyone but the checker gets */
    struct hash hash;
    struct record *found; /* by the checker of a run that is screened: for the readers at its end */
    size_t found_count;
    size_t found_capacity;
    bool failed; /* memory ran out for these */
    bool ended;
    struct totals at_end; /* then */
};

/* ---- what the checker must know of the plan ------------------------------------------------ */

static int64_t work_least_ns(const struct plan *plan)
{
    int64_t least_ns = distribution_least(&plan->settings.work);
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind == ACTION_WORK &&
            distribution_least(&action->as.set.distribution) < least_ns)
            least_ns = distribution_least(&action->as.set.distribution);
    }
    return least_ns;
}

/* Whether the plan sets a clock: also at the start, or in the course of the run alone; its offset,
 * or its rate too. */
static bool sets_clock(const struct plan *plan, bool at_start, bool offset_only)
{
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind == ACTION_CLOCK && (at_start || !action->initial) &&
            !(offset_only && action->as.clock.is_rate))
            return true;
    }
    return false;
}

static struct checker_setup checker_setup_of(const struct plan *plan, bool live)
{
    const struct settings *settings = &plan->settings;
    struct checker_setup setup = {
        .nodes = settings->nodes,
        .route = settings->route,
        .views_static = settings->membership_static,
        .ttl_ns = settings->ttl_ns,
        .ttl_jitter_ppb = settings->ttl_jitter_ppb,
        .fail_ttl_ns = settings->fail_ttl_ns,
        .expire_idle = settings->expire_idle,
        .loads_queue = settings->load_at_once > 0,
        .suspect_ns = settings->suspect_ns,
        .retry_ns = settings->retry_ns,
        .timeout_ns = settings->timeout_ns,
        .no_fallback = settings->fallback == FALLBACK_NONE,
        .fallback_owner = settings->fallback == FALLBACK_OWNER,
        .mailbox = settings->mailbox,
        .held = settings->held,
        .hand_over = settings->hand_over,
        .slots = settings->leases ? settings->slots : 0,
        .lease_ns = settings->lease_ns,
        .drift_ppm = settings->drift_ppm,
        .work_least_ns = work_least_ns(plan),
        .real_links = live,
        .reorders = !live && settings->reorder,
        .duplicates = !live && settings->duplicate_ppb,
        .clocks_exact = live || !sets_clock(plan, true, false),
        .clocks_smooth = live || !sets_clock(plan, false, true),
        .all = settings->trace == TRACE_ALL,
    };
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *expectation = &plan->expectations[i];
        if (expectation->kind != EXPECT_ALWAYS_ONE)
            continue;
        setup.one_worker = true;
        setup.one_worker_line = expectation->line;
    }
    return setup;
}

/* Records that are the run's, and no node's. */
#define OF_THE_RUN                                                                                 \
    (1u << RECORD_FAULT | 1u << RECORD_SET | 1u << RECORD_EXPECT | 1u << RECORD_VIOLATION |        \
     1u << RECORD_DUPLICATE)

/* ---- the judge ----------------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    judge_take(context, record);
}

static void clear_found(struct judge *judge)
{
    for (size_t i = 0; i < judge->found_count; i++) {
        text_clear(&judge->found[i].id);
        text_clear(&judge->found[i].value);
    }
    judge->found_count = 0;
}

/* The run may be made again for whatever the screen suspects, and then the readers get that run's.
 * A breach makes it suspect. */
static void keep_found(struct judge *judge, const struct record *record)
{
    if (!(judge->kinds_read >> record->kind & 1))
        return;
    if (memory_reserve((void **)&judge->found, &judge->found_capacity, judge->found_count + 1,
                       sizeof *judge->found)) {
        judge->failed = true;
        return;
    }
    struct record *kept = &judge->found[judge->found_count++];
    *kept = *record;
    if (text_copy(&kept->id, &record->id) | text_copy(&kept->value, &record->value))
        judge->failed = true;
}

static void take_found(void *context, const struct record *record)
{
    struct judge *judge = context;
    if (!judge->screen) {
        judge_take(judge, record);
        return;
    }
    if (judge->kinds_hashed >> record->kind & 1)
        hash_add(&judge->hash, record);
    keep_found(judge, record);
}

static uint32_t kinds_wanted(const struct judge_setup *setup)
{
    uint32_t kinds = 0;
    for (size_t i = 0; i < setup->readers_count; i++)
        kinds |= setup->readers[i]->kinds ? setup->readers[i]->kinds : UINT32_MAX;
    return kinds;
}

/* Whether nobody but the checker needs the records of nodes, nor any before the end. */
static bool can_screen(const struct judge *judge)
{
    uint32_t of_the_end = 1u << RECORD_EXPECT | 1u << RECORD_VIOLATION | 1u << RECORD_DUPLICATE;
    return !(judge->kinds_read & ~of_the_end) && !judge->kinds_expected &&
           screen_suits(judge->plan);
}

struct judge *judge_new(const struct judge_setup *setup)
{
    struct judge *judge = memory_zeroed(sizeof *judge);
    if (!judge)
        return NULL;
    struct checker_setup follow = checker_setup_of(setup->plan, setup->live);
    follow.late_ns = setup->late_ns;
    follow.error_ns = setup->error_ns;
    follow.plan = setup->plan;
    judge->plan = setup->plan;
    judge->readers = setup->readers;
    judge->readers_count = setup->readers_count;
    judge->checker = checker_new(&follow, take_found, judge);
    judge->expectations = expectations_new(setup->plan, take, judge);
    if (!judge->checker || !judge->expectations) {
        judge_delete(judge);
        return NULL;
    }
    bool off = setup->plan->settings.trace == TRACE_OFF;
    uint32_t kept = off ? 1u << RECORD_EXPECT : UINT32_MAX;
    judge->kinds_read = kept & kinds_wanted(setup);
    judge->kinds_checked = off ? 0 : UINT32_MAX;
    judge->kinds_expected = off ? 0 : expectations_kinds(judge->expectations);
    judge->kinds_hashed = kept & (setup->live ? UINT32_MAX : OF_THE_RUN);
    judge->kinds_shared = judge->kinds_read | judge->kinds_expected | judge->kinds_hashed;
    hash_init(&judge->hash);
    if (!setup->may_screen || !can_screen(judge))
        return judge;
    judge->screen = screen_new(&follow, judge->checker);
    judge->kinds_checked = 0;
    checker_spare(judge->checker);
    if (!judge->screen) {
        judge_delete(judge);
        return NULL;
    }
    return judge;
}

void judge_delete(struct judge *judge)
{
    if (!judge)
        return;
    expectations_delete(judge->expectations);
    checker_delete(judge->checker);
    screen_delete(judge->screen);
    clear_found(judge);
    memory_free(judge->found);
    memory_free(judge);
}

static void give_one(const struct judge *judge, uint32_t kind, const struct record *record)
{
    for (size_t i = 0; i < judge->readers_count; i++)
        if (!judge->readers[i]->kinds || judge->readers[i]->kinds & kind)
            reader_take(judge->readers[i], record);
}

/* Readers get a record a slot of leases that are renewed together. */
static void give(const struct judge *judge, uint32_t kind, const struct record *record)
{
    struct record one;
    struct byte_reader rest;
    if (record->kind != RECORD_LEASE || !text_size(&record->value)) {
        give_one(judge, kind, record);
        return;
    }
    for (bool more = record_first_slot(record, &one, &rest); more;
         more = record_next_slot(&one, &rest))
        give_one(judge, kind, &one);
}

/* The readers see a record before the judges do, so that what the judges make of it follows it. */
static void take_shared(struct judge *judge, const struct record *record)
{
    uint32_t kind = 1u << record->kind;
    if (judge->kinds_hashed & kind)
        hash_add(&judge->hash, record);
    if (judge->kinds_read & kind)
        give(judge, kind, record);
    if (judge->kinds_checked & kind)
        checker_take(judge->checker, record);
    if (judge->kinds_expected & kind)
        expectations_take(judge->expectations, record);
}

void judge_take(struct judge *judge, const struct record *record)
{
    uint32_t kind = 1u << record->kind;
    if (judge->kinds_shared & kind)
        take_shared(judge, record);
    else if (judge->kinds_checked & kind)
        checker_take(judge->checker, record);
}

bool judge_failed(const struct judge *judge)
{
    return judge->failed || checker_failed(judge->checker) ||
           expectations_failed(judge->expectations);
}

void judge_at_cursor(struct judge *judge, uint32_t expectation, int64_t t_ns, uint16_t step)
{
    expectations_at_cursor(judge->expectations, expectation, t_ns, step);
}

void judge_stop(struct judge *judge)
{
    for (size_t i = 0; i < judge->found_count; i++)
        give(judge, 1u << judge->found[i].kind, &judge->found[i]);
    clear_found(judge);
}

void judge_at_end(struct judge *judge, const struct judge_end *end)
{
    if (!judge->screen)
        checker_end(judge->checker, end->t_ns, end->under_way);
    judge_stop(judge);
    judge->at_end = judge_totals(judge, end->sum, end->t_ns);
    judge->ended = true;
    struct run_numbers run = {.totals = &judge->at_end,
                              .tally = end->sum,
                              .checker = judge->checker,
                              .t_ns = end->t_ns,
                              .end_ns = judge->plan->settings.end_ns,
                              .quiet_ns = end->quiet_ns};
    expectations_at_end(judge->expectations, &run, end->step);
}

struct totals judge_totals(const struct judge *judge, const struct tally *sum, int64_t now_ns)
{
    if (judge->ended)
        return judge->at_end;
    struct totals totals = tally_totals(sum);
    checker_fill_doubles(judge->checker, now_ns, &totals);
    totals.duplicates = checker_duplicates(judge->checker);
    totals.duplicate_ns = checker_duplicate_ns(judge->checker, now_ns);
    return totals;
}

struct screen *judge_screen(const struct judge *judge)
{
    return judge->screen;
}

const struct checker *judge_check(const struct judge *judge)
{
    return judge->checker;
}

const struct hash *judge_hash(const struct judge *judge)
{
    return &judge->hash;
}
