/* A whole file in memory. */
#ifndef BASE_FILE_TEXT_H
#define BASE_FILE_TEXT_H

#include "base/base.h"

struct file_text {
    char *text;
    size_t size;
};

/* Reads `file` ("-": standard input); of what is larger than a scenario may be, enough to say so.
 * ERROR_IO, ERROR_MEMORY: errno says why, and there is nothing to close. */
enum error file_text_read(struct file_text *input, const char *file);
void file_text_close(struct file_text *input);

#endif
