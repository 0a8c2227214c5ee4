#include "node/seen.h"

#include "base/random.h"

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

static uint64_t key_of(const struct message *request)
{
    return request->request << 1 | (message_try(request) == 2);
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
    caller = pool_map_add(&node->seen_callers, random_mix(id), &slot);
    if (!caller)
        return NULL;
    caller->slot = slot;
    caller->id = id;
    return caller;
}

bool seen_before(const struct node *node, const struct message *request)
{
    const struct seen_caller *caller = find_caller(node, request->from);
    if (!caller)
        return false;
    return request->request < caller->floor ||
           pool_map_find_number(&node->seen, struct seen, key, key_of(request)) != NULL;
}

enum error seen_add(struct node *node, const struct message *request)
{
    uint32_t slot;
    uint64_t key = key_of(request);
    struct seen_caller *caller = caller_of(node, request->from);
    struct seen *seen = caller ? pool_map_add(&node->seen, random_mix(key), &slot) : NULL;
    if (!seen)
        return ERROR_MEMORY;
    seen->slot = slot;
    seen->key = key;
    struct list_link *before = list_last(&caller->seen);
    while (before && container_of(before, struct seen, of_caller)->key > key)
        before = list_previous(&caller->seen, before);
    list_add_after(&caller->seen, &seen->of_caller, before);
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
        if (seen->key >> 1 >= floor)
            return;
        list_remove(link);
        pool_map_remove(&node->seen, random_mix(seen->key), seen->slot);
    }
}
