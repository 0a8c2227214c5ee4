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

static void print_cell(const struct table *table, size_t i, FILE *out, size_t left, bool is_last)
{
    size_t column = i % table->columns;
    int blanks = (int)(column_width(table, column) - width(table->cells[i]));
    if (column < left)
        fprintf(out, "%s%*s", table->cells[i], is_last ? 0 : blanks, "");
    else
        fprintf(out, "%*s%s", blanks, "", table->cells[i]);
}

/* Of each row the first `repeated` columns, and those from `first` to before `past`. */
static void print_part(const struct table *table, FILE *out, const char *indent, size_t left,
                       size_t repeated, size_t first, size_t past)
{
    for (size_t i = 0; i < table->count && !table->failed; i++) {
        size_t column = i % table->columns;
        bool is_last = column + 1 == past;
        if (column >= past || (column >= repeated && column < first))
            continue;
        fputs(column ? "  " : indent, out);
        print_cell(table, i, out, left, is_last);
        if (is_last)
            fputc('\n', out);
    }
}

void table_print(const struct table *table, FILE *out, const char *indent, size_t left)
{
    print_part(table, out, indent, left, 0, 0, table->columns);
}

void table_print_parts(const struct table *table, FILE *out, size_t left, size_t repeated,
                       size_t most)
{
    size_t head = 0;
    for (size_t column = 0; column < repeated; column++)
        head += column_width(table, column) + 2;
    for (size_t first = repeated, past; first < table->columns; first = past) {
        size_t used = head;
        for (past = first; past < table->columns; past += 2) {
            size_t pair = column_width(table, past) + 2;
            if (past + 1 < table->columns)
                pair += column_width(table, past + 1) + 2;
            if (past > first && used + pair > most + 2)
                break;
            used += pair;
        }
        past = min_size(past, table->columns);
        if (first > repeated)
            fputc('\n', out);
        print_part(table, out, "", left, repeated, first, past);
    }
}

void table_close(struct table *table)
{
    memory_free(table->cells);
    *table = (struct table){0};
}
