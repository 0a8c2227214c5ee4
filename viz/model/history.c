#include "viz/model/history.h"

#include "base/memory.h"

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
    memory_free(history->moments);
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

enum error history_add(struct history *history, struct moment moment)
{
    must(moment.class < history->classes);
    if (history->count == UINT32_MAX)
        return ERROR_FULL;
    enum error error = memory_reserve((void **)&history->moments, &history->capacity,
                                      history->count + 1, sizeof *history->moments);
    if (!error && history->count % NOTE_EVERY == 0 && history->notes * NOTE_EVERY == history->count)
        error = add_note(history, moment.t_ns);
    if (error)
        return error;
    history->moments[history->count++] = moment;
    history->now[moment.class]++;
    return OK;
}

/* The first note at or after `from` whose time is at or after t_ns: by doubling steps, then
 * halving. */
static size_t find_note(const struct history *history, size_t from, int64_t t_ns)
{
    size_t low = from;
    size_t step = 1;
    while (low + step < history->notes && history->note_times[low + step] < t_ns) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < history->notes ? low + step : history->notes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->note_times[middle] < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t history_find(const struct history *history, size_t from, int64_t t_ns)
{
    size_t note = find_note(history, from / NOTE_EVERY, t_ns);
    size_t low = note ? (note - 1) * NOTE_EVERY : 0;
    size_t high = note * NOTE_EVERY < history->count ? note * NOTE_EVERY : history->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->moments[middle].t_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
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
        counts[history->moments[i].class]++;
}
