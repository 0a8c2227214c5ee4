/* What a timeline says of workers. */
#include "base/duration.h"
#include "trace/timeline_state.h"

#include <string.h>

struct writer *timeline_begin_worker(struct timeline *timeline, const struct record *record,
                                     enum tone tone)
{
    struct writer *writer = timeline_begin(timeline, record, tone);
    WRITER_PUT(writer, "worker ");
    timeline_put_whole(writer, &record->id);
    return writer;
}

/* A load that took no time is not worth a line. */
void timeline_show_value(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    if (!worker || worker->load_ns == record->t_ns || record->code == VALUE_OF_TURNS)
        return;
    struct writer *writer = timeline_begin_worker(timeline, record, TONE_NODE);
    WRITER_PUT(writer, " = ");
    timeline_put_text(writer, &record->value);
    timeline_put_after(writer, ", loaded in ", record->t_ns - worker->load_ns);
    timeline_end(timeline);
}

/* An answer is shown where it ends the request; a turn that fails says here why. */
void timeline_show_serve(struct timeline *timeline, const struct record *record)
{
    if (record->why != SERVE_FAILED)
        return;
    const char *line = memchr(text_bytes(&record->value), '\n', text_size(&record->value));
    struct text why = record->value;
    if (line)
        why = text_borrow(text_bytes(&why), (size_t)(line - text_bytes(&why)));
    struct writer *writer = timeline_begin_worker(timeline, record, TONE_BAD);
    WRITER_PUT(writer, " failed in a turn: ");
    timeline_put_text(writer, &why);
    timeline_put_after(writer, ", after ", record->amount);
    timeline_end(timeline);
}

void timeline_show_load_failed(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    struct writer *writer = timeline_begin_worker(timeline, record, TONE_BAD);
    WRITER_PUT(writer, " could not load");
    if (worker && worker->load_ns != record->t_ns)
        timeline_put_after(writer, ", tried for ", record->t_ns - worker->load_ns);
    timeline_end(timeline);
}

void timeline_show_worker(struct timeline *timeline, const struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&timeline->replay, record->worker);
    struct writer *writer = timeline_begin_worker(timeline, record, TONE_NODE);
    if (record->kind == RECORD_START && record->code == START_FOUND) {
        timeline_put_after(writer, " lives, ", record->amount);
        WRITER_PUT(writer, " old");
    } else if (record->kind == RECORD_START && record->code == START_MOVED) {
        WRITER_PUT(writer, " comes from ");
        writer_node(writer, record->peer);
        timeline_put_after(writer, ", has ", record->amount);
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
    timeline_end(timeline);
}
