/* A node as its driver sees it, here or on another host: what state it is in, what it has recorded,
 * and what can be done to it.
 *
 * A node on this host is a supervisor's, one on another host a agent's, which has a supervisor and
 * does what it is told over the network. What is known of a node is as of the last
 * node_handle_look. */
#ifndef NET_DRIVE_NODE_HANDLE_H
#define NET_DRIVE_NODE_HANDLE_H

#include "net/process/agent.h"

struct node_handle {
    node_id node;
    enum supervisor_state state;
    bool starting;        /* its process runs, the node does not yet */
    uint32_t incarnation; /* of its process that was started last */
    bool was_member;      /* when it went down by a crash */
    struct gauges gauges;
    uint64_t taken;               /* of another host: see struct agent_fault */
    int64_t watermark_ns;         /* on its clock */
    int64_t offset_ns;            /* this host's clock less the node's; … */
    int64_t error_ns;             /* … and how far off that may be */
    char why[256];                /* it has failed; "": it has not */
    struct supervisor supervisor; /* shared ring is NULL for a node on another host */
    struct remote *remote;
    struct tally tally; /* of a node on another host, as of node_handle_tally */
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

/* A node of this host, started. ERROR_IO: errno says why. */
enum error node_handle_open_here(struct node_handle *node_handle,
                                 const struct supervisor_setup *setup);

/* One of another host, that runs: greets its agent. ERROR_IO: `why` says why. Records go to
 * setup.take; level, ring and membership are its own. */
enum error node_handle_open_there(struct node_handle *node_handle,
                                  const struct supervisor_setup *setup, void *zmq_context);

/* Kills a node of this host; leaves one of another host, which is put right there. */
void node_handle_close(struct node_handle *node_handle);

/* Reads what the node has recorded, and how it is. Returns whether there was any record. */
bool node_handle_look(struct node_handle *node_handle, size_t most);

/* Each returns whether it changed anything. */
bool node_handle_start(struct node_handle *node_handle, bool joins);
bool node_handle_crash(struct node_handle *node_handle);
bool node_handle_freeze(struct node_handle *node_handle);
bool node_handle_thaw(struct node_handle *node_handle);

/* Sends the node an order. False: it is down or takes no more. */
bool node_handle_send(struct node_handle *handle, const struct order *order);

/* The run is over: a node of this host is stopped for good, and all its records are read. */
void node_handle_halt(struct node_handle *node_handle);

/* A request's number, of those that the node, which is down, would give out next. */
uint64_t node_handle_take_number(struct node_handle *node_handle, uint32_t nodes);

/* What the node counted besides its records. */
const struct tally *node_handle_tally(struct node_handle *node_handle);

#endif
