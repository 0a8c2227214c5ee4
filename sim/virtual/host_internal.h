/* What host.c (state, operations from outside), host_run.c (which event is next),
 * host_ties.c and host_step.c
 * (events, what the node wants) share; for them alone. */
#ifndef VIRTUAL_HOST_INTERNAL_H
#define VIRTUAL_HOST_INTERNAL_H

#include "base/interrupt.h"
#include "virtual/host.h"

static inline const struct settings *host_settings(const struct host *host)
{
    return &host->around->plan->settings;
}

/* What a host adds to before it looks at the memory limit again: looking takes as long as adding
 * some dozens. */
#define CHECK_MEMORY_EVERY 4096u

/* So many events or messages it goes on before it asks whether it must stop. */
#define ASK_EVERY 64u

/* Whether the memory limit is passed or an interrupt has come: the host does no more, also in the
 * middle of a window or of an action, which may take minutes. What was done until then is a run cut
 * short: nodes do not influence each other within a window. */
static inline bool host_must_stop(const struct host *host)
{
    return interrupt_came() ||
           atomic_load_explicit(&host->around->memory_is_short, memory_order_relaxed);
}

/* ---- host.c -------------------------------------------------------------------------------- */

/* The node goes down, with what it holds and all messages under way to it. `silently`: no peer sees
 * a broken connection. */
void host_go_down(struct host *host, enum down_how how, bool silently);

/* ---- host_run.c ---------------------------------------------------------------------------- */

/* Carries out an event, or keeps it for the time when the node thaws. Its text is taken. */
void host_run_event(struct host *host, struct envelope *envelope);

/* ---- host_ties.c --------------------------------------------------------------------------- */

/* Carries out the events of the queue that are due at (now_ns, step), in an order that the seed
 * draws. */
void host_run_tied(struct host *host);

/* ---- host_step.c --------------------------------------------------------------------------- */

/* The node's way to the host. */
extern const struct node_host host_node_host;

/* Keeps the error, if it is one: the run can't go on. */
void host_note(struct host *host, enum error error);

/* Adds a record of this node to the trace, at its clock, which is put into it. */
void host_record(struct host *host, struct record *record);

/* Puts something under way to another node into the outbox. Its text is taken. */
void host_post(struct host *host, node_id to, struct envelope *envelope, int64_t arrival_ns);

/* Drops a message under way to here. */
void host_drop(struct host *host, struct envelope *envelope, enum drop_why why);

/* Keeps what comes while the node is frozen: but clients ask then, too. Its text is taken. */
void host_hold(struct host *host, struct envelope *envelope);

/* Carries out an event of the queue. Its text is taken. */
void host_take(struct host *host, struct envelope *envelope);

/* Carries out what was held, or ends it, since the node goes down. Its text is taken. */
void host_take_held(struct host *host, struct held_event *held);
void host_lose_held(struct host *host, struct held_event *held);

/* The client or open source asks next after delay_ns. False: it is to stop before. */
bool host_schedule_client(struct host *host, uint64_t index, int64_t delay_ns);

/* A client's or the scenario's request at the node: up, frozen or down. */
void host_ask(struct host *host, const struct made_request *request);

/* Has the node, which is up, take one step; then it goes down if it has left, or its timer is set.
 */
void host_step(struct host *host, struct event *event);

/* Sets the timer to when the node wants its next step, if it runs. */
void host_set_timer(struct host *host);

#endif
