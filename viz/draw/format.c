#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

void format_count(char *text, size_t size, uint64_t count)
{
    static const char units[] = "kMGTPE";
    if (count < 10000) {
        snprintf(text, size, "%" PRIu64, count);
        return;
    }
    size_t unit = 0;
    uint64_t thousandth = count; /* of the unit */
    for (; thousandth >= 1000000; unit++)
        thousandth /= 1000;
    uint64_t whole = thousandth / 1000;
    if (whole >= 100)
        snprintf(text, size, "%" PRIu64 "%c", whole, units[unit]);
    else if (whole >= 10)
        snprintf(text, size, "%" PRIu64 ".%" PRIu64 "%c", whole, thousandth / 100 % 10,
                 units[unit]);
    else
        snprintf(text, size, "%" PRIu64 ".%02" PRIu64 "%c", whole, thousandth / 10 % 100,
                 units[unit]);
}

/* ns / unit with as many decimals as make three digits, trailing zeros left out. */
static void format_decimal(char *text, size_t size, int64_t ns, int64_t unit, const char *name)
{
    int64_t whole = ns / unit;
    int digits = whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    int64_t scale = digits == 0 ? 1 : digits == 1 ? 10 : 100;
    int64_t part = ns % unit * scale / unit;
    for (; digits && part % 10 == 0; digits--)
        part /= 10;
    if (digits)
        snprintf(text, size, "%" PRId64 ".%0*" PRId64 " %s", whole, digits, part, name);
    else
        snprintf(text, size, "%" PRId64 " %s", whole, name);
}

void format_duration(char *text, size_t size, int64_t ns)
{
    if (ns < NS_PER_US)
        snprintf(text, size, "%" PRId64 " ns", ns);
    else if (ns < NS_PER_MS)
        format_decimal(text, size, ns, NS_PER_US, "us");
    else if (ns < NS_PER_S)
        format_decimal(text, size, ns, NS_PER_MS, "ms");
    else if (ns < 100 * NS_PER_S)
        format_decimal(text, size, ns, NS_PER_S, "s");
    else
        snprintf(text, size, "%" PRId64 " m %" PRId64 " s", ns / (60 * NS_PER_S),
                 ns / NS_PER_S % 60);
}

void format_time(char *text, size_t size, int64_t ns, int64_t step_ns)
{
    const char *sign = ns < 0 ? "-" : "";
    int64_t t = ns < 0 ? -ns : ns;
    int64_t s = t / NS_PER_S;
    int ms = (int)(t / NS_PER_MS % 1000);
    int us = (int)(t / NS_PER_US % 1000);
    int rest = (int)(t % 1000);
    if (step_ns >= NS_PER_S)
        snprintf(text, size, "%s%" PRId64 " s", sign, s);
    else if (step_ns >= 100 * NS_PER_MS)
        snprintf(text, size, "%s%" PRId64 ".%d s", sign, s, ms / 100);
    else if (step_ns >= 10 * NS_PER_MS)
        snprintf(text, size, "%s%" PRId64 ".%02d s", sign, s, ms / 10);
    else if (step_ns >= NS_PER_MS)
        snprintf(text, size, "%s%" PRId64 ".%03d s", sign, s, ms);
    else if (step_ns >= NS_PER_US)
        snprintf(text, size, "%s%" PRId64 ".%03d %03d s", sign, s, ms, us);
    else
        snprintf(text, size, "%s%" PRId64 ".%03d %03d %03d s", sign, s, ms, us, rest);
}

void format_speed(char *text, size_t size, int64_t speed)
{
    if (speed >= SPEED_UNIT && speed % SPEED_UNIT == 0)
        snprintf(text, size, "%" PRId64 "x", speed / SPEED_UNIT);
    else if (speed > 0 && SPEED_UNIT % speed == 0)
        snprintf(text, size, "1/%" PRId64 "x", SPEED_UNIT / speed);
    else
        snprintf(text, size, "%" PRId64 ".%02" PRId64 "x", speed / SPEED_UNIT,
                 speed % SPEED_UNIT * 100 / SPEED_UNIT);
}

void format_node(char *text, size_t size, node_id node)
{
    if (node == NODE_NONE)
        snprintf(text, size, "none");
    else
        snprintf(text, size, "n%" PRIu32, node + 1);
}

const char *format_state(enum node_state state)
{
    static const char *const names[] = {
        [NODE_UNKNOWN] = "not seen yet",
        [NODE_UP] = "up",
        [NODE_FROZEN] = "frozen",
        [NODE_LEFT] = "left",
        [NODE_DOWN] = "down",
    };
    return names[state];
}

const char *format_mark(enum mark_kind kind)
{
    static const char *const names[] = {
        [MARK_FAULT] = "fault",
        [MARK_HELD] = "expectation held",
        [MARK_NOT_HELD] = "expectation failed",
        [MARK_VIOLATION] = "violation",
        [MARK_DUPLICATE] = "second live worker",
    };
    return names[kind];
}

void format_members(char *text, size_t size, const struct model *model,
                    const struct view_change *view, uint32_t most)
{
    size_t used = 0;
    uint32_t parts = 0;
    text[0] = '\0';
    for (node_id node = 0; node < model->nodes && used < size; node++) {
        if (!picture_view_has(model, view, node))
            continue;
        node_id last = node;
        while (last + 1 < model->nodes && picture_view_has(model, view, last + 1))
            last++;
        if (parts++ == most) {
            snprintf(text + used, size - used, " \xe2\x80\xa6");
            return;
        }
        const char *blank = used ? " " : "";
        int made = last > node + 1 ? snprintf(text + used, size - used, "%sn%" PRIu32 "..n%" PRIu32,
                                              blank, node + 1, last + 1)
                   : last > node
                       ? snprintf(text + used, size - used, "%sn%" PRIu32 " n%" PRIu32, blank,
                                  node + 1, last + 1)
                       : snprintf(text + used, size - used, "%sn%" PRIu32, blank, node + 1);
        used += made > 0 ? (size_t)made : 0;
        node = last;
    }
    if (!parts)
        snprintf(text, size, "nobody");
}
