/* What a program reads on its standard input: a head and a payload, written into a pipe as the
 * program takes them, without waiting. */
#ifndef NET_PROCESS_PROGRAM_INPUT_H
#define NET_PROCESS_PROGRAM_INPUT_H

#include "node/demand.h"

#define PROGRAM_HEAD_SIZE 96u /* with a NUL */

struct program_input {
    int descriptor; /* -1: there is none, or it is closed */
    char head[PROGRAM_HEAD_SIZE];
    struct text demand; /* whose payload follows the head */
    size_t at;          /* of both */
};

/* Begins with the pipe, which is its own from now on; -1: there is none. */
void program_input_open(struct program_input *input, int descriptor);
void program_input_close(struct program_input *input);

/* The next to be written; a share of the demand, which may be empty, is taken. All before has been
 * written. ERROR_MEMORY: nothing is to be. */
enum error program_input_put(struct program_input *input, const char *head,
                             const struct text *demand);

/* Writes what the pipe takes. True: there is more. A program that reads no more has all. */
bool program_input_write(struct program_input *input);

#endif
