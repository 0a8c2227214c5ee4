/* A run that can be followed as often as one likes: a scenario, which is simulated each time, or a
 * saved trace, which is read. A file that begins as a trace is one. */
#ifndef CLI_RUN_SOURCE_H
#define CLI_RUN_SOURCE_H

#include "cli/options.h"
#include "trace/story.h"
#include "trace/trace_file.h"

struct run_source {
    const char *name; /* of the file */
    bool is_trace;
    struct trace_head head; /* of either */
    struct plan plan;       /* of a scenario */
};

/* STATUS_WRONG, STATUS_FAILED: a message says why, and there is nothing to close. The trace has all
 * messages and requests. */
enum status run_source_open(struct run_source *source, const struct options *options,
                            const char *file);
void run_source_close(struct run_source *source);

/* Gives all records to the reader, in order. On another status than STATUS_HELD a message says why,
 * but for STATUS_INTERRUPTED. */
enum status run_source_follow(const struct run_source *source, struct reader *reader);

/* What a story of it is made by. */
struct story_setup run_source_story(const struct run_source *source,
                                    const struct story_search *search, FILE *out);

#endif
