/* What the screen knows; for the files screen*.c alone. */
#ifndef CHECK_SCREEN_STATE_H
#define CHECK_SCREEN_STATE_H

#include "base/hash_map.h"
#include "base/heap.h"
#include "base/number_map.h"
#include "base/pool_map.h"
#include "check/fingerprint.h"
#include "check/screen.h"
#include "node/ballot.h"

/* Judges a record of its kind: whether it is as it has to be in a run of which nothing is suspect,
 * or memory ran out, which is in node->error then. */
struct screen_node;
typedef bool screen_judge(struct screen_node *node, const struct record *record);

/* A request of the node's own. */
struct screen_request {
    struct text id;
    int64_t made_ns;
    int64_t deadline_ns;
    int64_t routed_ns;
    node_id owner;    /* of its first try */
    node_id tried;    /* of its last one */
    node_id answered; /* by a REPLY of this node, which has come; NODE_NONE */
    uint32_t views;   /* so many VIEWs the node had recorded when it routed it */
    uint8_t tries;
    uint8_t sent; /* bits: try 1, try 2 */
    uint8_t why;  /* enum route_why, of the further try */
    bool open;
    bool here; /* it waits at its own node, or did */
};

/* A request that waits in a mailbox. */
struct screen_entry {
    uint64_t request;
    int64_t came_ns;
    int64_t due_ns; /* from then on it may leave without a word, and no sooner than … */
    uint64_t from;  /* see struct screened */
    node_id owner;  /* likewise */
    uint32_t next;  /* index plus one; 0: none */
    uint8_t try;
    uint8_t why;  /* see struct screened */
    bool foreign; /* of another node */
    bool rough;   /* … or by the screen's due_error_ns later */
    bool excused; /* nobody waits for it any more: left to the end of its turn */
};

/* A request that was sent in no common way. */
struct screen_told {
    uint64_t message;
    int64_t budget_ns; /* how long its caller still waits */
    node_id owner;     /* of its first try */
    uint8_t why;       /* enum route_why */
};

/* A REQUEST or REPLY that was sent, for the case that it is dropped. */
struct screen_sent {
    uint64_t message;
    uint64_t request;
    uint64_t digest;
    uint64_t answer; /* a REPLY: the digest of that */
    node_id to;
    uint8_t kind;
};

/* An id at the node: its worker, if it has one, and what waits for it, the oldest first. */
struct screen_place {
    struct text id;
    uint64_t worker; /* 0: none */
    int64_t life_ns; /* from when its life counts */
    int64_t ttl_ns;  /* TIME_NEVER: its life has not begun */
    int64_t turn_ns; /* when its next turn can have begun */
    struct fingerprint value;
    uint32_t first; /* entries: index plus one; 0: none */
    uint32_t last;
    uint32_t count;
    uint32_t next_free;
    uint32_t slot;    /* of the id, if there are leases */
    int64_t fresh_ns; /* when the last entry came, and in which step */
    uint16_t fresh_step;
    bool loads;
    bool has_value;
};

/* A lease of the node's. Zeros: it was never won. */
struct screen_lease {
    int64_t until_ns;
    struct token token;
};

/* A source of open load at the node. */
struct screen_source {
    uint64_t tag;   /* of its requests */
    int64_t due_ns; /* when it makes the next one; TIME_NEVER: none any more */
};

/* A request that was served, until its answer leaves: with the next record. */
struct screen_owed {
    uint64_t request; /* 0: none */
    uint64_t worker;
    uint64_t digest; /* if it is foreign */
    struct fingerprint value;
    bool foreign;
};

struct screen_node {
    const struct screen *screen;
    screen_judge *const *judges; /* by kind; NULL: suspect */
    node_id self;
    bool suspect;
    bool sees_all; /* its view has all nodes */
    bool up;
    bool goes; /* it is about to crash */
    bool gathered;
    enum error error;
    uint16_t step; /* of its last record */
    int64_t t_ns;

