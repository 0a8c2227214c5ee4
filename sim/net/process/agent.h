/* The parent of a node that stands alone (`--node`): it keeps the node's process, and lets a driver
 * on another host do to it what a driver on this host would.
 *
 * The agent listens on the port after the node's own, to drivers of the cluster file alone, one at
 * a time. When its driver goes, by a BYE or by silence, the node is restored: thawed, started if it
 * is down, its cuts healed, its records off. */
#ifndef NET_PROCESS_AGENT_H
#define NET_PROCESS_AGENT_H

#include "net/process/agent_frames.h"

/* A driver that has sent nothing for so long has gone. */
#define AGENT_SILENCE_NS (5 * NS_PER_S)

/* About so many bytes of records go in one frame; more if there is a long value. */
#define AGENT_BATCH     (256u << 10)
#define AGENT_FRAME_MAX (64u << 20)

struct agent_setup {
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* NULL: keyless */
    node_id node;
};

/* Whether the program of `load command` is there and can be executed, on this host; if not, a
 * message on standard error says so, with the line of the file. Of what can't work as it is meant a
 * warning tells, with the way out. `name` is the file's. */
bool agent_check(const struct cluster_file *cluster_file, const char *name);

/* Keeps the node until SIGTERM, SIGINT or SIGHUP, which drain it within 2 s. Returns the exit
 * status: 0, or 4 when the node could not run or was killed, for a reason printed on standard
 * error. */
int agent_run(const struct agent_setup *setup);

/* The name of the clock that this process reads; it begins with a blank if that is unknown. Two
 * processes of one name read the same clock. */
void agent_clock_id(char clock_id[AGENT_CLOCK_ID_SIZE]);

#endif
