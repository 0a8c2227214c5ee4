/* A FAULT or SET out of a line of a saved trace: its nodes and links, as trace/fault.h has them. */
#ifndef TRACE_TRACE_FAULT_H
#define TRACE_TRACE_FAULT_H

#include "trace/trace_file.h"

/* Reads all fields but the times and the node. What is wrong is noted in `why`; no memory, in
 * `data.failed`. */
void trace_fault_read(struct trace_file *file, struct record *record);

#endif
