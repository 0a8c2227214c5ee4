#include "viz/model/string_table.h"

#include "base/memory.h"
#include "node/id.h"

enum error string_table_init(struct string_table *table)
{
    *table = (struct string_table){0};
    enum error error =
        memory_reserve((void **)&table->starts, &table->starts_capacity, 1, sizeof *table->starts);
    if (error)
        return error;
    table->starts[0] = 0;
    table->starts_count = 1;
    string_id empty;
    error = string_table_add(table, "", 0, &empty);
    if (error)
        string_table_close(table);
    return error;
}

void string_table_close(struct string_table *table)
{
    memory_free(table->bytes);
    memory_free(table->starts);
    hash_map_close(&table->by_hash);
    *table = (struct string_table){0};
}

static inline bool same_text(const void *owner, uint32_t string, const void *key)
{
    const struct string_table *table = owner;
    const struct text *text = key;
    return string_table_size(table, string) == text_size(text) &&
           memcmp(string_table_bytes(table, string), text_bytes(text), text_size(text)) == 0;
}

enum error string_table_add(struct string_table *table, const char *bytes, size_t size,
                            string_id *string)
{
    struct text text = text_borrow(bytes, size);
    uint64_t hash = id_hash(&text);
    *string = hash_map_find(&table->by_hash, hash, same_text, table, &text);
    if (*string != HASH_MAP_NONE)
        return OK;
    *string = STRING_EMPTY;
    if (table->bytes_count + size + 1 > UINT32_MAX)
        return ERROR_FULL;
    enum error error = memory_reserve((void **)&table->bytes, &table->bytes_capacity,
                                      table->bytes_count + size + 1, 1);
    if (!error)
        error = memory_reserve((void **)&table->starts, &table->starts_capacity,
                               table->starts_count + 1, sizeof *table->starts);
    uint32_t made = string_table_count(table);
    if (!error)
        error = hash_map_add(&table->by_hash, hash, made);
    if (error)
        return error;
    if (size)
        memcpy(table->bytes + table->bytes_count, bytes, size);
    table->bytes[table->bytes_count + size] = '\0';
    table->bytes_count += size + 1;
    table->starts[table->starts_count++] = (uint32_t)table->bytes_count;
    *string = made;
    return OK;
}

const char *string_table_bytes(const struct string_table *table, string_id string)
{
    return table->bytes + table->starts[string];
}

size_t string_table_size(const struct string_table *table, string_id string)
{
    return table->starts[string + 1] - table->starts[string] - 1;
}

uint32_t string_table_count(const struct string_table *table)
{
    return (uint32_t)table->starts_count - 1;
}
