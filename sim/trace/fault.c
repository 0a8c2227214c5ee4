#include "trace/fault.h"

const char *fault_name(enum fault_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        FAULTS(X)
#undef X
    };
    return names[kind];
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Seven bits a byte, the lowest first; all but the last have the eighth bit set. */
void fault_put_count(struct string_builder *data, uint32_t count)
{
    for (; count >= 0x80; count >>= 7)
        string_builder_add_char(data, (char)(count | 0x80));
    string_builder_add_char(data, (char)count);
}

static uint32_t run_at(const node_id *nodes, uint32_t count, uint32_t start)
{
    uint32_t size = 1;
    while (start + size < count && nodes[start + size] == nodes[start] + size)
        size++;
    return size;
}

/* The number of runs; of each the nodes left out before it, and its size. */
void fault_put_nodes(struct string_builder *data, const node_id *nodes, uint32_t count)
{
    uint32_t runs = 0;
    node_id next = 0;
    for (uint32_t i = 0; i < count; i += run_at(nodes, count, i))
        runs++;
    fault_put_count(data, runs);
    for (uint32_t i = 0, size; i < count; i += size) {
        size = run_at(nodes, count, i);
        fault_put_count(data, nodes[i] - next);
        fault_put_count(data, size);
        next = nodes[i] + size;
    }
}

/* ---- reading ------------------------------------------------------------------------------- */

/* What is read here was checked by fault_read. */
static uint32_t get_count(const unsigned char **at)
{
    uint32_t count = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = *(*at)++;
        count |= (byte & UINT32_C(0x7f)) << shift;
        if (byte < 0x80)
            return count;
    }
}

static struct fault_nodes nodes_at(const unsigned char *at)
{
    struct fault_nodes set = {.at = at};
    set.runs = get_count(&set.at);
    return set;
}

bool fault_next_run(struct fault_nodes *set, node_id *first, uint32_t *count)
{
    if (!set->runs)
        return false;
    set->runs--;
    *first = set->next + get_count(&set->at);
    *count = get_count(&set->at);
    set->next = *first + *count;
    return true;
}

struct fault_nodes fault_next_group(struct fault_nodes set)
{
    node_id first;
    uint32_t count;
    while (fault_next_run(&set, &first, &count))
        continue;
    return nodes_at(set.at);
}

bool fault_nodes_have(struct fault_nodes set, node_id node)
{
    node_id first;
    uint32_t count;
    while (fault_next_run(&set, &first, &count))
        if (node >= first && node - first < count)
            return true;
    return false;
}

/* ---- checking ------------------------------------------------------------------------------ */

struct bytes {
    const unsigned char *at;
    const unsigned char *end;
};

static bool check_count(struct bytes *bytes, uint32_t *count)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && bytes->at < bytes->end; shift += 7) {
        unsigned char byte = *bytes->at++;
        value |= (byte & UINT64_C(0x7f)) << shift;
        *count = (uint32_t)value;
        if (byte < 0x80)
            return value <= UINT32_MAX;
    }
    return false;
}

static bool check_nodes(struct bytes *bytes, uint32_t nodes)
{
    uint32_t runs, gap, size;
    uint64_t next = 0;
    if (!check_count(bytes, &runs))
        return false;
    for (; runs; runs--) {
        if (!check_count(bytes, &gap) || !check_count(bytes, &size) || !size)
            return false;
        next += (uint64_t)gap + size;
        if (next > nodes)
            return false;
    }
    return true;
}

static bool check_links(struct bytes *bytes, uint32_t nodes, struct fault *fault)
{
    if (fault->kind == FAULT_CUT)
        fault->groups_count = 2;
    else if (fault->kind == FAULT_PARTITION &&
             (!check_count(bytes, &fault->groups_count) || fault->groups_count < 2))
        return false;
    const unsigned char *groups = bytes->at;
    for (uint32_t i = 0; i < fault->groups_count; i++)
        if (!check_nodes(bytes, nodes))
            return false;
    if (fault->groups_count)
        fault->groups = nodes_at(groups);
    if (fault->kind == FAULT_CUT) {
        if (bytes->at == bytes->end || *bytes->at > 1)
            return false;
        fault->both = *bytes->at++;
    }
    return true;
}

bool fault_read(const struct record *record, uint32_t nodes, struct fault *fault)
{
    const unsigned char *data = (const unsigned char *)text_bytes(&record->id);
    struct bytes bytes = {data, data + text_size(&record->id)};
    struct fault read = {.kind = record->code, .begins = record->number != 0};
    *fault = (struct fault){0};
    if (record->kind != RECORD_FAULT || record->code >= FAULTS_COUNT || !check_nodes(&bytes, nodes))
        return false;
    read.nodes = nodes_at(data);
    if (!check_links(&bytes, nodes, &read) || bytes.at != bytes.end)
        return false;
    *fault = read;
    return true;
}
