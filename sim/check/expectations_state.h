/* What the files that judge expectations share: expect_replies.c (those on named replies),
 * expect_cursor.c (those on workers and views, at the cursor), expect_totals.c (those of the whole
 * run), expect.c (the rest). For them alone. */
#ifndef CHECK_EXPECTATIONS_STATE_H
#define CHECK_EXPECTATIONS_STATE_H

#include "base/pool.h"
#include "base/table.h"
#include "check/expectations.h"

/* A live worker, as the trace has it. */
struct living {
    struct text id;
    node_id node;
};

/* How a named reply stands. */
struct reply {
    bool ended;
    enum outcome outcome;
    node_id from;
    uint64_t worker;
    int64_t latency_ns;
};

struct expect {
    struct reader reader;
    const struct plan *plan;
    void (*emit)(void *context, const struct record *record);
    void *context;
    bool failed;

    struct reply *replies;
    struct pool named; /* struct named: open requests that have a name */
    struct table by_request;
    bool *judged; /* of each expectation on replies */

    bool follows_workers; /* some expectation asks for them */
    bool follows_views;
    struct pool workers;   /* struct living */
    struct table by_place; /* by id and node */
    uint64_t *alive;       /* live workers of each node */
    uint64_t alive_in_all;
    struct view *views;
    bool *up;
    struct router router;
    int64_t last_fault_ns;
};

struct named {
    uint64_t request;
    uint32_t reply;
};

struct verdict {
    enum verdict_kind kind;
    char why[200]; /* why it did not hold */
};

struct verdict verdict_held(void);

/* FAILED or VACUOUS, and why. */
__attribute__((format(printf, 1, 2))) struct verdict verdict_missed(const char *format, ...);
struct verdict verdict_vacuous(const char *why);

/* Makes the EXPECT record. */
void expect_pronounce(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step,
                      const struct verdict *verdict);

/* What people call the node: its number plus one. */
static inline unsigned expect_name_of(node_id node)
{
    return node + 1;
}

/* expect_replies.c */

bool expectation_is_on_replies(const struct expectation *e);
const char *replies_name(const struct expect *expect, uint32_t reply);

/* The first of the replies that is still out, as an index, or UINT32_MAX. */
uint32_t replies_first_open(const struct expect *expect, const struct expectation *e);
void replies_take_request(struct expect *expect, const struct record *record);
void replies_take_end(struct expect *expect, const struct record *record);

/* expect_cursor.c */

void cursor_take_start(struct expect *expect, const struct record *record);
void cursor_take_gone(struct expect *expect, const struct record *record);
void cursor_take_view(struct expect *expect, const struct record *record); /* also UP and DOWN */
struct verdict cursor_judge_workers(const struct expect *expect, const struct expectation *e);
struct verdict cursor_judge_worker(const struct expect *expect, const struct expectation *e);
struct verdict cursor_judge_members(const struct expect *expect, const struct expectation *e);
struct verdict cursor_judge_owner(const struct expect *expect, const struct expectation *e);

/* expect_totals.c */

struct verdict totals_judge(const struct expectation *e, const struct totals *totals);
struct verdict totals_judge_share(const struct expectation *e, const struct totals *totals);
struct verdict totals_judge_latency(const struct expectation *e, const struct tally *tally);
struct verdict totals_judge_always(const struct totals *totals);
struct verdict totals_judge_sometimes(const struct expectation *e, const struct totals *totals);
struct verdict totals_judge_eventually(const struct expect *expect, const struct expectation *e,
                                       const struct checker *check, int64_t t_ns);

#endif
