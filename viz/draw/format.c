#include "viz/draw/format.h"

#include "base/string_builder.h"
#include "base/utf8.h"
#include "node/id.h"
#include "trace/rules.h"
#include "viz/draw/viewport.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static struct number_text print(const char *format, ...)
{
    struct number_text number;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(number.text, sizeof number.text, format, arguments);
    va_end(arguments);
    return number;
}

struct number_text format_count(uint64_t count)
{
    static const char units[] = "kMGTPE";
    if (count < 10000)
        return print("%" PRIu64, count);
    size_t unit = 0;
    uint64_t thousandth = count; /* of the unit */
    for (; thousandth >= 1000000; unit++)
        thousandth /= 1000;
    uint64_t whole = thousandth / 1000;
    if (whole >= 100)
        return print("%" PRIu64 "%c", whole, units[unit]);
    if (whole >= 10)
        return print("%" PRIu64 ".%" PRIu64 "%c", whole, thousandth / 100 % 10, units[unit]);
    return print("%" PRIu64 ".%02" PRIu64 "%c", whole, thousandth / 10 % 100, units[unit]);
}

struct number_text format_time(int64_t t_ns, int64_t step_ns)
{
    const char *sign = t_ns < 0 ? "-" : "";
    int64_t t = t_ns < 0 ? -t_ns : t_ns;
    int64_t s = t / NS_PER_S;
    int ms = (int)(t / NS_PER_MS % 1000);
    int us = (int)(t / NS_PER_US % 1000);
    if (step_ns >= NS_PER_S)
        return print("%s%" PRId64 " s", sign, s);
    if (step_ns >= 100 * NS_PER_MS)
        return print("%s%" PRId64 ".%d s", sign, s, ms / 100);
    if (step_ns >= 10 * NS_PER_MS)
        return print("%s%" PRId64 ".%02d s", sign, s, ms / 10);
    if (step_ns >= NS_PER_MS)
        return print("%s%" PRId64 ".%03d s", sign, s, ms);
    if (step_ns >= NS_PER_US)
        return print("%s%" PRId64 ".%03d %03d s", sign, s, ms, us);
    return print("%s%" PRId64 ".%03d %03d %03d s", sign, s, ms, us, (int)(t % 1000));
}

struct number_text format_speed(int64_t speed)
{
    if (speed >= SPEED_ONE && speed % SPEED_ONE == 0)
        return print("%" PRId64 "x", speed / SPEED_ONE);
    if (speed > 0 && SPEED_ONE % speed == 0)
        return print("1/%" PRId64 "x", SPEED_ONE / speed);
    return print("%" PRId64 ".%02" PRId64 "x", speed / SPEED_ONE,
                 speed % SPEED_ONE * 100 / SPEED_ONE);
}

const char *format_state(enum node_state state)
{
    static const char *const names[] = {
        [NODE_UNKNOWN] = "not seen yet",
        [NODE_UP] = "up",
        [NODE_FROZEN] = "frozen",
        [NODE_LEFT] = "left",
        [NODE_DOWN] = "down",
    };
    return names[state];
}

static const char *mark_name(enum mark_kind kind)
{
    static const char *const names[] = {
        [MARK_FAULT] = "fault",
        [MARK_HELD] = "expectation held",
        [MARK_NOT_HELD] = "expectation failed",
        [MARK_VIOLATION] = "violation",
        [MARK_DUPLICATE] = "second live worker",
    };
    return names[kind];
}

void format_members(char *text, size_t size, const struct model *model,
                    const struct view_change *view, uint32_t max)
{
    struct string_builder line = string_builder_over(text, size);
    uint32_t parts = 0;
    for (node_id node = 0; node < model->nodes; node++) {
        if (!picture_view_has(model, view, node))
            continue;
        node_id last = node;
        while (last + 1 < model->nodes && picture_view_has(model, view, last + 1))
            last++;
        if (parts++ == max) {
            string_builder_add(&line, " " UTF8_ELLIPSIS);
            return;
        }
        string_builder_print(&line, "%sn%" PRIu32, parts > 1 ? " " : "", node + 1);
        if (last > node)
            string_builder_print(&line, "%sn%" PRIu32, last > node + 1 ? ".." : " ", last + 1);
        node = last;
    }
    if (!parts)
        string_builder_add(&line, "nobody");
}

