#include "cli/net.h"

#include "cli/net_cluster.h"
#include "cli/report.h"
#include "net/process/agent.h"
#include "net/process/node_process.h"
#include "scenario/diagnostic.h"

#include <errno.h>
#include <string.h>

bool net_is_built(void)
{
    return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* The parent's orders come by the descriptor after that of the shared ring. */
enum status net_node_process(const struct options *options)
{
    return node_process_run(options->process_fd, options->process_fd + 1) ? STATUS_FAILED
                                                                          : STATUS_HELD;
}

static enum status not_this_node(const struct options *options, const char *why)
{
    fprintf(stderr, "dpsim: --node %s: %s\n", options->node_name, why);
    return STATUS_WRONG;
}

static enum status run_node(const struct options *options, const struct net_cluster *cluster)
{
    const struct cluster_file *file = &cluster->file;
    const char *name = options->node_name;
    struct agent_setup agent = {.cluster_file = file, .keys = cluster->keys};
    if (!cluster_file_node_name(name, strlen(name), &agent.node) || agent.node >= file->nodes)
        return not_this_node(options, "the cluster file has no such node");
    if (cluster->keys &&
        memcmp(file->node[agent.node].key, cluster->keys->public_key, KEY_SIZE) != 0)
        return not_this_node(options, "the key file is not this node's: the cluster file has "
                                      "another key for it");
    if (!agent_check(file, options->cluster_file))
        return STATUS_WRONG;
    return agent_run(&agent) ? STATUS_FAILED : STATUS_HELD;
}

enum status net_node(const struct options *options)
{
    struct net_cluster *cluster;
    enum status status = net_cluster_read(&cluster, options);
    if (!status)
        status = run_node(options, cluster);
    net_cluster_delete(cluster);
    return status;
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Why there can't be a key file of that name; NULL if there can. */
static const char *wrong_name(const char *name)
{
    node_id node;
    size_t size = strlen(name);
    if (cluster_file_node_name(name, size, &node))
        return NULL;
    if (strchr(name, '/') || name[0] == '.' || name[0] == '-')
        return "the key file will have this name: want no '/', and neither '.' nor '-' first";
    return cluster_file_refuses_client_name(name, size);
}

/* Prints the key's line for the cluster file. Standard output has that line alone, so that it can
 * be appended to the file. */
static enum status print_line(const char *name, const struct key_pair *pair)
{
    char hex[KEY_HEX_SIZE];
    node_id node;
    key_to_hex(pair->public_key, hex);
    bool is_node = cluster_file_node_name(name, strlen(name), &node);
    if (is_node)
        printf("node %s ADDRESS:PORT key %s\n", name, hex);
    else
        printf("client %s key %s\n", name, hex);
    if (fflush(stdout) || ferror(stdout)) {
        report(STATUS_FAILED, "standard output", strerror(errno));
        fprintf(stderr, "dpsim: %s.key is written; its first line has the public key\n", name);
        return STATUS_FAILED;
    }
    fprintf(stderr, "dpsim: %s.key is written: keep it on this host; ", name);
    fputs(is_node ? "the line above is for the cluster file, with where the node is for "
                    "ADDRESS:PORT\n"
                  : "the line above is for the cluster file; 'driver' instead of 'client' allows "
                    "driving scenarios, too\n",
          stderr);
    return STATUS_HELD;
}

enum status net_make_key(const struct options *options)
{
    const char *name = options->keygen_name, *bad = wrong_name(name);
    char file[CLUSTER_FILE_NAME_SIZE + sizeof ".key"];
    struct failure failure;
    struct key_pair pair;
    if (bad) {
        fprintf(stderr, "dpsim: --keygen '%s': %s\n", shown((struct word){name, strlen(name)}).text,
                bad);
        return STATUS_WRONG;
    }
    snprintf(file, sizeof file, "%s.key", name);
    if (keys_generate(&pair, &failure) || keys_write(&pair, file, name, &failure)) {
        keys_wipe(&pair);
        fprintf(stderr, "dpsim: %s\n", failure.text);
        return STATUS_FAILED;
    }
    keys_wipe(&pair);
    return print_line(name, &pair);
}
