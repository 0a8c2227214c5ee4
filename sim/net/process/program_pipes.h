/* The pipes between a loader and a program that it starts. */
#ifndef NET_PROCESS_PROGRAM_PIPES_H
#define NET_PROCESS_PROGRAM_PIPES_H

#include "net/process/spawner.h"

struct program_pipes {
    int ours[SPAWN_DESCRIPTORS]; /* used without waiting */
    int its[SPAWN_DESCRIPTORS];
    size_t count;
};

/* Opens so many: output and errors, which we read, and an input, which we write. 0, or an errno:
 * none is open. */
int program_pipes_open(struct program_pipes *pipes, size_t count);

/* Closes one end of so many. */
void program_pipes_close(const int *descriptors, size_t count);

#endif
