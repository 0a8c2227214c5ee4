/* How a load ended, and the words for it. */
#ifndef NET_PROCESS_FATE_H
#define NET_PROCESS_FATE_H

#include "base/base.h"

enum fate {
    FATE_OPEN, /* it has not ended */
    FATE_LOADED,
    FATE_STATUS, /* detail: the exit status */
    FATE_SIGNAL, /* detail: the signal */
    FATE_SIZE,   /* detail: the most bytes that a value may have */
    FATE_LIMIT,  /* the deadline came while its program ran */
    FATE_WAITED, /* the deadline came while it waited for its turn */
    FATE_ERRNO,  /* detail: why it could not be started, or its output not be read */
    FATE_MEMORY,
    FATE_ID,  /* it is for what is no id */
    FATE_GONE /* the spawner is */
};

/* Why there is no value, cut to the size; empty words for a load that has not failed. */
void fate_say(enum fate fate, uint32_t detail, char *why, size_t why_size);

#endif
