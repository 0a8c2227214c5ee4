#include "node/handover_state.h"

#include "base/number.h"
#include "node/id.h"
#include "node/lease.h"

struct neighbour *handover_neighbour(struct node *node, node_id peer)
{
    struct handover *handover = node->handover;
    if (!handover->neighbours)
        handover->neighbours = memory_zeroed(node->config.nodes * sizeof *handover->neighbours);
    return handover->neighbours ? &handover->neighbours[peer] : NULL;
}

void handover_due_at(struct node *node, int64_t at_ns)
{
    node->handover->due_ns = min_i64(node->handover->due_ns, at_ns);
}

void handover_send(struct node *node, node_id peer, enum parcel_kind kind, const struct text *text)
{
    struct message message = {.kind = MESSAGE_HAND_OVER, .code = (uint8_t)kind};
    if (!text_copy(&message.as.parcel, text))
        node_send(node, peer, &message);
}

struct text handover_text(struct string_builder *bytes)
{
    struct text text = {0};
    if (!bytes->failed && text_set(&text, bytes->text ? bytes->text : "", bytes->size))
        text = (struct text){0};
    string_builder_close(bytes);
    return text;
}

/* ---- views --------------------------------------------------------------------------------- */

uint64_t handover_view_hash(const struct view *view)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < bits_words(view->nodes); i++)
        hash = random_mix(hash ^ view->bits[i]);
    return hash;
}

node_id handover_owner_by(const struct node *node, const struct view *view, const struct text *id)
{
    return node->lease ? lease_preferred_by(node, view, id)
                       : route_owner(node->config.router, view, node->config.self, id);
}

void handover_copy_view(struct view *to, const struct view *from)
{
    memcpy(to->bits, from->bits, bits_words(from->nodes) * sizeof *from->bits);
    to->count = from->count;
}

static bool is_recent(const struct node *node, const struct past *past)
{
    return past->view.bits && past->view.count && node_ran_ns(node) < past->end_ns;
}

void handover_remember(struct node *node, const struct view *view)
{
    struct handover *handover = node->handover;
    struct past *past = &handover->pasts[handover->next_past];
    if (!past->view.bits && view_init(&past->view, node->config.nodes)) {
        past->view.bits = NULL;
        return;
    }
    if (is_recent(node, past))
        handover->unknown_end_ns = max_i64(handover->unknown_end_ns, past->end_ns);
    handover_copy_view(&past->view, view);
    past->end_ns = node_ran_ns(node) + node->config.suspect_ns;
    handover->next_past = (handover->next_past + 1) % PASTS;
}

void handover_prolong_pasts(struct node *node)
{
    for (uint32_t i = 0; i < PASTS; i++)
        if (is_recent(node, &node->handover->pasts[i]))
            node->handover->pasts[i].end_ns = node_ran_ns(node) + node->config.suspect_ns;
}

bool handover_was_own(const struct node *node, const struct text *id)
{
    for (uint32_t i = 0; i < PASTS; i++) {
        const struct past *past = &node->handover->pasts[i];
        if (is_recent(node, past) && handover_owner_by(node, &past->view, id) == node->config.self)
            return true;
    }
    return false;
}

void handover_note_named(struct node *node, const struct text *lives)
{
    struct byte_reader reader = byte_reader_over(text_bytes(lives), text_size(lives));
    node_id peer;
    uint32_t incarnation;
    while (parcel_next_life(&reader, node->config.nodes, &peer, &incarnation)) {
        bool known = node->members[peer].incarnation >= incarnation;
        struct neighbour *neighbour =
            known || peer == node->config.self ? NULL : handover_neighbour(node, peer);
        if (!neighbour)
            continue;
        neighbour->named_ns = node_ran_ns(node) + node->config.suspect_ns;
        neighbour->named_life = incarnation;
    }
}

bool handover_may_ask(const struct node *node, node_id peer)
{
    const struct neighbour *neighbours = node->handover->neighbours;
    return node->members[peer].heard ||
           (neighbours && node_ran_ns(node) < neighbours[peer].named_ns);
}

bool handover_is_settled(const struct node *node, node_id peer)
{
    const struct handover *handover = node->handover;
    const struct neighbour *neighbour = handover->neighbours ? &handover->neighbours[peer] : NULL;
    return !handover_may_ask(node, peer) || (neighbour && neighbour->whole == handover->epoch + 1 &&
                                             neighbour->whole_ns >= handover->stirred_ns);
}

void handover_gave(struct node *node, uint32_t epoch)
{
    struct handover *handover = node->handover;
    int64_t *last_ns = epoch == handover->epoch ? &handover->gave_ns : &handover->strayed_ns;
    *last_ns = node_ran_ns(node);
}

static uint32_t recent_changes(const struct node *node)
{
    uint32_t recent = 0;
    for (uint32_t i = 0; i < PASTS; i++)
        recent += is_recent(node, &node->handover->pasts[i]);
    return recent;
}

bool handover_has_changed(const struct node *node)
{
    return recent_changes(node) > 0;
}

bool handover_changes_overlap(const struct node *node)
{
    return recent_changes(node) + (node_ran_ns(node) < node->handover->unknown_end_ns) > 1;
}

/* Of those who may have anything, or, where that is known, of those who say that they have. */
static node_id first_unsettled(const struct node *node, bool any)
{
    const struct neighbour *neighbours = node->handover->neighbours;
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self && !handover_is_settled(node, peer) &&
            (any || (neighbours && neighbours[peer].owes)))
            return peer;
    return NODE_NONE;
}

node_id handover_former_owner(const struct node *node, const struct text *id)
{
    bool moves = node_ran_ns(node) < node->handover->unknown_end_ns;
    for (uint32_t i = 0; i < PASTS; i++) {
        const struct past *past = &node->handover->pasts[i];
        if (!is_recent(node, past))
            continue;
        node_id owner = handover_owner_by(node, &past->view, id);
        moves |= owner != node->config.self;
        if (owner != node->config.self && !handover_is_settled(node, owner))
            return owner;
    }
    return moves ? first_unsettled(node, handover_changes_overlap(node)) : NODE_NONE;
}