__attribute__((format(printf, 3, 4))) static void add(struct details *details, const char *label,
                                                      const char *format, ...)
{
    if (details->count == DETAILS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    snprintf(details->labels[details->count], sizeof details->labels[0], "%s", label);
    vsnprintf(details->values[details->count], sizeof details->values[0], format, arguments);
    va_end(arguments);
    details->count++;
}

static void add_time(struct details *details, const char *label, int64_t t_ns)
{
    add(details, label, "%s", t_ns >= TIME_NEVER ? "not yet" : format_time(t_ns, NS_PER_US).text);
}

static void add_duration(struct details *details, const char *label, int64_t ns)
{
    add(details, label, "%s", duration_rounded(ns).text);
}

static void add_node(struct details *details, const char *label, node_id node)
{
    if (node == NODE_NONE)
        add(details, label, "none");
    else
        add(details, label, "n%" PRIu32, node + 1);
}

static const char *value_of(const struct model *model, const struct model_worker *worker,
                            char *text, size_t size)
{
    if (worker->value_size > VALUE_KEPT)
        snprintf(text, size, "%s" UTF8_ELLIPSIS " (%" PRIu32 " bytes)",
                 model_string(model, worker->value), worker->value_size);
    else
        snprintf(text, size, "%s", model_string(model, worker->value));
    return text;
}

static uint32_t worker_slot(const struct model *model, const struct model_worker *worker)
{
    const char *id = model_string(model, worker->id);
    struct text text = text_borrow(id, strlen(id));
    return id_slot(&text, model->slots);
}

static void worker_details(struct details *details, const struct model *model, uint32_t index)
{
    static const char *const statuses[] = {"live", "expired", "lost with its node",
                                           "ended with its lease", "moved"};
    const struct model_worker *worker = model_worker(model, index);
    bool left = worker->status == WORKER_LOST && worker->how == DOWN_LEAVE;
    char text[FORMAT_MAX];
    snprintf(details->title, sizeof details->title, "worker %s", model_string(model, worker->id));
    add_node(details, "node", worker->node);
    if (worker->load_failed)
        add(details, "value", "its load failed");
    else if (worker->ready_ns == TIME_NEVER)
        add(details, "value", "loading");
    else
        add(details, "value", "%s", value_of(model, worker, text, sizeof text));
    add(details, "served", "%" PRIu32 " requests", worker->served);
    add(details, "state", "%s", left ? "ended: its node left" : statuses[worker->status]);
    if (worker->moved != NONE) {
        const struct move *move = model_move(model, worker->moved);
        add(details, "moved to", "n%" PRIu32 "%s", move->node + 1,
            move->to == NONE ? ", not there yet" : "");
    }
    if (worker->came != NONE)
        add(details, "came from", "n%" PRIu32,
            model_worker(model, model_move(model, worker->came)->from)->node + 1);
    add_time(details, worker->came == NONE ? "started" : "came", worker->span.start_ns);
    if (worker->ready_ns != TIME_NEVER && worker->came == NONE)
        add_duration(details, "loaded in", worker->ready_ns - worker->span.start_ns);
    if (worker->status != WORKER_LIVE) {
        add_time(details, "ended", worker->span.end_ns);
        add_duration(details, worker->came == NONE ? "lived" : "lived here",
                     worker->span.end_ns - worker->span.start_ns);
    }
    if (model->slots)
        add(details, "lease", "slot %" PRIu32 ", token %" PRIu32 ".%" PRIu64,
            worker_slot(model, worker), worker->token_epoch, worker->token_counter);
    if (worker->mark != NONE)
        add(details, "duplicate", "%s", model_string(model, model_mark(model, worker->mark)->text));
    add(details, "number", "%" PRIu64, worker->number);
}

static void request_details(struct details *details, const struct model *model, uint32_t index)
{
    const struct model_request *request = model_request(model, index);
    snprintf(details->title, sizeof details->title, "request %s", model_string(model, request->id));
    add_node(details, "caller", request->caller);
    add_time(details, "made", request->span.start_ns);
    if (request->owner[0] != NODE_NONE)
        add_node(details, "routed to", request->owner[0]);
    if (request->second_ns != TIME_NEVER) {
        add(details, "tried again", "%s, %s", format_time(request->second_ns, NS_PER_US).text,
            route_why_name(request->why));
        add_node(details, "routed to", request->owner[1]);
    }
    if (request->handed != NODE_NONE)
        add_node(details, "handed to", request->handed);
    if (request->worker != NONE) {
        const struct model_worker *worker = model_worker(model, request->worker);
        char text[FORMAT_MAX];
        add(details, "worker", "%s on n%" PRIu32, model_string(model, worker->id),
            worker->node + 1);
        add(details, "value", "%s", value_of(model, worker, text, sizeof text));
    }
    if (request->served_ns != TIME_NEVER)
        add_time(details, "served", request->served_ns);
    add(details, "outcome", "%s",
        request->outcome == OUTCOME_OPEN ? "open" : outcome_name(request->outcome));
    if (request->outcome != OUTCOME_OPEN) {
        add_time(details, "ended", request->span.end_ns);
        add_duration(details, "took", request->span.end_ns - request->span.start_ns);
    }
    add(details, "number", "%" PRIu64, request->number);
}

static void message_details(struct details *details, const struct model *model,
                            const struct model_message *message)
{
    snprintf(details->title, sizeof details->title, "%s n%" PRIu32 " \xe2\x86\x92 n%" PRIu32,
             message_name(message->kind), message->from + 1, message->to + 1);
    if (message->request != NONE)
        add(details, "request", "%s",
            model_string(model, model_request(model, message->request)->id));
    add_time(details, "sent", message->span.start_ns);
    if (message->end == MESSAGE_RECEIVED) {
        add_time(details, "arrived", message->span.end_ns);
        add_duration(details, "travelled", message->span.end_ns - message->span.start_ns);
    } else if (message->end == MESSAGE_UNDER_WAY) {
        add(details, "state", "under way");
    } else {
        add_time(details, "dropped", message->span.end_ns);
        add(details, "why", "%s", drop_name(message->end));
    }
    add(details, "number", "%" PRIu64, message->number);
}

static void node_details(struct details *details, const struct model *model, node_id node,
                         int64_t t_ns)
{
    char text[FORMAT_MAX];
    const struct view_change *view = picture_view(model, node, t_ns);
    uint32_t counts[HISTORY_CLASSES];
    const struct history *history = &model->lanes[node].history;
    history_counts(history, history_find(history, 0, t_ns + 1), counts);
    snprintf(details->title, sizeof details->title, "node n%" PRIu32, node + 1);
    add(details, "state", "%s%s", format_state(picture_state(model, node, t_ns)),
        picture_is_cut(model, node, t_ns) ? ", cut" : "");
    if (view) {
        format_members(text, sizeof text, model, view, 12);
        add(details, "view", "%s", text);
        add(details, "epoch", "%" PRIu32, view->epoch);
    }
    add(details, "workers", "%" PRIu32 " live, %" PRIu32 " started", picture_live(counts),
        counts[HISTORY_STARTED]);
    if (model->moves.count)
        add(details, "moved", "%" PRIu32 " here, %" PRIu32 " away", counts[HISTORY_CAME],
            counts[HISTORY_MOVED]);
    if (model->slots)
        add(details, "leases", "%" PRIu32 " of %" PRIu32 " slots",
            picture_leases(model, node, t_ns).held, model->slots);
    add(details, "requests", "%" PRIu32 " made, %" PRIu32 " ok, %" PRIu32 " failed",
        counts[HISTORY_REQUEST], counts[HISTORY_ANSWERED], counts[HISTORY_FAILED]);
    add(details, "served", "%" PRIu32, counts[HISTORY_SERVED]);
    add(details, "messages", "%" PRIu32 " sent, %" PRIu32 " received",
        counts[HISTORY_SENT] + counts[HISTORY_HEARTBEAT_SENT],
        counts[HISTORY_RECEIVED] + counts[HISTORY_HEARTBEAT_RECEIVED]);
    add(details, "lost", "%" PRIu32, counts[HISTORY_DROPPED] + counts[HISTORY_HEARTBEAT_DROPPED]);
}

static void band_details(struct details *details, const struct model *model, uint32_t index)
{
    static const char *const names[] = {"down", "left", "frozen", "cut off"};
    const struct band *band = model_band(model, index);
    snprintf(details->title, sizeof details->title, "n%" PRIu32 " %s", band->node + 1,
             names[band->kind]);
    if (band->text)
        add(details, "by", "%s", model_string(model, band->text));
    if (band->line)
        add(details, "line", "%" PRIu32, band->line);
    add_time(details, "from", band->span.start_ns);
    add_time(details, "until", band->span.end_ns);
}

static void mark_details(struct details *details, const struct model *model, uint32_t index)
{
    const struct mark *mark = model_mark(model, index);
    snprintf(details->title, sizeof details->title, "%s", mark_name(mark->kind));
    if (mark->kind == MARK_VIOLATION)
        add(details, "rule", "%s", rule_name(mark->rule));
    if (mark->id)
        add(details, mark->kind == MARK_NOT_HELD ? "why" : "id", "%s",
            model_string(model, mark->id));
    add(details, mark->kind == MARK_DUPLICATE ? "cause" : "what", "%s",
        model_string(model, mark->text));
    add_time(details, "at", mark->t_ns);
    if (mark->line)
        add(details, "line", "%" PRIu32, mark->line);
    for (uint32_t i = 0; i < 2; i++)
        if (mark->workers[i] != NONE)
            add_node(details, i ? "other on" : "worker on",
                     model_worker(model, mark->workers[i])->node);
}

void format_details(struct details *details, const struct model *model, struct thing thing,
                    int64_t t_ns)
{
    *details = (struct details){0};
    switch ((enum thing_kind)thing.kind) {
    case THING_NONE:
        break;
    case THING_NODE:
        node_details(details, model, thing.index, t_ns);
        break;
    case THING_WORKER:
        worker_details(details, model, thing.index);
        break;
    case THING_REQUEST:
        request_details(details, model, thing.index);
        break;
    case THING_MESSAGE:
        message_details(details, model, model_message(model, thing.index));
        break;
    case THING_HEARTBEAT:
        message_details(details, model, model_heartbeat(model, thing.index));
        break;
    case THING_BAND:
        band_details(details, model, thing.index);
        break;
    case THING_MARK:
        mark_details(details, model, thing.index);
        break;
    }
}
