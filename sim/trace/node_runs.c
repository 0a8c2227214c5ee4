#include "trace/node_runs.h"

static uint32_t run_at(const node_id *nodes, uint32_t count, uint32_t start)
{
    uint32_t size = 1;
    while (start + size < count && nodes[start + size] == nodes[start] + size)
        size++;
    return size;
}

/* The number of runs; of each the nodes left out before it, and its size. */
void node_runs_put(struct string_builder *bytes, const node_id *nodes, uint32_t count)
{
    uint32_t runs = 0;
    node_id next = 0;
    for (uint32_t i = 0; i < count; i += run_at(nodes, count, i))
        runs++;
    varint_put(bytes, runs);
    for (uint32_t i = 0, size; i < count; i += size) {
        size = run_at(nodes, count, i);
        varint_put(bytes, nodes[i] - next);
        varint_put(bytes, size);
        next = nodes[i] + size;
    }
}

struct node_runs node_runs_get(struct byte_reader *reader, uint32_t nodes)
{
    uint32_t left = nodes;
    struct node_runs set = {.runs = (uint32_t)varint_get(reader, nodes)};
    set.bytes = *reader;
    for (uint32_t i = 0; i < set.runs; i++) {
        left -= (uint32_t)varint_get(reader, left);
        uint32_t size = (uint32_t)varint_get(reader, left);
        left -= size;
        if (!size)
            reader->failed = true;
        if (reader->failed)
            return (struct node_runs){0};
    }
    return set;
}

bool node_runs_next(struct node_runs *set, node_id *first, uint32_t *count)
{
    if (!set->runs)
        return false;
    set->runs--;
    *first = set->next + (uint32_t)varint_get(&set->bytes, UINT32_MAX);
    *count = (uint32_t)varint_get(&set->bytes, UINT32_MAX);
    set->next = *first + *count;
    return true;
}

bool node_runs_have(struct node_runs set, node_id node)
{
    node_id first;
    uint32_t count;
    while (node_runs_next(&set, &first, &count))
        if (node >= first && node - first < count)
            return true;
    return false;
}
