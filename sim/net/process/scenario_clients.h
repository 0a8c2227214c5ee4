/* The clients and open sources at this node. Requests are made where their clients are, so the
 * network carries what it would carry anyway, and no driver stands between.
 *
 * A closed-loop client asks when the node lets it. A source's requests exist from the time at which
 * they are due: they are recorded at that time, and wait from then on, however late the process is;
 * while it is frozen, its driver records them (net/drive/drive_sources.h). */
#ifndef NET_PROCESS_SCENARIO_CLIENTS_H
#define NET_PROCESS_SCENARIO_CLIENTS_H

#include "net/process/node_process.h"

/* Begins those clients of an ORDER_CLIENTS that are at this node. ERROR_TEXT: the order is not
 * sound; ERROR_MEMORY: not all of them begin. */
enum error scenario_clients_add(struct node_process *process, const struct order *order);

/* Records the requests of open sources that are due by now, each at its own time, as far as there
 * is room for them: before all that happens now. None before ORDER_BRIEFED: until then a process
 * that was started again does not know what was due while there was none, and must not report it as
 * made. They reach the node in the next
 * scenario_clients_flush or scenario_clients_run_sources. */
void scenario_clients_make(struct node_process *process, int64_t now_ns);

/* Steps the node with those that are recorded: before whatever it learns next. */
void scenario_clients_flush(struct node_process *process);

/* Makes the requests of open sources that are due. Returns whether there may be more. A process
 * that has run for LATE_MOST_NS and is so late all the same can't make what it is asked to: it
 * makes what was due before then no more, and counts it as not made. */
bool scenario_clients_run_sources(struct node_process *process);

/* The same of all that is due by now. */
void scenario_clients_catch_up(struct node_process *process);

/* The driver has recorded the requests of sources that were due up to until_ns, while the process
 * was frozen: the node takes them over. */
void scenario_clients_take_over(struct node_process *process, int64_t until_ns);

/* The client's next request; none where the node is about to go. */
void scenario_clients_ask(struct node_process *process, uint64_t index);

/* The request with this cookie, of a client or source, has ended. */
void scenario_clients_answered(struct node_process *process, uint64_t cookie,
                               const struct answer *answer);

/* No client asks again; what was asked is still answered. */
void scenario_clients_dismiss(struct node_process *process);
void scenario_clients_close(struct node_process *process);

#endif
