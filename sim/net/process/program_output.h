/* What a program prints: on its standard output a value or an answer, on its standard error lines
 * for the log. It is read from two pipes as it comes, without waiting.
 *
 * A program that is kept for many turns prints for each a line, `SIZE` or `failed SIZE`, and then
 * so many bytes: the answer, or why the turn failed. */
#ifndef NET_PROCESS_PROGRAM_OUTPUT_H
#define NET_PROCESS_PROGRAM_OUTPUT_H

#include "base/failure.h"
#include "base/text.h"

#define PROGRAM_LINE_MAX  256u /* bytes of a line */
#define PROGRAM_LINES_MAX 20u  /* of a program */

struct program_output {
    int output; /* to be read; -1: at its end */
    char *bytes;
    size_t size;
    size_t capacity;
    int errors; /* likewise: its standard error */
    char line[PROGRAM_LINE_MAX + 1];
    uint32_t line_size; /* bytes of the line that is not at its end yet */
    uint32_t lines;
};

/* Who gets the lines, which are printable ASCII and what is beyond, without their ends. */
struct line_reader {
    void (*take)(void *context, const struct text *id, const char *line); /* NULL: nobody */
    void *context;
    const struct text *id;
};

/* Begins with both pipes, which are its own from now on; -1, -1: there is nothing. */
void program_output_open(struct program_output *program, int output, int errors);
void program_output_close(struct program_output *program);

/* Reads once what is printed of the value, of size_max bytes and a '\n' at the most. False: nothing
 * more has come, or the output is closed, or `failure` says why it is no value. */
bool program_output_read(struct program_output *program, uint32_t size_max,
                         struct failure *failure);

/* The value, less one '\n' at its end. ERROR_MEMORY leaves `value` as it was. */
enum error program_output_value(const struct program_output *program, struct text *value);

enum program_answer { ANSWER_PART, ANSWER_WHOLE, ANSWER_FAILED, ANSWER_MALFORMED };

#define PROGRAM_ANSWER_HEAD_MAX 32u /* bytes of its line */

/* Of a program that is kept: whether what it has printed so far is a whole answer of size_max bytes
 * at the most and nothing else; then it is taken out, and `text` is its bytes. ERROR_MEMORY of
 * these is ANSWER_MALFORMED. */
enum program_answer program_output_answer(struct program_output *program, uint32_t size_max,
                                          struct text *text);

/* Reads once what is printed on standard error. False: nothing more has come, or it is closed. */
bool program_output_read_errors(struct program_output *program, const struct line_reader *reader);

/* The program, or its turn, has ended or is given up: what has come so far, a piece of a line
 * too. */
void program_output_end_errors(struct program_output *program, const struct line_reader *reader);

#endif
