/* How records enter the model: model.c gives each to the part that keeps its kind. */
#ifndef VIZ_MODEL_INTAKE_H
#define VIZ_MODEL_INTAKE_H

#include "viz/model/model.h"

/* Makes room for `wanted` items. */
enum error list_reserve(struct list *list, size_t wanted, size_t item_size);

/* Notes that it happened in the lane of the record's node. A node out of range is passed over. */
enum error intake_moment(struct model *model, const struct record *record, enum moment_class class,
                         uint32_t thing);

/* UP, DOWN, FROZEN, THAWED, VIEW. */
enum error intake_node(struct model *model, const struct record *record);
/* SEND, RECV, DROP. */
enum error intake_message(struct model *model, const struct record *record);
/* REQUEST, ROUTE, REPLY, FAIL. */
enum error intake_request(struct model *model, const struct record *record);
/* START, VALUE, LOAD_FAILED, SERVE, EXPIRE, LOST. */
enum error intake_worker(struct model *model, const struct record *record);
/* FAULT, EXPECT, VIOLATION, DUPLICATE. */
enum error intake_mark(struct model *model, const struct record *record);

/* The request or worker of this number, or NONE. */
uint32_t intake_find_request(const struct model *model, uint64_t number);
uint32_t intake_find_worker(const struct model *model, uint64_t number);

/* The place of the last ones of the id; valid until the next one. */
enum error intake_newest(struct model *model, name_id id, struct newest **newest);

/* Puts a bar into the lowest row that is free; `row` is ROW_NONE where there is none. */
enum error row_set_start(struct row_set *set, uint32_t bar, uint8_t *row);
void row_set_end(struct row_set *set, uint8_t row);
void row_set_close(struct row_set *set);

/* A node is up again, or thawed, or what cut it is healed: bands of this kind end. */
void bands_end(struct model *model, node_id node, enum band_kind kind, int64_t t_ns);
enum error bands_start(struct model *model, node_id node, enum band_kind kind, int64_t t_ns);

/* What a FAULT record says of cuts: new ones begin, healed ones end. */
enum error bands_fault(struct model *model, const struct record *record);

#endif
