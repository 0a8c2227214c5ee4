/* A plan: what a scenario's text says, as data. What should happen when, and what should hold.
 *
 * Made by parse.h from text, carried out by the cluster. All that a plan points to belongs to it
 * and lives until plan_close. */
#ifndef SCENARIO_PLAN_H
#define SCENARIO_PLAN_H

#include "base/distribution.h"
#include "node/node.h"
#include "node/route.h"

/* WORKERS: no records of single messages and requests. */
enum trace_level { TRACE_ALL, TRACE_WORKERS, TRACE_OFF };

bool trace_keeps(enum trace_level level, enum record_kind kind);

/* What holds from the start of the run for every node and link. */
struct settings {
    uint32_t nodes;
    uint64_t seed;
    int64_t ttl_ns;
    enum route route;
    bool expire_idle;    /* else from the start */
    bool fallback_local; /* else none */
    int64_t timeout_ns;
    int64_t retry_ns;
    uint32_t mailbox;
    struct distribution load;
    uint32_t load_fail_ppb; /* shares are in 10^-9 */
    struct distribution work;
    struct distribution latency;
    uint32_t loss_ppb;
    uint32_t duplicate_ppb;
    bool reorder;
    int64_t heartbeat_ns;
    int64_t suspect_ns;
    bool membership_static;
    int64_t end_ns; /* TIME_NEVER: when nothing is left to happen */
    enum trace_level trace;
};

/* Nodes named in an action: each once, in the cluster's order; or one drawn afresh each time. */
struct node_list {
    bool any;       /* then count is 0 */
    uint32_t count; /* 0 without `any`: none was named */
    node_id *nodes;
};

/* Ids to draw from: texts[0..count-1], or, where texts is NULL, the whole numbers
 * first..first+count-1. With a Zipf distribution the first one is the most frequent, else all are
 * equally so. */
struct id_range {
    uint64_t first;
    uint64_t count;
    struct text *texts;
    uint32_t zipf_ppm; /* 0: uniform */
    struct zipf *zipf; /* the weights if zipf_ppm is not 0 */
};

enum action_kind {
    ACTION_CONNECT,   /* nodes */
    ACTION_REQUEST,   /* request */
    ACTION_CLIENTS,   /* load */
    ACTION_REQUESTS,  /* load */
    ACTION_CRASH,     /* nodes, for_ns */
    ACTION_RESTART,   /* nodes */
    ACTION_FREEZE,    /* nodes, for_ns */
    ACTION_THAW,      /* nodes */
    ACTION_LEAVE,     /* nodes */
    ACTION_JOIN,      /* nodes */
    ACTION_CUT,       /* link, for_ns */
    ACTION_PARTITION, /* partition, for_ns */
    ACTION_HEAL,
    ACTION_LOAD,      /* distribution */
    ACTION_LOAD_FAIL, /* ppb */
    ACTION_WORK,      /* distribution */
    ACTION_LATENCY,   /* distribution; link, if link.from.count is not 0, else every link */
    ACTION_LOSS,      /* ppb; link, likewise */
    ACTION_DUPLICATE, /* ppb */
    ACTION_REORDER,   /* on */
    ACTION_CLOCK,     /* nodes, clock */
    ACTION_EXPECT,    /* expectation, of those judged at the cursor (on workers, members, owners):
                         judge it when all up to this line has happened */
    ACTION_KINDS
};

struct link_set {
    struct node_list from; /* every link from one of these … */
    struct node_list to;   /* … to another one of these */
    bool both;             /* and back */
};

struct action {
    enum action_kind kind;
    uint32_t line;
    uint32_t column;
    int64_t at_ns;
    int64_t for_ns;    /* CRASH, FREEZE, CUT, PARTITION: healed after so long; 0: for good */
    int64_t period_ns; /* 0, or again every so long, as long as the time is below until_ns */
    int64_t until_ns;
    bool may_miss;    /* a fault that may touch nothing */
    bool initial;     /* a setting of a link or a clock given before the first action: no fault */
    const char *text; /* as written, without comment and blanks round it, NUL-ended; for records */
    struct node_list nodes;
    union {
        struct {
            struct node_list from; /* one request of each id from each of these */
            uint32_t count;
            struct text *ids;
            uint32_t reply; /* the replies are plan.replies[reply...]: ids of the first node, of the
                               second, …; UINT32_MAX: not named */
        } request;
        struct {
            struct node_list from; /* CLIENTS: `clients` at each node, or `any`: each at a node
                                      drawn for it once; REQUESTS: see rate */
            uint32_t clients;      /* CLIENTS */
            uint64_t per_1000_s; /* REQUESTS: so many in 1000 s, spread over the nodes of `from` */
            struct id_range ids;
            int64_t until_ns; /* no new request at or after it; TIME_NEVER */
            int64_t think_ns; /* CLIENTS: from an answer to the next request */
        } load;
        struct link_set link; /* CUT; LATENCY and LOSS use the `set` below */
        struct {
            uint32_t count; /* groups, 2 or more; a node in no group keeps its links to all */
            struct node_list *groups;
        } partition;
        struct {
            struct link_set link;
            struct distribution distribution; /* LOAD, WORK, LATENCY */
            uint32_t ppb;                     /* LOAD_FAIL, LOSS, DUPLICATE */
            bool on;                          /* REORDER */
        } set;
        struct {
            bool is_rate;      /* else an offset */
            int64_t offset_ns; /* the node's clock is so far from true time */
            int32_t rate_ppm;  /* and so much faster: of -500000..500000 */
        } clock;
        uint32_t expectation; /* EXPECT: index into plan.expectations */
    } as;
};

