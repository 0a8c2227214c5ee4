/* What a right click offers: to act on the run, and to see one node alone; and the filter. */
#include "viz/ui/input.h"

#include "base/memory.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is no statement for the run but for the window. */
#define SHOW "show "

__attribute__((format(printf, 3, 4))) static void add(struct menu *menu, const char *label,
                                                      const char *format, ...)
{
    if (menu->count == MENU_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(menu->statements[menu->count], sizeof menu->statements[0], format, arguments);
    va_end(arguments);
    snprintf(menu->labels[menu->count], sizeof menu->labels[0], "%.63s",
             label ? label : menu->statements[menu->count]);
    menu->count++;
}

static void add_node(struct menu *menu, const struct input *input, node_id node)
{
    uint32_t n = node + 1;
    enum node_state state = picture_state(input->model, node, input->run.now_ns);
    snprintf(menu->title, sizeof menu->title, "node n%" PRIu32, n);
    if (!input->run.over) {
        if (state != NODE_DOWN && state != NODE_LEFT)
            add(menu, "request an id here \xe2\x80\xa6", "request ? from n%" PRIu32, n);
        if (state == NODE_DOWN || state == NODE_LEFT)
            add(menu, "restart", "restart n%" PRIu32, n);
        else
            add(menu, "crash", "crash n%" PRIu32, n);
        if (state == NODE_FROZEN)
            add(menu, "thaw", "thaw n%" PRIu32, n);
        else if (state == NODE_UP)
            add(menu, "freeze", "freeze n%" PRIu32, n);
        if (input->model->nodes > 1)
            add(menu, "cut from all others", "cut n%" PRIu32 " <-> all", n);
        add(menu, "heal all cuts", "heal");
    }
    add(menu, "show only this node", SHOW "n%" PRIu32, n);
}

static void add_link(struct menu *menu, const struct input *input,
                     const struct model_message *message)
{
    uint32_t from = message->from + 1;
    uint32_t to = message->to + 1;
    snprintf(menu->title, sizeof menu->title, "link n%" PRIu32 " \xe2\x80\x93 n%" PRIu32, from, to);
    if (!input->run.over) {
        add(menu, NULL, "cut n%" PRIu32 " -> n%" PRIu32, from, to);
        add(menu, NULL, "cut n%" PRIu32 " -> n%" PRIu32, to, from);
        add(menu, NULL, "cut n%" PRIu32 " <-> n%" PRIu32, from, to);
        add(menu, "heal all cuts", "heal");
    }
    add(menu, "show only these nodes", SHOW "n%" PRIu32 ",n%" PRIu32, from, to);
}

static bool node_at(const struct input *input, int32_t y, node_id *node)
{
    struct layout layout = input_layout(input);
    for (uint32_t slot = layout.first_slot; slot < layout.last_slot; slot++) {
        int32_t top = layout_lane_y(&layout, slot);
        if (y < layout.lanes.y0 || y >= layout.lanes.y1 || y < top || y >= top + layout.lane.height)
            continue;
        *node = layout_node(&layout, slot);
        return true;
    }
    return false;
}

void input_menu_open(struct input *input, int32_t x, int32_t y)
{
    struct menu *menu = &input->viewport.menu;
    const struct shape *shape =
        input->shapes ? shapes_at(input->shapes, x, y, 4 * (int32_t)input->viewport.scale / 100)
                      : NULL;
    struct thing thing = shape ? shape->thing : (struct thing){THING_NONE, 0};
    struct layout layout = input_layout(input);
    node_id node;
    *menu = (struct menu){.x = x, .y = y};
    if (x >= layout.lanes.x1)
        return;
    if (thing.kind == THING_MESSAGE)
        add_link(menu, input, model_message(input->model, thing.index));
    else if (thing.kind == THING_HEARTBEAT)
        add_link(menu, input, model_heartbeat(input->model, thing.index));
    else if (node_at(input, y, &node))
        add_node(menu, input, node);
    menu->chosen = menu->count;
    menu->open = menu->count > 0;
}

void input_menu_do(struct input *input)
{
    struct menu *menu = &input->viewport.menu;
    if (!menu->open || menu->chosen >= menu->count)
        return;
    const char *statement = menu->statements[menu->chosen];
    menu->open = false;
    if (strncmp(statement, SHOW, strlen(SHOW)) == 0) {
        input_filter(input, statement + strlen(SHOW));
    } else if (strchr(statement, '?')) {
        input->viewport.entry = (struct text_entry){.kind = ENTRY_ID};
        snprintf(input->viewport.entry.statement, sizeof input->viewport.entry.statement, "%s",
                 statement);
    } else {
        snprintf(input->statement, sizeof input->statement, "%s", statement);
        input_notify(input, statement);
    }
}

static int compare(const void *left, const void *right)
{
    node_id a = *(const node_id *)left;
    node_id b = *(const node_id *)right;
    return a < b ? -1 : a > b;
}

/* Whether the text is nodes' names, with commas between; then they are what is shown. */
static bool filter_nodes(struct input *input, const char *text)
{
    struct viewport *viewport = &input->viewport;
    size_t capacity = 0;
    uint32_t count = 0;
    node_id *nodes = NULL;
    bool fits = *text != '\0';
    while (fits && *text) {
        char *end = NULL;
        unsigned long number =
            text[0] == 'n' && isdigit((unsigned char)text[1]) ? strtoul(text + 1, &end, 10) : 0;
        fits = number > 0 && number <= input->model->nodes && (*end == ',' || *end == '\0');
        if (!fits)
            break;
        if (memory_reserve((void **)&nodes, &capacity, count + 1, sizeof *nodes)) {
            input->error = ERROR_MEMORY;
            break;
        }
        nodes[count++] = (node_id)number - 1;
        text = *end ? end + 1 : end;
    }
    if (!fits || !count) {
        memory_free(nodes);
        return false;
    }
    qsort(nodes, count, sizeof *nodes, compare);
    viewport->nodes = nodes;
    for (uint32_t i = 0; i < count; i++)
        if (viewport->nodes_count == 0 || nodes[viewport->nodes_count - 1] != nodes[i])
            nodes[viewport->nodes_count++] = nodes[i];
    return true;
}

void input_filter(struct input *input, const char *text)
{
    struct viewport *viewport = &input->viewport;
    memory_free(viewport->nodes);
    viewport->nodes = NULL;
    viewport->nodes_count = 0;
    viewport->scroll = 0;
    snprintf(viewport->filter, sizeof viewport->filter, "%s", text);
    thing_set_close(&viewport->filtered);
    if (!viewport->filter[0] || filter_nodes(input, viewport->filter))
        return;
    input->error = thing_set_matching(&viewport->filtered, input->model, viewport->filter,
                                      viewport->t0_ns, viewport->t1_ns);
}
