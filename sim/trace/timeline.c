#include "trace/timeline.h"

#include "base/duration.h"
#include "base/memory.h"
#include "node/id.h"
#include "node/view.h"
#include "trace/lines.h"
#include "trace/replay.h"
#include "trace/rules.h"

#include <stdarg.h>

#define VALUE_SHOWN   60u /* bytes of a value or of a text of the scenario in one line */
#define MEMBERS_SHOWN 16u

struct timeline {
    struct reader reader;
    struct lines lines;
    struct replay replay; /* where memory runs short it knows less, and lines say less */
    uint32_t nodes;
    uint64_t *views; /* the hash of each node's members as last shown */
    /* A request whose ROUTE is to stand in the same line. */
    uint64_t pending; /* its number, or 0 */
    int64_t pending_t_ns;
    node_id pending_node;
    /* Leases that one node wins, loses or releases at one instant stand in one line. */
    uint32_t leases_count; /* so far; 0: none waits to be shown */
    struct record leases;  /* the last one */
};

static struct writer *begin_of(struct timeline *timeline, const struct record *record,
                               enum tone tone)
{
    return lines_begin(&timeline->lines, record->t_ns, record->node, tone);
}

static void end(struct timeline *timeline)
{
    lines_end(&timeline->lines);
}

static void put_text(struct writer *writer, const struct text *text)
{
    writer_shown(writer, text_bytes(text), text_size(text), VALUE_SHOWN);
}

static void put_whole(struct writer *writer, const struct text *text)
{
    writer_shown(writer, text_bytes(text), text_size(text), SIZE_MAX);
}

