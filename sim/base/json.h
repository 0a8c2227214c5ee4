/* JSON (RFC 8259) taken apart: the values of one text in the order in which they stand there.
 *
 *     if (!json_parse(&json, text, size, &at)) {
 *         const struct json_value *root = json.values;
 *         json_number(json_member(&json, root, "seed"), &seed)
 *     }
 *
 * Numbers stay text until they are asked for, so whole ones are exact up to 2^64-1. Nothing
 * recurses, however deep a text nests. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/text.h"

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_value {
    enum json_kind kind;
    uint32_t size;     /* of an array or object: how many values and keys are directly in it */
    uint32_t next;     /* the index of the first value behind this one and all that is in it */
    const char *bytes; /* NUMBER: as written; STRING: decoded, not ended by a NUL; `size` bytes */
};

/* Zeros are an empty one. One that is used again keeps its memory. */
struct json {
    struct json_value *values; /* the first one is the whole */
    size_t count;
    size_t capacity;
};

/* The most bytes of a text. */
#define JSON_TEXT_MAX (UINT32_C(1) << 30)

/* Takes the text apart, which is changed, and has to live as long as the values are used. On
 * ERROR_TEXT, `at` is the place of the first byte that is wrong. */
enum error json_parse(struct json *json, char *text, size_t size, size_t *at);
void json_close(struct json *json);

/* The value of the first member with this key; NULL: there is none, or it is no object, or NULL. */
const struct json_value *json_member(const struct json *json, const struct json_value *object,
                                     const char *key);

/* The first value in an array, the first key in an object; NULL: there is none, or it is neither.
 */
const struct json_value *json_first(const struct json_value *parent);

/* The value behind `value` in `parent`; behind a key that is its value. NULL: it is the last. */
const struct json_value *json_next(const struct json *json, const struct json_value *parent,
                                   const struct json_value *value);

/* Whether the value, which may be NULL, is a whole number in range. */
bool json_number(const struct json_value *value, uint64_t *number);
bool json_signed(const struct json_value *value, int64_t *number);

/* Whether it is a string. The text is borrowed. */
bool json_text(const struct json_value *value, struct text *text);

/* Whether it is this string. */
bool json_is(const struct json_value *value, const char *string);

#endif
