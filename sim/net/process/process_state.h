/* What a node's process is started with, and what it tells of itself while it runs; and how both
 * are encoded. They lie in the memory that it shares with its parent (shared_ring.h); the gauges go
 * to drivers on other hosts, too (agent_frames.h). */
#ifndef NET_PROCESS_PROCESS_STATE_H
#define NET_PROCESS_PROCESS_STATE_H

#include "net/wire/codec.h"
#include "trace/tally.h"

/* What a node's process is started with. */
struct process_setup {
    node_id node;
    uint32_t incarnation;
    bool joins;        /* as a member that restarts does */
    bool waits;        /* it listens, and greets nobody before an ORDER_GREET, which is its first */
    bool awaits_brief; /* a driver starts it: it starts when ORDER_BRIEFED has come, see run */
    bool membership_static;
    int64_t fail_ttl_ns;   /* see struct node_config */
    uint32_t load_at_once; /* likewise */
    uint64_t instance;
    uint64_t next_request; /* see struct node_config */
    uint64_t next_worker;
    uint64_t next_message;
    int32_t parent; /* its process id: the node dies with it */
};

/* What a node tells of itself with each commit. */
struct gauges {
    uint64_t at;          /* bytes of the ring that can be read, ever */
    int64_t watermark_ns; /* no record of a time before is still to come */
    uint64_t synced;      /* the last ORDER_SYNC that was carried out */
    int64_t sources_ns;   /* what open sources had due up to then is made, on the node's clock */
    uint64_t not_made;    /* but for so many requests, which were due too long before */
    uint64_t workers;     /* live */
    uint64_t requests;    /* open */
    uint64_t clients;     /* that will ask again */
    uint64_t sent;        /* messages: sent = received + dropped + under way */
    uint64_t received;
    uint64_t dropped;
    uint64_t steps;
    uint64_t worker_bytes;
    uint64_t next_request; /* see struct node_config */
    uint64_t next_worker;
    uint64_t next_message;
    uint64_t malformed; /* frames that came and were none */
    uint64_t refused;   /* keys, greetings and frames that were refused */
    uint32_t joined;
    uint32_t greeted;   /* peers that it has greeted and was greeted by */
    bool counts;        /* there is a … */
    struct tally tally; /* … of records that the ring does not get */
};

/* Both by wire/codec.h. Whether what was read is sound, byte_reader_done says. */
void process_setup_write(struct string_builder *bytes, const struct process_setup *setup);
void process_setup_read(struct byte_reader *reader, struct process_setup *setup);
void gauges_write(struct string_builder *bytes, const struct gauges *gauges);
void gauges_read(struct byte_reader *reader, struct gauges *gauges);

#endif
