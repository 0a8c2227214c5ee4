/* What has become of each try of a request, for its story: whether it came to its node, and was
 * answered there. */
#ifndef TRACE_STORY_TRIES_H
#define TRACE_STORY_TRIES_H

#include "trace/story_places.h"

#define TRIES_MOST 2u

struct story_try {
    node_id node;      /* that has it, or is to get it */
    int64_t came_ns;   /* there; -1: it has not */
    int64_t served_ns; /* -1: it has not been */
    bool lost;         /* on its way there */
    bool answer_lost;  /* on its way back */
    bool refused;
};

struct story_tries {
    struct story_try tries[TRIES_MOST];
    uint32_t count;
};

/* The next record of the request. */
void story_tries_take(struct story_tries *tries, const struct record *record);

/* Adds a sentence without its end: where the try is now, which has brought no answer; or nothing,
 * where it was refused. */
void story_try_shown(const struct story_try *one, const struct story_places *places,
                     const struct replay *replay, int64_t now_ns, struct string_builder *text);

#endif
