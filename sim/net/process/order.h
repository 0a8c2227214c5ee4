/* What the driver of a run asks of a node's process, and how it goes there as bytes: field by
 * field, by wire/codec.h. An order is one datagram to a process of this host; to another
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

enum order_kind {
    ORDER_GREET,     /* greet the peers: all of them listen by now, see struct process_setup */
    ORDER_CONNECT,   /* join the nodes of the cluster */
    ORDER_LEAVE,     /* in an orderly way, and end */
    ORDER_REQUEST,   /* id, tag, timeout_ns, made_ns; number */
    ORDER_CLIENTS,   /* workload, until_ns: begin those at this node; a source goes on with gaps,
                        ids and due_ns; tag: the workload's number */
    ORDER_CUT,       /* peer, out, in: what is dropped from now on, to that node and from it */
    ORDER_FORGET,    /* peer: that its connection goes is not to be noticed, see transport_forget */
    ORDER_LOAD,      /* again, set_ids, distribution: how long it takes to make a value */
    ORDER_WORK,      /* again, set_ids, distribution */
    ORDER_LOAD_FAIL, /* again, set_ids, ppb */
    ORDER_LEVEL,     /* level: what is recorded from now on, after all that lives now */
    ORDER_DISMISS,   /* clients ask no more */
    ORDER_BRIEFED,   /* a process that starts now has all orders that it starts with */
    ORDER_SYNC,      /* sync: to be reported back, see struct gauges */
    ORDER_FREEZE,    /* stop where nothing is half done, see supervisor_freeze */
    ORDER_THAW,      /* until_ns: after an ORDER_FREEZE; requests made up to then are on record */
    ORDER_KINDS
};

struct order {
    enum order_kind kind;
    node_id peer;
    bool out;
    bool in;
    enum trace_level level;
    uint32_t ppb; /* … this */
    uint64_t tag;
    uint64_t sync;
    struct text id; /* borrowed, by an order that was read from its bytes */
    bool again;     /* of a setting: all earlier orders for it are void; else those have priority */
    struct id_set set_ids; /* which it is for; after reading see order_setting_new; so for … */
    struct distribution distribution;
    struct byte_reader setting; /* set by reading: borrowed from the bytes */
    int64_t timeout_ns;         /* 0: the setting's */
    int64_t made_ns;  /* on the node's clock, as are all times here: it waits since then */
    uint64_t number;  /* it was made while the node was frozen, and is on record; 0: it was not */
    int64_t until_ns; /* CLIENTS: no request at or after it */
    uint64_t gaps;    /* a source's: drawn so far */
    uint64_t ids;     /* likewise */
    int64_t due_ns;   /* its next request is; TIME_NEVER: it has none */
    const struct workload *workload; /* NULL after reading: see order_clients_new */
    struct byte_reader clients;      /* set by reading: borrowed from the bytes */
};

/* Appends the order to `bytes`. */
void order_write(struct string_builder *bytes, const struct order *order);

/* Reads an order to a node of a cluster of `nodes`. False: it is no sound one. The clients of
 * ORDER_CLIENTS are not looked at. */
bool order_read(struct order *order, const void *bytes, size_t size, uint32_t nodes);

/* How long loads or turns take, or how many loads fail, for some ids or for all. */
struct order_setting {
    struct order_setting *next; /* to be looked at after this one */
    struct id_set ids;
    struct distribution distribution;
    struct empirical empirical; /* the distribution's */
    uint32_t ppb;
    struct arena *arena;
};

/* Reads the setting of an ORDER_LOAD, ORDER_WORK or ORDER_LOAD_FAIL. NULL: it is not sound, or
 * there is no memory. */
struct order_setting *order_setting_new(const struct order *order);

/* Deletes it and all that come after it. NULL: nothing. */
void order_setting_delete(struct order_setting *setting);

/* The setting that holds for the id, or NULL. */
const struct order_setting *order_setting_of(const struct order_setting *first,
                                             const struct text *id);

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
