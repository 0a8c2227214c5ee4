/* A node's log: lines on standard error, all of one form.
 *
 *     2026-11-26T15:04:05.123Z warning n1 peer=n2 id=42: it has died
 *
 * The time is that of the host's clock, in UTC. The fields before the colon say what the line is
 * about: those that are not known are left out. */
#ifndef NET_WIRE_LOG_H
#define NET_WIRE_LOG_H

#include "base/text.h"
#include "node/id.h"

enum log_level { LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_about {
    node_id node;          /* whose log it is */
    node_id peer;          /* NODE_NONE: about none; likewise … */
    const struct text *id; /* … NULL … */
    uint64_t request;      /* … and 0 */
};

/* About a node alone. */
static inline struct log_about log_about(node_id node)
{
    return (struct log_about){.node = node, .peer = NODE_NONE};
}

/* Writes a line, in one piece; what is too long for that is cut. */
__attribute__((format(printf, 3, 4))) void node_log(enum log_level level, struct log_about about,
                                                    const char *format, ...);

/* What is said of many alike: at first, and then at most once a second how many there were. */
struct log_count {
    uint64_t logged; /* so many are in the log */
    int64_t next_ns; /* no line before */
};

/* Whether there is a line to write of `count` in all; notes that it is written. */
bool log_count_is_due(struct log_count *logged, uint64_t count, int64_t now_ns);

/* The same for what may go on for ever: whenever the count has doubled, and at TIME_NEVER. */
bool log_count_is_doubled(struct log_count *logged, uint64_t count, int64_t now_ns);

#endif
