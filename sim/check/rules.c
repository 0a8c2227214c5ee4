/* The names that the checker's findings bear. */
#include "check/checker.h"

const char *rule_name(enum rule rule)
{
    static const char *const names[] = {
#define X(name, text) text,
        RULES(X)
#undef X
    };
    return rule < RULES_COUNT ? names[rule] : "unknown";
}
