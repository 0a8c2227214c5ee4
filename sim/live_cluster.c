#include "live_cluster.h"

#include "core/memory.h"
#include "input.h"

#include <errno.h>
#include <string.h>

static enum status complain(enum status status, const char *what, const char *why)
{
    fprintf(stderr, "dpsim: %s: %s\n", what, why);
    return status;
}

static enum status read_hosts(struct hosts *hosts, const char *file)
{
    struct input input;
    char *complaints = NULL;
    if (input_read(&input, file))
        return complain(errno == ENOMEM ? STATUS_FAILED : STATUS_WRONG, file, strerror(errno));
    enum error error = hosts_parse(hosts, file, input.text, input.size, &complaints);
    input_close(&input);
    if (error == ERROR_MEMORY)
        return complain(STATUS_FAILED, file, "out of memory");
    if (!error)
        return STATUS_HELD;
    fputs(complaints, stderr);
    memory_free(complaints);
    return STATUS_WRONG;
}

static enum status read_keys(struct live_cluster *cluster, const struct options *options)
{
    char why[KEYS_WHY_SIZE];
    if (!cluster->hosts.keyed && options->key_file)
        return complain(STATUS_WRONG, "--key",
                        "the cluster file has no keys: this one fits nowhere");
    if (!cluster->hosts.keyed)
        return STATUS_HELD;
    if (!options->key_file)
        return complain(STATUS_WRONG, "--key",
                        "the cluster file has keys: want the file with yours, as dpsim --keygen "
                        "makes it");
    if (keys_read(&cluster->pair, options->key_file, why)) {
        fprintf(stderr, "dpsim: %s\n", why);
        return STATUS_WRONG;
    }
    cluster->keys = &cluster->pair;
    return STATUS_HELD;
}

enum status live_cluster_open(struct live_cluster *cluster, const struct options *options)
{
    *cluster = (struct live_cluster){.keys = NULL};
    enum status status = read_hosts(&cluster->hosts, options->cluster_file);
    if (status)
        return status;
    status = read_keys(cluster, options);
    if (status)
        live_cluster_close(cluster);
    return status;
}

void live_cluster_close(struct live_cluster *cluster)
{
    keys_wipe(&cluster->pair);
    hosts_close(&cluster->hosts);
}
