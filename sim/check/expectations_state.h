/* What the judging of expectations keeps; for the files of expectations alone.
 *
 * expectations.c gives each record to the part that it concerns: expectations_replies.c (named
 * replies), expectations_cluster.c (workers, views and owners, now and over time) and
 * expectations_parts.c (totals of one node, id or span). What is of the whole run is judged by
 * verdict.c at the end. */
#ifndef CHECK_EXPECTATIONS_STATE_H
#define CHECK_EXPECTATIONS_STATE_H

#include "check/expectations.h"
#include "check/verdict.h"
#include "node/route.h"
#include "trace/quantiles.h"
#include "trace/replay.h"

/* How a named reply stands. */
struct named_reply {
    bool ended;
    enum outcome outcome;
    node_id from;
    uint64_t worker;
    int64_t latency_ns; /* of an answer, on the caller's clock; of a failure, in true time */
};

/* Replies that some expectation asks for together: those of a name, or one of them. Two ranges are
 * apart, or one lies in the other. */
struct reply_range {
    uint32_t first;
    uint32_t count;
    uint32_t open;  /* not yet ended */
    uint32_t outer; /* the least range round it, or UINT32_MAX */
};

/* The ranges of an expectation on replies. */
struct reply_user {
    uint32_t expectation;
    uint32_t replies; /* index of a range */
    uint32_t other;   /* likewise; UINT32_MAX: none */
    uint32_t next[2]; /* the next user of `replies`, and of `other`; UINT32_MAX: none */
};

/* An expectation on a state over time; one of each node has one of these for each. */
struct state_watch {
    const struct expectation *expectation;
    node_id node; /* that stands in the place of the expectation's */
    bool began;
    bool holds; /* since since_ns */
    int64_t since_ns;
    bool ever;             /* it held in its span */
    int64_t broken_ns;     /* when it first did not, in its span; -1: it always did */
    int64_t last_false_ns; /* until when it last did not hold; -1: it always did */
    char why[160];         /* it did not hold, when it broke or when it last ceased to */
};

/* An expectation on a part of the run: what was counted of it. */
struct part_watch {
    const struct expectation *expectation;
    uint64_t requests;
    bool is_asked;     /* somebody asked for its id, or that is not seen */
    uint64_t count;    /* OK_SHARE: answered; TOTAL: that */
    uint32_t *loading; /* loads-at-once: that run now, of each node */
    struct quantiles latencies;
};

struct expectations {
    const struct plan *plan;
    void (*emit)(void *context, const struct record *record);
    void *context;
    bool failed;
    bool *judged; /* of each expectation on replies */
    struct named_reply *replies;
    struct reply_range *ranges; /* by `first`, outer ones before inner ones */
    uint32_t ranges_count;
    uint32_t *range_users; /* of each range: its first user, an index of users times 2 plus which */
    struct reply_user *users;
    uint32_t users_count;
    struct state_watch *states;
    uint32_t states_count;
    int64_t states_ns; /* of the last record that may have changed a state … */
    bool states_stale; /* … which is not judged yet */
    struct part_watch *parts;
    uint32_t parts_count;
    /* Workers, views and requests if an expectation asks for them. Without parts it gets those
     * requests alone whose reply has a name, and only their beginning and end. */
    struct replay replay;
    struct router router;  /* with views */
    uint32_t slots;        /* of leases; 0: there are none */
    struct pool_map moved; /* workers that came from another node, by number; for replies */
};

/* Makes the EXPECT record. */
void expectations_pronounce(struct expectations *expectations, uint32_t index, int64_t t_ns,
                            uint16_t step, const struct verdict *verdict);

/* What people call the node. */
static inline unsigned node_shown(node_id node)
{
    return node + 1;
}

/* ---- expectations_replies.c ---------------------------------------------------------------- */

/* Each …_init below makes what its file follows of the plan; ERROR_MEMORY: …_close frees what there
 * is. */
enum error expectations_replies_init(struct expectations *expectations);
void expectations_replies_close(struct expectations *expectations);

/* The named reply is in: judges what waited for it as the last one. */
void expectations_reply_is_in(struct expectations *expectations, uint32_t reply,
                              const struct record *record);

/* A START of a worker that moved: to its callers it is still the one that it was at first. */
void expectations_take_moved(struct expectations *expectations, const struct record *start);

/* The first reply of the expectation that is still out, by name. */
const char *expectations_first_open(const struct expectations *expectations,
                                    const struct expectation *expectation);

/* ---- expectations_cluster.c ---------------------------------------------------------------- */

enum error expectations_states_init(struct expectations *expectations);

/* Whether what `kind` (WORKERS, WORKER, NO_WORKER, MEMBERS or OWNER) says of the expectation's
 * members holds by the records so far, of this node or, where that is NODE_NONE, of all. */
struct verdict expectations_judge_state(const struct expectations *expectations,
                                        const struct expectation *expectation, node_id node,
                                        enum expectation_kind kind);

/* Before a record that may change a state is followed. */
void expectations_states_before(struct expectations *expectations, int64_t t_ns);

/* The run is over: no state changes any more. */
void expectations_states_end(struct expectations *expectations, int64_t t_ns);

/* What `eventually`, `always` and `sometimes` come to at the end of the run. */
struct verdict expectations_judge_over_time(const struct expectations *expectations,
                                            const struct state_watch *watch,
                                            const struct run_numbers *run);

/* ---- expectations_parts.c ------------------------------------------------------------------ */

/* Whether the expectation is judged by a part_watch, not by the totals of the run. */
bool expectation_has_part(const struct expectation *expectation);

enum error expectations_parts_init(struct expectations *expectations);
void expectations_parts_close(struct expectations *expectations);

/* Before the replay takes the record, so that what it ends is still there. */
void expectations_parts_take(struct expectations *expectations, const struct record *record);

/* What the part of the run, of a node or of an id came to, at the end of the run. */
struct verdict expectations_judge_part(const struct part_watch *watch,
                                       const struct run_numbers *run);

#endif
