#include "trace/rules.h"

#define X(name, text) text,

const char *rule_name(enum rule rule)
{
    static const char *const names[] = {RULES(X)};
    return rule < RULES_COUNT ? names[rule] : "unknown";
}

const char *cause_name(enum cause cause)
{
    static const char *const names[] = {CAUSES(X)};
    return names[cause];
}
