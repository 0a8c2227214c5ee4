/* Small ids in place of large ones: in every request for an id at once, so that they stay requests
 * for one id. */
#include "base/memory.h"
#include "scenario/value.h"
#include "search/shrink_internal.h"
#include "search/words.h"

#include <inttypes.h>
#include <stdio.h>

#define IDS_MOST 64u

struct ids {
    uint64_t ids[IDS_MOST];
    size_t count;
};

static bool has(const struct ids *ids, uint64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->ids[i] == id)
            return true;
    return false;
}

/* The ids that are whole numbers, each once. */
static struct ids ids_of(const struct script_line *lines, size_t count)
{
    struct ids ids = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct words words = words_of(lines[i].text);
        for (size_t at = 1; words_are_request(&words) && at < request_ids_end(&words); at++) {
            uint64_t id;
            if (!value_number(words.list[at], &id) && !has(&ids, id) && ids.count < IDS_MOST)
                ids.ids[ids.count++] = id;
        }
    }
    return ids;
}

/* The line with one id in place of another one. */
static const char *with_other_id(struct script *script, const char *text, uint64_t from,
                                 uint64_t to)
{
    char number[24];
    bool changed = false;
    struct words words = words_of(text);
    snprintf(number, sizeof number, "%" PRIu64, to);
    for (size_t at = 1; words_are_request(&words) && at < request_ids_end(&words); at++) {
        uint64_t id;
        if (value_number(words.list[at], &id) || id != from)
            continue;
        words.list[at] = (struct word){number, strlen(number)};
        changed = true;
    }
    return changed ? words_join(&words, script->arena) : text;
}

static bool try_id(struct shrinking *shrinking, const struct script_line *lines, size_t count,
                   uint64_t from, uint64_t to)
{
    struct script_line *room = memory_resize(NULL, (count + 1) * sizeof *room);
    bool sound = room != NULL;
    for (size_t i = 0; i < count && sound; i++) {
        room[i] = lines[i];
        room[i].text = with_other_id(&shrinking->result->script, lines[i].text, from, to);
        sound = room[i].text != NULL;
    }
    shrinking->failed |= !sound;
    bool kept = sound && shrink_try(shrinking, room, count);
    memory_free(room);
    return kept;
}

bool shrink_try_ids(struct shrinking *shrinking, const struct script_line *lines, size_t count,
                    uint64_t most)
{
    struct ids ids = ids_of(lines, count);
    for (uint64_t to = 1; to <= most && ids.count == 1; to++)
        if (to != ids.ids[0] && try_id(shrinking, lines, count, ids.ids[0], to))
            return true;
    return false;
}

#define ID_MOST 12u /* larger ones are as good as any */

bool shrink_ids(struct shrinking *shrinking)
{
    const struct script *script = &shrinking->result->script;
    struct ids ids = ids_of(script->lines, script->count);
    bool changed = false;
    for (size_t i = 0; i < ids.count && !shrink_is_over(shrinking); i++) {
        for (uint64_t to = 1; to <= ID_MOST && to < ids.ids[i]; to++) {
            if (has(&ids, to) || !try_id(shrinking, script->lines, script->count, ids.ids[i], to))
                continue;
            ids.ids[i] = to;
            changed = true;
        }
    }
    return changed;
}
