#include "viz/model/history.h"

#include "base/memory.h"
#include "viz/model/search.h"

#include <string.h>

#define NOTE_EVERY 16u

enum error history_init(struct history *history, uint32_t classes)
{
    *history = (struct history){.classes = classes};
    history->now = memory_zeroed(classes * sizeof *history->now);
    return history->now ? OK : ERROR_MEMORY;
}

void history_close(struct history *history)
{
    memory_free(history->events);
    memory_free(history->note_times);
    memory_free(history->note_counts);
    memory_free(history->now);
    *history = (struct history){0};
}

static enum error add_note(struct history *history, int64_t t_ns)
{
    size_t width = history->classes;
    size_t used = history->notes * width;
    enum error error = memory_reserve((void **)&history->note_times, &history->times_capacity,
                                      history->notes + 1, sizeof *history->note_times);
    if (!error)
        error = memory_reserve((void **)&history->note_counts, &history->counts_capacity,
                               used + width, sizeof *history->note_counts);
    if (error)
        return error;
    history->note_times[history->notes] = t_ns;
    memcpy(history->note_counts + used, history->now, width * sizeof *history->now);
    history->notes++;
    return OK;
}

enum error history_add(struct history *history, struct history_event event)
{
    must(event.class < history->classes);
    if (history->count == UINT32_MAX)
        return ERROR_FULL;
    enum error error = memory_reserve((void **)&history->events, &history->capacity,
                                      history->count + 1, sizeof *history->events);
    if (!error && history->count % NOTE_EVERY == 0 && history->notes * NOTE_EVERY == history->count)
        error = add_note(history, event.t_ns);
    if (error)
        return error;
    history->events[history->count++] = event;
    history->now[event.class]++;
    return OK;
}

static bool note_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const int64_t *)array)[place] < t_ns;
}

static bool event_before(const void *array, size_t place, int64_t t_ns)
{
    return ((const struct history_event *)array)[place].t_ns < t_ns;
}

size_t history_find(const struct history *history, size_t from, int64_t t_ns)
{
    size_t note =
        search_time(history->note_times, from / NOTE_EVERY, history->notes, t_ns, note_before);
    size_t first = note ? (note - 1) * NOTE_EVERY : 0;
    size_t past = note * NOTE_EVERY < history->count ? note * NOTE_EVERY : history->count;
    return search_time(history->events, first, past, t_ns, event_before);
}

void history_counts(const struct history *history, size_t end, uint32_t *counts)
{
    size_t width = history->classes * sizeof *counts;
    if (end == history->count) {
        memcpy(counts, history->now, width);
        return;
    }
    size_t note = end / NOTE_EVERY;
    memcpy(counts, history->note_counts + note * history->classes, width);
    for (size_t i = note * NOTE_EVERY; i < end; i++)
        counts[history->events[i].class]++;
}
