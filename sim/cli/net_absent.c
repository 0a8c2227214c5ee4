#include "cli/net.h"

bool net_is_built(void)
{
    return false;
}

static enum status absent(void)
{
    fputs("dpsim: " NET_ABSENT "\n", stderr);
    return STATUS_FAILED;
}

enum status net_adopt_cluster(const struct options *options, struct plan *plan)
{
    (void)options, (void)plan;
    return absent();
}

enum status net_open_runner(struct runner **runner, const struct runner_setup *setup,
                            const struct options *options)
{
    (void)runner, (void)setup, (void)options;
    return absent();
}

enum status net_node_process(const struct options *options)
{
    (void)options;
    return absent();
}

enum status net_node(const struct options *options)
{
    (void)options;
    return absent();
}

enum status net_request(const struct options *options)
{
    (void)options;
    return absent();
}

enum status net_keygen(const struct options *options)
{
    (void)options;
    return absent();
}
