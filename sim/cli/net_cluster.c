#include "cli/net_cluster.h"

#include "base/file_text.h"
#include "base/memory.h"

#include <errno.h>
#include <string.h>

static enum status complain(enum status status, const char *what, const char *why)
{
    fprintf(stderr, "dpsim: %s: %s\n", what, why);
    return status;
}

static enum status read_hosts(struct cluster_file *cluster_file, const char *file)
{
    struct file_text input;
    char *diagnostics = NULL;
    if (file_text_read(&input, file))
        return complain(errno == ENOMEM ? STATUS_FAILED : STATUS_WRONG, file, strerror(errno));
    enum error error = cluster_file_parse(cluster_file, file, input.text, input.size, &diagnostics);
    file_text_close(&input);
    if (error == ERROR_MEMORY)
        return complain(STATUS_FAILED, file, "out of memory");
    if (!error)
        return STATUS_HELD;
    fputs(diagnostics, stderr);
    memory_free(diagnostics);
    return STATUS_WRONG;
}

static enum status read_keys(struct net_cluster *cluster, const struct options *options)
{
    char why[KEYS_WHY_SIZE];
    if (!cluster->cluster_file.keyed && options->key_file)
        return complain(STATUS_WRONG, "--key",
                        "the cluster file has no keys: this one fits nowhere");
    if (!cluster->cluster_file.keyed)
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

enum status net_cluster_open(struct net_cluster *cluster, const struct options *options)
{
    *cluster = (struct net_cluster){.keys = NULL};
    enum status status = read_hosts(&cluster->cluster_file, options->cluster_file);
    if (status)
        return status;
    status = read_keys(cluster, options);
    if (status)
        net_cluster_close(cluster);
    return status;
}

void net_cluster_close(struct net_cluster *cluster)
{
    keys_wipe(&cluster->pair);
    cluster_file_close(&cluster->cluster_file);
}
