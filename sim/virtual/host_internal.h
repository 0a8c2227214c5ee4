/* What the files of a simulated machine share: effects.c (what its node wishes), life.c (up, down
 * and each step of the node), run.c (what comes next), host.c (the rest). For them alone. */
#ifndef VIRTUAL_HOST_INTERNAL_H
#define VIRTUAL_HOST_INTERNAL_H

#include "virtual/host.h"

static inline const struct settings *host_settings(const struct host *host)
{
    return &host->around->plan->settings;
}

/* The host is at this place in time. */
static inline void host_at(struct host *host, int64_t t_ns, uint16_t step)
{
    host->now_ns = t_ns;
    host->step = step;
}

/* effects.c */

extern const struct node_host host_effects;

/* Keeps the error, if it is one: the run can't be carried through. */
void host_note(struct host *host, enum error error);

/* Stamps the record, counts it, and puts it into the stream if the trace keeps such; _here fills in
 * this node and its clock. */
void host_record(struct host *host, struct record *record);
void host_record_here(struct host *host, struct record record);

/* Where in time something stands that happens at at_ns, not before now: in this instant, one step
 * on. */
void host_place(const struct host *host, int64_t at_ns, int64_t *to_ns, uint16_t *to_step);

/* An event of the node's own, delay_ns from now. Its text is taken. */
void host_push(struct host *host, struct local local, int64_t delay_ns);

/* Something under way to another node. Its text is taken. */
void host_post(struct host *host, node_id to, struct envelope *envelope, int64_t arrival_ns);

/* A message under way to here is dropped. */
void host_drop(struct host *host, struct envelope *envelope, enum drop_why why);

/* The client or open source asks next after delay_ns, unless it is to stop before. */
void host_schedule_client(struct host *host, uint64_t index, int64_t delay_ns);

/* life.c */

/* One step of the node, which is up; what it set itself as a timer, or its going, follows. */
void host_step(struct host *host, struct event *event);
void host_set_timer(struct host *host);

#endif
