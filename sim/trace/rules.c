/* The names that the checker's findings bear. */
#include "trace/check.h"

const char *rule_name(enum rule rule)
{
    static const char *const names[] = {
#define X(name, text) text,
        RULES(X)
#undef X
    };
    return rule < RULES_COUNT ? names[rule] : "unknown";
}

const char *cause_name(enum cause cause)
{
    static const char *const names[] = {
        [CAUSE_RETRY] = "retry",
        [CAUSE_VIEW] = "view",
        [CAUSE_ROUTE] = "route",
        [CAUSE_HANDED_ON] = "handed on",
    };
    return cause < CAUSES_COUNT ? names[cause] : "unknown";
}
