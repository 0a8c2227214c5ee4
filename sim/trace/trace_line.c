#include "trace/trace_line.h"

#include "node/id.h"

#include <stdarg.h>

enum trace_step trace_line_wrong(struct trace_file *file, const char *format, ...)
{
    va_list arguments;
    if (*file->why)
        return TRACE_IS_WRONG;
    va_start(arguments, format);
    vsnprintf(file->why, sizeof file->why, format, arguments);
    va_end(arguments);
    return TRACE_IS_WRONG;
}

enum trace_step trace_line_unread(struct trace_file *file, const char *why)
{
    snprintf(file->why, sizeof file->why, "%s", why);
    return TRACE_UNREAD;
}

const struct json_value *trace_line_field(struct trace_file *file, const char *key)
{
    return json_member(&file->json, file->json.values, key);
}

void trace_line_lacks(struct trace_file *file, const char *key)
{
    trace_line_wrong(file, trace_line_field(file, key) ? "its '%s' is not valid" : "it has no '%s'",
                     key);
}

uint64_t trace_line_number(struct trace_file *file, const char *key, uint64_t most)
{
    uint64_t value = 0;
    if (!json_number(trace_line_field(file, key), &value) || value > most) {
        trace_line_lacks(file, key);
        return 0;
    }
    return value;
}

uint64_t trace_line_identity(struct trace_file *file, const char *key)
{
    uint64_t value = trace_line_number(file, key, UINT64_MAX);
    if (!value)
        trace_line_lacks(file, key);
    return value;
}

int64_t trace_line_time(struct trace_file *file, const char *key)
{
    int64_t value = 0;
    if (!json_signed(trace_line_field(file, key), &value) || value > TIME_NEVER ||
        value < -TIME_NEVER) {
        trace_line_lacks(file, key);
        return 0;
    }
    return value;
}

uint32_t trace_line_node_at(const struct trace_file *file, const char *bytes, uint32_t size,
                            node_id *node)
{
    uint32_t at = 1;
    uint64_t name = 0;
    if (!size || *bytes != 'n')
        return 0;
    while (at < size && at < 8 && bytes[at] >= '0' && bytes[at] <= '9')
        name = name * 10 + (uint64_t)(bytes[at++] - '0');
    *node = (node_id)(name - 1);
    return name && name <= file->head.nodes ? at : 0;
}

node_id trace_line_node_in(struct trace_file *file, const struct json_value *value)
{
    node_id node = 0;
    bool is = value && value->kind == JSON_STRING && value->size &&
              trace_line_node_at(file, value->bytes, value->size, &node) == value->size;
    if (!is)
        trace_line_wrong(file, "it names no node of its %u", file->head.nodes);
    return is ? node : 0;
}

node_id trace_line_node(struct trace_file *file, const char *key)
{
    const struct json_value *value = trace_line_field(file, key);
    if (!value)
        trace_line_lacks(file, key);
    return trace_line_node_in(file, value);
}

struct text trace_line_text(struct trace_file *file, const char *key)
{
    struct text text = {{{0}}};
    if (!json_text(trace_line_field(file, key), &text))
        trace_line_lacks(file, key);
    return text;
}

struct text trace_line_id(struct trace_file *file)
{
    struct text id = trace_line_text(file, "id");
    if (!id_valid(text_bytes(&id), text_size(&id)))
        trace_line_lacks(file, "id");
    return id;
}

uint8_t trace_line_name(struct trace_file *file, const char *key, const char *(*name)(unsigned),
                        unsigned count)
{
    const struct json_value *value = trace_line_field(file, key);
    for (unsigned i = 0; i < count; i++)
        if (json_is(value, name(i)))
            return (uint8_t)i;
    trace_line_lacks(file, key);
    return 0;
}

struct token trace_line_token(struct trace_file *file)
{
    uint64_t epoch = 0;
    struct token token = {0, 0};
    const struct json_value *pair = trace_line_field(file, "token"), *first = json_first(pair);
    if (!pair || pair->kind != JSON_ARRAY || pair->size != 2 || !json_number(first, &epoch) ||
        epoch > UINT32_MAX || !json_number(json_next(&file->json, pair, first), &token.counter))
        trace_line_lacks(file, "token");
    token.epoch = (uint32_t)epoch;
    return token;
}

bool trace_line_is_true(struct trace_file *file, const char *key)
{
    const struct json_value *value = trace_line_field(file, key);
    if (!value || (value->kind != JSON_TRUE && value->kind != JSON_FALSE))
        trace_line_lacks(file, key);
    return value && value->kind == JSON_TRUE;
}
