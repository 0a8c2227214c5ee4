/* One node under test, with a host that writes down each effect as a line of text. Tests compare
 * the whole log, so an effect too many fails them as one that is missing does.
 *
 *     record lines   the trace's names:      "start 7 w1", "serve r1 w1 v", "fail r1 timeout"
 *     effects        "> n2 request r1 7"     a message sent; "7+abc" with a payload
 *                    "> n2 hand-over give whole, 7 w4 for 90ms, 8 later"
 *                    "> n2 lease accept 2 of 1"   one of leases: its entries' rounds
 *                    "load w1", "work w1", "work w1 abc"   what the host is asked to do
 *                    "end w1"                the host hears of it, where turns answer
 *                    "done 5 ok v"           the client's request with cookie 5 has ended
 *                    "left"
 *     views          "view n1 n3", "view" while it joins, "view n1 alone"
 */
#ifndef SUPPORT_LONE_H
#define SUPPORT_LONE_H

#include "node/entries.h"
#include "node/node.h"

struct lone {
    struct node_config config;
    struct router router;
    struct view everyone;
    struct node *node;
    int64_t now_ns;
    bool works; /* turns take time */
    char log[1 << 16];
    size_t size;
    struct worker_ref loading; /* the last worker that asked for a load */
    struct worker_ref working; /* the last that began a turn */
    uint64_t messages;
    uint64_t handed_bytes; /* of all that it has handed over */
    struct message sent;   /* the last one; its texts are gone */
};

/* Node n1 of three with a full static view: ids 0, 3, … are its own under modulo. ttl 5 s, timeout
 * 1 s, retry 400 ms, mailbox 2, held 2, fallback local; change `config` before lone_start. */
void lone_init(struct lone *lone);
void lone_start(struct lone *lone);
void lone_close(struct lone *lone);

/* Each takes the time to `at_ns` and lets the node take one step. */
void lone_timer(struct lone *lone, int64_t at_ns);
void lone_ask(struct lone *lone, int64_t at_ns, const char *id, uint64_t cookie);
void lone_ask_within(struct lone *lone, int64_t at_ns, const char *id, uint64_t cookie,
                     int64_t timeout_ns);
/* A request that was made, and recorded, while the node could take no step. */
void lone_ask_late(struct lone *lone, int64_t at_ns, const char *id, uint64_t number,
                   int64_t made_ns);
void lone_receive(struct lone *lone, int64_t at_ns, struct message message);
void lone_load(struct lone *lone, int64_t at_ns, struct worker_ref worker, const char *value);
void lone_fail_load(struct lone *lone, int64_t at_ns, struct worker_ref worker);
void lone_work(struct lone *lone, int64_t at_ns, struct worker_ref worker);
/* The turn's own answer, or why there is none. */
void lone_answer(struct lone *lone, int64_t at_ns, struct worker_ref worker, enum outcome outcome,
                 const char *value);
void lone_ask_with(struct lone *lone, int64_t at_ns, const char *id, const char *payload,
                   uint64_t cookie);
/* Of a peer in its first life. */
void lone_event(struct lone *lone, int64_t at_ns, enum event_kind kind, node_id peer);
void lone_found(struct lone *lone, int64_t at_ns, node_id peer, uint32_t incarnation);

struct message lone_request(node_id from, uint64_t request, const char *id, int64_t budget_ns);
struct message lone_reply(node_id from, uint64_t request, enum outcome outcome, const char *value);
/* Its members as bits: 1 is n1, 2 is n2, 4 is n3. */
struct message lone_welcome(node_id from, const char *bits);
/* A LEASE of this entry alone. */
struct message lone_entry(node_id from, struct entry entry);
struct message lone_plain(node_id from, uint32_t incarnation, enum message_kind kind, uint8_t code);

/* Empties the log. */
void lone_forget(struct lone *lone);

/* Asserts that the log is exactly this, prints both if not, and empties it. */
void lone_expect(struct lone *lone, const char *log);

#endif
