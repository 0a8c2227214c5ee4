#include "check/checker_parts.h"

#define XXH_INLINE_ALL
#include <inttypes.h>
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

/* Adds up to `most` of the nodes that are members, or that are none, as "n1,n3". */
static void add_nodes(struct string_builder *text, const struct view *view, bool members,
                      uint32_t most)
{
    const char *before = "n";
    for (node_id node = 0; node < view->nodes && most; node++) {
        if (view_has(view, node) != members)
            continue;
        string_builder_add(text, before);
        string_builder_add_number(text, NODE_SHOWN(node));
        before = ",n";
        most--;
    }
}

static void add_members(struct string_builder *text, const struct view *view)
{
    uint32_t missing = view->nodes - view->count;
    string_builder_add_char(text, '{');
    if (view->count <= MEMBERS_SHOWN) {
        add_nodes(text, view, true, MEMBERS_SHOWN);
    } else if (missing == 0) {
        string_builder_print(text, "all %" PRIu32 " nodes", view->count);
    } else if (missing <= MISSING_SHOWN) {
        string_builder_add(text, "all but ");
        add_nodes(text, view, false, MISSING_SHOWN);
    } else {
        add_nodes(text, view, true, MEMBERS_SHOWN);
        string_builder_print(text, ",…: %" PRIu32, view->count);
    }
    string_builder_add_char(text, '}');
}

/* A crash gives many ids a second worker, each with two such texts: each set's is made once. */
const char *checker_members_text(struct member_set *set)
{
    if (set->text[0])
        return set->text;
    struct string_builder text = string_builder_over(set->text, sizeof set->text);
    add_members(&text, &set->view);
    return set->text;
}
