/* A plan: a scenario as data. What happens when, and what should hold.
 *
 * parse.h makes it from text; a runner (run/runner.h) carries it out. All that a plan points to
 * belongs to it and lives until plan_close. */
#ifndef SCENARIO_PLAN_H
#define SCENARIO_PLAN_H

#include "base/distribution.h"
#include "base/zipf.h"
#include "node/node.h"
#include "node/route.h"

/* WORKERS: no records of single messages and requests. */
enum trace_level { TRACE_ALL, TRACE_WORKERS, TRACE_OFF };

/* Whether a trace of this level has records of this kind. */
static inline bool trace_keeps(enum trace_level level, enum record_kind kind)
{
    const uint32_t of_requests = 1u << RECORD_SEND | 1u << RECORD_RECV | 1u << RECORD_DROP |
                                 1u << RECORD_REQUEST | 1u << RECORD_ROUTE | 1u << RECORD_SERVE |
                                 1u << RECORD_REPLY | 1u << RECORD_FAIL;
    return level == TRACE_ALL || (level == TRACE_WORKERS && !(of_requests >> kind & 1));
}

/* Nodes named in an action: each once, in the cluster's order. Or, with at most one of the flags
 * set and `count` 0, nodes that are known only when the action happens. */
struct node_list {
    bool any;       /* one node, drawn afresh each time */
    bool owner;     /* the owner of `id` in the view of the first live node; none if none is live */
    bool others;    /* all nodes that are in none of the lists before this one: the other end of its
                       link, or the other groups of its partition, some of which is only known then.
                       Where all of those are named, the parser has named the others, too */
    uint32_t count; /* 0 without a flag: none was named */
    node_id *nodes;
    struct text id; /* owner */
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

/* A set of ids: texts[0..count-1], sorted by bytes, then by size, or, where texts is NULL, the
 * whole numbers first..first+count-1. Count 0: every id. */
struct id_set {
    uint64_t first;
    uint64_t count;
    struct text *texts;
};

bool id_set_has(const struct id_set *set, const struct text *id);

/* Below, at or above zero as `a` sorts before, with or after `b`: by bytes, then by size. */
int plan_compare_texts(const struct text *a, const struct text *b);

/* What holds from the start of the run for every node and link. */
struct settings {
    uint32_t nodes;
    uint64_t seed;
    int64_t ttl_ns;
    uint32_t ttl_jitter_ppb; /* a worker's life is drawn from ttl_ns less up to this share of it; 0:
                                all live for ttl_ns */
    enum route route;
    bool expire_idle; /* else from the start */
    enum fallback fallback;
    int64_t timeout_ns;
    int64_t retry_ns;
    int64_t fail_ttl_ns; /* how long a failed load is remembered; 0: until the end of its ttl */
    uint32_t mailbox;
    uint32_t held;
    uint32_t load_at_once;   /* loads that run on a node at one time; 0: as many as come */
    uint64_t memory_limit;   /* bytes; a run that needs more ends with status 4; 0: half of the
                                machine's */
    struct node_list absent; /* not running at the start; `restart` or `join` starts them */
    struct distribution load;
    uint32_t load_fail_ppb; /* shares are in 10^-9 */
    struct distribution work;
    struct distribution latency;
    uint32_t loss_ppb;
    uint32_t duplicate_ppb;
    bool reorder;
    bool ties; /* the seed decides the order of what happens at one instant at a node */
    int64_t heartbeat_ns;
    int64_t suspect_ns;
    bool membership_static;
    bool leases;        /* `ownership lease`, else the view alone decides: */
    int64_t lease_ns;   /* how long a lease is its owner's */
    uint32_t drift_ppm; /* a clock's rate is off by this much at the most */
    uint32_t slots;     /* of ids, each with a lease */
    bool hand_over;     /* a worker moves to its id's new owner */
    int64_t end_ns;     /* nothing happens after it; TIME_NEVER: when nothing is left to happen */
    enum trace_level trace;
};

/* What an action is about. */
enum action_group {
    ACTS_AS_CLIENT,  /* nodes connect, requests are made */
    ACTS_ON_NODES,   /* a fault of nodes, or its end */
    ACTS_ON_LINKS,   /* a fault of links, or its end */
    ACTS_ON_SETTING, /* recorded as `set`; with for_ns it ends, and what held before holds again */
    ACTS_AS_CHAOS,   /* makes faults and changes of its own */
    ACTS_ON_TRACE,   /* judges */
};

/* Every kind of action, with its group. The members of struct action that a kind uses are these. */
#define ACTIONS(X)                                                                                 \
    X(CONNECT, ACTS_AS_CLIENT)  /* nodes */                                                        \
    X(REQUEST, ACTS_AS_CLIENT)  /* request */                                                      \
    X(CLIENTS, ACTS_AS_CLIENT)  /* load */                                                         \
    X(REQUESTS, ACTS_AS_CLIENT) /* load */                                                         \
    X(CRASH, ACTS_ON_NODES)     /* nodes, for_ns, silently */                                      \
    X(RESTART, ACTS_ON_NODES)   /* nodes */                                                        \
    X(FREEZE, ACTS_ON_NODES)    /* nodes, for_ns */                                                \
    X(THAW, ACTS_ON_NODES)      /* nodes */                                                        \
    X(LEAVE, ACTS_ON_NODES)     /* nodes */                                                        \
    X(JOIN, ACTS_ON_NODES)      /* nodes */                                                        \
    X(ROLLING, ACTS_ON_NODES) /* nodes, one after the other: each leaves, is gone for pause_ns and \
                                 joins; the next one begins when it is a member again */           \
    X(CUT, ACTS_ON_LINKS)     /* link, for_ns */                                                   \
    X(PARTITION, ACTS_ON_LINKS) /* partition, for_ns */                                            \
    X(HEAL, ACTS_ON_LINKS)                                                                         \
    X(LOAD, ACTS_ON_SETTING)      /* set.distribution, set.ids; nodes */                           \
    X(LOAD_FAIL, ACTS_ON_SETTING) /* set.ppb, set.ids; nodes */                                    \
    X(WORK, ACTS_ON_SETTING)      /* set.distribution, set.ids; nodes */                           \
    X(LATENCY, ACTS_ON_SETTING)   /* set.distribution; set.link */                                 \
    X(LOSS, ACTS_ON_SETTING)      /* set.ppb; set.link */                                          \
    X(DUPLICATE, ACTS_ON_SETTING) /* set.ppb; set.link */                                          \
    X(REORDER, ACTS_ON_SETTING)   /* set.on; set.link */                                           \
    X(CLOCK, ACTS_ON_SETTING)     /* nodes, clock */                                               \
    X(SEED, ACTS_ON_SETTING)      /* seed: all that is drawn from now on */                        \
    X(CHAOS, ACTS_AS_CHAOS)       /* chaos: at random times an action of chaos.kind */             \
    X(EXPECT, ACTS_ON_TRACE)      /* expectation, judged when all up to this line has happened */

enum action_kind {
#define X(name, group) ACTION_##name,
    ACTIONS(X)
#undef X
        ACTIONS_COUNT
};

enum action_group action_group(enum action_kind kind);

/* Whether it sets something of links: latency, loss, duplicate or reorder. */
bool action_is_of_links(enum action_kind kind);

struct link_set {
    struct node_list from; /* every link from one of these … */
    struct node_list to;   /* … to another one of these */
    bool both;             /* and back */
};

/* A message at whose arrival an action happens, instead of at a time. */
struct message_trigger {
    uint32_t nth; /* the message's number among those that fit, from 1; 0: the action has a time */
    enum message_kind kind;
    struct node_list from; /* by name; none: any node */
    struct node_list to;
};

struct action {
    enum action_kind kind;
    uint32_t line;
    uint32_t column;
    int64_t at_ns;
    struct message_trigger trigger; /* once at_ns has come, it waits for this message */
    int64_t for_ns;    /* a fault or a change of a setting: ended after so long; 0: for good */
    int64_t period_ns; /* 0, or again every so long, as long as the time is below until_ns */
    int64_t until_ns;
    bool may_miss;    /* a fault that may touch nothing */
    bool silently;    /* CRASH: no connection is seen to break, as at a loss of power */
    bool is_drawn;    /* made by a CHAOS action, which stands for it in a scenario */
    bool initial;     /* a setting of a link or a clock given before the first action: no fault */
    const char *text; /* as written, without comment and blanks round it, NUL-ended; for records */
    struct node_list nodes; /* LOAD, LOAD_FAIL, WORK: without any, every node */
    int64_t pause_ns;       /* ROLLING */
    union {
        struct {
            struct node_list from; /* one request of each id from each of these */
            uint32_t count;
            struct text *ids;
            uint32_t reply;     /* the replies are plan.replies[reply...]: ids of the first node, of
                                   the second, …, and, under `every`, those of the next time;
                                   UINT32_MAX: not named */
            uint32_t replies;   /* so many each time, if they are named */
            int64_t timeout_ns; /* 0: the setting's */
        } request;
        struct {
            struct node_list from; /* CLIENTS: `clients` at each node, or `any`: each at a node
                                      drawn for it once; REQUESTS: see rate */
            uint32_t clients;      /* CLIENTS */
            uint64_t per_1000_s; /* REQUESTS: so many in 1000 s, spread over the nodes of `from` */
            uint64_t to_per_1000_s; /* 0, or the rate goes in a straight line from per_1000_s at
                                       at_ns to this at until_ns, which is not TIME_NEVER then, nor
                                       after the setting `end` */
            struct id_range ids;
            int64_t until_ns;         /* no new request at or after it; TIME_NEVER */
            int64_t think_ns;         /* CLIENTS: from an answer to the next request */
            int64_t timeout_ns;       /* of each request; 0: the setting's */
            uint32_t retries;         /* CLIENTS: a request that fails is made again so often, as a
                                         request of its own for the same id */
            int64_t backoff_least_ns; /* CLIENTS: before retry number k (1, 2, …) it waits for a
                                         time drawn from backoff_least_ns to backoff_least_ns * 2^k,
                                         neither above backoff_most_ns; both 0: no wait */
            int64_t backoff_most_ns;
        } load;
        struct link_set link; /* CUT; settings of links use the `set` below */
        struct {
            uint32_t count; /* groups, 2 or more; a node in no group keeps its links to all */
            struct node_list *groups;
        } partition;
        struct {
            bool some_links;      /* LATENCY, LOSS, DUPLICATE, REORDER: of the links in `link`
                                     alone, else of every link, and no link has its own then */
            struct link_set link; /* if some_links */
            struct id_set ids; /* LOAD, LOAD_FAIL, WORK: of these ids alone. Of all nodes and ids:
                                  none has its own then */
            struct distribution distribution; /* LOAD, WORK, LATENCY */
            uint32_t ppb;                     /* LOAD_FAIL, LOSS, DUPLICATE */
            bool on;                          /* REORDER */
        } set;
        uint64_t seed;
        struct {
            bool is_rate;     /* else a jump */
            int64_t jump_ns;  /* the node's clock jumps forward by so much, 0 or more */
            int32_t rate_ppm; /* or is so much faster: of -500000..500000 */
        } clock;
        struct {
            enum action_kind kind; /* CRASH, FREEZE, CUT, PARTITION, LATENCY or LOSS */
            uint64_t per_1000_s;   /* so many in 1000 s, at random times, in all, 0: none, … */
            int64_t until_ns;      /* … before this */
            int64_t for_least_ns;  /* each lasts for a time drawn from these two */
            int64_t for_most_ns;
            struct distribution distribution; /* LATENCY */
            uint32_t ppb;                     /* LOSS */
            const char *value;                /* of LATENCY and LOSS, as a statement has it */
        } chaos;
        uint32_t expectation; /* EXPECT: index into plan.expectations */
    } as;
};

/* What an expectation is about, and so when it is judged. */
enum expectation_scope {
    EXPECT_OF_REPLIES, /* when the replies are there */
    EXPECT_AT_CURSOR,  /* when all up to its line has happened; it is an action, too */
    EXPECT_OF_RUN,     /* at the end, or as soon as it is broken */
};

/* Every kind of expectation, with its scope and the members of struct expectation that it uses. */
#define EXPECTATIONS(X)                                                                            \
    X(REPLY_OK, EXPECT_OF_REPLIES)       /* reply, replies: each was answered */                   \
    X(REPLY_FAILS, EXPECT_OF_REPLIES)    /* each failed: as `outcome`, or, if that is              \
                                            OUTCOME_VALUE, anyhow; and at most bound_ns after its  \
                                            request, if that is not 0 */                           \
    X(REPLY_FROM, EXPECT_OF_REPLIES)     /* a worker on `node` answered each */                    \
    X(REPLY_NOT_FROM, EXPECT_OF_REPLIES) /* each was answered, by a worker not on `node` */        \
    X(REPLY_SAME, EXPECT_OF_REPLIES)     /* one worker answered each and the one of `other` */     \
    X(REPLY_OTHER, EXPECT_OF_REPLIES)    /* two workers did */                                     \
    X(REPLY_WITHIN, EXPECT_OF_REPLIES) /* each was answered, at most bound_ns after its request */ \
    X(WORKERS, EXPECT_AT_CURSOR)       /* there are `count` live workers, on `node` or in all      \
                                          (NODE_NONE) */                                           \
    X(WORKER, EXPECT_AT_CURSOR)    /* `id` has a live worker on `node` or anywhere (NODE_NONE) */  \
    X(NO_WORKER, EXPECT_AT_CURSOR) /* it has none there */                                         \
    X(MEMBERS, EXPECT_AT_CURSOR)   /* the view of each of `on` has exactly `members`. `node` is    \
                                      `on` if that is one node, else NODE_NONE */                  \
    X(OWNER, EXPECT_AT_CURSOR)     /* every node that runs has `node` as owner of `id` in its own  \
                                      view */                                                      \
    X(TOTAL, EXPECT_OF_RUN)        /* `total` of the run `compare`s with `count`; see `of` */      \
    X(OK_SHARE, EXPECT_OF_RUN) /* the share that was answered `compare`s with share_ppb; `of` */   \
    X(LATENCY, EXPECT_OF_RUN) /* percentile_ppm of the latencies `compare`s with bound_ns; `of` */ \
    X(DUPLICATE_TIME, EXPECT_OF_RUN) /* the longest time in one piece that an id had more than one \
                                        live worker `compare`s with bound_ns; `of` */              \
    X(ALWAYS_ONE, EXPECT_OF_RUN)     /* at no instant had an id two live workers */                \
    X(ALWAYS, EXPECT_OF_RUN)         /* `state` holds at every instant of `of` */                  \
    X(SOMETIMES, EXPECT_OF_RUN)      /* `total` is above zero */                                   \
    X(SOMETIMES_STATE, EXPECT_OF_RUN) /* `state` holds at some instant of `of`; if it is of        \
                                         `each`, at one with each node of the run as `node` */     \
    X(EVENTUALLY_ONE,                                                                              \
      EXPECT_OF_RUN)             /* no id has two live workers from bound_ns after the end of      \
                                    the last fault or change on (its start, if it has no end) */   \
    X(EVENTUALLY, EXPECT_OF_RUN) /* `state` holds from then on */

enum expectation_kind {
#define X(name, scope) EXPECT_##name,
    EXPECTATIONS(X)
#undef X
        EXPECTATIONS_COUNT
};

enum expectation_scope expectation_scope(enum expectation_kind kind);

#define COMPARISONS(X)                                                                             \
    X(LESS, "<")                                                                                   \
    X(AT_MOST, "<=")                                                                               \
    X(EQUAL, "=")                                                                                  \
    X(AT_LEAST, ">=")                                                                              \
    X(MORE, ">")

enum compare {
#define X(name, text) COMPARE_##name,
    COMPARISONS(X)
#undef X
};

/* What can be counted over a run, by its name in a scenario. The numbers are those of struct
 * totals (trace/totals.h). */
#define TOTALS(X)                                                                                  \
    X(REQUESTS, "requests")                                                                        \
    X(OK, "ok")                                                                                    \
    X(ERRORS, "errors")                                                                            \
    X(DUPLICATES, "duplicates")                                                                    \
    X(LOADS, "loads")                                                                              \
    X(LOADS_AT_ONCE, "loads-at-once") /* the most that ran on one node at one time */              \
    X(FALLBACKS, "fallbacks")                                                                      \
    X(MESSAGES, "messages")                                                                        \
    X(DROPPED, "dropped")                                                                          \
    X(STARTED, "started")                                                                          \
    X(EXPIRED, "expired")                                                                          \
    X(LOST, "lost")                                                                                \
    X(MOVED, "moved")

enum total {
#define X(name, text) TOTAL_##name,
    TOTALS(X)
#undef X
        TOTAL_OUTCOME /* + an enum outcome: requests that ended so */
};

/* What part of a run an expectation is about. Requests are of the node at which they are made, and
 * of the time at which; loads and workers, of those at which they begin; messages and what was
 * dropped, of the receiver and the time of that; an id's duplicate times, of the node of the worker
 * that was not the first, and of the part of them that lies in the span. */
struct expectation_part {
    node_id node;    /* NODE_NONE: of all */
    bool of_id;      /* else of all ids */
    struct text id;  /* of_id */
    bool of_span;    /* the line gives the span, else it is the whole run: */
    int64_t from_ns; /* from_ns <= time < to_ns; 0 and TIME_NEVER: the whole run */
    int64_t to_ns;
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
    bool each; /* SOMETIMES_STATE, but for MEMBERS; `node` is NODE_NONE then */
    uint64_t count;
    struct text id;
    struct node_list members;    /* by name */
    struct node_list on;         /* by name */
    enum expectation_kind state; /* ALWAYS, SOMETIMES_STATE, EVENTUALLY: WORKERS, WORKER, NO_WORKER,
                                    MEMBERS or OWNER, whose members of this struct say more */
    uint32_t total;              /* enum total; SOMETIMES: happens when it is above zero */
    enum compare compare; /* TOTAL, OK_SHARE, LATENCY, DUPLICATE_TIME; WORKERS: COMPARE_EQUAL */
    int64_t bound_ns;
    uint32_t share_ppb;
    uint32_t percentile_ppm;    /* 500000 is p50; 1000000 is max */
    struct expectation_part of; /* of the kinds that name it; else the whole run. ALWAYS and
                                   SOMETIMES_STATE without a span of their own: from the cursor at
                                   their line on */
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
    const char *file;        /* as given on the command line */
    uint64_t settings_given; /* bits of settings_table: those that the text or an override sets */
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

/* The part of a node's configuration that the settings give; the rest is zero, for its host to fill
 * in. */
struct node_config plan_node_config(const struct settings *settings);

#endif
