/* A node: one state machine, the same in the simulator and on a network.
 *
 * What a node learns goes in by node_step; what it wants leaves through the functions of its host,
 * during the step. It never asks for the time, draws no random number, waits for nothing, prints
 * nothing and knows no thread: whoever calls node_step supplies all of that. Two steps of one node
 * must not overlap; different nodes share nothing that changes. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/ballot.h"
#include "node/record.h"
#include "node/route.h"

/* What a request does when its owner leaves the view or has not answered for retry_ns. */
enum fallback {
    FALLBACK_NONE,
    FALLBACK_LOCAL, /* it is tried again on the caller's own node */
    FALLBACK_OWNER, /* it is tried again at the owner in the caller's present view */
};

struct node_config {
    node_id self;
    uint32_t nodes;              /* of the cluster */
    const struct router *router; /* shared; outlives the node */
    const struct view *everyone; /* static membership: the view of every node, shared likewise; else
                                    NULL, and `connect` and heartbeats make the view */
    bool joined;                 /* joins at its start, as a member that restarts does */
    bool expire_idle; /* a worker's life counts from its last answer, else from its load */
    bool hand_over;   /* a worker moves when its id's owner changes; not where owners depend on who
                         asks */
    bool repeats; /* a message may be delivered twice: remember requests until they have ended */
    enum fallback fallback;
    int64_t ttl_ns;
    uint32_t ttl_jitter_ppb; /* a worker lives for ttl_ns less up to this share of it, drawn … */
    uint64_t jitter_key;     /* … by this key and its number */
    int64_t fail_ttl_ns;     /* how long a failed load is remembered; 0: until the end of its ttl */
    int64_t timeout_ns;      /* of requests that have none of their own */
    int64_t retry_ns;
    int64_t heartbeat_ns;
    int64_t suspect_ns;
    uint32_t mailbox; /* requests in one worker's mailbox at most, besides the one in its turn */
    uint32_t held;    /* requests at most that wait for a view, or for workers to move here */
    uint32_t load_at_once; /* loads that run at one time; 0: as many as come */
    uint32_t workers_max;
    bool turns_answer;     /* each turn has an answer of its own (EVENT_ANSWERED); else the worker's
                              value is the answer of all */
    uint32_t slots;        /* of ids, each with a lease; 0: no leases, the view alone decides */
    int64_t lease_ns;      /* how long a lease is the owner's, on its clock */
    uint32_t drift_ppm;    /* a clock's rate is off by this much at the most */
    uint32_t lease_epoch;  /* node_lease_epoch of the incarnation before; 0: there was none */
    uint32_t incarnation;  /* above all earlier ones of this node */
    uint64_t next_request; /* numbers given out are these, these plus `nodes`, … */
    uint64_t next_worker;
};

/* A worker as its host knows it. It may have ended before the host's next event about it. */
struct worker_ref {
    uint32_t slot;
    uint64_t number;
};

/* What a worker is to do in a turn. */
struct turn {
    const struct text *id;
    const struct text *demand; /* empty: there is no payload; whoever copies it shares it */
    uint8_t try;               /* of the request: 2 if it may have had a turn before */
    int64_t deadline_ns;       /* nobody waits for its answer from then on, by the node's clock */
};

/* How a request ended, for the one who made it. */
struct answer {
    enum outcome outcome;
    node_id from;             /* OUTCOME_VALUE: the node whose worker gave it */
    uint64_t worker;          /* likewise */
    const struct text *value; /* likewise, and of OUTCOME_WORK_FAILED why; valid during the call */
    struct token token;       /* OUTCOME_VALUE: of the lease; zeros if there are none */
    int64_t latency_ns;       /* on the node's clock */
};

/* What a node does to the rest of the world. None of these may call the node but to ask for a
 * token; each gets the context given to node_new. */
struct node_host {
    /* Carry the message to `to`. Its texts are the host's from now on. It may get lost. */
    void (*send)(void *context, node_id to, const struct message *message);
    /* Make a value for the id; EVENT_LOADED is to follow, in a later step. */
    void (*load)(void *context, struct worker_ref worker, const struct text *id);
    /* A turn begins. True: it takes time, and EVENT_WORKED or, if config.turns_answer,
     * EVENT_ANSWERED is to follow in a later step. */
    bool (*work)(void *context, struct worker_ref worker, const struct turn *turn);
    /* The worker ends; if it loads or is in a turn, what is made is of no use. May be NULL. */
    void (*end)(void *context, struct worker_ref worker);
    /* The request made with this cookie has ended. */
    void (*done)(void *context, uint64_t cookie, const struct answer *answer);
    /* A leaving node has answered all requests: it is to be shut down after the step. */
    void (*left)(void *context);
    /* A record for the trace; t_ns and step are the host's to fill in. */
    void (*record)(void *context, struct record *record);
};

