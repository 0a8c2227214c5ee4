/* Numbers, times and things in words. All write at most `size` bytes, a NUL at the end among them.
 */
#ifndef VIZ_DRAW_FORMAT_H
#define VIZ_DRAW_FORMAT_H

#include "viz/model/picture.h"

#define FORMAT_MAX 160u

/* 0 .. 9999 whole, then 12.3k, 4.56M. */
void format_count(char *text, size_t size, uint64_t count);

/* A duration in three digits or four: 250 us, 1.5 ms, 6.003 s, 2 m 30 s. */
void format_duration(char *text, size_t size, int64_t ns);

/* A time of the run as fine as `step_ns`: 6.003 s, 1.000 250 s. */
void format_time(char *text, size_t size, int64_t ns, int64_t step_ns);

/* A speed, in millionths: 1x, 1/10x, 25x. */
#define SPEED_UNIT INT64_C(1000000)
void format_speed(char *text, size_t size, int64_t speed);

/* "n3" */
void format_node(char *text, size_t size, node_id node);

const char *format_state(enum node_state state);
const char *format_mark(enum mark_kind kind);

/* Members of a view as n1..n3, n7; at most `most` parts, then an ellipsis. */
void format_members(char *text, size_t size, const struct model *model,
                    const struct view_change *view, uint32_t most);

/* What is known of a thing: a title, then pairs. */
#define FACTS_MAX 18u

struct facts {
    char title[FORMAT_MAX];
    uint32_t count;
    char labels[FACTS_MAX][24];
    char values[FACTS_MAX][FORMAT_MAX];
};

/* `t_ns`: of a node, what holds then. */
void format_facts(struct facts *facts, const struct model *model, struct thing thing, int64_t t_ns);

#endif
