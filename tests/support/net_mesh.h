/* Transports of one cluster in one process, at addresses of the loopback that nobody else has,
 * stepped by hand; and strays, bare sockets that say to a node whatever a test wants.
 *
 * Time is the mesh's own: a step takes MESH_STEP_NS, and a test may skip some. So no deadline of a
 * node passes because the machine is busy. What ZeroMQ does in its threads is waited for. */
#ifndef SUPPORT_NET_MESH_H
#define SUPPORT_NET_MESH_H

#include "net/wire/transport.h"

#define MESH_NODES   3u
#define MESH_STEP_NS (100 * NS_PER_US)

/* What has happened at a node. */
struct heard {
    unsigned count[6];             /* by enum arrival_kind */
    unsigned dropped[DROPS_COUNT]; /* on the way out */
    unsigned cut;                  /* on the way in */
    unsigned disordered;           /* messages whose number did not rise */
    uint64_t last_number;
    struct message last; /* its text is not kept */
    uint32_t text_size;
    uint64_t text_hash;
    node_id peer; /* of the last FOUND, LOST or IN_USE */
    uint32_t incarnation;
    struct wire_client_ref client;
    char id[64];
};

struct mesh {
    struct cluster_file cluster_file;
    struct key_pair keys[MESH_NODES];
    struct key_pair client; /* "me", if it is keyed */
    bool keyed;
    char address[32];
    struct transport *at[MESH_NODES]; /* NULL: it is closed */
    uint32_t incarnation[MESH_NODES];
    struct heard heard[MESH_NODES];
    int64_t now_ns;
};

/* No node is open yet. */
void mesh_begin(struct mesh *mesh, bool keyed);
void mesh_end(struct mesh *mesh);

/* The cluster file again, with other words for the cluster's name or more lines. */
void mesh_hosts(const struct mesh *mesh, const char *name, const char *lines,
                struct cluster_file *cluster_file);

/* A new process of the node, so to speak, by these hosts. */
void mesh_open(struct mesh *mesh, node_id node, const struct cluster_file *cluster_file);
void mesh_close(struct mesh *mesh, node_id node);

/* Each open node takes what there is, and flushes. Returns whether there was anything. */
bool mesh_step(struct mesh *mesh);

/* Steps until the condition holds; asserts that it does before the machine's patience ends, which
 * is longer than any machine takes. */
#define MESH_UNTIL(mesh, condition)                                                                \
    do {                                                                                           \
        int64_t mesh_end_ns = mesh_patience_ns();                                                  \
        while (!(condition) && mesh_rest(mesh, mesh_end_ns))                                       \
            ;                                                                                      \
        CU_ASSERT_TRUE(condition);                                                                 \
    } while (0)

/* When, by the machine's clock, what is waited for from now on will not come any more. */
int64_t mesh_patience_ns(void);
bool mesh_has_patience(int64_t end_ns);

/* A step, and a pause where there was nothing. Whether there is patience left. */
bool mesh_rest(struct mesh *mesh, int64_t end_ns);

/* A step in which no node does anything but, if there is one, take its next arrival. */
bool mesh_take(struct mesh *mesh, node_id node, struct arrival *arrival);

/* Opens the first `nodes`, and steps until all are greeted. */
void mesh_open_all(struct mesh *mesh, uint32_t nodes);

/* ---- strays -------------------------------------------------------------------------------- */

struct stray {
    void *context;
    void *socket;
    void *monitor;
};

/* A connection to the node, with this key if the cluster is keyed. */
void stray_open(struct stray *stray, const struct mesh *mesh, node_id to,
                const struct key_pair *keys);

/* Answers in the place of a node; lets every key in. */
void stray_listen(struct stray *stray, const struct mesh *mesh, node_id as);
void stray_close(struct stray *stray);
void stray_send(struct stray *stray, const struct wire_frame *frame);

/* A node's greeting, as of its first life. */
struct greeting stray_greeting(const struct mesh *mesh, node_id node);
void stray_hello(struct stray *stray, const struct greeting *greeting);

/* Messages as of `batch`: heartbeats with these numbers. */
void stray_heartbeats(struct stray *stray, const struct batch *batch, const uint64_t *numbers,
                      size_t count);

/* Steps until a frame comes, and puts it into `frame`; asserts that one does. Its kind. */
enum wire_frame_kind stray_take(struct stray *stray, struct mesh *mesh, struct wire_frame *frame);

/* The same, of a refusal. */
void stray_is_refused(struct stray *stray, struct mesh *mesh, enum refusal refusal,
                      const char *words);

/* ---- what nodes say on the terminal -------------------------------------------------------- */

/* From here on it is kept; then how often the words were said, and it is said as before. */
void mesh_listen(void);
unsigned mesh_said(const char *words);
void mesh_unlisten(void);

#endif
