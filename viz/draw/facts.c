/* All that is known of one thing, in words. */
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void fact(struct facts *facts, const char *label,
                                                       const char *format, ...)
{
    if (facts->count == FACTS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    snprintf(facts->labels[facts->count], sizeof facts->labels[0], "%s", label);
    vsnprintf(facts->values[facts->count], sizeof facts->values[0], format, arguments);
    va_end(arguments);
    facts->count++;
}

static void fact_time(struct facts *facts, const char *label, int64_t t_ns)
{
    char time[48];
    format_time(time, sizeof time, t_ns, NS_PER_US);
    fact(facts, label, "%s", t_ns >= TIME_NEVER ? "not yet" : time);
}

static void fact_duration(struct facts *facts, const char *label, int64_t ns)
{
    char text[48];
    format_duration(text, sizeof text, ns);
    fact(facts, label, "%s", text);
}

static void fact_node(struct facts *facts, const char *label, node_id node)
{
    char text[24];
    format_node(text, sizeof text, node);
    fact(facts, label, "%s", text);
}

static const char *value_of(const struct model *model, const struct seen_worker *worker, char *text,
                            size_t size)
{
    if (worker->value_size > VALUE_KEPT)
        snprintf(text, size, "%s\xe2\x80\xa6 (%" PRIu32 " bytes)", model_name(model, worker->value),
                 worker->value_size);
    else
        snprintf(text, size, "%s", model_name(model, worker->value));
    return text;
}

static void worker_facts(struct facts *facts, const struct model *model, uint32_t index)
{
    static const char *const fates[] = {"live", "expired", "lost with its node"};
    const struct seen_worker *worker = model_worker(model, index);
    char text[FORMAT_MAX];
    snprintf(facts->title, sizeof facts->title, "worker %s", model_name(model, worker->id));
    fact_node(facts, "node", worker->node);
    if (worker->load_failed)
        fact(facts, "value", "its load failed");
    else if (worker->ready_ns == TIME_NEVER)
        fact(facts, "value", "loading");
    else
        fact(facts, "value", "%s", value_of(model, worker, text, sizeof text));
    fact(facts, "served", "%" PRIu32 " requests", worker->served);
    fact(facts, "state", "%s", fates[worker->fate]);
    fact_time(facts, "started", worker->span.start_ns);
    if (worker->ready_ns != TIME_NEVER)
        fact_duration(facts, "loaded in", worker->ready_ns - worker->span.start_ns);
    if (worker->fate != FATE_LIVES) {
        fact_time(facts, "ended", worker->span.end_ns);
        fact_duration(facts, "lived", worker->span.end_ns - worker->span.start_ns);
    }
    if (worker->mark != NONE)
        fact(facts, "duplicate", "%s", model_name(model, model_mark(model, worker->mark)->text));
    fact(facts, "number", "%" PRIu64, worker->number);
}

static void request_facts(struct facts *facts, const struct model *model, uint32_t index)
{
    const struct seen_request *request = model_request(model, index);
    snprintf(facts->title, sizeof facts->title, "request %s", model_name(model, request->id));
    fact_node(facts, "caller", request->caller);
    fact_time(facts, "made", request->span.start_ns);
    if (request->owner[0] != NODE_NONE)
        fact_node(facts, "routed to", request->owner[0]);
    if (request->second_ns != TIME_NEVER) {
        fact_time(facts, "tried again", request->second_ns);
        fact_node(facts, "routed to", request->owner[1]);
    }
    if (request->worker != NONE) {
        const struct seen_worker *worker = model_worker(model, request->worker);
        char text[FORMAT_MAX];
        fact(facts, "worker", "%s on n%" PRIu32, model_name(model, worker->id), worker->node + 1);
        fact(facts, "value", "%s", value_of(model, worker, text, sizeof text));
    }
    if (request->served_ns != TIME_NEVER)
        fact_time(facts, "served", request->served_ns);
    fact(facts, "outcome", "%s",
         request->outcome == OUTCOME_OPEN ? "open" : outcome_name(request->outcome));
    if (request->outcome != OUTCOME_OPEN) {
        fact_time(facts, "ended", request->span.end_ns);
        fact_duration(facts, "took", request->span.end_ns - request->span.start_ns);
    }
    fact(facts, "number", "%" PRIu64, request->number);
}

static void message_facts(struct facts *facts, const struct model *model,
                          const struct seen_message *message)
{
    snprintf(facts->title, sizeof facts->title, "%s n%" PRIu32 " \xe2\x86\x92 n%" PRIu32,
             message_name(message->kind), message->from + 1, message->to + 1);
    if (message->request != NONE)
        fact(facts, "request", "%s", model_name(model, model_request(model, message->request)->id));
    fact_time(facts, "sent", message->span.start_ns);
    if (message->end == MESSAGE_RECEIVED) {
        fact_time(facts, "arrived", message->span.end_ns);
        fact_duration(facts, "travelled", message->span.end_ns - message->span.start_ns);
    } else if (message->end == MESSAGE_UNDER_WAY) {
        fact(facts, "state", "under way");
    } else {
        fact_time(facts, "dropped", message->span.end_ns);
        fact(facts, "why", "%s", drop_name(message->end));
    }
    fact(facts, "number", "%" PRIu64, message->number);
}

static void node_facts(struct facts *facts, const struct model *model, node_id node, int64_t t_ns)
{
    char text[FORMAT_MAX];
    const struct view_change *view = picture_view(model, node, t_ns);
    uint32_t counts[MOMENT_CLASSES];
    const struct history *history = &model->lanes[node].history;
    history_counts(history, history_find(history, 0, t_ns + 1), counts);
    snprintf(facts->title, sizeof facts->title, "node n%" PRIu32, node + 1);
    fact(facts, "state", "%s%s", format_state(picture_state(model, node, t_ns)),
         picture_is_cut(model, node, t_ns) ? ", cut" : "");
    if (view) {
        format_members(text, sizeof text, model, view, 12);
        fact(facts, "view", "%s", text);
        fact(facts, "epoch", "%" PRIu32, view->epoch);
    }
    fact(facts, "workers", "%" PRIu64 " live, %" PRIu32 " started",
         picture_workers(model, node, t_ns), counts[MOMENT_STARTED]);
    fact(facts, "requests", "%" PRIu32 " made, %" PRIu32 " ok, %" PRIu32 " failed",
         counts[MOMENT_REQUEST], counts[MOMENT_ANSWERED], counts[MOMENT_FAILED]);
    fact(facts, "served", "%" PRIu32, counts[MOMENT_SERVED]);
    fact(facts, "messages", "%" PRIu32 " sent, %" PRIu32 " received",
         counts[MOMENT_SENT] + counts[MOMENT_BEAT],
         counts[MOMENT_RECEIVED] + counts[MOMENT_BEAT_HEARD]);
    fact(facts, "lost", "%" PRIu32, counts[MOMENT_DROPPED] + counts[MOMENT_BEAT_DROPPED]);
}

static void band_facts(struct facts *facts, const struct model *model, uint32_t index)
{
    static const char *const names[] = {"down", "left", "frozen", "cut off"};
    const struct band *band = model_band(model, index);
    snprintf(facts->title, sizeof facts->title, "n%" PRIu32 " %s", band->node + 1,
             names[band->kind]);
    if (band->text)
        fact(facts, "by", "%s", model_name(model, band->text));
    if (band->line)
        fact(facts, "line", "%" PRIu32, band->line);
    fact_time(facts, "from", band->span.start_ns);
    fact_time(facts, "until", band->span.end_ns);
}

static void mark_facts(struct facts *facts, const struct model *model, uint32_t index)
{
    const struct mark *mark = model_mark(model, index);
    snprintf(facts->title, sizeof facts->title, "%s", format_mark(mark->kind));
    if (mark->id)
        fact(facts, "id", "%s", model_name(model, mark->id));
    fact(facts, mark->kind == MARK_DUPLICATE ? "cause" : "what", "%s",
         model_name(model, mark->text));
    fact_time(facts, "at", mark->t_ns);
    if (mark->line)
        fact(facts, "line", "%" PRIu32, mark->line);
    for (uint32_t i = 0; i < 2; i++)
        if (mark->workers[i] != NONE)
            fact_node(facts, i ? "other worker on" : "worker on",
                      model_worker(model, mark->workers[i])->node);
}

void format_facts(struct facts *facts, const struct model *model, struct thing thing, int64_t t_ns)
{
    *facts = (struct facts){0};
    switch ((enum thing_kind)thing.kind) {
    case THING_NONE:
        break;
    case THING_NODE:
        node_facts(facts, model, thing.index, t_ns);
        break;
    case THING_WORKER:
        worker_facts(facts, model, thing.index);
        break;
    case THING_REQUEST:
        request_facts(facts, model, thing.index);
        break;
    case THING_MESSAGE:
        message_facts(facts, model, model_message(model, thing.index));
        break;
    case THING_BEAT:
        message_facts(facts, model, model_beat(model, thing.index));
        break;
    case THING_BAND:
        band_facts(facts, model, thing.index);
        break;
    case THING_MARK:
        mark_facts(facts, model, thing.index);
        break;
    }
}
