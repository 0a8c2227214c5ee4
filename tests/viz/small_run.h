/* A small run, record by record, for tests of what the window knows and draws:
 *
 *      0 ms  n1, n2, n3 are up, and see each other
 *     10 ms  n1 asks for 7, routed to n2: message 1, which arrives at 13 ms
 *     13 ms  worker 7 (number 2) starts at n2, has its value 282 at 20 ms, serves, replies by
 * message 2 24 ms  n1 has its reply; n1 sends a heartbeat to n3, which arrives at 25 ms 30 ms  n3
 * asks for 7: message 3 is lost at 33 ms; tried again at n3 at 60 ms 60 ms  a second worker 7
 * (number 3) starts at n3, which is reported with its cause 70 ms  n2 crashes, its worker is lost
 *     80 ms  n1 and n3 are cut from each other until 95 ms
 *     90 ms  n2 is up again
 *    100 ms  n3's worker expires, n3's request has failed by then */
#ifndef VIZ_SMALL_RUN_H
#define VIZ_SMALL_RUN_H

#include "trace/fault.h"
#include "viz/model/model.h"

#include <string.h>

#define MS(n) ((n)*NS_PER_MS)

enum { N1, N2, N3 };

static inline struct record small_record(enum record_kind kind, int64_t t_ns, node_id node)
{
    struct record record = record_of(kind);
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.node = node;
    return record;
}

static inline struct text small_text(const char *text)
{
    return text_borrow(text, strlen(text));
}

static inline void small_message(struct reader *to, enum record_kind kind, int64_t t_ns,
                                 node_id node, node_id peer, enum message_kind message,
                                 uint64_t number, uint64_t request)
{
    struct record record = small_record(kind, t_ns, node);
    record.peer = peer;
    record.message = (uint8_t)message;
    record.number = number;
    record.request = request;
    record.code = kind == RECORD_DROP ? DROP_LOSS : 0;
    reader_take(to, &record);
}

/* Of request 1 or 2 for id 7, with the worker where there is one. */
static inline void small_request(struct reader *to, enum record_kind kind, int64_t t_ns,
                                 node_id node, node_id peer, uint64_t request, uint64_t worker)
{
    struct record record = small_record(kind, t_ns, node);
    record.peer = peer;
    record.request = request;
    record.id = small_text("7");
    record.worker = worker;
    record.amount = kind == RECORD_REPLY ? MS(14) : 0;
    record.code = kind == RECORD_FAIL ? OUTCOME_TIMEOUT : kind == RECORD_ROUTE ? 1 : 0;
    reader_take(to, &record);
}

static inline void small_worker(struct reader *to, enum record_kind kind, int64_t t_ns,
                                node_id node, uint64_t worker)
{
    struct record record = small_record(kind, t_ns, node);
    record.id = small_text("7");
    record.worker = worker;
    record.value = small_text(kind == RECORD_VALUE ? "282" : "");
    reader_take(to, &record);
}

/* A fault that begins, or ends. Its groups of nodes are given by digits: "13 2" are n1,n3 and n2;
 * those of a cut are cut both ways if the words have "<->". */
static inline void small_fault(struct reader *to, int64_t t_ns, const char *text,
                               enum fault_kind kind, bool begins, const char *groups)
{
    struct record record = small_record(RECORD_FAULT, t_ns, NODE_NONE);
    struct string_builder data = {0};
    node_id nodes[9];
    uint32_t count = 0, groups_count = 1;
    node_runs_put(&data, NULL, 0);
    for (const char *at = groups; *at; at++)
        groups_count += *at == ' ';
    if (kind == FAULT_PARTITION)
        varint_put(&data, groups_count);
    for (; *groups; groups++) {
        if (*groups != ' ')
            nodes[count++] = (node_id)(*groups - '1');
        if (groups[1] != ' ' && groups[1] != '\0')
            continue;
        node_runs_put(&data, nodes, count);
        count = 0;
    }
    if (kind == FAULT_CUT)
        string_builder_add_char(&data, strstr(text, "<->") != NULL);
    record.line = 5;
    record.code = (uint8_t)kind;
    record.number = begins;
    record.id = text_borrow(data.text, data.size);
    record.value = small_text(text);
    reader_take(to, &record);
    string_builder_close(&data);
}

static inline void small_node(struct reader *to, enum record_kind kind, int64_t t_ns, node_id node)
{
    struct record record = small_record(kind, t_ns, node);
    if (kind == RECORD_VIEW) {
        record.value = small_text("\x07");
        record.epoch = 3;
    }
    reader_take(to, &record);
}

