/* Numbers, times and things as text. Durations are base/duration.h's duration_rounded. */
#ifndef VIZ_DRAW_FORMAT_H
#define VIZ_DRAW_FORMAT_H

#include "base/duration.h"
#include "viz/model/picture.h"

/* By value, to be printed where it is made: format_count(n).text. */
struct number_text {
    char text[32];
};

/* 0 .. 9999 whole, then 12.3k, 4.56M. */
struct number_text format_count(uint64_t count);

/* A time of the run as fine as `step_ns`: 6.003 s, 1.000 250 s. */
struct number_text format_time(int64_t t_ns, int64_t step_ns);

/* A speed, in millionths: 1x, 1/10x, 25x. */
struct number_text format_speed(int64_t speed);

const char *format_state(enum node_state state);

#define FORMAT_MAX 160u /* bytes of a line, with its NUL */

/* Members of a view as n1..n3, n7; at most `max` parts, then an ellipsis. Writes at most `size`
 * bytes, a NUL at the end among them. */
void format_members(char *text, size_t size, const struct model *model,
                    const struct view_change *view, uint32_t max);

/* What is known of a thing: a title, then pairs of a label and a value. */
#define DETAILS_MAX 18u

struct details {
    char title[FORMAT_MAX];
    uint32_t count;
    char labels[DETAILS_MAX][24];
    char values[DETAILS_MAX][FORMAT_MAX];
};

/* `t_ns`: of a node, what holds then. */
void format_details(struct details *details, const struct model *model, struct thing thing,
                    int64_t t_ns);

#endif
