/* dpsim: parses the command line and carries out its command. */
#include "cli/merge_results.h"
#include "cli/net.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_scenarios.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a thread's stack is never deeper than: measured with a picture, a hunt and a node process,
 * which need a quarter of it, and libraries of other versions may need more. */
#define STACK_NEEDED ((rlim_t)1 << 20)

static enum status run_command(const struct options *options)
{
    if (options->net && !net_is_built())
        return report(STATUS_FAILED, "--net", NET_ABSENT);
    switch (options->mode) {
    case MODE_KEYGEN:
        return net_make_key(options);
    case MODE_PROCESS:
        return net_node_process(options);
    case MODE_NODE:
        return net_node(options);
    case MODE_REQUEST:
        return net_request(options);
    case MODE_MERGE:
        return merge_results(options);
    default:
        return run_scenarios(options);
    }
}

/* Where standard input, output or error is closed, no file that is opened may take its place: it
 * would get what is printed. What is held there takes no output, as if it were closed. */
static void hold_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0)
            (void)!open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
}

/* A stack that is too small by `ulimit -s` ends in a crash somewhere. The limit is raised, and the
 * program begins again: threads have got theirs by the old one. */
static enum status raise_stack_limit(char **argv)
{
    char text[200];
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >= STACK_NEEDED)
        return STATUS_HELD;
    snprintf(text, sizeof text,
             limit.rlim_max < STACK_NEEDED
                 ? "%llu KiB are too small a stack for dpsim, and the hard limit allows no more: "
                   "want %llu KiB, by 'ulimit -s' of root or in another session"
                 : "%llu KiB are too small a stack for dpsim: 'ulimit -s %llu' first",
             (unsigned long long)limit.rlim_cur >> 10, (unsigned long long)STACK_NEEDED >> 10);
    limit.rlim_cur = STACK_NEEDED;
    if (limit.rlim_max >= STACK_NEEDED && !setrlimit(RLIMIT_STACK, &limit))
        execv("/proc/self/exe", argv);
    return report(STATUS_FAILED, "the stack", text);
}

int main(int argc, char **argv)
{
    struct options options;
    hold_standard_descriptors();
    if (raise_stack_limit(argv))
        return STATUS_FAILED;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like any other, … */
    signal(SIGXFSZ, SIG_IGN); /* … and so is a file at its limit (ulimit -f) */
    switch (options_parse(argc, argv, &options, stdout, stderr)) {
    case OPTIONS_DONE:
        return STATUS_HELD;
    case OPTIONS_WRONG:
        return STATUS_WRONG;
    case OPTIONS_FAILED:
        return STATUS_FAILED;
    case OPTIONS_RUN:
        break;
    }
    enum status status = run_command(&options);
    options_close(&options);
    return (int)status;
}
