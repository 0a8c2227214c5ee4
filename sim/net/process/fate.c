#include "net/process/fate.h"

#include <stdio.h>
#include <string.h>

static const char *plain_words(enum fate fate)
{
    switch (fate) {
    case FATE_LIMIT:
        return "it had not ended at its time limit";
    case FATE_WAITED:
        return "its turn had not come at its time limit";
    case FATE_MEMORY:
        return "no memory";
    case FATE_ID:
        return "it is not for an id";
    case FATE_GONE:
        return "the spawner is gone";
    default:
        return "";
    }
}

void fate_say(enum fate fate, uint32_t detail, char *why, size_t why_size)
{
    if (fate == FATE_STATUS)
        snprintf(why, why_size, "exit status %u", detail);
    else if (fate == FATE_SIGNAL)
        snprintf(why, why_size, "ended by signal %u, %s", detail, strsignal((int)detail));
    else if (fate == FATE_SIZE)
        snprintf(why, why_size, "its output is longer than %u bytes", detail);
    else if (fate == FATE_ERRNO)
        snprintf(why, why_size, "%s", strerror((int)detail));
    else
        snprintf(why, why_size, "%s", plain_words(fate));
}
