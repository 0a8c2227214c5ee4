#include "viz/synthetic.h"

#include "base/memory.h"
#include "base/random.h"
#include "trace/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What is to come, in a heap by time. */
enum todo_kind {
    TODO_RECORD,
    TODO_BEAT,
    TODO_REQUEST,
    TODO_ARRIVE, /* a request at its owner */
    TODO_ANSWER,
    TODO_EXPIRE,
};

struct todo {
    int64_t t_ns;
    uint64_t order;
    enum todo_kind kind;
    struct record record;
};

struct worker {
    uint64_t number; /* 0: none */
    node_id node;
    int64_t end_ns;
    uint32_t value;
};

struct run {
    const struct synthetic *how;
    struct reader *reader;
    struct todo *heap;
    size_t count;
    size_t capacity;
    uint64_t order;
    uint64_t draws;
    uint64_t records;
    uint64_t messages;
    uint64_t requests;
    uint64_t workers_made;
    struct worker *workers; /* one an id */
    bool *down;
};

static bool before(const struct todo *a, const struct todo *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->order < b->order;
}

static void push(struct run *run, int64_t t_ns, enum todo_kind kind, const struct record *record)
{
    if (memory_reserve((void **)&run->heap, &run->capacity, run->count + 1, sizeof *run->heap))
        abort();
    struct todo todo = {t_ns, run->order++, kind, *record};
    size_t at = run->count++;
    for (; at && before(&todo, &run->heap[(at - 1) / 2]); at = (at - 1) / 2)
        run->heap[at] = run->heap[(at - 1) / 2];
    run->heap[at] = todo;
}

static struct todo pop(struct run *run)
{
    struct todo first = run->heap[0];
    struct todo last = run->heap[--run->count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= run->count)
            break;
        if (child + 1 < run->count && before(&run->heap[child + 1], &run->heap[child]))
            child++;
        if (before(&last, &run->heap[child]))
            break;
        run->heap[at] = run->heap[child];
        at = child;
    }
    run->heap[at] = last;
    return first;
}

static uint64_t draw(struct run *run, uint64_t bound)
{
    return random_below(random_mix(run->how->seed ^ random_mix(run->draws++)), bound);
}

static void emit(struct run *run, int64_t t_ns, struct record *record)
{
    record->t_ns = t_ns;
    record->clock_ns = t_ns;
    run->records++;
    reader_take(run->reader, record);
}

/* Sends; the arrival, or the drop, is to come. */
static void send(struct run *run, int64_t t_ns, struct record message, enum todo_kind then)
{
    struct record sent = message;
    sent.kind = RECORD_SEND;
    sent.number = ++run->messages;
    emit(run, t_ns, &sent);
    int64_t arrival = t_ns + NS_PER_MS + (int64_t)draw(run, 4000000);
    bool lost = draw(run, 1000000) < run->how->loss_ppm;
    if (lost || run->down[message.peer]) {
        sent.kind = RECORD_DROP;
        sent.code = lost ? DROP_LOSS : DROP_DOWN;
        push(run, arrival, TODO_RECORD, &sent);
        return;
    }
    struct record received = sent;
    received.kind = RECORD_RECV;
    received.node = sent.peer;
    received.peer = sent.node;
    push(run, arrival, then, &received);
}

static void beat(struct run *run, const struct todo *todo)
{
    node_id node = todo->record.node;
    for (node_id peer = 0; peer < run->how->nodes && !run->down[node]; peer++) {
        if (peer == node)
            continue;
        struct record message = record_of(RECORD_SEND);
        message.node = node;
        message.peer = peer;
        message.message = MESSAGE_HEARTBEAT;
        send(run, todo->t_ns, message, TODO_RECORD);
    }
    push(run, todo->t_ns + run->how->heartbeat_ns, TODO_BEAT, &todo->record);
}

static uint64_t id_of(const struct record *record)
{
    return strtoull(text_bytes(&record->id), NULL, 10);
}

