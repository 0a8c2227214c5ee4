/* A whole file in memory; and what becomes of one that could not be written whole. */
#ifndef BASE_FILE_TEXT_H
#define BASE_FILE_TEXT_H

#include "base/base.h"

#include <stdio.h>

struct file_text {
    char *text;
    size_t size;
};

/* Reads the file ("-": standard input); of one that is larger than `size_max` bytes, at least one
 * byte more than that. ERROR_IO, ERROR_MEMORY: errno says why, and there is nothing to close. */
enum error file_text_read(struct file_text *input, const char *name, size_t size_max);

/* Likewise of a regular file only: nothing that could block, or never end. ERROR_TEXT: it is none.
 */
enum error file_text_read_regular(struct file_text *input, const char *name, size_t size_max);

void file_text_close(struct file_text *input);

/* Empties and removes a regular file which is open for writing and could not be written whole: half
 * of it could pass for the whole. Where the name is a link to it, it is emptied, and both stay. It
 * stays open; errno is as it was. */
void file_discard(FILE *out, const char *name);

#endif
