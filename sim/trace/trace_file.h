/* A saved trace, as jsonl.h writes it, read back into records.
 *
 *     trace_file_open(&file, "run.jsonl")
 *     while ((step = trace_file_next(&file, &record)) == TRACE_HAS_RECORD)
 *         reader_take(reader, &record);
 *     if (step != TRACE_IS_OVER)
 *         print(file.name, file.line, file.why);
 *
 * A line does not have all that its record had; what other lines know (the id of a ROUTE, the
 * request of a RECV) is put in again. Not known are a node's incarnation, a request's tag, the life
 * of a worker, what a SET sets, and the text of an expectation. A DUPLICATE follows the START of an
 * id's further worker. Where that line does not have its cause, as in older traces, it is one if
 * another worker lives and its node still has the lease.
 *
 * Any bytes may be in the file: what is no sound line ends the reading with its number and reason.
 * It has a whole record of each line, but whether they make sense together is not judged. */
#ifndef TRACE_TRACE_FILE_H
#define TRACE_TRACE_FILE_H

#include "base/json.h"
#include "base/pool_map.h"
#include "base/string_builder.h"
#include "node/node.h"
#include "node/route.h"
#include "trace/reader.h"
#include "trace/replay.h"

#include <stdio.h>

/* What the first line says. */
struct trace_head {
    char *scenario;
    uint64_t seed;
    uint32_t nodes;
    enum route route;
    enum fallback fallback;
    bool views_static;
    uint32_t slots; /* 0: there are no leases */
    bool is_whole;  /* `trace all`: messages and requests have their lines */
    char *settings; /* a line each, as "ttl 5s" */
};

/* The last that a node said of a slot: until when it has the lease, on its own clock; TIME_NEVER:
 * it has given it up, and with it all workers. */
struct trace_lease {
    uint64_t key;
    int64_t until_ns;
};

/* How many workers live of the ids of one hash. */
struct trace_workers {
    uint64_t key;
    uint32_t live;
};

struct trace_file {
    const char *name;
    uint64_t line; /* the last one read; the first is 1 */
    char why[200]; /* what is wrong with it */
    struct trace_head head;

    FILE *in;
    char *bytes; /* read, and not yet used: */
    size_t begin;
    size_t end;
    size_t capacity;
    struct json json;
    struct replay replay;
    struct pool_map workers;    /* struct trace_workers, by the hash of their ids */
    struct pool_map leases;     /* what was last said of each slot, by whom */
    int64_t *clocks_off_ns;     /* by how much each node's clock was, at its last record */
    struct string_builder data; /* of the record at hand: what its texts borrow */
    struct record further;      /* a DUPLICATE that comes next, if its kind is that */
    bool is_over;
};

enum trace_step {
    TRACE_HAS_RECORD,
    TRACE_IS_OVER,  /* its last line was read, and nothing is behind it */
    TRACE_IS_WRONG, /* by `why`, at `line` */
    TRACE_UNREAD    /* no memory, or the file could not be read: by `why` */
};

/* Whether the file can be opened and begins as a trace. */
bool trace_file_begins(const char *name);

/* Opens the file and reads its head: TRACE_HAS_RECORD. In any case it is to be closed. */
enum trace_step trace_file_open(struct trace_file *file, const char *name);

/* Likewise of what is read from `in`, which becomes the file's: the fuzzer has no file. */
enum trace_step trace_file_over(struct trace_file *file, const char *name, FILE *in);
void trace_file_close(struct trace_file *file);

/* The next record, which is valid until the next call. */
enum trace_step trace_file_next(struct trace_file *file, struct record *record);

#endif
