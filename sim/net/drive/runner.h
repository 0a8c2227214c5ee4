/* A drive behind the interface of run/runner.h. */
#ifndef NET_DRIVE_RUNNER_H
#define NET_DRIVE_RUNNER_H

#include "net/drive/drive.h"
#include "run/runner.h"

/* Makes `runner` carry a plan through on `drive`, which it owns from then on. Whether it is over by
 * a failure is printed to standard error, once. ERROR_MEMORY: `runner` and `drive` are unchanged.
 */
enum error runner_drive(struct runner *runner, struct drive *drive);

#endif
