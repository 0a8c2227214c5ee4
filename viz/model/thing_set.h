/* A set of things that belong together: the causes and consequences of one thing, or all that is of
 * one id. */
#ifndef VIZ_MODEL_THING_SET_H
#define VIZ_MODEL_THING_SET_H

#include "viz/model/model.h"

/* More than a person can take in. A set that would have more is cut, and marked as cut. */
#define THING_SET_MAX 4000u

/* Zeros are an empty set. */
struct thing_set {
    struct thing *things; /* sorted by kind, then index; each once */
    size_t count;
    size_t capacity;
    bool cut;
};

/* Frees the things and makes the set empty. */
void thing_set_close(struct thing_set *set);

/* Makes it the set of what is related to a thing, which is in it too: of a request its messages and
 * worker; of a message its request; of a worker the requests that it served and, of duplicates, the
 * other one; of a mark its workers. Of a node or THING_NONE nothing. ERROR_MEMORY: the set is in
 * part what it should be. */
enum error thing_set_related(struct thing_set *set, const struct model *model, struct thing thing);

/* Makes it the set of all that is of the id `text`, or, if there is no such id, of all ids that
 * have `text` in them, as far as it is seen from t0_ns to before t1_ns: with
 * the marks of duplicates, and the messages by which nodes join and leave. ERROR_MEMORY: likewise.
 */
enum error thing_set_matching(struct thing_set *set, const struct model *model, const char *text,
                              int64_t t0_ns, int64_t t1_ns);

bool thing_set_has(const struct thing_set *set, struct thing thing);

#endif
