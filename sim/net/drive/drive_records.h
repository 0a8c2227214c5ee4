/* How a driver has its nodes' records: it reads what each has made visible, asks those that are
 * quiet while others' records wait, and passes them on in one order. It applies no action and
 * judges nothing. */
#ifndef NET_DRIVE_DRIVE_RECORDS_H
#define NET_DRIVE_DRIVE_RECORDS_H

#include "net/drive/drive_internal.h"

/* Every record of the run passes here, once, in order. `context` is the drive. */
void drive_put(void *context, const struct record *record);

/* Reads what the nodes have recorded, and passes on what is in order. Returns whether there was any
 * record. What a node fails of fails the run. */
bool drive_gather(struct drive *drive);

/* Waits until all records of times up to at_ns are in. A node that is silent for 10 s fails the
 * run. */
void drive_gather_until(struct drive *drive, int64_t at_ns);

/* Waits until the nodes that run have carried out the orders that were sent to them; within_ns at
 * the most. */
void drive_await_orders(struct drive *drive, int64_t within_ns);

/* So long, unless it is none; a signal cuts it short. */
void drive_pause(int64_t ns);

/* ERROR_MEMORY ends the run, as does memory that was lacking for records before. */
void drive_note(struct drive *drive, enum error error);
void drive_note_memory(struct drive *drive);

/* The node's failure, if it has one, is the run's. */
void drive_note_failure(struct drive *drive, const struct node_handle *handle);

#endif
