/* Under which leases a node's workers live. No slot has two owners, since each lease that is won is
 * its slot's preferred owner's in the view of all nodes, and is won once. */
#include "check/screen_state.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/ballot.h"

static struct screen_lease *lease_of(const struct screen_node *node, uint64_t slot)
{
    return &node->screen->leases[(size_t)node->self * node->screen->setup.slots + slot];
}

static bool is_won(const struct screen_node *node, const struct record *record)
{
    const struct screen_lease *lease = lease_of(node, record->number);
    struct text slot = text_of_number((uint32_t)record->number);
    return record->code == LEASE_WON && !lease->until_ns && record->worker &&
           route_owner(&node->screen->router, &node->screen->everyone, node->self, &slot) ==
               node->self;
}

static bool is_renewed(const struct screen_node *node, const struct record *record)
{
    const struct screen_lease *lease = lease_of(node, record->number);
    struct token token = {record->epoch, record->worker};
    return record->code == LEASE_RENEWED && record->t_ns < lease->until_ns &&
           token_compare(&token, &lease->token) == 0;
}

static bool take_slot(struct screen_node *node, const struct record *record)
{
    const struct checker_setup *setup = &node->screen->setup;
    if (record->number >= setup->slots || record->amount <= record->t_ns ||
        record->amount - record->t_ns > setup->lease_ns)
        return false;
    if (!is_won(node, record) && !is_renewed(node, record))
        return false;
    *lease_of(node, record->number) =
        (struct screen_lease){record->amount, {record->epoch, record->worker}};
    node->leased_until_ns = min_i64(node->leased_until_ns, record->amount);
    return true;
}

bool screen_take_lease(struct screen_node *node, const struct record *record)
{
    struct record one;
    struct byte_reader rest;
    bool holds = node->screen->leases != NULL;
    for (bool more = holds && record_first_slot(record, &one, &rest); more && holds;
         more = record_next_slot(&one, &rest))
        holds = take_slot(node, &one);
    return holds;
}

bool screen_leases_last(struct screen_node *node, int64_t t_ns)
{
    if (t_ns < node->leased_until_ns)
        return true;
    node->leased_until_ns = TIME_NEVER;
    for (uint32_t slot = 0; slot < node->screen->setup.slots; slot++) {
        int64_t until_ns = lease_of(node, slot)->until_ns;
        if (until_ns)
            node->leased_until_ns = min_i64(node->leased_until_ns, until_ns);
    }
    return t_ns < node->leased_until_ns;
}

bool screen_is_leased(const struct screen_node *node, uint32_t slot, const struct record *record)
{
    if (!node->screen->leases)
        return true;
    const struct screen_lease *lease = lease_of(node, slot);
    struct token token = {record->epoch, record->number};
    bool bears = record->kind == RECORD_LOAD || record->kind == RECORD_SERVE;
    return record->t_ns < lease->until_ns && (!bears || token_compare(&token, &lease->token) == 0);
}
