#include "node/record.h"

const char *record_name(enum record_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        RECORDS(X)
#undef X
    };
    return names[kind];
}

enum record_family record_family(enum record_kind kind)
{
    switch (kind) {
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_FROZEN:
    case RECORD_THAWED:
    case RECORD_VIEW:
        return RECORD_OF_NODE;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        return RECORD_OF_MESSAGE;
    case RECORD_REQUEST:
    case RECORD_ROUTE:
    case RECORD_SERVE:
    case RECORD_REPLY:
    case RECORD_FAIL:
    case RECORD_HANDED:
        return RECORD_OF_REQUEST;
    case RECORD_START:
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        return RECORD_OF_WORKER;
    case RECORD_LEASE:
        return RECORD_OF_LEASE;
    case RECORD_FAULT:
    case RECORD_SET:
        return RECORD_OF_FAULT;
    case RECORD_EXPECT:
    case RECORD_VIOLATION:
    case RECORD_DUPLICATE:
    case RECORD_KINDS:
        break;
    }
    return RECORD_OF_JUDGEMENT;
}

const char *drop_name(enum drop_why why)
{
    static const char *const names[] = {
#define X(name, text) text,
        DROPS(X)
#undef X
    };
    return names[why];
}

const char *route_why_name(enum route_why why)
{
    static const char *const names[] = {
#define X(name, text) text,
        WHYS(X)
#undef X
    };
    return names[why];
}

const char *lease_how_name(enum lease_how how)
{
    static const char *const names[] = {
#define X(name, text) text,
        LEASE_HOWS(X)
#undef X
    };
    return names[how];
}

bool record_view_has(const struct record *view, node_id node)
{
    uint32_t byte = node / 8;
    if (byte >= text_size(&view->value))
        return false;
    return (unsigned char)text_bytes(&view->value)[byte] >> (node % 8) & 1;
}
