/* A scenario's text, read once and parsed as often as it is run with other settings. */
#ifndef CLI_SCENARIO_FILE_H
#define CLI_SCENARIO_FILE_H

#include "base/file_text.h"
#include "cli/options.h"

struct scenario_file {
    const char *name; /* "<stdin>" for "-" */
    bool is_once;     /* it can't be read again: standard input, a pipe */
    struct file_text text;
};

/* What is wrong is reported. The file is to be closed unless the status says so. */
enum status scenario_file_read(struct scenario_file *scenario, const char *file);
void scenario_file_close(struct scenario_file *scenario);

/* Makes the plan, which is to be closed. What is wrong is reported, and there is no plan then. */
enum status scenario_file_parse(const struct scenario_file *scenario,
                                const struct override *overrides, size_t overrides_count,
                                struct plan *plan);

/* Both, as the options say for one run, and closes the file. */
enum status scenario_file_plan(const struct options *options, const char *file, struct plan *plan);

#endif