static inline void small_duplicate(struct reader *to, int64_t t_ns)
{
    struct record record = small_record(RECORD_DUPLICATE, t_ns, N3);
    record.id = small_text("7");
    record.worker = 3;
    record.peer = N2;
    record.number = 2;
    record.value = small_text("n3 tried on its own node");
    reader_take(to, &record);
}

static inline void small_first_request(struct reader *to)
{
    small_request(to, RECORD_REQUEST, MS(10), N1, NODE_NONE, 1, 0);
    small_request(to, RECORD_ROUTE, MS(10), N1, N2, 1, 0);
    small_message(to, RECORD_SEND, MS(10), N1, N2, MESSAGE_REQUEST, 1, 1);
    small_message(to, RECORD_RECV, MS(13), N2, N1, MESSAGE_REQUEST, 1, 1);
    small_worker(to, RECORD_START, MS(13), N2, 2);
    small_worker(to, RECORD_LOAD, MS(13), N2, 2);
    small_worker(to, RECORD_VALUE, MS(20), N2, 2);
    small_request(to, RECORD_SERVE, MS(20), N2, NODE_NONE, 1, 2);
    small_message(to, RECORD_SEND, MS(20), N2, N1, MESSAGE_REPLY, 2, 1);
    small_message(to, RECORD_RECV, MS(24), N1, N2, MESSAGE_REPLY, 2, 1);
    small_request(to, RECORD_REPLY, MS(24), N1, N2, 1, 2);
    small_message(to, RECORD_SEND, MS(24), N1, N3, MESSAGE_HEARTBEAT, 4, 0);
    small_message(to, RECORD_RECV, MS(25), N3, N1, MESSAGE_HEARTBEAT, 4, 0);
}

static inline void small_second_request(struct reader *to)
{
    small_request(to, RECORD_REQUEST, MS(30), N3, NODE_NONE, 2, 0);
    small_request(to, RECORD_ROUTE, MS(30), N3, N2, 2, 0);
    small_message(to, RECORD_SEND, MS(30), N3, N2, MESSAGE_REQUEST, 3, 2);
    small_message(to, RECORD_DROP, MS(33), N3, N2, MESSAGE_REQUEST, 3, 2);
    small_worker(to, RECORD_START, MS(60), N3, 3);
    small_duplicate(to, MS(60));
    small_fault(to, MS(70), "crash n2", FAULT_CRASH, true, "");
    small_node(to, RECORD_DOWN, MS(70), N2);
    small_worker(to, RECORD_LOST, MS(70), N2, 2);
    small_fault(to, MS(80), "cut n1 <-> n3 for 15ms", FAULT_CUT, true, "1 3");
    small_node(to, RECORD_UP, MS(90), N2);
    small_fault(to, MS(95), "heal", FAULT_HEAL, false, "");
    small_request(to, RECORD_FAIL, MS(99), N3, NODE_NONE, 2, 0);
    small_worker(to, RECORD_EXPIRE, MS(100), N3, 3);
}

/* Of a slot, until a time on a clock that goes as the run's. */
static inline void small_lease(struct reader *to, int64_t t_ns, node_id node, enum lease_how how,
                               int64_t until_ns)
{
    struct record record = small_record(RECORD_LEASE, t_ns, node);
    record.code = (uint8_t)how;
    record.amount = until_ns;
    reader_take(to, &record);
}

/* Worker 7 of number 2 moves from n2 to n3, where it is number 3. */
static inline void small_move(struct reader *to, int64_t left_ns, int64_t came_ns)
{
    struct record moved = small_record(RECORD_MOVED, left_ns, N2);
    moved.id = small_text("7");
    moved.worker = 2;
    moved.peer = N3;
    reader_take(to, &moved);
    struct record came = small_record(RECORD_START, came_ns, N3);
    came.id = small_text("7");
    came.worker = 3;
    came.code = START_MOVED;
    came.peer = N2;
    came.number = 2;
    reader_take(to, &came);
}

/* NULL when there is no memory. */
static inline struct model *small_run(void)
{
    struct model *model = model_new(3);
    if (!model)
        return NULL;
    struct reader *to = model_reader(model);
    for (node_id node = 0; node < 3; node++) {
        small_node(to, RECORD_UP, 0, node);
        small_node(to, RECORD_VIEW, 0, node);
    }
    small_first_request(to);
    small_second_request(to);
    return model;
}

#endif
