#include "trace/writer.h"

#include "base/number.h"
#include "base/utf8.h"

static const char hex[] = "0123456789abcdef";

void writer_flush(struct writer *writer)
{
    fwrite(writer->bytes, 1, writer->used, writer->out);
    writer->used = 0;
}

void writer_put_long(struct writer *writer, const char *bytes, size_t size)
{
    writer_flush(writer);
    if (size > WRITER_ROOM)
        fwrite(bytes, 1, size, writer->out);
    else
        writer_put(writer, bytes, size);
}

void writer_number(struct writer *writer, uint64_t number)
{
    char digits[NUMBER_DIGITS];
    size_t at = number_digits(digits, number);
    writer_put(writer, digits + at, sizeof digits - at);
}

void writer_signed(struct writer *writer, int64_t number)
{
    if (number < 0)
        WRITER_PUT(writer, "-");
    writer_number(writer, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void writer_node(struct writer *writer, node_id node)
{
    WRITER_PUT(writer, "n");
    writer_number(writer, (uint64_t)node + 1);
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

static void json_escape(struct writer *writer, uint32_t code)
{
    if (code == '"' || code == '\\') {
        char escape[] = {'\\', (char)code};
        writer_put(writer, escape, sizeof escape);
    } else {
        char escape[] = {
            '\\',          'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15],
            hex[code & 15]};
        writer_put(writer, escape, sizeof escape);
    }
}

void writer_json(struct writer *writer, const char *bytes, size_t size)
{
    WRITER_PUT(writer, "\"");
    for (size_t at = 0; at < size;) {
        size_t run = plain(bytes + at, size - at);
        writer_put(writer, bytes + at, run);
        at += run;
        if (at == size)
            break;
        uint32_t code;
        size_t step = utf8_next(bytes + at, size - at, &code);
        if (step == 0)
            WRITER_PUT(writer, UTF8_WRONG);
        else if (code == '"' || code == '\\' || utf8_is_control(code))
            json_escape(writer, code);
        else
            writer_put(writer, bytes + at, step);
        at += step ? step : 1;
    }
    WRITER_PUT(writer, "\"");
}

/* ---- for people ----------------------------------------------------------------------------- */

static void show_byte(struct writer *writer, char byte)
{
    unsigned char value = (unsigned char)byte;
    char escape[] = {'\\', 'x', hex[value >> 4], hex[value & 15]};
    writer_put(writer, escape, sizeof escape);
}

void writer_shown(struct writer *writer, const char *bytes, size_t size, size_t most)
{
    size_t at = 0;
    while (at < size && at < most) {
        uint32_t code;
        size_t step = utf8_next(bytes + at, size - at, &code);
        if (step && !utf8_is_control(code)) {
            writer_put(writer, bytes + at, step);
            at += step;
            continue;
        }
        for (size_t end = at + (step ? step : 1); at < end; at++)
            show_byte(writer, bytes[at]);
    }
    if (at < size)
        WRITER_PUT(writer, UTF8_ELLIPSIS);
}
