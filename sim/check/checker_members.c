#include "check/checker_state.h"

#define XXH_INLINE_ALL
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#define MEMBERS_SHOWN 8u
#define MISSING_SHOWN 4u

static size_t view_bytes(const struct view *view)
{
    return (view->nodes + 63) / 64 * sizeof *view->bits;
}

static inline bool is_of_members(const void *object, const void *key)
{
    return view_equal(&((const struct member_set *)object)->view, key);
}

static struct member_set *add(struct checker *checker, const struct view *view, uint64_t hash)
{
    uint32_t slot;
    struct member_set *set = pool_map_add(&checker->sets, hash, &slot);
    if (!set)
        return NULL;
    if (view_init(&set->view, view->nodes)) {
        pool_map_remove(&checker->sets, hash, slot);
        return NULL;
    }
    memcpy(set->view.bits, view->bits, view_bytes(view));
    set->view.count = view->count;
    set->hash = hash;
    set->slot = slot;
    set->serial = ++checker->next_serial;
    return set;
}

struct member_set *checker_members_of(struct checker *checker, const struct view *view)
{
    uint64_t hash = XXH3_64bits(view->bits, view_bytes(view));
    struct member_set *set = pool_map_find(&checker->sets, hash, is_of_members, view);
    if (!set)
        set = add(checker, view, hash);
    if (set)
        set->uses++;
    else
        checker_give_up(checker);
    return set;
}

void checker_members_use(struct member_set *set)
{
    if (set)
        set->uses++;
}

void checker_members_release(struct checker *checker, struct member_set *set)
{
    if (!set || --set->uses)
        return;
    view_close(&set->view);
    pool_map_remove(&checker->sets, set->hash, set->slot);
}

void checker_members_close(struct checker *checker)
{
    pool_map_each (struct member_set, set, &checker->sets)
        view_close(&set->view);
    pool_map_close(&checker->sets);
}

/* ---- words --------------------------------------------------------------------------------- */

/* Adds up to `most` of the nodes that are members, or that are none. */
static size_t put_nodes(char *text, size_t size, const struct view *view, bool members,
                        uint32_t most)
{
    size_t used = 0;
    for (node_id node = 0; node < view->nodes && most; node++) {
        if (view_has(view, node) != members)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s" PRInode, used ? "," : "",
                                 NODE_SHOWN(node));
        most--;
    }
    return used;
}

struct checker_members_text checker_members_text(const struct view *view)
{
    struct checker_members_text shown;
    char *text = shown.text;
    size_t size = sizeof shown.text, used;
    uint32_t missing = view->nodes - view->count;
    if (view->count <= MEMBERS_SHOWN) {
        used = (size_t)snprintf(text, size, "{");
        used += put_nodes(text + used, size - used, view, true, MEMBERS_SHOWN);
        snprintf(text + used, size - used, "}");
    } else if (missing == 0) {
        snprintf(text, size, "{all %" PRIu32 " nodes}", view->count);
    } else if (missing <= MISSING_SHOWN) {
        used = (size_t)snprintf(text, size, "{all but ");
        used += put_nodes(text + used, size - used, view, false, MISSING_SHOWN);
        snprintf(text + used, size - used, "}");
    } else {
        used = (size_t)snprintf(text, size, "{");
        used += put_nodes(text + used, size - used, view, true, MEMBERS_SHOWN);
        snprintf(text + used, size - used, ",…: %" PRIu32 "}", view->count);
    }
    return shown;
}
