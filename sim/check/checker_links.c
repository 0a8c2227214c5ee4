/* Which links keep the order of messages and duplicate none, now: by the settings of the start, and
 * by SET records. A change of some links holds for these until a later one; one that ends gives way
 * to those before it. */
#include "check/checker_parts.h"

#include "base/bits.h"
#include "trace/fault.h"

struct link_change {
    uint32_t line; /* of the scenario */
    enum set_kind kind;
    bool on;        /* they reorder, or duplicate */
    bool all;       /* every link, else … */
    bool both;      /* also back */
    uint64_t *from; /* … from these nodes … */
    uint64_t *to;   /* … to those */
};

static void change_close(struct link_change *change)
{
    memory_free(change->from);
    memory_free(change->to);
}

void checker_links_close(struct checker *checker)
{
    for (size_t i = 0; i < checker->link_changes_count; i++)
        change_close(&checker->link_changes[i]);
    memory_free(checker->link_changes);
}

/* A line that is repeated changes the same links each time: its last one counts. */
static void remove_line(struct checker *checker, uint32_t line)
{
    struct link_change *changes = checker->link_changes;
    for (size_t i = 0; i < checker->link_changes_count; i++) {
        if (changes[i].line != line)
            continue;
        change_close(&changes[i]);
        checker->link_changes_count--;
        memmove(&changes[i], &changes[i + 1], (checker->link_changes_count - i) * sizeof *changes);
        return;
    }
}

static enum error add_change(struct checker *checker, struct link_change change)
{
    uint32_t nodes = checker->setup.nodes;
    if (memory_reserve((void **)&checker->link_changes, &checker->link_changes_capacity,
                       checker->link_changes_count + 1, sizeof *checker->link_changes))
        return ERROR_MEMORY;
    if (!change.all) {
        change.from = bits_new(nodes);
        change.to = bits_new(nodes);
    }
    if (!change.all && (!change.from || !change.to)) {
        change_close(&change);
        return ERROR_MEMORY;
    }
    checker->link_changes[checker->link_changes_count++] = change;
    return OK;
}

static struct link_change *last_change(struct checker *checker)
{
    return &checker->link_changes[checker->link_changes_count - 1];
}

/* ---- the settings of the start ------------------------------------------------------------- */

static void add_list(uint64_t *bits, const struct node_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        bits_add(bits, list->nodes[i]);
}

static bool is_of_order(const struct action *action)
{
    return action->initial && (action->kind == ACTION_REORDER || action->kind == ACTION_DUPLICATE);
}

static enum error add_initial(struct checker *checker, const struct action *action)
{
    bool reorder = action->kind == ACTION_REORDER;
    struct link_change change = {.line = action->line,
                                 .kind = reorder ? SET_REORDER : SET_DUPLICATE,
                                 .on = reorder ? action->as.set.on : action->as.set.ppb > 0,
                                 .all = !action->as.set.some_links,
                                 .both = action->as.set.link.both};
    if (add_change(checker, change))
        return ERROR_MEMORY;
    if (change.all)
        return OK;
    add_list(last_change(checker)->from, &action->as.set.link.from);
    add_list(last_change(checker)->to, &action->as.set.link.to);
    return OK;
}

enum error checker_links_init(struct checker *checker)
{
    const struct plan *plan = checker->setup.plan;
    for (size_t i = 0; plan && !checker->setup.real_links && i < plan->actions_count; i++)
        if (is_of_order(&plan->actions[i]) && add_initial(checker, &plan->actions[i]))
            return ERROR_MEMORY;
    return OK;
}

/* ---- changes ------------------------------------------------------------------------------- */

static void add_group(uint64_t *bits, struct node_runs group)
{
    node_id first;
    uint32_t count;
    while (node_runs_next(&group, &first, &count))
        for (node_id node = first; node < first + count; node++)
            bits_add(bits, node);
}

/* Real links keep the order, whatever a plan sets. */
void checker_take_set(struct checker *checker, const struct record *record)
{
    struct fault set;
    if (checker->setup.real_links || !fault_read(record, checker->setup.nodes, &set) ||
        (set.set != SET_REORDER && set.set != SET_DUPLICATE))
        return;
    remove_line(checker, record->line);
    if (!set.begins)
        return;
    struct link_change change = {.line = record->line,
                                 .kind = set.set,
                                 .on = record->amount > 0,
                                 .all = set.groups_count == 0,
                                 .both = set.both};
    if (add_change(checker, change)) {
        checker_give_up(checker);
        return;
    }
    if (change.all)
        return;
    add_group(last_change(checker)->from, fault_next_group(&set));
    add_group(last_change(checker)->to, fault_next_group(&set));
}

static bool concerns(const struct link_change *change, node_id from, node_id to)
{
    return change->all || (bits_has(change->from, from) && bits_has(change->to, to)) ||
           (change->both && bits_has(change->from, to) && bits_has(change->to, from));
}

static bool is_on(const struct checker *checker, enum set_kind kind, node_id from, node_id to)
{
    for (size_t i = checker->link_changes_count; i-- > 0;) {
        const struct link_change *change = &checker->link_changes[i];
        if (change->kind == kind && concerns(change, from, to))
            return change->on;
    }
    return kind == SET_REORDER ? checker->setup.reorders : checker->setup.duplicates;
}

bool checker_link_keeps_order(const struct checker *checker, node_id from, node_id to)
{
    return !is_on(checker, SET_REORDER, from, to) && !is_on(checker, SET_DUPLICATE, from, to);
}
