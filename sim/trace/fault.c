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

const char *set_name(enum set_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        SETS(X)
#undef X
    };
    return names[kind];
}

static void read_links(struct byte_reader *reader, bool is_set, struct fault *fault)
{
    bool of_links = is_set ? varint_get(reader, 1) : fault->kind == FAULT_CUT;
    if (of_links)
        fault->groups_count = 2;
    else if (!is_set && fault->kind == FAULT_PARTITION)
        fault->groups_count = (uint32_t)varint_get(reader, fault->nodes_count);
    fault->groups = *reader;
    for (uint32_t i = 0; i < fault->groups_count && !reader->failed; i++)
        node_runs_get(reader, fault->nodes_count);
    if (of_links)
        fault->both = varint_get(reader, 1);
}

bool fault_read(const struct record *record, uint32_t nodes, struct fault *fault)
{
    struct byte_reader reader = byte_reader_over(text_bytes(&record->id), text_size(&record->id));
    bool is_set = record->kind == RECORD_SET;
    *fault = (struct fault){.begins = record->number != 0, .nodes_count = nodes};
    if (is_set)
        fault->set = record->code;
    else
        fault->kind = record->code;
    fault->nodes = node_runs_get(&reader, nodes);
    read_links(&reader, is_set, fault);
    bool known = is_set ? record->code < SETS_COUNT
                        : record->kind == RECORD_FAULT && record->code < FAULTS_COUNT;
    if (known && byte_reader_done(&reader))
        return true;
    *fault = (struct fault){0};
    return false;
}

struct node_runs fault_next_group(struct fault *fault)
{
    return node_runs_get(&fault->groups, fault->nodes_count);
}
