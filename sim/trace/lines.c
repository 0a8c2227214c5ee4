#include "trace/lines.h"

#include "base/duration.h"
#include "base/number.h"

/* Digits before the point, so that a run of some minutes stays aligned. */
#define SECONDS_WIDTH 3u

/* Of xterm's 256, in middle tones that can be read on black and on white; no red among them. */
static const char *const palette[] = {"33", "35", "172", "134", "37", "100", "69", "137"};

#define COLOUR_END "\033[0m"

static uint32_t digits_of(uint64_t number)
{
    uint32_t digits = 1;
    while (number /= 10)
        digits++;
    return digits;
}

static void put_blanks(struct writer *writer, uint32_t count)
{
    while (count--)
        WRITER_PUT(writer, " ");
}

/* 1.000s, or to the microsecond where that says more; the trace has the nanoseconds. */
static void put_time(struct lines *lines, int64_t t_ns)
{
    uint64_t seconds = (uint64_t)t_ns / NS_PER_S, rest = (uint64_t)t_ns % NS_PER_S;
    uint32_t decimals = rest % 1000000 < 1000 ? 3 : 6;
    char fraction[9];
    for (uint32_t i = sizeof fraction; i-- > 0; rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    lines->decimals = max_u32(lines->decimals, decimals);
    put_blanks(&lines->writer, SECONDS_WIDTH - min_u32(digits_of(seconds), SECONDS_WIDTH));
    writer_number(&lines->writer, seconds);
    WRITER_PUT(&lines->writer, ".");
    writer_put(&lines->writer, fraction, decimals);
    WRITER_PUT(&lines->writer, "s");
    put_blanks(&lines->writer, lines->decimals - decimals + 2);
}

static void put_colour(struct lines *lines, enum tone tone, node_id node)
{
    struct writer *writer = &lines->writer;
    if (!lines->colour)
        return;
    if (tone == TONE_NODE && node != NODE_NONE) {
        WRITER_PUT(writer, "\033[38;5;");
        writer_string(writer, palette[node % (sizeof palette / sizeof *palette)]);
        WRITER_PUT(writer, "m");
    } else if (tone == TONE_GOOD) {
        WRITER_PUT(writer, "\033[32m");
    } else if (tone != TONE_NODE) {
        writer_string(writer, tone == TONE_BAD ? "\033[31m" : "\033[1m");
    }
}

struct writer *lines_begin(struct lines *lines, int64_t t_ns, node_id node, enum tone tone)
{
    struct writer *writer = &lines->writer;
    put_time(lines, t_ns);
    put_colour(lines, tone, node);
    if (node == NODE_NONE) {
        WRITER_PUT(writer, "--");
        put_blanks(writer, lines->name_width);
    } else {
        writer_node(writer, node);
        put_blanks(writer, lines->name_width + 1 - digits_of((uint64_t)node + 1));
    }
    return writer;
}

void lines_end(struct lines *lines)
{
    if (lines->colour)
        WRITER_PUT(&lines->writer, COLOUR_END);
    WRITER_PUT(&lines->writer, "\n");
    lines->count++;
}

void lines_remark(struct lines *lines, const char *text)
{
    put_blanks(&lines->writer, SECONDS_WIDTH + lines->decimals + lines->name_width + 6);
    writer_string(&lines->writer, text);
    lines_end(lines);
}

void lines_init(struct lines *lines, FILE *out, uint32_t nodes, bool colour)
{
    lines->count = 0;
    lines->colour = colour;
    lines->name_width = 1 + digits_of(nodes);
    lines->decimals = 3;
    writer_init(&lines->writer, out);
}
