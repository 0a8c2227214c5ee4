/* The trace as JSON lines: a head, then one object a record, then the end. A DUPLICATE is
 * part of its START's. */
#ifndef TRACE_JSONL_H
#define TRACE_JSONL_H

#include "trace/reader.h"
#include "trace/totals.h"
#include "trace/writer.h"

struct jsonl {
    struct reader reader;
    uint32_t nodes;
    uint64_t starting;    /* the worker of the last line, a START's, which is not ended; or 0 */
    struct writer writer; /* written to `out` when it is full, and by jsonl_end */
};

/* Writes the head: {"ev":"run","v":2,"seed":…,"nodes":…,"scenario":…,"settings":{…}}. `settings` is
 * JSON members without braces. Errors of `out` are left for the caller to see by ferror. */
void jsonl_begin(struct jsonl *jsonl, FILE *out, uint32_t nodes, uint64_t seed,
                 const char *scenario, const char *settings);

/* Writes {"ev":"end",…} with the hash and the totals. */
void jsonl_end(struct jsonl *jsonl, int64_t t_ns, const char *hash, const struct totals *totals,
               uint64_t violations);

/* The members that the end of a trace and a summary share, `"messages":12,…,"latency_ns":{…}`,
 * without braces. */
void jsonl_totals(struct writer *writer, const struct totals *totals);

#endif
