/* A line of a saved trace, taken apart: its fields, each as what it has to be.
 *
 *     record->t_ns = trace_line_time(file, "t");
 *     record->node = trace_line_node(file, "node");
 *     if (*file->why)
 *         return TRACE_IS_WRONG;
 *
 * A field that is missing, or is something else, is noted in `why`: the first one that is wrong
 * stays there. What is returned then is 0, so that a reader may ask once, behind all fields. Texts
 * borrow the line. */
#ifndef TRACE_TRACE_LINE_H
#define TRACE_TRACE_LINE_H

#include "node/ballot.h"
#include "trace/trace_file.h"

/* Notes what is wrong with the line, unless something was before. */
__attribute__((format(printf, 2, 3))) enum trace_step trace_line_wrong(struct trace_file *file,
                                                                       const char *format, ...);
/* Notes why no more can be read, whatever was wrong before. */
enum trace_step trace_line_unread(struct trace_file *file, const char *why);

/* NULL: it has none. */
const struct json_value *trace_line_field(struct trace_file *file, const char *key);

/* Notes that the field is missing, or is not what it has to be. */
void trace_line_lacks(struct trace_file *file, const char *key);

uint64_t trace_line_number(struct trace_file *file, const char *key, uint64_t most);

/* A number of a request, message or worker: not 0. */
uint64_t trace_line_identity(struct trace_file *file, const char *key);

/* A time or span, of which sums of a few don't overflow. */
int64_t trace_line_time(struct trace_file *file, const char *key);

/* "n12" at the begin of `size` bytes; returns how many bytes that is, 0 for none of the cluster:
 * nothing is noted then. */
uint32_t trace_line_node_at(const struct trace_file *file, const char *bytes, uint32_t size,
                            node_id *node);
node_id trace_line_node_in(struct trace_file *file, const struct json_value *value);
node_id trace_line_node(struct trace_file *file, const char *key);
struct text trace_line_text(struct trace_file *file, const char *key);

/* Its "id": one of a request. */
struct text trace_line_id(struct trace_file *file);

/* Which of `count` names the field has. */
uint8_t trace_line_name(struct trace_file *file, const char *key, const char *(*name)(unsigned),
                        unsigned count);

/* "token":[epoch,counter]. */
struct token trace_line_token(struct trace_file *file);
bool trace_line_is_true(struct trace_file *file, const char *key);

/* A function that names the values of an enumeration, as trace_line_name wants it. */
#define TRACE_LINE_NAMES(function, name)                                                           \
    static const char *function(unsigned i)                                                        \
    {                                                                                              \
        return name(i);                                                                            \
    }

#endif
