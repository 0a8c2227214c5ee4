#include "viz/model/names.h"

#include "base/memory.h"
#include "node/id.h"

enum error names_init(struct names *names)
{
    *names = (struct names){0};
    table_init(&names->by_hash);
    enum error error =
        memory_reserve((void **)&names->starts, &names->starts_capacity, 1, sizeof *names->starts);
    if (error)
        return error;
    names->starts[0] = 0;
    names->starts_count = 1;
    name_id empty;
    error = names_add(names, "", 0, &empty);
    if (error)
        names_close(names);
    return error;
}

void names_close(struct names *names)
{
    memory_free(names->bytes);
    memory_free(names->starts);
    table_close(&names->by_hash);
    *names = (struct names){0};
}

enum error names_add(struct names *names, const char *bytes, size_t size, name_id *name)
{
    struct text text = text_borrow(bytes, size);
    uint64_t hash = id_hash(&text);
    struct probe probe = table_probe(&names->by_hash, hash);
    for (uint32_t at; (at = table_next(&names->by_hash, &probe)) != TABLE_NONE;) {
        *name = at;
        if (names_size(names, at) == size && memcmp(names_bytes(names, at), bytes, size) == 0)
            return OK;
    }
    *name = NAME_EMPTY;
    if (names->bytes_count + size + 1 > UINT32_MAX)
        return ERROR_FULL;
    enum error error = memory_reserve((void **)&names->bytes, &names->bytes_capacity,
                                      names->bytes_count + size + 1, 1);
    if (!error)
        error = memory_reserve((void **)&names->starts, &names->starts_capacity,
                               names->starts_count + 1, sizeof *names->starts);
    uint32_t made = names_count(names);
    if (!error)
        error = table_insert(&names->by_hash, hash, made);
    if (error)
        return error;
    if (size)
        memcpy(names->bytes + names->bytes_count, bytes, size);
    names->bytes[names->bytes_count + size] = '\0';
    names->bytes_count += size + 1;
    names->starts[names->starts_count++] = (uint32_t)names->bytes_count;
    *name = made;
    return OK;
}

const char *names_bytes(const struct names *names, name_id name)
{
    return names->bytes + names->starts[name];
}

size_t names_size(const struct names *names, name_id name)
{
    return names->starts[name + 1] - names->starts[name] - 1;
}

uint32_t names_count(const struct names *names)
{
    return (uint32_t)names->starts_count - 1;
}
