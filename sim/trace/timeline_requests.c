/* What a timeline says of requests. */
#include "node/id.h"
#include "trace/timeline_state.h"

/* "request 1", by itself if its ROUTE did not follow. */
void timeline_show_pending(struct timeline *timeline)
{
    const struct replay_request *request =
        replay_find_request(&timeline->replay, timeline->pending);
    struct writer *writer =
        lines_begin(&timeline->lines, timeline->pending_t_ns, timeline->pending_node, TONE_NODE);
    WRITER_PUT(writer, "request ");
    if (request)
        timeline_put_whole(writer, &request->id);
    timeline_end(timeline);
    timeline->pending = 0;
}

void timeline_hold_request(struct timeline *timeline, const struct record *record)
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

void timeline_show_handed(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = timeline_begin(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "request ");
    timeline_put_whole(writer, &record->id);
    WRITER_PUT(writer, " goes on at ");
    writer_node(writer, record->peer);
    timeline_end(timeline);
}

void timeline_show_route(struct timeline *timeline, const struct record *record)
{
    const struct replay_request *request = replay_find_request(&timeline->replay, record->request);
    struct writer *writer = timeline_begin(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "request ");
    timeline_put_whole(writer, &record->id);
    writer_string(writer, record->code == 1 ? " -> " : " again -> ");
    writer_node(writer, record->peer);
    if (record->code != 1 && request && request->owner != NODE_NONE) {
        WRITER_PUT(writer, ": ");
        writer_node(writer, request->owner);
        writer_string(writer, why_again(record->why));
    }
    timeline_end(timeline);
}

void timeline_show_reply(struct timeline *timeline, const struct record *record)
{
    struct writer *writer = timeline_begin(timeline, record, TONE_NODE);
    WRITER_PUT(writer, "reply ");
    timeline_put_whole(writer, &record->id);
    WRITER_PUT(writer, " = ");
    timeline_put_text(writer, &record->value);
    timeline_put_after(writer, ", ", record->amount);
    timeline_end(timeline);
}

void timeline_show_fail(struct timeline *timeline, const struct record *record)
{
    const struct replay_request *request = replay_find_request(&timeline->replay, record->request);
    struct writer *writer = timeline_begin(timeline, record, TONE_BAD);
    WRITER_PUT(writer, "request ");
    timeline_put_whole(writer, &record->id);
    WRITER_PUT(writer, " fails: ");
    writer_string(writer, outcome_name(record->code));
    if (request && record->clock_ns > request->clock_ns)
        timeline_put_after(writer, " after ", record->clock_ns - request->clock_ns);
    timeline_end(timeline);
}

/* Where the id is not known: "#17". */
static void put_number_of(struct writer *writer, uint64_t request)
{
    WRITER_PUT(writer, "#");
    writer_number(writer, request);
}

void timeline_show_drop(struct timeline *timeline, const struct record *record)
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
    struct writer *writer = timeline_begin(timeline, record, TONE_NODE);
    writer_string(writer, record->message == MESSAGE_REQUEST ? "request " : "reply ");
    if (request)
        timeline_put_whole(writer, &request->id);
    else
        put_number_of(writer, record->request);
    WRITER_PUT(writer, " to ");
    writer_node(writer, record->peer);
    writer_string(writer, record->code < DROPS_COUNT ? words[record->code] : " is lost");
    timeline_end(timeline);
}
