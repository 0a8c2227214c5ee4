/* What the files of the timeline share: timeline.c (nodes, leases, the run, what waits for its
 * line), timeline_requests.c, timeline_workers.c. For them alone. */
#ifndef TRACE_TIMELINE_STATE_H
#define TRACE_TIMELINE_STATE_H

#include "trace/lines.h"
#include "trace/replay.h"
#include "trace/timeline.h"

struct timeline {
    struct reader reader;
    struct lines lines;
    struct replay replay; /* where memory runs short it knows less, and lines say less */
    uint32_t nodes;
    uint64_t *views; /* the hash of each node's members as last shown */
    /* A request whose ROUTE is to stand in the same line. */
    uint64_t pending; /* its number, or 0 */
    int64_t pending_t_ns;
    node_id pending_node;
    /* Leases that one node wins, loses or releases at one instant stand in one line. */
    uint32_t leases_count; /* so far; 0: none waits to be shown */
    struct record leases;  /* the last one */
};

/* Begins a line with the record's time and node. */
struct writer *timeline_begin(struct timeline *timeline, const struct record *record,
                              enum tone tone);
void timeline_end(struct timeline *timeline);

/* The text, or what of it fits into a line. */
void timeline_put_text(struct writer *writer, const struct text *text);
void timeline_put_whole(struct writer *writer, const struct text *text);

/* The words, then the duration. */
void timeline_put_after(struct writer *writer, const char *words, int64_t ns);

/* ---- timeline_requests.c ------------------------------------------------------------------- */

/* A request waits for its ROUTE, which is to stand in the same line; or has waited in vain. */
void timeline_hold_request(struct timeline *timeline, const struct record *record);
void timeline_show_pending(struct timeline *timeline);

void timeline_show_route(struct timeline *timeline, const struct record *record);
void timeline_show_handed(struct timeline *timeline, const struct record *record);
void timeline_show_reply(struct timeline *timeline, const struct record *record);
void timeline_show_fail(struct timeline *timeline, const struct record *record);
void timeline_show_drop(struct timeline *timeline, const struct record *record);

/* ---- timeline_workers.c -------------------------------------------------------------------- */

/* Begins a line about the record's worker. */
struct writer *timeline_begin_worker(struct timeline *timeline, const struct record *record,
                                     enum tone tone);

void timeline_show_worker(struct timeline *timeline, const struct record *record);
void timeline_show_value(struct timeline *timeline, const struct record *record);
void timeline_show_load_failed(struct timeline *timeline, const struct record *record);
void timeline_show_serve(struct timeline *timeline, const struct record *record);

#endif
