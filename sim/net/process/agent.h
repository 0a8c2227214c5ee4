/* The parent of a node that stands alone (`--node`): it keeps the node's process, and lets a driver
 * on another host do to it what a driver on this host would.
 *
 * The agent listens on the port after the node's own, to drivers of the cluster file alone, one at
 * a time. When its driver goes, by a BYE or by silence, the node is restored: thawed, started if it
 * is down, its cuts healed, its records off. */
#ifndef NET_PROCESS_AGENT_H
#define NET_PROCESS_AGENT_H

#include "net/process/supervisor.h"

#define AGENT_VERSION 2u

/* A driver that has sent nothing for so long has gone. */
#define AGENT_SILENCE_NS (5 * NS_PER_S)

/* About so many bytes of records go in one frame; more if there is a long value. */
#define AGENT_BATCH     (256u << 10)
#define AGENT_FRAME_MAX (64u << 20)

/* Room for the name of a clock: the kernel's boot and its time namespace. */
#define AGENT_CLOCK_ID_SIZE 128u

/* Differs between builds that lay these out differently. */
#define AGENT_LAYOUT                                                                               \
    (sizeof(struct record) << 48 ^ sizeof(struct tally) << 24 ^ sizeof(struct gauges) << 12 ^      \
     ORDER_VERSION)

enum agent_kind {
    AGENT_HELLO = 1, /* driver: struct agent_greeting */
    AGENT_WELCOME,   /* agent: likewise */
    AGENT_REFUSE,    /* agent: the reason as text */
    AGENT_ORDER,     /* driver: struct order, its text */
    AGENT_FAULT,     /* driver: struct agent_fault */
    AGENT_POLL,      /* driver: struct agent_poll */
    AGENT_STATUS,    /* agent: struct agent_status, then a tally or records, each behind its size */
    AGENT_BYE,       /* driver */
};

/* Every frame begins so. */
struct agent_head {
    uint8_t kind; /* enum agent_kind */
    uint8_t version;
    uint16_t unused;
    uint32_t unused_too;
    int64_t clock_ns; /* the sender's, as it sent this */
};

struct agent_greeting {
    char cluster[64];
    uint64_t settings; /* cluster_file_hash */
    uint64_t layout;   /* AGENT_LAYOUT: records and gauges go as they lie in memory */
    char clock_id[AGENT_CLOCK_ID_SIZE];
};

enum agent_fault_kind {
    AGENT_FAULT_CRASH,
    AGENT_FAULT_FREEZE,
    AGENT_FAULT_THAW,
    AGENT_FAULT_START
};

struct agent_fault {
    uint32_t kind;    /* enum agent_fault_kind */
    uint32_t flag;    /* START: it joins; CRASH: silently */
    int64_t until_ns; /* THAW: see supervisor_thaw */
    uint64_t taken;   /* START: so many numbers of requests were given out for the node while it was
                         down */
    uint64_t number;  /* comes back in struct agent_status when it is done */
};

struct agent_poll {
    uint32_t wants_tally;
    uint32_t unused;
};

struct agent_status {
    int64_t polled_ns; /* the clock of the POLL that this answers */
    uint64_t faults;   /* the last one that is applied */
    uint32_t state;    /* enum supervisor_state */
    uint32_t starting; /* its process runs, the node does not yet */
    uint32_t incarnation;
    uint32_t has_tally;
    uint32_t was_member;
    uint32_t records;
    uint32_t halted; /* see struct supervisor */
    uint32_t unused;
    int64_t watermark_ns;
    struct gauges gauges;
};

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
