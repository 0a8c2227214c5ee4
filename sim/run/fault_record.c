#include "run/fault_record.h"

#include "trace/fault.h"

static void put_link_set(struct string_builder *data, const struct link_set *link)
{
    node_runs_put(data, link->from.nodes, link->from.count);
    node_runs_put(data, link->to.nodes, link->to.count);
    string_builder_add_char(data, link->both);
}

static bool is_of_some_links(const struct action *action)
{
    return action_is_of_links(action->kind) && action->as.set.some_links;
}

static void put_links(struct string_builder *data, const struct action *action)
{
    if (action->kind == ACTION_CUT) {
        put_link_set(data, &action->as.link);
    } else if (action->kind == ACTION_PARTITION) {
        varint_put(data, action->as.partition.count);
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            node_runs_put(data, action->as.partition.groups[i].nodes,
                          action->as.partition.groups[i].count);
    } else if (action_group(action->kind) == ACTS_ON_SETTING) {
        string_builder_add_char(data, is_of_some_links(action));
        if (is_of_some_links(action))
            put_link_set(data, &action->as.set.link);
    }
}

/* How an action is called in records: enum fault_kind, or, for ACTS_ON_SETTING, enum set_kind. */
static const struct {
    uint8_t kind;
    bool begins; /* else the action ends another one's fault */
} names[ACTIONS_COUNT] = {
    [ACTION_CRASH] = {FAULT_CRASH, true},
    [ACTION_RESTART] = {FAULT_RESTART, false},
    [ACTION_FREEZE] = {FAULT_FREEZE, true},
    [ACTION_THAW] = {FAULT_THAW, false},
    [ACTION_LEAVE] = {FAULT_LEAVE, true},
    [ACTION_JOIN] = {FAULT_JOIN, false},
    [ACTION_CUT] = {FAULT_CUT, true},
    [ACTION_HEAL] = {FAULT_HEAL, false},
    [ACTION_PARTITION] = {FAULT_PARTITION, true},
    [ACTION_LOAD] = {SET_LOAD, true},
    [ACTION_LOAD_FAIL] = {SET_LOAD_FAIL, true},
    [ACTION_WORK] = {SET_WORK, true},
    [ACTION_LATENCY] = {SET_LATENCY, true},
    [ACTION_LOSS] = {SET_LOSS, true},
    [ACTION_DUPLICATE] = {SET_DUPLICATE, true},
    [ACTION_REORDER] = {SET_REORDER, true},
    [ACTION_CLOCK] = {SET_CLOCK, true},
    [ACTION_SEED] = {SET_SEED, true},
};

enum error fault_record(const struct cluster_operations *operations, void *cluster,
                        const struct action *action, struct fault_note note)
{
    bool is_set = action_group(note.kind) == ACTS_ON_SETTING;
    struct string_builder data = {0}, words = {0};
    struct record record = record_of(is_set ? RECORD_SET : RECORD_FAULT);
    node_runs_put(&data, note.nodes->nodes, note.nodes->count);
    put_links(&data, action);
    string_builder_print(&words, "%s%s", note.before ? note.before : "", note.words);
    if (data.failed || words.failed) {
        string_builder_close(&data);
        string_builder_close(&words);
        return ERROR_MEMORY;
    }
    record.line = action->line;
    record.code = names[note.kind].kind;
    record.number = note.begins;
    record.amount = note.amount;
    record.id = text_borrow(data.text, data.size);
    record.value = text_borrow(words.text, words.size);
    operations->record(cluster, &record);
    string_builder_close(&data);
    string_builder_close(&words);
    return OK;
}

/* What the action sets, if that is one number. */
static int64_t amount_of(const struct action *action)
{
    switch (action->kind) {
    case ACTION_LOAD_FAIL:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
        return action->as.set.ppb;
    case ACTION_REORDER:
        return action->as.set.on;
    default:
        return 0;
    }
}

struct fault_note fault_note_of(const struct action *action, const struct node_list *nodes)
{
    return (struct fault_note){.kind = action->kind,
                               .begins = names[action->kind].begins,
                               .nodes = nodes,
                               .amount = amount_of(action),
                               .words = action->text};
}
