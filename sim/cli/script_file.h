/* The file of a scenario that a command makes of a run: a head of comments, and the script. */
#ifndef CLI_SCRIPT_FILE_H
#define CLI_SCRIPT_FILE_H

#include "cli/options.h"
#include "search/script.h"

/* The head says which run it was, by its seed, its scenario and the options that change it, in a
 * sentence:
 *
 *     # What seed 5 of demo.txt (--swarm --set ttl=9s) did, as single actions.
 */
struct script_head {
    const struct options *options;
    const struct plan *plan;
    const char *before; /* of the first line: "What " */
    const char *after;  /* " did, as single actions." */
    const char *more;   /* whole lines of comments */
};

/* Not STATUS_HELD: it is not written whole, and a message says why. */
enum status script_file_write(const char *file, const struct script *script,
                              const struct script_head *head);

#endif
