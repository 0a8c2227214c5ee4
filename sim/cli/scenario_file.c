#include "cli/scenario_file.h"

#include "cli/report.h"
#include "search/swarm.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* A pipe, or a descriptor by its name, as /dev/stdin or /dev/fd/3, which the shell that repeats the
 * run does not have; /dev/null is always the same. */
static bool is_read_once(const char *file)
{
    struct stat it;
    if (stat(file, &it) || S_ISCHR(it.st_mode))
        return false;
    return !S_ISREG(it.st_mode) || strcmp(file, "/dev/stdin") == 0 ||
           strncmp(file, "/dev/fd/", strlen("/dev/fd/")) == 0;
}

/* A word alone that is no file was meant as a command, as other tools have them. */
static enum status report_missing(const char *file)
{
    if (errno != ENOENT || strpbrk(file, "./"))
        return report_unread(file);
    return report(STATUS_WRONG, file,
                  "No such file or directory; a scenario is a file, and --help has the rest");
}

enum status scenario_file_read(struct scenario_file *scenario, const char *file)
{
    bool is_stdin = strcmp(file, "-") == 0;
    *scenario = (struct scenario_file){
        .name = is_stdin ? "<stdin>" : file,
        .is_once = is_stdin || is_read_once(file),
    };
    return file_text_read(&scenario->text, file, PARSE_TEXT_MAX) ? report_missing(scenario->name)
                                                                 : STATUS_HELD;
}

void scenario_file_close(struct scenario_file *scenario)
{
    file_text_close(&scenario->text);
}

enum status scenario_file_parse(const struct scenario_file *scenario,
                                const struct override *overrides, size_t overrides_count,
                                struct plan *plan)
{
    char *diagnostics = NULL;
    enum error error =
        parse_scenario(plan, scenario->name, scenario->text.text, scenario->text.size, overrides,
                       overrides_count, &diagnostics);
    return error ? report_unparsed(error, scenario->name, diagnostics) : STATUS_HELD;
}

enum status scenario_file_plan(const struct options *options, const char *file, struct plan *plan)
{
    struct scenario_file scenario;
    enum status status = scenario_file_read(&scenario, file);
    if (status)
        return status;
    status = scenario_file_parse(&scenario, options->overrides, options->overrides_count, plan);
    scenario_file_close(&scenario);
    if (!status && options->swarm)
        swarm_apply(plan);
    return status;
}
