/* Records as lines of text, so that a test compares what came out whole:
 *
 *     "5 n1 send 4 n2"       at 5 ns
 *     "7 n2 lost w2 id"      a worker
 *     "7 n2 fail r5 id caller-lost"
 *     "7 n1 drop 4 n2 down"
 */
#ifndef SUPPORT_NET_TOLD_H
#define SUPPORT_NET_TOLD_H

#include "node/record.h"

struct told {
    char log[1 << 16];
    size_t size;
    uint64_t count; /* of records */
};

/* For trace_repair_init: `context` is a struct told. */
void told_put(void *context, const struct record *record);

/* Asserts that the log is exactly this, prints both if not, and empties it. */
void told_expect(struct told *told, const char *log);

void told_forget(struct told *told);

/* ---- records to tell ------------------------------------------------------------------------ */

/* A record at the time, of the node. */
struct record told_plain(int64_t t_ns, enum record_kind kind, node_id node);
struct record told_up(int64_t t_ns, node_id node, uint32_t incarnation);

/* Of a message with this number. */
struct record told_send(int64_t t_ns, node_id from, node_id to, uint64_t number);
struct record told_recv(int64_t t_ns, node_id from, node_id to, uint64_t number);
struct record told_drop(int64_t t_ns, node_id from, node_id to, uint64_t number, enum drop_why why);

/* START, EXPIRE, LOST of a worker; REQUEST, REPLY, FAIL of a request. */
struct record told_worker(int64_t t_ns, enum record_kind kind, node_id node, uint64_t worker,
                          const char *id);
struct record told_request(int64_t t_ns, enum record_kind kind, node_id node, uint64_t request,
                           const char *id);

#endif
