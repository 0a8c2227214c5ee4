#include "node/seen.h"

#include "base/random.h"
#include "node/handover.h"

/* One try of a request. */
struct seen {
    uint64_t key;
    struct list_link of_caller;
    uint32_t slot;
};

struct seen_caller {
    uint64_t id;      /* the node's */
    uint64_t floor;   /* its requests below have ended */
    struct list seen; /* of struct seen, by key */
    uint32_t slot;
};

#define HOPS_BITS 5
#define KEY_SHIFT (HOPS_BITS + 1)
_Static_assert(HANDOVER_HOPS < 1u << HOPS_BITS, "each hop has a key of its own");

/* What is passed on may come back to a node that had it before. */
static uint64_t key_of(const struct caller *caller)
{
    uint64_t hops = caller->hops & ((1u << HOPS_BITS) - 1);
    return caller->request << KEY_SHIFT | hops << 1 | (caller->try == 2);
}

void seen_init(struct node *node)
{
    pool_map_init(&node->seen, sizeof(struct seen));
    pool_map_init(&node->seen_callers, sizeof(struct seen_caller));
}

void seen_close(struct node *node)
{
    pool_map_close(&node->seen);
    pool_map_close(&node->seen_callers);
}

static struct seen_caller *find_caller(const struct node *node, node_id id)
{
    return pool_map_find_number(&node->seen_callers, struct seen_caller, id, (uint64_t)id);
}

static struct seen_caller *caller_of(struct node *node, node_id id)
{
    uint32_t slot;
    struct seen_caller *caller = find_caller(node, id);
    if (caller)
        return caller;
    caller = pool_map_add(&node->seen_callers, hash_map_number(id), &slot);
    if (!caller)
        return NULL;
    caller->slot = slot;
    caller->id = id;
    return caller;
}

bool seen_before(const struct node *node, const struct caller *caller)
{
    const struct seen_caller *known = find_caller(node, caller->node);
    if (!known)
        return false;
    return caller->request < known->floor ||
           pool_map_find_number(&node->seen, struct seen, key, key_of(caller)) != NULL;
}

enum error seen_add(struct node *node, const struct caller *caller)
{
    uint32_t slot;
    uint64_t key = key_of(caller);
    struct seen_caller *known = caller_of(node, caller->node);
    struct seen *seen = known ? pool_map_add(&node->seen, hash_map_number(key), &slot) : NULL;
    if (!seen)
        return ERROR_MEMORY;
    seen->slot = slot;
    seen->key = key;
    struct list_link *before = list_last(&known->seen);
    while (before && container_of(before, struct seen, of_caller)->key > key)
        before = list_previous(&known->seen, before);
    list_add_after(&known->seen, &seen->of_caller, before);
    return OK;
}

/* What a REQUEST or HEARTBEAT says; 0: nothing. */
static uint64_t floor_of(const struct node *node, const struct message *message)
{
    if (message->kind == MESSAGE_HEARTBEAT)
        return message->as.floor;
    uint64_t back = (uint64_t)message->part * node->config.nodes;
    bool known = message->kind == MESSAGE_REQUEST && message->part != PART_UNKNOWN;
    return known && back < message->request ? message->request - back : 0;
}

void seen_hear(struct node *node, const struct message *message)
{
    uint64_t floor = floor_of(node, message);
    struct seen_caller *caller = floor ? caller_of(node, message->from) : NULL;
    if (!caller || floor <= caller->floor)
        return;
    caller->floor = floor;
    for (struct list_link *link; (link = list_first(&caller->seen));) {
        struct seen *seen = container_of(link, struct seen, of_caller);
        if (seen->key >> KEY_SHIFT >= floor)
            return;
        list_remove(link);
        pool_map_remove(&node->seen, hash_map_number(seen->key), seen->slot);
    }
}
