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
