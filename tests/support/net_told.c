#include "support/net_told.h"

#include <CUnit/CUnit.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(struct told *told, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int size = vsnprintf(told->log + told->size, sizeof told->log - told->size, format, list);
    va_end(list);
    must(size >= 0 && told->size + (size_t)size < sizeof told->log);
    told->size += (size_t)size;
}

void told_put(void *context, const struct record *record)
{
    struct told *told = context;
    enum record_kind kind = (enum record_kind)record->kind;
    told->count++;
    say(told, "%lld n%u %s", (long long)record->t_ns, record->node + 1, record_name(kind));
    if (kind == RECORD_SEND || kind == RECORD_RECV || kind == RECORD_DROP)
        say(told, " %llu n%u", (unsigned long long)record->number, record->peer + 1);
    if (record->worker)
        say(told, " w%llu", (unsigned long long)record->worker);
    if (record->request)
        say(told, " r%llu", (unsigned long long)record->request);
    if (text_size(&record->id))
        say(told, " %.*s", (int)text_size(&record->id), text_bytes(&record->id));
    if (kind == RECORD_DROP)
        say(told, " %s", drop_name((enum drop_why)record->code));
    if (kind == RECORD_FAIL)
        say(told, " %s", outcome_name((enum outcome)record->code));
    say(told, "\n");
}

void told_expect(struct told *told, const char *log)
{
    bool same = strcmp(told->log, log) == 0;
    if (!same)
        printf("\n--- expected\n%s--- told\n%s", log, told->log);
    CU_ASSERT_TRUE(same);
    told_forget(told);
}

void told_forget(struct told *told)
{
    told->size = 0;
    told->count = 0;
    told->log[0] = '\0';
}

struct record told_plain(int64_t t_ns, enum record_kind kind, node_id node)
{
    struct record record = record_of(kind);
    record.t_ns = record.clock_ns = t_ns;
    record.node = node;
    return record;
}

struct record told_up(int64_t t_ns, node_id node, uint32_t incarnation)
{
    struct record record = told_plain(t_ns, RECORD_UP, node);
    record.epoch = incarnation;
    return record;
}

static struct record told_way(int64_t t_ns, enum record_kind kind, node_id node, node_id peer,
                              uint64_t number)
{
    struct record record = told_plain(t_ns, kind, node);
    record.peer = peer;
    record.number = number;
    record.message = MESSAGE_HEARTBEAT;
    return record;
}

struct record told_send(int64_t t_ns, node_id from, node_id to, uint64_t number)
{
    return told_way(t_ns, RECORD_SEND, from, to, number);
}

struct record told_recv(int64_t t_ns, node_id from, node_id to, uint64_t number)
{
    return told_way(t_ns, RECORD_RECV, to, from, number);
}

struct record told_drop(int64_t t_ns, node_id from, node_id to, uint64_t number, enum drop_why why)
{
    struct record record = told_way(t_ns, RECORD_DROP, from, to, number);
    record.code = (uint8_t)why;
    return record;
}

struct record told_worker(int64_t t_ns, enum record_kind kind, node_id node, uint64_t worker,
                          const char *id)
{
    struct record record = told_plain(t_ns, kind, node);
    record.worker = worker;
    record.id = text_borrow(id, strlen(id));
    return record;
}

struct record told_request(int64_t t_ns, enum record_kind kind, node_id node, uint64_t request,
                           const char *id)
{
    struct record record = told_plain(t_ns, kind, node);
    record.request = request;
    record.id = text_borrow(id, strlen(id));
    return record;
}
