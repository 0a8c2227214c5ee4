/* The end of a run in which a bug was found; see must() in base/base.h. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void must_have(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "dpsim: bug: %s at %s:%d in %s\n", condition, file, line, function);
    abort();
}
