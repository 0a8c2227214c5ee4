#include "net/process/program_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void program_input_open(struct program_input *input, int descriptor)
{
    *input = (struct program_input){.descriptor = descriptor};
}

void program_input_close(struct program_input *input)
{
    if (input->descriptor >= 0)
        close(input->descriptor);
    text_clear(&input->demand);
    program_input_open(input, -1);
}

enum error program_input_put(struct program_input *input, const char *head,
                             const struct text *demand)
{
    if (text_copy(&input->demand, demand))
        return ERROR_MEMORY;
    snprintf(input->head, sizeof input->head, "%s", head);
    input->at = 0;
    return OK;
}

/* The next bytes to be written. */
static struct text rest_of(const struct program_input *input)
{
    struct text payload = demand_payload(&input->demand);
    size_t head = strlen(input->head), at = input->at;
    if (at < head)
        return text_borrow(input->head + at, head - at);
    at -= head;
    return text_borrow(text_bytes(&payload) + at, text_size(&payload) - at);
}

static void have_all(struct program_input *input)
{
    input->head[0] = '\0';
    input->at = 0;
    text_clear(&input->demand);
}

bool program_input_write(struct program_input *input)
{
    for (struct text rest; rest = rest_of(input), text_size(&rest) > 0;) {
        ssize_t size = write(input->descriptor, text_bytes(&rest), text_size(&rest));
        if (size < 0 && errno == EAGAIN)
            return true;
        if (size < 0 && errno != EINTR)
            break; /* it has closed its end */
        input->at += size > 0 ? (size_t)size : 0;
    }
    have_all(input);
    return false;
}
