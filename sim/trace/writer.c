#include "trace/writer.h"

#include "base/utf8.h"

static const char hex[] = "0123456789abcdef";

void line_flush(struct line *line)
{
    fwrite(line->bytes, 1, line->used, line->out);
    line->used = 0;
}

void line_put_long(struct line *line, const char *bytes, size_t size)
{
    line_flush(line);
    if (size > LINE_ROOM)
        fwrite(bytes, 1, size, line->out);
    else
        line_put(line, bytes, size);
}

void line_words(struct line *line, const char *words)
{
    line_put(line, words, strlen(words));
}

void line_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    line_put(line, digits + at, sizeof digits - at);
}

void line_signed(struct line *line, int64_t number)
{
    if (number < 0)
        LINE_PUT(line, "-");
    line_number(line, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void line_node(struct line *line, node_id node)
{
    LINE_PUT(line, "n");
    line_number(line, (uint64_t)node + 1);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* Bytes from the start that a JSON string has as they are: most strings are nothing else. */
static size_t plain(const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && bytes[at] >= ' ' && bytes[at] <= '~' && bytes[at] != '"' &&
           bytes[at] != '\\')
        at++;
    return at;
}

static void json_escape(struct line *line, uint32_t code)
{
    if (code == '"' || code == '\\') {
        char escape[] = {'\\', (char)code};
        line_put(line, escape, sizeof escape);
    } else {
        char escape[] = {
            '\\',          'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15],
            hex[code & 15]};
        line_put(line, escape, sizeof escape);
    }
}

void line_json(struct line *line, const char *bytes, size_t size)
{
    LINE_PUT(line, "\"");
    for (size_t at = 0; at < size;) {
        size_t run = plain(bytes + at, size - at);
        line_put(line, bytes + at, run);
        at += run;
        if (at == size)
            break;
        uint32_t code;
        size_t step = utf8_next(bytes + at, size - at, &code);
        if (step == 0)
            LINE_PUT(line, "\xef\xbf\xbd");
        else if (code == '"' || code == '\\' || utf8_is_control(code))
            json_escape(line, code);
        else
            line_put(line, bytes + at, step);
        at += step ? step : 1;
    }
    LINE_PUT(line, "\"");
}

/* ---- people -------------------------------------------------------------------------------- */

static void show_byte(struct line *line, char byte)
{
    unsigned char value = (unsigned char)byte;
    char escape[] = {'\\', 'x', hex[value >> 4], hex[value & 15]};
    line_put(line, escape, sizeof escape);
}

void line_shown(struct line *line, const char *bytes, size_t size, size_t most)
{
    size_t at = 0;
    while (at < size && at < most) {
        uint32_t code;
        size_t step = utf8_next(bytes + at, size - at, &code);
        if (step && !utf8_is_control(code)) {
            line_put(line, bytes + at, step);
            at += step;
            continue;
        }
        for (size_t end = at + (step ? step : 1); at < end; at++)
            show_byte(line, bytes[at]);
    }
    if (at < size)
        LINE_PUT(line, "…");
}
