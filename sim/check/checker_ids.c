/* The ids of which something is open or live, and their places at nodes. */
#include "check/checker_parts.h"

#include "node/id.h"

/* ---- ids ----------------------------------------------------------------------------------- */

static inline bool is_id(const void *object, const void *key)
{
    return text_equal(&((const struct checker_id *)object)->id, key);
}

static struct checker_id *add_id(struct checker *checker, const struct text *id, uint64_t hash)
{
    uint32_t slot;
    struct checker_id *added = pool_map_add(&checker->ids, hash, &slot);
    if (!added)
        return NULL;
    if (text_copy(&added->id, id)) {
        pool_map_remove(&checker->ids, hash, slot);
        return NULL;
    }
    added->slot = slot;
    return added;
}

struct checker_id *checker_id_of(struct checker *checker, const struct text *id)
{
    uint64_t hash = id_key(id);
    struct checker_id *found = pool_map_find(&checker->ids, hash, is_id, id);
    if (!found)
        found = add_id(checker, id, hash);
    if (found)
        found->uses++;
    else
        checker_give_up(checker);
    return found;
}

void checker_id_release(struct checker *checker, struct checker_id *id)
{
    if (--id->uses)
        return;
    uint64_t hash = id_key(&id->id);
    text_clear(&id->id);
    pool_map_remove(&checker->ids, hash, id->slot);
}

/* ---- places -------------------------------------------------------------------------------- */

static uint64_t place_hash(const struct checker_id *id, node_id node)
{
    return random_mix((uint64_t)id->slot << 32 | node);
}

struct checker_place_key {
    const struct checker_id *id;
    node_id node;
};

static inline bool is_place(const void *object, const void *key)
{
    const struct checker_place *place = object;
    const struct checker_place_key *wanted = key;
    return place->id == wanted->id && place->node == wanted->node;
}

static struct checker_place *add_place(struct checker *checker, struct checker_id *id, node_id node,
                                       uint64_t hash)
{
    uint32_t slot;
    struct checker_place *place = pool_map_add(&checker->places, hash, &slot);
    if (!place) {
        checker_give_up(checker);
        return NULL;
    }
    place->slot = slot;
    place->id = id;
    place->node = node;
    place->quiet_until_ns = INT64_MIN;
    id->uses++;
    return place;
}

struct checker_place *checker_place_of(struct checker *checker, struct checker_id *id, node_id node)
{
    if (id->recent && id->recent->node == node)
        return id->recent;
    uint64_t hash = place_hash(id, node);
    struct checker_place_key key = {id, node};
    struct checker_place *place = pool_map_find(&checker->places, hash, is_place, &key);
    if (!place)
        place = add_place(checker, id, node, hash);
    if (place)
        id->recent = place;
    return place;
}

void checker_place_release(struct checker *checker, struct checker_place *place)
{
    if (place->workers || place->first)
        return;
    if (place->id->recent == place)
        place->id->recent = NULL;
    struct checker_id *id = place->id;
    pool_map_remove(&checker->places, place_hash(id, place->node), place->slot);
    checker_id_release(checker, id);
}
