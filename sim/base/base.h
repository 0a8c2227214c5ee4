/* What every part needs: a node's number, units of time, errors, and the assertion that stays in.
 *
 * Times are int64_t nanoseconds, and their names end in _ns. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A node's place in the cluster's order, from 0. People see it as n1, n2, …: its number plus one.
 */
typedef uint32_t node_id;

#define NODE_NONE UINT32_MAX
#define NODES_MAX 100000u

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* Later than any time of a run. A quarter of the range, so that sums of a few times can't overflow.
 */
#define TIME_NEVER (INT64_MAX / 4)

/* Bytes. An element, for a node or a thread, of an array that several threads write to ends with so
 * many unused ones, `apart`: cores that write to one cache line wait for each other, and fetch
 * lines in pairs. Three nodes on two threads take 1.6 times as long without. */
#define APART 128

/* What an expected failure is. Its text is made where the facts are known; see failure.h. */
enum error { OK, ERROR_MEMORY, ERROR_FULL, ERROR_TEXT, ERROR_IO };

/* Zeros an object whose size is known when this is compiled: in parts, each some vector stores,
 * where gcc would take a string instruction for the whole, which is slower. */
static inline __attribute__((always_inline)) void set_zero(void *object, size_t size)
{
    for (size_t at = 0; at < size; at += 64)
        memset((char *)object + at, 0, size - at < 64 ? size - at : 64);
}

/* For what is seldom run, in the midst of what is run often: kept out of it, so that the often run
 * part keeps no registers and no stack for it. */
#define OUT_OF_LINE __attribute__((noinline))

/* Aborts with the place if the condition does not hold: that is a bug. Compiled into every build.
 */
#define must(condition)                                                                            \
    ((condition) ? (void)0 : must_have(#condition, __FILE__, __LINE__, __func__))

/* A condition did not hold: the abort that follows is of a bug. */
extern volatile sig_atomic_t must_has_failed;

/* Prints the condition and its place to standard error, and aborts. */
_Noreturn void must_have(const char *condition, const char *file, int line, const char *function);

/* The structure that holds `member` at `pointer`. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
