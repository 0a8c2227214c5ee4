/* The strip at the foot of each lane: as high as the share of all slots whose leases the node
 * holds, over time, with a mark where leases ran out because they were not renewed in time. */
#include "base/number.h"
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

#define STEP 2 /* pixels of the design: what changes within is drawn once */

static void draw_held(const struct layout *layout, struct box box, uint32_t held)
{
    int32_t full = layout->lane.leases - px(layout, layout->lane.small ? 0 : 1);
    int32_t height = (int32_t)((int64_t)full * held / layout->model->slots);
    char text[FORMAT_MAX];
    if (!held || box.x1 <= box.x0)
        return;
    pen_rect(layout, ROLE_LEASE, box.x0, box.y1 - max_i32(height, px(layout, 1)), box.x1, box.y1)
        ->alpha = (uint8_t)(layout->alpha * 2 / 3);
    snprintf(text, sizeof text, "leases of %" PRIu32 " of %" PRIu32 " slots", held,
             layout->model->slots);
    pen_rect(layout, ROLE_LEASE, box.x0, box.y0, box.x1, box.y1)->alpha = 0;
    shapes_tooltip(layout->out, text);
}

static void draw_lost(const struct layout *layout, struct box box, uint32_t lost)
{
    char text[FORMAT_MAX];
    if (!lost)
        return;
    pen_rect(layout, ROLE_LOST, box.x0 - px(layout, 1), box.y0, box.x0 + px(layout, 1), box.y1)
        ->alpha = layout->alpha;
    snprintf(text, sizeof text, "%" PRIu32 " lease%s ran out: not renewed in time", lost,
             lost == 1 ? "" : "s");
    shapes_tooltip(layout->out, text);
}

/* Changes [first, past) of a lane in one step, and what they lead to until x1. */
static void draw_change(const struct layout *layout, const struct lane *lane, size_t first,
                        size_t past, struct box box)
{
    uint32_t lost = 0;
    for (size_t i = first; i < past; i++)
        lost += lane->leases[i].lost;
    draw_held(layout, box, lane->leases[past - 1].held);
    draw_lost(layout, box, lost);
}

static void draw_strip(const struct layout *layout, uint32_t slot)
{
    node_id node = layout_node(layout, slot);
    const struct lane *lane = &layout->model->lanes[node];
    int64_t step = layout_length_ns(layout, STEP);
    int32_t y1 = layout_lane_y(layout, slot) + layout->lane.height - px(layout, 1);
    struct box box = {.y0 = y1 - layout->lane.leases, .y1 = y1};
    size_t i = picture_lease(layout->model, node, 0, layout->viewport->t0_ns);
    for (i -= i > 0; i < lane->leases_count && lane->leases[i].t_ns < layout->viewport->t1_ns;) {
        size_t next =
            picture_lease(layout->model, node, i + 1, lane->leases[i].t_ns + max_i64(step, 1));
        int64_t end_ns = next < lane->leases_count
                             ? lane->leases[next].t_ns
                             : min_i64(lane->leased_ns, layout->model->last_ns);
        box.x0 = layout_x(layout, lane->leases[i].t_ns);
        box.x1 = layout_x(layout, end_ns);
        draw_change(layout, lane, i, next, box);
        i = next;
    }
}

void draw_lease_sign(const struct layout *layout, struct box box)
{
    int32_t middle = box.x0 + (box.x1 - box.x0) * 2 / 3;
    pen_rect(layout, ROLE_LEASE, box.x0, box.y0 + px(layout, 2), middle, box.y1)->alpha = 127;
    pen_rect(layout, ROLE_LOST, middle, box.y0 + px(layout, 1), middle + px(layout, 2), box.y1);
}

void draw_leases(const struct layout *layout)
{
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot && layout->lane.leases;
         slot++)
        draw_strip(layout, slot);
}