static void put_after(struct writer *writer, const char *words, int64_t ns)
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
    struct writer *writer = begin_of(timeline, record, TONE_FAULT);
    bool left = record->kind == RECORD_DOWN && record->code == DOWN_LEAVE;
    bool froze = record->kind == RECORD_FROZEN, thawed = record->kind == RECORD_THAWED;
    bool stalled = (froze || thawed) && record->code == FROZEN_STALLED;
    writer_string(writer, left               ? "has left"
                          : stalled && froze ? "stands still: its machine gives it no time"
                          : stalled          ? "runs on"
                                             : words[record->kind]);
    end(timeline);
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
    struct writer *writer = begin_of(timeline, record, TONE_NODE);
    if (waits) {
        put_after(writer, "still joins: no member has let it in for ", record->amount);
        end(timeline);
        return;
    }
    if (is_empty(record)) {
        WRITER_PUT(writer, "joins");
        end(timeline);
        return;
    }
    if (record->amount) {
        put_after(writer, "is alone: nobody answered for ", record->amount);
        end(timeline);
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
    end(timeline);
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
    struct writer *writer = begin_of(timeline, last, tone);
    writer_string(writer, words[last->code]);
    if (timeline->leases_count == 1) {
        WRITER_PUT(writer, " the lease of slot ");
        writer_number(writer, last->number);
    } else {
        WRITER_PUT(writer, " the leases of ");
        writer_number(writer, timeline->leases_count);
        WRITER_PUT(writer, " slots");
    }
    end(timeline);
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

/* ---- requests ------------------------------------------------------------------------------ */

/* "request 1", by itself if its ROUTE did not follow. */
static void show_pending(struct timeline *timeline)
{
    const struct replay_request *request =
        replay_find_request(&timeline->replay, timeline->pending);
    struct writer *writer =
        lines_begin(&timeline->lines, timeline->pending_t_ns, timeline->pending_node, TONE_NODE);
    WRITER_PUT(writer, "request ");
    if (request)
        put_whole(writer, &request->id);
    end(timeline);
    timeline->pending = 0;
}

static void hold_request(struct timeline *timeline, const struct record *record)
{
    timeline->pending = record->request;
    timeline->pending_t_ns = record->t_ns;
    timeline->pending_node = record->node;
}

/* What is said of the owner when its request is tried again. */
static const char *why_again(enum route_why why)
{
    static const char *const words[WHYS_COUNT] = {
        [WHY_FIRST] = " has not answered", [WHY_RETRY] = " has not answered",
        [WHY_LEFT] = " has left",          [WHY_LOST] = " is lost",
        [WHY_REFUSED] = " is leaving",     [WHY_MOVED] = " is its owner no more",
    };
    return words[why < WHYS_COUNT ? why : WHY_RETRY];
}

static void show_handed(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = begin_of(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "request ");
    put_whole(writer, &record->id);
    WRITER_PUT(writer, " goes on at ");
    writer_node(writer, record->peer);
    end(timeline);
}

static void show_route(struct timeline *timeline, const struct record *record)
{
    const struct replay_request *request = replay_find_request(&timeline->replay, record->request);
    struct writer *writer = begin_of(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "request ");
    put_whole(writer, &record->id);
    writer_string(writer, record->code == 1 ? " -> " : " again -> ");
    writer_node(writer, record->peer);
    if (record->code != 1 && request && request->owner != NODE_NONE) {
        WRITER_PUT(writer, ": ");
        writer_node(writer, request->owner);
        writer_string(writer, why_again(record->why));
    }
    end(timeline);
}

static void show_reply(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = begin_of(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "reply ");
    put_whole(writer, &record->id);
    WRITER_PUT(writer, " = ");
    put_text(writer, &record->value);
    put_after(writer, ", ", record->amount);
    end(timeline);
}

static void show_fail(struct timeline *timeline, const struct record *record)
{
    const struct replay_request *request = replay_find_request(&timeline->replay, record->request);
    struct writer *writer = begin_of(timeline, record, TONE_BAD);
    WRITER_PUT(writer, "request ");
    put_whole(writer, &record->id);
    WRITER_PUT(writer, " fails: ");
    writer_string(writer, outcome_name(record->code));
    if (request && record->clock_ns > request->clock_ns)
        put_after(writer, " after ", record->clock_ns - request->clock_ns);
    end(timeline);
}

/* Where the id is not known: "#17". */
static void put_number_of(struct writer *writer, uint64_t request)
{
    WRITER_PUT(writer, "#");
    writer_number(writer, request);
}

static void show_drop(struct timeline *timeline, const struct record *record)
{
    static const char *const words[] = {
        [DROP_LOSS] = " is lost on its way",
        [DROP_CUT] = " is lost: the link is cut",
        [DROP_DOWN] = " is lost: the node is down",
        [DROP_FULL] = " is lost: the node's queue is full",
        [DROP_LATE] = " comes too late",
    };
    if (record->message != MESSAGE_REQUEST && record->message != MESSAGE_REPLY)
        return;
    const struct replay_request *request = replay_find_request(&timeline->replay, record->request);
    struct writer *writer = begin_of(timeline, record, TONE_NODE);
    writer_string(writer, record->message == MESSAGE_REQUEST ? "request " : "reply ");
    if (request)
        put_whole(writer, &request->id);
    else
        put_number_of(writer, record->request);
    WRITER_PUT(writer, " to ");
    writer_node(writer, record->peer);
    writer_string(writer, record->code < DROPS_COUNT ? words[record->code] : " is lost");
    end(timeline);
}

/* ---- workers ------------------------------------------------------------------------------- */

static struct writer *begin_worker(struct timeline *timeline, const struct record *record,
                                   enum tone tone)
{
    struct writer *writer = begin_of(timeline, record, tone);
    WRITER_PUT(writer, "worker ");
    put_whole(writer, &record->id);
    return writer;
}

/* A load that took no time is not worth a line. */
static void show_value(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    if (!worker || worker->load_ns == record->t_ns || record->code == VALUE_OF_TURNS)
        return;
    struct writer *writer = begin_worker(timeline, record, TONE_NODE);
    WRITER_PUT(writer, " = ");
    put_text(writer, &record->value);
    put_after(writer, ", loaded in ", record->t_ns - worker->load_ns);
    end(timeline);
}

/* An answer is shown where it ends the request; a turn that fails says here why. */
static void show_serve(struct timeline *timeline, const struct record *record)
{
    if (record->why != SERVE_FAILED)
        return;
    const char *line = memchr(text_bytes(&record->value), '\n', text_size(&record->value));
    struct text why = record->value;
    if (line)
        why = text_borrow(text_bytes(&why), (size_t)(line - text_bytes(&why)));
    struct writer *writer = begin_worker(timeline, record, TONE_BAD);
    WRITER_PUT(writer, " failed in a turn: ");
    put_text(writer, &why);
    put_after(writer, ", after ", record->amount);
    end(timeline);
}

static void show_load_failed(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    struct writer *writer = begin_worker(timeline, record, TONE_BAD);
    WRITER_PUT(writer, " could not load");
    if (worker && worker->load_ns != record->t_ns)
        put_after(writer, ", tried for ", record->t_ns - worker->load_ns);
    end(timeline);
}

static void show_worker(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    struct writer *writer = begin_worker(timeline, record, TONE_NODE);
    if (record->kind == RECORD_START && record->code == START_FOUND) {
        put_after(writer, " lives, ", record->amount);
        WRITER_PUT(writer, " old");
    } else if (record->kind == RECORD_START && record->code == START_MOVED) {
        WRITER_PUT(writer, " comes from ");
        writer_node(writer, record->peer);
        put_after(writer, ", has ", record->amount);
        WRITER_PUT(writer, " to live");
    } else if (record->kind == RECORD_START) {
        WRITER_PUT(writer, " starts");
    } else if (record->kind == RECORD_MOVED) {
        WRITER_PUT(writer, " moves to ");
        writer_node(writer, record->peer);
    } else if (record->kind == RECORD_LOST) {
        writer_string(writer, record->code == DOWN_LEAVE   ? " ends with its node's leave"
                              : record->code == DOWN_LEASE ? " ends with its lease"
                                                           : " is lost");
    } else {
        WRITER_PUT(writer, " expires");
    }
    if (record->kind == RECORD_EXPIRE && worker) {
        WRITER_PUT(writer, " after ");
        writer_string(writer, duration_exact(record->clock_ns - worker->life_ns).text);
        if (worker->moved)
            WRITER_PUT(writer, " here");
    }
    end(timeline);
}

/* ---- the run ------------------------------------------------------------------------------- */

static void show_expectation(struct timeline *timeline, const struct record *record)
{
    static const char *const words[] = {[VERDICT_FAILED] = "FAILED: ",
                                        [VERDICT_HELD] = "held: ",
                                        [VERDICT_VACUOUS] = "VACUOUS: ",
                                        [VERDICT_MISSED] = "missed: "};
    bool held = record->code == VERDICT_HELD;
    struct writer *writer = begin_of(timeline, record, held ? TONE_GOOD : TONE_BAD);
    writer_string(writer, words[record->code]);
    put_whole(writer, &record->value);
    WRITER_PUT(writer, " (line ");
    writer_number(writer, record->line);
    WRITER_PUT(writer, ")");
    if (text_size(&record->id)) {
        WRITER_PUT(writer, ": ");
        put_whole(writer, &record->id);
    }
    end(timeline);
}

static void show_violation(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = begin_of(timeline, record, TONE_BAD);
    WRITER_PUT(writer, "VIOLATION ");
    writer_string(writer, rule_name(record->code));
    WRITER_PUT(writer, ": ");
    put_whole(writer, &record->value);
    end(timeline);
}

static void show_duplicate(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = begin_worker(timeline, record, TONE_FAULT);
    WRITER_PUT(writer, " is not the only one, ");
    writer_node(writer, record->peer);
    WRITER_PUT(writer, " has one too");
    if (text_size(&record->value))
        WRITER_PUT(writer, ": ");
    put_whole(writer, &record->value);
    end(timeline);
}

static void show_fault(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = begin_of(timeline, record, TONE_FAULT);
    put_whole(writer, &record->value);
    end(timeline);
}

static void show(struct timeline *timeline, const struct record *record)
{
    static void (*const shows[RECORD_KINDS])(struct timeline *, const struct record *) = {
        [RECORD_UP] = show_node,
        [RECORD_DOWN] = show_node,
        [RECORD_FROZEN] = show_node,
        [RECORD_THAWED] = show_node,
        [RECORD_VIEW] = show_view,
        [RECORD_DROP] = show_drop,
        [RECORD_REQUEST] = hold_request,
        [RECORD_ROUTE] = show_route,
        [RECORD_START] = show_worker,
        [RECORD_VALUE] = show_value,
        [RECORD_LOAD_FAILED] = show_load_failed,
        [RECORD_SERVE] = show_serve,
        [RECORD_REPLY] = show_reply,
        [RECORD_FAIL] = show_fail,
        [RECORD_EXPIRE] = show_worker,
        [RECORD_LOST] = show_worker,
        [RECORD_MOVED] = show_worker,
        [RECORD_HANDED] = show_handed,
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
        show_pending(timeline);
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
