#include "live.h"

#include "net/hosts.h"
#include "net/serve.h"
#include "scenario/complain.h"

#include <errno.h>
#include <string.h>

bool live_is_built(void)
{
    return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* Its parent's orders come by the descriptor after that of the desk. */
enum status live_serve(const struct options *options)
{
    return serve_node(options->serve_fd, options->serve_fd + 1) ? STATUS_FAILED : STATUS_HELD;
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Why there can't be a key file of that name; NULL if there can. */
static const char *wrong_name(const char *name)
{
    node_id node;
    size_t size = strlen(name);
    if (hosts_node_name(name, size, &node))
        return NULL;
    if (strchr(name, '/') || name[0] == '.' || name[0] == '-')
        return "the key file will have this name: want no '/', and neither '.' nor '-' first";
    return hosts_guest_name(name, size);
}

/* What the cluster file is to be told: standard output has the line alone, so that it can be
 * appended. */
static enum status print_line(const char *name, const struct key_pair *pair)
{
    char hex[KEY_HEX_SIZE];
    node_id node;
    keys_hex(pair->public_key, hex);
    bool is_node = hosts_node_name(name, strlen(name), &node);
    if (is_node)
        printf("node %s ADDRESS:PORT key %s\n", name, hex);
    else
        printf("client %s key %s\n", name, hex);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "dpsim: standard output: %s\n", strerror(errno));
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

enum status live_keygen(const struct options *options)
{
    const char *name = options->keygen_name, *bad = wrong_name(name);
    char file[HOSTS_NAME_SIZE + sizeof ".key"], why[KEYS_WHY_SIZE];
    struct key_pair pair;
    if (bad) {
        fprintf(stderr, "dpsim: --keygen '%s': %s\n", shown((struct word){name, strlen(name)}).text,
                bad);
        return STATUS_WRONG;
    }
    snprintf(file, sizeof file, "%s.key", name);
    if (keys_fresh(&pair, why) || keys_write(&pair, file, name, why)) {
        keys_wipe(&pair);
        fprintf(stderr, "dpsim: %s\n", why);
        return STATUS_FAILED;
    }
    keys_wipe(&pair);
    return print_line(name, &pair);
}
