#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE (60 * (uint64_t)NS_PER_S)

struct unit {
    uint64_t ns;
    const char *name;
};

static const struct unit units[] = {
    {NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};

static uint64_t magnitude(int64_t ns)
{
    return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

static const char *sign(int64_t ns)
{
    return ns < 0 ? "-" : "";
}

/* The largest unit that leaves a whole part; of zero the smallest. */
static const struct unit *unit_of(uint64_t value)
{
    const struct unit *unit = units;
    while (unit->ns > 1 && value < unit->ns)
        unit++;
    return unit;
}

struct fraction {
    char text[12]; /* ".234567891" */
};

/* `rest` / `unit` with its point, up to `most` digits, without zeros at its end; or "". */
static struct fraction fraction(uint64_t rest, uint64_t unit, int most)
{
    struct fraction result = {""};
    size_t end = 0;
    for (int digits = 0; rest && digits < most; digits++) {
        rest *= 10;
        result.text[digits + 1] = (char)('0' + rest / unit);
        if (rest / unit)
            end = (size_t)digits + 2;
        rest %= unit;
    }
    result.text[0] = end ? '.' : '\0';
    result.text[end] = '\0';
    return result;
}

static struct duration_text in_unit(int64_t ns, const struct unit *unit)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns);
    snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "%s%s", sign(ns), value / unit->ns,
             fraction(value % unit->ns, unit->ns, 9).text, unit->name);
    return duration;
}

struct duration_text duration_exact(int64_t ns)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns), minutes = value / MINUTE, rest = value % MINUTE;
    if (!minutes)
        return in_unit(ns, unit_of(value));
    snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "m%" PRIu64 "%ss", sign(ns), minutes,
             rest / units[0].ns, fraction(rest % units[0].ns, units[0].ns, 9).text);
    return duration;
}

struct duration_text duration_plain(int64_t ns)
{
    return in_unit(ns, ns ? unit_of(magnitude(ns)) : &units[1]);
}

/* Rounded to tenths of `unit`, the half upwards. */
static uint64_t tenths_of(uint64_t value, uint64_t unit)
{
    uint64_t tenth = unit / 10;
    return value / tenth + (value % tenth >= tenth / 2);
}

struct duration_text duration_short(int64_t ns)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns);
    if (value < 1000)
        return duration_exact(ns);
    if (tenths_of(value, units[0].ns) >= 600)
        return duration_exact((ns + (ns < 0 ? -1 : 1) * NS_PER_S / 2) / NS_PER_S * NS_PER_S);
    const struct unit *unit = units + 2; /* us, or as much larger as keeps it below 1000 */
    while (unit > units && tenths_of(value, unit->ns) >= 9995)
        unit--;
    uint64_t tenths = tenths_of(value, unit->ns);
    if (tenths < 1000)
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 ".%" PRIu64 "%s", sign(ns),
                 tenths / 10, tenths % 10, unit->name);
    else
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "%s", sign(ns),
                 (tenths + 5) / 10, unit->name);
    return duration;
}

struct duration_text duration_rounded(int64_t ns)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns);
    const struct unit *unit = unit_of(value);
    uint64_t whole = value / unit->ns;
    int digits = whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    if (value >= 100 * units[0].ns)
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 " m %" PRIu64 " s", sign(ns),
                 value / MINUTE, value % MINUTE / units[0].ns);
    else
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "%s %s", sign(ns), whole,
                 fraction(value % unit->ns, unit->ns, digits).text, unit->name);
    return duration;
}
