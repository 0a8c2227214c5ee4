/* What a node's process writes into its log, and how often: see net/wire/log.h. */
#include "net/process/node_process.h"

#include "base/monotonic.h"
#include "net/wire/log.h"

#include <inttypes.h>

/* Lines of programs, a second. */
#define LINES_MAX 50u

static struct log_about about_id(const struct node_process *process, const struct text *id)
{
    return (struct log_about){.node = process->setup.node, .peer = NODE_NONE, .id = id};
}

void node_process_log_program(void *context, const struct text *id, const char *line)
{
    struct node_process *process = context;
    int64_t now_ns = monotonic_ns();
    if (now_ns >= process->program_log_ns + NS_PER_S) {
        if (process->program_lines > LINES_MAX)
            node_log(LOG_WARNING, log_about(process->setup.node),
                     "%u lines of programs were left out", process->program_lines - LINES_MAX);
        process->program_log_ns = now_ns;
        process->program_lines = 0;
    }
    if (++process->program_lines <= LINES_MAX || !id)
        node_log(id ? LOG_INFO : LOG_WARNING, about_id(process, id), "%s", line);
}

void node_process_log_failed(struct node_process *process, const struct loaded *loaded)
{
    uint64_t before = process->failures_logged.logged;
    const char *what = process->cluster_file.use == PROGRAM_LOADS ? "load" : "turn";
    if (!log_count_is_due(&process->failures_logged, ++process->failed, monotonic_ns()))
        return;
    uint64_t more = process->failed - before - 1;
    const char *others = more == 1 ? "other" : "others";
    if (more)
        node_log(LOG_WARNING, about_id(process, &loaded->id),
                 "its %s failed: %s (and %" PRIu64 " %s since the last such line)", what,
                 loaded->failure.text, more, others);
    else
        node_log(LOG_WARNING, about_id(process, &loaded->id), "its %s failed: %s", what,
                 loaded->failure.text);
}

void node_process_log_counts(struct node_process *process, int64_t now_ns)
{
    struct wire_counts counts = transport_counts(process->transport);
    uint64_t sum = counts.malformed + counts.refused;
    if (log_count_is_doubled(&process->counts_logged, sum, now_ns))
        node_log(LOG_WARNING, log_about(process->setup.node),
                 "%" PRIu64 " frames were malformed, %" PRIu64
                 " connections and greetings were refused",
                 counts.malformed, counts.refused);
}
