/* What is found out about the host of an agent: the name of its clock, and whether values can be
 * loaded there as the cluster file says. */
#include "net/process/agent.h"

#include "base/duration.h"
#include "net/process/program_command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void agent_clock_id(char clock_id[AGENT_CLOCK_ID_SIZE])
{
    char boot[64] = "", space[48] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file) {
        if (!fgets(boot, sizeof boot, file))
            boot[0] = '\0';
        fclose(file);
    }
    boot[strcspn(boot, "\n")] = '\0';
    ssize_t size = readlink("/proc/self/ns/time", space, sizeof space - 1);
    space[size > 0 ? size : 0] = '\0';
    memset(clock_id, 0, AGENT_CLOCK_ID_SIZE);
    snprintf(clock_id, AGENT_CLOCK_ID_SIZE, "%s %s", boot, space);
}

static void warn_of_times(const struct cluster_file *file, const char *name)
{
    const struct settings *settings = &file->settings;
    if (file->use == PROGRAM_LOADS && file->limit_ns > settings->ttl_ns)
        fprintf(stderr,
                "%s:%u: warning: load-limit %s is above ttl %s: what a program gives after the ttl "
                "answers nobody; lower load-limit, or raise ttl\n",
                name, file->limit_line ? file->limit_line : file->use_line,
                duration_plain(file->limit_ns).text, duration_plain(settings->ttl_ns).text);
    if (file->retry_line && settings->retry_ns > settings->timeout_ns)
        fprintf(stderr,
                "%s:%u: warning: retry %s is above timeout %s: no request lives to be sent again; "
                "lower retry, or raise timeout\n",
                name, file->retry_line, duration_plain(settings->retry_ns).text,
                duration_plain(settings->timeout_ns).text);
}

bool agent_check(const struct cluster_file *cluster_file, const char *name)
{
    struct program_command command;
    struct failure failure = {0};
    warn_of_times(cluster_file, name);
    if (!cluster_file->command)
        return true;
    if (program_command_init(&command, cluster_file->command, &failure)) {
        fprintf(stderr, "%s:%u: %s command: %s\n", name, cluster_file->use_line,
                cluster_file->use == PROGRAM_LOADS ? "load" : "work", failure.text);
        return false;
    }
    program_command_close(&command);
    return true;
}
