#include "cli/net_cluster.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "cli/net.h"
#include "cli/report.h"
#include "scenario/parse.h"

static enum status read_cluster_file(struct cluster_file *cluster_file, const char *file)
{
    struct file_text input;
    char *diagnostics = NULL;
    if (file_text_read(&input, file, PARSE_TEXT_MAX))
        return report_unread(file);
    enum error error = cluster_file_parse(cluster_file, file, input.text, input.size, &diagnostics);
    file_text_close(&input);
    return error ? report_unparsed(error, file, diagnostics) : STATUS_HELD;
}

static enum status read_key_file(struct net_cluster *cluster, const char *key_file)
{
    struct failure failure;
    if (!cluster->file.keyed && key_file)
        return report(STATUS_WRONG, "--key", "the cluster file has no keys: this one fits nowhere");
    if (!cluster->file.keyed)
        return STATUS_HELD;
    if (!key_file)
        return report(
            STATUS_WRONG, "--key",
            "the cluster file has keys: want the file with yours, as dpsim --keygen makes "
            "it");
    if (keys_read(&cluster->pair, key_file, &failure)) {
        fprintf(stderr, "dpsim: %s\n", failure.text);
        return STATUS_WRONG;
    }
    cluster->keys = &cluster->pair;
    return STATUS_HELD;
}

enum status net_cluster_read(struct net_cluster **cluster, const struct options *options)
{
    struct net_cluster *read = *cluster = memory_zeroed(sizeof *read);
    if (!read)
        return report(STATUS_FAILED, options->cluster_file, "out of memory");
    enum status status = read_cluster_file(&read->file, options->cluster_file);
    if (!status)
        status = read_key_file(read, options->key_file);
    if (status) {
        net_cluster_delete(read);
        *cluster = NULL;
    }
    return status;
}

void net_cluster_delete(struct net_cluster *cluster)
{
    if (!cluster)
        return;
    keys_wipe(&cluster->pair);
    cluster_file_close(&cluster->file);
    memory_free(cluster);
}