    uint64_t next_message;
    uint64_t next_worker;
    uint64_t requests_made;          /* number i of them, from 0, is 1 + self + i * nodes */
    uint64_t requests_over;          /* those before all open ones */
    struct screen_request *requests; /* a ring: number i is at i & (capacity - 1) */
    size_t requests_capacity;        /* 0, or a power of two */
    uint64_t open;

    struct hash_map by_id; /* places */
    struct screen_place *places;
    size_t places_count;
    size_t places_capacity;
    uint32_t free_place; /* index plus one; 0: none */
    uint32_t recent;     /* the place last looked up, index plus one; 0: none */
    struct screen_entry *entries;
    size_t entries_count;
    size_t entries_capacity;
    uint32_t free_entry;
    uint32_t *fresh; /* places that must have a worker when the next step begins */
    size_t fresh_count;
    size_t fresh_capacity;
    uint64_t workers;

    struct screen_owed owed;
    uint32_t handing; /* the place whose worker has just expired with entries waiting, plus one */

    int64_t leased_until_ns; /* no lease of the node's is over before */
    struct view view;        /* if it follows faults and views change */
    uint32_t views;          /* recorded so far */
    int64_t frozen_ns;       /* as in struct checker_node */
    int64_t thawed_ns;
    uint32_t *lives;    /* of each node the one whose message came last, from 1; 0: none came */
    int64_t renewed_ns; /* when, and in which step, it heard a new life of … */
    node_id renewed;    /* … this node, of which it knew another one */
    uint16_t renewed_step;
    uint64_t *lived; /* of each life so far its first message; by what was merged */
    uint32_t lived_count;
    size_t lived_capacity;

    struct screened *log; /* for the next merge, in order */
    size_t log_count;
    size_t log_capacity;
    struct screen_sent *sent; /* a ring of the last ones */
    size_t sent_capacity;     /* 0, or a power of two */
    uint64_t sent_count;

    struct number_map newest; /* of each other node: its last request here, counted from 1 */
    struct screen_source *sources;
    size_t sources_count;
    size_t sources_capacity;

    uint64_t messages;     /* sent less received */
    uint64_t messages_sum; /* likewise of their digests */
    uint64_t answers_sum;  /* of answers to other nodes, less those of other nodes */
    char apart[APART];
};

struct screen {
    struct checker_setup setup;
    int64_t ttl_least_ns;
    uint64_t inverse; /* 2^64 / nodes, rounded up; 0 for one node */
    struct router router;
    struct view everyone;
    struct screen_node *nodes;
    struct screen_lease *leases; /* of each node, by slot; NULL: there are none */

    struct checker *checker; /* NULL: the plan has no fault, and whatever comes of one is suspect */
    int64_t timeout_least_ns; /* of all requests of the plan */
    int64_t due_error_ns;     /* so much longer it may be */
    bool suspect;             /* what was merged */
    bool heeds_absent;        /* a RECV from a node that is down is for the checker */
    node_id *gathered;        /* nodes whose logs are to be merged */
    uint32_t gathered_count;
    struct heap cursors;
    struct pool_map told; /* by message */
};

/* ---- digests --------------------------------------------------------------------------------- */

/* Odd numbers, so that fields can be summed: see trace/hash.c. */
#define DIGEST_WHAT   UINT64_C(0x5bd1e995)
#define DIGEST_NUMBER UINT64_C(0x2c1b3c6d)
#define DIGEST_FIRST  UINT64_C(0x297a2d39)
#define DIGEST_SECOND UINT64_C(0x3c6ef373)

static inline uint64_t screen_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product =
        (unsigned __int128)(a ^ UINT64_C(0xd1b54a32d192ed03)) * (b ^ UINT64_C(0x9e3779b97f4a7c15));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of a message under way from one node to another, as its SEND and RECV have it. `id` is empty but
 * for a REQUEST. Folded twice: no sum stays the same when two messages exchange something. */
static inline uint64_t screen_message_digest(const struct record *record, node_id from, node_id to)
{
    uint64_t way = (uint64_t)from << 32 | to;
    uint64_t what = (uint64_t)record->message << 8 | record->code;
    uint64_t number = record->number, about = way + what * DIGEST_WHAT;
    if (record->message == MESSAGE_REQUEST) {
        struct fingerprint id = fingerprint_of(&record->id);
        number += id.words[0] * DIGEST_FIRST;
        about += id.words[1] * DIGEST_SECOND;
    }
    return screen_fold(screen_fold(number, about),
                       record->request + record->number * DIGEST_NUMBER);
}

