/* A whole file in memory. */
#ifndef INPUT_H
#define INPUT_H

#include "core/base.h"

struct input {
    char *text;
    size_t size;
};

/* Reads `file` ("-": standard input); of what is larger than a scenario may be, enough to say so.
 * ERROR_IO, ERROR_MEMORY: errno says why, and there is nothing to close. */
enum error input_read(struct input *input, const char *file);
void input_close(struct input *input);

#endif
