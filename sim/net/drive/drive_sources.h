/* The open sources of all nodes, as their driver keeps them: it makes the requests that no process
 * can make, since it is frozen or has ended.
 *
 *     it runs          the process makes them; the driver follows how far it is
 *     it is frozen     the driver records them at their times; the process takes them over
 *     it is down       the driver records them, and that they fail with caller-lost
 *
 * Times are the run's. */
#ifndef NET_DRIVE_DRIVE_SOURCES_H
#define NET_DRIVE_DRIVE_SOURCES_H

#include "net/drive/drive_internal.h"

/* The run's workload of this number, of sources, begins, at its from_ns. */
enum error drive_sources_add(struct drive *drive, size_t workload);

/* The source of the workload at this node: writes how far it is into the node's order, and returns
 * whether it has requests to make. */
bool drive_source_at(const struct drive *drive, node_id node, size_t workload, struct order *order);

/* Makes what is due at this node up to to_ns, if no process can. */
void drive_sources_tend(struct drive *drive, node_id node, int64_t to_ns);

/* Completes an ORDER_REQUEST of a request that is made now; it is recorded here if no process can.
 * Returns whether that was all: else the order is to be sent. */
bool drive_make_request(struct drive *drive, node_id node, struct order *order);

/* Up to when the node, which is to be thawed now, takes over what was made; on its own clock. */
int64_t drive_sources_thaw(struct drive *drive, node_id node);

/* The frozen node has crashed: what was made for it has failed with it. */
void drive_sources_crash(struct drive *drive, node_id node);

/* Whether requests are still to come that no process will make. */
bool drive_sources_busy(const struct drive *drive, node_id node);

/* Whether the node's process has not yet made all that was due before end_ns. */
bool drive_sources_behind(const struct drive *drive, node_id node, int64_t end_ns);

/* How many requests were due before end_ns and could not be made in time. No source has any more
 * after that. */
uint64_t drive_sources_not_made(struct drive *drive, int64_t end_ns);

#endif
