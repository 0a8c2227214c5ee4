/* Faults and changes at random times, for random times, at random nodes and links: what a CHAOS
 * action of the plan stands for.
 *
 * Each one becomes an action as a scenario has it, with a text of its own, as `crash n2 for 1.734s
 * may miss`. Draws are keyed by the seed, the action and how many it made before: what other lines
 * do leaves them as they are. */
#ifndef RUN_CHAOS_H
#define RUN_CHAOS_H

#include "run/action_queue.h"
#include "run/targets.h"

/* The actions that have begun. Zeros: none. */
struct chaos {
    struct queued_action *begun; /* `repeat` is where their draws by the present seed begin */
    size_t count;
    size_t capacity;
    uint64_t seeds; /* so often the seed has changed */
};

void chaos_close(struct chaos *chaos);

/* It begins, and *queued is as it is queued for its first strike. ERROR_MEMORY: it has not. */
enum error chaos_begin(struct chaos *chaos, struct queued_action *queued);

/* The seed has changed: what was queued is void, and all that have begun draw anew. */
void chaos_draw_anew(struct chaos *chaos);

/* Whether this strike was drawn from a seed before. */
bool chaos_is_void(const struct chaos *chaos, const struct queued_action *queued);

/* The time from one strike to the next, above zero: of the action, when it has made `search.repeat`
 * strikes. */
int64_t chaos_gap_ns(const struct action *chaos, struct target_search search);

/* Makes strike number search.repeat of the action, at now_ns: `*strike` lives as long as the arena;
 * NULL where there is nobody to strike. ERROR_MEMORY: there is none. */
enum error chaos_strike(const struct action *chaos, struct target_search search, int64_t now_ns,
                        struct arena *arena, const struct action **strike);

#endif
