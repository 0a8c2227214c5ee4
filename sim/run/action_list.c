#include "run/action_list.h"

#include "base/random.h"
#include "node/id.h"

struct added_action {
    uint32_t same; /* of the first one with its words and time: how many there are */
    atomic_bool has_effect;
    uint32_t stands_for; /* the action whose effect its own is: itself, or the one that made it */
    uint64_t hash;       /* of its words and time */
    uint64_t key;
    const struct action *action; /* NULL: it was dropped */
};

void action_list_init(struct action_list *list)
{
    pool_init(&list->actions, sizeof(struct added_action));
    hash_map_init(&list->by_words);
}

void action_list_close(struct action_list *list)
{
    pool_close(&list->actions);
    hash_map_close(&list->by_words);
}

static struct added_action *added_at(const struct action_list *list, uint32_t index)
{
    return pool_at(&list->actions, index);
}

static inline bool is_same(const void *list, uint32_t index, const void *key)
{
    const struct action *action = key, *other = added_at(list, index)->action;
    return other->at_ns == action->at_ns && strcmp(other->text, action->text) == 0;
}

static uint32_t find_same(const struct action_list *list, uint64_t hash,
                          const struct action *action)
{
    return hash_map_find(&list->by_words, hash, is_same, list, action);
}

enum error action_list_add(struct action_list *list, const struct action *action, uint32_t *index)
{
    struct text words = text_borrow(action->text, strlen(action->text));
    uint64_t hash = random_mix(id_hash(&words) ^ random_mix((uint64_t)action->at_ns));
    uint32_t first = find_same(list, hash, action);
    *index = pool_take(&list->actions);
    if (*index == POOL_NONE)
        return ERROR_MEMORY;
    struct added_action *added = added_at(list, *index);
    added->action = action;
    added->hash = hash;
    added->stands_for = *index;
    if (first == HASH_MAP_NONE && hash_map_add(&list->by_words, hash, *index)) {
        added->action = NULL;
        pool_give(&list->actions, *index);
        return ERROR_MEMORY;
    }
    uint32_t *same = &added_at(list, first == HASH_MAP_NONE ? *index : first)->same;
    added->key = random_mix(hash ^ random_mix((*same)++));
    return OK;
}

void action_list_drop(struct action_list *list, uint32_t index)
{
    struct added_action *added = added_at(list, index);
    uint32_t first = find_same(list, added->hash, added->action);
    if (first == index)
        hash_map_remove(&list->by_words, added->hash, index);
    else
        added_at(list, first)->same--;
    added->action = NULL;
    pool_give(&list->actions, index);
}

const struct action *action_list_at(const struct action_list *list, uint32_t index)
{
    return index < list->actions.used ? added_at(list, index)->action : NULL;
}

uint64_t action_list_key(const struct action_list *list, uint32_t index)
{
    return added_at(list, index)->key;
}

void action_list_stand_for(struct action_list *list, uint32_t index, uint32_t of)
{
    added_at(list, index)->stands_for = of;
}

atomic_bool *action_list_effect(const struct action_list *list, uint32_t index)
{
    return &added_at(list, added_at(list, index)->stands_for)->has_effect;
}

static bool is_missed(const struct added_action *added)
{
    if (!added->action || added->action->may_miss)
        return false;
    enum action_group group = action_group(added->action->kind);
    return (group == ACTS_ON_NODES || group == ACTS_ON_LINKS || group == ACTS_AS_CHAOS ||
            added->action->trigger.nth) &&
           !atomic_load_explicit(&added->has_effect, memory_order_relaxed);
}

size_t action_list_missed(const struct action_list *list, const struct action **missed, size_t most)
{
    size_t count = 0;
    for (uint32_t i = 0; i < list->actions.used; i++) {
        const struct added_action *added = added_at(list, i);
        if (!is_missed(added))
            continue;
        if (count < most)
            missed[count] = added->action;
        count++;
    }
    return count;
}

bool action_list_has_stand_in(const struct action_list *list, const struct action *action)
{
    for (uint32_t i = 0; i < list->actions.used; i++) {
        const struct added_action *added = added_at(list, i);
        if (added->action && added->stands_for != i &&
            added_at(list, added->stands_for)->action == action)
            return true;
    }
    return false;
}
