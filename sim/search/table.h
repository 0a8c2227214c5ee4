/* A table of short texts for people: columns as wide as their widest cell.
 *
 *     struct table table = {.columns = 2};
 *     table_add(&table, "%s", "mean");
 *     …
 *     table_print(&table, out, "  ", 1);
 *     table_close(&table); */
#ifndef SEARCH_TABLE_H
#define SEARCH_TABLE_H

#include "base/base.h"

#include <stdio.h>

#define TABLE_CELL_SIZE 64u

struct table {
    size_t columns;
    char (*cells)[TABLE_CELL_SIZE]; /* row by row */
    size_t count;
    size_t capacity;
    bool failed; /* there was no memory for a cell: nothing is printed */
};

/* The next cell; a longer text is cut. */
__attribute__((format(printf, 2, 3))) void table_add(struct table *table, const char *format, ...);

/* Each row begins with `indent`. The first `left` columns are flush left, the others flush right.
 */
void table_print(const struct table *table, FILE *out, const char *indent, size_t left);

/* Likewise, in parts none of which is wider than `most` characters, if that is enough for two
 * columns beside the first `repeated` ones, which each part has; of the others two and two stay
 * together. An empty line stands between parts. */
void table_print_parts(const struct table *table, FILE *out, size_t left, size_t repeated,
                       size_t most);

void table_close(struct table *table);

#endif