enum event_kind {
    EVENT_START,      /* the first event of a node */
    EVENT_TIMER,      /* time has passed */
    EVENT_MESSAGE,    /* message; its texts stay the caller's */
    EVENT_REQUEST,    /* a client asks: request */
    EVENT_LOADED,     /* worker, loaded, value: the node takes the value's text */
    EVENT_WORKED,     /* worker: its turn is done */
    EVENT_ANSWERED,   /* turn: likewise, with an answer of its own */
    EVENT_CONNECT,    /* join the nodes of the cluster */
    EVENT_LEAVE,      /* in an orderly way */
    EVENT_PEER_LOST,  /* peer: the connection to this incarnation of it broke */
    EVENT_PEER_FOUND, /* peer: it can be reached again */
};

struct event {
    enum event_kind kind;
    int64_t now_ns; /* the node's monotonic clock; never less than at the step before */
    union {
        const struct message *message;
        struct {
            node_id id;
            uint32_t incarnation;
        } peer;
        struct {
            const struct text *id;
            const struct text *payload; /* of PAYLOAD_MAX bytes at the most; NULL: none */
            uint64_t cookie;
            int64_t timeout_ns; /* 0: config.timeout_ns */
            uint64_t number;    /* of node_number_request: made at made_ns, and its REQUEST is
                                   recorded; 0: it is made now */
            int64_t made_ns;
        } request;
        struct {
            struct worker_ref worker;
            bool loaded;
            struct text *value;
        } load;
        struct {
            struct worker_ref worker;
            enum outcome outcome; /* VALUE, WORK_FAILED, or OVERLOADED: it could not begin */
            struct text *value;   /* the answer, or why it failed; the node takes its text */
        } turn;
        struct worker_ref worker;
    } as;
};

struct node;

/* NULL when there is no memory. */
struct node *node_new(const struct node_config *config, const struct node_host *host,
                      void *context);

/* Frees it and all that it holds; records and sends nothing. */
void node_delete(struct node *node);

/* Carries out what is due by now, then the event. */
void node_step(struct node *node, const struct event *event);

/* When the node next wants a step even if no event comes, on its clock; TIME_NEVER: not at all. */
int64_t node_wake_ns(const struct node *node);

/* Records the end of a simulated node that is shut down or crashes at `now_ns`: its workers are
 * lost, its open requests end with `caller-lost`. Only node_delete may follow. */
void node_lose(struct node *node, int64_t now_ns);

/* Records what there is, for a trace that begins now: the view, the leases that it holds
 * (LEASE_HELD), and each live worker as if it had just got where it is (START_FOUND). Changes
 * nothing. */
void node_describe(struct node *node);

/* The number of a request that is made while the node can take no step, for an EVENT_REQUEST that
 * follows: such requests are numbered, and come, in the order in which they are made. Its REQUEST
 * is the host's to record. */
uint64_t node_number_request(struct node *node);

/* Whether requests of this node may be on record that have no number here yet: it stood still, and
 * is told of them. It does not leave meanwhile; it goes in a step after that. */
void node_expect_requests(struct node *node, bool expects);

/* What the next incarnation of this node goes on from. */
uint64_t node_next_request(const struct node *node);
uint64_t node_next_worker(const struct node *node);

/* Likewise, and it has to be kept, with the node's next step at the latest, where a crash of the
 * machine leaves it: the highest epoch of a token that the node has accepted. */
uint32_t node_lease_epoch(const struct node *node);

/* Whether it is a member, joins, or did before it left: its next incarnation is to join. */
bool node_joined(const struct node *node);

/* Whether its clients may ask: not in the last moments of a leave, when nothing keeps it any more
 * but what they have asked before. It refuses as stopping then: clients that ask again when they
 * are answered would keep it for good. */
bool node_takes_requests(const struct node *node);

/* Whether it has the peer in its view; itself unless it joins or leaves. */
bool node_sees(const struct node *node, node_id peer);

/* The owner of the id in the node's view; NODE_NONE if it has none. */
node_id node_owner(const struct node *node, const struct text *id);

/* The token of the lease under which this node's worker of the id lives, for all that the worker
 * does outside the node; its owner is this node. Zeros if there are no leases. */
struct token node_token(const struct node *node, const struct text *id);

/* Live workers, and open requests of this node's clients. */
uint32_t node_workers(const struct node *node);
uint32_t node_requests(const struct node *node);

/* Bytes that workers and the registry take. */
size_t node_worker_bytes(const struct node *node);

#endif
