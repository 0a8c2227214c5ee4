/* The replay of a trace: what is alive, open and under way by the records so far.
 *
 * It is fed the records of a run, each once, in order. From them it knows which nodes run and what
 * they see, the live workers, the open requests and the messages under way. Each is found by its
 * number, and met in a walk over those of a node, the oldest first. What has ended is forgotten, so
 * the replay is as large as the cluster's present, not its past.
 *
 * It judges nothing. A record that ends what never began changes nothing; a number that begins
 * twice is there twice, and either may be found. A reader that needs what held before a record asks
 * before replay_take.
 *
 *     struct replay replay;
 *     replay_init(&replay, &(struct replay_setup){.nodes = 3, .parts = REPLAY_WORKERS});
 *     replay_take(&replay, record);
 *     list_each(link, &replay.nodes[node].workers)
 *         print(replay_worker_of(link)->number);
 *
 * Every object has a `mark`, 0 at first, which is its reader's own: an index into what the reader
 * keeps about it. The replay never looks at it. */
#ifndef TRACE_REPLAY_H
#define TRACE_REPLAY_H

#include "base/list.h"
#include "base/pool_map.h"
#include "node/record.h"
#include "node/view.h"

/* What a reader wants to be followed; whether nodes run always is. The rest costs nothing. */
enum replay_part {
    REPLAY_VIEWS = 1u << 0,
    REPLAY_WORKERS = 1u << 1,
    REPLAY_PLACES = 1u << 2, /* workers are found by id and node too; with REPLAY_WORKERS */
    REPLAY_REQUESTS = 1u << 3,
    REPLAY_MESSAGES = 1u << 4
};

struct replay_setup {
    uint32_t nodes;
    uint32_t parts;    /* of enum replay_part */
    bool views_static; /* a node that starts sees all nodes; else none, until its first VIEW */
};

/* Started or found, neither expired nor lost. */
struct replay_worker {
    uint64_t number;
    struct text id;
    struct list_link of_node;
    int64_t started_ns; /* in true time, or when it was found */
    int64_t life_ns; /* on the node's clock, from when its life counts: before the trace if found */
    int64_t load_ns; /* in true time, when its load began; started_ns before that */
    node_id node;
    uint32_t slot;
    uint32_t mark;
    bool moved; /* it came from another node, where its life began: life_ns is when it came */
};

/* A request is open from REQUEST to its outcome. One that is over is found by its number as long as
 * messages are under way for it, and is in no node's list any more. An answer that is sent when
 * nothing was under way for it makes it known again, by its number and id. */
struct replay_request {
    uint64_t number;
    uint64_t tag; /* REQUEST.number: which of the plan's named replies it is */
    struct text id;
    struct list_link of_caller;
    int64_t made_ns;     /* in true time */
    int64_t clock_ns;    /* on the caller's clock, when it was made */
    int64_t deadline_ns; /* on the caller's clock */
    node_id caller;
    node_id owner;     /* that the first try was routed to, or NODE_NONE */
    uint32_t messages; /* under way for it */
    uint32_t slot;
    uint32_t mark;
    uint8_t tries; /* 0 until it is routed */
    bool open;
    bool replied; /* a REPLY has come; if it is open still, that one refused it */
};

/* Sent, neither delivered nor dropped. */
struct replay_message {
    uint64_t number;
    uint64_t request; /* 0: none */
    struct list_link to_node;
    int64_t sent_ns; /* in true time */
    node_id from;
    node_id to;
    uint32_t slot;
    uint32_t mark;
    uint8_t kind; /* enum message_kind */
};

struct replay_node {
    struct list workers;  /* struct replay_worker, as they started */
    struct list requests; /* struct replay_request: open, as they were made here */
    struct list messages; /* struct replay_message: under way to it, as they were sent */
    struct text decided;  /* with REPLAY_REQUESTS: the id of its last SERVE or LOAD_FAILED … */
    int64_t decided_ns;   /* … and when that was, in true time */
    struct view view;     /* with REPLAY_VIEWS; of a node that is down: its last */
    uint32_t workers_count;
    uint32_t incarnation; /* of its last UP; 0 before */
    bool up;
    bool frozen;
};

struct replay {
    struct replay_setup setup;
    struct replay_node *nodes; /* setup.nodes of them */
    struct pool_map workers;
    struct pool_map requests; /* also such as are over, see struct replay_request */
    struct pool_map messages;
    struct hash_map by_place;
    uint32_t open; /* requests */
};

/* ERROR_MEMORY: nothing to close. The replay must stay at its address. */
enum error replay_init(struct replay *replay, const struct replay_setup *setup);

/* Also of a replay of zeros, which was never made. */
void replay_close(struct replay *replay);

/* The next record of the run. A node out of range is passed over. ERROR_MEMORY: what the record
 * begins stays unknown, and so its end will count for nothing; all else goes on. */
enum error replay_take(struct replay *replay, const struct record *record);

/* Each by its number, or NULL. Objects never move and are valid until the record of their end is
 * taken. */
struct replay_worker *replay_find_worker(const struct replay *replay, uint64_t number);
struct replay_request *replay_find_request(const struct replay *replay, uint64_t number);
struct replay_message *replay_find_message(const struct replay *replay, uint64_t number);

/* The id's worker on the node, or NULL. With REPLAY_PLACES. */
struct replay_worker *replay_find_place(const struct replay *replay, const struct text *id,
                                        node_id node);

/* How many there are of what, in the whole cluster. */
struct under_way replay_under_way(const struct replay *replay);

/* The object of a link in a node's list. */
static inline struct replay_worker *replay_worker_of(struct list_link *link)
{
    return container_of(link, struct replay_worker, of_node);
}

static inline struct replay_request *replay_request_of(struct list_link *link)
{
    return container_of(link, struct replay_request, of_caller);
}

static inline struct replay_message *replay_message_of(struct list_link *link)
{
    return container_of(link, struct replay_message, to_node);
}

#endif
