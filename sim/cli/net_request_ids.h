/* The ids of --request in their order: the words of the command line and, for '-', the lines of
 * standard input as they come. */
#ifndef CLI_NET_REQUEST_IDS_H
#define CLI_NET_REQUEST_IDS_H

#include "cli/report.h"
#include "net/wire/wire_client.h"

#define REQUEST_IDS_INPUT 4096u /* bytes of standard input that are read ahead */

struct request_ids {
    const char **words;
    size_t count;
    size_t at;                   /* the next one of them */
    char first[ID_SIZE_MAX + 1]; /* which request_ids_await has seen; "": none */
    enum status status; /* what was wrong with standard input: then there are no more ids */
    unsigned line;      /* of standard input, that was read last */
    bool is_over;       /* standard input */
    size_t used;
    size_t end;
    char input[REQUEST_IDS_INPUT];
};

void request_ids_init(struct request_ids *ids, const char **words, size_t count);

/* Waits until it is known whether there is an id; returns that. */
bool request_ids_await(struct request_ids *ids);

/* Writes the next id, NUL-terminated. LATER: standard input has no whole line yet. What is wrong
 * with a line is printed. */
enum wire_client_next request_ids_next(struct request_ids *ids, char id[ID_SIZE_MAX + 1]);

#endif
