/* Frames as a hostile wire brings them: each is read as its receiver reads it, and whatever decodes
 * must be sound. */
#ifndef SUPPORT_NET_FRAMES_H
#define SUPPORT_NET_FRAMES_H

#include "net/wire/wire.h"

#include <stdlib.h>

/* Slots of leases in that cluster: one byte of an entry says which. */
#define FRAMES_SLOTS 100u

/* Reads the frame as node `self` of `nodes` would, from a block of its own size, so that a
 * sanitizer sees a read beyond its end. ERROR_TEXT: it is malformed. Aborts if a field that was
 * read is none that a sender may send, or if what was read, written anew, is another frame. */
enum error frames_read(const void *bytes, size_t size, uint32_t nodes, node_id self);

/* Aborts if what a node of so many, with so many slots, sends `to` another one, does not come back
 * from its frame as it was. */
void frames_check_sent(const struct message *sent, node_id to, uint32_t nodes, uint32_t slots);

#endif
