/* How records enter the model: model.c gives each to the file that keeps its kind. For the files of
 * this folder only.
 *
 * Errors are ERROR_MEMORY and ERROR_FULL. After one the record is kept in part or not at all; the
 * model stays consistent and takes no more records. */
#ifndef VIZ_MODEL_MODEL_INTERNAL_H
#define VIZ_MODEL_MODEL_INTERNAL_H

#include "viz/model/model.h"

enum error model_add_node(struct model *model, const struct record *record);
enum error model_add_message(struct model *model, const struct record *record);
enum error model_add_request(struct model *model, const struct record *record);
enum error model_add_worker(struct model *model, const struct record *record);
enum error model_add_mark(struct model *model, const struct record *record);

/* Makes room for `wanted` items of item_size bytes. On an error nothing has changed. */
enum error array_reserve(struct array *array, size_t wanted, size_t item_size);

/* Notes in the lane of the record's node that it happened to the thing of this index. A node out of
 * range is passed over. */
enum error model_add_event(struct model *model, const struct record *record,
                           enum history_class class, uint32_t index);

enum error model_add_lease(struct model *model, const struct record *record);

/* The lane's node is down: it holds no lease from now on. */
enum error leases_end(struct model *model, struct lane *lane);

/* The string of the text, which is kept if it is new. On an error `string` is STRING_EMPTY. */
enum error model_add_string(struct model *model, const struct text *text, string_id *string);

/* The index of the request or worker of this number, or NONE. */
uint32_t model_find_request(const struct model *model, uint64_t number);
uint32_t model_find_worker(const struct model *model, uint64_t number);

/* The place of the newest ones of the id; valid until the next call. */
enum error model_newest_of(struct model *model, string_id id, struct newest **newest);

/* Bands of this kind begin at the node at t_ns, or end: it is up again, thawed, or healed. */
enum error bands_start(struct model *model, node_id node, enum band_kind kind, int64_t t_ns);
void bands_end(struct model *model, node_id node, enum band_kind kind, int64_t t_ns);

/* What a FAULT record says of cuts: new ones begin, healed ones end. */
enum error bands_fault(struct model *model, const struct record *record);

#endif
