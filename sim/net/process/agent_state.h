/* What an agent is made of; for agent.c, which keeps the node, and agent_driver.c, which serves the
 * driver. */
#ifndef NET_PROCESS_AGENT_STATE_H
#define NET_PROCESS_AGENT_STATE_H

#include "net/process/agent.h"
#include "net/process/supervisor.h"
#include "net/wire/listener.h"
#include "net/wire/log.h"

struct agent {
    const struct agent_setup *setup;
    struct supervisor supervisor;
    void *context;
    struct listener listener;
    int signals;
    bool driven;
    uint32_t driver; /* the route of its connection */
    int64_t heard_ns;
    uint64_t faults;
    bool *cut;                   /* peers that the driver has cut */
    struct record_queue records; /* for the driver */
    bool too_slow;               /* the driver takes them too slowly */
    int64_t sent_ns;             /* of the record that was sent last */
    uint64_t malformed;          /* frames that were none, or from nobody's driver */
    struct log_count logged;     /* of these, and of keys that were refused */
    int64_t drain_ns;            /* it ends then at the latest; 0: it goes on */
};

/* ---- agent.c ------------------------------------------------------------------------------- */

void agent_log_warning(const struct agent *agent, const char *what);

/* False: it can't be started, or was told to leave: then it is not started again. */
bool agent_start_node(struct agent *agent, bool joins);

/* The driver has gone: the node becomes as if the driver had never been there. */
void agent_restore(struct agent *agent);

/* ---- agent_driver.c ------------------------------------------------------------------------ */

/* Takes what drivers have sent, some of it at a time. */
void agent_receive(struct agent *agent);

/* Tells the driver why it is let go, and restores the node. */
void agent_let_driver_go(struct agent *agent, const char *why);

#endif
