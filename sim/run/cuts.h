/* Which links the cuts and partitions in force stop.
 *
 * Every sender asks for every message, so a look-up reads bits and walks no list of nodes. Nothing
 * changes while it is asked: the simulator changes cuts between windows only. */
#ifndef RUN_CUTS_H
#define RUN_CUTS_H

#include "scenario/plan.h"

#include <stdatomic.h>

/* A link set as bits of nodes. */
struct link_bits {
    uint64_t *from;
    uint64_t *to;
    bool both;
};

/* ERROR_MEMORY: it is to be closed all the same. */
enum error link_bits_init(struct link_bits *bits, uint32_t nodes, const struct link_set *set);
void link_bits_close(struct link_bits *bits);
bool link_bits_have(const struct link_bits *bits, node_id from, node_id to);

/* A cut or partition. */
struct cut {
    struct cut *next;
    uint32_t fault; /* its number */
    int64_t from_ns;
    int64_t until_ns; /* TIME_NEVER while it is in force */
    uint16_t *groups; /* partition: the group of each node, from 1, or 0: it keeps its links */
    struct link_bits links;  /* cut */
    atomic_bool stopped;     /* a message, at least */
    atomic_bool *has_effect; /* set with it; it outlives the cut */
};

struct cuts {
    uint32_t nodes;
    struct cut *in_force; /* the latest first */
    struct cut *healed;   /* kept only where drops are reported late */
    bool drops_come_late; /* as records of real processes do: see cuts_note_drop */
    int64_t last_heal_ns; /* of one that has stopped a message and is forgotten; -1: none */
};

/* No cut is in force. `drops_come_late`: drops are reported by cuts_note_drop, after the fact. */
void cuts_init(struct cuts *cuts, uint32_t nodes, bool drops_come_late);
void cuts_close(struct cuts *cuts);

/* Puts an ACTION_CUT or ACTION_PARTITION in force, whose nodes are resolved. ERROR_MEMORY: nothing
 * has changed. */
enum error cuts_add(struct cuts *cuts, const struct action *action, uint32_t fault, int64_t now_ns,
                    atomic_bool *has_effect);

/* Heals the cut with this fault number, or all of them. Returns whether there was one, or how many
 * there were. */
bool cuts_heal(struct cuts *cuts, uint32_t fault, int64_t now_ns);
uint64_t cuts_heal_all(struct cuts *cuts, int64_t now_ns);

/* The latest cut in force that stops this link, or NULL. */
struct cut *cuts_find(const struct cuts *cuts, node_id from, node_id to);

/* The cut stops a message. */
void cut_note_effect(struct cut *cut);

/* When the last cut that has stopped a message was put in force or healed; -1: none has. */
int64_t cuts_last_effect_ns(const struct cuts *cuts);

/* Whether the cut of this fault is in force and has stopped a message. */
bool cuts_has_effect(const struct cuts *cuts, uint32_t fault);

/* A message of this link was stopped at t_ns, it is reported now: every cut that was in force then,
 * or up to a second before, has had an effect. */
void cuts_note_drop(struct cuts *cuts, node_id from, node_id to, int64_t t_ns);

#endif
