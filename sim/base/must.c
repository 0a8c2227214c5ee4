/* The end of a run in which a bug was found; see must() in base/base.h. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

volatile sig_atomic_t must_has_failed;

void must_have(const char *condition, const char *file, int line, const char *function)
{
    must_has_failed = 1;
    fprintf(stderr, "dpsim: bug: %s at %s:%d in %s\n", condition, file, line, function);
    abort();
}
