/* The story of a request or of an id: of all that happened in a run, what concerns it, in the order
 * in which it happened, with the reasons.
 *
 * It is a reader of the whole run, and writes the lines of a timeline (timeline.h) with remarks
 * under them: which view chose the owner, how long a message was under way, what a request waited
 * for.
 *
 *     1.000s     n1  request 1 -> n2
 *                    n2 is the owner by modulo in n1's view n1,n2,n3
 *     1.004635s  n2  worker 1 starts
 *                    the request reaches n2 at 1.004635s, after 4.6ms
 *
 * What it is about is found in a run of its own before: story_search.h. */
#ifndef TRACE_STORY_H
#define TRACE_STORY_H

#include "node/node.h"
#include "node/route.h"
#include "trace/story_search.h"
#include "trace/timeline.h"

struct story; /* embeds a struct reader as its first member */

struct story_setup {
    FILE *out;
    bool colour;
    uint32_t nodes;
    enum route route;
    enum fallback fallback;
    bool views_static;
    uint32_t slots;                    /* 0: there are no leases */
    const char *settings;              /* a line each, as "mailbox 2"; they outlive the story */
    const struct story_search *search; /* of a run that is over, and was the same */
    uint64_t until; /* it ends with this record, counted from 1, which concerns it; 0: with the run.
                       Then it has all lines, else the first 400 */
};

/* NULL when there is no memory. */
struct story *story_new(const struct story_setup *setup);

/* Writes the last lines: what a request's time went to, how many lines were left out. */
void story_delete(struct story *story);

#endif
