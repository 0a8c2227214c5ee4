/* Ctrl-C and its like (SIGINT, SIGTERM, SIGHUP) as a wish: whoever carries something through asks
 * now and then whether one has come, and ends in an orderly way; on a terminal a line says so. A
 * second one ends the process at once. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include "base/base.h"

/* From now on the signals are taken so. One that the process was started to ignore stays ignored,
 * as under nohup. */
void interrupt_watch(void);

bool interrupt_came(void);

#endif
