#include "net/process/program_output.h"

#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Room that is made for what is read at once; the least that an output takes. */
#define READ_SIZE 4096u

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

void program_output_open(struct program_output *program, int output, int errors)
{
    *program = (struct program_output){.output = output, .errors = errors};
}

void program_output_close(struct program_output *program)
{
    close_one(&program->output);
    close_one(&program->errors);
    memory_free(program->bytes);
    program_output_open(program, -1, -1);
}

/* ---- the value ----------------------------------------------------------------------------- */

static bool is_too_long(const struct program_output *program, uint32_t size_max)
{
    if (program->size <= size_max)
        return false;
    return program->size > (size_t)size_max + 1 || program->bytes[program->size - 1] != '\n';
}

bool program_output_read(struct program_output *program, uint32_t size_max, struct failure *failure)
{
    void *bytes = program->bytes;
    if (program->output < 0)
        return false;
    if (memory_reserve(&bytes, &program->capacity, program->size + READ_SIZE, 1) != OK) {
        failure_memory(failure);
        return false;
    }
    program->bytes = bytes;
    ssize_t size =
        read(program->output, program->bytes + program->size, program->capacity - program->size);
    if (size > 0) {
        program->size += (size_t)size;
        if (is_too_long(program, size_max))
            failure_set(failure, ERROR_IO, "its output is longer than %u bytes", size_max);
        return !failure->error;
    }
    if (size < 0 && errno == EINTR)
        return true;
    if (size == 0)
        close_one(&program->output);
    else if (errno != EAGAIN)
        failure_set(failure, ERROR_IO, "%s", strerror(errno));
    return false;
}

enum error program_output_value(const struct program_output *program, struct text *value)
{
    struct text whole;
    size_t size = program->size;
    size -= size > 0 && program->bytes[size - 1] == '\n';
    if (text_set(&whole, program->bytes, size))
        return ERROR_MEMORY;
    text_clear(value);
    *value = whole;
    return OK;
}

/* ---- framed answers ------------------------------------------------------------------------ */

/* The bytes of the line, and what it says. */
static size_t read_head(const struct program_output *program, bool *failed, uint32_t *size)
{
    static const char word[] = "failed ";
    size_t at = 0;
    uint64_t number = 0;
    *failed = program->size > strlen(word) && memcmp(program->bytes, word, strlen(word)) == 0;
    if (*failed)
        at = strlen(word);
    size_t digits = at;
    while (at < program->size && at < PROGRAM_ANSWER_HEAD_MAX && program->bytes[at] >= '0' &&
           program->bytes[at] <= '9' && number <= UINT32_MAX)
        number = number * 10 + (uint64_t)(program->bytes[at++] - '0');
    if (at == digits || at == program->size || program->bytes[at] != '\n' || number > UINT32_MAX)
        return 0;
    *size = (uint32_t)number;
    return at + 1;
}

enum program_answer program_output_answer(struct program_output *program, uint32_t size_max,
                                          struct text *text)
{
    bool failed = false;
    uint32_t size = 0;
    size_t line = program->size;
    const char *end = line ? memchr(program->bytes, '\n', line) : NULL;
    if (!end)
        return line > PROGRAM_ANSWER_HEAD_MAX ? ANSWER_MALFORMED : ANSWER_PART;
    size_t head = read_head(program, &failed, &size);
    if (!head || size > size_max || program->size > head + size)
        return ANSWER_MALFORMED;
    if (program->size < head + size)
        return ANSWER_PART;
    if (text_set(text, program->bytes + head, size))
        return ANSWER_MALFORMED;
    program->size = 0;
    return failed ? ANSWER_FAILED : ANSWER_WHOLE;
}

/* ---- standard error ------------------------------------------------------------------------ */

static void end_line(struct program_output *program, const struct line_reader *reader)
{
    program->line[program->line_size] = '\0';
    program->line_size = 0;
    if (program->lines++ > PROGRAM_LINES_MAX || !reader->take)
        return;
    reader->take(reader->context, reader->id,
                 program->lines <= PROGRAM_LINES_MAX ? program->line
                                                     : "(it prints more, which is left out)");
}

/* What exceeds a line is left out. Control characters are replaced: it may go to a terminal. */
static void add_to_line(struct program_output *program, const struct line_reader *reader, char byte)
{
    bool control = (unsigned char)byte < ' ' || byte == 0x7f;
    if (byte == '\n')
        end_line(program, reader);
    else if (program->line_size < PROGRAM_LINE_MAX)
        program->line[program->line_size++] = control ? '?' : byte;
}

bool program_output_read_errors(struct program_output *program, const struct line_reader *reader)
{
    char bytes[READ_SIZE];
    ssize_t size = program->errors < 0 ? -1 : read(program->errors, bytes, sizeof bytes);
    for (ssize_t i = 0; i < size; i++)
        add_to_line(program, reader, bytes[i]);
    if (size == 0)
        close_one(&program->errors);
    return size > 0;
}

void program_output_end_errors(struct program_output *program, const struct line_reader *reader)
{
    for (unsigned i = 0; i < PROGRAM_LINES_MAX && program_output_read_errors(program, reader); i++)
        ;
    if (program->line_size)
        end_line(program, reader);
    program->lines = 0;
}
