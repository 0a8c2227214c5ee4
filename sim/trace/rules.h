/* The names that findings bear: the rules of VIOLATION records, and the causes of DUPLICATE
 * records. What a rule says, and who judges it, is the checker's (sim/check). */
#ifndef TRACE_RULES_H
#define TRACE_RULES_H

#include <stdbool.h>

#define RULES(X)                                                                                   \
    X(ONE_OWNER, "one-owner")                                                                      \
    X(ONE_WORKER_A_NODE, "one-worker-a-node")                                                      \
    X(SERIAL, "serial")                                                                            \
    X(ONE_LOAD, "one-load")                                                                        \
    X(ONE_VALUE, "one-value")                                                                      \
    X(TTL, "ttl")                                                                                  \
    X(ONE_OUTCOME, "one-outcome")                                                                  \
    X(HONEST_ERRORS, "honest-errors")                                                              \
    X(OPEN_LOAD, "open-load")                                                                      \
    X(ONE_HOP, "one-hop")                                                                          \
    X(NOTHING_LOST, "nothing-lost")                                                                \
    X(IN_ORDER, "in-order")                                                                        \
    X(CONSERVATION, "conservation")                                                                \
    X(APART, "apart")                                                                              \
    X(BOUNDS, "bounds")                                                                            \
    X(SUSPICION, "suspicion")                                                                      \
    X(TRUE_CAUSE, "true-cause") /* a further try is for the reason that its record gives */        \
    X(CAUSE, "cause")           /* a further live worker without a cause in the trace */           \
    X(ONE_WORKER, "one-worker") /* where the scenario says `always one-worker` */                  \
    X(ONE_LEASE, "one-lease")   /* the last five: where there are leases */                        \
    X(LEASE_BEFORE_SERVE, "lease-before-serve")                                                    \
    X(TOKEN_GROWS, "token-grows")                                                                  \
    X(QUARANTINE, "quarantine")                                                                    \
    X(NO_SERVE_LATE, "no-serve-late")

enum rule {
#define X(name, text) RULE_##name,
    RULES(X)
#undef X
        RULES_COUNT
};

static inline bool rule_is_of_leases(enum rule rule)
{
    return rule >= RULE_ONE_LEASE;
}

/* Why an id gained a further live worker. */
#define CAUSES(X)                                                                                  \
    X(RETRY, "by a retry")                   /* on the caller's own node, after a remote try */    \
    X(VIEW, "by views that differed")        /* of the two callers */                              \
    X(ROUTE, "by the route")                 /* self-first, which depends on the caller */         \
    X(HANDED_ON, "handed on by a duplicate") /* that expired while requests waited */              \
    X(BEFORE, "had begun before the trace")  /* one of the two */

enum cause {
#define X(name, text) CAUSE_##name,
    CAUSES(X)
#undef X
        CAUSES_COUNT
};

/* "unknown" for what is no rule. */
const char *rule_name(enum rule rule);

/* What follows a count of duplicates; cause < CAUSES_COUNT. */
const char *cause_name(enum cause cause);

#endif
