/* Texts, kept once each and known by a number: ids, values, causes, views. */
#ifndef VIZ_MODEL_STRING_TABLE_H
#define VIZ_MODEL_STRING_TABLE_H

#include "base/hash_map.h"
#include "base/text.h"

typedef uint32_t string_id;

#define STRING_EMPTY 0u /* the string of the empty text */

struct string_table {
    char *bytes; /* each string ended by a NUL */
    size_t bytes_count;
    size_t bytes_capacity;
    uint32_t *starts; /* string i is from starts[i] to starts[i + 1] - 1; one more than strings */
    size_t starts_count;
    size_t starts_capacity;
    struct hash_map by_hash;
};

/* ERROR_MEMORY: nothing to close. */
enum error string_table_init(struct string_table *table);
void string_table_close(struct string_table *table);

/* The text's string, made if there is none yet. ERROR_MEMORY, ERROR_FULL: `string` is STRING_EMPTY.
 */
enum error string_table_add(struct string_table *table, const char *bytes, size_t size,
                            string_id *string);

/* Valid until the next string_table_add; ended by a NUL, and may hold others. */
const char *string_table_bytes(const struct string_table *table, string_id string);
size_t string_table_size(const struct string_table *table, string_id string);

/* How many strings there are: 0..count-1, the empty one among them. */
uint32_t string_table_count(const struct string_table *table);

#endif
