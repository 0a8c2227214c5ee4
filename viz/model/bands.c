/* Faults in force at nodes. Crashes, leaves and freezes are known by the node's own records; cuts
 * and partitions by FAULT records. */
#include "trace/fault.h"
#include "viz/model/model_internal.h"

enum error bands_start(struct model *model, node_id node, enum band_kind kind, int64_t t_ns)
{
    const struct mark *mark =
        model->marks.count ? model_mark(model, (uint32_t)model->marks.count - 1) : NULL;
    bool by_fault = mark && mark->kind == MARK_FAULT && mark->t_ns == t_ns;
    struct band band = {
        .span = {t_ns, TIME_NEVER},
        .node = node,
        .kind = kind,
        .text = by_fault ? mark->text : STRING_EMPTY,
        .line = by_fault ? mark->line : 0,
    };
    return spans_add(&model->bands, &band);
}

/* The first band at or after `from` that is open; SPANS_NONE: there is none. */
static size_t next_open(const struct model *model, size_t from)
{
    return spans_next(&model->bands, from, TIME_NEVER, INT64_MAX);
}

void bands_end(struct model *model, node_id node, enum band_kind kind, int64_t t_ns)
{
    for (size_t i = next_open(model, 0); i != SPANS_NONE; i = next_open(model, i + 1)) {
        const struct band *band = model_band(model, (uint32_t)i);
        if (band->node == node && band->kind == kind)
            spans_end(&model->bands, i, t_ns);
    }
}

/* ---- cuts ---------------------------------------------------------------------------------- */

/* A band at each node of the set; of `but` at none. */
static enum error cut_nodes(struct model *model, struct node_runs set, struct node_runs but,
                            struct band band)
{
    node_id first;
    uint32_t count;
    while (node_runs_next(&set, &first, &count))
        for (band.node = first; band.node < first + count; band.node++) {
            enum error error =
                node_runs_have(but, band.node) ? OK : spans_add(&model->bands, &band);
            if (error)
                return error;
        }
    return OK;
}

/* Both ends of a cut link are marked. A node may be in both sets of a cut. */
static enum error begin_cut(struct model *model, struct fault fault, string_id links)
{
    const struct mark *mark = model_mark(model, (uint32_t)model->marks.count - 1);
    struct node_runs but = {0};
    struct band band = {.span = {model->last_ns, TIME_NEVER},
                        .kind = BAND_CUT,
                        .text = mark->text,
                        .links = links,
                        .line = mark->line};
    for (uint32_t i = 0; i < fault.groups_count; i++) {
        struct node_runs group = fault_next_group(&fault);
        enum error error = cut_nodes(model, group, but, band);
        if (error)
            return error;
        if (fault.kind == FAULT_CUT)
            but = group;
    }
    return OK;
}

/* Ends the first one of the cuts that are open with these links: another one may have the same. */
static void end_cut(struct model *model, string_id links)
{
    int64_t since_ns = TIME_NEVER;
    for (size_t i = next_open(model, 0); i != SPANS_NONE; i = next_open(model, i + 1)) {
        const struct band *band = model_band(model, (uint32_t)i);
        if (band->kind != BAND_CUT || band->links != links)
            continue;
        if (since_ns == TIME_NEVER)
            since_ns = band->span.start_ns;
        if (band->span.start_ns == since_ns)
            spans_end(&model->bands, i, model->last_ns);
    }
}

static void end_all_cuts(struct model *model)
{
    for (size_t i = next_open(model, 0); i != SPANS_NONE; i = next_open(model, i + 1))
        if (model_band(model, (uint32_t)i)->kind == BAND_CUT)
            spans_end(&model->bands, i, model->last_ns);
}

enum error bands_fault(struct model *model, const struct record *record)
{
    struct fault fault;
    string_id links;
    if (!fault_read(record, model->nodes, &fault))
        return OK;
    if (fault.kind == FAULT_HEAL)
        end_all_cuts(model);
    if (!fault.groups_count)
        return OK;
    enum error error =
        string_table_add(&model->strings, text_bytes(&record->id), text_size(&record->id), &links);
    if (!error && fault.begins)
        error = begin_cut(model, fault, links);
    else if (!error)
        end_cut(model, links);
    return error;
}
