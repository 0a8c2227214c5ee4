#include "cli/net.h"
#include "cli/report.h"

bool net_is_built(void)
{
    return false;
}

static enum status absent(const char *option)
{
    return report(STATUS_FAILED, option, NET_ABSENT);
}

enum status net_adopt_cluster(const struct options *options, struct plan *plan,
                              struct net_cluster **cluster)
{
    (void)options, (void)plan;
    *cluster = NULL;
    return absent("--net");
}

void net_cluster_delete(struct net_cluster *cluster)
{
    (void)cluster;
}

enum status net_open_runner(struct runner **runner, const struct runner_setup *setup,
                            const struct net_cluster *cluster)
{
    (void)setup, (void)cluster;
    *runner = NULL;
    return absent("--net");
}

enum status net_node_process(const struct options *options)
{
    (void)options;
    return absent("--process-fd");
}

enum status net_node(const struct options *options)
{
    (void)options;
    return absent("--node");
}

enum status net_request(const struct options *options)
{
    (void)options;
    return absent("--request");
}

enum status net_make_key(const struct options *options)
{
    (void)options;
    return absent("--keygen");
}
