#include "trace/trace_fault.h"

#include "base/bits.h"
#include "base/memory.h"
#include "trace/fault.h"
#include "trace/trace_line.h"

TRACE_LINE_NAMES(fault_of, fault_name)
TRACE_LINE_NAMES(set_of, set_name)

/* Nodes in the cluster's order, each once, as node_runs_put wants them. */
struct node_set {
    uint64_t *bits;
    node_id *list;
    uint32_t nodes;
};

static void put_set(struct trace_file *file, const struct node_set *set)
{
    uint32_t count = 0;
    for (node_id node = 0; node < set->nodes; node++)
        if (bits_has(set->bits, node))
            set->list[count++] = node;
    memset(set->bits, 0, bits_words(set->nodes) * sizeof *set->bits);
    node_runs_put(&file->data, set->list, count);
}

/* The names "n1,n2" at `*at`, up to a blank or the end. */
static void read_names(struct trace_file *file, const struct node_set *set, const char **at,
                       const char *end)
{
    node_id node;
    do {
        uint32_t size = trace_line_node_at(file, *at, (uint32_t)(end - *at), &node);
        if (!size) {
            trace_line_wrong(file, "one of its 'links' is not valid");
            return;
        }
        bits_add(set->bits, node);
        *at += size;
    } while (*at < end && **at == ',' && (*at)++);
}

static bool skip_sign(const char **at, const char *end, const char *sign)
{
    size_t size = strlen(sign);
    if ((size_t)(end - *at) < size || memcmp(*at, sign, size) != 0)
        return false;
    *at += size;
    return true;
}

/* Of "n1 -> n2,n3" both sets; of a partition, whose links are a list of such, the left ones, and
 * the right one of the last. Returns whether it goes both ways. */
static bool read_link(struct trace_file *file, const struct node_set *set,
                      const struct json_value *link, bool right_too)
{
    if (link->kind != JSON_STRING) {
        trace_line_wrong(file, "one of its 'links' is not valid");
        return false;
    }
    const char *at = link->bytes, *end = at + link->size;
    read_names(file, set, &at, end);
    put_set(file, set);
    bool both = skip_sign(&at, end, " <-> ");
    if (!both && !skip_sign(&at, end, " -> "))
        trace_line_wrong(file, "one of its 'links' is not valid");
    read_names(file, set, &at, end);
    if (right_too)
        put_set(file, set);
    else
        memset(set->bits, 0, bits_words(set->nodes) * sizeof *set->bits);
    return both;
}

static void read_links(struct trace_file *file, const struct record *record,
                       const struct node_set *set)
{
    const struct json_value *links = trace_line_field(file, "links"), *link = json_first(links);
    bool is_set = record->kind == RECORD_SET, both = false;
    bool is_partition = !is_set && record->code == FAULT_PARTITION;
    if (!links || links->kind != JSON_ARRAY)
        trace_line_lacks(file, "links");
    if (*file->why)
        return;
    if (is_set)
        string_builder_add_char(&file->data, link != NULL);
    if (is_partition)
        varint_put(&file->data, links->size + (links->size > 0));
    while (link && !*file->why) {
        const struct json_value *next = json_next(&file->json, links, link);
        both = read_link(file, set, link, !next);
        link = next;
    }
    if (is_set ? links->size > 0 : record->code == FAULT_CUT)
        string_builder_add_char(&file->data, both);
}

static void read_fault_nodes(struct trace_file *file, struct record *record,
                             const struct node_set *set)
{
    const struct json_value *nodes = trace_line_field(file, "nodes");
    if (!nodes || nodes->kind != JSON_ARRAY)
        trace_line_lacks(file, "nodes");
    for (const struct json_value *value = json_first(nodes); value && !*file->why;
         value = json_next(&file->json, nodes, value))
        bits_add(set->bits, trace_line_node_in(file, value));
    put_set(file, set);
    read_links(file, record, set);
    record->id = text_borrow(file->data.text, file->data.size);
}

void trace_fault_read(struct trace_file *file, struct record *record)
{
    struct fault fault;
    struct node_set set = {.bits = bits_new(file->head.nodes),
                           .list = memory_resize(NULL, file->head.nodes * sizeof(node_id)),
                           .nodes = file->head.nodes};
    record->line = (uint32_t)trace_line_number(file, "line", UINT32_MAX);
    record->value = trace_line_text(file, "what");
    record->code = record->kind == RECORD_SET
                       ? trace_line_name(file, "kind", set_of, SETS_COUNT)
                       : trace_line_name(file, "kind", fault_of, FAULTS_COUNT);
    record->number = trace_line_is_true(file, "on");
    file->data.failed |= !set.bits || !set.list;
    if (!file->data.failed && !*file->why)
        read_fault_nodes(file, record, &set);
    if (!file->data.failed && !*file->why && !fault_read(record, file->head.nodes, &fault))
        trace_line_wrong(file, "its 'links' are not those of a %s",
                         record->kind == RECORD_SET ? set_name(record->code)
                                                    : fault_name(record->code));
    memory_free(set.bits);
    memory_free(set.list);
}
