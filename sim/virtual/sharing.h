/* Whether threads share the work of a window, or the caller does all of it: what is quicker is
 * measured, since it depends on the nodes' state, which moves from core to core, and on what else
 * the machine does.
 *
 *     windows of a period:  5 shared | 5 by the caller alone | 246 the quicker way
 *
 * The first of each five is not measured: state has to move first. What an earlier period measured
 * counts half as much as the period's own. Who works is never seen in a result. */
#ifndef VIRTUAL_SHARING_H
#define VIRTUAL_SHARING_H

#include "base/base.h"

/* Windows that are tried each way, of those of a period: a fiftieth, which is what it costs if one
 * way takes twice as long. */
#define SHARING_TRIED  5u
#define SHARING_PERIOD 256u

/* Zeros are a new one. */
struct sharing {
    uint32_t window; /* of the period */
    struct {
        int64_t ns;
        uint64_t events;
    } alone, shared;
};

/* Whether the next window is to be shared. */
bool sharing_pays(const struct sharing *sharing);

/* Whether sharing_note needs the time that the next window takes. */
bool sharing_measures(const struct sharing *sharing);

/* The window is over, with so many events. */
void sharing_note(struct sharing *sharing, int64_t took_ns, uint64_t events);

#endif
