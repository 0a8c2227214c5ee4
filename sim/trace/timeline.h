/* The timeline for people: a line an event, aligned, coloured by node on a terminal.
 *
 *     1.000s  n1  request 1 -> n2
 *     1.003s  n2  worker 1 starts
 *     1.006s  n1  reply 1 = 282 from n2, 6.0ms
 *     6.003s  n2  worker 1 expires after 5s
 */
#ifndef TRACE_TIMELINE_H
#define TRACE_TIMELINE_H

#include "trace/reader.h"

#include <stdio.h>

struct timeline; /* embeds a struct reader as its first member */

/* Lines go to `out`, in colour if `colour`. NULL when there is no memory. */
struct timeline *timeline_new(FILE *out, uint32_t nodes, bool colour);
void timeline_delete(struct timeline *timeline);

/* A line under the last one, without a place of its own: about what that says. */
__attribute__((format(printf, 2, 3))) void timeline_remark(struct timeline *timeline,
                                                           const char *format, ...);

/* Lines so far. */
uint64_t timeline_lines(const struct timeline *timeline);

#endif
