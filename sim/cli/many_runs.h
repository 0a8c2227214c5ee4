/* What all commands that make many runs have in common: how many at once, how they go on, when they
 * stop. */
#ifndef CLI_MANY_RUNS_H
#define CLI_MANY_RUNS_H

#include "cli/run_result.h"
#include "search/sweep.h"

/* The seeds and the number of jobs as the options say, progress on a terminal, an end by Ctrl-C.
 * The plan is the caller's to set. */
struct sweep_setup many_runs_setup(const struct options *options);

/* Takes the progress from the terminal again: before anything else is printed. */
void many_runs_end_progress(const struct sweep_setup *setup);

/* The result of one sweep. */
void many_runs_settle(struct run_result *result, const struct sweep *sweep);

/* The result of what could not begin, by the error of sweep_run and errno: reported. */
enum status many_runs_failed(enum error error, const char *file);

#endif
