/* What the files of a driver share: drive.c (the run), strike.c (what is done to nodes and links),
 * startup.c (the start of all nodes). For them alone. */
#ifndef NET_DRIVE_DRIVE_INTERNAL_H
#define NET_DRIVE_DRIVE_INTERNAL_H

#include "net/drive/causal_merge.h"
#include "net/drive/drive.h"
#include "net/drive/node_handle.h"

/* A cut or partition; those that are healed stay, since records of what they stopped come late. */
struct cut {
    const struct action *action;
    uint32_t index; /* of its tracked action */
    uint32_t strike;
    int64_t from_ns;
    int64_t until_ns; /* TIME_NEVER while it is in force */
};

/* Clients that were sent to a node, to be sent again when it is back. */
struct client_group {
    const struct action *action;
    node_id node;
    uint32_t count;
    uint64_t key;
    uint32_t spread; /* an open source's rate is spread over so many nodes */
};

struct drive {
    struct runner runner;
    const struct plan *plan;
    struct cluster_file cluster_file;
    bool there;    /* the cluster runs by itself, maybe on other hosts; else on this host alone */
    void *context; /* of ZeroMQ, if it is there */
    struct actions actions;
    struct trace_repair trace_repair;
    bool trace_repair_made;
    struct causal_merge causal_merge; /* a feed a node, and one more for what is done to them all */
    struct node_handle *node_handles;
    uint32_t node_handles_count; /* open */
    int64_t *base_ns;            /* of each node: what its clock showed at the run's time 0 */
    struct tally tally;
    struct tally sum;
    int64_t t0_ns; /* of the clock */
    int64_t now_ns;
    int64_t vague_ns;       /* since when a clock is not known to the stated error; 0: all are */
    uint64_t events_before; /* the run */
    uint64_t syncs;
    uint64_t settled; /* the run can be over when all nodes have carried out this sync */
    uint64_t *synced; /* of each node: the number of the sync that was asked for last */

    struct distribution load;
    struct distribution work;
    uint32_t load_fail_ppb;

    struct cut *cuts;
    size_t cuts_count;
    size_t cuts_capacity;
    uint8_t *cut_now; /* [from * nodes + to] */
    struct client_group *client_groups;
    size_t client_groups_count;
    size_t client_groups_capacity;

    enum run_state state;
    char why[256];
};

/* The run's time. */
int64_t drive_clock_ns(const struct drive *drive);

/* Steps of all nodes during the run. */
uint64_t drive_events(const struct runner *runner);

/* Whether drive_interrupt was called. */
bool drive_is_interrupted(void);

/* Ends the run as failed, for this reason. */
void drive_fail(struct drive *drive, const char *why);

/* ---- startup.c ------------------------------------------------------------------------------ */

/* Makes the cluster file of a cluster on loopback, starts all nodes, waits for them. */
enum error startup_here(struct drive *drive);

/* Greets the agents of a cluster that runs, and has its nodes record. */
enum error startup_there(struct drive *drive, const struct key_pair *keys);

/* ---- strike.c ------------------------------------------------------------------------------ */

/* Does what the item says, now. Expectations are not done here. */
enum error strike(struct drive *drive, const struct item *item);

/* What a node that has just been started has to know. */
void strike_brief(struct drive *drive, node_id node);

/* A message was stopped by a cut: whichever was in force has taken effect. */
void strike_note_cut(struct drive *drive, const struct record *drop);

#endif
