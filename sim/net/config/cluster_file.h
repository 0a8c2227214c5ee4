/* The cluster file: the nodes with their addresses, the clients and drivers that may connect to
 * them, and what all nodes must agree on. The same file lies on every host.
 *
 *     cluster shop
 *     node n1 10.0.0.1:7400 key 54fc…     # 64 hex digits; [fd00::1]:7400 is an address, too
 *     client me key …                     # may ask
 *     driver boss key …                   # may ask, and apply faults to nodes
 *     ttl 30s                             # a scenario's setting that makes sense here
 *     ownership lease
 *     state /var/lib/dpsim                # where each node keeps what leases need after a crash
 *     load command fetch-resource --fast  # run as `fetch-resource --fast -- ID`; else load random
 *     load-limit 10s                      # the time that one such run may take
 *     load-at-once 64                     # such runs at a time on a node
 *
 * Lines and words are a scenario's, and so are the settings and the diagnostics. Lines stand in any
 * order. Host names are not resolved: a name may mean another address on another host. */
#ifndef NET_CONFIG_CLUSTER_FILE_H
#define NET_CONFIG_CLUSTER_FILE_H

#include "net/config/address.h"
#include "net/config/key.h"
#include "scenario/settings.h"

#include <stdio.h>

#define CLUSTER_FILE_NODES_MAX   1000u
#define CLUSTER_FILE_CLIENTS_MAX 1000u
#define CLUSTER_FILE_AT_ONCE_MAX 1024u
#define CLUSTER_FILE_STATE_MAX   100u /* bytes: a failure shows it */

/* Where the file says nothing; the limit of a load is the ttl then, if that is shorter. */
#define CLUSTER_FILE_LIMIT_NS    (10 * NS_PER_S)
#define CLUSTER_FILE_FAIL_TTL_NS NS_PER_S
#define CLUSTER_FILE_AT_ONCE     64u

#define CLUSTER_FILE_NAME_SIZE 64u /* with a NUL */

struct cluster_file_node {
    char address[ADDRESS_HOST_SIZE]; /* as ZeroMQ wants it after tcp://, without the port: 10.0.0.1,
                                        [fd00::1] */
    uint16_t port;                   /* 1..ADDRESS_PORT_MAX */
    bool has_key;
    uint8_t key[KEY_SIZE]; /* public; all zero without one */
};

/* A client or driver. */
struct cluster_file_client {
    char name[CLUSTER_FILE_NAME_SIZE];
    bool drives; /* may apply faults to nodes; else may only ask */
    uint8_t key[KEY_SIZE];
};

/* What the nodes run a program for. */
enum program_use {
    PROGRAM_NONE,  /* values are drawn */
    PROGRAM_LOADS, /* load command */
    PROGRAM_TURNS, /* work command */
    PROGRAM_KEPT   /* work command … keep: it has many turns */
};

struct cluster_file {
    char name[CLUSTER_FILE_NAME_SIZE];
    uint32_t nodes;                 /* 1..CLUSTER_FILE_NODES_MAX */
    struct cluster_file_node *node; /* by node_id: n1 is the first */
    size_t clients_count;           /* 0..CLUSTER_FILE_CLIENTS_MAX */
    struct cluster_file_client *clients;
    bool keyed; /* every node has a key; else none has, all are on loopback, and there is no client
                 */
    struct settings settings; /* settings.nodes is `nodes`; what a cluster file can't set has its
                                 default */
    char *state;              /* the directory of each node's epoch_file; NULL: none */
    enum program_use use;
    char *command;     /* of a use: words with one space between, for no shell; else NULL */
    int64_t limit_ns;  /* of one run or turn; above zero */
    uint32_t at_once;  /* 1..CLUSTER_FILE_AT_ONCE_MAX */
    uint32_t use_line; /* where the file says so, for diagnostics; 0: it does not */
    uint32_t limit_line;
    uint32_t retry_line;
};

/* Parses `size` bytes of text; `name` is the file's in diagnostics.
 *
 * OK: to be closed with cluster_file_close. ERROR_TEXT: `diagnostics` holds all that is wrong, in
 * the form of parse_scenario, NUL-ended, to be freed with memory_free. ERROR_MEMORY. On an error
 * nothing is to be closed. */
enum error cluster_file_parse(struct cluster_file *file, const char *name, const char *text,
                              size_t size, char **diagnostics);
void cluster_file_close(struct cluster_file *file);

/* Equal on two hosts if their files agree on all that nodes must agree on: the cluster's name, all
 * nodes with address and key, settings, command and limits; not clients, where state is kept, nor
 * how it is written. XXH3 over the canonical text without these. */
uint64_t cluster_file_hash(const struct cluster_file *file);

/* Writes the canonical text, every setting included: it parses to an equal one. Errors of `out` are
 * left for the caller to find by ferror. */
void cluster_file_write(FILE *out, const struct cluster_file *file);

/* Slots of ids, each with a lease; 0: there are no leases. */
static inline uint32_t cluster_file_slots(const struct cluster_file *file)
{
    return file->settings.leases ? file->settings.slots : 0;
}

/* Whether the word is a node's name, n1..n1000; then `*node` is which. */
bool cluster_file_node_name(const char *name, size_t size, node_id *node);

/* Why a setting of scenarios has no place in a cluster file, to follow "'seed' "; NULL: it has. */
const char *cluster_file_refuses(enum setting_id setting);

/* Why the word can't be a client's name, to be said after "'n7' is no name: "; NULL if it can: an
 * id that neither begins a comment nor looks like a node. */
const char *cluster_file_refuses_client_name(const char *name, size_t size);

#endif
