/* A record out of a line of a saved trace, with what other lines know of it: see trace_file.h. */
#ifndef TRACE_TRACE_RECORD_H
#define TRACE_TRACE_RECORD_H

#include "trace/trace_file.h"

/* The record of the line at hand, which its texts borrow; a DUPLICATE that follows it is put into
 * `further`. TRACE_IS_WRONG: it is no sound record. */
enum trace_step trace_record_read(struct trace_file *file, struct record *record);

#endif
