/* All lanes in a narrow strip beside those that are in view, where they are many and do not fit:
 * the state of each node at the playhead, and which part is in view. */
#include "viz/draw/draw.h"

#define MINIMAP_FROM  30u /* lanes; fewer are soon looked through */
#define MINIMAP_WIDTH 12

struct box draw_minimap_box(const struct layout *layout)
{
    struct box box = layout->lanes;
    if (layout->slots < MINIMAP_FROM || !layout_scroll_max(layout))
        return (struct box){0};
    box.x0 = box.x1 - px(layout, MINIMAP_WIDTH);
    return box;
}

uint32_t draw_minimap_slot(const struct layout *layout, int32_t y)
{
    struct box box = draw_minimap_box(layout);
    if (box.y1 <= box.y0) /* it has gone while it was dragged */
        return layout->first_slot;
    int64_t slot = (int64_t)(y - box.y0) * layout->slots / (box.y1 - box.y0);
    return slot < 0 ? 0 : slot >= layout->slots ? layout->slots - 1 : (uint32_t)slot;
}

static int32_t slot_y(const struct layout *layout, struct box box, uint32_t slot)
{
    return box.y0 + (int32_t)((int64_t)(box.y1 - box.y0) * slot / layout->slots);
}

/* What to show it in. */
static bool is_in_trouble(const struct layout *layout, node_id node, enum role *role)
{
    int64_t t_ns = layout->viewport->playhead_ns;
    enum node_state state = picture_state(layout->model, node, t_ns);
    *role = state == NODE_FROZEN ? ROLE_FAULT : state == NODE_UP ? ROLE_DUPLICATE : ROLE_LOST;
    return state == NODE_FROZEN || state == NODE_DOWN || state == NODE_LEFT ||
           picture_is_cut(layout->model, node, t_ns);
}

void draw_minimap(const struct layout *layout)
{
    struct box box = draw_minimap_box(layout);
    if (box.x1 <= box.x0)
        return;
    pen_rect(layout, ROLE_PANEL, box.x0, box.y0, box.x1, box.y1);
    for (uint32_t slot = 0; slot < layout->slots; slot++) {
        enum role role;
        if (!is_in_trouble(layout, layout_node(layout, slot), &role))
            continue;
        int32_t y0 = slot_y(layout, box, slot), y1 = slot_y(layout, box, slot + 1);
        pen_rect(layout, role, box.x0 + px(layout, 2), y0, box.x1, y1 > y0 ? y1 : y0 + 1);
    }
    shapes_add(layout->out, SHAPE_OUTLINE, ROLE_TEXT, box.x0,
               slot_y(layout, box, layout->first_slot), box.x1,
               slot_y(layout, box, layout->last_slot));
}