/* Of an answer that a worker of `node` has given. */
static inline uint64_t screen_answer_digest(uint64_t request, uint64_t worker, node_id node,
                                            struct fingerprint value)
{
    uint64_t digest = screen_fold(request + node * DIGEST_NUMBER, worker);
    return screen_fold(digest + value.words[0], value.words[1] + request * DIGEST_WHAT);
}

/* ---- screen_requests.c ----------------------------------------------------------------------- */

screen_judge screen_take_request, screen_take_route, screen_take_send, screen_take_recv,
    screen_take_reply, screen_take_fail;

/* The owner of an id in the view of all nodes. */
node_id screen_owner(const struct screen_node *node, const struct text *id);

/* At the end, at t_ns: no open request is over its deadline, or, where there are no faults, on its
 * way to another node than the owner. */
bool screen_requests_are_well(const struct screen_node *node, int64_t t_ns);

/* ---- screen_leases.c ------------------------------------------------------------------------- */

screen_judge screen_take_lease;

/* Whether no lease that the node has won is over at t_ns. */
bool screen_leases_last(struct screen_node *node, int64_t t_ns);

/* Whether what the record says of a worker is done under the lease of its slot, and bears the token
 * that it has to bear; or there are no leases. */
bool screen_is_leased(const struct screen_node *node, uint32_t slot, const struct record *record);

/* ---- screen_workers.c ------------------------------------------------------------------------ */

screen_judge screen_take_start, screen_take_load, screen_take_value, screen_take_serve,
    screen_take_expire, screen_take_lost;

/* A request for the id comes to the node with the record, and waits for its worker. Where there are
 * no faults, the node must be the owner. */
bool screen_enter(struct screen_node *node, const struct record *record, const struct text *id,
                  const struct screen_entry *entry);

/* A request of the node's own, which waited there, has ended: nobody waits for it. */
void screen_excuse(struct screen_node *node, const struct text *id, uint64_t request);

/* A step is over: what came in it must have a worker. */
bool screen_settle(struct screen_node *node);

/* The node has a view: what has come while it had none must have a worker in the record's step. */
void screen_freshen(struct screen_node *node, const struct record *record);

/* The node goes: nothing waits there any more. */
void screen_empty(struct screen_node *node);

/* ---- screen_merge.c -------------------------------------------------------------------------- */

static inline void screened_clear(struct screened *event)
{
    text_clear(&event->record.id);
    text_clear(&event->record.value);
}

/* Where there are faults: the event is for the checker, or a SEND or DROP for the next merge. Of
 * its texts a copy is made. Without memory node->error is set. */
void screen_log(struct screen_node *node, struct screened event);

/* The node has sent a REQUEST or REPLY, with this digest, and that of the answer in it. */
void screen_note_sent(struct screen_node *node, const struct record *record, uint64_t digest,
                      uint64_t answer);

/* The number of the node's life, from 1, in which it sent the message, in an earlier window. */
static inline uint32_t screen_life_of(const struct screen_node *node, uint64_t message)
{
    uint32_t life = node->lived_count;
    while (life > 1 && node->lived[life - 1] > message)
        life--;
    return life;
}

/* What was told of the REQUEST; NULL: nothing. */
const struct screen_told *screen_told_of(const struct screen *screen, uint64_t message);

/* ---- all of them ----------------------------------------------------------------------------- */

/* Whether what was due at due_ns is late at t_ns: no freeze covers it (checker_node_is_late). */
static inline bool screen_is_late(const struct screen_node *node, int64_t due_ns, int64_t t_ns)
{
    return t_ns > due_ns && !(node->frozen_ns <= due_ns && t_ns <= node->thawed_ns);
}

/* The members by which the node routes. */
static inline const struct view *screen_view(const struct screen_node *node)
{
    return node->view.bits ? &node->view : &node->screen->everyone;
}

#endif