enum expectation_kind {
    EXPECT_REPLY_OK,     /* reply, replies */
    EXPECT_REPLY_FAILS,  /* outcome */
    EXPECT_REPLY_FROM,   /* node: the one whose worker answered */
    EXPECT_REPLY_SAME,   /* other: pairwise, one worker answered both */
    EXPECT_REPLY_OTHER,  /* other: pairwise, two workers did */
    EXPECT_REPLY_WITHIN, /* bound_ns: answered, and no later than that after it was made */
    EXPECT_WORKERS,      /* count live workers, on `node` or in all (NODE_NONE) */
    EXPECT_WORKER,       /* id has a live worker on `node`, or anywhere (NODE_NONE) */
    EXPECT_NO_WORKER,    /* it has none there */
    EXPECT_MEMBERS,      /* members are exactly the view of `node` */
    EXPECT_OWNER,        /* every node that runs has `node` as id's owner in its own view */
    EXPECT_TOTAL,        /* a number of the whole run against a bound, at the end */
    EXPECT_OK_SHARE,     /* at least share_ppb of the requests were answered, at the end */
    EXPECT_LATENCY,      /* percentile_ppm of the answers' latencies against bound_ns, at the end */
    EXPECT_ALWAYS_ONE,   /* at no instant two live workers of one id */
    EXPECT_SOMETIMES,    /* condition happened in the run */
    EXPECT_EVENTUALLY_ONE, /* from bound_ns after the last fault healed (or struck, if for good) on
                            */
};

enum compare { COMPARE_LESS, COMPARE_AT_MOST, COMPARE_EQUAL, COMPARE_AT_LEAST, COMPARE_MORE };

/* What can be counted over a run: name in a scenario and field of struct totals (record readers).
 */
enum total {
    TOTAL_REQUESTS,
    TOTAL_OK,
    TOTAL_ERRORS,
    TOTAL_DUPLICATES,
    TOTAL_LOADS,
    TOTAL_FALLBACKS,
    TOTAL_MESSAGES,
    TOTAL_DROPPED,
    TOTAL_STARTED,
    TOTAL_EXPIRED,
    TOTAL_LOST,
    /* TOTAL_OUTCOME + an enum outcome: requests that ended so */
    TOTAL_OUTCOME = 64
};

struct expectation {
    enum expectation_kind kind;
    uint32_t line;
    uint32_t column;
    const char *text; /* as written, NUL-ended */
    uint32_t reply;   /* first of `replies` replies in plan.replies */
    uint32_t replies;
    uint32_t other; /* likewise, as many */
    enum outcome outcome;
    node_id node;
    uint64_t count;
    struct text id;
    struct node_list members;
    uint32_t total;       /* enum total; SOMETIMES: happens when it is above zero */
    enum compare compare; /* TOTAL, OK_SHARE, LATENCY */
    int64_t bound_ns;
    uint32_t share_ppb;
    uint32_t percentile_ppm; /* 500000 is p50; 1000000 is max */
};

/* A reply that the scenario named: "a", or "a.1" and so on where one name has several. */
struct reply_name {
    char *name;
};

/* The weights of one Zipf distribution, shared by all actions that draw by it. */
struct plan_zipf {
    uint64_t count;
    uint32_t s_ppm;
    struct zipf *zipf;
};

struct plan {
    const char *file; /* as given on the command line */
    uint64_t settings_given;    /* bits of settings_table: those that the text or an override sets */
    struct settings settings;
    struct action *actions; /* in the order of (at_ns, line); the times of `for` are not in it */
    size_t actions_count;
    struct expectation *expectations;
    size_t expectations_count;
    struct reply_name *replies;
    size_t replies_count;
    struct plan_zipf *zipfs;
    size_t zipfs_count;
    struct arena *arena; /* what else the plan points to */
};

void plan_close(struct plan *plan);

/* What the settings say of every node; who it is and how it begins is left for its host. */
struct node_config plan_node_config(const struct settings *settings);

/* The settings as JSON members without the braces, `"nodes":3,"ttl":"5s",…`, for the head of a
 * trace: written to `text` and NUL-ended; returns what snprintf would. */
size_t plan_settings_json(const struct plan *plan, char *text, size_t size);

/* Likewise as lines of a scenario: "nodes 3", "ttl 5s", … */
size_t plan_settings_lines(const struct plan *plan, char *text, size_t size);

/* The line of one of them, by its place in settings_table; `clock` and no `end` have none. */
size_t plan_setting_line(const struct settings *settings, size_t setting, char *text, size_t size);

#endif
