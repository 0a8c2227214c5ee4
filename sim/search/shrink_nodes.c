/* Fewer nodes: one is taken out of every line, and those after it move up. */
#include "base/memory.h"
#include "base/string_builder.h"
#include "scenario/value.h"
#include "search/shrink_internal.h"
#include "search/words.h"

#include <inttypes.h>

/* Of more nodes not every id is tried. */
#define NODES_FOR_IDS 16u

/* Adds a list without node number `gone`. False: nothing is left of it. */
static bool add_list(struct string_builder *text, struct word list, uint64_t gone)
{
    struct word part;
    bool any = false;
    while (word_next_part(&list, &part)) {
        uint64_t number = word_node(part);
        if (number == gone)
            continue;
        string_builder_add(text, any ? "," : "");
        if (number > gone)
            string_builder_print(text, "n%" PRIu64, number - 1);
        else
            string_builder_add_bytes(text, part.text, part.size);
        any = true;
    }
    return any;
}

/* The line without the node; *text is NULL if it is about that node alone. */
static bool without_node(struct script *script, const struct script_line *line, uint64_t gone,
                         uint64_t nodes, const char **text)
{
    struct words words = words_of(line->text);
    struct string_builder made = {0};
    bool stays = true;
    if (!words.count) { /* too long a line to be looked into */
        *text = line->text;
        return true;
    }
    for (size_t i = 0; i < words.count && stays; i++) {
        string_builder_add(&made, i ? " " : "");
        if (i == 1 && word_is(words.list[0], "nodes"))
            string_builder_print(&made, "%" PRIu64, nodes - 1);
        else
            stays = add_list(&made, words.list[i], gone);
    }
    *text = stays && !made.failed ? arena_copy(script->arena, made.text, made.size) : NULL;
    bool sound = !made.failed && (!stays || *text);
    string_builder_close(&made);
    return sound;
}

static bool try_without_node(struct shrinking *shrinking, struct script_line *room, uint64_t gone,
                             uint64_t nodes)
{
    struct script *script = &shrinking->result->script;
    size_t count = 0;
    for (size_t i = 0; i < script->count; i++) {
        struct script_line line = script->lines[i];
        if (!without_node(script, &script->lines[i], gone, nodes, &line.text)) {
            shrinking->failed = true;
            return false;
        }
        if (line.text)
            room[count++] = line;
    }
    if (shrink_try(shrinking, room, count))
        return true;
    /* Of fewer nodes another id's owner may be the one that matters. */
    return nodes <= NODES_FOR_IDS && shrink_try_ids(shrinking, room, count, nodes);
}

static uint64_t nodes_of(const struct script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        struct words words = words_of(script->lines[i].text);
        uint64_t nodes;
        if (script->lines[i].part == SCRIPT_SETTING && words.count == 2 &&
            word_is(words.list[0], "nodes") && !value_number(words.list[1], &nodes))
            return nodes;
    }
    return 1;
}

bool shrink_nodes(struct shrinking *shrinking)
{
    struct script *script = &shrinking->result->script;
    struct script_line *room = memory_resize(NULL, (script->count + 1) * sizeof *room);
    uint64_t nodes = nodes_of(script);
    bool changed = false;
    if (!room) {
        shrinking->failed = true;
        return false;
    }
    for (uint64_t node = nodes; node > 0 && nodes > 1 && !shrink_is_over(shrinking); node--) {
        if (!try_without_node(shrinking, room, node, nodes))
            continue;
        changed = true;
        nodes--;
    }
    memory_free(room);
    return changed;
}
