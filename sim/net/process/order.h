/* What the driver of a run tells a node's process. An order is one datagram: the structure, then
 * its text. */
#ifndef NET_PROCESS_ORDER_H
#define NET_PROCESS_ORDER_H

#include "base/distribution.h"

#define ORDER_TEXT_MAX (96u << 10) /* bytes: a line of a scenario and some */

enum order_kind {
    ORDER_CONNECT,   /* join the nodes of the cluster */
    ORDER_LEAVE,     /* in an orderly way, and end */
    ORDER_REQUEST,   /* text: the id; tag */
    ORDER_CLIENTS,   /* text: the statement; key, first, count, nodes, until_ns */
    ORDER_CUT,       /* peer, out, in */
    ORDER_LOAD,      /* distribution: how long it takes to make a value */
    ORDER_WORK,      /* distribution */
    ORDER_LOAD_FAIL, /* ppb */
    ORDER_LEVEL,     /* level: what is recorded from now on, after all that lives now */
    ORDER_DISMISS,   /* clients ask no more */
    ORDER_SYNC,      /* count: to be told back, see struct node_report */
    ORDER_KINDS
};

struct order {
    uint32_t kind;  /* enum order_kind */
    uint32_t peer;  /* node_id */
    uint32_t nodes; /* CLIENTS: an open source's rate is spread over so many */
    uint32_t ppb;
    uint32_t level; /* enum trace_level */
    uint8_t out;
    uint8_t in;
    uint16_t unused;
    uint64_t tag;
    uint64_t key;
    uint64_t first;
    uint64_t count;
    int64_t until_ns; /* on the node's clock */
    struct distribution distribution;
    uint32_t text_size;
    uint32_t unused_too;
};

#endif
