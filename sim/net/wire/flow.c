#include "net/wire/flow.h"

#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* `size` is written last and read first: so a thread of ZeroMQ that frees the frame sees all of it.
 */
struct counted_frame {
    struct flow *flow;
    atomic_size_t size;
    unsigned char bytes[];
};

enum error flow_wake_open(struct flow_wake *wake)
{
    wake->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&wake->wanted, false);
    return wake->descriptor < 0 ? ERROR_IO : OK;
}

void flow_wake_close(struct flow_wake *wake)
{
    if (wake->descriptor >= 0)
        close(wake->descriptor);
    wake->descriptor = -1;
}

void flow_want(struct flow_wake *wake)
{
    atomic_store(&wake->wanted, true);
}

void flow_woken(struct flow_wake *wake)
{
    uint64_t count;
    while (read(wake->descriptor, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

/* In a thread of ZeroMQ. */
static void leave(void *bytes, void *hint)
{
    static const uint64_t one = 1;
    struct counted_frame *counted = hint;
    size_t size = atomic_load(&counted->size);
    struct flow *flow = counted->flow;
    (void)bytes;
    atomic_fetch_sub(&flow->bytes, size);
    memory_free(counted);
    if (atomic_exchange(&flow->wake->wanted, false))
        while (write(flow->wake->descriptor, &one, sizeof one) < 0 && errno == EINTR)
            ;
}

enum error flow_frame(struct flow *flow, zmq_msg_t *frame, const void *bytes, size_t size)
{
    struct counted_frame *counted = memory_resize(NULL, sizeof *counted + size);
    if (!counted)
        return ERROR_MEMORY;
    counted->flow = flow;
    memcpy(counted->bytes, bytes, size);
    atomic_store(&counted->size, size);
    atomic_fetch_add(&flow->bytes, size);
    if (zmq_msg_init_data(frame, counted->bytes, size, leave, counted) == 0)
        return OK;
    atomic_fetch_sub(&flow->bytes, size);
    memory_free(counted);
    return ERROR_MEMORY;
}
