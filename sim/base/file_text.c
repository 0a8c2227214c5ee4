#include "base/file_text.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536u

static enum error read_all(struct file_text *input, FILE *file, size_t size_max)
{
    size_t capacity = 0;
    while (input->size <= size_max) {
        if (memory_reserve((void **)&input->text, &capacity, input->size + PIECE, 1)) {
            errno = ENOMEM;
            return ERROR_MEMORY;
        }
        size_t count = fread(input->text + input->size, 1, PIECE, file);
        input->size += count;
        if (ferror(file))
            return ERROR_IO;
        if (count == 0)
            break;
    }
    return OK;
}

enum error file_text_read(struct file_text *input, const char *name, size_t size_max)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *file = standard ? stdin : fopen(name, "rb");
    *input = (struct file_text){0};
    if (!file)
        return ERROR_IO;
    enum error error = read_all(input, file, size_max);
    int why = errno;
    if (!standard)
        fclose(file);
    if (error)
        file_text_close(input);
    errno = why;
    return error;
}

enum error file_text_read_regular(struct file_text *input, const char *name, size_t size_max)
{
    struct stat status;
    *input = (struct file_text){0};
    if (stat(name, &status))
        return ERROR_IO;
    return S_ISREG(status.st_mode) ? file_text_read(input, name, size_max) : ERROR_TEXT;
}

void file_text_close(struct file_text *input)
{
    memory_free(input->text);
    *input = (struct file_text){0};
}

void file_discard(FILE *out, const char *name)
{
    struct stat status, named;
    int why = errno;
    if (!fstat(fileno(out), &status) && S_ISREG(status.st_mode)) {
        (void)!ftruncate(fileno(out), 0); /* by another name it may stay */
        if (!lstat(name, &named) && named.st_dev == status.st_dev && named.st_ino == status.st_ino)
            unlink(name);
    }
    errno = why;
}
