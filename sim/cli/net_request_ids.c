#include "cli/net_request_ids.h"

#include "node/id.h"
#include "scenario/diagnostic.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void request_ids_init(struct request_ids *ids, const char **words, size_t count)
{
    *ids = (struct request_ids){.words = words, .count = count};
}

/* ---- standard input ------------------------------------------------------------------------ */

static bool is_readable(int timeout_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, timeout_ms) > 0;
}

/* Reads what there is behind what was read before. */
static void read_more(struct request_ids *ids)
{
    memmove(ids->input, ids->input + ids->used, ids->end - ids->used);
    ids->end -= ids->used;
    ids->used = 0;
    ssize_t size = read(STDIN_FILENO, ids->input + ids->end, sizeof ids->input - ids->end);
    if (size > 0)
        ids->end += (size_t)size;
    else if (size == 0)
        ids->is_over = true;
    else if (errno != EINTR && errno != EAGAIN)
        ids->status = report(STATUS_FAILED, "standard input", strerror(errno));
}

static enum wire_client_next take_line(struct request_ids *ids, size_t size, size_t whole,
                                       char id[ID_SIZE_MAX + 1])
{
    const char *line = ids->input + ids->used;
    ids->used += whole;
    ids->line++;
    if (!id_valid(line, size)) {
        fprintf(stderr,
                "dpsim: standard input:%u: '%s' is no id: it is 1..63 bytes of printable "
                "UTF-8\n",
                ids->line, shown((struct word){line, size}).text);
        ids->status = STATUS_WRONG;
        return WIRE_CLIENT_NONE;
    }
    memcpy(id, line, size);
    id[size] = '\0';
    return WIRE_CLIENT_ID;
}

/* The next line; one that has no end yet is one if there is nothing behind it, or no room. */
static enum wire_client_next next_line(struct request_ids *ids, char id[ID_SIZE_MAX + 1])
{
    for (;;) {
        const char *line = ids->input + ids->used;
        size_t left = ids->end - ids->used;
        const char *newline = left ? memchr(line, '\n', left) : NULL;
        if (newline)
            return take_line(ids, (size_t)(newline - line), (size_t)(newline - line) + 1, id);
        if (left && (ids->is_over || left == sizeof ids->input))
            return take_line(ids, left, left, id);
        if (ids->is_over || ids->status)
            return WIRE_CLIENT_NONE;
        if (!is_readable(0))
            return WIRE_CLIENT_LATER;
        read_more(ids);
    }
}

/* ---- ids ----------------------------------------------------------------------------------- */

enum wire_client_next request_ids_next(struct request_ids *ids, char id[ID_SIZE_MAX + 1])
{
    if (*ids->first) {
        memcpy(id, ids->first, sizeof ids->first);
        *ids->first = '\0';
        return WIRE_CLIENT_ID;
    }
    while (ids->at < ids->count && !ids->status) {
        const char *word = ids->words[ids->at];
        if (strcmp(word, "-") != 0) {
            snprintf(id, ID_SIZE_MAX + 1, "%s", word);
            ids->at++;
            return WIRE_CLIENT_ID;
        }
        enum wire_client_next next = next_line(ids, id);
        if (next != WIRE_CLIENT_NONE)
            return next;
        ids->at++; /* a second '-' has nothing left to read */
    }
    return WIRE_CLIENT_NONE;
}

bool request_ids_await(struct request_ids *ids)
{
    char id[ID_SIZE_MAX + 1];
    enum wire_client_next next;
    while ((next = request_ids_next(ids, id)) == WIRE_CLIENT_LATER)
        is_readable(-1);
    if (next == WIRE_CLIENT_ID)
        memcpy(ids->first, id, sizeof id);
    return next == WIRE_CLIENT_ID;
}
