/* The settings of a scenario: one table, by which they are parsed, overridden and printed. */
#ifndef SCENARIO_SETTINGS_H
#define SCENARIO_SETTINGS_H

#include "scenario/plan.h"

/* The type of a setting's value. It decides how the value is parsed and printed. */
enum value_type {
    VALUE_COUNT,        /* uint32_t, of 1..most */
    VALUE_SEED,         /* uint64_t */
    VALUE_DURATION,     /* int64_t of ns, above zero */
    VALUE_LIFE,         /* likewise, with an optional `jitter` in ttl_jitter_ppb */
    VALUE_MEMORY,       /* uint64_t of bytes, after the word `memory` */
    VALUE_NODES,        /* struct node_list, by name */
    VALUE_SHARE,        /* uint32_t of 10^-9 */
    VALUE_DRIFT,        /* uint32_t of 10^-6 */
    VALUE_DISTRIBUTION, /* struct distribution */
    VALUE_SWITCH,       /* bool: words[0] is false, words[1] true */
    VALUE_ROUTE,        /* enum route, by words */
    VALUE_FALLBACK,     /* enum fallback, by words */
    VALUE_TRACE,        /* enum trace_level, by words */
    VALUE_CLOCK,        /* nodes and how their clocks go; not in struct settings */
};

struct setting {
    const char *name;
    enum value_type type;
    size_t offset;            /* in struct settings */
    uint32_t most;            /* COUNT */
    const char *const *words; /* SWITCH, ROUTE, FALLBACK, TRACE: the values in order, NULL-ended */
    const char *form;         /* an example, for messages */
    const char *means;        /* a few words without a full stop, for people */
    const char *unset;        /* what holds where it has no value; NULL: it always has one */
    bool agreed; /* all nodes of a cluster must have the same: it is a cluster file's, and
                    a scenario that drives a running cluster takes it from there */
    bool later;  /* it can be changed during the run, by an action of this kind: */
    enum action_kind action;
    bool of_links;   /* and for some links alone */
    bool of_workers; /* and for the workers of some nodes and ids alone */
};

enum setting_id {
    SETTING_NODES,
    SETTING_SEED,
    SETTING_TTL,
    SETTING_ROUTE,
    SETTING_EXPIRE,
    SETTING_FALLBACK,
    SETTING_TIMEOUT,
    SETTING_RETRY,
    SETTING_FAIL_TTL,
    SETTING_MAILBOX,
    SETTING_HELD,
    SETTING_LOAD_AT_ONCE,
    SETTING_LIMIT,
    SETTING_LOAD,
    SETTING_LOAD_FAIL,
    SETTING_WORK,
    SETTING_LATENCY,
    SETTING_LOSS,
    SETTING_DUPLICATE,
    SETTING_REORDER,
    SETTING_TIES,
    SETTING_HEARTBEAT,
    SETTING_SUSPECT,
    SETTING_CLOCK,
    SETTING_MEMBERSHIP,
    SETTING_OWNERSHIP,
    SETTING_LEASE,
    SETTING_DRIFT,
    SETTING_SLOTS,
    SETTING_HAND_OVER,
    SETTING_ABSENT,
    SETTING_END,
    SETTING_TRACE,
    SETTINGS_COUNT
};

extern const struct setting settings_table[SETTINGS_COUNT];

/* Whether the setting has a value that can be written as one line: not `clock`, nor what is not
 * given and has no such default (end, fail-ttl, load-at-once, limit, absent), nor, where the view
 * alone decides who owns an id, what is of leases. */
bool setting_is_written(const struct settings *settings, enum setting_id id);

/* Copies the value of one setting which has one in struct settings. */
void setting_copy(struct settings *to, const struct settings *from, enum setting_id id);

/* The values of all settings that a scenario does not give. */
struct settings settings_default(void);

#endif
