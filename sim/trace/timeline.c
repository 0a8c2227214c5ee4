#include "base/duration.h"
#include "base/memory.h"
#include "node/id.h"
#include "node/view.h"
#include "trace/rules.h"
#include "trace/timeline_state.h"

#include <stdarg.h>

#define VALUE_SHOWN   60u /* bytes of a value or of a text of the scenario in one line */
#define MEMBERS_SHOWN 16u

struct writer *timeline_begin(struct timeline *timeline, const struct record *record,
                              enum tone tone)
{
    return lines_begin(&timeline->lines, record->t_ns, record->node, tone);
}

void timeline_end(struct timeline *timeline)
{
    lines_end(&timeline->lines);
}

void timeline_put_text(struct writer *writer, const struct text *text)
{
    writer_shown(writer, text_bytes(text), text_size(text), VALUE_SHOWN);
}

void timeline_put_whole(struct writer *writer, const struct text *text)
{
    writer_shown(writer, text_bytes(text), text_size(text), SIZE_MAX);
}

void timeline_put_after(struct writer *writer, const char *words, int64_t ns)
{
    writer_string(writer, words);
    writer_string(writer, duration_short(ns).text);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void show_node(struct timeline *timeline, const struct record *record)
{
    static const char *const words[] = {
        [RECORD_UP] = "starts again",
        [RECORD_DOWN] = "crashes",
        [RECORD_FROZEN] = "freezes",
        [RECORD_THAWED] = "thaws",
    };
    if (record->kind == RECORD_UP && record->t_ns == 0)
        return; /* as all nodes do */
    struct writer *writer = timeline_begin(timeline, record, TONE_FAULT);
    bool left = record->kind == RECORD_DOWN && record->code == DOWN_LEAVE;
    bool froze = record->kind == RECORD_FROZEN, thawed = record->kind == RECORD_THAWED;
    bool stalled = (froze || thawed) && record->code == FROZEN_STALLED;
    writer_string(writer, left               ? "has left"
                          : stalled && froze ? "stands still: its machine gives it no time"
                          : stalled          ? "runs on"
                                             : words[record->kind]);
    timeline_end(timeline);
}

/* Whether it has no member: the node has no view yet. */
static bool is_empty(const struct record *view)
{
    for (uint32_t i = 0; i < text_size(&view->value); i++)
        if (text_bytes(&view->value)[i])
            return false;
    return true;
}

static void show_view(struct timeline *timeline, const struct record *record)
{
    uint64_t hash = id_hash(&record->value);
    bool waits = is_empty(record) && record->amount;
    if (timeline->views[record->node] == hash && !waits)
        return;
    bool first = timeline->views[record->node] == 0;
    timeline->views[record->node] = hash;
    if ((first || is_empty(record)) && record->t_ns == 0)
        return; /* itself alone, as every node begins, or joining as they do then */
    struct writer *writer = timeline_begin(timeline, record, TONE_NODE);
    if (waits) {
        timeline_put_after(writer, "still joins: no member has let it in for ", record->amount);
        timeline_end(timeline);
        return;
    }
    if (is_empty(record)) {
        WRITER_PUT(writer, "joins");
        timeline_end(timeline);
        return;
    }
    if (record->amount) {
        timeline_put_after(writer, "is alone: nobody answered for ", record->amount);
        timeline_end(timeline);
        return;
    }
    const char *comma = "view ";
    uint32_t count = 0;
    for (node_id node = 0; node < timeline->nodes; node++) {
        if (!record_view_has(record, node))
            continue;
        if (count++ < MEMBERS_SHOWN) {
            writer_string(writer, comma);
            writer_node(writer, node);
        }
        comma = ",";
    }
    if (count > MEMBERS_SHOWN) {
        WRITER_PUT(writer, ",… (");
        writer_number(writer, count);
        WRITER_PUT(writer, " members)");
    }
    timeline_end(timeline);
}

/* ---- leases -------------------------------------------------------------------------------- */

static void show_leases(struct timeline *timeline)
{
    static const char *const words[LEASE_HOWS_COUNT] = {[LEASE_WON] = "wins",
                                                        [LEASE_RELEASED] = "releases",
                                                        [LEASE_LOST] = "loses",
                                                        [LEASE_HELD] = "holds"};
    const struct record *last = &timeline->leases;
    enum tone tone = last->code == LEASE_LOST ? TONE_BAD : TONE_NODE;
    struct writer *writer = timeline_begin(timeline, last, tone);
    writer_string(writer, words[last->code]);
    if (timeline->leases_count == 1) {
        WRITER_PUT(writer, " the lease of slot ");
        writer_number(writer, last->number);
    } else {
        WRITER_PUT(writer, " the leases of ");
        writer_number(writer, timeline->leases_count);
        WRITER_PUT(writer, " slots");
    }
    timeline_end(timeline);
    timeline->leases_count = 0;
}

/* One that is renewed is no news. */
static void hold_lease(struct timeline *timeline, const struct record *record)
{
    const struct record *last = &timeline->leases;
    bool same =
        record->node == last->node && record->t_ns == last->t_ns && record->code == last->code;
    if (record->code == LEASE_RENEWED)
        return;
    if (timeline->leases_count && !same)
        show_leases(timeline);
    timeline->leases = *record;
    timeline->leases_count++;
}

/* ---- the run ------------------------------------------------------------------------------- */

static void show_expectation(struct timeline *timeline, const struct record *record)
{
    static const char *const words[] = {[VERDICT_FAILED] = "FAILED: ",
                                        [VERDICT_HELD] = "held: ",
                                        [VERDICT_VACUOUS] = "VACUOUS: ",
                                        [VERDICT_MISSED] = "missed: "};
    bool held = record->code == VERDICT_HELD;
    struct writer *writer = timeline_begin(timeline, record, held ? TONE_GOOD : TONE_BAD);
    writer_string(writer, words[record->code]);
    timeline_put_whole(writer, &record->value);
    WRITER_PUT(writer, " (line ");
    writer_number(writer, record->line);
    WRITER_PUT(writer, ")");
    if (text_size(&record->id)) {
        WRITER_PUT(writer, ": ");
        timeline_put_whole(writer, &record->id);
    }
    timeline_end(timeline);
}

static void show_violation(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = timeline_begin(timeline, record, TONE_BAD);
    WRITER_PUT(writer, "VIOLATION ");
    writer_string(writer, rule_name(record->code));
    WRITER_PUT(writer, ": ");
    timeline_put_whole(writer, &record->value);
    timeline_end(timeline);
}

static void show_duplicate(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = timeline_begin_worker(timeline, record, TONE_FAULT);
    WRITER_PUT(writer, " is not the only one, ");
    writer_node(writer, record->peer);
    WRITER_PUT(writer, " has one too");
    if (text_size(&record->value))
        WRITER_PUT(writer, ": ");
    timeline_put_whole(writer, &record->value);
    timeline_end(timeline);
}

static void show_fault(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = timeline_begin(timeline, record, TONE_FAULT);
    timeline_put_whole(writer, &record->value);
    timeline_end(timeline);
}

static void show(struct timeline *timeline, const struct record *record)
{
    static void (*const shows[RECORD_KINDS])(struct timeline *, const struct record *) = {
        [RECORD_UP] = show_node,
        [RECORD_DOWN] = show_node,
        [RECORD_FROZEN] = show_node,
        [RECORD_THAWED] = show_node,
        [RECORD_VIEW] = show_view,
        [RECORD_DROP] = timeline_show_drop,
        [RECORD_REQUEST] = timeline_hold_request,
        [RECORD_ROUTE] = timeline_show_route,
        [RECORD_START] = timeline_show_worker,
        [RECORD_VALUE] = timeline_show_value,
        [RECORD_LOAD_FAILED] = timeline_show_load_failed,
        [RECORD_SERVE] = timeline_show_serve,
        [RECORD_REPLY] = timeline_show_reply,
        [RECORD_FAIL] = timeline_show_fail,
        [RECORD_EXPIRE] = timeline_show_worker,
        [RECORD_LOST] = timeline_show_worker,
        [RECORD_MOVED] = timeline_show_worker,
        [RECORD_HANDED] = timeline_show_handed,
        [RECORD_LEASE] = hold_lease,
        [RECORD_FAULT] = show_fault,
        [RECORD_SET] = show_fault,
        [RECORD_EXPECT] = show_expectation,
        [RECORD_VIOLATION] = show_violation,
        [RECORD_DUPLICATE] = show_duplicate,
    };
    if (shows[record->kind])
        shows[record->kind](timeline, record);
}

static void show_what_waits(struct timeline *timeline, enum record_kind before)
{
    if (timeline->pending)
        timeline_show_pending(timeline);
    if (timeline->leases_count && before != RECORD_LEASE)
        show_leases(timeline);
}

static void take(struct reader *reader, const struct record *record)
{
    struct timeline *timeline = container_of(reader, struct timeline, reader);
    bool joins = record->kind == RECORD_ROUTE && record->request == timeline->pending;
    if (joins)
        timeline->pending = 0;
    else
        show_what_waits(timeline, record->kind);
    show(timeline, record);
    replay_take(&timeline->replay, record);
    writer_flush(&timeline->lines.writer);
}

uint64_t timeline_lines(const struct timeline *timeline)
{
    return timeline->lines.count;
}

struct timeline *timeline_new(FILE *out, uint32_t nodes, bool colour)
{
    struct timeline *timeline = memory_zeroed(sizeof *timeline);
    if (!timeline)
        return NULL;
    timeline->views = memory_zeroed(nodes * sizeof *timeline->views);
    struct replay_setup follow = {.nodes = nodes, .parts = REPLAY_WORKERS | REPLAY_REQUESTS};
    if (!timeline->views || replay_init(&timeline->replay, &follow)) {
        memory_free(timeline->views);
        memory_free(timeline);
        return NULL;
    }
    timeline->reader.take = take;
    timeline->nodes = nodes;
    lines_init(&timeline->lines, out, nodes, colour);
    return timeline;
}

void timeline_remark(struct timeline *timeline, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    show_what_waits(timeline, RECORD_KINDS);
    lines_remark(&timeline->lines, text);
}

void timeline_delete(struct timeline *timeline)
{
    if (!timeline)
        return;
    show_what_waits(timeline, RECORD_KINDS);
    writer_flush(&timeline->lines.writer);
    replay_close(&timeline->replay);
    memory_free(timeline->views);
    memory_free(timeline);
}
