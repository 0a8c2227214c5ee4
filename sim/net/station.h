/* A node as its driver sees it, here or on another host: what state it is in, what it has recorded,
 * and what can be done to it.
 *
 * A node on this host is a warden's, one on another host a gate's, which has a warden and does what
 * it is told over the network. What is known of a node is as of the last station_look. */
#ifndef NET_STATION_H
#define NET_STATION_H

#include "net/gate.h"

struct station {
    node_id node;
    enum warden_state state;
    bool starting;        /* its process runs, the node does not yet */
    uint32_t incarnation; /* of its process that was started last */
    uint32_t struck_by;   /* for the driver: the last strike that did something to it */
    bool was_member;      /* when it went down by a crash */
    struct gauges gauges;
    uint64_t taken;       /* of another host: see struct gate_strike */
    int64_t watermark_ns; /* on its clock */
    int64_t offset_ns;    /* this host's clock less the node's; … */
    int64_t error_ns;     /* … and how far off that may be */
    char why[256];        /* it has failed; "": it has not */
    struct warden warden; /* desk is NULL for a node on another host */
    struct remote *remote;
    struct tally tally; /* of a node on another host, as of station_tally */
    void (*take)(void *context, node_id node, const struct record *record);
    void *context;
};

/* A node of this host, started. ERROR_IO: errno says why. */
enum error station_open_here(struct station *station, const struct warden_setup *setup);

/* One of another host, that runs: greets its gate. ERROR_IO: `why` says why. Records go to
 * setup.take; level, ring and membership are its own. */
enum error station_open_there(struct station *station, const struct warden_setup *setup,
                              void *zmq_context);

/* Kills a node of this host; leaves one of another host, which is put right there. */
void station_close(struct station *station);

/* Reads what the node has recorded, and how it is. Returns whether there was any record. */
bool station_look(struct station *station, size_t most);

/* Each returns whether it changed anything. */
bool station_start(struct station *station, bool joins);
bool station_crash(struct station *station);
bool station_freeze(struct station *station);
bool station_thaw(struct station *station);

/* Tells the node; false if it is down or takes no more. */
bool station_tell(struct station *station, const struct order *order, const char *text);

/* The run is over: a node of this host is stopped for good, and all its records are read. */
void station_halt(struct station *station);

/* A request's number, of those that the node, which is down, would give out next. */
uint64_t station_take_number(struct station *station, uint32_t nodes);

/* What the node counted besides its records. */
const struct tally *station_tally(struct station *station);

#endif
