/* How long views hold nodes that are down. Each lets such a node go within `suspect` of the last
 * message that came from it, or of when it took the node in, as it does with all that a member has
 * which welcomes it. The time in which the view's own node stands still does not count.
 *
 *     1.0s  n2  down                                       n1 has it in its view
 *     1.01s n1  hears what n2 had sent
 *     2.01s n1  n2 is out of its view                      suspect 1s: not later
 *
 * It is judged in true time. A clock goes no slower than half of that (virtual/clock.h), which
 * takes twice as long; one that is set forward only shortens it. Real processes may be late, as
 * stated. */
#include "check/checker_parts.h"

#include "base/bits.h"
#include "base/duration.h"

#include <inttypes.h>

static uint64_t key_of(node_id holder, node_id absent)
{
    return (uint64_t)holder << 32 | absent;
}

static struct checker_absence *find(const struct checker *checker, node_id holder, node_id absent)
{
    uint64_t key = key_of(holder, absent);
    return pool_map_find_number(&checker->absences, struct checker_absence, key, key);
}

/* For how long the node has stood still in its life. */
static int64_t stood_ns(const struct checker_node *node, int64_t t_ns)
{
    return node->stood_ns + (node->frozen ? t_ns - node->stands_ns : 0);
}

static void begin(struct checker *checker, node_id holder, node_id absent, int64_t t_ns)
{
    uint64_t key = key_of(holder, absent);
    uint32_t slot;
    struct checker_absence *absence = pool_map_add(&checker->absences, hash_map_number(key), &slot);
    if (!absence) {
        checker_give_up(checker);
        return;
    }
    *absence = (struct checker_absence){
        .key = key, .slot = slot, .ran_ns = t_ns - stood_ns(&checker->nodes[holder], t_ns)};
}

static void judge(struct checker *checker, const struct record *by,
                  const struct checker_absence *absence)
{
    const struct checker_setup *setup = &checker->setup;
    node_id holder = (node_id)(absence->key >> 32), absent = (node_id)absence->key;
    int64_t most_ns = (setup->clocks_exact ? 1 : 2) * setup->suspect_ns;
    int64_t held_ns = by->t_ns - stood_ns(&checker->nodes[holder], by->t_ns) - absence->ran_ns;
    if (held_ns - most_ns > setup->late_ns + 2 * setup->error_ns)
        checker_breach(checker, RULE_SUSPICION, by, NULL,
                       PRInode " has " PRInode
                               ", which is down, in its view %s after it last heard it",
                       NODE_SHOWN(holder), NODE_SHOWN(absent), duration_exact(held_ns).text);
}

static void end(struct checker *checker, const struct record *by, node_id holder, node_id absent)
{
    struct checker_absence *absence = find(checker, holder, absent);
    if (!absence)
        return;
    judge(checker, by, absence);
    pool_map_remove(&checker->absences, hash_map_number(absence->key), absence->slot);
}

void checker_absence_begins(struct checker *checker, const struct record *down)
{
    if (bits_has(checker->down, down->node))
        return; /* its process was killed again before it was up */
    bits_add(checker->down, down->node);
    for (node_id holder = 0; holder < checker->setup.nodes; holder++) {
        const struct checker_node *node = &checker->nodes[holder];
        if (node->up && node->members && view_has(&node->members->view, down->node))
            begin(checker, holder, down->node, down->t_ns);
    }
}

void checker_absence_ends(struct checker *checker, const struct record *up)
{
    bits_remove(checker->down, up->node);
    for (node_id holder = 0; holder < checker->setup.nodes && checker->absences.pool.count;
         holder++)
        end(checker, up, holder, up->node);
}

void checker_absence_heard(struct checker *checker, const struct record *record)
{
    struct checker_absence *absence = find(checker, record->node, record->peer);
    if (absence)
        absence->ran_ns = record->t_ns - stood_ns(&checker->nodes[record->node], record->t_ns);
}

void checker_absence_view(struct checker *checker, const struct record *record,
                          const struct member_set *before, const struct member_set *after)
{
    for (uint32_t i = 0; i < bits_words(checker->setup.nodes); i++) {
        uint64_t had = before ? before->view.bits[i] : 0, has = after ? after->view.bits[i] : 0;
        for (uint64_t left = (had ^ has) & checker->down[i]; left; left &= left - 1) {
            node_id absent = i * 64 + (node_id)__builtin_ctzll(left);
            if (has & left & -left)
                begin(checker, record->node, absent, record->t_ns);
            else
                end(checker, record, record->node, absent);
        }
    }
}

void checker_absences_end(struct checker *checker, int64_t t_ns)
{
    pool_map_each (struct checker_absence, absence, &checker->absences) {
        struct record by = record_of(RECORD_EXPECT);
        by.t_ns = by.clock_ns = t_ns;
        by.node = (node_id)(absence->key >> 32);
        judge(checker, &by, absence);
    }
}
