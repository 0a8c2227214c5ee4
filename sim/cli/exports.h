/* A run for other tools: --perfetto and --shiviz. */
#ifndef CLI_EXPORTS_H
#define CLI_EXPORTS_H

#include "cli/options.h"
#include "trace/perfetto.h"
#include "trace/shiviz.h"

/* Zeros are none. */
struct exports {
    const struct options *options;
    struct perfetto perfetto;
    FILE *perfetto_out; /* NULL: not asked for */
    struct shiviz shiviz;
    FILE *shiviz_out; /* likewise */
};

/* Opens what the options ask for. On an error a message says why, and all is to be closed. */
enum status exports_open(struct exports *exports, const struct options *options, uint32_t nodes);

/* Whether some file can't be written any more. */
bool exports_are_broken(const struct exports *exports);

/* Ends and closes the files. STATUS_FAILED: some could not be written, and a message says why. */
enum status exports_close(struct exports *exports);

#endif
