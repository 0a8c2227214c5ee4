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

static struct member_set *find(const struct checker *checker, const struct view *view,
                               uint64_t hash)
{
    struct probe probe = table_probe(&checker->by_members, hash);
    for (uint32_t slot; (slot = table_next(&checker->by_members, &probe)) != TABLE_NONE;) {
        struct member_set *set = pool_at(&checker->sets, slot);
        if (set->hash == hash && view_equal(&set->view, view))
            return set;
    }
    return NULL;
}

static struct member_set *add(struct checker *checker, const struct view *view, uint64_t hash)
{
    uint32_t slot = pool_take(&checker->sets);
    if (slot == POOL_NONE)
        return NULL;
    struct member_set *set = pool_at(&checker->sets, slot);
    if (view_init(&set->view, view->nodes))
        goto give_slot;
    if (table_insert(&checker->by_members, hash, slot))
        goto close_view;
    memcpy(set->view.bits, view->bits, view_bytes(view));
    set->view.count = view->count;
    set->hash = hash;
    set->slot = slot;
    set->serial = ++checker->next_serial;
    return set;
close_view:
    view_close(&set->view);
give_slot:
    pool_give(&checker->sets, slot);
    return NULL;
}

struct member_set *checker_members_of(struct checker *checker, const struct view *view)
{
    uint64_t hash = XXH3_64bits(view->bits, view_bytes(view));
    struct member_set *set = find(checker, view, hash);
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
    table_remove(&checker->by_members, set->hash, set->slot);
    view_close(&set->view);
    pool_give(&checker->sets, set->slot);
}

void checker_members_close(struct checker *checker)
{
    for (uint32_t i = 0; checker->by_members.cells && i <= checker->by_members.mask; i++) {
        uint32_t next_slot = checker->by_members.cells[i].next_slot;
        if (next_slot)
            view_close(&((struct member_set *)pool_at(&checker->sets, next_slot - 1))->view);
    }
    pool_close(&checker->sets);
    table_close(&checker->by_members);
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
