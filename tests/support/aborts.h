/* Whether a call ends in a must() that does not hold. */
#ifndef SUPPORT_ABORTS_H
#define SUPPORT_ABORTS_H

#include <stdbool.h>

/* Calls `function` in a child process. True if it aborts there with "dpsim: bug: CONDITION at …".
 */
bool aborts(void (*function)(void), const char *condition);

#endif
