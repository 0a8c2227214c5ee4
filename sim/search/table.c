#include "search/table.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/string_builder.h"

#include <stdarg.h>

void table_add(struct table *table, const char *format, ...)
{
    va_list arguments;
    if (memory_reserve((void **)&table->cells, &table->capacity, table->count + 1,
                       sizeof *table->cells)) {
        table->failed = true;
        return;
    }
    struct string_builder cell = string_builder_over(table->cells[table->count++], TABLE_CELL_SIZE);
    va_start(arguments, format);
    string_builder_print_list(&cell, format, arguments);
    va_end(arguments);
}

/* Characters, each of which takes one column: the table is not for other text. */
static size_t width(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t most = 0;
    for (size_t i = column; i < table->count; i += table->columns)
        most = max_size(most, width(table->cells[i]));
    return most;
}

static void print_cell(const struct table *table, size_t i, FILE *out, size_t left)
{
    size_t column = i % table->columns;
    bool is_last = column + 1 == table->columns;
    int blanks = (int)(column_width(table, column) - width(table->cells[i]));
    if (column < left)
        fprintf(out, "%s%*s", table->cells[i], is_last ? 0 : blanks, "");
    else
        fprintf(out, "%*s%s", blanks, "", table->cells[i]);
}

void table_print(const struct table *table, FILE *out, const char *indent, size_t left)
{
    for (size_t i = 0; i < table->count && !table->failed; i++) {
        fputs(i % table->columns ? "  " : indent, out);
        print_cell(table, i, out, left);
        if (i % table->columns + 1 == table->columns)
            fputc('\n', out);
    }
}

void table_close(struct table *table)
{
    memory_free(table->cells);
    *table = (struct table){0};
}
