/* The file of a distribution `from FILE`: observed durations, one a line. */
#ifndef SCENARIO_PROFILE_H
#define SCENARIO_PROFILE_H

#include "base/arena.h"
#include "base/distribution.h"
#include "base/failure.h"

#define PROFILE_SIZE_MAX 16777216u /* bytes of a file */
#define PROFILE_PATH_MAX 200u      /* bytes of its name, as written in the scenario */

/* Reads the durations of `path`, which blank lines and comments may stand between, into the arena.
 * ERROR_TEXT: the failure says what is wrong, and in which line; ERROR_IO: it can't be read, or is
 * no regular file; ERROR_MEMORY. */
enum error profile_read(struct empirical *profile, struct arena *arena, const char *path,
                        struct failure *failure);

#endif
