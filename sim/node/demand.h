/* What a request with a payload asks for: one text of the id, a NUL, which no id has, and the
 * payload, which is any bytes. As one text it goes from queue to queue and from message to message
 * without a copy. A request without a payload asks by its id alone: it has no demand. */
#ifndef NODE_DEMAND_H
#define NODE_DEMAND_H

#include "node/id.h"

#define PAYLOAD_MAX (1u << 20) /* bytes */
#define DEMAND_MAX  (ID_SIZE_MAX + 1u + PAYLOAD_MAX)

/* Bytes of demands that a node holds: those of its clients' open requests, and those that wait for
 * its workers. What would exceed them is refused as overloaded. */
#define PAYLOADS_MAX (256u << 20)

/* Makes the demand. ERROR_MEMORY leaves it empty. */
enum error demand_make(struct text *demand, const struct text *id, const struct text *payload);

/* Its parts, valid as long as the demand is, and where it is. */
struct text demand_id(const struct text *demand);
struct text demand_payload(const struct text *demand);

/* Whether it is a valid id, a NUL, and a payload of at least a byte. */
bool demand_valid(const struct text *demand);

#endif
