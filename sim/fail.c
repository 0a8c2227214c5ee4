/* The end of a run in which a bug was found; see must() in core/base.h. */
#include "core/base.h"

#include <stdio.h>
#include <stdlib.h>

void must_have(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "dpsim: bug: %s at %s:%d in %s\n", condition, file, line, function);
    abort();
}
