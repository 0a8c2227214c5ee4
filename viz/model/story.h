/* A set of things that belong together: what led to something and what came of it, or all of one
 * id. */
#ifndef VIZ_MODEL_STORY_H
#define VIZ_MODEL_STORY_H

#include "viz/model/model.h"

/* More than a person can take in; a story that has more is cut, and says so. */
#define STORY_MAX 4000u

struct story {
    struct thing *things; /* sorted by kind, then index; each once */
    size_t count;
    size_t capacity;
    bool cut;
};

void story_init(struct story *story);
void story_close(struct story *story);

/* Causes and consequences: of a request its tries, messages and worker; of a message its request;
 * of a worker the requests that it served and, of duplicates, the other one; of a mark its workers.
 */
enum error story_tell(struct story *story, const struct model *model, struct thing of);

/* All of the ids that `text` names, or, if it names none, of those that it is a part of, as far as
 * it is seen from t0_ns to before t1_ns. */
enum error story_filter(struct story *story, const struct model *model, const char *text,
                        int64_t t0_ns, int64_t t1_ns);

bool story_has(const struct story *story, struct thing thing);

#endif
