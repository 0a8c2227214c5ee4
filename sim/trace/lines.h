/* Lines that say when and where something happened, aligned, in the colour of the node:
 *
 *     1.000s  n1  request 1 -> n2
 *   6.003155s  n2  worker 1 expires after 5s
 *
 * A line is begun, its words go to the writer, and it is ended. */
#ifndef TRACE_LINES_H
#define TRACE_LINES_H

#include "trace/writer.h"

struct lines {
    struct writer writer;
    uint64_t count; /* so far */
    bool colour;
    uint32_t name_width; /* of the widest node's name */
    uint32_t decimals;   /* of the most exact time so far: the column grows with it */
};

enum tone { TONE_NODE, TONE_BAD, TONE_FAULT, TONE_GOOD };

/* Of a run of so many nodes. They are written to `out` when the writer is flushed. */
void lines_init(struct lines *lines, FILE *out, uint32_t nodes, bool colour);

/* NODE_NONE: it is about the whole run. */
struct writer *lines_begin(struct lines *lines, int64_t t_ns, node_id node, enum tone tone);
void lines_end(struct lines *lines);

/* A whole line, without time and node, below the words of the last one. */
void lines_remark(struct lines *lines, const char *text);

#endif
