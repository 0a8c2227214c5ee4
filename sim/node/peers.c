#include "node/peers.h"

#include "base/bits.h"
#include "base/memory.h"

void peers_close(struct node *node)
{
    memory_free(node->unreachable);
    number_map_close(&node->incarnations);
}

/* ---- incarnations -------------------------------------------------------------------------- */

/* As it was last heard or found; 0: unknown. */
static uint32_t incarnation_of(const struct node *node, node_id id)
{
    if (node->members)
        return node->members[id].incarnation;
    return number_map_get(&node->incarnations, id);
}

/* Where there is no memory for it, it stays unknown. */
static void set_incarnation(struct node *node, node_id id, uint32_t incarnation)
{
    if (incarnation)
        (void)number_map_set(&node->incarnations, id, incarnation);
}

bool peers_is_stale(const struct node *node, const struct message *message)
{
    return message->incarnation < incarnation_of(node, message->from) ||
           (message->meant && message->meant != node->tag);
}

uint16_t peers_tag(const struct node *node, node_id peer)
{
    uint32_t incarnation = incarnation_of(node, peer);
    return incarnation ? message_tag(incarnation) : 0;
}

/* ---- reach, where membership is static ----------------------------------------------------- */

bool peers_found(struct node *node, node_id peer, uint32_t incarnation)
{
    uint32_t known = incarnation_of(node, peer);
    if (incarnation < known)
        return false;
    if (node->unreachable)
        bits_remove(node->unreachable, peer);
    if (incarnation != known)
        set_incarnation(node, peer, incarnation);
    return known && incarnation != known;
}

bool peers_heard(struct node *node, node_id peer, uint32_t incarnation)
{
    return incarnation != incarnation_of(node, peer) && peers_found(node, peer, incarnation);
}

bool peers_lost(struct node *node, node_id peer, uint32_t incarnation)
{
    if (incarnation_of(node, peer) > incarnation)
        return false;
    set_incarnation(node, peer, incarnation);
    if (!node->unreachable)
        node->unreachable = bits_new(node->config.nodes);
    if (node->unreachable) /* else its requests run into their deadlines, as with a silent peer */
        bits_add(node->unreachable, peer);
    return true;
}

bool peers_reach(const struct node *node, node_id peer)
{
    return !node->unreachable || !bits_has(node->unreachable, peer);
}
