/* What the driver of a run asks of a node's process, and how it goes there as bytes: field by
 * field, the same on every host. An order is one datagram to a process of this host; to another
 * host it goes in a frame to the node's agent, which passes it on.
 *
 * Clients go as what they are: the nodes they are at, their ids, their times; of a Zipf
 * distribution the exponent, from which the node makes the weights. An order is hardly longer than
 * its line in the scenario. */
#ifndef NET_PROCESS_ORDER_H
#define NET_PROCESS_ORDER_H

#include "base/distribution.h"
#include "base/varint.h"
#include "run/workload.h"

/* Bytes: a line of a scenario (65536) and some. */
#define ORDER_SIZE_MAX (96u << 10)

/* Differs between builds that write orders differently. */
#define ORDER_VERSION 3u

enum order_kind {
    ORDER_CONNECT,   /* join the nodes of the cluster */
    ORDER_LEAVE,     /* in an orderly way, and end */
    ORDER_REQUEST,   /* id, tag, timeout_ns */
    ORDER_CLIENTS,   /* workload, until_ns: begin those at this node */
    ORDER_CUT,       /* peer, out, in: what is dropped from now on, to that node and from it */
    ORDER_LOAD,      /* distribution: how long it takes to make a value */
    ORDER_WORK,      /* distribution */
    ORDER_LOAD_FAIL, /* ppb */
    ORDER_LEVEL,     /* level: what is recorded from now on, after all that lives now */
    ORDER_DISMISS,   /* clients ask no more */
    ORDER_SYNC,      /* sync: to be reported back, see struct gauges */
    ORDER_KINDS
};

struct order {
    enum order_kind kind;
    node_id peer;
    bool out;
    bool in;
    enum trace_level level;
    uint32_t ppb;
    uint64_t tag;
    int64_t timeout_ns; /* 0: the setting's */
    uint64_t sync;
    struct text id; /* borrowed, by an order that was read from its bytes */
    struct distribution distribution;
    int64_t until_ns;                /* on the node's clock; no request at or after it */
    const struct workload *workload; /* NULL after reading: see order_clients_new */
    struct byte_reader clients;      /* set by reading: borrowed from the bytes */
};

/* Appends the order to `bytes`. */
void order_write(struct string_builder *bytes, const struct order *order);

/* Reads an order to a node of a cluster of `nodes`. False: it is no sound one. The clients of
 * ORDER_CLIENTS are not looked at. */
bool order_read(struct order *order, const void *bytes, size_t size, uint32_t nodes);

/* The clients of an order, with all that they point to. */
struct order_clients {
    struct workload workload;
    struct action action; /* the workload's */
    struct arena *arena;
};

/* Reads the clients of an ORDER_CLIENTS. NULL: they are not sound, or there is no memory. */
struct order_clients *order_clients_new(const struct order *order, uint32_t nodes);
void order_clients_delete(struct order_clients *clients);

#endif
