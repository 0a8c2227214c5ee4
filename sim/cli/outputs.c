#include "cli/outputs.h"

#include "base/file_text.h"
#include "cli/report.h"
#include "scenario/parse.h"

#include <string.h>
#include <sys/stat.h>

/* How much of a file is looked at: a scenario's head of comments is shorter. */
#define HEAD_SIZE 65536u

static bool is_same_file(const struct stat *output, const char *input)
{
    struct stat there;
    return input && strcmp(input, "-") != 0 && stat(input, &there) == 0 &&
           there.st_dev == output->st_dev && there.st_ino == output->st_ino;
}

static bool begins_as_scenario(const char *file)
{
    struct file_text head;
    if (file_text_read(&head, file, HEAD_SIZE))
        return false;
    bool is = parse_begins_as_scenario(head.text, head.size);
    file_text_close(&head);
    return is;
}

/* Why the file must not be overwritten; NULL if it may be. */
static const char *refusal(const struct options *options, const char *output)
{
    struct stat there;
    if (!output || strcmp(output, "-") == 0 || stat(output, &there) || !S_ISREG(there.st_mode))
        return NULL;
    for (size_t i = 0; i < options->scenarios_count; i++)
        if (is_same_file(&there, options->scenarios[i]))
            return "it is the scenario itself, and would be overwritten";
    if (is_same_file(&there, options->cluster_file))
        return "it is the cluster file, and would be overwritten";
    if (is_same_file(&there, options->key_file))
        return "it is the key file, and would be overwritten";
    return begins_as_scenario(output) ? "it begins as a scenario, and would be overwritten: remove "
                                        "it first, or name another file"
                                      : NULL;
}

enum status outputs_check(const struct options *options)
{
    const char *why = refusal(options, options->trace_file);
    if (why)
        return report(STATUS_WRONG, options->trace_file, why);
    why = refusal(options, options->png_file);
    return why ? report(STATUS_WRONG, options->png_file, why) : STATUS_HELD;
}
