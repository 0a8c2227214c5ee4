/* Texts kept once each and known by a number: ids, values, causes, views. */
#ifndef VIZ_MODEL_NAMES_H
#define VIZ_MODEL_NAMES_H

#include "base/table.h"
#include "base/text.h"

typedef uint32_t name_id;

#define NAME_EMPTY 0u /* the name of the empty text */

struct names {
    char *bytes; /* each text ended by a NUL */
    size_t bytes_count;
    size_t bytes_capacity;
    uint32_t *starts; /* name i is from starts[i] to starts[i + 1] - 1; one more than names */
    size_t starts_count;
    size_t starts_capacity;
    struct table by_hash;
};

/* ERROR_MEMORY: nothing to close. */
enum error names_init(struct names *names);
void names_close(struct names *names);

/* The text's name, made if it has none yet. ERROR_MEMORY, ERROR_FULL: `name` is NAME_EMPTY. */
enum error names_add(struct names *names, const char *bytes, size_t size, name_id *name);

/* Valid until the next names_add; ended by a NUL, and may hold others. */
const char *names_bytes(const struct names *names, name_id name);
size_t names_size(const struct names *names, name_id name);

/* How many there are: 0..count-1, the empty one among them. */
uint32_t names_count(const struct names *names);

#endif
