/* A node as its driver sees it, here or on another host: its state, what it has recorded, and what
 * can be done to it. What is known of a node is as of the last node_handle_poll.
 *
 * A node of this host has a supervisor (net/process/supervisor.h) in this process. A node of
 * another host has an agent there, which keeps the supervisor and does over the network what is
 * asked for here (remote.h). */
#ifndef NET_DRIVE_NODE_HANDLE_H
#define NET_DRIVE_NODE_HANDLE_H

#include "base/failure.h"
#include "net/process/agent.h"

struct node_handle {
    node_id node;
    enum supervisor_state state;
    bool starting;        /* its process runs, the node does not yet, … */
    bool listens;         /* … though its socket is bound */
    uint32_t incarnation; /* of the process that was started last */
    bool was_member;      /* it had joined when it last went down */
    bool silent;          /* it has crashed silently: when it starts its connections break */
    bool halted;          /* it is frozen where nothing was half done */
    bool settled;         /* remote: all faults are applied; till then only the state is known */
    struct gauges gauges;
    uint64_t taken;               /* remote: see struct agent_fault */
    int64_t watermark_ns;         /* on its clock: no record of a time before is still to come */
    int64_t offset_ns;            /* this host's clock less the node's; … */
    int64_t error_ns;             /* … and how far off that may be */
    struct failure failure;       /* of the node, or of the connection to it */
    struct supervisor supervisor; /* of this host: its ring is not NULL */
    struct remote *remote;        /* of another host; else NULL */
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

/* Starts a node of this host, or, if it is absent, leaves it down. ERROR_IO: errno says why. */
enum error node_handle_open_local(struct node_handle *handle, const struct supervisor_setup *setup,
                                  bool absent);

/* Connects to the agent of a node of another host, which runs. Records go to setup.take; level,
 * ring and membership are the node's own. ERROR_IO: handle->failure says why. */
enum error node_handle_open_remote(struct node_handle *handle, const struct supervisor_setup *setup,
                                   void *zmq_context);

/* Kills a node of this host; an agent restores its node, which runs on. */
void node_handle_close(struct node_handle *handle);

/* Reads the node's state and about `most` bytes of its records, all there are of a remote one.
 * Returns whether there was any record. */
bool node_handle_poll(struct node_handle *handle, size_t most);

/* Each returns whether it changed anything; see supervisor.h. */
bool node_handle_start(struct node_handle *handle, bool joins);
bool node_handle_crash(struct node_handle *handle, bool silently);
bool node_handle_freeze(struct node_handle *handle);
bool node_handle_thaw(struct node_handle *handle, int64_t until_ns);

/* Sends the node an order. False: it is down or takes no more. */
bool node_handle_send(struct node_handle *handle, const struct order *order);

/* The run is over: a node of this host is stopped for good, and all its records are read. */
void node_handle_halt(struct node_handle *handle);

/* Takes the number of a request that the node, which is down, would give out next. */
uint64_t node_handle_take_number(struct node_handle *handle, uint32_t nodes);

#endif
