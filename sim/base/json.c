#include "base/json.h"

#include "base/memory.h"
#include "base/utf8.h"

#define NO_PARENT UINT32_MAX

/* What may come next. */
enum wanted { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, WANT_COMMA, WANT_NOTHING };

/* An array or object that is open has its parent in `next`. */
struct json_parser {
    struct json *json;
    char *text;
    size_t size;
    size_t at;
    uint32_t open; /* the innermost one */
    enum wanted wanted;
};

static bool is_at(const struct json_parser *parser, char c)
{
    return parser->at < parser->size && parser->text[parser->at] == c;
}

static bool skip(struct json_parser *parser, char c)
{
    bool is = is_at(parser, c);
    parser->at += is;
    return is;
}

static void skip_blanks(struct json_parser *parser)
{
    while (is_at(parser, ' ') || is_at(parser, '\t') || is_at(parser, '\n') || is_at(parser, '\r'))
        parser->at++;
}

static enum error add(struct json_parser *parser, struct json_value value)
{
    struct json *json = parser->json;
    if (memory_reserve((void **)&json->values, &json->capacity, json->count + 1,
                       sizeof *json->values))
        return ERROR_MEMORY;
    if (parser->open != NO_PARENT)
        json->values[parser->open].size++;
    json->values[json->count++] = value;
    if (value.kind < JSON_ARRAY)
        json->values[json->count - 1].next = (uint32_t)json->count;
    return OK;
}

/* ---- strings ------------------------------------------------------------------------------- */

/* Four hexadecimal digits. */
static bool take_unit(struct json_parser *parser, uint32_t *unit)
{
    *unit = 0;
    for (uint32_t i = 0; i < 4; i++) {
        if (parser->at == parser->size)
            return false;
        char c = parser->text[parser->at];
        char small = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *unit = *unit << 4 | (uint32_t)(c - '0');
        else if (small >= 'a' && small <= 'f')
            *unit = *unit << 4 | (uint32_t)(small - 'a' + 10);
        else
            return false;
        parser->at++;
    }
    return true;
}

static size_t put_utf8(char *to, uint32_t code)
{
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(heads[size] | code);
    return size;
}

