/* The rows in which the bars of a lane stand.
 *
 * A bar takes the lowest row that is free when it starts. So bars of one row never overlap, their
 * ends are in order as their starts are, and a row can be searched by time. A bar that finds none
 * of ROWS_MAX rows free stands in no row, and is known by the lane's events and counts only. */
#ifndef VIZ_MODEL_ROWS_H
#define VIZ_MODEL_ROWS_H

#include "viz/model/model.h"

/* Puts a bar into the lowest row that is free; `row` is ROW_NONE where there is none. ERROR_MEMORY:
 * the bar is in no row. */
enum error row_set_start(struct row_set *set, uint32_t bar, uint8_t *row);

/* The newest bar of the row has ended. ROW_NONE is allowed. */
void row_set_end(struct row_set *set, uint8_t row);
void row_set_close(struct row_set *set);

/* The first bar of the row that ends after t_ns or has no end yet; row->count if there is none. */
size_t row_find_worker(const struct model *model, const struct row *row, int64_t t_ns);
size_t row_find_request(const struct model *model, const struct row *row, int64_t t_ns);

/* The first bar at or after place `from` that starts at or after t_ns; row->count if there is none.
 */
size_t row_from_worker(const struct model *model, const struct row *row, size_t from, int64_t t_ns);
size_t row_from_request(const struct model *model, const struct row *row, size_t from,
                        int64_t t_ns);

/* The first tick at or after place `from` that is at or after t_ns; row->ticks_count if there is
 * none. */
size_t row_tick(const struct row *row, size_t from, int64_t t_ns);

/* Likewise, of the lane's requests that failed. */
size_t lane_failed(const struct lane *lane, size_t from, int64_t t_ns);

#endif
