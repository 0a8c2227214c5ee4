/* How much memory this process takes of the machine's. */
#ifndef BASE_RESIDENT_H
#define BASE_RESIDENT_H

#include "base/base.h"

/* Bytes that the process has in memory now; 0 where the system does not say. Takes some
 * microseconds. */
uint64_t resident_bytes(void);

/* Bytes of memory that the process may have: the machine's, or less, if the group of processes that
 * it is in is allowed less. */
uint64_t resident_most(void);

#endif