static void request(struct run *run, const struct todo *todo)
{
    char id[24];
    const struct synthetic *how = run->how;
    struct record record = record_of(RECORD_REQUEST);
    node_id caller = (node_id)draw(run, how->nodes);
    uint64_t number = ++run->requests;
    uint64_t which = 1 + draw(run, how->ids) * (1 + draw(run, 3)) / 3;
    snprintf(id, sizeof id, "%" PRIu64, which);
    int64_t step = how->span_ns * (how->heartbeat_ns ? 16 : 8) / (int64_t)how->records;
    push(run, todo->t_ns + 1 + (int64_t)draw(run, (uint64_t)step * 2), TODO_REQUEST, &todo->record);
    if (run->down[caller])
        return;
    record.node = caller;
    record.request = number;
    record.id = text_borrow(id, strlen(id));
    emit(run, todo->t_ns, &record);
    record.kind = RECORD_ROUTE;
    record.code = 1;
    record.peer = (node_id)(which % how->nodes);
    emit(run, todo->t_ns, &record);
    if (record.peer == caller) {
        push(run, todo->t_ns, TODO_ARRIVE, &record);
        return;
    }
    record.message = MESSAGE_REQUEST;
    send(run, todo->t_ns, record, TODO_ARRIVE);
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_TIMEOUT;
    record.peer = NODE_NONE;
    record.message = 0;
    if (run->down[which % how->nodes])
        push(run, todo->t_ns + NS_PER_S, TODO_RECORD, &record);
}

static void start(struct run *run, const struct todo *todo, struct worker *worker)
{
    struct record record = record_of(RECORD_START);
    *worker = (struct worker){++run->workers_made, todo->record.node, todo->t_ns + run->how->ttl_ns,
                              (uint32_t)(1 + draw(run, 1000))};
    record.node = worker->node;
    record.id = todo->record.id;
    record.worker = worker->number;
    emit(run, todo->t_ns, &record);
    record.kind = RECORD_EXPIRE;
    push(run, worker->end_ns, TODO_EXPIRE, &record);
    char value[24];
    snprintf(value, sizeof value, "%" PRIu32, worker->value);
    record.kind = RECORD_VALUE;
    record.value = text_borrow(value, strlen(value));
    push(run, todo->t_ns + (int64_t)draw(run, 80000000), TODO_RECORD, &record);
}

static void arrive(struct run *run, const struct todo *todo)
{
    struct record record = todo->record;
    node_id owner = record.node;
    if (record.kind == RECORD_ROUTE) {
        owner = record.peer;
        record.peer = record.node;
        record.node = owner;
    } else if (run->down[owner]) {
        return;
    } else {
        emit(run, todo->t_ns, &record);
    }
    struct worker *worker = &run->workers[id_of(&record) % run->how->ids];
    struct todo at = *todo;
    at.record = record;
    if (!worker->number)
        start(run, &at, worker);
    record.worker = worker->number;
    push(run, todo->t_ns + (int64_t)draw(run, 2000000), TODO_ANSWER, &record);
}

/* The worker serves, and the reply goes back. */
static void answer(struct run *run, const struct todo *todo)
{
    struct record record = record_of(RECORD_SERVE);
    node_id caller = todo->record.peer;
    record.node = todo->record.node;
    record.request = todo->record.request;
    record.id = todo->record.id;
    record.worker = todo->record.worker;
    emit(run, todo->t_ns, &record);
    struct record reply = record;
    reply.kind = RECORD_REPLY;
    reply.node = caller;
    reply.peer = record.node;
    reply.amount = 2 * NS_PER_MS + (int64_t)draw(run, 9000000);
    if (caller == record.node) {
        push(run, todo->t_ns, TODO_RECORD, &reply);
        return;
    }
    struct record message = record;
    message.peer = caller;
    message.message = MESSAGE_REPLY;
    send(run, todo->t_ns, message, TODO_RECORD);
    push(run, todo->t_ns + 6 * NS_PER_MS, TODO_RECORD, &reply);
}

static void expire(struct run *run, const struct todo *todo)
{
    struct worker *worker = &run->workers[id_of(&todo->record) % run->how->ids];
    struct record record = todo->record;
    if (worker->number != record.worker)
        return;
    worker->number = 0;
    emit(run, todo->t_ns, &record);
}

static void note_fault(struct run *run, int64_t t_ns, const char *text, enum fault_kind kind,
                       uint32_t line)
{
    static const node_id nodes[] = {0, 1, 2};
    struct string_builder data = {0};
    struct record record = record_of(RECORD_FAULT);
    node_runs_put(&data, NULL, 0);
    if (kind == FAULT_PARTITION) {
        varint_put(&data, 2);
        node_runs_put(&data, nodes, 1);
        node_runs_put(&data, nodes + 1, 2);
    }
    must(data.size <= TEXT_SMALL_MAX); /* so the record has a copy */
    record.line = line;
    record.code = (uint8_t)kind;
    record.number = kind != FAULT_HEAL;
    record.id = text_borrow(data.text, data.size);
    record.value = text_borrow(text, strlen(text));
    push(run, t_ns, TODO_RECORD, &record);
    string_builder_close(&data);
}

