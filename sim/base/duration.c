/* Durations as people read them; see trace/text.h. */
#include "trace/timeline.h"

#include <inttypes.h>

struct unit {
    uint64_t ns;
    const char *name;
};

static const struct unit units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};

static uint64_t magnitude(int64_t ns)
{
    return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

/* The fraction `rest` of `unit` with its point, without zeros at its end: ".234567" or "". */
static void put_fraction(char *text, uint64_t rest, uint64_t unit)
{
    size_t size = 0;
    if (rest)
        text[size++] = '.';
    while (rest) {
        rest *= 10;
        text[size++] = (char)('0' + rest / unit);
        rest %= unit;
    }
    text[size] = '\0';
}

struct duration_text duration_text(int64_t ns)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns), minutes = value / (60 * units[0].ns);
    const char *sign = ns < 0 ? "-" : "";
    char fraction[16];
    if (minutes)
        value %= 60 * units[0].ns;
    const struct unit *unit = units;
    while (!minutes && unit->ns > 1 && value < unit->ns)
        unit++;
    put_fraction(fraction, value % unit->ns, unit->ns);
    if (minutes && !value)
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "m", sign, minutes);
    else if (minutes)
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "m%" PRIu64 "%ss", sign, minutes,
                 value / unit->ns, fraction);
    else
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "%s%s", sign, value / unit->ns,
                 fraction, unit->name);
    return duration;
}

/* Rounded to tenths of `unit`, the half upwards. */
static uint64_t tenths_of(uint64_t value, uint64_t unit)
{
    uint64_t tenth = unit / 10;
    return value / tenth + (value % tenth >= tenth / 2);
}

struct duration_text duration_text_short(int64_t ns)
{
    struct duration_text duration;
    uint64_t value = magnitude(ns);
    const char *sign = ns < 0 ? "-" : "";
    if (value < 1000 || tenths_of(value, units[0].ns) >= 600) {
        bool whole = value >= 1000;
        return duration_text(whole ? (ns + (ns < 0 ? -1 : 1) * 500000000) / 1000000000 * 1000000000
                                   : ns);
    }
    const struct unit *unit = units + 2; /* us, or as much larger as keeps it below 1000 */
    while (unit > units && tenths_of(value, unit->ns) >= 9995)
        unit--;
    uint64_t tenths = tenths_of(value, unit->ns);
    if (tenths < 1000)
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 ".%" PRIu64 "%s", sign,
                 tenths / 10, tenths % 10, unit->name);
    else
        snprintf(duration.text, sizeof duration.text, "%s%" PRIu64 "%s", sign, (tenths + 5) / 10,
                 unit->name);
    return duration;
}
