/* dpsim: parses the command line and carries out its command. */
#include "cli/merge_results.h"
#include "cli/net.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_scenarios.h"

#include <fcntl.h>
#include <signal.h>

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

int main(int argc, char **argv)
{
    struct options options;
    hold_standard_descriptors();
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