static void crash(struct run *run, const struct record *record, int64_t t_ns)
{
    run->down[record->node] = record->kind == RECORD_DOWN;
    for (uint64_t id = 0; id < run->how->ids && record->kind == RECORD_DOWN; id++) {
        struct worker *worker = &run->workers[id];
        if (!worker->number || worker->node != record->node)
            continue;
        char text[24];
        struct record lost = record_of(RECORD_LOST);
        snprintf(text, sizeof text, "%" PRIu64, id);
        lost.node = record->node;
        lost.id = text_borrow(text, strlen(text));
        lost.worker = worker->number;
        worker->number = 0;
        emit(run, t_ns, &lost);
    }
}

static void add_faults(struct run *run)
{
    int64_t span = run->how->span_ns;
    struct record record = record_of(RECORD_DOWN);
    record.node = 1 % run->how->nodes;
    note_fault(run, span * 3 / 10, "crash n2 for 1.5s", FAULT_CRASH, 12);
    push(run, span * 3 / 10, TODO_RECORD, &record);
    record.kind = RECORD_UP;
    push(run, span * 4 / 10, TODO_RECORD, &record);
    record.node = 2 % run->how->nodes;
    record.kind = RECORD_FROZEN;
    note_fault(run, span / 2, "freeze n3 for 1s", FAULT_FREEZE, 14);
    push(run, span / 2, TODO_RECORD, &record);
    record.kind = RECORD_THAWED;
    push(run, span * 57 / 100, TODO_RECORD, &record);
    note_fault(run, span * 7 / 10, "partition n1 | n2,n3", FAULT_PARTITION, 17);
    note_fault(run, span * 8 / 10, "heal", FAULT_HEAL, 18);
    record = record_of(RECORD_EXPECT);
    record.line = 20;
    record.code = 1;
    record.value = text_borrow("expect ok 90%", 13);
    push(run, span * 9 / 10, TODO_RECORD, &record);
    record.code = 0;
    record.line = 21;
    record.value = text_borrow("expect errors 0", 15);
    push(run, span * 19 / 20, TODO_RECORD, &record);
}

static void begin(struct run *run)
{
    const struct synthetic *how = run->how;
    char *bits = memory_zeroed(how->nodes / 8 + 1);
    for (node_id node = 0; node < how->nodes; node++)
        bits[node / 8] = (char)(bits[node / 8] | 1 << node % 8);
    for (node_id node = 0; node < how->nodes; node++) {
        struct record record = record_of(RECORD_UP);
        record.node = node;
        emit(run, 0, &record);
        record.kind = RECORD_VIEW;
        record.epoch = 2;
        record.value = text_borrow(bits, how->nodes / 8 + 1);
        emit(run, 0, &record);
        if (how->heartbeat_ns)
            push(run, (int64_t)draw(run, (uint64_t)how->heartbeat_ns), TODO_BEAT, &record);
    }
    memory_free(bits);
    struct record none = record_of(RECORD_REQUEST);
    push(run, 5 * NS_PER_MS, TODO_REQUEST, &none);
    if (how->faults)
        add_faults(run);
}

static void act(struct run *run, struct todo *todo)
{
    switch (todo->kind) {
    case TODO_RECORD:
        if (todo->record.kind == RECORD_DOWN || todo->record.kind == RECORD_UP)
            crash(run, &todo->record, todo->t_ns);
        emit(run, todo->t_ns, &todo->record);
        break;
    case TODO_BEAT:
        beat(run, todo);
        break;
    case TODO_REQUEST:
        request(run, todo);
        break;
    case TODO_ARRIVE:
        arrive(run, todo);
        break;
    case TODO_ANSWER:
        answer(run, todo);
        break;
    case TODO_EXPIRE:
        expire(run, todo);
        break;
    }
}

uint64_t synthetic_run(const struct synthetic *how, struct reader *reader)
{
    struct run run = {.how = how, .reader = reader};
    run.workers = memory_zeroed(how->ids * sizeof *run.workers);
    run.down = memory_zeroed(how->nodes * sizeof *run.down);
    begin(&run);
    while (run.count && run.heap[0].t_ns < how->span_ns) {
        struct todo todo = pop(&run);
        act(&run, &todo);
    }
    memory_free(run.heap);
    memory_free(run.workers);
    memory_free(run.down);
    return run.records;
}
