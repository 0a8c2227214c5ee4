/* Flow control by bytes: how much ZeroMQ holds for one receiver.
 *
 * ZeroMQ bounds what it holds by frames, which may be of 30 bytes or of a mebibyte. So no frame is
 * given to it before what it holds is below a budget, and its own bound is never met. A frame
 * counts until ZeroMQ has encrypted it for the kernel, or has given it up. Whoever waits for room
 * is woken by a descriptor. */
#ifndef NET_WIRE_FLOW_H
#define NET_WIRE_FLOW_H

#include "base/base.h"

#include <stdatomic.h>
#include <zmq.h>

/* What the flows of one thread share. It outlives the context of ZeroMQ, as they do. */
struct flow_wake {
    int descriptor; /* readable: there may be room */
    atomic_bool wanted;
};

struct flow {
    atomic_size_t bytes;
    struct flow_wake *wake;
};

/* ERROR_IO: errno says why; there is nothing to close. */
enum error flow_wake_open(struct flow_wake *wake);
void flow_wake_close(struct flow_wake *wake);

/* Has the descriptor become readable when bytes leave any of the flows. To be called before looking
 * whether there is room. */
void flow_want(struct flow_wake *wake);

/* Makes the descriptor silent. */
void flow_woken(struct flow_wake *wake);

static inline size_t flow_bytes(const struct flow *flow)
{
    return atomic_load(&flow->bytes);
}

/* Makes a frame of a copy of the bytes, which counts in the flow until it is freed. ERROR_MEMORY:
 * there is no frame. */
enum error flow_frame(struct flow *flow, zmq_msg_t *frame, const void *bytes, size_t size);

#endif