/* Behind "\u". A character beyond 16 bits is two units (RFC 8259, 7). */
static bool take_code(struct json_parser *parser, char **to)
{
    uint32_t code, low;
    if (!take_unit(parser, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        if (!skip(parser, '\\') || !skip(parser, 'u') || !take_unit(parser, &low) || low < 0xdc00 ||
            low > 0xdfff)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return false;
    }
    *to += put_utf8(*to, code);
    return true;
}

/* Behind the backslash. */
static bool take_escape(struct json_parser *parser, char **to)
{
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found = parser->at < parser->size && parser->text[parser->at]
                            ? strchr(escapes, parser->text[parser->at])
                            : NULL;
    if (skip(parser, 'u'))
        return take_code(parser, to);
    if (!found)
        return false;
    parser->at++;
    *(*to)++ = meant[found - escapes];
    return true;
}

/* Decodes it where it stands: it becomes no longer. */
static enum error take_string(struct json_parser *parser)
{
    char *begin = parser->text + parser->at + 1, *to = begin;
    if (!skip(parser, '"'))
        return ERROR_TEXT;
    while (!is_at(parser, '"')) {
        uint32_t code;
        if (skip(parser, '\\')) {
            if (!take_escape(parser, &to))
                return ERROR_TEXT;
            continue;
        }
        const char *from = parser->text + parser->at;
        size_t left = parser->size - parser->at, size = left ? utf8_next(from, left, &code) : 0;
        if (!size || code < 0x20)
            return ERROR_TEXT;
        memmove(to, from, size);
        to += size;
        parser->at += size;
    }
    parser->at++;
    return add(parser, (struct json_value){
                           .kind = JSON_STRING, .bytes = begin, .size = (uint32_t)(to - begin)});
}

/* ---- numbers and words --------------------------------------------------------------------- */

static bool take_digits(struct json_parser *parser)
{
    size_t begin = parser->at;
    while (parser->at < parser->size && parser->text[parser->at] >= '0' &&
           parser->text[parser->at] <= '9')
        parser->at++;
    return parser->at > begin;
}

static enum error take_number(struct json_parser *parser)
{
    size_t begin = parser->at;
    skip(parser, '-');
    if (!skip(parser, '0') && !take_digits(parser))
        return ERROR_TEXT;
    if (skip(parser, '.') && !take_digits(parser))
        return ERROR_TEXT;
    if (skip(parser, 'e') || skip(parser, 'E')) {
        if (!skip(parser, '-'))
            skip(parser, '+');
        if (!take_digits(parser))
            return ERROR_TEXT;
    }
    return add(parser, (struct json_value){.kind = JSON_NUMBER,
                                           .bytes = parser->text + begin,
                                           .size = (uint32_t)(parser->at - begin)});
}

static enum error take_word(struct json_parser *parser)
{
    static const char *const words[] = {
        [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
    for (enum json_kind kind = JSON_NULL; kind <= JSON_TRUE; kind++) {
        size_t size = strlen(words[kind]);
        if (parser->size - parser->at < size ||
            memcmp(parser->text + parser->at, words[kind], size) != 0)
            continue;
        parser->at += size;
        return add(parser, (struct json_value){.kind = kind});
    }
    return ERROR_TEXT;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static enum error begin_parent(struct json_parser *parser, enum json_kind kind)
{
    uint32_t parent = parser->open;
    parser->at++;
    if (add(parser, (struct json_value){.kind = kind, .next = parent}))
        return ERROR_MEMORY;
    parser->open = (uint32_t)parser->json->count - 1;
    parser->wanted = kind == JSON_OBJECT ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return OK;
}

static void end_value(struct json_parser *parser)
{
    parser->wanted = parser->open == NO_PARENT ? WANT_NOTHING : WANT_COMMA;
}

static enum error end_parent(struct json_parser *parser)
{
    struct json_value *ended = &parser->json->values[parser->open];
    if (!skip(parser, ended->kind == JSON_OBJECT ? '}' : ']'))
        return ERROR_TEXT;
    parser->open = ended->next;
    ended->next = (uint32_t)parser->json->count;
    end_value(parser);
    return OK;
}

static enum error take_value(struct json_parser *parser)
{
    enum error error;
    if (is_at(parser, '{'))
        return begin_parent(parser, JSON_OBJECT);
    if (is_at(parser, '['))
        return begin_parent(parser, JSON_ARRAY);
    if (is_at(parser, '"'))
        error = take_string(parser);
    else if (is_at(parser, 't') || is_at(parser, 'f') || is_at(parser, 'n'))
        error = take_word(parser);
    else
        error = take_number(parser);
    end_value(parser);
    return error;
}

static enum error take_key(struct json_parser *parser)
{
    enum error error = take_string(parser);
    if (error)
        return error;
    skip_blanks(parser);
    parser->wanted = WANT_VALUE;
    return skip(parser, ':') ? OK : ERROR_TEXT;
}

static enum error take_comma(struct json_parser *parser)
{
    if (!skip(parser, ','))
        return end_parent(parser);
    bool in_object = parser->json->values[parser->open].kind == JSON_OBJECT;
    parser->wanted = in_object ? WANT_KEY : WANT_VALUE;
    return OK;
}

static enum error take_next(struct json_parser *parser)
{
    switch (parser->wanted) {
    case WANT_VALUE_OR_END:
        return is_at(parser, ']') ? end_parent(parser) : take_value(parser);
    case WANT_KEY_OR_END:
        return is_at(parser, '}') ? end_parent(parser) : take_key(parser);
    case WANT_VALUE:
        return take_value(parser);
    case WANT_KEY:
        return take_key(parser);
    case WANT_COMMA:
        return take_comma(parser);
    case WANT_NOTHING:
        break;
    }
    return ERROR_TEXT; /* something stands behind the value */
}

enum error json_parse(struct json *json, char *text, size_t size, size_t *at)
{
    struct json_parser parser = {.json = json, .text = text, .size = size, .open = NO_PARENT};
    enum error error = size > JSON_TEXT_MAX ? ERROR_TEXT : OK;
    json->count = 0;
    skip_blanks(&parser);
    while (!error && (parser.wanted != WANT_NOTHING || parser.at < size)) {
        error = take_next(&parser);
        if (!error)
            skip_blanks(&parser);
    }
    *at = parser.at;
    return error;
}

void json_close(struct json *json)
{
    memory_free(json->values);
    *json = (struct json){0};
}

/* ---- what is asked for --------------------------------------------------------------------- */

const struct json_value *json_first(const struct json_value *parent)
{
    return parent && parent->kind >= JSON_ARRAY && parent->size ? parent + 1 : NULL;
}

const struct json_value *json_next(const struct json *json, const struct json_value *parent,
                                   const struct json_value *value)
{
    return value->next < parent->next ? &json->values[value->next] : NULL;
}

const struct json_value *json_member(const struct json *json, const struct json_value *object,
                                     const char *key)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    const struct json_value *name = json_first(object);
    while (name) {
        const struct json_value *value = json_next(json, object, name);
        if (json_is(name, key))
            return value;
        name = json_next(json, object, value);
    }
    return NULL;
}

bool json_number(const struct json_value *value, uint64_t *number)
{
    if (!value || value->kind != JSON_NUMBER)
        return false;
    *number = 0;
    for (uint32_t i = 0; i < value->size; i++) {
        uint64_t digit = (uint64_t)(value->bytes[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, digit, number))
            return false;
    }
    return true;
}

bool json_signed(const struct json_value *value, int64_t *number)
{
    uint64_t amount;
    if (!value || value->kind != JSON_NUMBER)
        return false;
    bool below = value->bytes[0] == '-';
    struct json_value digits = {
        .kind = JSON_NUMBER, .bytes = value->bytes + below, .size = value->size - below};
    if (!json_number(&digits, &amount) || amount > (uint64_t)INT64_MAX + below)
        return false;
    *number = below ? (int64_t)-amount : (int64_t)amount;
    return true;
}

bool json_text(const struct json_value *value, struct text *text)
{
    if (!value || value->kind != JSON_STRING)
        return false;
    *text = text_borrow(value->bytes, value->size);
    return true;
}

bool json_is(const struct json_value *value, const char *string)
{
    return value && value->kind == JSON_STRING && value->size == strlen(string) &&
           memcmp(value->bytes, string, value->size) == 0;
}
