/* base/memory.c with an allocator under it that fails at will. The runner of tests/unit/fail_*.c is
 * linked with it, so that a test makes each allocation of what it tests fail in turn:
 *
 *     for (long nth = 1;; nth++) {
 *         memory_fail_at(nth, false);
 *         … what is tested, which must come to an orderly end …
 *         bool over = memory_fail_calls() < nth;
 *         memory_fail_at(0, false);
 *         CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
 *         if (over)
 *             break;
 *     }
 */
#ifndef SUPPORT_MEMORY_FAIL_H
#define SUPPORT_MEMORY_FAIL_H

#include "base/base.h"

/* From now on allocation number `nth` (from 1) fails, and, if `for_good`, all after it. 0: none
 * does. Takes effect for all threads; call it while no other one allocates. */
void memory_fail_at(long nth, bool for_good);

/* Allocations tried since memory_fail_at, those that failed included. */
long memory_fail_calls(void);

/* Makes each allocation of an attempt on the text fail in turn, and asserts that it then ends with
 * ERROR_MEMORY, or with `outcome` when none failed, and leaves nothing. Returns how many there are.
 */
long memory_fail_each(enum error (*attempt)(const char *text), const char *text, enum error outcome,
                      bool for_good);

/* Blocks that are allocated now: 0 when nothing leaks. */
long memory_fail_blocks(void);

#endif
